"""Wording: what an audit sees and does not see, in sentences people understand without statistics."""

from __future__ import annotations

from typing import TYPE_CHECKING

from holdfast.measures.reading import counted, percent

if TYPE_CHECKING:
    from collections.abc import Sequence

    from holdfast.lab.blindness.curves import Curve
    from holdfast.lab.blindness.selftest import Selftest

_LATE = 0.5
"""A dose from which on a loss is seen is worth a sentence where it is larger than this."""


def sentence(test: Selftest) -> str:
    """The answer: how many losses are seen, which are not, and whether fresh real rows are left in peace."""
    ground = test.study.bench.ground
    who = f"An audit of {ground.size:,} rows against {ground.anchor:,} rows of {test.reality.corpus.name}"
    curves = [c for c in test.curves if c.known and not c.loss.harmless]
    if not curves:
        return f"{who} was not tried on any loss yet."
    seen = [curve for curve in curves if curve.threshold]
    blind = [curve for curve in curves if not curve.threshold]
    if not seen and _silent(test):
        return (
            f"{who} mostly has no verdict: too few rows to see any of {counted(len(curves), 'loss')} planted."
        )
    if len(curves) == 1:
        what = f"{'sees' if seen else 'does not see'} {curves[0].loss.blind}"
        return f"{who} {what}{_alarms(test)}."
    what = (
        f"sees {f'all {len(curves)}' if not blind else f'{len(seen)} of {len(curves)}'} losses planted in it"
    )
    missed = f". It does not see {listed([c.loss.blind for c in blind])}" if blind else ""
    late = [curve for curve in seen if _is_late(curve)]
    only = f", {len(late)} of them only where much is lost" if late else ""
    return f"{who} {what}{only}{missed}{_alarms(test)}."


def _alarms(test: Selftest) -> str:
    fresh = test.fresh
    if not fresh.trials:
        return ""
    if fresh.failed:
        return f". It failed fresh real rows in {fresh.failed} of {len(fresh)} audits, which is a false alarm"
    return ""


def blindness(test: Selftest) -> list[str]:
    """What this audit on this data does not see, or sees late, as far as it was tried."""
    lines = []
    fresh = test.fresh
    if silent := fresh.count("undetermined"):
        reason = next(t.reason for t in fresh.trials if t.reason)
        lines.append(
            f"Of {counted(len(fresh), 'audit')} of fresh real rows {silent} had no verdict, so a pass cannot be had with so "
            f"few rows. {reason}."
        )
    curves = test.curves
    unlabelled = [curve.loss for curve in curves if curve.unlabelled]
    if unlabelled:
        lines.append(
            f"Without labels it does not see {listed([loss.blind for loss in unlabelled])}; nor could they be planted. "
            "Name a label column with --label, or label some rows."
        )
    for curve in curves:
        lines += _line(curve)
    return lines


def _line(curve: Curve) -> list[str]:
    loss = curve.loss
    if curve.unlabelled or not curve.points:
        return []
    if not curve.known:
        return [f"{loss.title}: could not be planted ({curve.points[0].unplanted})."]
    if loss.harmless:
        failed = sum(point.failed for point in curve.points)
        tried = sum(len(point) for point in curve.points)
        said = f"{loss.title} costs little, and {failed} of {counted(tried, 'audit')} failed it all the same."
        return [said] if failed else []
    largest = curve.known[-1]
    amount = f"{percent(loss.amount(largest.dose))} {loss.unit}"
    if curve.threshold is None:
        warned = largest.noticed - largest.failed
        more = f", though {warned} of {len(largest)} audits warned" if warned else ""
        return [
            f"{loss.title}: it does not see {loss.blind}. With {amount}, {largest.failed} of "
            f"{counted(len(largest), 'audit')} failed{more}."
        ]
    if _is_late(curve):
        return [
            f"{loss.title}: seen only from about {percent(loss.amount(curve.threshold.dose))} {loss.unit}."
        ]
    return []


def _is_late(curve: Curve) -> bool:
    threshold = curve.threshold
    return threshold is not None and not threshold.at_most and threshold.dose > _LATE


def cannot(test: Selftest) -> list[str]:
    """What no self-test on these rows can show."""
    ground = test.study.bench.ground
    rows = len(test.reality.corpus)
    lines = [
        "It reads words, not meaning: a change of meaning in the same words was not planted and would not be seen.",
        "What these real rows lack, no audit misses.",
    ]
    if ground.anchor < rows:
        lines.append(
            f"The anchor held {ground.anchor:,} of {rows:,} rows here, so that the others could be candidates; with all of "
            "them in the anchor an audit sees as much or a little more. A larger candidate sees more, too: --size."
        )
    lines.append(
        "All repeats draw from the same rows, so they are more alike than new rows would be: the intervals are the least "
        "there is to doubt."
    )
    return lines


def listed(parts: Sequence[str]) -> str:
    """Parts as one reads them.

    >>> listed(["a", "b", "c"])
    'a, b or c'
    """
    return parts[0] if len(parts) == 1 else f"{', '.join(parts[:-1])} or {parts[-1]}"


def _silent(test: Selftest) -> bool:
    made = [t for t in test.study.trials if t.verdict is not None]
    return 2 * sum(t.verdict == "undetermined" for t in made) > len(made)
