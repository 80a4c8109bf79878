"""Phrases are counted alike by kernels and in numpy, in whatever blocks, whatever phrases share a cell."""

from __future__ import annotations

import os
from collections import Counter
from contextlib import contextmanager
from itertools import pairwise

import numpy as np
import pytest

from holdfast.kernels import VARIABLE, WORTH_IT, compiled
from holdfast.views.phrase_counts import (
    CODES,
    LEAST_ROWS,
    WORDS_READ,
    add_sifted,
    count_cells,
    count_phrases,
    merge_counts,
    sift_phrases,
)
from holdfast.views.phrase_places import find_places
from holdfast.views.phrases import cut_out, find_phrases, holders, mask, rows_with, table_of
from holdfast.views.sides import select_tokens
from holdfast.views.tokens import ngrams, read_tokens

CELLS = (64, 1 << 12)
"""So few that phrases share them."""


@contextmanager
def kernels(said):
    """Kernels for any number of rows, or for none."""
    before = os.environ.get(VARIABLE)
    os.environ[VARIABLE] = said
    try:
        yield
    finally:
        if before is None:
            del os.environ[VARIABLE]
        else:
            os.environ[VARIABLE] = before


def some_texts(seed, rows):
    rng = np.random.default_rng(seed)
    words = [f"w{i}" for i in range(12)]
    weights = 1.0 / np.arange(1, 13)
    return [" ".join(rng.choice(words, rng.integers(0, 14), p=weights / weights.sum())) for _ in range(rows)]


HOSTILE = {
    "nothing": [],
    "one empty row": [""],
    "one row": ["a b a b a b a b"],
    "equal rows": ["please tell me about it"] * 7,
    "empty rows": ["", "a", "", "a", "a b", "a", "", "a", "a"],
    "long rows": [" ".join(f"w{(i * k) % 5}" for i in range(900)) for k in range(1, 8)],
    "other scripts": ["一二三一二三四", "привет мир привет мир", "नमस्ते दुनिया", "一二三四"] * 3,
    "some": some_texts(0, 80),
}
TEXTS = pytest.mark.parametrize("texts", HOSTILE.values(), ids=HOSTILE)


def as_lists(counts):
    return [getattr(counts, name).tolist() for name in ("code", "key", "rows", "position")]


def by_hand(tokens, rows):
    """Rows and first place of every phrase, by code and key."""
    found, first = Counter(), {}
    for code, (size, place) in enumerate(CODES):
        hashes, positions = ngrams(tokens, size)
        for key, at in zip(hashes.tolist(), positions.tolist(), strict=True):
            row = int(np.searchsorted(tokens.row_starts, at, side="right")) - 1
            start, stop = tokens.row_starts[row], tokens.row_starts[row + 1]
            in_place = (True, at == start, at == stop - size)[place]
            if row in rows and in_place and at - start < WORDS_READ:
                first.setdefault((code, key), at)
                found[code, key, row] = 1
    counts = Counter((code, key) for code, key, _ in found)
    return [(code, key, counts[code, key], first[code, key]) for code, key in sorted(first)]


@TEXTS
def test_every_phrase_is_counted_as_by_hand(texts):
    tokens = read_tokens(texts)
    rows = np.arange(len(texts))[: max(len(texts) - 1, 1)]
    rows = rows[rows < len(texts)]
    assert list(zip(*as_lists(count_phrases(tokens, rows, None)), strict=True)) == by_hand(
        tokens, set(rows.tolist())
    )


@TEXTS
@pytest.mark.parametrize("cells", CELLS)
def test_kernels_give_what_numpy_gives(texts, cells):
    if not compiled(WORTH_IT):
        pytest.skip("needs numba")
    tokens, rows = read_tokens(texts), np.arange(len(texts))
    found = []
    for said in "01":
        with kernels(said):
            sifted = sift_phrases(tokens, rows, cells)
            counts = count_phrases(tokens, rows, sifted, 7)
            some = counts.rows >= 2
            size, place = (np.array(CODES)[counts.code[some], i] for i in (0, 1))
            places = find_places(counts.key[some], size, place, tokens)
            found.append((sifted.tolist(), as_lists(counts), [column.tolist() for column in places]))
    assert found[0] == found[1]


