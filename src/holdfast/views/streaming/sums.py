"""Sums: facts that add up, over the first blocks of a set, kept as one.

Where a row is read by something else now, what it gave before is taken away, and what it gives now is added. Whole numbers lose nothing that
way.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from holdfast.backends.store import Key
from holdfast.views.streaming.gathering import Gathered
from holdfast.views.streaming.keeping import WORTH_IT, Kept, chain, changed_rows, get, put
from holdfast.views.tally import add_tallies

if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Any

    from numpy.typing import NDArray

    from holdfast.backends.store import Store
    from holdfast.views.streaming.gathering import Columns as HeldColumns
    from holdfast.views.streaming.keeping import Columns
    from holdfast.views.streaming.viewing import Asked
    from holdfast.views.streaming.words import BlockWords
    from holdfast.views.view import Facts


class Sum:
    """Facts that add up, over the first blocks of a set.

    Attributes:
        blocks: Of how many blocks the facts are known already.
    """

    def __init__(
        self,
        shelf: Store,
        asked: Asked,
        keys: Sequence[Key],
        dealt: HeldColumns,
        starts: NDArray[np.int64],
    ) -> None:
        self._shelf = shelf
        self._asked = asked
        self._keys = keys
        self._dealt = dealt
        self._starts = starts
        self._head = Gathered(asked.view.merges)
        self._taken = Gathered(asked.view.merges)
        self._tail: list[Facts] = []
        self._before: Columns = {}
        self._changed = np.empty(0, np.int64)
        self._same = False
        self.blocks = 0
        for count in range(len(keys) - 1, 0, -1):
            if self._find(count):
                break

    @classmethod
    def of(
        cls,
        shelf: Store,
        words: BlockWords,
        asked: Asked,
        blocks: Sequence[Any],
        dealt: HeldColumns,
        starts: NDArray[np.int64],
    ) -> Sum:
        """The sum of a view, as far as it is kept."""
        keys: list[Key] = []
        if shelf.on and asked.digest is not None:
            digests = chain([words.reader.digest(block) for block in blocks])
            parts = (words.cut_digest, asked.digest)
            keys = [Key(kind=f"sum {asked.view.name}", version=1, parts=(one, *parts)) for one in digests]
        return cls(shelf, asked, keys, dealt, starts)

    def _find(self, count: int) -> bool:
        rows = int(self._starts[count])
        now = self._by(rows)
        kept = get(self._shelf, self._keys[count], now, self._asked.view.merges)
        changed = None if kept is None else changed_rows(kept.by, now)
        if kept is None or changed is None or len(changed) > WORTH_IT * rows:
            return False
        if len(changed) and any(column.dtype.kind not in "iu" for column in kept.facts.values()):
            return False  # floats do not give back what was added to them
        self.blocks, self._before, self._changed = count, kept.by, changed
        self._same = count == len(self._keys) - 1 and not len(changed)
        self._head.add(kept.facts)
        return True

    def _by(self, rows: int) -> Columns:
        """What so many first rows are read by."""
        names = [name for name in self._asked.view.uses if name != "first"]
        return {name: self._dealt.part(name, slice(rows)) for name in names}

    def again(self, rows: slice) -> tuple[NDArray[np.int64], dict[str, NDArray[Any]]]:
        """The rows of a block that are read by something else now, counted from its first, and the columns they were read by."""
        start, stop = np.searchsorted(self._changed, [rows.start, rows.stop])
        changed = self._changed[start:stop]
        return changed - rows.start, {name: column[changed] for name, column in self._before.items()}

    def add(self, given: Facts, taken: Facts, *, steady: bool) -> None:
        """The facts of a block, in their order."""
        if given and steady:
            self._head.add(given)
        elif given:
            self._tail.append(given)
        if taken:
            self._taken.add(taken)

    def total(self) -> Facts:
        """The facts of all blocks; what the first of them give is kept."""
        head = self._head_total() if self._head.count else None
        if head is not None and self._keys and len(self._keys) > 1 and not self._same:
            rows = int(self._starts[len(self._keys) - 1])
            put(
                self._shelf,
                self._keys[-1],
                Kept(by=self._by(rows), facts=head),
            )
        found = Gathered(self._asked.view.merges)
        for facts in [*([] if head is None else [head]), *self._tail]:
            found.add(facts)
        return self._without_nothing(found.total())

    def _head_total(self) -> Facts:
        found = dict(self._head.total())
        if self._taken.count:
            less = self._taken.total()
            for name, kind in self._asked.view.merges.items():
                if kind == "tally":
                    found[name] = add_tallies([found[name], less[name] * np.array([1, -1])])
                else:
                    found[name] = found[name] - less[name]
        return self._without_nothing(found)

    def _without_nothing(self, facts: Facts) -> Facts:
        """What was taken away leaves no trace."""
        merges = self._asked.view.merges
        return {
            name: column[column[:, 1] != 0] if merges[name] == "tally" and not column[:, 1].all() else column
            for name, column in facts.items()
        }
