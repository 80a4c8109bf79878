"""Contests: winners of a block in which a few rows are read by something else now.

What such a row won before cannot be taken away from it: who was second there, nobody has noted. But no other row of the block does better
than it did. So those places are left empty, what stood there is told, and when all blocks have been put together, only places in which it
would still win are contested: there the rows of the block are read again.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

from holdfast.views.streaming.keeping import WORTH_IT, Kept, changed_rows, get, put
from holdfast.views.winners import numbered, without

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from numpy.typing import NDArray

    from holdfast.backends.store import Key, Store
    from holdfast.views.streaming.gathering import Gathered
    from holdfast.views.streaming.keeping import Columns
    from holdfast.views.view import Facts, Merge

DOUBTED = "?"
"""Before the names of what was left empty: int64 [t, 2], the place, and what stood there."""


def read_winners(
    store: Store,
    key: Key | None,
    by: Columns,
    merges: Mapping[str, Merge],
    read: Callable[[NDArray[np.int64] | None, Columns], Facts],
    first: int,
) -> Facts:
    """Winners of a block: kept ones, where few rows have changed without those, and beside what these win now.

    Args:
        store: Where they are kept.
        key: What they are kept under: all they depend on besides `by`. None where they are not.
        by: Columns by row that they depend on.
        merges: Their columns.
        read: Reads some rows, or with None all of them, by these columns.
        first: The number of the first row of the block.

    Returns:
        The winners, and under `DOUBTED` what was left empty, if anything.
    """
    kept = None if key is None or not store.on else get(store, key, by, merges)
    rows = None if kept is None else changed_rows(kept.by, by)
    if kept is None or rows is None or len(rows) > WORTH_IT * len(next(iter(by.values()))):
        facts = read(None, by)
        if key is not None:
            put(store, key, Kept(by=by, facts=facts))
        return facts
    if not len(rows):
        return kept.facts
    now = read(rows, {name: column[rows] for name, column in by.items()})
    found: dict[str, NDArray[Any]] = {}
    for name, before in kept.facts.items():
        left = without(before, first + rows)
        found[name] = np.maximum(left, numbered(now[name], first + rows))
        empty = np.flatnonzero(left.reshape(-1) != before.reshape(-1))
        if len(empty):
            found[DOUBTED + name] = np.stack([empty, before.reshape(-1)[empty]], 1)
    if len(found) == len(kept.facts) and key is not None:
        put(store, key, Kept(by=by, facts=found))
    return found


@dataclass(frozen=True, slots=True, kw_only=True)
class Contest:
    """Places that blocks have left empty.

    Attributes:
        doubted: The number of a block, and by name its places and what stood there.
    """

    doubted: list[tuple[int, Facts]] = field(default_factory=list)

    def add(self, block: int, doubted: Facts) -> None:
        """Those of one more block."""
        self.doubted.append((block, doubted))

    def settle(self, gathered: Gathered) -> Iterator[tuple[int, NDArray[np.int64]]]:
        """Blocks in which places are contested, and the parts of the candidate that these are about.

        Args:
            gathered: What all blocks win without them.
        """
        if not self.doubted:
            return
        found = gathered.total()
        for block, doubted in self.doubted:
            parts = [
                places[values > found[name].reshape(-1)[places]] % found[name].shape[1]
                for name, (places, values) in ((name, one.T) for name, one in doubted.items())
            ]
            asked = np.unique(np.concatenate(parts))
            if len(asked):
                yield block, asked
