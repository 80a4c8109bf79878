"""What may be shown: a report never holds texts that were asked to stay away, whatever it was given."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

if TYPE_CHECKING:
    from collections.abc import Mapping

    from holdfast.reports.preferences.contract import Found

_TEXTS = ("prompt", "response_a", "response_b")


def shown(found: Mapping[str, Any]) -> Found:
    """An audit without the texts of its pairs where `show_text` is false.

    Args:
        found: The audit as plain data; left as it is.
    """
    if found["show_text"]:
        return cast("Found", found)
    pairs = [{**pair, **dict.fromkeys(_TEXTS)} for pair in found["pairs"]]
    return cast("Found", {**found, "pairs": pairs})
