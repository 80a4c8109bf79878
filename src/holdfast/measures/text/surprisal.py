"""Surprisal: are the candidate's rows as likely as real rows, or stranger, without order, or more ordinary?"""

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
    counted,
    detectable,
    fewest_hits,
    percent,
    too_few,
)
from holdfast.stats.permutation import deal, largest_score, rank
from holdfast.views.reading import read_view
from holdfast.views.surprisal import SURPRISAL
from holdfast.views.surprisal import Surprisal as Cost
from holdfast.views.units import count_units

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from holdfast.stats.permutation import Rank
    from holdfast.views.sides import Sides
    from holdfast.views.view import View

TAILS = (0.01, 0.05, 0.10)
"""Real rows beyond each cut: the strangest hundredth, the twentieth with the least order, the most ordinary tenth.

The cut for order lies lower than that for strangeness, since rows without any order are alike in it: of shuffled real rows
it catches four in five, and the hundredth hardly one."""
ENDS = ("stranger", "without order", "more ordinary")
_TESTED = (2, 4, 8)
"""The test looks this many times as far into both sides together as a tail is deep, but not beyond a third: where a tenth of
a candidate is strange, so is a twentieth of all, and a cut above the hundredth would leave most of it out."""
_SPREAD = 1.1
"""Scores spread this much wider than deals of rows tell, since one sample of reality trained the models that read them all
(measured on worlds of 100 to 2,000 units a side)."""
_ROWS_PER_LENGTH = 200
"""Real rows of one length class, so that the hundredth of them is two rows."""
_MOST_LENGTHS = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class Surprisal:
    """Share of candidate rows far stranger, with far less order, or far more ordinary, than real rows of their length.

    A language model of the anchor reads every row, in bits per byte. Real rows are read by models that have not seen them
    or their near-duplicates, candidate rows by the same ones. Stranger is a row that costs more than 99 % of real rows of
    its length: errors that piled up, invented words. Without order is one whose words are made no likelier by the words before
    them, less than in 95 % of real rows: shuffled words, nonsense. More ordinary is one that costs less than the most
    ordinary tenth of them: what a model writes when it keeps to the likely. The value is the share that is furthest above
    reality's.

    Advisory: a new topic is strange, too, and plain wording is no loss by itself.

    Reads
        0.01 stranger, 0.05 without order and 0.10 more ordinary for real rows; near 1.0 without order for words drawn at
        random.
    Blind to
        what a trigram cannot see: sense, facts, anything further apart than three words; and rows beyond the first 200
        words.
    Undetermined
        with fewer than `least_rows` rows with words, or groups of near-duplicates, on a side: below it the widening of chance by
        the models' own sample is not known.
    Cost
        linear in words.
    Source
        Bits per byte under an interpolated trigram (Ney et al. 1994); surprisal of generated text against real text: Zhu et
        al. 2024, arXiv:2412.14689; units dealt anew, the largest of the standardised excesses (Westfall and Young 1993).

    >>> from random import Random
    >>> from holdfast.measures.examples import text_sides
    >>> dice = Random(1)
    >>> words = [[f"{part}{i}" for i in range(9)] for part in ("who", "does", "what", "where", "when")]
    >>> real, more = ([" ".join(map(dice.choice, words)) for _ in range(300)] for _ in range(2))
    >>> nonsense = [" ".join(dice.sample(row.split(), 5)) for row in more[:100]]
    >>> reading = Surprisal()(text_sides(real=real, candidate=more[100:] + nonsense), Calibration(draws=199))
    >>> reading.details["worse"], 0.25 < reading.value < 0.45
    ('stranger', True)
    """

    name: ClassVar[str] = "surprisal"
    title: ClassVar[str] = "Rows too strange or too ordinary"
    version: ClassVar[int] = 2
    unit: ClassVar[str] = "of rows are far stranger, less ordered or more ordinary than real rows"
    percent: ClassVar[bool] = True
    judged: ClassVar[bool] = False
    decisive: ClassVar[bool] = False
    of_shares: ClassVar[bool] = False

    tolerance: float = 0.05
    least_rows: int = 100

    def views(self, sides: Sides, null: Calibration) -> tuple[View, ...]:  # noqa: ARG002 - the same for all
        """What is asked of every row."""
        return (SURPRISAL,)

    def __call__(self, sides: Sides, null: Calibration) -> Reading | Undetermined:
        """Read the share of rows at either end."""
        anchor, candidate = sides.anchor, sides.candidate
        with_words, others = (int((side.counts > 0).sum()) for side in (anchor, candidate))
        if min(with_words, others) < self.least_rows:
            return too_few(with_words, others, self.least_rows)
        for side, name in ((anchor, "real"), (candidate, "candidate")):
            if side.units < self.least_rows:
                groups = counted(side.units, "group")
                return Undetermined(
                    reason=f"the {len(side):,} {name} rows are only {groups} of near-duplicates; {self.least_rows} are needed"
                )
        rng = null.rng(self.name)
        viewed = read_view(sides, SURPRISAL)
        real, found = Cost.of(viewed.real), Cost.of(viewed.candidate)
        lengths = _lengths(real, found)
        place, excess = _test(real, found, lengths, sides, null.draws, rng)
        cuts = _cuts(_ends(real), lengths[0], TAILS)
        flags = _beyond(_ends(found), cuts, lengths[1])
        mine, theirs = flags.mean(axis=0), _expected(_beyond(_ends(real), cuts, lengths[0]), lengths)
        worse = int(np.argmax(mine - theirs))
        distance = _ends(found)[:, worse] - cuts[lengths[1], worse]
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
            evidence=_evidence(mine, worse, real, found),
            details={
                "worse": ENDS[worse],
                "ends": [
                    {"end": end, "candidate_share": float(mine[i]), "real_share": float(theirs[i])}
                    for i, end in enumerate(ENDS)
                ],
                "bits_per_byte": float(np.nanmedian(found.rate)),
                "real_bits_per_byte": float(np.nanmedian(real.rate)),
            },
        )


