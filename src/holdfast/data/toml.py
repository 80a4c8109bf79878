"""TOML files of ours, read strictly: a key that nobody knows is an error, not a wish that is not heard."""

from __future__ import annotations

import tomllib
from typing import TYPE_CHECKING, Any

from holdfast.errors import InputError, unknown

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path


def read_toml(file: Path, kind: str) -> tuple[str, dict[str, Any]]:
    """A file's text, and what it says.

    Args:
        file: The file.
        kind: What it is, for errors.

    Raises:
        InputError: It cannot be read, or is no TOML.
    """
    try:
        written = file.read_text(encoding="utf-8")
        return written, tomllib.loads(written)
    except FileNotFoundError:
        raise InputError(
            f"there is no such {kind}", where=str(file), do="Give the path of a TOML file"
        ) from None
    except UnicodeDecodeError as error:
        raise InputError("is no text in UTF-8", where=str(file), do=f"Give a {kind} in TOML") from error
    except OSError as error:
        raise InputError(
            f"cannot be read: {(error.strerror or str(error)).lower()}", where=str(file)
        ) from error
    except tomllib.TOMLDecodeError as error:
        raise InputError(f"is no TOML: {error}", where=str(file)) from error


def check_known(values: Mapping[str, Any], names: Sequence[str], where: str) -> None:
    """Refuses keys that are none of the names.

    Raises:
        InputError: One is; the nearest name is told.
    """
    for name in values:
        if name not in names:
            raise InputError(str(unknown("key", name, list(names))), where=where)


def text_of(values: Mapping[str, Any], name: str, where: str) -> str | None:
    """A text, or None where the key is not there.

    Raises:
        InputError: It is no text.
    """
    value = values.get(name)
    if value is not None and not isinstance(value, str):
        raise InputError(f"{name} is a text", where=where)
    return value


def whole_of(values: Mapping[str, Any], name: str, where: str, *, least: int) -> int | None:
    """A whole number, or None where the key is not there.

    Raises:
        InputError: It is none, or is below the least.
    """
    value = values.get(name)
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int) or value < least:
        raise InputError(f"{name} is a whole number of at least {least}", where=where)
    return value


def word_of(values: Mapping[str, Any], name: str, words: Sequence[str], where: str) -> str:
    """One of some words; the first where the key is not there.

    Raises:
        InputError: It is another one; the nearest is told.
    """
    value = values.get(name, words[0])
    if value not in words:
        raise InputError(str(unknown(f"value for {name}", str(value), list(words))), where=where)
    return str(value)


def flag_of(values: Mapping[str, Any], name: str, where: str) -> bool:
    """True or false; false where the key is not there.

    Raises:
        InputError: It is neither.
    """
    value = values.get(name, False)
    if not isinstance(value, bool):
        raise InputError(f"{name} is true or false", where=where)
    return value
