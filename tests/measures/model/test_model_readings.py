"""Rates and calibration: intervals hold what they promise, and the null of a model that knows itself is its null."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import binomtest, kstest

from holdfast.backends.models import ScriptedModel
from holdfast.measures.model.calibration import read_calibration
from holdfast.measures.model.mass import read_mass
from holdfast.measures.model.rates import Rate, ratio_of_sums
from holdfast.measures.reading import Undetermined


@pytest.mark.parametrize(("count", "least"), [(12, 0.90), (40, 0.92), (300, 0.935)])
def test_intervals_of_a_ratio_cover_it(count, least):
    """Rows of very different lengths, long ones cheaper by the byte: the ratio of sums is not the mean of ratios."""
    rng = np.random.default_rng(count)

    def world(rows):
        size = np.ceil(rng.lognormal(4.0, 0.7, rows))
        return size * (0.8 + 2.0 / np.sqrt(size)) * rng.gamma(20, 1 / 20, rows), size

    top, bottom = world(4_000_000)
    truth = top.sum() / bottom.sum()
    hits, runs = 0, 1_500
    for _ in range(runs):
        found = ratio_of_sums(*world(count))
        hits += found.interval[0] <= truth <= found.interval[1]
    assert binomtest(hits, runs, least, alternative="less").pvalue > 0.01
    assert binomtest(hits, runs, 0.965, alternative="greater").pvalue > 0.01


def test_rows_that_repeat_each_other_widen_the_interval():
    rng = np.random.default_rng(0)
    top, bottom = rng.gamma(5, 1, 60), np.full(60, 3.0)
    alone = ratio_of_sums(top, bottom)
    thrice = ratio_of_sums(np.repeat(top, 3), np.repeat(bottom, 3), np.repeat(np.arange(60), 3))
    assert (thrice.value, thrice.units) == (pytest.approx(alone.value), 60)
    assert thrice.interval == pytest.approx(alone.interval)


def test_too_few_rows_give_no_rate():
    few = ratio_of_sums(np.ones(9), np.r_[np.ones(4), np.zeros(5)])
    assert isinstance(few, Undetermined)
    assert few.needed_rows == 5
    assert isinstance(ratio_of_sums(np.empty(0), np.empty(0)), Undetermined)


@pytest.mark.parametrize("tokens", [400, 2_000, 41_000])
def test_a_model_that_knows_itself_has_uniform_p_values(tokens):
    rng = np.random.default_rng(tokens)
    runs = 15 if tokens > 10_000 else 100
    found = []
    for _ in range(runs):
        sure = rng.beta(2, 1, tokens)
        read = read_calibration(sure, rng.random(tokens) < sure, rng, draws=99)
        found.append(read.p_value)
    # P-values lie on a grid of 100; spread inside of their cell they are uniform.
    assert kstest(np.array(found) - rng.random(runs) / 100, "uniform").pvalue > 0.01


def test_a_model_of_itself_is_calibrated_and_another_is_not():
    """Samples of a model are what it should be right on: outcomes that hang on each other do not spoil the null."""
    model = ScriptedModel.of(["the sea is calm today", "the sun is out today", "a sea of sun"] * 9, order=3)
    written = [sample.text for sample in model.sample([""] * 600, seed=3)]
    own = model.score([text for text in written if text])
    rng = np.random.default_rng(1)
    assert read_calibration(own.confidence, own.right, rng).p_value > 0.001
    assert abs(read_mass(own).excess.value) < 0.01
    flat = model.score([sample.text for sample in model.sample([""] * 600, seed=3, temperature=3.0)])
    assert read_calibration(flat.confidence, flat.right, rng).p_value == pytest.approx(0.001)
    assert read_mass(flat).gap.interval[1] < 0


def test_the_calibration_error_is_the_one_of_its_definition():
    rng = np.random.default_rng(3)
    sure = rng.random(3_000)
    right = rng.random(3_000) < sure**2
    order = np.argsort(sure)
    parts = zip(np.array_split(sure[order], 15), np.array_split(right[order], 15), strict=True)
    by_hand = sum(len(p) * abs(p.mean() - came.mean()) for p, came in parts) / 3_000
    found = read_calibration(sure, right, rng)
    assert found.error == pytest.approx(by_hand)
    assert found.null.high < found.error
    assert sum(one.tokens for one in found.bins) == found.tokens == 3_000


def test_few_tokens_have_no_calibration():
    assert isinstance(
        read_calibration(np.ones(10), np.ones(10, bool), np.random.default_rng(0)), Undetermined
    )


def test_mass_of_a_known_model():
    model = ScriptedModel.of([f"the number {row}" for row in range(50)], order=4)
    read = read_mass(model.score([f"the number {row}" for row in range(50, 90)]))
    assert isinstance(read.entropy, Rate)
    assert read.gap.value == pytest.approx(read.entropy.value - read.bits.value)
    assert read.excess.value == pytest.approx(read.top.value - read.among.value)
