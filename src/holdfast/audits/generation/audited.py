"""The samples' audit as plain data: its verdict, and every reading beside its null."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from holdfast.audits.judge import Outcome
    from holdfast.audits.result import Audit

SCHEMA = "holdfast.evaluation.audit/1"


def plain_audit(audit: Audit | None, unread: str | None) -> dict[str, Any]:
    """An audit as plain data.

    Args:
        audit: The audit; None where no sample could be read.
        unread: Why there is none.
    """
    if audit is None:
        nothing = f"Undetermined: {unread}."
        return {
            "schema": SCHEMA,
            "verdict": "undetermined",
            "exit_code": 3,
            "sentence": nothing,
            "rows": 0,
            "judged_by": None,
            "readings": [],
            "causes": [],
        }
    return {
        "schema": SCHEMA,
        "verdict": audit.verdict,
        "exit_code": audit.exit_code,
        "sentence": audit.sentence,
        "rows": len(audit.sides.candidate),
        "judged_by": {"name": audit.anchor.name, "rows": len(audit.sides.anchor)},
        "readings": [_reading(outcome) for outcome in audit.outcomes],
        "causes": [{"id": cause.id, "title": cause.title, "state": cause.state} for cause in audit.causes],
    }


def _reading(outcome: Outcome) -> dict[str, Any]:
    reading = outcome.reading
    return {
        "name": outcome.measure.name,
        "title": outcome.measure.title,
        "unit": outcome.measure.unit,
        "verdict": outcome.verdict,
        "judged": outcome.measure.judged,
        "value": reading.value if reading else None,
        "null": asdict(reading.null) if reading else None,
        "interval": list(reading.interval) if reading and reading.interval else None,
        "effect": reading.effect if reading else None,
        "tolerance": outcome.tolerance,
        "p_value": reading.p_value if reading else None,
        "p_adjusted": outcome.p_adjusted,
        "reason": outcome.reason,
    }