@pytest.mark.parametrize("said", "01")
@TEXTS
def test_blocks_add_up_to_the_whole_for_any_cut(texts, said):
    tokens = read_tokens(texts)
    with kernels(said):
        whole = sift_phrases(tokens, np.arange(len(texts)), 256)
        counts = count_phrases(tokens, np.arange(len(texts)), whole)
        for cuts in ([], [1], [0, 2, 3], list(range(len(texts)))):
            ends = sorted({0, *(min(cut, len(texts)) for cut in cuts), len(texts)})
            blocks = [np.arange(start, stop) for start, stop in pairwise(ends)]
            if not blocks:
                continue
            parts = [select_tokens(tokens, rows) for rows in blocks]
            sifted = np.zeros(256, np.uint8)
            for part in parts:
                sifted = add_sifted(sifted, sift_phrases(part, np.arange(len(part)), 256))
            assert sifted.tolist() == whole.tolist()
            into = np.zeros(256, np.uint8)
            for part in parts:
                sift_phrases(part, np.arange(len(part)), 256, into)
            assert into.tolist() == whole.tolist()
            merged = merge_counts(
                [
                    count_phrases(part, np.arange(len(part)), sifted, int(tokens.row_starts[rows[0]]))
                    for part, rows in zip(parts, blocks, strict=True)
                ]
            )
            assert as_lists(merged) == as_lists(counts)


@pytest.mark.parametrize("said", "01")
@pytest.mark.parametrize("cells", [16, 1 << 16])
def test_what_stands_in_enough_rows_always_passes(said, cells):
    tokens, rows = read_tokens(some_texts(1, 150)), np.arange(150)
    with kernels(said):
        sifted = count_phrases(tokens, rows, sift_phrases(tokens, rows, cells))
    every = count_phrases(tokens, rows, None)
    enough = every.rows >= LEAST_ROWS
    left = sifted.rows >= LEAST_ROWS
    assert 0 < enough.sum() < len(every)
    for name in ("code", "key", "rows", "position"):
        assert getattr(sifted, name)[left].tolist() == getattr(every, name)[enough].tolist()
    assert len(sifted) < len(every) or cells == 16


def test_tables_of_kernels_and_numpy_are_the_same():
    real, mine = some_texts(2, 200), [f"sure thing {text}" for text in some_texts(3, 150)]
    anchor, words = read_tokens(real), read_tokens(mine)
    rows = np.arange(200), np.random.default_rng(0).permutation(150)[:120]
    tables = []
    for said in "01":
        with kernels(said):
            table = find_phrases(anchor, words, *rows)
            masked, touched = mask(words, table, 1.0)
            assert cut_out(words, table).folded == masked.folded
            tables.append(
                (
                    [getattr(table, name) for name in ("tested", "candidate_rows", "real_rows")],
                    [
                        getattr(table, name).tolist()
                        for name in ("key", "position", "candidate", "real", "p_value")
                    ],
                    [held.tolist() for held in holders(table, anchor)],
                    (masked.folded, masked.words.tolist(), touched.tolist()),
                )
            )
    assert tables[0] == tables[1]
    assert len(tables[0][1][0]) > 10


def test_holders_are_the_rows_that_hold():
    texts = some_texts(4, 60)
    tokens = read_tokens(texts)
    counts = count_phrases(tokens, np.arange(60), None)
    table = table_of(counts, count_phrases(tokens, np.arange(0), None), 60, 10_000)
    assert len(table) > 20
    for i, held in enumerate(holders(table, tokens)):
        size, place = int(table.words[i]), int(table.place[i])
        phrase = f" {tokens.spell(int(table.position[i]), size)} "
        rows = [row for row, text in enumerate(texts) if _holds(f" {text} ", phrase, place)]
        assert held.tolist() == rows == rows_with(table, tokens, i).tolist()


def _holds(text, phrase, place):
    return (phrase in text, text.startswith(phrase), text.endswith(phrase))[place]


def test_cells_grow_with_the_text_up_to_a_bound():
    assert count_cells(0) == 1 << 16
    assert count_cells(1_000_000) == 1 << 22
    assert count_cells(10**12) == 1 << 26
