"""Keeping: what was read of a block is kept with what it was read by, and read again only where that has changed.

Nearly everything that is read of a row depends on the row and on the anchor. What depends on other rows of the set, such as the tenth of the
set that a row belongs to, is a few columns by row. They are kept beside the facts: of a set that grew, they change in few rows of a block,
and those rows alone are read again.
"""

from __future__ import annotations

from dataclasses import dataclass
from hashlib import sha256
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from numpy.typing import NDArray

    from holdfast.backends.store import Key, Store
    from holdfast.views.view import Facts, Merge

    Columns = Mapping[str, NDArray[Any]]

_BY = "by "
"""Before the names of columns that facts were read by."""
WORTH_IT = 0.1
"""Share of rows up to which rows that changed are read alone."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    """Facts, and what they were read by.

    Attributes:
        by: Columns of the rows.
        facts: The facts.
    """

    by: Columns
    facts: Facts


def get(store: Store, key: Key, by: Columns, merges: Mapping[str, Merge]) -> Kept | None:
    """What is kept under a key, if it has these columns and facts."""
    found = store.get(key)
    if found is None or set(found) != {*(_BY + name for name in by), *merges}:
        return None
    return Kept(
        by={name: found[_BY + name] for name in by},
        facts={name: found[name] for name in merges},
    )


def put(store: Store, key: Key, kept: Kept) -> None:
    """Keep facts."""
    store.put(key, {**{_BY + name: column for name, column in kept.by.items()}, **kept.facts})


def changed_rows(before: Columns, now: Columns) -> NDArray[np.int64] | None:
    """int64, the rows in which columns by row differ; None where they are not the same columns of the same rows."""
    found = None
    for name, column in now.items():
        old = before.get(name)
        if old is None or old.dtype != column.dtype or old.shape != column.shape:
            return None
        differ = old != column
        found = differ if found is None else found | differ
    return np.empty(0, np.int64) if found is None else np.flatnonzero(found)


def read_kept(
    store: Store,
    key: Key | None,
    by: Columns,
    merges: Mapping[str, Merge],
    read: Callable[[NDArray[np.int64] | None, Columns], Facts],
) -> Facts:
    """Facts of a block by row: kept ones, where few rows have changed with those read again.

    Args:
        store: Where they are kept.
        key: What they are kept under: all they depend on besides `by`. None where they are not.
        by: Columns by row that they depend on.
        merges: Their columns. Where one is not by row, a change has all of them read again.
        read: Reads some rows, or with None all of them, by these columns.
    """
    if key is None or not store.on:
        return read(None, by)
    kept = get(store, key, by, merges)
    rows = None if kept is None else changed_rows(kept.by, by)
    if kept is not None and rows is not None:
        if not len(rows):
            return kept.facts
        count = len(next(iter(by.values())))
        if set(merges.values()) == {"rows"} and len(rows) <= WORTH_IT * count:
            facts = _with_rows(
                kept.facts, rows, read(rows, {name: column[rows] for name, column in by.items()})
            )
            put(store, key, Kept(by=by, facts=facts))
            return facts
    facts = read(None, by)
    put(store, key, Kept(by=by, facts=facts))
    return facts


def _with_rows(facts: Facts, rows: NDArray[np.int64], again: Facts) -> Facts:
    found = {}
    for name, column in facts.items():
        found[name] = column.copy()
        found[name][rows] = again[name]
    return found


def count_steady(starts: NDArray[np.int64]) -> int:
    """How many blocks a set will still have when rows are appended: all but those that hold as many rows as the largest block does.

    >>> count_steady(np.array([0, 20_000, 40_000, 45_000]))
    1
    """
    most = int(np.diff(starts).max(initial=0))
    return max(int(np.searchsorted(starts, starts[-1] - most, side="right")) - 1, 0)


def chain(digests: Sequence[str]) -> list[str]:
    """For every number of blocks from none on, a hash of the digests of so many first ones."""
    found = [sha256().hexdigest()]
    for digest in digests:
        found.append(sha256(f"{found[-1]} {digest}".encode()).hexdigest())
    return found
