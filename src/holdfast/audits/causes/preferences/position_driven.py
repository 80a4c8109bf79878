"""Labels driven by position."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar


@dataclass(frozen=True, slots=True)
class PositionDriven:
    """The verdict follows the order in which the responses were shown, not what they say."""

    name: ClassVar[str] = "position_driven"
    title: ClassVar[str] = "Labels driven by position"
    measures: ClassVar[tuple[str, ...]] = ("position",)
    sentence: ClassVar[str] = (
        "The verdict follows the order in which the responses were shown, not what they say."
    )
    do: ClassVar[str] = (
        "Ask in both orders and keep the pairs whose verdict holds (holdfast curate, filter swapped)."
    )
