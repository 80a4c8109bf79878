"""Rarest items laid out by range are those of one block of all rows; ids of blocks are those of the set."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from worlds import near_copies, zipf_world

from holdfast.views.items import shingles
from holdfast.views.prefixes import RANGES, count_items, grade, read_prefixes
from holdfast.views.streaming.ids import BlockIds, sent_ids
from holdfast.views.streaming.jobs import Jobs, bundle
from holdfast.views.streaming.spread import SpreadPrefixes

GIVEN = st.lists(
    st.lists(st.sampled_from(["a:1", "a:2", "a:3", "7", "007", "8", "", "x", "\u0661", "9" * 30]), max_size=4)
    | st.integers(0, 5).map(lambda rows: [f"set.csv:{at}" for at in range(9, 9 + rows)]),
    max_size=6,
)


@pytest.mark.parametrize("cuts", [[], [0, 1], [40], list(range(0, 80, 7))])
def test_parts_are_the_whole(cuts):
    rng = np.random.default_rng(1)
    texts = near_copies(zipf_world(1, length=(3, 15)).rows(30, rng), 2, rng, changed=1).texts
    items = shingles(texts)
    grades = grade(count_items(items))
    whole, spread = read_prefixes(items, grades, 0.8), SpreadPrefixes()
    ends = sorted({0, *(min(cut, len(texts)) for cut in cuts), len(texts)})
    for start, stop in pairwise(ends):
        spread.add(read_prefixes(items.at(np.arange(start, stop)), grades, 0.8))
    assert len(spread) == len(texts)
    first = len(texts) // 2
    for place in range(RANGES):
        wanted = whole.postings(place, place + 1)
        for found, column in zip(spread.postings(place, place + 1), wanted, strict=True):
            assert found.dtype == column.dtype
            assert found.tolist() == column.tolist()
        use = wanted[1] < first
        for found, column in zip(spread.first(first).postings(place, place + 1), wanted, strict=True):
            assert found.tolist() == column[use].tolist()
    ranked = spread.ranked(first)
    assert ranked.order.tolist() == np.argsort(whole.sizes[:first], kind="stable").tolist()
    assert np.array_equal(ranked.outlines, whole.outlines[:first][ranked.order])
    spread.let_go(3)
    assert not len(spread.postings(3, 4)[0])


@given(GIVEN)
@settings(max_examples=100, deadline=None)
def test_ids_of_blocks_are_those_of_the_set(blocks):
    ids, wanted = BlockIds(), [one for block in blocks for one in block]
    for block in blocks:
        ids.add(sent_ids(block))
    assert list(ids) == [ids[at] for at in range(len(ids))] == wanted
    assert ids[1:-1] == wanted[1:-1]
    with pytest.raises(IndexError, match="none at"):
        ids[len(wanted)]


def test_numbered_ids_are_not_sent():
    assert sent_ids([f"set.csv:{line}" for line in range(1, 20_001)]) == {
        "ids": [],
        "numbered": ["set.csv:", "1", "20000"],
    }


@given(st.integers(0, 300), st.integers(1, 9))
@settings(max_examples=60, deadline=None)
def test_every_block_is_in_one_job(blocks, workers):
    bundles = bundle(Jobs(blocks, lambda at: at), workers)
    assert [one for jobs in bundles for one in jobs] == list(range(blocks))
    assert len(bundles) >= min(blocks, workers) // 2
