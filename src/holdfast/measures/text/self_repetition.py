"""Self-repetition: do different rows of the candidate say long stretches in the same words?"""

from __future__ import annotations

import lzma
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np

from holdfast.kernels import compiled
from holdfast.measures.reading import Band, Calibration, Reading, Undetermined, counted, detectable, percent
from holdfast.measures.resampling import BUDGET, DRAWS, Pool, Resampled, refused, resample, said_of_part
from holdfast.measures.text.runs import Runs, hold_equally, number_texts
from holdfast.stats.permutation import rank
from holdfast.views.tokens import ngrams

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from holdfast.views.sides import Sides
    from holdfast.views.tokens import Tokens

SIZES = (4, 6)
BYTES = 64_000
"""Bytes compressed of a side."""
_DEALS_COMPRESSED = 49
# The window holds everything that is compressed, so a repeat is found wherever it stands. The quickest matcher does:
# what counts is the ratio of two sides.
_FILTER = {"id": lzma.FILTER_LZMA2, "preset": 1, "dict_size": 1 << 20}


@dataclass(frozen=True, slots=True, kw_only=True)
class SelfRepetition:
    """Share of the candidate's runs of four words that another of its texts holds as well, at equal size.

    Equal texts count as one, so that repeated rows are left to NearDuplicates. Runs of six words are counted alike, and
    both sides are compressed: the more a set repeats itself, the smaller it becomes. The compressor's window holds all
    that it reads, in an order that the content of rows gives. Words are read as they were written, templates included.

    Reads
        0.1 when one run of four words in ten stands in another row, too; 0.8 when a template of ten words opens
        every row of twelve.
    Blind to
        repeats that are reworded (see SyntacticTemplates), and what is repeated.
    Undetermined
        with fewer than `least_rows` rows on a side, or where a side has no row of four words.
    Cost
        linear in 60,000 words, times 400 deals; 100 deals of 64,000 bytes are compressed.
    Source
        Salkar et al. 2022, AACL, and Shaib et al. 2024, arXiv:2403.00553 (long n-grams, compression ratio);
        permutation of units.

    >>> from holdfast.measures.examples import text_sides
    >>> real = [" ".join(f"w{i * k % 997}" for k in range(2, 12)) for i in range(1, 80)]
    >>> stuck = [f"well let me tell you about {row}" for row in real]
    >>> reading = SelfRepetition()(text_sides(real=real, candidate=stuck), Calibration())
    >>> round(reading.value, 2), round(reading.null.median, 2)
    (0.23, 0.0)
    """

    name: ClassVar[str] = "self_repetition"
    title: ClassVar[str] = "Long runs of words that return"
    version: ClassVar[int] = 1
    unit: ClassVar[str] = "of runs of four words stand in another row, too"
    percent: ClassVar[bool] = True
    judged: ClassVar[bool] = False
    decisive: ClassVar[bool] = False
    of_shares: ClassVar[bool] = False

    tolerance: float = 0.05
    least_rows: int = 50

    def __call__(self, sides: Sides, null: Calibration) -> Reading | Undetermined:
        """Read the share of repeated runs, and the compression ratio."""
        refusal = refused(sides, self.least_rows)
        if refusal is not None:
            return refusal
        rng, read = null.rng(self.name), sides.read
        pool = Pool.of(read, BUDGET, words=True)
        tokens = pool.tokens(read.anchor.tokens, read.words)
        repeats = _Repeats.of(tokens, kernels=compiled(max(len(read.anchor), len(read.candidate))))
        held = repeats.runs[0].count[repeats.text]
        if not all(held[pool.of_candidate == flag].any() for flag in (False, True)):
            return Undetermined(reason="one side has no row of four words")
        found = resample(pool, repeats.read, min(null.draws, DRAWS), rng)
        packed = resample(pool, _Texts.of(tokens).read, min(null.draws, _DEALS_COMPRESSED), rng)
        value, difference = float(found.candidate[0]), float(found.difference[0])
        place = rank(difference, found.dealt[:, 0], rng)
        band = Band.of(np.clip(found.real[0] + found.reality[:, 0], 0.0, 1.0))
        rows = repeats.rows(pool.of_candidate)
        reading = Reading(
            value=value,
            null=band,
            p_value=place.p_value,
            randomized=place.randomized,
            effect=value - band.median,
            smallest_detectable=detectable(found.dealt[:, 0], null.level),
            rows=tuple(int(row) for row in pool.row[rows]),
            evidence=_evidence(found, packed, len(rows), int(pool.of_candidate.sum())),
            details={
                "runs": [_plain(found, i, size) for i, size in enumerate(SIZES)],
                "compression": _compression(packed, rng),
                "words_compared": pool.size,
            },
        )
        return said_of_part(reading, read)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Repeats:
    """Runs of the rows of a pool.

    Attributes:
        text: int64 [n], the distinct text of each row.
        runs: Runs of each size.
    """

    text: NDArray[np.int64]
    runs: tuple[Runs, ...]

    @classmethod
    def of(cls, tokens: Tokens, *, kernels: bool) -> _Repeats:
        text, row = number_texts(tokens), tokens.rows
        total = int(text.max()) + 1
        found = [ngrams(tokens, size) for size in SIZES]
        return cls(
            text=text,
            runs=tuple(
                Runs.of(hashes, places, text[row[places]], total, kernels=kernels) for hashes, places in found
            ),
        )

    def read(
        self, mine: NDArray[np.bool_], theirs: NDArray[np.bool_]
    ) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Share of the runs of each size that another text of the side holds as well."""
        sides = [self._texts(side) for side in (mine, theirs)]
        shares = np.zeros((2, len(SIZES)))
        for i, runs in enumerate(self.runs):
            for j, held in enumerate(hold_equally(runs.count, sides[0], sides[1], BUDGET)):
                times = runs.times(held)
                # A run that several texts hold is repeated in each of them.
                shares[j, i] = times[times > 1].sum() / max(int(runs.count[held].sum()), 1)
        return shares[0], shares[1]

    def rows(self, side: NDArray[np.bool_]) -> NDArray[np.int64]:
        """int64, rows of a side that share runs with other texts of it, those with the largest share first."""
        runs = self.runs[0]
        share = runs.repeated(self._texts(side)) / np.maximum(runs.count, 1)
        rows = np.flatnonzero(side)
        rows = rows[share[self.text[rows]] > 0]
        return np.asarray(rows[np.argsort(-share[self.text[rows]], kind="stable")])

    def _texts(self, side: NDArray[np.bool_]) -> NDArray[np.bool_]:
        held = np.zeros(len(self.runs[0].count), bool)
        held[self.text[side]] = True
        return held


@dataclass(frozen=True, slots=True, kw_only=True)
class _Texts:
    """Rows of a pool as bytes, to be compressed."""

    texts: tuple[bytes, ...]

    @classmethod
    def of(cls, tokens: Tokens) -> _Texts:
        last = tokens.row_starts[1:] - 1
        ends = np.where(tokens.counts > 0, tokens.ends[last], 0) if len(tokens.words) else tokens.counts
        return cls(
            texts=tuple(
                f"{text[:end]}\n".encode("utf-8", "surrogatepass")
                for text, end in zip(tokens.folded, ends.tolist(), strict=True)
            )
        )

    def read(
        self, mine: NDArray[np.bool_], theirs: NDArray[np.bool_]
    ) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Logarithm of the compression ratio of both sides."""
        joined = [b"".join([self.texts[i] for i in np.flatnonzero(side)]) for side in (mine, theirs)]
        count = min(BYTES, *map(len, joined))
        ratios = [np.log(compression_ratio(part[:count]) if count else 1.0) for part in joined]
        return np.array(ratios[:1]), np.array(ratios[1:])


