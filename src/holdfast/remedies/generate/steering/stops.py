"""When to stop: the strata are covered, the budget ended, more rows no longer add anything, or what is missing is beyond the models.

Whether rows still add something is read off real-equivalent rows, over a window of rounds and never one, overall and in the rarest tenth. The
same real rows judge every round, so what two readings have in common does not part them: a step between rounds is far surer than each
reading's interval. `SHARED` says how much of a reading's doubt is common to all rounds.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from holdfast.measures.reading import counted
from holdfast.stats.figures import about

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from holdfast.remedies.generate.contract import Ended, Need, Worth

PATIENCE = 3
"""Rounds without a gain after which nothing more is expected."""
LEAST_GAIN = 0.02
"""Gain over that many rounds below which nobody would notice it, whatever its interval."""
SHARED = 0.95
"""Correlation of two readings of one run on the log scale: the judges are the same, and so are most rows."""
_Z = 1.96
_ONE_SIDED = 1.645


def ended(
    needs: Sequence[Need],
    worths: Sequence[Worth],
    *,
    spent: Mapping[str, float | None],
    budget: Mapping[str, float | None],
    most_rounds: int | None = None,
    patience: int = PATIENCE,
    shared: float = SHARED,
) -> tuple[Ended, str] | None:
    """Why generation stops before the next round, and the same in a sentence; None where it goes on.

    Args:
        needs: What each stratum lacks now.
        worths: Of candidate and accepted rows: before the first round, and after each.
        spent: What was spent so far, by unit.
        budget: What may be spent, by the same units; None where there is no wall.
        most_rounds: Rounds that are allowed.
        patience: Rounds over which a gain is looked for.
        shared: How much of a reading's doubt is common to all rounds.

    >>> from holdfast.remedies.generate.contract import Need
    >>> need = Need(stratum="a", real=50, have=48, expected=50.0, quota=0, state="covered")
    >>> ended([need], [], spent={}, budget={})
    ('nothing_missing', 'nothing is missing: 1 of 1 stratum is covered')
    """
    rounds = max(len(worths) - 1, 0)
    missing = [need for need in needs if need.state == "missing"]
    left = [need for need in needs if need.state == "given_up"]
    covered = sum(need.state == "covered" for need in needs)
    held = _held(covered, len(needs), needs)
    if not missing:
        after = f" after {counted(rounds, 'round')}"
        if left:
            return "too_weak", (
                f"{held}{after}; what is still missing is beyond these methods and models: {_names(left)}. {_reasons(left)}"
            )
        return ("covered", f"{held}{after}") if rounds else ("nothing_missing", f"nothing is missing: {held}")
    for unit, wall in budget.items():
        used = spent.get(unit)
        if wall is not None and used is not None and used >= wall:
            return "budget", (
                f"the budget of {_amount(wall)} {unit} is spent after {counted(rounds, 'round')}: {held}; still missing: {_names(missing)}"
            )
    if most_rounds is not None and rounds >= most_rounds:
        return (
            "rounds",
            f"{counted(rounds, 'round')} {'was' if rounds == 1 else 'were'} allowed: {held}; still missing: {_names(missing)}",
        )
    gain = _no_gain(worths, patience, shared)
    return None if gain is None else ("no_gain", f"{gain}: {held}; still missing: {_names(missing)}")


def gain_of(
    before: tuple[float, float, float] | None,
    after: tuple[float, float, float] | None,
    shared: float = SHARED,
) -> tuple[float, float] | None:
    """Gain between two readings of one run on the log scale, and its standard error.

    Args:
        before: Value and 95 % bounds.
        after: The same, later.
        shared: Correlation of the two.

    Returns:
        None where a reading says nothing, or has no interval.

    >>> [round(part, 3) for part in gain_of((100.0, 80.0, 125.0), (110.0, 88.0, 137.5))]
    [0.095, 0.036]
    """
    if before is None or after is None:
        return None
    errors = [(math.log(high) - math.log(low)) / (2 * _Z) for _, low, high in (before, after)]
    variance = errors[0] ** 2 + errors[1] ** 2 - 2 * shared * errors[0] * errors[1]
    return math.log(after[0] / before[0]), math.sqrt(variance)


def _no_gain(worths: Sequence[Worth], patience: int, shared: float) -> str | None:
    if len(worths) <= patience:
        return None
    window = worths[-1 - patience :]
    said = []
    for what, readings in (
        ("overall", [_overall(worth) for worth in window]),
        ("in the rarest tenth", [_rarest(worth) for worth in window]),
    ):
        found = gain_of(readings[0], readings[-1], shared)
        if found is None:
            continue
        gain, error = found
        # Chance gives so much in one of twenty windows in which nothing is gained.
        if gain > max(math.log1p(LEAST_GAIN), _ONE_SIDED * error):
            return None
        first, last = readings[0], readings[-1]
        if first is not None and last is not None:
            chance = math.expm1(max(math.log1p(LEAST_GAIN), _ONE_SIDED * error))
            said.append(
                f"from {about(first[0])} to {about(last[0])} {what} ({math.expm1(gain):+.0%}; chance gives {chance:.0%})"
            )
    if not said:
        return None
    # A single later round that stands out would show that rows still help; the window's end alone may be a low draw.
    return f"{patience} rounds added no real-equivalent rows that chance would not: {', '.join(said)}"


def _overall(worth: Worth) -> tuple[float, float, float] | None:
    # A lower bound cannot grow: reality can show no more, which does not say that rows add nothing.
    if worth.at_least:
        return None
    return _positive(worth.real_rows, worth.low, worth.high)


def _rarest(worth: Worth) -> tuple[float, float, float] | None:
    if worth.rarest is None or worth.rarest.get("at_least"):
        return None
    return _positive(worth.rarest.get("real_rows"), worth.rarest.get("low"), worth.rarest.get("high"))


def _positive(
    value: float | None, low: float | None, high: float | None
) -> tuple[float, float, float] | None:
    """The reading, where it has a value and both bounds. Below half a row logs say nothing: it counts as half a row."""
    if value is None or low is None or high is None:
        return None
    return max(value, 0.5), max(low, 0.5), max(high, 0.5)


def _held(covered: int, total: int, needs: Sequence[Need]) -> str:
    unknown = sum(need.state == "unknown" for need in needs)
    text = f"{covered:,} of {counted(total, 'stratum') if total == 1 else f'{total:,} strata'} {'is' if covered == 1 else 'are'} covered"
    return text + (f", {unknown:,} cannot be told" if unknown else "")


def _names(needs: Sequence[Need]) -> str:
    shown = [
        f"{need.stratum if need.stratum is not None else 'all rows'} ({need.have:,} of {need.expected:,.0f} rows)"
        for need in needs[:10]
    ]
    return ", ".join(shown) + (f" and {len(needs) - 10} more" if len(needs) > 10 else "")


def _reasons(needs: Sequence[Need]) -> str:
    return "; ".join(f"{need.stratum}: {need.why}" for need in needs[:10])


def _amount(value: float) -> str:
    return f"{value:,.0f}" if value == int(value) else f"{value:,.2f}"
