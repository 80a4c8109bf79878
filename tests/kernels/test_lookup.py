"""A hash table gives what a binary search gives."""

from __future__ import annotations

import numpy as np
import pytest

from holdfast.kernels import WORTH_IT, compiled
from holdfast.views.lookup import Lookup, number

MOST = np.iinfo(np.uint64).max


@pytest.mark.parametrize("count", [0, 1, 2, 3, 4, 7, 8, 1_000])
@pytest.mark.parametrize("span", [3, 1_000, 2**64])
def test_kernel_and_search_agree(count, span):
    if not compiled(WORTH_IT):
        pytest.skip("needs numba")
    rng = np.random.default_rng(count)
    keys = np.unique(rng.integers(0, span - 1, count, np.uint64, endpoint=True))
    asked = np.concatenate(
        [keys, rng.integers(0, span - 1, 500, np.uint64, endpoint=True), [np.uint64(0), MOST]]
    )
    plain, kernel = Lookup.of(keys, 1), Lookup.of(keys, WORTH_IT)
    assert len(kernel.slots) > len(keys)
    known = {key: place for place, key in enumerate(keys.tolist())}
    expected = [known.get(key, -1) for key in asked.tolist()]
    assert plain.find(asked).tolist() == kernel.find(asked).tolist() == expected


@pytest.mark.parametrize("rows", [1, WORTH_IT])
@pytest.mark.parametrize("size", [0, 1, 2, 500])
def test_numbers_are_those_of_unique(rows, size):
    keys = np.random.default_rng(size).integers(0, 300, size).astype(np.uint64) * np.uint64(2**55 + 1)
    expected = np.unique(keys, return_index=True, return_inverse=True)
    for found, other in zip(number(keys, rows), expected, strict=True):
        assert np.array_equal(found, other)
