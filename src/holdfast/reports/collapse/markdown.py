"""A bottle as Markdown, for a repository or a comment."""

from __future__ import annotations

from typing import TYPE_CHECKING

from holdfast.pages.inert import inert
from holdfast.reports.collapse import wording
from holdfast.reports.pen import Pen

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from holdfast.reports.collapse.contract import Collapse


def render(collapse: Collapse) -> str:
    """Render a bottle as Markdown (GitHub flavour). It quotes no row.

    Args:
        collapse: Plain data of `holdfast.collapse/1`.
    """
    pen = Pen(mask=True)
    shown = wording.kinds(collapse)
    lines = ["# Collapse in a bottle", "", f"**{pen.prose(wording.headline(collapse), 1_200)}**", ""]
    lines += [pen.prose(wording.setup(collapse), 900), ""]
    for course in collapse["courses"]:
        head = ["generation", "rows", "real", *(kind.short for kind in shown)]
        rows = [
            [
                str(one["generation"]),
                f"{one['rows']:,}",
                f"{one['real']:,}",
                *(kind.say(one) for kind in shown),
            ]
            for one in course["generations"]
        ]
        lines += [f"## {pen.prose(course['title'], 60)}", "", _grid(head, rows), ""]
        if course["generations"][-1]["halted"] is not None:
            lines += [pen.prose(f"The loop was {wording.stopped(course)}.", 300), ""]
    found = wording.missed(collapse)
    if found:
        lines += ["## What the planner foretold after generation 1", ""]
        lines += [f"- {pen.prose(wording.say_missed(one), 600)}" for one in found]
        lines.append("")
    lines += ["## Run it again", "", f"    {inert(wording.command(collapse), limit=600)}"]
    return "\n".join(lines) + "\n"


def _grid(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    lines = [head, ["---:"] * len(head), *rows]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines)
