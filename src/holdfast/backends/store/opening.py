"""Opening the store: where it is, and how large it may be."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

from holdfast.backends.store.store import Store
from holdfast.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Callable

WHERE = "HOLDFAST_STORE"
SIZE = "HOLDFAST_STORE_GB"
OFF = "off"
_GB = 10.0
_GIGABYTE = 10**9


def open_store(said: str | None = None, *, tell: Callable[[str], None] = lambda _: None) -> Store:
    """The store; a folder that cannot be used is told once, and then nothing is kept.

    Args:
        said: A folder, or `off`; where nothing is said, `HOLDFAST_STORE` says it, else it is `holdfast` in the user's cache folder.
        tell: Called with a sentence when nothing can be kept.

    Raises:
        UsageError: `HOLDFAST_STORE_GB` is no number.

    >>> open_store("off").on
    False
    """
    bound = _bound()
    folder = find_folder(said, tell=tell)
    return Store(folder, bound=bound, tell=tell)


def find_folder(said: str | None = None, *, tell: Callable[[str], None] = lambda _: None) -> Path | None:
    """Where the store is, whether it is there yet or not; None where nothing is kept.

    Args:
        said: As for `open_store`.
        tell: Called with a sentence when there is no place for one.
    """
    where = said or os.environ.get(WHERE) or ""
    if where.strip().lower() == OFF:
        return None
    folder = Path(where).expanduser() if where else _usual()
    if folder is None:
        tell("no store is kept: there is no home folder")
        return None
    return folder.absolute()


def _usual() -> Path | None:
    named = os.environ.get("XDG_CACHE_HOME", "")
    # A path that is not absolute is to be ignored (XDG Base Directory Specification).
    if named and Path(named).is_absolute():
        return Path(named) / "holdfast"
    try:
        return Path.home() / ".cache" / "holdfast"
    except RuntimeError:
        return None


def _bound() -> int:
    said = os.environ.get(SIZE, "")
    try:
        size = float(said) if said else _GB
    except ValueError:
        size = 0.0
    if not 0.0 < size <= 10**6:
        raise UsageError(f"is a number of gigabytes above 0, not {said!r:.40}", where=SIZE)
    return int(size * _GIGABYTE)
