"""A brand audit as one HTML file: no script, no network."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from holdfast.measures.reading import percent
from holdfast.reports import page
from holdfast.reports import wording as words
from holdfast.reports.brand import pictures, wording
from holdfast.reports.html import prose

if TYPE_CHECKING:
    from collections.abc import Mapping

_WORDS = {"pass": "VOICE KEPT", "warn": "VOICE MOVED", "undetermined": "UNDETERMINED"}


def render(found: Mapping[str, Any]) -> str:
    """Render a brand audit as one self-contained HTML page.

    Everything that comes from a file is made inert and then escaped, also where the template forgets to ask.

    Args:
        found: Plain data of `holdfast.brand/1`.

    Returns:
        A complete HTML document without scripts, links or anything fetched from elsewhere.
    """
    from holdfast.reports.drawings import badge

    environment = page.environment()
    environment.globals |= {
        "w": wording,
        "words": words,
        "draw": pictures,
        "badge": badge,
        "percent": percent,
    }
    environment.filters |= {"prose": prose}
    first, _, rest = found["sentence"].partition(". ")
    return environment.get_template("brand.html.j2").render(
        b=found, word=_WORDS[found["verdict"]], first=f"{first.rstrip('.')}.", rest=rest
    )
