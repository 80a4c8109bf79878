"""Surprisal: are the candidate's rows as likely as real rows, or stranger, or more ordinary?"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

import numpy as np

from holdfast.measures.reading import (
    BAND_DRAWS,
    Band,
    Calibration,
    Reading,
    Undetermined,
    detectable,
    fewest_hits,
    percent,
    too_few,
)
from holdfast.stats.permutation import deal, largest_score, rank
from holdfast.views.folds import pick_folds
from holdfast.views.surprisal import read_surprisal
from holdfast.views.units import count_units

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from holdfast.views.sides import Sides
    from holdfast.views.surprisal import Surprisal as Cost

STRANGE, ORDINARY = 0.01, 0.10
"""Real rows beyond the two cuts: the strangest hundredth, the most ordinary tenth."""
_SIDES = ("stranger", "more ordinary")
_ROWS_PER_LENGTH = 200
"""Real rows of one length class, so that the hundredth of them is two rows."""
_MOST_LENGTHS = 10
_USUAL_LENGTH = 0.9
"""Rows are read up to the length that nine real rows in ten keep to."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Surprisal:
    """Share of candidate rows far stranger, or far more ordinary, than real rows of their length.

    A language model of the anchor reads every row, in bits per byte. Real rows are read by models that have not seen them
    or their near-duplicates, candidate rows by the same ones. Stranger is a row that costs more than 99 % of real rows of
    its length: errors that piled up, nonsense, shuffled words. More ordinary is one that costs less than the most ordinary
    tenth of them: what a model writes when it keeps to the likely. The value is the share that is further from reality's.

    Advisory: a new topic is strange, too, and plain wording is no loss by itself.

    Reads
        0.01 stranger and 0.10 more ordinary for real rows; 1.0 stranger for words drawn at random.
    Blind to
        what a trigram cannot see: sense, facts, anything further apart than three words; and rows beyond the first 200
        words.
    Undetermined
        with fewer than `least_rows` rows with words on a side.
    Cost
        linear in words.
    Source
        Bits per byte under an interpolated trigram (Ney et al. 1994); surprisal of generated text against real text: Zhu et
        al. 2024, arXiv:2412.14689; units dealt anew, the larger of both standardised excesses (Westfall and Young 1993).

    >>> from random import Random
    >>> from holdfast.measures.examples import text_sides
    >>> dice = Random(1)
    >>> words = [[f"{part}{i}" for i in range(9)] for part in ("who", "does", "what", "where", "when")]
    >>> real, more = ([" ".join(map(dice.choice, words)) for _ in range(300)] for _ in range(2))
    >>> nonsense = [" ".join(dice.sample(row.split(), 5)) for row in more[:100]]
    >>> reading = Surprisal()(text_sides(real=real, candidate=more[100:] + nonsense), Calibration(draws=199))
    >>> reading.details["worse"], 0.25 < reading.value < 0.4
    ('stranger', True)
    """

    name: ClassVar[str] = "surprisal"
    title: ClassVar[str] = "Rows too strange or too ordinary"
    version: ClassVar[int] = 1
    unit: ClassVar[str] = "of rows are far stranger or far more ordinary than real rows"
    percent: ClassVar[bool] = True
    judged: ClassVar[bool] = False
    decisive: ClassVar[bool] = False
    of_shares: ClassVar[bool] = False

    tolerance: float = 0.05
    least_rows: int = 50

    def __call__(self, sides: Sides, null: Calibration) -> Reading | Undetermined:
        """Read the share of rows at either end."""
        anchor, candidate = sides.anchor, sides.candidate
        with_words, others = (int((side.tokens.counts > 0).sum()) for side in (anchor, candidate))
        if min(with_words, others) < self.least_rows:
            return too_few(with_words, others, self.least_rows)
        rng = null.rng(self.name)
        usual = int(np.quantile(anchor.tokens.counts, _USUAL_LENGTH, method="higher"))
        folds = pick_folds(sides, candidate.tokens)
        real, found = read_surprisal(anchor.tokens, candidate.tokens, folds, words_read=max(usual, 1))
        lengths = _lengths(real, found)
        # The test cuts at quantiles of both sides together, which no dealing changes; the value at reality's own.
        pooled = np.concatenate([real.rate, found.rate])
        key = _beyond(pooled, _cuts(pooled, np.concatenate(lengths), 2 * STRANGE), np.concatenate(lengths))
        codes = key @ np.array([1, 2])
        split = len(anchor)
        types = count_units(codes[:split], anchor.duplicates.units, codes[split:], candidate.duplicates.units)

        def shares(units: NDArray[np.int64]) -> NDArray[np.float64]:
            rows = types.rows_by_key(units, 4)
            each = np.stack([rows[..., 1] + rows[..., 3], rows[..., 2] + rows[..., 3]], -1)
            return np.asarray(each / np.maximum(rows.sum(axis=-1, keepdims=True), 1.0))

        dealt = deal(types.pooled, int(types.candidate.sum()), null.draws, rng)
        excess = shares(dealt) - shares(types.pooled - dealt)
        place = rank(*largest_score(shares(types.candidate) - shares(types.anchor), excess), rng)
        cuts = _cuts(real.rate, lengths[0], STRANGE)
        flags = _beyond(found.rate, cuts, lengths[1])
        mine, theirs = flags.mean(axis=0), _beyond(real.rate, cuts, lengths[0]).mean(axis=0)
        worse = int(np.argmax(mine - theirs))
        distance = np.abs(found.rate - cuts[worse][lengths[1]])
        rows = np.flatnonzero(flags[:, worse])
        least = fewest_hits(null.level, candidate.units, anchor.units) / len(candidate)
        return Reading(
            value=float(mine[worse]),
            null=Band.of(rng.binomial(len(candidate), theirs[worse], size=BAND_DRAWS) / len(candidate)),
            p_value=place.p_value,
            randomized=place.randomized,
            effect=float(mine[worse] - theirs[worse]),
            smallest_detectable=detectable(excess[:, worse], null.level, least=least),
            rows=tuple(int(row) for row in rows[np.argsort(-distance[rows], kind="stable")]),
            evidence=_evidence(mine, real, found),
            details={
                "worse": _SIDES[worse],
                "ends": [
                    {"end": end, "candidate_share": float(mine[i]), "real_share": float(theirs[i])}
                    for i, end in enumerate(_SIDES)
                ],
                "bits_per_byte": float(np.nanmedian(found.rate)),
                "real_bits_per_byte": float(np.nanmedian(real.rate)),
            },
        )


