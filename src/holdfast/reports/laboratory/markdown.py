"""The laboratory as tables of Markdown, for a repository or a comment."""

from __future__ import annotations

from typing import TYPE_CHECKING

from holdfast.reports.laboratory import wording
from holdfast.reports.pen import Pen

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from holdfast.reports.laboratory.contract import Check, Laboratory, Trial


def render(laboratory: Laboratory) -> str:
    """Render experiments as Markdown (GitHub flavour).

    Args:
        laboratory: Plain data of `holdfast.laboratory/1`; one experiment at least.
    """
    pen = Pen(mask=False)
    trials = laboratory["experiments"]
    lines = ["# Published results, run again", "", f"**{pen.prose(wording.headline(laboratory), 700)}**", ""]
    head = ["", "experiment", "numbers that hold", ""]
    rows = [
        [
            pen.prose(trial["id"], 20),
            pen.prose(trial["title"], 200),
            wording.tally(trial),
            _state(trial["holds"]),
        ]
        for trial in trials
    ]
    lines += [_grid(head, rows), "", wording.RULE, ""]
    for trial in trials:
        lines += _trial(trial, pen)
    lines += ["## Run it again", "", *(f"    {command}" for command in wording.command_of_all(laboratory))]
    return "\n".join(lines) + "\n"


def _trial(trial: Trial, pen: Pen) -> list[str]:
    head = ["", "expected", "measured", "tolerance", ""]
    rows = [_cells(check, pen) for check in trial["checks"]]
    return [
        f"## {pen.prose(trial['id'], 20)}: {pen.prose(trial['title'], 200)}",
        "",
        f"*{pen.prose(trial['question'], 600)}*",
        "",
        pen.prose(trial["setup"], 1_500),
        "",
        _grid(head, rows),
        "",
        pen.prose(wording.sentence(trial), 700),
        "",
        *(line for note in trial["notes"] for line in (f"Note: {pen.prose(note, 900)}", "")),
        f"Source: {pen.prose(trial['source'], 900)}",
        "",
    ]


def _cells(check: Check, pen: Pen) -> list[str]:
    return [
        pen.prose(check["name"], 200),
        wording.expected(check),
        wording.measured(check),
        wording.tolerance(check),
        _state(check["holds"]),
    ]


def _state(holds: bool) -> str:  # noqa: FBT001 - private
    return "holds" if holds else "**does not hold**"


def _grid(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines)
