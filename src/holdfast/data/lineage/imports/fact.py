"""Facts: values on their way from somebody's row to a column of lineage."""

from __future__ import annotations

import math
from hashlib import sha256
from typing import TYPE_CHECKING, Any, Protocol

from holdfast.data.hashes import canonical_json

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from holdfast.data.rows import Row

Facts = dict[str, Any]
"""Values by column of lineage; what is not there is not known."""


class Origin(Protocol):
    """What one tool leaves behind, and how it is read.

    Attributes:
        name: The tool, as `--from` calls it.
    """

    name: str

    def recognise(self, rows: Sequence[Row], folder: Path | None) -> bool:
        """Whether the tool wrote these first rows, or the folder they stand in."""
        ...

    def facts_of(self, row: Row, read: frozenset[str], folder: Path | None) -> Facts:
        """What a row says about itself.

        Args:
            row: The row.
            read: The columns that its text was taken from.
            folder: Where its file stands.
        """
        ...


def text_of(value: Any) -> str | None:
    """A string, or None for whatever else stands there."""
    return value if isinstance(value, str) and value else None


def number_of(value: Any) -> float | None:
    """A finite number, or None."""
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        return None
    return float(value)


def whole_of(value: Any) -> int | None:
    """A whole number, or None."""
    found = number_of(value)
    return int(found) if found is not None and found.is_integer() and abs(found) < 2**53 else None


def texts_of(value: Any) -> list[str] | None:
    """Strings of a list, or None."""
    if isinstance(value, str):
        return [value]
    if not isinstance(value, list) or not all(isinstance(item, str) for item in value):
        return None
    return list(value)


def prompt_id(prompt: Any) -> str | None:
    """SHA-256 of a prompt, as distilabel counts it: of the string, or of the canonical JSON of its messages.

    >>> prompt_id("Hi")[:8]
    '3639efcd'
    """
    if isinstance(prompt, str) and prompt:
        return sha256(prompt.encode()).hexdigest()
    if isinstance(prompt, list) and prompt:
        return sha256(canonical_json(prompt)).hexdigest()
    return None


def known(facts: Facts) -> Facts:
    """Facts without those that are not known."""
    return {name: value for name, value in facts.items() if value is not None}
