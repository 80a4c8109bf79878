"""What is kept of the first rows of a set, and what new rows add to it: together what all rows give at once."""

import numpy as np
import pytest

from holdfast.kernels import WORTH_IT, compiled
from holdfast.views.items import shingles
from holdfast.views.joining import CROWD, Crowd, rank, share
from holdfast.views.links import Links
from holdfast.views.matching import compare
from holdfast.views.phrase_counts import (
    LEAST_ROWS,
    PhraseCounts,
    add_sifted,
    count_phrases,
    merge_counts,
    sift_phrases,
)
from holdfast.views.phrases import no_phrases
from holdfast.views.prefixes import RANGES, count_first, count_items, grade, read_prefixes
from holdfast.views.streaming.phrase_sums import NEW, PhraseSums, grown_sieve, settle_places, take_away
from holdfast.views.streaming.spread import SpreadPrefixes
from holdfast.views.tokens import read_tokens

SIMILARITY = 0.8
CELLS = 1 << 12


def said(rng, count):
    """Rows of few words, so that phrases return; one row in five says nearly what another does."""
    words = [f"w{i}" for i in range(40)]
    rows = [" ".join(rng.choice(words, rng.integers(1, 12))) for _ in range(count)]
    for row in range(5, count, 5):
        rows[row] = rows[int(rng.integers(row))] + " and"
    return rows


def prefixes_of(items):
    """In the order of the first rows."""
    first = count_first(len(items))
    counts = count_items(items.at(np.arange(first)))
    return read_prefixes(items, grade(counts), SIMILARITY, least=0)


def linked(prefixes, items, links, *, since=0, ranked=None):
    """Whether rows crowd; links are added."""
    crowd = Crowd()
    for codes in share(
        prefixes, ranked or rank(prefixes), (0, RANGES), SIMILARITY, links=links, since=since, crowd=crowd
    ):
        pairs = np.stack([codes >> np.uint64(32), codes & np.uint64(0xFFFFFFFF)], 1).astype(np.int64)
        assert not since or (pairs.max(axis=1) >= since).all()
        links.add(compare(pairs, items.at, SIMILARITY))
    return crowd.seen


@pytest.mark.parametrize("said_", ["0", "1"])
@pytest.mark.parametrize("seed", [1, 2, 3])
def test_links_of_the_first_rows_and_those_of_new_ones_are_all_links(seed, said_, monkeypatch):
    monkeypatch.setenv("HOLDFAST_COMPILED", said_)
    items = shingles(said(np.random.default_rng(seed), 300))
    prefixes = prefixes_of(items)
    whole, parts = Links.none(300), Links.none(300)
    assert not linked(prefixes, items, whole)
    before = Links.none(260)
    spread = SpreadPrefixes()
    spread.add(prefixes)
    assert not linked(spread.first(260), items, before, ranked=spread.ranked(260))
    parts.add(np.stack([np.arange(260), before.labels.astype(np.int64)], 1))
    assert not linked(prefixes, items, parts, since=260)
    assert np.array_equal(parts.labels, whole.labels)
    assert len(np.unique(whole.labels)) < 300


@pytest.mark.parametrize("said_", ["0", "1"])
def test_a_crowd_is_told(said_, monkeypatch):
    monkeypatch.setenv("HOLDFAST_COMPILED", said_)
    for count, seen in ((CROWD + 1, False), (CROWD + 2, True)):
        items = shingles(["the very same row"] * count)
        assert linked(prefixes_of(items), items, Links.none(count)) == seen


def test_kernels_count_the_phrases_of_new_cells_as_numpy_does(monkeypatch):
    if not compiled(WORTH_IT):
        pytest.skip("numba is not installed")
    rng = np.random.default_rng(4)
    tokens = read_tokens(said(rng, 200))
    sieve = rng.integers(3, NEW + 1, CELLS).astype(np.uint8)
    found = []
    for how in ("0", "1"):
        monkeypatch.setenv("HOLDFAST_COMPILED", how)
        found.append(count_phrases(tokens, np.arange(0, 200, 2), sieve, wanted=NEW))
    for name in PhraseCounts.__slots__:
        assert np.array_equal(getattr(found[0], name), getattr(found[1], name)), name
    assert len(found[0])


def test_phrases_of_a_set_that_grew_are_those_of_the_set():
    rng = np.random.default_rng(6)
    tokens = read_tokens(said(rng, 240))
    old, gone, now = (
        np.arange(150),
        np.arange(30, 150, 40),
        np.setdiff1d(np.arange(240), np.arange(30, 150, 40)),
    )
    sieve = sift_phrases(tokens, old, CELLS)
    sums = PhraseSums(
        blocks=1,
        cells=sieve,
        passed=sieve >= LEAST_ROWS,
        counted=np.ones(150, bool),
        found=count_phrases(tokens, old, sieve),
        real=count_phrases(tokens, old[:0], sieve),
    )
    all_cells = add_sifted(sieve, sift_phrases(tokens, np.arange(150, 240), CELLS))
    grown = grown_sieve(sums, all_cells)
    assert grown is not None
    before = np.where(sums.passed, np.uint8(LEAST_ROWS), np.uint8(0))
    parts = [
        take_away(sums.found, count_phrases(tokens, gone, before)),
        count_phrases(tokens, np.setdiff1d(old, gone), grown, wanted=NEW),
        count_phrases(tokens, np.arange(150, 240), all_cells),
    ]
    found, whole = merge_counts(parts), count_phrases(tokens, now, None)
    want, have = (
        {
            (code, key): count
            for code, key, count in zip(c.code.tolist(), c.key.tolist(), c.rows.tolist(), strict=True)
            if count >= LEAST_ROWS
        }
        for c in (whole, found)
    )
    assert have == want
    assert len(want) > 40


def test_a_place_in_a_row_that_counts_no_more_is_found_anew():
    tokens = read_tokens(["one two three", "so one two", "four", "one two again"])
    counts = count_phrases(tokens, np.arange(4), None)
    pair = counts.key[(counts.code == 1) & (counts.rows == 3)]
    table = no_phrases()
    table = type(table)(
        **{name: getattr(table, name) for name in table.__slots__}
        | {
            "key": pair,
            "words": np.array([2]),
            "place": np.array([0]),
            "position": np.array([0]),
            "candidate": np.array([2]),
            "real": np.array([0]),
            "ratio": np.array([2.0]),
            "p_value": np.array([0.01]),
        }
    )
    ends = np.cumsum(tokens.counts)
    for counted, place in (([True] * 4, 0), ([False, True, True, True], 4), ([False, False, True, True], 7)):
        found = settle_places(table, np.array(counted), ends, np.array([0, 4]), lambda _: tokens)
        assert found.position.tolist() == [place]