def _lengths(real: Cost, found: Cost) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Length class of every row: bits per byte fall with length, and spread less."""
    count = int(np.clip(len(real.bytes) // _ROWS_PER_LENGTH, 1, _MOST_LENGTHS))
    edges = np.unique(np.quantile(real.bytes, np.arange(1, count) / count)) if count > 1 else np.empty(0)
    return np.searchsorted(edges, real.bytes), np.searchsorted(edges, found.bytes)


def _cuts(
    rate: NDArray[np.float64], length: NDArray[np.int64], strange: float
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Bits per byte above which a row is strange and below which it is ordinary, by length class."""
    above, below = np.full((2, _MOST_LENGTHS), np.nan)
    for one in np.unique(length):
        rates = rate[(length == one) & np.isfinite(rate)]
        if len(rates):
            above[one] = np.quantile(rates, 1.0 - strange, method="higher")
            below[one] = np.quantile(rates, ORDINARY, method="lower")
    return above, below


def _beyond(
    rate: NDArray[np.float64],
    cuts: tuple[NDArray[np.float64], NDArray[np.float64]],
    length: NDArray[np.int64],
) -> NDArray[np.bool_]:
    """bool [n, 2], rows stranger and rows more ordinary than the cuts of their length; rows without words are neither."""
    return np.stack([rate > cuts[0][length], rate < cuts[1][length]], 1)


def _evidence(mine: NDArray[np.float64], real: Cost, found: Cost) -> tuple[str, ...]:
    median, usual = float(np.nanmedian(found.rate)), float(np.nanmedian(real.rate))
    return (
        f"{percent(float(mine[0]))} of rows are stranger than 99 % of real rows of their length",
        f"{percent(float(mine[1]))} of rows are more ordinary than the most ordinary tenth of real rows of their length",
        f"a typical row costs {median:.2f} bits per byte under a language model of the anchor; a real one {usual:.2f}",
    )
