"""Ids of the rows of blocks: where they are numbered one after the other, as those are that nobody gave, the first one says all."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, overload

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

_DIGITS, _LONGEST = "0123456789", 18


def sent_ids(ids: Sequence[str]) -> dict[str, list[str]]:
    """Ids of a block, as they are sent and kept.

    >>> sent_ids(["a.csv:9", "a.csv:10"])
    {'ids': [], 'numbered': ['a.csv:', '9', '2']}
    >>> sent_ids(["9", "11"])
    {'ids': ['9', '11'], 'numbered': []}
    """
    if ids:
        before = ids[0].rstrip(_DIGITS)
        number = ids[0][len(before) :]
        if 0 < len(number) <= _LONGEST and all(
            f"{before}{at}" == one for at, one in enumerate(ids, start=int(number))
        ):
            return {"ids": [], "numbered": [before, number, f"{len(ids)}"]}
    return {"ids": list(ids), "numbered": []}


class BlockIds(Sequence[str]):
    """Ids, block after block.

    >>> ids = BlockIds()
    >>> ids.add(sent_ids(["a:1", "a:2"]))
    >>> ids.add(sent_ids(["x", "y"]))
    >>> list(ids), ids[1], ids[-1], list(ids[1:3])
    (['a:1', 'a:2', 'x', 'y'], 'a:2', 'y', ['a:2', 'x'])
    """

    def __init__(self) -> None:
        self._parts: list[Sequence[str]] = []
        self._ends: list[int] = [0]

    def add(self, answer: Mapping[str, Any]) -> None:
        """The ids of one more block, as `sent_ids` says them."""
        part: Sequence[str]
        if len(answer["numbered"]):
            before, number, count = answer["numbered"]
            part = _Numbered(before, int(number), int(count))
        else:
            import pyarrow as pa

            from holdfast.data.strings import ArrowStrings

            part = ArrowStrings(pa.array(answer["ids"], pa.large_string()))
        self._parts.append(part)
        self._ends.append(self._ends[-1] + len(part))

    def __len__(self) -> int:
        return self._ends[-1]

    @overload
    def __getitem__(self, place: int) -> str: ...
    @overload
    def __getitem__(self, place: slice) -> Sequence[str]: ...
    def __getitem__(self, place: int | slice) -> str | Sequence[str]:
        if isinstance(place, slice):
            return [self[at] for at in range(*place.indices(len(self)))]
        at = int(place) + (len(self) if place < 0 else 0)
        if not 0 <= at < len(self):
            raise IndexError(f"there are {len(self):,} ids, and none at {place}")
        part = bisect_right(self._ends, at) - 1
        return self._parts[part][at - self._ends[part]]

    def __iter__(self) -> Iterator[str]:
        for part in self._parts:
            yield from part


class _Numbered(Sequence[str]):
    def __init__(self, before: str, first: int, count: int) -> None:
        self._before = before
        self._numbers = range(first, first + count)

    def __len__(self) -> int:
        return len(self._numbers)

    @overload
    def __getitem__(self, place: int) -> str: ...
    @overload
    def __getitem__(self, place: slice) -> Sequence[str]: ...
    def __getitem__(self, place: int | slice) -> str | Sequence[str]:
        if isinstance(place, slice):
            return [f"{self._before}{at}" for at in self._numbers[place]]
        return f"{self._before}{self._numbers[place]}"

    def __iter__(self) -> Iterator[str]:
        return (f"{self._before}{at}" for at in self._numbers)
