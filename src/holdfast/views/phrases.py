"""Phrases: n-grams of words, openers and closers, counted by the distinct rows that hold them."""

from __future__ import annotations

from dataclasses import dataclass, replace
from itertools import pairwise
from typing import TYPE_CHECKING, Protocol

import numpy as np

from holdfast.backends.threads import count_threads, work_together
from holdfast.kernels import compiled
from holdfast.stats.multiplicity import benjamini_hochberg
from holdfast.views.phrase_counts import (
    CODES,
    LEAST_ROWS,
    LONGEST,
    WORDS_READ,
    add_sifted,
    count_cells,
    count_phrases,
    merge_counts,
    sift_phrases,
)
from holdfast.views.phrase_places import find_places
from holdfast.views.tokens import Tokens, mix, read_folded

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from holdfast.views.phrase_counts import PhraseCounts

__all__ = [
    "LEAST_ROWS",
    "LONGEST",
    "WORDS_READ",
    "PhraseTable",
    "Written",
    "artifacts",
    "cut_out",
    "find_phrases",
    "find_words",
    "holders",
    "mask",
    "rows_with",
    "spell",
    "table_of",
    "takes_too_much",
]

RATE = 0.01
"""Expected share of phrases reported by mistake."""
MASK_RATIO = 10.0
MASK_SHARE = 0.05
"""A phrase is an artifact, cut out before the other measures read, when at least one row in twenty has it and it is
ten times as frequent as in reality: a template, not a topic."""
MASK_MOST = 0.6
LEAST_LEFT = 0.5
"""Where phrases would take more than this share of all words and leave rows shorter than half of reality's, they are the
content, not a frame around it."""
_FRAYED = 0.8
_UNREMARKABLE = 2.0
"""A phrase whose last word follows in less than four of five places where the rest of it stands, and is less than twice as
frequent as in reality, has run from the frame into the content: "might make" and then "what"."""
_GOLDEN = np.uint64(0x9E3779B97F4A7C15)


@dataclass(frozen=True, slots=True, kw_only=True)
class PhraseTable:
    """Phrases that the candidate holds in more rows than reality would.

    Attributes:
        key: uint64 [p], hash.
        words: int64 [p], length.
        place: int64 [p], 0 anywhere, 1 opener, 2 closer.
        position: int64 [p], a place in the candidate's words where the phrase begins.
        candidate: int64 [p], distinct candidate rows that hold it.
        real: int64 [p], distinct real rows that hold it.
        ratio: float64 [p], rate against reality's, half a row added on both sides.
        p_value: float64 [p], one-sided, exact.
        candidate_rows: Distinct candidate rows in all.
        real_rows: Distinct real rows in all.
        tested: Phrases tested.
    """

    key: NDArray[np.uint64]
    words: NDArray[np.int64]
    place: NDArray[np.int64]
    position: NDArray[np.int64]
    candidate: NDArray[np.int64]
    real: NDArray[np.int64]
    ratio: NDArray[np.float64]
    p_value: NDArray[np.float64]
    candidate_rows: int
    real_rows: int
    tested: int

    def __len__(self) -> int:
        return len(self.key)

    def at(self, rows: NDArray[np.int64] | NDArray[np.bool_]) -> PhraseTable:
        """The phrases at these positions."""
        names = ("key", "words", "place", "position", "candidate", "real", "ratio", "p_value")
        return replace(self, **{name: getattr(self, name)[rows] for name in names})


