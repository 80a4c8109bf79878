"""The gate behind training: what the model lost on real rows that it never saw, against an earlier model on the same rows.

A loss has three answers. It surely exceeds its margin: fail. It surely lies within: pass. Anything between is undetermined, and says how many
rows would tell. All bands, tasks and yardsticks of one look share its error rate.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from holdfast.cycles.gates.margins import Lost, judge_loss, sum_up
from holdfast.cycles.gates.verdict import Verdict
from holdfast.data.scores import differences, read_scores

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from holdfast.cycles.gates.verdict import Look
    from holdfast.cycles.project.recipe import Gate
    from holdfast.data.scores import Score


@dataclass(frozen=True, slots=True, kw_only=True)
class Yardstick:
    """An earlier model, and what was read of it.

    Attributes:
        name: What it is called.
        rows: Its holdout row by row (`rows.parquet`), or None.
        scores: Its benchmark results, a file or folder, or None.
        reason: Why it cannot be compared, where it cannot.
    """

    name: str
    rows: Path | None
    scores: Path | None
    reason: str | None = None


def judge_model(
    rows: Path | None,
    scores: Path | None,
    yardsticks: Sequence[Yardstick],
    gate: Gate,
    look: Look,
    judging: frozenset[str],
    elsewhere: frozenset[str] = frozenset(),
) -> Verdict:
    """Judges a model.

    Args:
        rows: Its holdout row by row, or None.
        scores: Its benchmark results, or None.
        yardsticks: Earlier models; it is held against each.
        gate: Margins of bands and tasks.
        look: The error rate that may be spent.
        judging: Ids of the holdout's rows that judge.
        elsewhere: Ids of those that judge in other turns; benchmark items of these names are left out, too.

    Raises:
        InputError: What was read of a model cannot be compared at all.
    """
    margins = {("band", name): margin for name, margin in gate.options["margin"].items()}
    margins |= {("task", name): margin for name, margin in gate.options["scores"].items()}
    if not margins:
        return Verdict(
            verdict="undetermined",
            sentence="Nothing is asked of the model: [model_gate] names no margin",
            findings=(),
        )
    if not yardsticks:
        return Verdict(
            verdict="undetermined",
            sentence="There is no earlier model to hold this one against; model = ... in the recipe names the first",
            findings=(),
        )
    losses = [
        loss
        for one in yardsticks
        for loss in (*_bands(rows, one, gate, judging), *_tasks(scores, one, gate, elsewhere))
    ]
    level = look.level / max(len(losses), 1)
    return sum_up([judge_loss(loss, margins[loss.kind, loss.name], level) for loss in losses])


def _bands(rows: Path | None, one: Yardstick, gate: Gate, judging: frozenset[str]) -> list[Lost]:
    asked = list(gate.options["margin"])
    if not asked:
        return []
    if one.reason is not None:
        return [_unknown("band", name, one, one.reason) for name in asked]
    if rows is None or one.rows is None:
        side = "this model" if rows is None else one.name
        return [_unknown("band", name, one, f"{side} was not read on the holdout") for name in asked]
    from holdfast.audits.generation import paired_losses

    found = {loss.band: loss for loss in paired_losses(one.rows, rows, rows=judging)}
    losses = []
    for name in asked:
        loss = found.get(name)
        if loss is None:
            losses.append(_unknown("band", name, one, "no row that judges belongs to it"))
            continue
        losses.append(
            Lost(
                kind="band",
                name=name,
                against=one.name,
                loss=loss.loss,
                standard_error=loss.standard_error,
                rows=loss.units,
                reason=loss.reason,
            )
        )
    return losses


def _tasks(scores: Path | None, one: Yardstick, gate: Gate, elsewhere: frozenset[str]) -> list[Lost]:
    asked = list(gate.options["scores"])
    if not asked:
        return []
    if one.reason is not None:
        return [_unknown("task", name, one, one.reason) for name in asked]
    if scores is None or one.scores is None:
        side = "this model" if scores is None else one.name
        return [_unknown("task", name, one, f"{side} has no benchmark results") for name in asked]
    before, after = read_scores(one.scores), read_scores(scores)
    return [_task(name, before, after, one, elsewhere) for name in asked]


def _task(
    name: str, before: Sequence[Score], after: Sequence[Score], one: Yardstick, elsewhere: frozenset[str]
) -> Lost:
    task, _, metric = name.partition(":")
    old = {score.key: score for score in before if score.task == task and metric in ("", score.metric)}
    new = {score.key: score for score in after if score.task == task and metric in ("", score.metric)}
    both = sorted(old.keys() & new.keys())
    if not both:
        return _unknown("task", name, one, "it is not among the results of both models")
    if len(both) > 1:
        known = ", ".join(f"{task}:{key[1]}" for key in both[:6])
        return _unknown("task", name, one, f"it has several metrics; say which: {known}")
    return _between(name, old[both[0]], new[both[0]], one, elsewhere)


def _between(name: str, before: Score, after: Score, one: Yardstick, elsewhere: frozenset[str]) -> Lost:
    """The loss between two scores of one metric, item by item where both were logged so."""
    apart = differences(before, after)
    if apart:
        return _unknown("task", name, one, f"the runs cannot be compared: {apart[0]}")
    if before.value is None or after.value is None:
        return _unknown("task", name, one, "a result has no number")
    sign = -1.0 if before.higher_is_better is False else 1.0
    loss, error, rows = sign * (before.value - after.value), None, None
    if before.items is not None and after.items is not None and set(before.items.ids) == set(after.items.ids):
        place = {id_: at for at, id_ in enumerate(after.items.ids)}
        change = sign * (before.items.values - after.items.values[[place[id_] for id_ in before.items.ids]])
        change = change[[id_ not in elsewhere for id_ in before.items.ids]]
        if not len(change):
            return _unknown("task", name, one, "none of its items judges in this turn")
        loss, rows = float(change.mean()), len(change)
        error = float(change.std(ddof=1) / math.sqrt(rows)) if rows > 1 else None
    elif before.standard_error is not None and after.standard_error is not None:
        error = float(np.hypot(before.standard_error, after.standard_error))
        rows = min(before.rows or 0, after.rows or 0) or None
    reason = None if error is not None else "a result has no standard error"
    return Lost(
        kind="task", name=name, against=one.name, loss=loss, standard_error=error, rows=rows, reason=reason
    )


def _unknown(kind: str, name: str, one: Yardstick, reason: str) -> Lost:
    return Lost(
        kind=kind, name=name, against=one.name, loss=None, standard_error=None, rows=None, reason=reason
    )
