"""Numbers as harnesses write them: `"N/A"`, NaN and numbers in quotes are read without surprise."""

from __future__ import annotations

import json
import math
from typing import TYPE_CHECKING, Any

from holdfast.errors import InputError

if TYPE_CHECKING:
    from pathlib import Path


def number(value: Any) -> float | None:
    """A finite number, or None: NaN, `"N/A"` and what is no number say nothing.

    >>> number("0.5"), number("N/A"), number(float("nan")), number(True), number(3)
    (0.5, None, None, 1.0, 3.0)
    """
    if not isinstance(value, bool | int | float | str):
        return None
    try:
        found = float(value)
    except (ValueError, OverflowError):
        return None
    return found if math.isfinite(found) else None


def whole(value: Any) -> int | None:
    """A whole number, or None.

    >>> whole(100), whole("100"), whole(None), whole(0.5)
    (100, 100, None, None)
    """
    found = number(value)
    return int(found) if found is not None and found == int(found) else None


def table(value: Any) -> dict[str, Any]:
    """A mapping, or an empty one where the file has something else there.

    >>> table({"a": 1}), table(None), table("N/A")
    ({'a': 1}, {}, {})
    """
    return value if isinstance(value, dict) else {}


def beside(place: Path) -> bool:
    """Whether a file is there; a name that no file can have is none."""
    try:
        return place.is_file()
    except (OSError, ValueError):
        return False


def read_json(file: Path) -> Any:
    """A JSON file; NaN, which harnesses write and JSON does not have, is read.

    Raises:
        InputError: It cannot be read.
    """
    try:
        return json.loads(file.read_text(encoding="utf-8"))
    except OSError as error:
        raise InputError(f"cannot be read: {error.strerror or error}", where=str(file)) from error
    except (ValueError, RecursionError) as error:
        raise InputError(f"is no JSON: {error}", where=str(file)) from error


def json_lines(file: Path) -> list[dict[str, Any]]:
    """The objects of a JSON Lines file.

    Raises:
        InputError: A line is none; it is named.
    """
    found = []
    try:
        with file.open(encoding="utf-8") as handle:
            for at, line in enumerate(handle, start=1):
                if not line.strip():
                    continue
                try:
                    row = json.loads(line)
                except (ValueError, RecursionError) as error:
                    raise InputError(f"is no JSON: {error}", where=f"{file}:{at}") from error
                if not isinstance(row, dict):
                    raise InputError("is no object", where=f"{file}:{at}")
                found.append(row)
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(f"cannot be read: {error}", where=str(file)) from error
    return found