def compression_ratio(text: bytes) -> float:
    """How many times smaller a text becomes.

    >>> compression_ratio(b"the same row again " * 100) > 20
    True
    """
    return len(text) / len(lzma.compress(text, format=lzma.FORMAT_RAW, filters=[_FILTER]))


def _plain(found: Resampled, index: int, size: int) -> dict[str, Any]:
    band = Band.of(np.clip(found.real[index] + found.reality[:, index], 0.0, 1.0))
    return {
        "words": size,
        "real": float(found.real[index]),
        "candidate": float(found.candidate[index]),
        "low": band.low,
        "high": band.high,
    }


def _compression(packed: Resampled, rng: np.random.Generator) -> dict[str, float]:
    band = Band.of(np.exp(packed.real[0] + packed.reality[:, 0]))
    return {
        "real": float(np.exp(packed.real[0])),
        "candidate": float(np.exp(packed.candidate[0])),
        "low": band.low,
        "high": band.high,
        "p_value": rank(float(packed.difference[0]), packed.dealt[:, 0], rng).p_value,
    }


def _evidence(found: Resampled, packed: Resampled, rows: int, read: int) -> tuple[str, ...]:
    return (
        f"of {counted(read, 'candidate row')} read, {rows:,} share a run of four words with another one",
        f"of its runs of six words, {percent(float(found.candidate[1]))} stand in another row, too "
        f"({percent(float(found.real[1]))} in reality)",
        f"compressed, it is {np.exp(packed.candidate[0]):.2f} times smaller, reality {np.exp(packed.real[0]):.2f} times",
    )
