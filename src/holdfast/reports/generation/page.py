"""A generation as one HTML file: why it ended, what it is worth, and the rows themselves. No script, no network."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from holdfast.pages.inert import inert
from holdfast.reports import page
from holdfast.reports import wording as words
from holdfast.reports.generation import pictures, plots, prompts, wording
from holdfast.reports.generation.summarise import summarise
from holdfast.reports.html import prose

if TYPE_CHECKING:
    from collections.abc import Mapping

    from holdfast.reports.generation.contract import Effect

CUT = 600
"""Characters of a row that are shown."""
_LISTED = 1_000


def render(found: Mapping[str, Any]) -> str:
    """Render a generation as one self-contained HTML page.

    Everything that comes from rows, models and servers is made inert and then escaped, also where the template forgets to ask.

    Args:
        found: What `generate` said, as plain data (`dataclasses.asdict` of it, or what `generation.json` holds).

    Returns:
        A complete HTML document without scripts, links or anything fetched from elsewhere.
    """
    from holdfast.reports.drawings import badge
    from holdfast.version import __version__

    told = summarise(found)
    environment = page.environment()
    environment.globals |= {
        "w": wording,
        "words": words,
        "badge": badge,
        "draw": pictures,
        "plots": plots,
        "lines": prompts.lines,
        "likeness": prompts.likeness,
        "besides": prompts.beside,
    }
    environment.filters |= {
        "prose": prose,
        "minus": _minus,
        "quote": _quote,
        "standing": words.standing,
        "capital": words.capital,
        "minus_signs": _minus_signs,
        "arms_kept": lambda arms: [(arm["name"], arm["kept"]) for arm in arms],
        "by_outcome": _by_outcome,
        "stop": _stop,
    }
    looks = [look for look in (told["before"], told["after"]) if look is not None]
    return environment.get_template("generation.html.j2").render(
        g=told,
        looks=looks,
        cut=CUT,
        listed=_LISTED,
        version=__version__,
        seed=(found.get("asked") or {}).get("seed"),
    )


def _minus(text: str) -> str:
    """A real minus sign in numbers."""
    return text.replace("-", "\N{MINUS SIGN}")


def _minus_signs(sentence: str) -> str:
    """A sentence in which signed numbers have real minus signs."""
    return re.sub(r"(?<![\w-])-(?=\d)", "\N{MINUS SIGN}", sentence)


def _stop(sentence: str) -> str:
    """A line that ends with a full stop; it may begin with a parameter's name, which has no capital."""
    return sentence if sentence.endswith((".", "!", "?", "…")) else f"{sentence}."


def _by_outcome(effects: list[Effect]) -> list[tuple[str, list[Effect]]]:
    names = dict.fromkeys(one["outcome"] for one in effects)
    return [(name, [one for one in effects if one["outcome"] == name]) for name in names]


def _quote(text: str) -> str:
    return inert(text, limit=CUT, lines=True)
