"""Lexical diversity: does the candidate find new words, or return to the same ones?"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np

from holdfast.kernels import compiled
from holdfast.measures.reading import Band, Calibration, Reading, Undetermined, detectable, percent
from holdfast.measures.resampling import BUDGET, DRAWS, Pool, Resampled, refused, resample, said_of_part
from holdfast.stats.permutation import largest_score, rank
from holdfast.views.tokens import ngrams

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from holdfast.views.sides import Sides
    from holdfast.views.tokens import Tokens

SIZES = (1, 2, 3)
WINDOW = 50
"""Words per window (Covington and McFall use 500 for books; rows are short)."""
_NAMES = ("different words", "different word pairs", "different word triples", "different words within 50")


@dataclass(frozen=True, slots=True, kw_only=True)
class LexicalDiversity:
    """Distinct n-grams and moving-average type-token ratio, for each of reality's at equal size; the smallest ratio counts.

    Distinct-n is the number of different n-grams among equally many of each side, for words, pairs and triples. The
    moving average is the share of different words within 50 consecutive ones, rows following each other in an order that
    their content gives. The p-value is that of the ratio that stands out most. Templates have been cut out (see
    Artifacts), so they are not counted as lost variety.

    Reads
        1.0 when the candidate's wording is as varied as reality's in every way; 0.7 when it has seven different words,
        say, for every ten of reality.
    Blind to
        what the words say; and it takes longer rows for less varied ones, since a row keeps to its subject (DiversityProfile
        does not).
    Undetermined
        with fewer than `least_rows` rows on a side, or where a side has no words.
    Cost
        linear in 60,000 words, times 400 deals.
    Source
        Li et al. 2016, arXiv:1510.03055, section 5 (distinct-n); Covington and McFall 2010, Journal of Quantitative
        Linguistics 17:94 (moving average); Westfall and Young 1993 (largest score); permutation of units.

    >>> from holdfast.measures.examples import text_sides
    >>> from random import Random
    >>> dice = Random(1)
    >>> wide = [" ".join(dice.choices([f"word{i}" for i in range(60)], k=9)) for _ in range(300)]
    >>> narrow = [" ".join(dice.choices([f"word{i}" for i in range(30)], k=9)) for _ in range(300)]
    >>> round(LexicalDiversity()(text_sides(real=wide, candidate=narrow), Calibration()).value, 2)
    0.49
    """

    name: ClassVar[str] = "lexical_diversity"
    title: ClassVar[str] = "Variety of words"
    version: ClassVar[int] = 1
    unit: ClassVar[str] = "as varied in words as reality"
    percent: ClassVar[bool] = True
    judged: ClassVar[bool] = False
    decisive: ClassVar[bool] = False
    of_shares: ClassVar[bool] = False

    tolerance: float = 0.1
    least_rows: int = 50

    def __call__(self, sides: Sides, null: Calibration) -> Reading | Undetermined:
        """Read the smallest ratio, and the others."""
        refusal = refused(sides, self.least_rows)
        if refusal is not None:
            return refusal
        rng, read = null.rng(self.name), sides.read
        pool = Pool.of(read, BUDGET, words=True)
        rows = max(len(read.anchor), len(read.candidate))
        wording = _Wording.of(pool.tokens(read.anchor.tokens, read.candidate.tokens), kernels=compiled(rows))
        held = pool.of_candidate[wording.rows[0]]
        if held.all() or not held.any():
            return Undetermined(reason="one side has no words")
        found = resample(pool, wording.read, min(null.draws, DRAWS), rng)
        place = rank(*largest_score(-found.difference, -found.dealt), rng)
        value = float(np.exp(found.difference.min()))
        band = Band.of(np.exp(found.reality.min(axis=1)))
        dealt = 1.0 - np.exp(found.dealt.min(axis=1)) / band.median
        counts = _plain(found)
        reading = Reading(
            value=value,
            null=band,
            p_value=place.p_value,
            randomized=place.randomized,
            effect=1.0 - value / band.median,
            smallest_detectable=detectable(dealt, null.level),
            evidence=_evidence(counts),
            details={"counts": counts, "words_compared": pool.size},
        )
        return said_of_part(reading, read)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Wording:
    """N-grams of the rows of a pool.

    Attributes:
        grams: int64 [g] for each size, what stands there, in the order of rows.
        rows: int64 [g] for each size, the row it stands in.
        starts: int64 [n + 1] for each size, where each row begins.
        by_word: int64 [t], places of words, equal ones together.
        kernels: Whether compiled functions count.
    """

    grams: tuple[NDArray[np.int64], ...]
    rows: tuple[NDArray[np.int64], ...]
    starts: tuple[NDArray[np.int64], ...]
    by_word: NDArray[np.int64]
    kernels: bool

    @classmethod
    def of(cls, tokens: Tokens, *, kernels: bool) -> _Wording:
        found = [ngrams(tokens, size) for size in SIZES]
        row = tokens.rows
        grams = tuple(np.unique(hashes, return_inverse=True)[1] for hashes, _ in found)
        return cls(
            grams=grams,
            rows=tuple(row[positions] for _, positions in found),
            starts=tuple(
                np.concatenate([[0], np.cumsum(np.maximum(tokens.counts - size + 1, 0))]) for size in SIZES
            ),
            by_word=np.argsort(grams[0], kind="stable"),
            kernels=kernels,
        )

    def read(
        self, mine: NDArray[np.bool_], theirs: NDArray[np.bool_]
    ) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Logarithms of distinct-1, -2, -3 and of the moving average of both sides."""
        if self.kernels:
            return self._read_compiled(mine, theirs)
        shares = np.ones((2, len(SIZES) + 1))
        for i, (gram, row) in enumerate(zip(self.grams, self.rows, strict=True)):
            held = [gram[side[row]] for side in (mine, theirs)]
            count = min(BUDGET, *map(len, held))
            if count:
                shares[:, i] = [distinct_share(part[:count]) for part in held]
        count = min(BUDGET, *(int(side[self.rows[0]].sum()) for side in (mine, theirs)))
        if count:
            shares[:, -1] = [self._moving_average(side, count) for side in (mine, theirs)]
        logs = np.log(shares)
        return logs[0], logs[1]

    def _read_compiled(
        self, mine: NDArray[np.bool_], theirs: NDArray[np.bool_]
    ) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        from holdfast.kernels.variety import count_distinct, count_windows

        shares = np.ones((2, len(SIZES) + 1))
        for i, (gram, starts) in enumerate(zip(self.grams, self.starts, strict=True)):
            held = np.diff(starts)
            count = min(BUDGET, *(int(held[side].sum()) for side in (mine, theirs)))
            if not count:
                continue
            kinds = int(gram.max()) + 1
            for j, side in enumerate((mine, theirs)):
                shares[j, i] = count_distinct(gram, starts, side, count, np.empty(kinds, bool)) / count
                if i == 0:
                    window = min(WINDOW, count)
                    windows = count_windows(gram, starts, side, count, window, np.empty(kinds, np.int64))
                    shares[j, -1] = float(windows) / (window * (count - window + 1))
        logs = np.log(shares)
        return logs[0], logs[1]

    def _moving_average(self, side: NDArray[np.bool_], count: int) -> float:
        held = side[self.rows[0]]
        place = np.cumsum(held) - 1
        held &= place < count
        at = self.by_word[held[self.by_word]]
        return moving_type_token_ratio(self.grams[0][at], place[at])