def find_phrases(
    anchor: Tokens, candidate: Tokens, anchor_rows: NDArray[np.int64], candidate_rows: NDArray[np.int64]
) -> PhraseTable:
    """Phrases over-represented in the candidate, under false-discovery control.

    Args:
        anchor: Words of the anchor.
        candidate: Words of the candidate.
        anchor_rows: int64, the distinct rows to count in the anchor; a repeated row counts once.
        candidate_rows: int64, the same for the candidate.
    """
    candidate_rows, anchor_rows = np.unique(candidate_rows), np.unique(anchor_rows)
    both = ((candidate, candidate_rows), (anchor, anchor_rows))
    if not compiled(max(len(candidate_rows), len(anchor_rows))):
        mine, theirs = (count_phrases(*side, None) for side in both)
        return table_of(mine, theirs, len(candidate_rows), len(anchor_rows))
    cells = count_cells(len(candidate.words) + len(anchor.words))
    parts = [(tokens, part) for tokens, rows in both for part in _parts(rows)]
    of_candidate = len(_parts(candidate_rows))
    threads = count_threads()
    sifted, *others = work_together(lambda part: sift_phrases(*part, cells), parts, threads=threads)
    for other in others:
        sifted = add_sifted(sifted, other)
    counts = work_together(lambda part: count_phrases(*part, sifted), parts, threads=threads)
    return table_of(
        merge_counts(counts[:of_candidate]),
        merge_counts(counts[of_candidate:]),
        len(candidate_rows),
        len(anchor_rows),
    )


def _parts(rows: NDArray[np.int64]) -> list[NDArray[np.int64]]:
    """One part of the rows for every thread: each holds cells of its own."""
    return np.array_split(rows, count_threads())


def table_of(
    candidate: PhraseCounts, anchor: PhraseCounts, candidate_rows: int, anchor_rows: int
) -> PhraseTable:
    """Phrases over-represented in the candidate, from counts of both sides.

    Args:
        candidate: All its phrases that stand in `LEAST_ROWS` rows of both sides together, and any others.
        anchor: The same of the anchor.
        candidate_rows: Rows that were counted in the candidate.
        anchor_rows: Rows that were counted in the anchor.
    """
    from scipy.special import bdtrc

    parts: list[
        tuple[NDArray[np.uint64], NDArray[np.int64], int, int, NDArray[np.int64], NDArray[np.int64]]
    ] = []
    tested = 0
    for size, place in sorted(CODES):
        code = CODES.index((size, place))
        mine, theirs = candidate.of(code), anchor.of(code)
        found, count = candidate.key[mine], candidate.rows[mine]
        known, real = anchor.key[theirs], anchor.rows[theirs]
        at = np.searchsorted(known, found)
        at[at == len(known)] = 0
        real_count = (
            np.where(known[at] == found, real[at], 0) if len(known) else np.zeros(len(found), np.int64)
        )
        enough = count + real_count >= LEAST_ROWS
        tested += int(enough.sum())
        keep = enough & (count >= LEAST_ROWS)
        parts.append(
            (found[keep], candidate.position[mine][keep], size, place, count[keep], real_count[keep])
        )
    key, position, candidate_count, real_count = (
        np.concatenate([part[i] for part in parts]) for i in (0, 1, 4, 5)
    )
    words = np.concatenate([np.full(len(part[0]), part[2]) for part in parts])
    places = np.concatenate([np.full(len(part[0]), part[3]) for part in parts])
    rows = max(candidate_rows, 1), max(anchor_rows, 1)
    # Given its total, a phrase falls to the candidate with this probability.
    chance = rows[0] / (rows[0] + rows[1])
    p_value = bdtrc(candidate_count - 1.0, (candidate_count + real_count).astype(np.int64), chance)
    ratio = ((candidate_count + 0.5) / rows[0]) / ((real_count + 0.5) / rows[1])
    table = PhraseTable(
        key=key,
        words=words,
        place=places,
        position=position,
        candidate=candidate_count,
        real=real_count,
        ratio=ratio,
        p_value=np.asarray(p_value),
        candidate_rows=rows[0],
        real_rows=rows[1],
        tested=tested,
    )
    # Phrases that were tested but are not over-represented enter the correction with p = 1.
    padded = np.concatenate([table.p_value, np.ones(max(tested - len(table), 0))])
    return table.at(benjamini_hochberg(padded, RATE)[: len(table)] & (table.ratio > 1.0))


def no_phrases() -> PhraseTable:
    """A table of no phrase."""
    numbers, floats = np.empty(0, np.int64), np.empty(0)
    return PhraseTable(
        key=np.empty(0, np.uint64),
        words=numbers,
        place=numbers,
        position=numbers,
        candidate=numbers,
        real=numbers,
        ratio=floats,
        p_value=floats,
        candidate_rows=1,
        real_rows=1,
        tested=0,
    )


