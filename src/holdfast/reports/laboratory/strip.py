"""The strip of a number: where it came out, on the bar of what would have been near enough.

The unit is the tolerance, so that all strips of a page can be compared: at the edge of the bar a number stops to hold.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from holdfast.reports.laboratory import wording
from holdfast.reports.svg import diamond, dot, element, line, picture

if TYPE_CHECKING:
    from markupsafe import Markup

    from holdfast.reports.laboratory.contract import Check, Trial

_WIDTH, _HEIGHT = 150.0, 26.0
_REACH = 1.6
"""Tolerances to either side that are drawn; what lies further off stands at the edge."""


def strip(check: Check) -> Markup:
    """Draw one number."""
    label = f"expected {wording.expected(check)}, measured {wording.measured(check)}, tolerance {wording.tolerance(check)}"
    low = -_REACH if check["relation"] == "at_most" else -1.0
    high = _REACH if check["relation"] == "at_least" else 1.0
    drawn = [*_ground(low, high)]
    at, error = _signed(check), check["standard_error"]
    if at is not None and error and check["tolerance"]:
        half = error / check["tolerance"]
        drawn.append(line(_x(at - half), _HEIGHT / 2, _x(at + half), _HEIGHT / 2, f"interval {_tone(check)}"))
    drawn.append(_mark(check, at))
    return picture(*drawn, width=_WIDTH, height=_HEIGHT, label=label, class_="strip tolerance")


def spread(trial: Trial) -> Markup:
    """Draw all numbers of an experiment on one bar; of one-sided ones, how far they lie on the wrong side."""
    drawn = [*_ground(-1.0, 1.0)]
    checks = sorted(trial["checks"], key=lambda check: not check["holds"])
    for check in checks:
        far = wording.off(check)
        sided = check["relation"] != "equals"
        at = far if sided or far is None else _signed(check)
        drawn.append(_mark(check, -at if at is not None and check["relation"] == "at_least" else at))
    label = f"{wording.tally(trial)} numbers hold"
    return picture(*drawn, width=_WIDTH, height=_HEIGHT, label=label, class_="strip tolerance all")


def _ground(low: float, high: float) -> list[Markup]:
    middle = _HEIGHT / 2
    return [
        line(0, middle, _WIDTH, middle, "axis"),
        element("rect", x=_x(low), y=middle - 8, width=_x(high) - _x(low), height=16, rx=2.5, class_="null"),
        line(_x(0.0), middle - 8, _x(0.0), middle + 8, "median"),
    ]


def _mark(check: Check, at: float | None) -> Markup:
    middle = _HEIGHT / 2
    if not check["holds"]:
        return diamond(_x(_REACH if at is None else at), middle, 6, "mark fail")
    return dot(_x(at or 0.0), middle, 4.6, "mark pass")


def _signed(check: Check) -> float | None:
    """How far it lies from what was expected, in tolerances; None where that has no place."""
    wanted, found, allowed = check["expected"], check["measured"], check["tolerance"]
    if wanted is None or found is None or allowed is None:
        return None
    if not allowed:
        return 0.0 if found == wanted else (_REACH if found > wanted else -_REACH)
    return (found - wanted) / allowed


def _tone(check: Check) -> str:
    return "plain" if check["holds"] else "fail"


def _x(at: float) -> float:
    kept = min(max(at, -_REACH), _REACH)
    return 7.0 + (kept + _REACH) / (2 * _REACH) * (_WIDTH - 14.0)
