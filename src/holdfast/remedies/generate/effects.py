"""What drawn parameters did: to how many rows pass, to how many add something, and to how alike they are.

Parameters were drawn row by row, at random, so their effects can be read off the record as off an experiment. Two things must be held still:
arms draw from ranges of their own, and rounds may move them; so draws are compared inside the same arm and round, and strata
are allowed for by their means. All parameters are fitted at once: one that was drawn together with another does not stand for it.

What chance gives is found by dealing the draws of each arm and round anew among its rows: nothing that a parameter did survives that, and
everything else does. Only straight effects are looked for; one that rises and falls again inside the range is not seen.

Source:
    Frisch and Waugh 1933 (means taken out of both sides); sandwich errors, HC1: MacKinnon and White 1985; shuffling inside of groups:
    Lehmann and Romano 2005, chapter 15.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Literal

import numpy as np

from holdfast.measures.reading import Band, percent
from holdfast.stats.multiplicity import holm

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

LEAST_ROWS = 40
"""Rows in arms and rounds where the parameter varied; with fewer, the errors themselves are guesses."""
MATTERS = 0.1
"""An effect across the range that one would want to know of: ten rows of a hundred."""
ALPHA = 0.05
_DRAWS = 999
_LEAST_REASON = 20
_TIMES = 40
_POWER = 0.8416  # standard normal quantile of 0.8


@dataclass(frozen=True, slots=True, kw_only=True)
class Drawn:
    """A row with what was drawn for it and what came of it.

    Attributes:
        arm: The arm.
        stratum: The stratum, or None.
        round: The round, from 1.
        parameters: Numbers that were drawn, under their `gen_ai.request` names.
        accepted: Whether it passed.
        added: Whether it came closer to some real row than anything before; False for rows that did not pass.
        likeness: Likeness to the nearest other accepted row, 0 to 1; None for rows that did not pass or where it is not known.
        reason: Why it did not pass: a filter's name, or how it was lost.
    """

    arm: str
    stratum: str | None
    round: int
    parameters: Mapping[str, float]
    accepted: bool
    added: bool
    likeness: float | None = None
    reason: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Effect:
    """What a parameter did to an outcome.

    Attributes:
        parameter: Its name.
        outcome: `accepted`, `added`, `likeness`, or `dropped: ` and a reason.
        state: `raises` or `lowers` it; `none`, where an effect that matters would have shown; `undetermined`, where it would not.
        rows: Rows that were compared.
        low_value: A low value of the parameter (tenth percentile), of which `change` is read upwards.
        high_value: A high one (ninetieth percentile).
        mean: Mean of the outcome: a share of rows, or a likeness.
        change: Change of the mean from the low value to the high one, all else equal; None where it cannot be told.
        interval: 95 % interval of the change.
        null: What draws that are dealt anew score in its place.
        p_value: Two-sided.
        p_adjusted: Holm over all parameters and outcomes.
        smallest_detectable: Smallest change that would be found in four of five runs.
        needed_rows: Rows that would show a change that matters; None where that cannot be said.
        sentence: In words.
    """

    parameter: str
    outcome: str
    state: Literal["raises", "lowers", "none", "undetermined"]
    rows: int
    low_value: float | None = None
    high_value: float | None = None
    mean: float | None = None
    change: float | None = None
    interval: tuple[float, float] | None = None
    null: Band | None = None
    p_value: float | None = None
    p_adjusted: float | None = None
    smallest_detectable: float | None = None
    needed_rows: int | None = None
    sentence: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Design:
    """Parameters of some rows, with the means of their groups and strata taken out.

    Attributes:
        names: The parameters.
        X: float64 [n, k].
        group: int64 [n], arm and round: draws are exchangeable inside.
        stratum: int64 [n].
        ends: Low and high value of each parameter.
        told: Rows in groups in which each parameter varied.
        bound: For each parameter the other one that it was drawn together with, or None.
        freedom: Rows minus means and slopes.
    """

    names: tuple[str, ...]
    X: NDArray[np.float64]
    group: NDArray[np.int64]
    stratum: NDArray[np.int64]
    ends: tuple[tuple[float, float], ...]
    told: tuple[int, ...]
    bound: tuple[str | None, ...]
    freedom: int


def find_effects(
    drawn: Sequence[Drawn], rng: np.random.Generator, *, alpha: float = ALPHA, matters: float = MATTERS
) -> tuple[Effect, ...]:
    """Effects of every parameter that was drawn, on passing, on adding something, and on how alike rows are.

    Where a parameter was found to move how many rows pass, the reasons for which they did not are looked at one by one; these are held
    together among themselves.

    Args:
        drawn: Rows with their draws. Rows that were lost because a server failed belong to no experiment and are left out by the caller.
        rng: Deals draws anew.
        alpha: Chance that anything is found where nothing has an effect.
        matters: A change across the range that one would want to know of.

    Returns:
        One for each parameter and outcome.
    """
    rows = list(drawn)
    likened = [row for row in rows if row.likeness is not None]
    found = [
        *_look(
            rows,
            {
                "accepted": np.array([row.accepted for row in rows], float),
                "added": np.array([row.added for row in rows], float),
            },
            rng,
        ),
        *_look(likened, {"likeness": np.array([row.likeness for row in likened], float)}, rng),
    ]
    effects = _judge(found, alpha, matters)
    moved = {
        effect.parameter
        for effect in effects
        if effect.outcome == "accepted" and effect.state in {"raises", "lowers"}
    }
    reasons = Counter(row.reason for row in rows if not row.accepted and row.reason is not None)
    why = _look(
        rows,
        {
            f"dropped: {reason}": np.array([row.reason == reason for row in rows], float)
            for reason, count in sorted(reasons.items())
            if count >= _LEAST_REASON
        }
        if moved
        else {},
        rng,
    )
    return (*effects, *_judge([effect for effect in why if effect.parameter in moved], alpha, matters))


def _look(
    rows: Sequence[Drawn], outcomes: Mapping[str, NDArray[np.float64]], rng: np.random.Generator
) -> list[Effect]:
    names = sorted({name for row in rows for name in row.parameters})
    if not names or not outcomes:
        return []
    design = _design(rows, names)
    usable = [at for at, told in enumerate(design.told) if told >= LEAST_ROWS and design.bound[at] is None]
    Y = np.stack([_demean(values, design.group, design.stratum) for values in outcomes.values()], axis=1)
    found = []
    fitted = _fit(design, Y, rng) if usable else None
    for place, (outcome, values) in enumerate(outcomes.items()):
        for at, name in enumerate(names):
            known = {
                "parameter": name,
                "outcome": outcome,
                "rows": design.told[at],
                "low_value": design.ends[at][0],
                "high_value": design.ends[at][1],
                "mean": float(values.mean()),
            }
            if fitted is None or at not in usable or np.ptp(values) == 0:
                reason = _reason(design, at, outcome, float(values.mean()))
                found.append(Effect(**known, state="undetermined", sentence=f"{name}: {reason}"))  # type: ignore[arg-type]
                continue
            slopes, errors, null = fitted
            reach = design.ends[at][1] - design.ends[at][0]
            change, shuffled = reach * slopes[at, place], reach * null[:, at, place]
            half = reach * errors[at, place] * _student(design.freedom)
            exceeding = int((np.abs(shuffled) >= abs(change) - 1e-12).sum())
            found.append(
                Effect(
                    **known,  # type: ignore[arg-type]
                    state="undetermined",
                    change=float(change),
                    interval=(float(change - half), float(change + half)),
                    null=Band.of(shuffled),
                    p_value=(exceeding + 1) / (len(shuffled) + 1),
                    smallest_detectable=float(shuffled.std()),
                )
            )
    return found


def _design(rows: Sequence[Drawn], names: Sequence[str]) -> _Design:
    group = _codes([(row.arm, row.round) for row in rows])
    stratum = _codes([row.stratum for row in rows])
    raw = np.array([[row.parameters.get(name, np.nan) for name in names] for row in rows], float)
    ends, told = [], []
    filled = np.empty_like(raw)
    for at in range(len(names)):
        column = raw[:, at]
        there = ~np.isnan(column)
        means = np.bincount(group[there], column[there], minlength=group.max() + 1) / np.maximum(
            np.bincount(group[there], minlength=group.max() + 1), 1
        )
        # A row without the parameter says nothing of it: it stands at the mean of its group.
        filled[:, at] = np.where(there, column, means[group])
        varied = np.bincount(group, (filled[:, at] - means[group]) ** 2) > 1e-18
        told.append(int((there & varied[group]).sum()))
        low, high = np.quantile(column[there], [0.1, 0.9])
        ends.append((float(low), float(high)))
    X = np.stack([_demean(column, group, stratum) for column in filled.T], axis=1)
    return _Design(
        names=tuple(names),
        X=X,
        group=group,
        stratum=stratum,
        ends=tuple(ends),
        told=tuple(told),
        bound=_bound(X, names),
        freedom=max(len(rows) - int(group.max()) - int(stratum.max()) - 1 - len(names), 1),
    )


def _bound(X: NDArray[np.float64], names: Sequence[str]) -> tuple[str | None, ...]:
    """The parameter that each one is told apart from by less than a tenth of its spread, where there is one."""
    spread = np.sqrt((X**2).sum(axis=0))
    scaled = X / np.where(spread > 1e-9, spread, 1.0)
    alike = scaled.T @ scaled
    np.fill_diagonal(alike, 0.0)
    nearest = np.abs(alike).argmax(axis=1)
    return tuple(
        names[nearest[at]] if abs(alike[at, nearest[at]]) > np.sqrt(0.9) else None for at in range(len(names))
    )


def _fit(
    design: _Design, Y: NDArray[np.float64], rng: np.random.Generator
) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]:
    """Slopes and standard errors [k, m], and slopes of draws dealt anew [draws, k, m]."""
    X = design.X
    inverse = np.linalg.pinv(X.T @ X, hermitian=True)
    slopes = inverse @ X.T @ Y
    left = Y - X @ slopes
    errors = np.empty_like(slopes)
    for place in range(Y.shape[1]):
        scores = (X * left[:, place, None]) @ inverse
        errors[:, place] = np.sqrt((scores**2).sum(axis=0) * len(X) / design.freedom)
    home = np.argsort(design.group, kind="stable")
    ordered = design.group[home].astype(np.float64)
    Xs, Ys = X[home], Y[home]
    null = np.empty((_DRAWS, *slopes.shape))
    for draw in range(_DRAWS):
        # Groups stay in their order; inside, rows change places. The spread of X stays what it was.
        null[draw] = inverse @ (Xs[np.argsort(ordered + rng.random(len(ordered)))].T @ Ys)
    return slopes, errors, null


def _demean(
    values: NDArray[np.float64], group: NDArray[np.int64], stratum: NDArray[np.int64]
) -> NDArray[np.float64]:
    """Values without what groups and strata explain: means taken out of one and the other, until nothing is left of either."""
    left = values - values.mean()
    for _ in range(_TIMES):
        before = left
        for codes in (stratum, group):
            left = left - (np.bincount(codes, left) / np.maximum(np.bincount(codes), 1))[codes]
        if float(np.abs(left - before).max(initial=0.0)) < 1e-9:
            break
    return np.asarray(left)


def _codes(values: Sequence[object]) -> NDArray[np.int64]:
    places: dict[object, int] = {}
    return np.array([places.setdefault(value, len(places)) for value in values], np.int64)


def _student(freedom: int) -> float:
    from scipy.special import stdtrit

    return float(stdtrit(freedom, 0.975))


def _reason(design: _Design, at: int, outcome: str, mean: float) -> str:
    if design.told[at] == 0:
        return (
            "it was the same for all rows of an arm, so that nothing can be compared; declare a range for it"
        )
    if design.told[at] < LEAST_ROWS:
        return f"only {design.told[at]} rows where it varied; {LEAST_ROWS} are needed"
    if design.bound[at] is not None:
        return f"it was drawn together with {design.bound[at]}; draw them apart to tell which of them matters"
    return f"{outcome} was the same for all rows ({percent(mean)})"


def _judge(found: Sequence[Effect], alpha: float, matters: float) -> tuple[Effect, ...]:
    """Hold p-values together, and say what was found."""
    tested = [effect for effect in found if effect.p_value is not None]
    adjusted = dict(
        zip(
            map(id, tested),
            holm([effect.p_value for effect in tested if effect.p_value is not None]),
            strict=True,
        )
    )
    return tuple(
        _judged(effect, adjusted[id(effect)], len(tested), alpha, matters)
        if id(effect) in adjusted
        else effect
        for effect in found
    )


def _judged(effect: Effect, p_adjusted: float, tests: int, alpha: float, matters: float) -> Effect:
    from scipy.special import ndtri

    assert effect.change is not None  # noqa: S101 - for the type checker: it has a p-value
    assert effect.smallest_detectable is not None  # noqa: S101 - same
    # The spread of shuffled draws, times what a test at the strictest level of this family needs for four runs of five.
    smallest = effect.smallest_detectable * (float(-ndtri(alpha / (2 * tests))) + _POWER)
    state: Literal["raises", "lowers", "none", "undetermined"] = "undetermined"
    if p_adjusted <= alpha:
        state = "raises" if effect.change > 0 else "lowers"
    elif smallest <= matters:
        state = "none"
    needed = int(np.ceil(effect.rows * (smallest / matters) ** 2))
    judged = replace(
        effect,
        state=state,
        p_adjusted=p_adjusted,
        smallest_detectable=smallest,
        needed_rows=needed if state == "undetermined" else None,
    )
    return replace(judged, sentence=_sentence(judged))


def _sentence(effect: Effect) -> str:
    assert effect.change is not None  # noqa: S101 - for the type checker: only judged effects are put into words
    assert effect.interval is not None  # noqa: S101 - same
    span = f"{effect.parameter} from {effect.low_value:.3g} to {effect.high_value:.3g}"
    low, high = effect.interval
    figures = f"{100 * effect.change:+.1f} points ({100 * low:+.1f} to {100 * high:+.1f})"
    if effect.state in {"raises", "lowers"}:
        return (
            f"{span} {effect.state} {effect.outcome}, {percent(effect.mean or 0.0)} on average, by {figures}"
        )
    if effect.state == "none":
        return f"{span} does nothing to {effect.outcome} that matters: {figures}"
    return f"{span}: {effect.outcome} {figures}, which may be chance; about {effect.needed_rows:,} rows would tell"
