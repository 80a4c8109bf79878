"""Wording of a self-test: one place for the words that the terminal and the page share."""

from __future__ import annotations

from typing import TYPE_CHECKING

from holdfast.reports.wording import share

if TYPE_CHECKING:
    from holdfast.reports.blindness.contract import Blindness, Curve, Point


def order(test: Blindness) -> list[Curve]:
    """What is not seen comes first, then what is seen late; controls last."""
    return sorted(test["losses"], key=_rank)


def _rank(curve: Curve) -> tuple[bool, bool, float]:
    smallest = curve["smallest_dose"]
    return curve["harmless"], not curve["planted"], -(2.0 if smallest is None else smallest)


def standing(curve: Curve) -> str:
    """From which amount on a loss is seen, in a few words.

    >>> standing({"planted": False, "needs_labels": True, "points": []})
    'needs labels'
    """
    if not curve["planted"]:
        return "needs labels" if curve["needs_labels"] and not curve["points"] else "not planted"
    if curve["harmless"]:
        failed = sum(point["failed"] for point in curve["points"])
        return f"failed {failed} of {sum(point['audits'] for point in curve['points'])}"
    if curve["smallest_amount"] is None:
        return "not seen"
    amount = share(curve["smallest_amount"])
    return f"{amount} or less" if curve["at_most"] else f"about {amount}"


def tone(curve: Curve) -> str:
    """The colour: `fail` for a blind spot, `pass` for what is seen, `undetermined` for what was not planted."""
    if not curve["planted"]:
        return "undetermined"
    if curve["harmless"]:
        return "fail" if any(point["failed"] for point in curve["points"]) else "pass"
    return "pass" if curve["seen"] else "fail"


def eyes(test: Blindness, curve: Curve, most: int = 3) -> str:
    """Titles of the measures that saw it."""
    names = [test["measures"].get(name, name) for name in curve["seen_by"]]
    more = f" and {len(names) - most} more" if len(names) > most else ""
    return ", ".join(names[:most]) + more


def answered(curve: Curve, dose: float) -> float:
    """What stands for a dose that was not tried: the share of the smaller dose that all failed, else 0."""
    plain = [point["dose"] for point in curve["points"] if point["share"] == 1.0]
    return 1.0 if plain and min(plain) < dose else 0.0


def saw(curve: Curve) -> str:
    """What introduces the measures: a loss that is not seen may still have failed once."""
    return "Seen by" if curve["seen"] and not curve["harmless"] else "Failed by"


def tally(point: Point) -> str:
    """What became of the audits of one dose.

    >>> tally({"audits": 4, "failed": 2, "warned": 1, "undetermined": 1})
    '2 of 4 failed, 1 warned, 1 undetermined'
    """
    rest = [f"{point[kind]} {kind}" for kind in ("warned", "undetermined") if point[kind]]
    return ", ".join([f"{point['failed']} of {point['audits']} failed", *rest])
