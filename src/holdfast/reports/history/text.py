"""Generations side by side, on a terminal."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from holdfast.pages.inert import inert
from holdfast.reports.columns import pad, wrap
from holdfast.reports.history import wording

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

_WORDS = {"pass": "HELD", "warn": "REGAINED", "fail": "LOST", "undetermined": "UNDETERMINED"}
_COLORS = {"pass": "32", "warn": "33", "fail": "31", "undetermined": "34"}
_TITLE, _CELL, _MOST = 34, 10, 5
_ROWS = 30
_SHARES = 12


def render(history: Mapping[str, Any], *, width: int = 100, color: bool = False) -> str:
    """Render a history as text.

    Args:
        history: Plain data of `holdfast.history/1`.
        width: Cells of a line.
        color: Whether the first word is coloured.
    """
    word = _WORDS[history["verdict"]]
    shown = f"\x1b[1;{_COLORS[history['verdict']]}m{word}\x1b[0m" if color else word
    lines = wrap(inert(history["sentence"]), width - len(word) - 2)
    out = [f"{shown}  {lines[0]}", *(" " * (len(word) + 2) + line for line in lines[1:])]
    out += _left_out(history, width)
    out += _tables(history, width)
    out += _shares(history, width)
    out += _refused(history, width)
    return "\n".join(out) + "\n"


def _tables(history: Mapping[str, Any], width: int) -> Iterator[str]:
    names = [entry["name"] for entry in history["generations"]]
    places = _places(len(names), width)
    for group, (title, _) in wording.GROUPS.items():
        rows = [series for series in history["series"] if series["group"] == group]
        if not rows:
            continue
        heads = " ".join(pad(inert(names[at]), _CELL, right=True) for at in places)
        yield ""
        yield f"{pad(title, _TITLE)} {heads}"
        rows.sort(key=lambda series: series["state"] != "dropped")
        for series in rows[:_ROWS]:
            cells = " ".join(_cell(series, at) for at in places)
            state = wording.STATES[series["state"]][1]
            yield f"{pad(_title(series), _TITLE)} {cells}  {state}"
            if series["state"] == "dropped":
                yield from wrap(inert(wording.change(series)), width, first="    ")
        if len(rows) > _ROWS:
            yield f"and {len(rows) - _ROWS:,} more"


def _places(generations: int, width: int) -> list[int]:
    """The first and the newest: the others are on the page and in the JSON form."""
    room = max(1, min(_MOST, (width - _TITLE - 16) // (_CELL + 1)))
    return [0, *range(max(1, generations - room + 1), generations)]


def _left_out(history: Mapping[str, Any], width: int) -> list[str]:
    names = [entry["name"] for entry in history["generations"]]
    places = _places(len(names), width)
    hidden = [inert(name, limit=_TITLE) for at, name in enumerate(names) if at not in places]
    if not hidden:
        return []
    return wrap(f"Not shown here: {', '.join(hidden)}. --report and --json have every generation.", width)


def _title(series: Mapping[str, Any]) -> str:
    told = series["task"] if series["unit"] else f"{series['task']} ({series['metric']})"
    return inert(told, limit=_TITLE)


def _cell(series: Mapping[str, Any], at: int) -> str:
    point = series["points"][at]
    text = wording.NONE if point is None else wording.value(point["value"], percent=series["percent"])
    return pad(text, _CELL, right=True)


def _shares(history: Mapping[str, Any], width: int) -> Iterator[str]:
    rows = history["shares"]
    if not rows:
        return
    yield ""
    yield "How long strata last"
    for life in rows[:_SHARES]:
        mark = "falls  " if life["state"] == "falls" else "grows  " if life["state"] == "grows" else "       "
        name = inert(life["stratum"], limit=26)
        yield from wrap(life["sentence"], width, first=f"{mark}{pad(name, 26)}  ", rest=" " * 35)
    if len(rows) > _SHARES:
        yield f"and {len(rows) - _SHARES:,} more"


def _refused(history: Mapping[str, Any], width: int) -> Iterator[str]:
    pairs = wording.refused(history)
    last = history["generations"][-1]["name"]
    pairs = [pair for pair in pairs if pair["later"] == last]
    if not pairs:
        return
    yield ""
    yield "Not compared"
    for pair in pairs[:_SHARES]:
        what = ", ".join(pair["series"][:3]) + (
            f" and {len(pair['series']) - 3} more" if len(pair["series"]) > 3 else ""
        )
        said = f"{pair['later']} with {pair['earlier']} in {what}: {'; '.join(pair['reasons'])}"
        yield from wrap(inert(said), width, first="- ")
    if len(pairs) > _SHARES:
        yield f"and {len(pairs) - _SHARES:,} more"
