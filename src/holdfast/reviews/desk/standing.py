"""What counts at the moment, kept beside the store so that the next item is found without reading everything again.

Names of decisions are kept, and not what they say: an edit may be long.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from holdfast.reviews.decisions.decision import Decision


class Standing:
    """Who has decided what.

    Args:
        items: How many items there are.
    """

    def __init__(self, items: int) -> None:
        self.seq = 0
        """The place of the last event that is known."""
        self.counts: NDArray[np.int32] = np.zeros(items, np.int32)
        """int32 [items], how many people have decided each."""
        self._of: dict[str, NDArray[np.bool_]] = {}
        self._met: dict[str, set[int]] = {}
        self._held: dict[tuple[int, str], list[str]] = {}
        self._line: dict[str, dict[str, int]] = {}

    @property
    def reviewers(self) -> tuple[str, ...]:
        """Everybody who decided something, also who took it back."""
        return tuple(sorted(self._met))

    def take(self, event: Decision) -> None:
        """Takes note of an event; events come in their order, and one that is known already is passed over."""
        if event.seq <= self.seq:
            return
        self.seq = event.seq
        if not 0 <= event.item < len(self.counts):
            return
        held = self._held.setdefault((event.item, event.reviewer), [])
        line = self._line.setdefault(event.reviewer, {})
        before = bool(held)
        if event.takes_back is None:
            held.append(event.uuid)
            line[event.uuid] = event.item
            self._met.setdefault(event.reviewer, set()).add(event.item)
        else:
            held[:] = [uuid for uuid in held if uuid != event.takes_back]
            line.pop(event.takes_back, None)
        if before != bool(held):
            self.counts[event.item] += 1 if held else -1
            self.of(event.reviewer)[event.item] = bool(held)

    def of(self, reviewer: str) -> NDArray[np.bool_]:
        """bool [items], what a person has decided."""
        if reviewer not in self._of:
            self._of[reviewer] = np.zeros(len(self.counts), bool)
        return self._of[reviewer]

    def has_met(self, reviewer: str, item: int) -> bool:
        """Whether a person ever decided an item, also if they took it back."""
        return item in self._met.get(reviewer, ())

    def counting(self, reviewer: str, item: int) -> str | None:
        """Uuid of what a person said of an item that counts, or None."""
        held = self._held.get((item, reviewer))
        return held[-1] if held else None

    def last(self, reviewer: str) -> tuple[str, int] | None:
        """Uuid and item of the last decision of a person that was not taken back, or None."""
        line = self._line.get(reviewer)
        return next(reversed(line.items())) if line else None
