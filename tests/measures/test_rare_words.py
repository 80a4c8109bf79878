"""Rare words: a sharpened generator loses their share, a drifting one does not, reality keeps it."""

from __future__ import annotations

import numpy as np
import pytest
from worlds import alarming, invent_words, of_one_stratum

from holdfast.lab.ngram import NgramModel
from holdfast.measures import Calibration, RareWords, Reading, Undetermined
from holdfast.measures.text.rare_words import deal_shares

NULL = Calibration(draws=199)


WORDS = invent_words(1_500, np.random.default_rng(0))


def rows(count, rng, sharp=1.0, length=9):
    weights = np.arange(1.0, len(WORDS) + 1) ** -sharp
    drawn = rng.choice(len(WORDS), size=(count, length), p=weights / weights.sum())
    return [" ".join(WORDS[i] for i in row) for row in drawn.tolist()]


def read(real, candidate, null=NULL):
    reading = RareWords()(of_one_stratum(real, candidate), null)
    assert isinstance(reading, Reading)
    return reading


def warns(reading):
    return reading.p_value <= 0.01 and reading.effect > RareWords().tolerance


def test_a_sharpened_generator_loses_them():
    rng = np.random.default_rng(1)
    reading = read(rows(600, rng), rows(600, rng, sharp=1.3))
    assert reading.value < 0.7
    assert warns(reading)


def test_drift_keeps_their_share_though_kinds_vanish():
    rng = np.random.default_rng(2)
    real, more = rows(600, rng), rows(600, rng)
    for _ in range(3):
        more = NgramModel.train(more, order=2).sample(600, rng=rng)
    assert len({word for row in more for word in row.split()}) < 0.9 * len(
        {w for r in real for w in r.split()}
    )
    assert not warns(read(real, more))


@pytest.mark.parametrize("alike", [True, False])
def test_units_are_dealt_as_a_shuffle_deals_them(alike):
    """Means and spreads of both sides' sums against those of drawing without replacement, by type and one by one."""
    rng = np.random.default_rng(4)
    units = np.stack([rng.integers(0, 3, 300), rng.integers(5, 9 if alike else 5_000, 300)], 1).astype(float)
    chosen, draws = 120, 4_000
    shares = deal_shares(units, chosen, draws, rng)
    # The ratio of two sums, to first order (Cochran 1977, Sampling Techniques, section 2.11).
    share = units[:, 0].sum() / units[:, 1].sum()
    residual = (units[:, 0] - share * units[:, 1]) / units[:, 1].mean()
    for column, size in ((0, chosen), (1, len(units) - chosen)):
        spread = residual.std(ddof=1) * np.sqrt((1 - size / len(units)) / size)
        assert abs(shares[:, column].mean() - share) < 5 * spread / np.sqrt(draws) + spread**2 / share
        assert shares[:, column].std() == pytest.approx(spread, rel=0.12)
    # What one side has, the other has not.
    assert np.corrcoef(shares.T)[0, 1] < -0.95


@pytest.mark.slow
@pytest.mark.parametrize("sizes", [(200, 200), (400, 120), (160, 400)])
def test_false_alarms_stay_within_their_level(sizes):
    p_values = []
    while alarming(p_values) is None:
        trial = len(p_values)
        rng = np.random.default_rng([trial, 3])
        real, candidate = (rows(size, rng) for size in sizes)
        p_values.append(read(real, candidate, Calibration(draws=99, seed=trial)).p_value)
    assert not alarming(p_values)


def test_few_rows_are_undetermined():
    rng = np.random.default_rng(4)
    reading = RareWords()(of_one_stratum(rows(300, rng), rows(40, rng)), NULL)
    assert isinstance(reading, Undetermined)
    assert reading.needed_rows == 100
    same = RareWords()(of_one_stratum(["the same words"] * 300, rows(300, rng)), NULL)
    assert isinstance(same, Undetermined)
