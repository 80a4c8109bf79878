"""Whether acceptance selects: three questions that are put to counts of rows asked for and accepted.

Do strata pass at different rates; do rarer ones pass less; and are accepted rows mixed otherwise than what was asked for, by more than chance?
For the first two chance is what comes of dealing the accepted rows anew inside each arm: an arm that passes seldom may have been given the
rare strata, which is no fault of acceptance. For the third it is what comes of dealing all of them: the mix is what it is, whatever made it.

Source:
    Permutation inside of groups: Lehmann and Romano 2005, chapter 15; trend: Cochran 1954 and Armitage 1955, ranked among the deals.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import numpy as np

from holdfast.measures.reading import Band, percent
from holdfast.stats.permutation import deal, rank

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

DRAWS = 1_999
LEAST_ROWS = 40
"""Rows asked for below which nothing is asked of the counts."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """A question that was put to the counts.

    Attributes:
        question: `strata`, `rarity` or `mix`.
        state: `yes`, `no`, or `undetermined` with too few rows.
        value: `strata`: standard deviation of passing rates between strata, what arms explain and chance gives taken off; `rarity`: passing
            rate of the rarest tenth minus that of the rest; `mix`: share of accepted rows that would have to be of other strata for the
            mix that was asked for. None where it cannot be told.
        null: What chance gives.
        p_value: `rarity` asks whether rarer strata pass less, one-sided.
        sentence: In words.
    """

    question: Literal["strata", "rarity", "mix"]
    state: Literal["yes", "no", "undetermined"]
    value: float | None
    null: Band | None
    p_value: float | None
    sentence: str


def ask(
    wished_by_arm: NDArray[np.int64],
    accepted_by_arm: NDArray[np.int64],
    *,
    sizes: NDArray[np.float64],
    rarest: NDArray[np.bool_],
    accepts: Sequence[float | None],
    alpha: float,
    rng: np.random.Generator,
) -> tuple[Asked, ...]:
    """Put the three questions.

    Args:
        wished_by_arm: int64 [arms, strata], rows that were asked for.
        accepted_by_arm: int64 [arms, strata], rows that were accepted.
        sizes: float64 [strata], real rows.
        rarest: bool [strata], which of them are the rarest tenth of reality.
        accepts: Share of real rows of each stratum that pass the same filters, or None.
        alpha: Level of each question.
        rng: Deals accepted rows anew.

    >>> tries, hits = np.array([[100, 100]]), np.array([[90, 30]])
    >>> sizes, rarest = np.array([50.0, 5.0]), np.array([False, True])
    >>> [one.state for one in ask(tries, hits, sizes=sizes, rarest=rarest, accepts=[None, None], alpha=0.05, rng=np.random.default_rng(0))]
    ['yes', 'yes', 'yes']
    """
    wished, accepted = wished_by_arm.sum(axis=0), accepted_by_arm.sum(axis=0)
    reason = None
    if wished.sum() < LEAST_ROWS:
        reason = f"only {int(wished.sum()):,} rows were asked for; {LEAST_ROWS} are needed"
    elif (wished > 0).sum() < 2:
        reason = "rows were asked for in one stratum only"
    elif accepted.sum() in {0, wished.sum()}:
        reason = (
            "no row was accepted" if accepted.sum() == 0 else "every row was accepted: nothing was selected"
        )
    if reason is not None:
        return tuple(
            Asked(
                question=question, state="undetermined", value=None, null=None, p_value=None, sentence=reason
            )
            for question in ("strata", "rarity", "mix")
        )
    inside = np.sum(
        [
            deal(tries, int(hits.sum()), DRAWS, rng)
            for tries, hits in zip(wished_by_arm, accepted_by_arm, strict=True)
        ],
        axis=0,
    )
    anyhow = deal(wished, int(accepted.sum()), DRAWS, rng)
    rates = accepted_by_arm.sum(axis=1) / np.maximum(wished_by_arm.sum(axis=1), 1)
    expected = rates @ wished_by_arm
    return (
        _by_strata(accepted, inside, expected, wished, alpha, rng),
        _by_rarity(accepted, inside, expected, wished, sizes, rarest, accepts, alpha, rng),
        _by_mix(accepted, anyhow, wished, alpha, rng),
    )


def _by_strata(
    accepted: NDArray[np.int64],
    dealt: NDArray[np.int64],
    expected: NDArray[np.float64],
    wished: NDArray[np.int64],
    alpha: float,
    rng: np.random.Generator,
) -> Asked:
    def distance(counts: NDArray[np.int64]) -> NDArray[np.float64]:
        return np.asarray(
            ((counts - expected) ** 2 / np.maximum(expected, 1e-9) * (expected > 0)).sum(axis=-1)
        )

    def spread(counts: NDArray[np.int64]) -> NDArray[np.float64]:
        gaps = (counts - expected) / np.maximum(wished, 1)
        return np.asarray((wished * gaps**2).sum(axis=-1) / wished.sum())

    chance = spread(dealt)
    value = float(np.sqrt(max(float(spread(accepted)) - float(chance.mean()), 0.0)))
    p_value = rank(float(distance(accepted)), distance(dealt), rng).p_value
    null = Band.of(np.sqrt(np.maximum(chance - chance.mean(), 0.0)))
    found = p_value <= alpha
    said = (
        f"strata pass at different rates, by {100 * value:.0f} points beyond chance, whatever made them"
        if found
        else "strata pass at rates that chance explains"
    )
    return Asked(
        question="strata",
        state="yes" if found else "no",
        value=value,
        null=null,
        p_value=p_value,
        sentence=f"{said} (p = {p_value:.2g})",
    )


def _by_rarity(
    accepted: NDArray[np.int64],
    dealt: NDArray[np.int64],
    expected: NDArray[np.float64],
    wished: NDArray[np.int64],
    sizes: NDArray[np.float64],
    rarest: NDArray[np.bool_],
    accepts: Sequence[float | None],
    alpha: float,
    rng: np.random.Generator,
) -> Asked:
    """Whether rarer strata pass less: the trend over the log of how many real rows they have."""
    told = (wished[rarest].sum(), wished[~rarest].sum())
    if min(told) == 0 or len(np.unique(sizes[wished > 0])) < 2:
        return Asked(
            question="rarity",
            state="undetermined",
            value=None,
            null=None,
            p_value=None,
            sentence="rows were asked for in strata of one rarity only",
        )
    scores = -np.log(np.maximum(sizes, 0.5))

    def short(counts: NDArray[np.int64]) -> NDArray[np.float64]:
        return np.asarray((expected - counts) @ scores)

    def gap(counts: NDArray[np.int64]) -> NDArray[np.float64]:
        return np.asarray(
            counts[..., rarest].sum(axis=-1) / told[0] - counts[..., ~rarest].sum(axis=-1) / told[1]
        )

    value, p_value = float(gap(accepted)), rank(float(short(accepted)), short(dealt), rng).p_value
    found = p_value <= alpha
    rates = accepted[rarest].sum() / told[0], accepted[~rarest].sum() / told[1]
    said = f"{percent(float(rates[0]))} of the rows asked for in the rarest tenth were accepted, {percent(float(rates[1]))} in the rest"
    reality = _real_gap(sizes, rarest, accepts)
    if reality is not None:
        said += f"; of real rows {percent(reality[0])} and {percent(reality[1])} pass"
    verdict = (
        "acceptance takes more where reality is rare"
        if found
        else "rarer strata pass no less than chance explains"
    )
    return Asked(
        question="rarity",
        state="yes" if found else "no",
        value=value,
        null=Band.of(gap(dealt)),
        p_value=p_value,
        sentence=f"{verdict}: {said} (p = {p_value:.2g})",
    )


def _by_mix(
    accepted: NDArray[np.int64],
    dealt: NDArray[np.int64],
    wished: NDArray[np.int64],
    alpha: float,
    rng: np.random.Generator,
) -> Asked:
    """Whether accepted rows have the mix that was asked for, whatever the reason."""

    def moved(counts: NDArray[np.int64]) -> NDArray[np.float64]:
        return np.asarray(np.abs(counts / accepted.sum() - wished / wished.sum()).sum(axis=-1) / 2)

    value, null = float(moved(accepted)), moved(dealt)
    p_value = rank(value, null, rng).p_value
    band = Band.of(null)
    found = p_value <= alpha
    return Asked(
        question="mix",
        state="yes" if found else "no",
        value=value,
        null=band,
        p_value=p_value,
        sentence=(
            f"{percent(value)} of accepted rows would have to be of other strata for the mix that was asked for; "
            f"chance gives {percent(band.low)} to {percent(band.high)} (p = {p_value:.2g})"
        ),
    )


def _real_gap(
    sizes: NDArray[np.float64], rarest: NDArray[np.bool_], accepts: Sequence[float | None]
) -> tuple[float, float] | None:
    """What passes of real rows in the rarest tenth and in the rest; None where it is not known."""
    known = np.array([share is not None for share in accepts]) & (sizes > 0)
    values = np.array([0.0 if share is None else share for share in accepts])
    if not (known & rarest).any() or not (known & ~rarest).any():
        return None
    return tuple(  # type: ignore[return-value]
        float((sizes[part] * values[part]).sum() / sizes[part].sum())
        for part in (known & rarest, known & ~rarest)
    )
