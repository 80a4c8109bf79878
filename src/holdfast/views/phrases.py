"""Phrases: n-grams of words, openers and closers, counted by the distinct rows that hold them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from holdfast.stats.multiplicity import benjamini_hochberg
from holdfast.views.tokens import ngrams, read_folded

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from holdfast.views.tokens import Tokens

LONGEST = 6
WORDS_READ = 400
"""Words of one record that phrases are looked for in."""
LEAST_ROWS = 5
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

_PLACES = ("phrase", "opener", "closer")


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
        from dataclasses import replace

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
    from scipy.special import bdtrc

    parts: list[
        tuple[NDArray[np.uint64], NDArray[np.int64], int, int, NDArray[np.int64], NDArray[np.int64]]
    ] = []
    tested = 0
    for size in range(1, LONGEST + 1):
        for place in range(len(_PLACES)):
            if place and size > 3:
                continue
            found, position, count = _count(candidate, candidate_rows, size, place)
            known, _, real = _count(anchor, anchor_rows, size, place)
            at = np.searchsorted(known, found)
            at[at == len(known)] = 0
            real_count = (
                np.where(known[at] == found, real[at], 0) if len(known) else np.zeros(len(found), np.int64)
            )
            enough = count + real_count >= LEAST_ROWS
            tested += int(enough.sum())
            keep = enough & (count >= LEAST_ROWS)
            parts.append((found[keep], position[keep], size, place, count[keep], real_count[keep]))
    key, position, candidate_count, real_count = (
        np.concatenate([part[i] for part in parts]) for i in (0, 1, 4, 5)
    )
    words = np.concatenate([np.full(len(part[0]), part[2]) for part in parts])
    places = np.concatenate([np.full(len(part[0]), part[3]) for part in parts])
    rows = max(len(candidate_rows), 1), max(len(anchor_rows), 1)
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


def artifacts(table: PhraseTable, tokens: Tokens) -> PhraseTable:
    """The phrases that are templates: frequent, hardly known to reality, long or bound to a row's edge, and no content.

    Args:
        table: Phrases.
        tokens: The words they were found in.
    """
    frequent = table.candidate >= np.maximum(MASK_SHARE * table.candidate_rows, LEAST_ROWS)
    template = (table.words >= 3) | (table.place > 0)
    return table.at(frequent & (table.ratio >= MASK_RATIO) & template & ~_frayed(table, tokens))


def _frayed(table: PhraseTable, tokens: Tokens) -> NDArray[np.bool_]:
    """bool [p], phrases that begin or end with a word of the content around the frame."""
    anywhere = table.at(table.place == 0)
    remarkable = anywhere.key[(anywhere.words == 1) & (anywhere.ratio >= _UNREMARKABLE)]
    frayed = np.zeros(len(table), bool)
    for size in range(2, LONGEST + 1):
        at = np.flatnonzero(table.words == size)
        if len(at) == 0:
            continue
        shorter = anywhere.at(anywhere.words == size - 1)
        begin, count = table.position[at], table.candidate[at]
        hashes, positions = ngrams(tokens, size - 1)
        for rest, end in ((begin, begin + size - 1), (begin + 1, begin)):
            of_rest = hashes[np.searchsorted(positions, rest)]
            plain = ~np.isin(tokens.words[end], remarkable)
            frayed[at] |= plain & (count < _FRAYED * _counts_of(shorter, of_rest))
    return frayed


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
    hit = np.zeros(len(tokens.words), bool)
    for size in np.unique(table.words):
        hashes, positions = ngrams(tokens, int(size))
        for place in range(len(_PLACES)):
            keys = table.key[(table.words == size) & (table.place == place)]
            if len(keys) == 0:
                continue
            where = positions[np.isin(hashes, keys) & _in_place(tokens, positions, int(size), place)]
            for offset in range(int(size)):
                hit[where + offset] = True
    rows = np.unique(tokens.rows[hit])
    left = float((~hit).sum()) / max(len(tokens), 1)
    if len(rows) == 0 or (hit.mean() > MASK_MOST and left < LEAST_LEFT * usual):
        return tokens, rows[:0]
    folded = list(tokens.folded)
    for row in rows:
        start, stop = int(tokens.row_starts[row]), int(tokens.row_starts[row + 1])
        text, pieces, last = folded[row], [], 0
        for word in range(start, stop):
            if hit[word]:
                pieces.append(text[last : tokens.begins[word]])
                last = int(tokens.ends[word])
        pieces.append(text[last:])
        folded[row] = " ".join(" ".join(pieces).split())
    return read_folded(folded, tokens.truncated), rows


def spell(table: PhraseTable, tokens: Tokens, index: int) -> str:
    """A phrase as it is written in the candidate."""
    return tokens.spell(int(table.position[index]), int(table.words[index]))


def rows_with(table: PhraseTable, tokens: Tokens, index: int) -> NDArray[np.int64]:
    """int64, rows of a set that hold a phrase."""
    hashes, positions = ngrams(tokens, int(table.words[index]))
    at = positions[hashes == table.key[index]]
    at = at[_in_place(tokens, at, int(table.words[index]), int(table.place[index]))]
    return np.unique(np.searchsorted(tokens.row_starts, at, side="right") - 1)


def _in_place(tokens: Tokens, positions: NDArray[np.int64], size: int, place: int) -> NDArray[np.bool_]:
    if place == 0:
        return np.ones(len(positions), bool)
    row = np.searchsorted(tokens.row_starts, positions, side="right") - 1
    edge = tokens.row_starts[row] if place == 1 else tokens.row_starts[row + 1] - size
    return np.asarray(positions == edge)


def _count(
    tokens: Tokens, rows: NDArray[np.int64], size: int, place: int
) -> tuple[NDArray[np.uint64], NDArray[np.int64], NDArray[np.int64]]:
    """Distinct hashes ascending, one position of each, and the rows that hold it."""
    hashes, positions = ngrams(tokens, size)
    row = np.searchsorted(tokens.row_starts, positions, side="right") - 1
    wanted = np.zeros(len(tokens), bool)
    wanted[rows] = True
    use = wanted[row] & (positions - tokens.row_starts[row] < WORDS_READ)
    if place:
        use &= _in_place(tokens, positions, size, place)
    hashes, positions, row = hashes[use], positions[use], row[use]
    order = np.lexsort((row, hashes))
    hashes, positions, row = hashes[order], positions[order], row[order]
    new = np.ones(len(hashes), bool)
    new[1:] = (hashes[1:] != hashes[:-1]) | (row[1:] != row[:-1])
    hashes, positions = hashes[new], positions[new]
    first = np.ones(len(hashes), bool)
    first[1:] = hashes[1:] != hashes[:-1]
    at = np.flatnonzero(first)
    return hashes[at], positions[at], np.diff(np.append(at, len(hashes)))
