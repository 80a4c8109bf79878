"""Ratio: how much real data a loop needs, stratum by stratum, from one generation held against the anchor."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from holdfast.errors import UsageError
from holdfast.measures.reading import percent
from holdfast.remedies.plan.contract import Noise, Plan, Range, State, StratumPlan, Verdict
from holdfast.remedies.plan.evidence import assumption
from holdfast.remedies.plan.forecast import PROTOCOLS, Loop, forecast, sharpening
from holdfast.remedies.plan.formulas import (
    needed_share,
    needed_share_after,
    noise_accumulated,
    noise_of_weight,
    noise_replaced,
    noise_replayed,
    quota,
)
from holdfast.remedies.plan.survival import (
    LEAST_TAIL,
    Counts,
    draw_survival,
    fresh,
    pool_rare,
    rows_to_see,
    survival,
)
from holdfast.stats.multiplicity import holm

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from holdfast.remedies.plan.forecast import Protocol

_DRAWS = 2_000
_FRESH_DRAWS = 400
_LEVEL = 0.05
_LOW, _HIGH = 0.05, 0.95
_LONG_RUN = 50
"""Rounds that stand for the long run where something is simulated."""
_A_FEW = 5


def plan_ratio(
    counts: Counts,
    *,
    retention: float = 0.9,
    rounds: int | None = None,
    protocol: Protocol = "mix",
    real_share: float | None = None,
    rng: np.random.Generator,
) -> Plan:
    """The real share each stratum needs, the quota that would do instead, and what a given share leads to.

    Args:
        counts: Rows of each stratum on both sides.
        retention: Share of every stratum that is to be kept.
        rounds: For how many rounds; None is for ever.
        protocol: What the next model learns from.
        real_share: A ratio to judge; by default the one that is planned.
        rng: Draws from what is known.

    Raises:
        UsageError: A number lies outside its range.
    """
    if not 0 < retention < 1:
        raise UsageError("a share above 0 and below 1 is to be kept", where="--retention")
    if real_share is not None and not 0 <= real_share <= 1:
        raise UsageError("a share lies between 0 and 1", where="--real-share")
    if rounds is not None and not 1 <= rounds <= 1_000:
        raise UsageError("between 1 and 1,000 rounds can be planned for", where="--rounds")
    if protocol not in PROTOCOLS:
        raise UsageError(
            f"there is no protocol {protocol!r}", where="--protocol", do=f"There are {', '.join(PROTOCOLS)}"
        )
    counts = pool_rare(counts)
    drawn = draw_survival(counts, _DRAWS, rng)
    needs = _needed(drawn, retention, rounds)
    middle = np.median(needs, axis=0)
    binding = int(middle.argmax())
    by_chance = _by_chance(counts, retention, rounds, rng)
    lost = _lost(counts)
    asked = Range(
        median=float(middle[binding]),
        low=float(np.quantile(needs[:, binding], _LOW)),
        high=float(np.quantile(needs[:, binding], 0.9)),
    )
    thin = _thin(counts, needs, binding) if lost.any() else None
    mixes = protocol in ("mix", "replay")
    # The other protocols take in no real rows, whatever is asked for.
    judged = (asked.median if lost.any() else 0.0) if real_share is None else real_share
    judged = judged if mixes else 0.0
    slope = _slope(counts, drawn)
    # Without a number of rounds the long run is simulated; without real rows in it, there is nothing left to see then.
    judged_rounds = rounds or (_LONG_RUN if judged > 0 else _A_FEW)
    loop = Loop(protocol=protocol, real_share=judged, rows=int(counts.made_rows), rounds=judged_rounds)
    kept = forecast(loop, drawn, counts.share, slope, rng)[-1]
    strata = [
        _stratum(counts, i, drawn[:, i], needs[:, i], kept[:, i], lost=bool(lost[i]), retention=retention)
        for i in range(len(counts.names))
    ]
    order = [binding, *(int(i) for i in np.argsort(-middle, kind="stable") if i != binding)]
    verdict: Verdict = "refused" if thin is not None else "plan" if lost.any() else "none_needed"
    return Plan(
        verdict=verdict,
        sentence=_without_real(protocol, strata[binding], judged_rounds) * (verdict == "plan" and not mixes)
        + _sentence(verdict, counts, strata, binding, asked, thin, retention, rounds, lost),
        retention=retention,
        rounds=rounds,
        protocol=protocol,
        real_share=asked if verdict == "plan" else None,
        fresh=by_chance,
        binding=None if verdict == "none_needed" else counts.names[binding if thin is None else thin],
        judged_share=judged,
        judged_rounds=judged_rounds,
        strata=tuple(strata[i] for i in order),
        rows=(int(counts.real_rows), int(counts.made_rows)),
        noise=_noise(protocol, judged, rounds),
        slope=slope,
        notes=_notes(protocol, slope),
    )


def _needed(drawn: NDArray[np.float64], retention: float, rounds: int | None) -> NDArray[np.float64]:
    if rounds is None:
        return needed_share(drawn, retention)
    return needed_share_after(drawn, retention, rounds)


def _by_chance(counts: Counts, retention: float, rounds: int | None, rng: np.random.Generator) -> Range:
    """What the hardest stratum of a fresh real set would have asked for: the largest of many is never 0."""
    # The less survives, the more is needed: the stratum that keeps least asks for most.
    least = np.array([float(survival(fresh(counts, rng)).min()) for _ in range(_FRESH_DRAWS)])
    low, median, high = np.quantile(_needed(least, retention, rounds), (_LOW, 0.5, _HIGH))
    return Range(median=float(median), low=float(low), high=float(high))


def _lost(counts: Counts) -> NDArray[np.bool_]:
    """bool [k], strata that are surely short of their share, over all strata together (conditional binomial test, Holm)."""
    from scipy.special import bdtr

    seen = counts.evidence
    after, before = np.round(seen.after), np.round(seen.before)
    chance = seen.after_rows / (seen.after_rows + seen.before_rows)
    return np.array(holm(bdtr(after, (after + before).astype(int), chance).tolist())) <= _LEVEL


def _thin(counts: Counts, needs: NDArray[np.float64], binding: int) -> int | None:
    """A stratum with too few real rows that decides, or might: its need reaches above that of the one that does."""
    few = np.flatnonzero(counts.real < LEAST_TAIL)
    if len(few) == 0:
        return None
    if counts.real[binding] < LEAST_TAIL:
        return binding
    worst = int(few[np.median(needs[:, few], axis=0).argmax()])
    return worst if np.quantile(needs[:, worst], 0.9) > np.quantile(needs[:, binding], 0.9) else None


def _slope(counts: Counts, drawn: NDArray[np.float64]) -> float:
    logs = np.log(np.maximum(drawn, 1e-12))
    use = (counts.real >= LEAST_TAIL) & (counts.made > 0)
    if not use.any():
        return 0.0
    return sharpening(
        np.exp(logs.mean(axis=0))[use], counts.share[use], 1.0 / np.maximum(logs.var(axis=0)[use], 1e-6)
    )


def _stratum(
    counts: Counts,
    at: int,
    drawn: NDArray[np.float64],
    need: NDArray[np.float64],
    kept: NDArray[np.float64],
    *,
    lost: bool,
    retention: float,
) -> StratumPlan:
    ruled_out = float(np.quantile(drawn, _LOW)) >= retention
    state: State = "lost" if lost else "kept" if ruled_out else "undetermined"
    middle = float(np.median(drawn))
    return StratumPlan(
        name=counts.names[at],
        pooled=counts.pooled[at],
        real=round(float(counts.real[at])),
        made=round(float(counts.made[at])),
        survival=_range(drawn),
        state=state,
        real_share=_range(need),
        quota=_range(quota(drawn)) if counts.made[at] > 0 else None,
        retention=_range(kept),
        rows_needed=rows_to_see(min(middle, retention)) if state == "undetermined" else None,
        seen=counts.evidence.rows()[at],
    )


def _range(values: NDArray[np.float64]) -> Range:
    low, median, high = np.quantile(values, (_LOW, 0.5, _HIGH))
    return Range(median=float(median), low=float(low), high=float(high))


def _noise(protocol: str, share: float, rounds: int | None) -> Noise:
    made_per_real = (1 - share) / share if share > 0 else np.inf
    if protocol == "replace" or (share == 0 and protocol != "accumulate"):
        many: int = rounds or _A_FEW
        return Noise(
            protocol=protocol, error=noise_replaced(many), said=f"one more with every round: after {many}"
        )
    if protocol == "accumulate":
        many = rounds or 10_000
        return Noise(
            protocol=protocol,
            error=noise_accumulated(many),
            said="the sum of one over the squares, at most 1.64",
        )
    if protocol == "replay":
        return Noise(
            protocol=protocol,
            error=float(noise_replayed(made_per_real)),
            said="the same real rows each round: never below 1, at most 1.5, and no further round removes it",
        )
    return Noise(
        protocol=protocol,
        error=float(noise_of_weight(share, 1 / made_per_real if made_per_real > 0 else np.inf))
        if share < 1
        else 1.0,
        said="fresh real rows each round, pooled by rows, in the long run",
    )


def _without_real(protocol: str, stratum: StratumPlan, rounds: int) -> str:
    """What a protocol that takes in no real rows comes to: the ratio that follows is that of another protocol."""
    left = stratum.retention
    return (
        f"Protocol {protocol} takes in no real rows: after {rounds:,} round{'s' if rounds > 1 else ''} {stratum.name!r} has "
        f"{percent(left.low)} to {percent(left.high)} of its share. Protocol mix: "
    )


def _sentence(
    verdict: str,
    counts: Counts,
    strata: list[StratumPlan],
    binding: int,
    asked: Range,
    thin: int | None,
    retention: float,
    rounds: int | None,
    lost: NDArray[np.bool_],
) -> str:
    until = "in the long run" if rounds is None else f"over {rounds:,} round{'s' if rounds > 1 else ''}"
    if verdict == "refused":
        assert thin is not None  # noqa: S101 - for the type checker; that is why it is refused
        have = int(counts.real[thin])
        more = int(np.ceil(counts.real_rows * (LEAST_TAIL / max(have, 1))))
        return (
            f"No ratio can be named: the stratum that may decide it, {counts.names[thin]!r}, has {have} real rows and "
            f"{LEAST_TAIL} are needed. An anchor of about {more:,} rows like these would do, or {LEAST_TAIL - have} more of it."
        )
    if verdict == "none_needed":
        worst = min(strata, key=lambda stratum: stratum.survival.low)
        return (
            "No stratum is surely losing, so nothing says that real rows are needed to keep one; "
            f"{worst.name!r} may keep as little as {percent(max(worst.survival.low, 0.0))} of its share a round."
        )
    chosen = strata[binding]
    others = int(lost.sum()) - 1
    rest = (
        f" and those of {others} more {'stratum' if others == 1 else 'strata'} by less" if others > 0 else ""
    )
    instead = (
        f"Or multiply its made rows by {chosen.quota.median:.2g}{rest}."
        if chosen.quota is not None
        else "None of its rows is made at all: ask for it by name, real rows alone keep it."
    )
    return (
        f"{percent(asked.median)} real rows (up to {percent(asked.high)}) keep {percent(retention)} of every stratum {until}. "
        f"{chosen.name!r} decides: one round keeps {percent(chosen.survival.median)} of its share. {instead}"
    )


def _notes(protocol: Protocol, slope: float) -> tuple[str, ...]:
    notes = [
        assumption(protocol),
        "Measure survival again after the next round: a retention outside its interval means that survival is not constant, "
        "or that the learner adds a loss. Stop and plan anew.",
    ]
    if slope > 0:
        notes.append(
            f"Rarer strata lose more (slope {slope:.2f}): a stratum that has shrunk is expected to lose still more."
        )
    if protocol == "accumulate":
        notes.append("Accumulating slows a bias and does not cure it: retention goes on falling.")
    if protocol == "replay":
        notes.append(
            "The same real rows again leave a permanent error of up to half of their own sampling error."
        )
    return tuple(notes)
