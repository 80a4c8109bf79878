"""The preference audit as JSON: the plain data themselves, by the rules of every other JSON form."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from holdfast.reports.jsonfile import render_plain
from holdfast.reports.preferences.shown import shown

if TYPE_CHECKING:
    from collections.abc import Mapping


def render(found: Mapping[str, Any]) -> str:
    """Render a preference audit as JSON.

    Args:
        found: The audit as plain data.

    Raises:
        ValueError: A number is NaN or infinite; the message says where.
    """
    return render_plain(shown(found))