def _test(
    real: Cost,
    found: Cost,
    lengths: tuple[NDArray[np.int64], NDArray[np.int64]],
    sides: Sides,
    draws: int,
    rng: np.random.Generator,
) -> tuple[Rank, NDArray[np.float64]]:
    """Rank of the largest excess over all ends and depths, and the excess of every deal at each end (float64 [draws, 3]).

    The cuts are quantiles of both sides together, which no dealing changes.
    """
    pooled, of_length = np.concatenate([_ends(real), _ends(found)]), np.concatenate(lengths)
    flags = np.concatenate(
        [
            _beyond(pooled, _cuts(pooled, of_length, [min(depth * tail, 1 / 3) for tail in TAILS]), of_length)
            for depth in _TESTED
        ],
        axis=1,
    )
    member, codes = _kinds(flags)
    split = len(sides.anchor)
    units = sides.anchor.duplicates.units, sides.candidate.duplicates.units
    types = count_units(codes[:split], units[0], codes[split:], units[1])

    def shares(units: NDArray[np.int64]) -> NDArray[np.float64]:
        # Deals keep the number of units and not that of rows; see `flagged_excess`.
        rows = types.rows_by_key(units, len(member))
        return np.asarray(rows @ member / np.maximum(units.sum(axis=-1, keepdims=True), 1))

    dealt = deal(types.pooled, int(types.candidate.sum()), draws, rng)
    excess = shares(dealt) - shares(types.pooled - dealt)
    observed, scores = largest_score(shares(types.candidate) - shares(types.anchor), excess)
    return rank(observed, _SPREAD * scores, rng), excess[:, : len(TAILS)]


def _kinds(flags: NDArray[np.bool_]) -> tuple[NDArray[np.bool_], NDArray[np.int64]]:
    """The rows of flags that occur (bool [k, f]), in the order of their flags, and int64 [n], which of them each row is.

    As `np.unique` gives them, which sorts rows many times as slowly as numbers.

    >>> member, codes = _kinds(np.array([[True, False], [False, True], [True, False]]))
    >>> member.tolist(), codes.tolist()
    ([[False, True], [True, False]], [1, 0, 1])
    """
    bits = np.arange(flags.shape[1])[::-1]
    numbers, codes = np.unique(flags @ (1 << bits), return_inverse=True)
    return (numbers[:, None] >> bits & 1).astype(bool), codes.astype(np.int64)


def _ends(cost: Cost) -> NDArray[np.float64]:
    """float64 [n, 3], how far each row goes towards each end."""
    return np.stack([cost.rate, -cost.saved, -cost.rate], 1)


def _lengths(real: Cost, found: Cost) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Length class of every row: bits per byte fall with length, and spread less."""
    count = int(np.clip(len(real.bytes) // _ROWS_PER_LENGTH, 1, _MOST_LENGTHS))
    edges = np.unique(np.quantile(real.bytes, np.arange(1, count) / count)) if count > 1 else np.empty(0)
    return np.searchsorted(edges, real.bytes), np.searchsorted(edges, found.bytes)


def _cuts(
    ends: NDArray[np.float64], length: NDArray[np.int64], tails: Sequence[float]
) -> NDArray[np.float64]:
    """float64 [lengths, 3], where the tail of each end begins, by length class."""
    cuts = np.full((_MOST_LENGTHS, len(tails)), np.nan)
    for one in np.unique(length):
        rows = ends[length == one]
        rows = rows[np.isfinite(rows[:, 0])]
        if len(rows):
            quantiles = np.quantile(rows, 1.0 - np.array(tails), axis=0, method="higher")
            cuts[one] = np.diagonal(quantiles)
    return cuts


def _beyond(
    ends: NDArray[np.float64], cuts: NDArray[np.float64], length: NDArray[np.int64]
) -> NDArray[np.bool_]:
    """bool [n, 3], rows beyond the cuts of their length; rows without words are beyond none."""
    return np.asarray(ends > cuts[length], np.bool_)


def _expected(
    beyond: NDArray[np.bool_], lengths: tuple[NDArray[np.int64], NDArray[np.int64]]
) -> NDArray[np.float64]:
    """float64 [3], share of fresh real rows beyond the cuts, at the candidate's mix of lengths.

    Of n real rows k lie beyond a cut that they set themselves; a new one does with (k + 1) / (n + 1).
    """
    count = np.bincount(lengths[0], minlength=_MOST_LENGTHS)
    over = np.stack([np.bincount(lengths[0], end, minlength=_MOST_LENGTHS) for end in beyond.T], 1)
    return np.asarray(((over + 1) / (count + 1)[:, None])[lengths[1]].mean(axis=0))


def _evidence(mine: NDArray[np.float64], worse: int, real: Cost, found: Cost) -> tuple[str, ...]:
    median, usual = float(np.nanmedian(found.rate)), float(np.nanmedian(real.rate))
    said = (
        f"{percent(float(mine[0]))} of rows are stranger than 99 % of real rows of their length",
        f"{percent(float(mine[1]))} of rows have less order in their words than 95 % of real rows of their length",
        f"{percent(float(mine[2]))} of rows are more ordinary than the most ordinary tenth of real rows of their length",
    )
    return (
        # The finding's sentence says how many there are at the worst end.
        *(line for end, line in enumerate(said) if end != worse),
        f"a typical row costs {median:.2f} bits per byte under a language model of the anchor; a real one {usual:.2f}",
    )
