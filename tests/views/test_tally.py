"""Tallies against a counter, in any cut and order."""

from __future__ import annotations

from collections import Counter

import numpy as np
import pytest

from holdfast.views.tally import add_tallies, tally


@pytest.mark.parametrize("pieces", [1, 2, 3, 5, 8, 13])
def test_pieces_add_up_to_what_a_counter_says(pieces):
    rng = np.random.default_rng(pieces)
    keys, amounts = rng.integers(0, 50, 400), rng.integers(-(2**40), 2**40, 400)
    wanted: Counter[int] = Counter()
    for key, amount in zip(keys.tolist(), amounts.tolist(), strict=True):
        wanted[key] += amount
    cut = np.sort(rng.integers(0, 401, pieces - 1))
    parts = [tally(*part) for part in zip(np.split(keys, cut), np.split(amounts, cut), strict=True)]
    for order in (parts, parts[::-1]):
        assert add_tallies(order).tolist() == [[key, wanted[key]] for key in sorted(wanted)]


def test_counting_is_adding_ones_and_nothing_is_nothing():
    keys = np.array([5, 5, 2])
    assert tally(keys).tolist() == tally(keys, np.ones(3, np.int64)).tolist() == [[2, 1], [5, 2]]
    nothing = tally(np.empty(0, np.int64))
    assert nothing.shape == (0, 2)
    assert add_tallies([nothing, tally(keys), nothing]).tolist() == [[2, 1], [5, 2]]
