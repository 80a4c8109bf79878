"""Rarity bands by hand."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from holdfast.stats.bands import BANDS, membership


def test_bands_cut_the_mass_of_reality_without_a_gap():
    assert BANDS[0][1] == 0.0
    assert BANDS[-1][2] == 1.0
    assert all(before[2] == after[1] for before, after in pairwise(BANDS))


@pytest.mark.parametrize(
    ("weights", "bands"),
    [
        ([70, 20, 10], [3, 1, 0]),  # middles 0.65, 0.2, 0.05
        ([10, 70, 20], [0, 3, 1]),
        ([40, 30, 15, 10, 5], [3, 2, 1, 1, 0]),  # middles 0.8, 0.45, 0.225, 0.1, 0.025
        ([1], [0]),
        ([9, 1], [3, 0]),
        ([50, 50], [0, 3]),  # the first of two equals is the rarest
        (
            [0, 80, 20],
            [0, 3, 0],
        ),  # what reality does not have is rarest too, and does not stand for the rarest
    ],
)
def test_membership_by_hand(weights, bands):
    assert membership(np.array(weights, float)).tolist() == bands


@given(st.lists(st.integers(1, 5), min_size=60, max_size=200))
def test_every_band_has_its_mass_where_strata_are_fine(weights):
    weights = np.array(weights, float)
    shares = weights / weights.sum()
    bands = membership(weights)
    for band, (_, low, high) in enumerate(BANDS):
        # A stratum on either edge belongs to one side with all of its mass.
        assert abs(shares[bands == band].sum() - (high - low)) <= shares.max() + 1e-9


@given(st.lists(st.floats(0.1, 100.0), min_size=1, max_size=30))
def test_the_rarer_never_stands_in_a_band_of_the_more_frequent(weights):
    weights = np.array(weights)
    bands = membership(weights)
    assert (np.diff(bands[np.argsort(weights, kind="stable")]) >= 0).all()
    assert bands[np.argmin(weights)] == 0


@given(st.lists(st.floats(0.1, 100.0), min_size=1, max_size=30), st.floats(0.01, 100.0))
def test_shares_and_counts_are_alike(weights, factor):
    weights = np.round(np.array(weights), 1)
    assert (membership(weights) == membership(weights * 2.0 ** round(np.log2(factor)))).all()


def test_many_weights_at_once():
    weights = np.random.default_rng(0).integers(1, 50, (3, 4, 20)).astype(float)
    found = membership(weights)
    assert found.shape == weights.shape
    for place in np.ndindex(3, 4):
        assert (found[place] == membership(weights[place])).all()
