"""The page of a bottle: what became of the user's rows, one HTML file, no script, no network."""

from __future__ import annotations

from typing import TYPE_CHECKING

from holdfast.pages.inert import inert
from holdfast.reports import page
from holdfast.reports.collapse import panels, wording
from holdfast.reports.html import prose

if TYPE_CHECKING:
    from holdfast.reports.collapse.contract import Collapse

_TEXT = 420
"""Characters that are shown of a text."""
_GROUPS = 60
"""Groups of the full table; the JSON form has all."""


def render(collapse: Collapse) -> str:
    """Render a bottle as one self-contained HTML page.

    Everything is made inert and then escaped: rows are the user's, and what models write of them is anybody's.

    Args:
        collapse: Plain data of `holdfast.collapse/1`.

    Returns:
        A complete HTML document without scripts or anything fetched from elsewhere.
    """
    environment = page.environment()
    environment.globals |= {"w": wording, "draw": panels}
    environment.filters |= {"prose": prose, "quote": _quote}
    shown = wording.shown_groups(collapse)
    return environment.get_template("collapse.html.j2").render(
        c=collapse,
        headline=wording.headline(collapse),
        kinds=wording.kinds(collapse),
        groups=shown,
        every=collapse["groups"][:_GROUPS],
        hidden=max(len(collapse["groups"]) - _GROUPS, 0),
        missed=wording.missed(collapse),
        titles={course["protocol"]: course["title"] for course in collapse["courses"]},
        advice=next((course for course in collapse["courses"] if course["advice"]), None),
        halted=[course for course in collapse["courses"] if course["generations"][-1]["halted"] is not None],
    )


def _quote(text: str) -> str:
    return inert(text, limit=_TEXT, lines=True)
