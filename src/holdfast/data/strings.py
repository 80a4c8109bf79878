"""Strings: sequences of strings that are not held as Python objects, or not held at all."""

from __future__ import annotations

from bisect import bisect_right
from collections import OrderedDict
from collections.abc import Sequence
from threading import Lock
from typing import TYPE_CHECKING, Any, overload

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

_AT_ONCE = 65_536
_BLOCKS_HELD = 2


class ArrowStrings(Sequence[str]):
    """Strings in an Arrow column: a tenth of the memory of a tuple of them.

    Args:
        column: A `pa.Array` or `pa.ChunkedArray` of strings without nulls.

    >>> import pyarrow as pa
    >>> strings = ArrowStrings(pa.array(["a", "b", "c"]))
    >>> strings[-1], list(strings[1:]), "b" in strings
    ('c', ['b', 'c'], True)
    """

    def __init__(self, column: Any) -> None:
        self._column = column

    def __len__(self) -> int:
        return len(self._column)

    @overload
    def __getitem__(self, place: int) -> str: ...
    @overload
    def __getitem__(self, place: slice) -> Sequence[str]: ...
    def __getitem__(self, place: int | slice) -> str | Sequence[str]:
        if isinstance(place, slice):
            start, stop, step = place.indices(len(self))
            if step != 1:
                return [self[at] for at in range(start, stop, step)]
            return ArrowStrings(self._column.slice(start, max(stop - start, 0)))
        return str(self._column[int(place)].as_py())

    def __iter__(self) -> Iterator[str]:
        for start in range(0, len(self), _AT_ONCE):
            yield from self._column.slice(start, _AT_ONCE).to_pylist()


class StreamedStrings(Sequence[str]):
    """Strings that are read again, block by block, when somebody asks for one; the last blocks are kept for a while.

    Args:
        starts: Where each block begins, ascending, and one past the last string.
        read: Reads a block by its number.
        known: Strings that need not be read, by place.
    """

    def __init__(
        self,
        starts: Sequence[int],
        read: Callable[[int], Sequence[str]],
        known: Mapping[int, str] | None = None,
    ) -> None:
        self._starts = list(starts)
        self._read = read
        self._known = dict(known or {})
        self._held: OrderedDict[int, Sequence[str]] = OrderedDict()
        self._lock = Lock()

    def __len__(self) -> int:
        return self._starts[-1]

    @overload
    def __getitem__(self, place: int) -> str: ...
    @overload
    def __getitem__(self, place: slice) -> Sequence[str]: ...
    def __getitem__(self, place: int | slice) -> str | Sequence[str]:
        if isinstance(place, slice):
            return [self[at] for at in range(*place.indices(len(self)))]
        at = int(place) + (len(self) if place < 0 else 0)
        if not 0 <= at < len(self):
            raise IndexError(f"there are {len(self):,} strings, and none at {place}")
        if at in self._known:
            return self._known[at]
        block = bisect_right(self._starts, at) - 1
        return self._block(block)[at - self._starts[block]]

    def __iter__(self) -> Iterator[str]:
        for block in range(len(self._starts) - 1):
            yield from self._block(block)

    def _block(self, number: int) -> Sequence[str]:
        with self._lock:
            if number not in self._held:
                self._held[number] = self._read(number)
                if len(self._held) > _BLOCKS_HELD:
                    self._held.popitem(last=False)
            self._held.move_to_end(number)
            return self._held[number]
