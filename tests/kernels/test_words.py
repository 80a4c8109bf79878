"""Kernels read words and features as the plain functions do, to the bit."""

from __future__ import annotations

from dataclasses import fields

import numpy as np
import pytest
from hostile import TEXTS, both
from hypothesis import example, given, settings

from holdfast.kernels import WORTH_IT, compiled
from holdfast.views.features import read_features
from holdfast.views.tokens import ngrams, read_folded, read_tokens

pytestmark = pytest.mark.skipif(not compiled(WORTH_IT), reason="needs numba")


def same(one, other):
    for name in [field.name for field in fields(one)]:
        left, right = getattr(one, name), getattr(other, name)
        if isinstance(left, np.ndarray):
            assert left.dtype == right.dtype, name
            assert np.array_equal(left, right), name
        else:
            assert left == right, name


@given(TEXTS)
@example([])
@example([""])
@example(["x"])
@example(["", "'", "a'", "'b", "a'b", "", "c"])
@example(["a" * 21_000, "b c " * 3_000, "中" * 2_100])
@settings(max_examples=40, deadline=None)
def test_words_and_features(texts):
    plain, kernel = both(lambda: read_tokens(texts))
    same(plain, kernel)
    same(*both(lambda: read_features(plain)))
    same(*both(lambda: read_folded(plain.folded, 3)))
    for size in (1, 2, 3, 7):
        for left, right in zip(*both(lambda size=size: ngrams(plain, size)), strict=True):
            assert left.dtype == right.dtype
            assert np.array_equal(left, right)
