"""Generations side by side as one HTML file: a small picture for every series, no script, no network."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from holdfast.reports import page
from holdfast.reports.history import pictures, wording
from holdfast.reports.html import prose

if TYPE_CHECKING:
    from collections.abc import Mapping

COLUMNS = 6
"""Generations whose figures stand in columns; of more, the first, and the newest."""
ROWS = 60
"""Series of a group that are drawn; the JSON form has them all."""
STRATA = 24
REFUSED = 60
_WORDS = {
    "pass": "NOTHING LOST",
    "warn": "LOST, AND REGAINED",
    "fail": "GROUND LOST",
    "undetermined": "UNDETERMINED",
}


def render(history: Mapping[str, Any]) -> str:
    """Render a history as one self-contained HTML page.

    Everything that comes from a file is made inert and then escaped, also where the template forgets to ask.

    Args:
        history: Plain data of `holdfast.history/1`.

    Returns:
        A complete HTML document without scripts, links or anything fetched from elsewhere.
    """
    from holdfast.reports.drawings import badge

    environment = page.environment()
    environment.globals |= {"w": wording, "draw": pictures, "badge": badge}
    environment.filters |= {"prose": prose, "minus": _minus, "capital": wording.capital}
    count = len(history["generations"])
    columns = list(range(count)) if count <= COLUMNS else [0, *range(count - COLUMNS + 1, count)]
    return environment.get_template("history.html.j2").render(
        h=history,
        word=_WORDS[history["verdict"]],
        columns=columns,
        hidden=count - len(columns),
        groups=[(key, *wording.GROUPS[key], rows) for key in wording.GROUPS if (rows := _rows(history, key))],
        dropped=_dropped(history),
        falling=[life for life in history["shares"] if life["alarms"] or life["state"] == "falls"],
        alarms=wording.alarms(history),
        refused=wording.refused(history),
        rows_shown=ROWS,
        strata_shown=STRATA,
        refused_shown=REFUSED,
    )


def _minus(text: str) -> str:
    """A real minus sign in numbers."""
    return text.replace("-", "\N{MINUS SIGN}")


def _rows(history: Mapping[str, Any], group: str) -> list[Mapping[str, Any]]:
    """The series of a group; where they are many, those that dropped come first."""
    rows = [series for series in history["series"] if series["group"] == group]
    if len(rows) > STRATA:
        rows.sort(key=lambda series: series["state"] != "dropped")
    return rows


def _dropped(history: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """Series in which the newest generation dropped, the surest first."""
    found = [series for series in history["series"] if series["state"] == "dropped"]
    return sorted(found, key=lambda series: series["points"][-1]["p_anytime"])