class Written(Protocol):
    """Words that phrases point into, wherever they are."""

    @property
    def counts(self) -> NDArray[np.int64]:
        """int64 [n], words per row."""
        ...

    def spell(self, position: int, words: int = 1) -> str:
        """The folded text of some words, as it was written."""
        ...

    def hashes(self, positions: NDArray[np.int64], sizes: NDArray[np.int64]) -> NDArray[np.uint64]:
        """uint64 [p, longest], so many words from each position on; zeros behind the last one."""
        ...


def artifacts(table: PhraseTable, written: Written) -> PhraseTable:
    """The phrases that are templates: frequent, hardly known to reality, long or bound to a row's edge, and no content.

    Args:
        table: Phrases.
        written: The words they were found in.
    """
    frequent = table.candidate >= np.maximum(MASK_SHARE * table.candidate_rows, LEAST_ROWS)
    template = (table.words >= 3) | (table.place > 0)
    likely = table.at(frequent & (table.ratio >= MASK_RATIO) & template)
    return likely.at(~_frayed(likely, table, written.hashes(likely.position, likely.words)))


def _frayed(likely: PhraseTable, table: PhraseTable, hashes: NDArray[np.uint64]) -> NDArray[np.bool_]:
    """bool [p], phrases that begin or end with a word of the content around the frame.

    Args:
        likely: The phrases.
        table: All phrases.
        hashes: uint64 [p, longest], the words of the phrases.
    """
    anywhere = table.at(table.place == 0)
    remarkable = anywhere.key[(anywhere.words == 1) & (anywhere.ratio >= _UNREMARKABLE)]
    frayed = np.zeros(len(likely), bool)
    for size in range(2, LONGEST + 1):
        at = np.flatnonzero(likely.words == size)
        if len(at) == 0:
            continue
        shorter = anywhere.at(anywhere.words == size - 1)
        words, count = hashes[at, :size], likely.candidate[at]
        for rest, end in ((words[:, :-1], words[:, -1]), (words[:, 1:], words[:, 0])):
            plain = ~np.isin(end, remarkable)
            frayed[at] |= plain & (count < _FRAYED * _counts_of(shorter, _keys_of(rest)))
    return frayed


def _keys_of(words: NDArray[np.uint64]) -> NDArray[np.uint64]:
    """uint64 [p], the keys of phrases given by their words (uint64 [p, size]), as `ngrams` hashes them."""
    keys = words[:, 0]
    for column in words.T[1:]:
        keys = mix(keys * _GOLDEN + column)
    return np.asarray(keys, np.uint64)


def _counts_of(table: PhraseTable, keys: NDArray[np.uint64]) -> NDArray[np.int64]:
    """int64, candidate rows with these phrases; 0 for one that is not in the table."""
    if len(table) == 0:
        return np.zeros(len(keys), np.int64)
    order = np.argsort(table.key)
    at = order[np.minimum(np.searchsorted(table.key[order], keys), len(table) - 1)]
    return np.where(table.key[at] == keys, table.candidate[at], 0)


def mask(tokens: Tokens, table: PhraseTable, usual: float) -> tuple[Tokens, NDArray[np.int64]]:
    """Cut phrases out.

    Args:
        tokens: Words of one side.
        table: The phrases.
        usual: Words of a real row, on average.

    Returns:
        The words that are left, and int64 the rows that lost some; everything, where too little would be left.
    """
    hit = find_words(tokens, table)
    if takes_too_much(int(hit.sum()), len(hit), len(tokens), usual):
        return tokens, np.empty(0, np.int64)
    return _without(tokens, hit)


def takes_too_much(hits: int, words: int, rows: int, usual: float) -> bool:
    """Whether phrases are not to be cut out: they take nothing, or so much that they are the content.

    Args:
        hits: Words that they take.
        words: Words there are.
        rows: Rows they stand in.
        usual: Words of a real row, on average.
    """
    left = (words - hits) / max(rows, 1)
    return hits == 0 or (hits > MASK_MOST * words and left < LEAST_LEFT * usual)


