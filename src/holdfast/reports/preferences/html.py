"""The preference audit as one HTML file: made for the person who must convince a team. No script, no network."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from markupsafe import Markup

from holdfast.pages.inert import inert
from holdfast.reports import html as pages
from holdfast.reports import page
from holdfast.reports import wording as words
from holdfast.reports.preferences import facts, pictures, shown, wording

if TYPE_CHECKING:
    from collections.abc import Mapping

# A name with a digit and a hyphen or an at sign; nothing that escaping has put in begins so.
_MODEL = re.compile(r"(?<![\w.@/&#;-])(?=[\w.@/-]*\d)(?=[\w./]*[-@])[A-Za-z][\w.@/-]{1,37}\w(?![\w.@/-])")
CUT = 900
"""Characters of a response; beyond, a note says how long it is."""


def render(found: Mapping[str, Any]) -> str:
    """Render a preference audit as one self-contained HTML page.

    Everything that comes from a file is made inert and then escaped, also where the template forgets to ask.

    Args:
        found: The audit as plain data.

    Returns:
        A complete HTML document without scripts, links or anything fetched from elsewhere.
    """
    from holdfast.reports import drawings

    told = shown.shown(found)
    environment = page.environment()
    environment.globals |= {
        "w": wording,
        "words": words,
        "facts": facts,
        "draw": drawings,
        "pictures": pictures,
    }
    environment.filters |= {
        "prose": prose,
        "minus": wording.minus,
        "quote": _quote,
        "standing": wording.standing,
    }
    head, rest = _split(told["sentence"])
    return environment.get_template("preferences.html.j2").render(
        s=told,
        head=head,
        rest=rest,
        parts=facts.parts(told),
        tastes=facts.tastes(told),
        has=lambda *measures: bool(facts.of(told, *measures)),
        human_agreement=next(iter(facts.of(told, "human_agreement")), None),
        cut=CUT,
    )


def prose(value: str, limit: int = 400) -> Markup:
    """A sentence, in which neither a percentage, a flag nor the name of a model is torn.

    >>> str(prose("gpt-4o@2024 chose"))
    '<span class="nowrap">gpt-4o@2024</span> chose'
    """
    text = str(pages.prose(value, limit))
    return Markup(_MODEL.sub(r'<span class="nowrap">\g<0></span>', text))  # noqa: S704 - escaped before


def _split(sentence: str) -> tuple[str, str]:
    """The first sentence, and the rest."""
    first, stop, rest = sentence.partition(". ")
    return (f"{first}.", rest) if stop else (sentence, "")


def _quote(value: str) -> str:
    return inert(value, limit=CUT, lines=True)
