"""Attribution: which sources, methods or agents cause what an audit fails by?

Every group of rows is left out, and each measure that failed is taken again. Leaving rows out changes a measure in any case, so the
change is held against what leaving as many rows out at random does: a group that lowers a loss by more than that causes it, a group
that raises it by more than that holds it down.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from holdfast.audits.judge import Outcome, judge
from holdfast.backends.threads import count_threads, work_together
from holdfast.data.lineage import lineage_of
from holdfast.data.lineage.schema import GROUPS
from holdfast.data.lineage.slices import UNKNOWN
from holdfast.errors import InputError, UsageError, unknown
from holdfast.measures import MEASURES, Calibration, Reading
from holdfast.remedies.sides import read_beside
from holdfast.stats.multiplicity import holm
from holdfast.views.compare import compare
from holdfast.views.reality import Rows

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from numpy.typing import NDArray

    from holdfast.anchors import Anchor
    from holdfast.data import Records
    from holdfast.measures import Measure
    from holdfast.remedies.sides import Beside

Role = Literal["causes", "holds down", "undetermined"]

_ALPHA = 0.05
_LEAST_SHARE = 0.2
"""Share of an effect that is worth naming: effects after random removal have longer tails than the t distribution."""
_LEAST_DRAWS = 8
_QUICK_DRAWS = 99
"""Null draws of a measure whose effect alone is of interest."""
_SKIPPED = "real_equivalent_rows"
"""It sums up the others, and is capped and read by learners that may drop out: it jumps where a group is left out."""


_Effects = list[float | str]
"""The effect of each measure, or why it cannot be read."""
_Looks = tuple[_Effects, list[_Effects]]
"""Effects without a group, and without as many rows at random, draw by draw."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """What leaving a group out does to one measure.

    Attributes:
        measure: Its name.
        title: Its title.
        whole: Its effect for all rows; larger is worse.
        without: Its effect without the group; None where it cannot be read.
        chance: Its effect with as many rows left out at random, mean.
        share: Share of the effect that goes with the group, beyond what goes by chance: 1 is all of it, below 0 the group holds it down.
        interval: 95 % interval of that share.
        p_value: Of no difference from chance, Holm over groups and measures.
        role: `causes` or `holds down` where it differs from chance and a fifth of the effect or more goes or comes with it, else
            `undetermined`.
        reason: Why it cannot be read.
    """

    measure: str
    title: str
    whole: float
    without: float | None
    chance: float | None
    share: float | None
    interval: tuple[float, float] | None
    p_value: float | None
    role: Role
    reason: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    """A group of rows.

    Attributes:
        value: What its rows have in common; `unknown` where nobody knows it.
        rows: Its rows.
        changes: What leaving it out does to each measure that failed, the largest share first.
    """

    value: str
    rows: int
    changes: tuple[Change, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Attribution:
    """Which groups cause what failed.

    Attributes:
        by: The column of lineage.
        rows: Rows of the candidate.
        draws: Random groups that each group is held against.
        failed: Measures that failed for all rows, by name; empty where nothing failed and there is nothing to attribute.
        groups: The groups, those that cause most first.
    """

    by: str
    rows: int
    draws: int
    failed: tuple[str, ...]
    groups: tuple[Group, ...]


def attribute(
    candidate: Any,
    *,
    by: str,
    real: Any = None,
    anchor: str | Path | Anchor | None = None,
    draws: int = 20,
    text: str | None = None,
    label: str | None = None,
    id: str | None = None,
    on_bad_row: Literal["stop", "skip"] = "stop",
    seed: int = 0,
    progress: Callable[[str], None] = lambda _: None,
) -> Attribution:
    """Which groups of rows cause what an audit fails by: every measure that fails is taken again without each group.

    Args:
        candidate: Rows with lineage beside them.
        by: The column of lineage whose values are groups: `source`, `method`, `agent` and the like.
        real: Real rows; or
        anchor: a frozen anchor. Exactly one of the two.
        draws: Random groups of the same size that each group is held against.
        text: Column of the text.
        label: Column of the strata.
        id: Column of the ids.
        on_bad_row: What to do with a row that cannot be read.
        seed: Seed of all draws.
        progress: Called with a word about what is done next.

    Raises:
        InputError: There is no lineage, or it has one value only.
        UsageError: The column is none to group by, or there are too few draws.
    """
    if by not in GROUPS:
        raise unknown("column to attribute by", by, list(GROUPS))
    if draws < _LEAST_DRAWS:
        raise UsageError(f"at least {_LEAST_DRAWS} draws are needed", where="--draws")
    beside = read_beside(
        candidate,
        real=real,
        anchor=anchor,
        text=text,
        label=label,
        id=id,
        on_bad_row=on_bad_row,
        seed=seed,
        progress=progress,
    )
    values = _values(beside.records, by)
    progress("measuring all rows")
    failed = _failed(beside, seed)
    looks: dict[str, _Looks] = {}
    if failed:
        rng = np.random.default_rng(seed)
        for value in sorted(set(values)):
            mine = np.array([held == value for held in values])
            looks[value] = _looks(beside, value, mine, failed, draws, seed, rng, progress)
    spreads = [_spread([chance for _, chance in looks.values()], at) for at in range(len(failed))]
    groups = [
        Group(
            value=value,
            rows=values.count(value),
            changes=tuple(
                _change(outcome, without[at], [found[at] for found in chance], spreads[at])
                for at, outcome in enumerate(failed)
            ),
        )
        for value, (without, chance) in looks.items()
    ]
    judged = _judged(groups)
    return Attribution(
        by=by,
        rows=len(values),
        draws=draws,
        failed=tuple(outcome.measure.name for outcome in failed),
        groups=tuple(sorted(judged, key=_weight, reverse=True)),
    )


def _values(records: Records, by: str) -> list[str]:
    table = lineage_of(records)
    if table is None:
        raise InputError("has no lineage", where=records.name, do="holdfast tag writes it")
    values = [UNKNOWN if value is None else str(value) for value in table.column(by).to_pylist()]
    if len(set(values)) < 2:
        raise InputError(
            f"all rows have one {by}: {values[0]}", where=records.name, do="Attribute by another column"
        )
    return values


def _failed(beside: Beside, seed: int) -> list[Outcome]:
    """The measures that fail, as an audit with its usual settings has it."""
    measures = [measure for measure in MEASURES if measure.judged and measure.name != _SKIPPED]
    calibration = Calibration(level=0.01 / len(measures), seed=seed)
    results = work_together(
        lambda measure: measure(beside.sides, calibration), measures, threads=count_threads()
    )
    outcomes = judge(list(zip(measures, results, strict=True)), alpha=0.01, tolerances={}, detectable=0.5)
    return [outcome for outcome in outcomes if outcome.verdict == "fail"]


def _effects(beside: Beside, rows: NDArray[np.int64], measures: Sequence[Measure], seed: int) -> _Effects:
    """The effect of each measure for these rows."""
    made = beside.made
    kept = Rows(
        ids=[made.ids[at] for at in rows],
        texts=[made.texts[at] for at in rows],
        strata=None if made.strata is None else [made.strata[at] for at in rows],
        answers=None if made.answers is None else [made.answers[at] for at in rows],
    )
    sides = compare(beside.reality, kept)
    calibration = Calibration(draws=_QUICK_DRAWS, seed=seed)
    results = work_together(lambda measure: measure(sides, calibration), measures, threads=count_threads())
    return [result.effect if isinstance(result, Reading) else result.reason for result in results]


def _looks(
    beside: Beside,
    value: str,
    mine: NDArray[np.bool_],
    failed: Sequence[Outcome],
    draws: int,
    seed: int,
    rng: np.random.Generator,
    progress: Callable[[str], None],
) -> _Looks:
    measures = [outcome.measure for outcome in failed]
    progress(f"leaving out {value}")
    without = _effects(beside, np.flatnonzero(~mine), measures, seed)
    chance = []
    for draw in range(draws):
        progress(f"leaving out as many rows as {value} has, at random, {draw + 1} of {draws}")
        chance.append(_effects(beside, _left(beside, int(mine.sum()), rng), measures, seed))
    return without, chance


def _left(beside: Beside, count: int, rng: np.random.Generator) -> NDArray[np.int64]:
    """Rows that are left when whole units of about so many rows are taken out at random: copies go together."""
    units = beside.sides.candidate.duplicates.units
    order = rng.permutation(int(units.max()) + 1)
    sizes = np.bincount(units)[order]
    gone = order[: int(np.searchsorted(np.cumsum(sizes), count)) + 1]
    return np.flatnonzero(~np.isin(units, gone))


def _spread(chances: Sequence[Sequence[_Effects]], at: int) -> float:
    """Standard deviation of a measure where rows are left out at random, over all groups: each around its own mean."""
    each = []
    for chance in chances:
        known = _numbers([found[at] for found in chance])
        if len(known) >= _LEAST_DRAWS:
            each.append(float(known.var(ddof=1)))
    return float(np.sqrt(np.mean(each))) if each else 0.0


def _numbers(effects: Sequence[float | str]) -> NDArray[np.float64]:
    return np.array([found for found in effects if not isinstance(found, str)], np.float64)


def _change(outcome: Outcome, without: float | str, chance: Sequence[float | str], pooled: float) -> Change:
    from scipy.special import stdtr, stdtrit

    reading = outcome.reading
    if reading is None:
        raise ValueError("a measure that failed has a reading")
    whole = reading.effect
    empty = Change(
        measure=outcome.measure.name,
        title=outcome.measure.title,
        whole=whole,
        without=None,
        chance=None,
        share=None,
        interval=None,
        p_value=None,
        role="undetermined",
    )
    if isinstance(without, str):
        return replace(empty, reason=without)
    known = _numbers(chance)
    if len(known) < _LEAST_DRAWS:
        return replace(empty, without=without, reason="what chance would do cannot be read")
    mean = float(known.mean())
    # A new draw lies around the mean of others with their spread and the mean's own.
    spread = max(float(known.std(ddof=1)), pooled, 1e-12) * float(np.sqrt(1 + 1 / len(known)))
    freedom = len(known) - 1
    scale = max(abs(whole), 1e-12)
    share = (mean - without) / scale
    reach = float(stdtrit(freedom, 0.975)) * spread / scale
    return replace(
        empty,
        without=without,
        chance=mean,
        share=share,
        interval=(share - reach, share + reach),
        p_value=float(2 * stdtr(freedom, -abs(mean - without) / spread)),
    )


def _judged(groups: Sequence[Group]) -> list[Group]:
    """Adjusts p-values over all groups and measures at once, and says what each group does."""
    read = [change for group in groups for change in group.changes if change.p_value is not None]
    adjusted = iter(holm([change.p_value or 0.0 for change in read]) if read else ())
    found = []
    for group in groups:
        changes = []
        for change in group.changes:
            if change.p_value is None or change.share is None:
                changes.append(change)
                continue
            p_value = float(next(adjusted))
            role: Role = "undetermined"
            if p_value <= _ALPHA and abs(change.share) >= _LEAST_SHARE:
                role = "causes" if change.share > 0 else "holds down"
            changes.append(replace(change, p_value=p_value, role=role))
        changes.sort(key=lambda change: change.share or 0.0, reverse=True)
        found.append(replace(group, changes=tuple(changes)))
    return found


def _weight(group: Group) -> float:
    return sum(change.share or 0.0 for change in group.changes if change.role == "causes")
