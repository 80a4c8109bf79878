"""Kernels make sets and find pairs as the plain functions do, to the bit."""

from __future__ import annotations

from dataclasses import fields, is_dataclass
from functools import partial

import numpy as np
import pytest
from hostile import TEXTS, both
from hypothesis import example, given, settings
from hypothesis import strategies as st

from holdfast.kernels import WORTH_IT, compiled
from holdfast.views.crossing import find_repeats, index_rows
from holdfast.views.items import Items, bags, content_keys, shingles
from holdfast.views.joining import CROWD, find_alike, join
from holdfast.views.near import find_duplicates, find_pairs
from holdfast.views.prefixes import count_items, grade, read_prefixes
from holdfast.views.tokens import read_tokens

pytestmark = pytest.mark.skipif(not compiled(WORTH_IT), reason="needs numba")


def same(one, other):
    if is_dataclass(one):
        for field in fields(one):
            same(getattr(one, field.name), getattr(other, field.name))
    elif isinstance(one, tuple):
        for left, right in zip(one, other, strict=True):
            same(left, right)
    else:
        assert one.dtype == other.dtype
        assert np.array_equal(one, other)


@given(TEXTS, st.sampled_from([0.3, 0.8, 1.0]))
@example([], 0.8)
@example([""], 0.8)
@example(["a", "a", ""], 0.8)
@example(["ab " * 500 + str(i) for i in range(6)], 0.8)
@settings(max_examples=15, deadline=None)
def test_rows_of_hostile_text(texts, similarity):
    tokens = read_tokens(texts)
    rows = np.arange(len(texts))
    for make in (
        lambda: shingles(tokens.folded),
        lambda: bags(tokens, rows),
        lambda: bags(tokens, rows[::-2]),
    ):
        items, kernel = both(make)
        same(items, kernel)
        counts, kernel = both(partial(count_items, items))
        same(counts, kernel)
        for least in (1, 2):
            same(*both(partial(read_prefixes, items, grade(counts), similarity, least=least)))
        same(*both(partial(join, items, similarity)))
    same(*both(lambda: content_keys(tokens.folded)))
    same(*both(lambda: find_pairs([tokens, tokens])))
    same(*both(lambda: find_duplicates(tokens)))
    half = len(texts) // 2
    same(*both(lambda: index_rows(tokens.folded[:half])))
    index = index_rows(tokens.folded[:half])
    same(*both(lambda: find_repeats(index, tokens.folded)))


def test_crowds_are_the_same_crowds():
    rng = np.random.default_rng(0)
    stem = "the quick brown fox jumps over the lazy dog and runs away"
    texts = [f"{stem[: rng.integers(20, 57)]} {i:04d}" for i in range(3 * CROWD)]
    texts += [stem[:50] + " " + "".join(rng.choice(list("abcd"), 12)) for _ in range(2 * CROWD)]
    tokens = read_tokens(texts)
    pairs, kernel = both(lambda: find_pairs([tokens]))
    same(pairs, kernel)
    assert len(pairs[1]) > 10 * CROWD
    same(*both(lambda: find_duplicates(tokens)))
    index = index_rows(tokens.folded[: 3 * CROWD])
    same(*both(lambda: find_repeats(index, tokens.folded[CROWD:])))


def test_sets_made_again_give_the_same_pairs():
    rng = np.random.default_rng(1)
    sets = [
        np.unique(rng.integers(0, 60, 12)).astype(np.uint64) * np.uint64(0x9E3779B97F4A7C15)
        for _ in range(60)
    ]
    sets = [np.sort(values) for values in sets]
    items = Items(
        starts=np.cumsum([0, *map(len, sets)]).astype(np.int64), values=np.concatenate(sets).astype(np.uint64)
    )
    # Rows that are said to be long stand in blocks of their own, and their sets are not kept.
    for letters in (np.ones(60, np.int64), np.full(60, 3_000_000)):
        for found in both(lambda letters=letters: find_alike(items.at, letters, 0.3)):
            assert np.array_equal(found, join(items, 0.3))
    assert len(join(items, 0.3)) > 10
