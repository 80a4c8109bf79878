"""Margins: whether a loss surely exceeds what is allowed, surely lies within, or cannot be known yet."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from holdfast.cycles.gates.verdict import Verdict

if TYPE_CHECKING:
    from collections.abc import Sequence

_LEAST = 20
"""Rows: below, the mean of their losses has no known distribution."""
_POWER = 0.8416  # standard normal quantile of .8
_UNITS = {"band": "bits per byte", "task": "points"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Lost:
    """What a model lost, or why that is not known.

    Attributes:
        kind: `band` or `task`.
        name: Which.
        against: The model it is held against.
        loss: Above 0 where it is worse; None where it is not known.
        standard_error: Of the loss.
        rows: Rows it rests on; None where nobody says.
        reason: Why there is no loss.
    """

    kind: str
    name: str
    against: str
    loss: float | None
    standard_error: float | None
    rows: int | None
    reason: str | None = None


def judge_loss(lost: Lost, margin: float, level: float) -> dict[str, Any]:
    """The finding on a loss: `fail` where it surely exceeds its margin, `pass` where it surely does not.

    Args:
        lost: The loss.
        margin: What may be lost.
        level: The error rate that this finding may spend.
    """
    from scipy.special import stdtrit

    said = {
        "kind": lost.kind,
        "name": lost.name,
        "against": lost.against,
        "margin": margin,
        "unit": _UNITS[lost.kind],
        "rows": lost.rows,
    }
    reason = lost.reason
    if reason is None and lost.rows is not None and lost.rows < _LEAST:
        reason = f"{lost.rows} rows judge it; {_LEAST} are needed"
    if reason is None and lost.loss == lost.standard_error == 0 and lost.rows is not None:
        # Nothing is said of how large a difference could be; only of how rare.
        share = 100 * (1 - 0.2 ** (1 / lost.rows))
        same = f"the same on all of {lost.rows:,} rows; a difference on more than {share:.2g} % of them would have been seen"
        return {**said, "verdict": "pass", "loss": 0.0, "interval": None, "reason": same}
    if reason is not None or lost.loss is None or not lost.standard_error:
        reason = reason or "nothing shows how it varies"
        return {**said, "verdict": "undetermined", "loss": lost.loss, "interval": None, "reason": reason}
    # A result that does not say how many items it has brings a standard error of its own.
    freedom = math.inf if lost.rows is None else lost.rows - 1
    reach = float(-stdtrit(freedom, level)) * lost.standard_error
    low, high = lost.loss - reach, lost.loss + reach
    word = "fail" if low > margin else "pass" if high <= margin else "undetermined"
    if word == "undetermined":
        away = abs(margin - lost.loss)
        needed = math.ceil(lost.rows * (reach / away) ** 2) if away > 0 and lost.rows else None
        more = f"; about {needed:,} rows would tell" if needed is not None and needed < 10**7 else ""
        reason = f"the loss lies between {low:.3g} and {high:.3g}, on both sides of its margin{more}"
    return {
        **said,
        "verdict": word,
        "loss": lost.loss,
        "standard_error": lost.standard_error,
        "interval": [low, high],
        "level": level,
        "smallest_loss_seen": margin + reach + _POWER * lost.standard_error,
        "reason": reason,
    }


def sum_up(findings: Sequence[dict[str, Any]]) -> Verdict:
    """The verdict over all findings of a look, at least one: the worst of theirs."""
    words = [found["verdict"] for found in findings]
    verdict = next((word for word in ("fail", "undetermined") if word in words), "pass")
    return Verdict(verdict=verdict, sentence=_sentence(verdict, findings), findings=tuple(findings))  # type: ignore[arg-type]


def _sentence(verdict: str, findings: Sequence[dict[str, Any]]) -> str:
    if verdict == "pass":
        seen = max(
            (found["smallest_loss_seen"] for found in findings if "smallest_loss_seen" in found), default=None
        )
        if seen is None:
            return f"Nothing changed: {findings[0]['reason']}"
        return f"What the model lost lies within its margins; a loss above {seen:.3g} would have been seen in four cases of five"
    worst = [found for found in findings if found["verdict"] == verdict]
    said = "; ".join(
        f"{found['name']}: {found['reason']}"
        if found["loss"] is None or verdict == "undetermined"
        else f"{found['name']}: {found['loss']:+.3f} {found['unit']} against {found['against']} (at least {found['interval'][0]:+.3f}, margin {found['margin']:g})"
        for found in worst[:4]
    )
    more = f" and {len(worst) - 4} more" if len(worst) > 4 else ""
    return (
        f"The model lost too much: {said}{more}" if verdict == "fail" else f"It cannot be known: {said}{more}"
    )
