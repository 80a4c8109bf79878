"""Deals: so many of each group, every choice equally likely, kernels and numpy alike."""

from __future__ import annotations

import os
from itertools import combinations

import numpy as np
import pytest
from scipy.stats import chisquare

from holdfast.kernels import VARIABLE, WORTH_IT, compiled
from holdfast.stats.dealing import deal_rows, deal_sums, draw_seeds


def with_kernels(said, work):
    before = os.environ.get(VARIABLE)
    os.environ[VARIABLE] = said
    try:
        return work()
    finally:
        os.environ.pop(VARIABLE)
        if before is not None:
            os.environ[VARIABLE] = before


@pytest.mark.parametrize("said", "01")
def test_every_choice_is_equally_likely(said):
    picked = with_kernels(said, lambda: deal_rows(6, 3, draw_seeds(20_000, np.random.default_rng(0)), of=6))
    assert (picked.sum(axis=1) == 3).all()
    kinds = dict.fromkeys(combinations(range(6), 3), 0)
    for row in picked.astype(bool):
        kinds[tuple(np.flatnonzero(row).tolist())] += 1
    assert chisquare(list(kinds.values())).pvalue > 0.001


def test_means_and_spread_are_those_of_drawing_without_replacement():
    rng = np.random.default_rng(1)
    values = rng.normal(size=(30, 1))
    sums = deal_sums(np.array([0, 30]), np.array([12]), values, draw_seeds(20_000, rng))[:, 0, 0]
    assert sums.mean() == pytest.approx(12 * values.mean(), abs=0.1)
    expected = 12 * values.var(ddof=1) * (1 - 12 / 30)
    assert sums.var() == pytest.approx(expected, rel=0.05)


@pytest.mark.parametrize("seed", range(4))
def test_kernels_give_what_numpy_gives(seed):
    if not compiled(WORTH_IT):
        pytest.skip("needs numba")
    rng = np.random.default_rng(seed)
    sizes = np.array([0, 1, 7, 1, 40, 0, 3])
    taken = np.array([0, 1, 3, 0, 40, 0, 1])
    starts = np.concatenate([[0], np.cumsum(sizes)])
    values, seeds = rng.normal(size=(int(starts[-1]), 3)), draw_seeds(9, rng)
    values[::3, 1] = 0
    plain, kernel = (with_kernels(said, lambda: deal_sums(starts, taken, values, seeds)) for said in "01")
    assert plain.shape == (9, 7, 3)
    assert np.array_equal(plain, kernel)
    every = np.add.reduceat(values, starts[4:5], axis=0)[0] - values[starts[5] :].sum(axis=0)
    np.testing.assert_allclose(plain[:, 4], np.tile(every, (9, 1)), rtol=1e-12)
    rows = [with_kernels(said, lambda: deal_rows(11, 4, seeds, of=11)) for said in "01"]
    assert np.array_equal(*rows)
    for taken_rows in (0, 11):
        assert (deal_rows(11, taken_rows, seeds, of=11).sum(axis=1) == taken_rows).all()


def test_deals_differ_and_seeds_are_the_generators():
    first, second = (draw_seeds(4, np.random.default_rng(seed)) for seed in (0, 0))
    assert np.array_equal(first, second)
    rows = deal_rows(50, 25, first, of=50)
    assert len(np.unique(rows, axis=0)) == 4
