"""The audit of a voice as one HTML file: the profile as a picture, every figure beside its control, no script, no network."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from holdfast.measures.reading import percent
from holdfast.reports import page
from holdfast.reports.html import prose
from holdfast.reports.voice import wording
from holdfast.reports.voice.pictures import profile_picture

if TYPE_CHECKING:
    from collections.abc import Mapping


def render(found: Mapping[str, Any]) -> str:
    """Render an audit as one self-contained HTML page.

    Args:
        found: Plain data of `holdfast.voice/1`.

    Returns:
        A complete HTML document without scripts, links or anything fetched from elsewhere. It holds no text of a record.
    """
    from holdfast.reports.drawings import badge

    environment = page.environment()
    environment.globals |= {"w": wording, "badge": badge, "picture": profile_picture, "percent": percent}
    environment.filters |= {"prose": prose, "minus": _minus}
    return environment.get_template("voice.html.j2").render(v=found, word=wording.WORDS[found["finding"]])


def _minus(text: str) -> str:
    """A real minus sign in numbers."""
    return text.replace("-", "\N{MINUS SIGN}")