def distinct_share(grams: NDArray[np.int64]) -> float:
    """Distinct-n: different n-grams for each n-gram.

    >>> distinct_share(np.array([0, 1, 0, 2]))
    0.75
    """
    seen = np.zeros(int(grams.max()) + 1, bool)
    seen[grams] = True
    return float(np.count_nonzero(seen)) / len(grams)


def moving_type_token_ratio(
    words: NDArray[np.int64], place: NDArray[np.int64], window: int = WINDOW
) -> float:
    """Mean share of different words in all windows of consecutive words.

    A word counts in the windows that hold it and not its last occurrence, so one pass over equal words does.

    Args:
        words: int64 [t], equal words together, each in the order of place.
        place: int64 [t], where they stand, from 0 to t - 1.
        window: Words per window; a shorter text is one window.

    >>> moving_type_token_ratio(np.array([0, 0, 1]), np.array([0, 1, 2]), window=2)
    0.75
    """
    total = len(words)
    window = min(window, total)
    last = np.full(total, -1, np.int64)
    same = words[1:] == words[:-1]
    last[1:][same] = place[:-1][same]
    first_start = np.maximum(np.maximum(place - window + 1, last + 1), 0)
    last_start = np.minimum(place, total - window)
    windows = np.maximum(last_start - first_start + 1, 0)
    return float(windows.sum()) / (window * (total - window + 1))


def _plain(found: Resampled) -> list[dict[str, Any]]:
    """One row for each count, for reports."""
    bands = [Band.of(np.exp(draws)) for draws in found.reality.T]
    return [
        {
            "of": _NAMES[i],
            "real": float(np.exp(found.real[i])),
            "candidate": float(np.exp(found.candidate[i])),
            "ratio": float(np.exp(found.difference[i])),
            "low": bands[i].low,
            "high": bands[i].high,
        }
        for i in range(len(_NAMES))
    ]


def _evidence(counts: list[dict[str, Any]]) -> tuple[str, ...]:
    least = min(counts, key=lambda row: row["ratio"])
    others = [row for row in counts if row is not least and not row["low"] <= row["ratio"] <= row["high"]]
    # The finding's sentence says how many of the first there are.
    return (
        f"what is least varied are {least['of']}; of those, reality against itself has {_band(least)}",
        *(
            f"{percent(row['ratio'])} as many {row['of']} as reality at equal size; reality against itself {_band(row)}"
            for row in others
        ),
    )


def _band(row: dict[str, Any]) -> str:
    return f"{percent(row['low']).removesuffix(' %')} to {percent(row['high'])}"
