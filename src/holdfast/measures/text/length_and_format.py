"""Length and format: are the candidate's rows more alike in length and layout than real rows are?"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np

from holdfast.measures.reading import Band, Calibration, Reading, Undetermined, detectable, percent
from holdfast.measures.resampling import DRAWS, Pool, Resampled, refused, resample, said_of_part
from holdfast.stats.permutation import largest_score, rank
from holdfast.views.formats import FORMATS, read_formats

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from holdfast.views.sides import Sides

ROWS_COMPARED = 5_000
"""Rows compared of a side."""
_LEAST_SPREAD = 1e-3
"""Mean difference of log lengths below which rows are all of one length."""
_SHOWN = 0.01
"""Formats are listed that so many rows of a side show."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LengthAndFormat:
    """Spread of row lengths and number of formats, for each of reality's at equal size; the smaller one counts.

    Spread is the mean difference between the log numbers of words of two random rows. Formats (lists, headings, closing
    marks, digits and so on) make a pattern for each row, and patterns are counted by their weight: the exponential of
    their entropy. The p-value is that of the ratio that stands out more. How far lengths lie apart, in either direction, is
    in the details (Kolmogorov and Smirnov's distance). Rows are read as they were written, templates included.

    Reads
        1.0 when lengths and formats are as mixed as in reality; 0.5 when two rows differ half as much in length, or
        half as many formats are in use.
    Blind to
        rows that are all longer or all shorter, but as spread (the distance in the details sees them).
    Undetermined
        with fewer than `least_rows` rows on a side.
    Cost
        linear in characters of 15,000 rows, then in rows times 400 deals.
    Source
        Gini's mean difference; Hill number of order 1 (Hill 1973, Ecology 54:427); Westfall and Young 1993
        (largest score); permutation of units.

    >>> from holdfast.measures.examples import text_sides
    >>> real = [" ".join(f"w{i * k % 997}" for k in range(2, 4 + i % 16)) for i in range(1, 161)]
    >>> even = [" ".join(f"w{i * k % 991}" for k in range(2, 10 + i % 4)) for i in range(1, 161)]
    >>> reading = LengthAndFormat()(text_sides(real=real, candidate=even), Calibration())
    >>> round(reading.value, 1), reading.p_value
    (0.2, 0.005)
    """

    name: ClassVar[str] = "length_and_format"
    title: ClassVar[str] = "Mix of lengths and formats"
    version: ClassVar[int] = 1
    unit: ClassVar[str] = "as mixed as reality, in length or format"
    percent: ClassVar[bool] = True
    judged: ClassVar[bool] = False
    decisive: ClassVar[bool] = False
    of_shares: ClassVar[bool] = False

    tolerance: float = 0.1
    least_rows: int = 50

    def __call__(self, sides: Sides, null: Calibration) -> Reading | Undetermined:
        """Read how much narrower lengths and formats are."""
        refusal = refused(sides, self.least_rows)
        if refusal is not None:
            return refusal
        rng, read = null.rng(self.name), sides.read
        pool = Pool.of(read, ROWS_COMPARED, words=False)
        layout = _Layout.of(read, pool)
        found = resample(pool, layout.read, min(null.draws, DRAWS), rng)
        place = rank(*largest_score(-found.difference[:2], -found.dealt[:, :2]), rng)
        value = float(np.exp(found.difference[:2].min()))
        band = Band.of(np.exp(found.reality[:, :2].min(axis=1)))
        dealt = 1.0 - np.exp(found.dealt[:, :2].min(axis=1)) / band.median
        reading = Reading(
            value=value,
            null=band,
            p_value=place.p_value,
            randomized=place.randomized,
            effect=1.0 - value / band.median,
            smallest_detectable=detectable(dealt, null.level),
            evidence=_evidence(found),
            details={
                "lengths": _ratio(found, 0) | {"words": layout.words(pool)},
                "formats": _ratio(found, 1) | {"shares": layout.shares(pool)},
                "distance": _distance(found, rng),
                "rows_compared": pool.size,
            },
        )
        return said_of_part(reading, read)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Layout:
    """Lengths and formats of the rows of a pool.

    Attributes:
        counts: int64 [k], the numbers of words that occur, ascending.
        length: int64 [n], which of them each row has.
        flags: bool [n, formats], the formats each row shows.
        pattern: int64 [n], which combination of formats that is.
    """

    counts: NDArray[np.int64]
    length: NDArray[np.int64]
    flags: NDArray[np.bool_]
    pattern: NDArray[np.int64]

    @classmethod
    def of(cls, sides: Sides, pool: Pool) -> _Layout:
        words = np.empty(len(pool), np.int64)
        flags = np.empty((len(pool), len(FORMATS)), bool)
        both = ((sides.anchor, sides.anchor.tokens), (sides.candidate, sides.words))
        for flag, (side, tokens) in enumerate(both):
            mine = pool.of_candidate == bool(flag)
            rows = pool.row[mine]
            words[mine] = tokens.counts[rows]
            flags[mine] = read_formats([side.texts[row] for row in rows])
        counts, length = np.unique(np.maximum(words, 1), return_inverse=True)
        pattern = np.unique(flags @ (1 << np.arange(len(FORMATS))), return_inverse=True)[1]
        return cls(counts=counts, length=length, flags=flags, pattern=pattern)

    def read(
        self, mine: NDArray[np.bool_], theirs: NDArray[np.bool_]
    ) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Logarithms of the spread of lengths and of the number of formats; the distance stands on the first side."""
        rows = [np.flatnonzero(side) for side in (mine, theirs)]
        count = max(min(ROWS_COMPARED, *map(len, rows)), 1)
        steps = np.diff(np.log(self.counts))
        read, shares = np.zeros((2, 3)), []
        for i, part in enumerate(rows):
            below = np.cumsum(np.bincount(self.length[part[:count]], minlength=len(self.counts))) / count
            spread = 2.0 * float((below * (1.0 - below))[:-1] @ steps)
            read[i, 0] = np.log(max(spread, _LEAST_SPREAD))
            read[i, 1] = entropy(np.bincount(self.pattern[part[:count]]))
            shares.append(below)
        read[0, 2] = np.abs(shares[0] - shares[1]).max()
        return read[0], read[1]

    def words(self, pool: Pool) -> list[dict[str, float]]:
        """Words per row at the quantiles, on both sides."""
        words = self.counts[self.length]
        return [
            {
                "share": share,
                "real": float(np.quantile(words[~pool.of_candidate], share)),
                "candidate": float(np.quantile(words[pool.of_candidate], share)),
            }
            for share in (0.05, 0.25, 0.5, 0.75, 0.95)
        ]

    def shares(self, pool: Pool) -> list[dict[str, Any]]:
        """Formats with their share of rows on both sides, the widest gap first."""
        real, mine = (self.flags[side].mean(axis=0) for side in (~pool.of_candidate, pool.of_candidate))
        return [
            {"format": FORMATS[i][0], "real": float(real[i]), "candidate": float(mine[i])}
            for i in np.argsort(-np.abs(mine - real), kind="stable")
            if max(real[i], mine[i]) >= _SHOWN
        ]


def entropy(counts: NDArray[np.int64]) -> float:
    """Shannon's entropy of counts, in nats: the logarithm of the number of kinds by weight.

    >>> round(float(np.exp(entropy(np.array([5, 5, 0, 5])))), 6)
    3.0
    """
    share = counts[counts > 0] / max(int(counts.sum()), 1)
    return -float((share * np.log(share)).sum())


def _ratio(found: Resampled, index: int) -> dict[str, Any]:
    band = Band.of(np.exp(found.reality[:, index]))
    return {
        "real": float(np.exp(found.real[index])),
        "candidate": float(np.exp(found.candidate[index])),
        "ratio": float(np.exp(found.difference[index])),
        "low": band.low,
        "high": band.high,
    }


def _distance(found: Resampled, rng: np.random.Generator) -> dict[str, float]:
    band, distance = Band.of(found.reality[:, 2]), float(found.difference[2])
    return {
        "value": distance,
        "median": band.median,
        "high": band.high,
        "p_value": rank(distance, found.dealt[:, 2], rng).p_value,
    }


def _evidence(found: Resampled) -> tuple[str, ...]:
    lengths, formats = (_ratio(found, i) for i in (0, 1))
    factors = [np.exp(np.exp(log)) for log in (found.candidate[0], found.real[0])]
    lines = [
        f"two of its rows differ in length by a factor of {factors[0]:.2f}, two real rows by {factors[1]:.2f}",
        f"its formats count as {formats['candidate']:.1f}, reality's as {formats['real']:.1f}",
    ]
    for row, what in ((lengths, "lengths are"), (formats, "formats are")):
        if not row["low"] <= row["ratio"] <= row["high"]:
            lines.append(
                f"its {what} {percent(row['ratio'])} as mixed; reality against itself "
                f"{percent(row['low']).removesuffix(' %')} to {percent(row['high'])}"
            )
    return tuple(lines)