def cut_out(tokens: Tokens, table: PhraseTable) -> Tokens:
    """Words of a block without these phrases: what `mask` gives of its rows, once it is settled that they are cut out."""
    hit = find_words(tokens, table)
    return _without(tokens, hit)[0] if hit.any() else tokens


def find_words(tokens: Tokens, table: PhraseTable) -> NDArray[np.bool_]:
    """bool [t], the words that belong to one of these phrases where they stand."""
    hit = np.zeros(len(tokens.words), bool)
    which, _, where = find_places(table.key, table.words, table.place, tokens)
    sizes = table.words[which]
    for offset in range(int(sizes.max(initial=0))):
        hit[where[sizes > offset] + offset] = True
    return hit


def _without(tokens: Tokens, hit: NDArray[np.bool_]) -> tuple[Tokens, NDArray[np.int64]]:
    """The words that are not hit, and the rows that lost some."""
    rows = np.unique(np.searchsorted(tokens.row_starts, np.flatnonzero(hit), side="right") - 1)
    again = read_folded([_cut(tokens, row, hit) for row in rows.tolist()])
    return _with_rows(tokens, rows, again), rows


def _cut(tokens: Tokens, row: int, hit: NDArray[np.bool_]) -> str:
    """A row without the words that are hit."""
    start, stop = int(tokens.row_starts[row]), int(tokens.row_starts[row + 1])
    text, pieces, last = tokens.folded[row], [], 0
    for word in (np.flatnonzero(hit[start:stop]) + start).tolist():
        pieces.append(text[last : tokens.begins[word]])
        last = int(tokens.ends[word])
    pieces.append(text[last:])
    return " ".join(" ".join(pieces).split())


def _with_rows(tokens: Tokens, rows: NDArray[np.int64], again: Tokens) -> Tokens:
    """Tokens with some rows exchanged for others."""
    number = np.arange(len(tokens))
    number[rows] = len(tokens) + np.arange(len(rows))
    begins = np.concatenate([tokens.row_starts[:-1], again.row_starts[:-1] + len(tokens.words)])[number]
    counts = np.concatenate([tokens.counts, again.counts])[number]
    starts = np.concatenate([[0], np.cumsum(counts)])
    take = np.repeat(begins - starts[:-1], counts) + np.arange(starts[-1])
    folded = list(tokens.folded)
    for row, text in zip(rows.tolist(), again.folded, strict=True):
        folded[row] = text
    return Tokens(
        folded=tuple(folded),
        words=np.concatenate([tokens.words, again.words])[take],
        row_starts=starts,
        begins=np.concatenate([tokens.begins, again.begins])[take],
        ends=np.concatenate([tokens.ends, again.ends])[take],
        truncated=tokens.truncated,
    )


def spell(table: PhraseTable, written: Written, index: int) -> str:
    """A phrase as it is written in the candidate."""
    return written.spell(int(table.position[index]), int(table.words[index]))


def holders(table: PhraseTable, tokens: Tokens) -> list[NDArray[np.int64]]:
    """For every phrase int64, the rows of a set that hold it, ascending; the words are gone through once.

    Args:
        table: Phrases.
        tokens: Words of any set.
    """
    which, row, _ = find_places(table.key, table.words, table.place, tokens)
    new = np.ones(len(row), bool)
    order = np.lexsort((row, which))
    which, row = which[order], row[order]
    new[1:] = (which[1:] != which[:-1]) | (row[1:] != row[:-1])
    which, row = which[new], row[new]
    ends = np.searchsorted(which, np.arange(len(table) + 1)).tolist()
    return [row[start:stop] for start, stop in pairwise(ends)]


def rows_with(table: PhraseTable, tokens: Tokens, index: int) -> NDArray[np.int64]:
    """int64, rows of a set that hold a phrase."""
    return holders(table.at(np.array([index])), tokens)[0]
