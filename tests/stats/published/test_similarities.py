"""Vendi scores and the squared MMD, against all pairs written out, hand computation and the packages' own figures."""

from __future__ import annotations

import math

import numpy as np
import pytest

from holdfast.errors import InputError, UsageError
from holdfast.stats.published.mmd import median_distance, squared_mmd
from holdfast.stats.published.similarities import Cosine, Gaussian, sum_similarities
from holdfast.stats.published.vendi import vendi_score_of_order_2, vendi_scores, vendi_scores_of

RNG = np.random.default_rng(11)
SHAPES = [(30, 4), (4, 30), (700, 6), (1, 3)]


def gaussian(first, second, width):
    return np.exp(-((first[:, None].astype(float) - second[None].astype(float)) ** 2).sum(2) / (2 * width**2))


@pytest.mark.parametrize("shape", SHAPES)
def test_the_small_products_have_the_eigenvalues_of_the_large_ones(shape):
    rows = RNG.normal(size=shape).astype(np.float32)
    unit = rows.astype(float) / np.linalg.norm(rows.astype(float), axis=1, keepdims=True)
    orders = (0, 0.5, 1, 2, math.inf)
    expected = vendi_scores_of(unit @ unit.T, orders)
    assert vendi_scores(rows, orders) == pytest.approx(expected, rel=1e-9)
    assert vendi_score_of_order_2(rows, Cosine()) == pytest.approx(expected[3], rel=1e-9)


def test_known_scores():
    assert vendi_scores(np.eye(7), (0, 1, 2, math.inf)) == pytest.approx([7] * 4)
    assert vendi_scores(np.ones((50, 3)), (0, 1, 2, math.inf)) == pytest.approx([1] * 4)
    # Two kinds, three rows of one and one of the other: entropy of 3/4, 1/4.
    two = np.array([[5.0, 0], [1, 0], [2, 0], [0, 1e-30]])
    shares = np.array([0.75, 0.25])
    assert vendi_scores(two, (1, 2, math.inf)) == pytest.approx(
        [np.exp(-(shares * np.log(shares)).sum()), 1 / (shares**2).sum(), 4 / 3]
    )
    # Two rows of similarity s: eigenvalues (1 + s) / 2 and (1 - s) / 2.
    half = np.array([1.5, 0.5]) / 2
    assert vendi_scores_of(np.array([[1, 0.5], [0.5, 1]])) == pytest.approx(
        [np.exp(-(half * np.log(half)).sum())]
    )


def test_equals_vendi_score_0_0_3():
    # vendi_score.vendi.score_X(X, q=1) and score_dual(X, q=2), of this very array.
    rows = np.random.default_rng(5).normal(size=(200, 12)) * np.arange(1, 13)
    assert vendi_scores(rows, (1, 2)) == pytest.approx(VENDI, rel=1e-9)


def test_vendi_scores_are_the_same_in_several_threads():
    rows = np.random.default_rng(6).normal(size=(20_000, 3))
    alone = vendi_scores(rows, (0, 1, 2))
    assert alone == vendi_scores(rows, (0, 1, 2), threads=3)
    values = np.linalg.eigvalsh(np.cov((rows / np.linalg.norm(rows, axis=1)[:, None]).T, bias=True))
    assert alone[1] == pytest.approx(np.exp(-(values * np.log(values)).sum()), abs=1e-2)


VENDI = [8.530534932200919, 7.405649169914429]


@pytest.mark.parametrize("threads", [1, 3])
def test_the_squared_mmd_of_all_pairs(threads):
    first, second = RNG.normal(size=(2_060, 4)).astype(np.float32), RNG.normal(size=(310, 4)) + 0.3
    own, others, between = (
        gaussian(first, first, 1.5),
        gaussian(second, second, 1.5),
        gaussian(first, second, 1.5),
    )
    n, m = len(first), len(second)
    found = squared_mmd(first, second, Gaussian(width=1.5), threads=threads)
    assert found.biased == pytest.approx(own.mean() + others.mean() - 2 * between.mean(), rel=1e-9)
    unbiased = (own.sum() - n) / n / (n - 1) + (others.sum() - m) / m / (m - 1) - 2 * between.mean()
    assert found.unbiased == pytest.approx(unbiased, rel=1e-9)
    assert found == squared_mmd(first, second, Gaussian(width=1.5))


def test_the_unbiased_mmd_is_nil_on_average_where_nothing_differs():
    rng = np.random.default_rng(0)
    found = [
        squared_mmd(rng.normal(size=(20, 2)), rng.normal(size=(20, 2)), Gaussian(width=1.0)).unbiased
        for _ in range(400)
    ]
    assert abs(np.mean(found)) < 4 * np.std(found) / 20
    assert min(found) < 0


def test_the_median_distance():
    first, second = RNG.normal(size=(40, 3)), RNG.normal(size=(30, 3))
    both = np.concatenate([first, second])
    apart = np.sqrt(((both[:, None] - both[None]) ** 2).sum(2))[np.triu_indices(70, 1)]
    assert median_distance(first, second, np.random.default_rng(0)) == pytest.approx(np.median(apart))


def test_one_row_has_no_unbiased_mmd():
    assert squared_mmd(np.ones((1, 2)), np.ones((5, 2)), Gaussian(width=1.0)).unbiased is None


def test_bad_input_is_said():
    rng = np.random.default_rng(0)
    for rows in (np.empty((0, 3)), np.ones(3), np.zeros((2, 2)), np.array([[np.nan, 1.0]])):
        with pytest.raises(InputError):
            vendi_scores(rows)
    with pytest.raises(InputError):
        vendi_scores_of(np.ones((2, 3)))
    with pytest.raises(InputError):
        sum_similarities(np.zeros((2, 2)), None, Cosine())
    with pytest.raises(InputError):
        sum_similarities(np.ones((2, 2)), np.ones((2, 3)), Cosine())
    with pytest.raises(InputError):
        median_distance(np.ones((3, 1)), np.ones((3, 1)), rng)
    with pytest.raises(UsageError):
        Gaussian(width=0.0)
    with pytest.raises(UsageError):
        vendi_scores(np.eye(3), (-1.0,))
