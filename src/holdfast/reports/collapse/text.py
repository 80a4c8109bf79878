"""A bottle in the terminal: a sentence, and a table for each protocol."""

from __future__ import annotations

from typing import TYPE_CHECKING

from holdfast.pages.inert import inert
from holdfast.reports.collapse import wording
from holdfast.reports.columns import cells, pad, wrap
from holdfast.reports.wording import plain

if TYPE_CHECKING:
    from holdfast.reports.collapse.contract import Collapse, Course
    from holdfast.reports.collapse.wording import Kind

_NARROWEST = 76
_FIRST, _LEAST = 20, 14
"""Cells of the column that says which generation it is, and where there is little room."""


def render(collapse: Collapse, *, width: int = 100) -> str:
    """Render a bottle for a terminal.

    Args:
        collapse: Plain data of `holdfast.collapse/1`.
        width: Columns to fill; never fewer than 76.
    """
    width = max(_NARROWEST, width)
    shown = wording.kinds(collapse)
    lines = wrap(inert(wording.headline(collapse), limit=1_200), width)
    for course in collapse["courses"]:
        lines += ["", *_table(course, shown, width)]
        if course["generations"][-1]["halted"] is not None:
            lines += wrap(wording.stopped(course), width, first="  ")
    found = wording.missed(collapse)
    if found:
        lines += ["", "what the planner foretold after generation 1"]
        for one in found:
            lines += wrap(inert(wording.say_missed(one), limit=600), width, first="  ", rest="    ")
    return plain("\n".join(line.rstrip() for line in lines) + "\n")


def _table(course: Course, shown: list[Kind], width: int) -> list[str]:
    rows = [[kind.say(one) for kind in shown] for one in course["generations"]]
    wide = [max(cells(kind.short), *(cells(said[at]) for said in rows)) for at, kind in enumerate(shown)]
    # A narrow terminal gets narrower gaps and a shorter first column.
    tight = _FIRST + sum(wide) + 2 * len(wide) > width
    first, gap, start = (_LEAST, " ", "0 (real)") if tight else (_FIRST, "  ", "0 (real rows)")

    def told(name: str, said: list[str]) -> str:
        cells_ = (gap + pad(one, room, right=True) for one, room in zip(said, wide, strict=True))
        return pad(name, first) + "".join(cells_)

    return [
        told(inert(course["title"], limit=first), [kind.short for kind in shown]),
        *(told(f"  {start if at == 0 else at}", said) for at, said in enumerate(rows)),
    ]
