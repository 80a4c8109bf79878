"""Plain: curves as plain data."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from holdfast.lab.blindness.curves import Curve, Point


def plain_point(point: Point, amount: float) -> dict[str, Any]:
    """All trials of one dose."""
    return {
        "dose": point.dose,
        "amount": amount,
        "audits": len(point),
        "failed": point.failed,
        "warned": point.count("warn"),
        "undetermined": point.count("undetermined"),
        "share": point.share,
        "interval": point.interval,
        "failed_by": point.seen_by,
        "warned_by": point.warned_by,
        "reason": point.unplanted or next((t.reason for t in point.trials if t.reason), None),
    }


def plain_curve(curve: Curve) -> dict[str, Any]:
    """One loss."""
    loss, threshold = curve.loss, curve.threshold
    return {
        "loss": loss.name,
        "title": loss.title,
        "unit": loss.unit,
        "harmless": loss.harmless,
        "needs_labels": loss.needs_labels,
        "planted": bool(curve.known),
        "seen": None if not curve.known else threshold is not None,
        "smallest_dose": threshold.dose if threshold else None,
        "smallest_amount": loss.amount(threshold.dose) if threshold else None,
        "at_most": threshold.at_most if threshold else False,
        "seen_by": list(curve.seen_by),
        "points": [plain_point(point, loss.amount(point.dose)) for point in curve.points],
        "not_tried": list(curve.spared) if curve.known else [],
    }
