"""The self-test in the terminal: the answer, one line for each loss, and what is not seen."""

from __future__ import annotations

from typing import TYPE_CHECKING

from holdfast.pages.inert import inert
from holdfast.reports.blindness import wording
from holdfast.reports.columns import cells, pad, wrap
from holdfast.reports.wording import count, hold, level, plain, share, share_interval

if TYPE_CHECKING:
    from holdfast.reports.blindness.contract import Blindness, Curve

BLIND = "What it does not see, sees late or calls out wrongly"
_NARROWEST = 60
_COLORS = {"pass": "32", "fail": "31", "undetermined": "36"}


def render(test: Blindness, *, width: int = 100, color: bool = False) -> str:
    """Render a self-test for a terminal.

    Args:
        test: The self-test.
        width: Columns to fill; never fewer than 60.
        color: Colour what is seen and what is not. Nothing is said by colour alone.
    """
    width = max(_NARROWEST, width)
    lines: list[str] = []
    if not test["complete"]:
        lines += [*wrap("Interrupted: what follows is known from the audits that were made.", width), ""]
    lines += wrap(hold(inert(test["sentence"], limit=900)), width)
    lines += ["", *_table(test, width, color=color), ""]
    fresh = test["fresh"]
    if fresh["audits"]:
        warned = sorted(fresh["warned_by"].items(), key=lambda item: -item[1])
        names = ", ".join(test["measures"].get(name, name) for name, _ in warned[:3])
        by = f", warnings from {names}" if warned else ""
        said = (
            f"Fresh real rows, the control: {wording.tally(fresh)}{by}; with so few audits the true share of "
            f"false alarms may be {share_interval(fresh['interval'])}."
        )
        lines += wrap(hold(said), width)
    for title, said_lines in (
        (BLIND, test["blind"]),
        ("What no self-test on these rows can show", test["always_blind"]),
        ("How it was done", how(test)),
    ):
        if said_lines:
            lines += ["", _paint(title, "1", color)]
            for line in said_lines:
                lines += wrap(hold(inert(line, limit=600)), width, first="  - ")
    return plain("\n".join(line.rstrip(" ") for line in lines) + "\n")


def how(test: Blindness) -> list[str]:
    """How it was done."""
    settings = test["settings"]
    real = test["real"]
    strata = f", {count(real['strata'])} strata from {real['label_column']!r}" if real["strata"] else ""
    return [
        f"{real['name']}: {count(real['rows'])} rows, text from {real['text_column']!r}{strata}. Rows that repeat each other "
        "almost word for word are never parted.",
        f"Every repeat deals the rows anew: about {count(settings['anchor_rows'])} anchor, {count(settings['candidate_rows'])} "
        f"candidate, {count(settings['candidate_rows'])} in reserve for what a loss leaves open.",
        f"{settings['repeats']} repeats of each dose, twice as many of fresh real rows; “seen” is four audits of five that fail, "
        "interpolated between doses; intervals are exact binomial.",
        f"Every audit at {level(settings['alpha'])} family-wise with {count(settings['draws'])} draws, seed "
        f"{settings['seed']}. Doses are not tried below one at which no audit failed or warned, nor above one that all failed.",
        *real["notes"],
    ]


def _table(test: Blindness, width: int, *, color: bool) -> list[str]:
    curves = wording.order(test)
    doses = sorted({point["dose"] for curve in curves for point in curve["points"]})
    wide = max(cells(curve["title"]) for curve in curves)
    column = max([16, *(len(wording.standing(curve)) for curve in curves)])
    head = "".join(pad(f"dose {dose:g}", 10, right=True) for dose in doses)
    lines = [f"{pad('', wide)}  {pad('seen from', column)}{head}"]
    for curve in curves:
        cells_ = "".join(pad(_cell(curve, dose), 10, right=True) for dose in doses)
        name = f"{pad(curve['title'], wide)}  "
        lines.append(
            f"{name}{_paint(pad(wording.standing(curve), column), _COLORS[wording.tone(curve)], color)}{cells_}"
        )
        for said in _under(test, curve):
            lines += wrap(hold(said), width, first="    ")
    return lines


def _cell(curve: Curve, dose: float) -> str:
    point = next((point for point in curve["points"] if point["dose"] == dose), None)
    if point is None and curve["planted"] and dose in curve["not_tried"]:
        return "(all)" if wording.answered(curve, dose) else "(none)"
    if point is None or not point["audits"]:
        return "-"
    return f"{point['failed']}/{point['audits']}"


def _under(test: Blindness, curve: Curve) -> list[str]:
    if not curve["planted"]:
        return []
    top = curve["points"][-1]
    said = f"dose {top['dose']:g}: {share(top['amount'])} {curve['unit']}"
    if curve["seen_by"]:
        return [f"{said}; {wording.saw(curve).lower()} {wording.eyes(test, curve)}"]
    if curve["harmless"]:
        return [f"{said}; harmless, and should fail nowhere"]
    loud = [test["measures"].get(name, name) for name in top["warned_by"]]
    return [f"{said}; {'warned of by ' + ', '.join(loud[:3]) if loud else 'no measure stirred'}"]


def _paint(text: str, code: str, color: bool) -> str:  # noqa: FBT001 - private
    return f"\x1b[{code}m{text}\x1b[0m" if color and text else text
