"""The report one would show to a colleague: one HTML file, no script, no network."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from markupsafe import Markup, escape

from holdfast.pages.inert import inert
from holdfast.reports import page, why, wording
from holdfast.reports.extent import KEPT

if TYPE_CHECKING:
    from holdfast.reports.summary import Summary

STRATA_LISTED = 1_000
"""Rows of the full table of strata; beyond this the JSON form has them all."""

IDS_LISTED = 200
"""Record ids listed in a finding."""

EXAMPLES_SHOWN = 12
_FLAG = re.compile(r"(?<![\w-])--[a-z][a-z-]*")
_WORTH = re.compile(r"((?:are worth|as much as) )((?:at least )?[\d,]+)((?: fresh)? real rows)")
TEXT_SHOWN = 700
UNCOVERED_SHOWN = 9


def render(summary: Summary) -> str:
    """Render an audit as one self-contained HTML page.

    Everything that comes from a file is made inert and then escaped, also where the template forgets to ask.

    Args:
        summary: The audit.

    Returns:
        A complete HTML document without scripts, links or anything fetched from elsewhere.
    """
    from holdfast.reports import drawings, strata_picture, worth_picture

    environment = page.environment()
    environment.globals |= {"w": wording, "why": why, "draw": drawings, "worth": worth_picture}
    environment.filters |= {
        "quote": _quote,
        "minus": _minus,
        "prose": prose,
        "figures": _figures,
        "standing": wording.standing,
    }
    table = summary["strata"]["table"]
    head, rest = wording.split(summary)
    return environment.get_template("report.html.j2").render(
        s=summary,
        head=head,
        rest=rest,
        shown_uncovered=wording.spread(summary["worth"]["uncovered"], UNCOVERED_SHOWN)
        if summary["worth"]
        else [],
        short=wording.short(summary),
        has_bound=wording.has_bound(summary),
        lost=wording.lost(summary),
        losing=wording.losing(summary),
        kept=KEPT,
        titles={found["title"] for found in (*summary["findings"], *summary["readings"])},
        when=summary["created_at"].replace("T", " ").removesuffix("Z"),
        pictures=[strata_picture.strata_picture(table, narrow=narrow) for narrow in (False, True)]
        if table
        else [],
        named_rows=len(table) <= strata_picture.NAMED_ROWS,
        drawn=len(strata_picture.drawn_strata(table)),
        strata_listed=STRATA_LISTED,
        ids_listed=IDS_LISTED,
        examples_shown=EXAMPLES_SHOWN,
    )


def _quote(value: str) -> str:
    return inert(value, limit=TEXT_SHOWN, lines=True)


def _minus(value: str) -> str:
    """A real minus sign in numbers."""
    return value.replace("-", "\N{MINUS SIGN}")


def _figures(value: Markup) -> Markup:
    """A headline, in which the worth stands out."""
    return Markup(_WORTH.sub(r'\1<span class="number"><b>\2</b>\3</span>', str(value)))  # noqa: S704 - escaped before


def prose(value: str, limit: int = 400) -> Markup:
    """A sentence, in which neither a percentage nor a flag is torn."""
    text = str(
        escape(wording.hold(inert(value, limit=limit)))
    )  # in a Markup, the tags put in would be escaped, too
    return Markup(_FLAG.sub(r'<code class="nowrap">\g<0></code>', text))  # noqa: S704 - escaped above
