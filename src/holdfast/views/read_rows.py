"""Read rows: the rows whose words are compared with words, of a large set a part that its content decides.

Units stand in an order that their content gives. Whoever reads a part of a set reads the first units of that order, so what a
measure picks from the read rows is what it would have picked from the whole. Rows of strata that would be thin are read beyond
that part; they are marked, as no share may be read from them.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from holdfast.views.tokens import mix

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from holdfast.views.sides import Side, Sides
    from holdfast.views.tokens import Tokens

ROWS_READ = 100_000
"""Rows of a side that are read, unless their words are too many."""
WORDS_READ = 10_000_000
"""Words of a side that are read."""
LEAST_IN_STRATUM = 200
"""Rows of every stratum that are read, if it has so many, and until they hold `WORDS_IN_STRATUM`."""
WORDS_IN_STRATUM = 100_000
"""Words that are enough of a stratum: 200 rows of 500 words. Of many strata of long rows, 200 rows each would be most of the set."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """Which rows of two sides are read: arrays come twice, for the anchor and for the candidate.

    Attributes:
        rows: int64 [n], their places in the whole, ascending.
        extra: bool [n], read beyond the part that content decides, for the sake of their strata: no share counts them.
        keys: uint64 [n], the key of each row in the whole (see `row_keys`).
        of: Rows of the whole.
    """

    rows: tuple[NDArray[np.int64], NDArray[np.int64]]
    extra: tuple[NDArray[np.bool_], NDArray[np.bool_]]
    keys: tuple[NDArray[np.uint64], NDArray[np.uint64]]
    of: tuple[int, int]


def row_keys(hashes: NDArray[np.uint64]) -> NDArray[np.uint64]:
    """uint64 [n], a number of its own for each row: rows of equal content are told apart by their count.

    Args:
        hashes: uint64 [n], the content of each row (`Side.keys`), the anchor's rows before the candidate's.
    """
    order = np.argsort(hashes, kind="stable")
    ordered = hashes[order]
    first = np.ones(len(hashes), bool)
    first[1:] = ordered[1:] != ordered[:-1]
    begins = np.flatnonzero(first)
    place = np.empty(len(hashes), np.uint64)
    place[order] = np.arange(len(hashes)) - np.repeat(begins, np.diff(np.append(begins, len(hashes))))
    return mix(mix(hashes + np.uint64(0x7E5A)) + place)


def unit_keys(keys: NDArray[np.uint64], units: NDArray[np.int64], count: int) -> NDArray[np.uint64]:
    """uint64 [count], by which units are ordered: mixed again, as units of many rows have small leaders.

    Args:
        keys: uint64 [n], the key of each row.
        units: int64 [n], its unit.
        count: Number of units.
    """
    leader = np.full(count, np.iinfo(np.uint64).max)
    np.minimum.at(leader, units, keys)
    return mix(leader + np.uint64(1))


def keys_of(sides: Sides) -> tuple[NDArray[np.uint64], NDArray[np.uint64]]:
    """uint64 [m] and uint64 [n], the keys of the rows of both sides, a part's as the whole has them."""
    if sides.part is not None:
        return sides.part.keys
    keys = row_keys(np.concatenate([side.keys for side in (sides.anchor, sides.candidate)]))
    return keys[: len(sides.anchor)], keys[len(sides.anchor) :]


def fits(rows: int, words: int) -> bool:
    """Whether a side of so many rows and words is read whole."""
    return rows <= ROWS_READ and words <= WORDS_READ


def choose_rows(
    order: NDArray[np.uint64],
    units: NDArray[np.int64],
    words: NDArray[np.int64],
    strata: NDArray[np.int64],
    *,
    rows: int = ROWS_READ,
    most_words: int = WORDS_READ,
) -> tuple[NDArray[np.int64], NDArray[np.bool_]]:
    """Choose the rows of one side that are read, whole units.

    Args:
        order: uint64 [u], by which units are ordered (`unit_keys`).
        units: int64 [n], the unit of each row.
        words: int64 [n], its words.
        strata: int64 [n], its stratum, negative where it has none.
        rows: Rows that are read at most, but for the last unit and those of thin strata.
        most_words: Words, likewise.

    Returns:
        int64 the rows, ascending, and whether each was read for the sake of its stratum.

    >>> rows, extra = choose_rows(np.array([5, 1], np.uint64), np.array([0, 1]), np.array([3, 9]), np.array([0, 1]))
    >>> rows.tolist(), extra.tolist()
    ([0, 1], [False, False])
    """
    if len(units) <= rows and int(words.sum()) <= most_words:
        return np.arange(len(units)), np.zeros(len(units), bool)
    by_key = np.argsort(order, kind="stable")
    before = [
        np.cumsum(heavy) - heavy
        for heavy in (np.bincount(units, weight, len(order))[by_key] for weight in (None, words))
    ]
    chosen = np.zeros(len(order), bool)
    chosen[by_key] = (before[0] < rows) & (before[1] < most_words)
    wanted = chosen.copy()
    wanted[_first_of_strata(by_key, units, words, strata)] = True
    found = np.flatnonzero(wanted[units])
    return found, ~chosen[units[found]]


