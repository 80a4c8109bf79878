"""The laboratory in the terminal: a table for each experiment, and a sentence."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from holdfast.pages.inert import inert
from holdfast.reports.columns import cells, cut, pad, wrap
from holdfast.reports.laboratory import wording
from holdfast.reports.wording import plain

if TYPE_CHECKING:
    from collections.abc import Sequence

    from holdfast.reports.laboratory.contract import Laboratory, Trial

_NARROWEST = 76
_HEAD = ("", "expected", "measured", "tolerance")
_NAME = 24
"""Cells that a name has at least; a longer one goes on in the next line."""

_SOURCE = 25
"""Cells that the source of an experiment has at least in the catalogue."""


class Listed(NamedTuple):
    """A line of the catalogue."""

    id: str
    title: str
    cost: str
    source: str
    extra: str | None = None


def render_catalogue(lines: Sequence[Listed], *, width: int = 100) -> str:
    """One line for each experiment: id, title, what it takes, where it comes from.

    Args:
        lines: The experiments.
        width: Columns to fill; what does not fit is cut.
    """
    name, title, cost = (max((cells(line[place] or "") for line in lines), default=0) for place in range(3))
    room = max(width, _NARROWEST) - name - cost - 6
    title = min(title, room - _SOURCE)
    rows = [
        f"{pad(line.id, name)}  {pad(line.title, title)}  {pad(line.cost, cost)}  "
        + cut(_basis(line, room - title), room - title)
        for line in lines
    ]
    return plain("".join(f"{row.rstrip()}\n" for row in rows))


def _basis(line: Listed, room: int) -> str:
    """What an experiment needs, if it is more than holdfast; then whom it rests on, as far as there is room."""
    if line.extra is None:
        return wording.named_source(line.source, room)
    needs = f"needs extra {line.extra}"
    both = f"{needs}; {wording.named_source(line.source, room - len(needs) - 2)}"
    return both if cells(both) <= room else needs


def render_trial(trial: Trial, *, width: int = 100, color: bool = False) -> str:
    """Render an experiment for a terminal.

    Args:
        trial: The experiment.
        width: Columns to fill; never fewer than 76.
        color: Colour what holds and what does not. Nothing is said by colour alone.
    """
    width = max(_NARROWEST, width)
    title = f"{inert(trial['id'], limit=20)}  {inert(trial['title'], limit=200)}"
    lines = wrap(title, width)
    if color:
        lines = [_paint(line, "1", color) for line in lines]
    lines += _table(trial, width, color=color)
    lines += wrap(inert(wording.sentence(trial), limit=700), width, first="  ")
    for note in trial["notes"]:
        lines += wrap(inert(note, limit=900), width, first="  note: ", rest="    ")
    return plain("\n".join(line.rstrip(" ") for line in lines) + "\n")


def render_end(laboratory: Laboratory, *, width: int = 100) -> str:
    """What the experiments that were run say together."""
    return plain(
        "\n".join(wrap(inert(wording.headline(laboratory), limit=700), max(_NARROWEST, width))) + "\n"
    )


def _table(trial: Trial, width: int, *, color: bool) -> list[str]:
    rows = [
        (
            inert(check["name"], limit=200),
            wording.expected(check),
            wording.measured(check),
            wording.tolerance(check),
            wording.state(check["holds"]),
        )
        for check in trial["checks"]
    ]
    if not rows:
        return []
    wide = [max(cells(row[place]) for row in (_HEAD, *rows)) for place in range(1, 4)]
    state = max(len(row[4]) for row in rows)
    room = width - 2 - sum(wide) - 2 * len(wide) - 2 - state
    name = max(_NAME, min(room, max(cells(row[0]) for row in rows)))
    lines = [_row(pad("", name), _HEAD[1:], wide, "")]
    for row in rows:
        first, *rest = wrap(row[0], name, rest="  ")
        word = _paint(row[4], "32" if row[4] == wording.HOLDS else "31", color)
        lines.append(_row(pad(first, name), row[1:4], wide, word))
        lines += [f"  {line}" for line in rest]
    return lines


def _row(name: str, numbers: Sequence[str], wide: Sequence[int], state: str) -> str:
    told = "".join(f"  {pad(text, cells_, right=True)}" for text, cells_ in zip(numbers, wide, strict=True))
    return f"  {name}{told}  {state}".rstrip()


def _paint(text: str, code: str, color: bool) -> str:  # noqa: FBT001 - private
    return f"\x1b[{code}m{text}\x1b[0m" if color and text else text
