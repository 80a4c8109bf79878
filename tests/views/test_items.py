"""Sets, counts and prefixes: of blocks they are what they are of the whole."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from worlds import near_copies, zipf_world

from holdfast.views.features import Features, read_features
from holdfast.views.items import Items, bags, content_keys, join_items, number_contents, shingles, sort_within
from holdfast.views.joining import pair_up
from holdfast.views.links import Links
from holdfast.views.matching import needed
from holdfast.views.prefixes import SLOTS, count_items, grade, merge_prefixes, read_prefixes
from holdfast.views.tokens import block_tokens, join_tokens, read_tokens

SETS = st.sets(st.integers(0, 2**64 - 1), min_size=1, max_size=60)


def rows_of(seed):
    rng = np.random.default_rng(seed)
    rows = near_copies(zipf_world(seed, length=(4, 20)).rows(40, rng), 2, rng, changed=1)
    return [*rows.texts, "", " ", "a", "中文字 漢字", "\ud800", *rows.texts[:5]]


def equal(one, other):
    for name in type(one).__dataclass_fields__:
        left, right = getattr(one, name), getattr(other, name)
        if isinstance(left, np.ndarray):
            assert left.dtype == right.dtype, name
            assert np.array_equal(left, right), name
        else:
            assert left == right, name


@pytest.mark.parametrize("cuts", [[], [0], [1, 2], [50], [0, 64, 64, 129], list(range(3, 130, 12))])
def test_blocks_put_together_are_the_whole(cuts):
    texts = rows_of(4)
    ends = [0, *cuts, len(texts)]
    blocks = list(itertools.pairwise(ends))
    tokens = read_tokens(texts)
    equal(join_tokens([read_tokens(texts[a:b]) for a, b in blocks]), tokens)
    equal(join_tokens([block_tokens(tokens, a, b) for a, b in blocks]), tokens)
    keys = np.concatenate([content_keys(tokens.folded[a:b]) for a, b in blocks])
    assert np.array_equal(keys, content_keys(tokens.folded))
    features = [read_features(block_tokens(tokens, a, b)) for a, b in blocks]
    equal(
        Features(
            starts=np.cumsum(np.concatenate([[0], *(np.diff(part.starts) for part in features)])),
            columns=np.concatenate([part.columns for part in features]),
            counts=np.concatenate([part.counts for part in features]),
        ),
        read_features(tokens),
    )
    for make in (lambda a, b: shingles(tokens.folded[a:b]), lambda a, b: bags(tokens, np.arange(a, b))):
        whole, parts = make(0, len(texts)), [make(a, b) for a, b in blocks]
        equal(join_items(parts), whole)
        counts = np.sum([count_items(part) for part in parts], axis=0, dtype=np.uint32)
        assert np.array_equal(counts, count_items(whole))
        prefixes = read_prefixes(whole, grade(counts), 0.8)
        merged = merge_prefixes([read_prefixes(part, grade(counts), 0.8) for part in parts])
        equal(merged, prefixes)
        assert len(pair_up(merged, whole.at, 0.8)) > 10


@given(SETS, SETS)
@settings(max_examples=100, deadline=None)
def test_outlines_differ_in_no_more_bits_than_sets_in_items(one, other):
    items = join_items([items_of(one), items_of(other)])
    outlines = read_prefixes(items, grade(count_items(items)), 0.8).outlines
    bits = int(np.bitwise_count(outlines[0] ^ outlines[1]).sum())
    assert bits <= len(one ^ other)
    assert bits % 2 == len(one ^ other) % 2


def items_of(values):
    return Items(starts=np.array([0, len(values)]), values=np.array(sorted(values), np.uint64))


def test_prefixes_hold_the_rarest_items_first():
    sets = [{1, 2, 3, 4, 5}, {1, 2, 3, 4, 9}, {1, 2, 3, 9, 8}, {1, 8, 2, 9, 7}]
    sets = [{value << 40 | value for value in values} for values in sets]
    items = join_items([items_of(values) for values in sets])
    counts = count_items(items)
    assert counts.sum() == 20
    assert counts[1] == 4
    assert len(counts) == SLOTS
    prefixes = read_prefixes(items, grade(counts), 0.4)
    # The items 5 and 7 occur once and take the first place of rows 0 and 3, but nobody can share them.
    first = {
        (int(row), int(place)): int(key)
        for row, place, key in zip(prefixes.rows, prefixes.places, prefixes.keys, strict=False)
    }
    assert (0, 0) not in first
    assert first[0, 1] == 4 << 8
    assert first[1, 0] == 4 << 8
    assert first[2, 0] == 8 << 8
    assert first[3, 1] == 8 << 8
    assert set(prefixes.places.tolist()) == {0, 1, 2, 3}


@pytest.mark.parametrize("similarity", [0.1, 0.5, 0.8, 0.9, 1.0])
def test_items_that_two_sets_must_share(similarity):
    need = needed(300, similarity)
    for total in range(2, 301):
        least = next((c for c in range(1, total // 2 + 1) if c / (total - c) >= similarity - 1e-9), None)
        assert need[total] == least or (least is None and need[total] > total // 2)


def test_contents_are_numbered_as_they_come():
    texts = ["b", "a ", "b", " a", "c", "a  b", "a b"]
    assert number_contents(content_keys(texts)).tolist() == [0, 1, 0, 1, 2, 3, 3]
    assert number_contents(content_keys([])).tolist() == []


@pytest.mark.parametrize("values", [3, 50, 2**63])
def test_contents_that_share_one_of_their_hashes_stay_apart(values):
    keys = np.random.default_rng(1).integers(0, values, (1_000, 2)).astype(np.uint64)
    numbers: dict[tuple[int, ...], int] = {}
    expected = [numbers.setdefault(tuple(key), len(numbers)) for key in keys.tolist()]
    assert number_contents(keys).tolist() == expected


def test_links_are_components():
    rng = np.random.default_rng(0)
    pairs = rng.integers(0, 50, (40, 2))
    links = Links.none(50)
    for part in np.split(pairs, 8):
        links.add(part)
    from scipy.sparse import coo_array
    from scipy.sparse.csgraph import connected_components

    graph = coo_array((np.ones(40), pairs.T), shape=(50, 50))
    assert links.groups.tolist() == connected_components(graph, directed=False)[1].tolist()


@pytest.mark.parametrize("most", [3, 2**20, 2**64])
def test_values_are_sorted_inside_their_rows(most):
    rng = np.random.default_rng(0)
    rows = np.sort(rng.integers(0, 9, 500))
    values = rng.integers(0, most - 1, 500, np.uint64, endpoint=True)
    found = sort_within(rows, values, 9)
    assert found.tolist() == values[np.lexsort((values, rows))].tolist()