def _first_of_strata(
    by_key: NDArray[np.int64], units: NDArray[np.int64], words: NDArray[np.int64], strata: NDArray[np.int64]
) -> NDArray[np.int64]:
    """int64, the first units of every stratum, until they hold `LEAST_IN_STRATUM` rows of it, or `WORDS_IN_STRATUM` words."""
    rank = np.empty(len(by_key), np.int64)
    rank[by_key] = np.arange(len(by_key))
    known = strata >= 0
    pair, at, rows = np.unique(
        strata[known] * len(by_key) + rank[units[known]], return_inverse=True, return_counts=True
    )
    stratum, place = np.divmod(pair, max(len(by_key), 1))
    first = np.searchsorted(stratum, stratum)
    enough = np.zeros(len(pair), bool)
    held = np.bincount(at, words[known], len(pair)).astype(np.int64)
    for heavy, most in ((rows, LEAST_IN_STRATUM), (held, WORDS_IN_STRATUM)):
        before = np.cumsum(heavy) - heavy
        enough |= before - before[first] >= most
    return np.asarray(by_key[place[~enough]], np.int64)


def choose_part(sides: Sides) -> Part:
    """Which rows of both sides are read.

    Args:
        sides: Both sides, whole; their words need not be held.
    """
    both = (sides.anchor, sides.candidate)
    words = (sides.anchor.counts, sides.written.counts)
    keys = keys_of(sides)
    (real, real_extra), (found, found_extra) = (
        choose_rows(
            unit_keys(key, side.duplicates.units, side.units), side.duplicates.units, count, side.strata
        )
        for side, key, count in zip(both, keys, words, strict=True)
    )
    return Part(
        rows=(real, found),
        extra=(real_extra, found_extra),
        keys=(keys[0][real], keys[1][found]),
        of=(len(both[0]), len(both[1])),
    )


def read_part(sides: Sides) -> Sides:
    """The rows of both sides that are read: the same sides, where that is all of them.

    Args:
        sides: Both sides, whole.
    """
    both = (sides.anchor, sides.candidate)
    words = (sides.anchor.counts, sides.written.counts)
    if all(fits(len(side), int(count.sum())) for side, count in zip(both, words, strict=True)):
        return sides
    from holdfast.views.sides import select_tokens

    part = choose_part(sides)
    found = part.rows[1]
    candidate = _rows_of(sides.candidate, found)
    apart = sides.words is not sides.candidate.tokens
    return part_of(sides, part, candidate, select_tokens(sides.words, found) if apart else candidate.tokens)


def part_of(sides: Sides, part: Part, candidate: Side, written: Tokens) -> Sides:
    """The rows of a part.

    Args:
        sides: Both sides, whole.
        part: Which rows of them.
        candidate: Those of the candidate, with their words.
        written: Their words before artifacts were cut out.
    """
    real, found = part.rows
    place = np.full(len(sides.anchor) + 1, -1, np.int64)  # the last one serves rows that copy none
    place[real] = np.arange(len(real))
    return replace(
        sides,
        anchor=_rows_of(sides.anchor, real),
        candidate=candidate,
        known=sides.known[real],
        copied=place[sides.copied[found]],
        repeated=sides.repeated[real],
        # Phrases point into the words of all rows.
        phrases=sides.phrases.at(np.zeros(len(sides.phrases), bool)),
        written=written,
        embeddings=None if sides.embeddings is None else sides.embeddings.at(real, found),
        part=part,
    )


def _rows_of(side: Side, rows: NDArray[np.int64]) -> Side:
    return side if len(rows) == len(side) else side.at(rows)
