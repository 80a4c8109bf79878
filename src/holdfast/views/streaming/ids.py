"""Ids of the rows of blocks: where they are numbered one after the other, as those are that nobody gave, the first one says all."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, overload

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping

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
        """The ids of one more block, as `sent_ids` says them, or of a set, as `sent` does."""
        numbered, given = answer["numbered"], answer["ids"]
        at = 0
        for before, number, count in zip(numbered[::3], numbered[1::3], numbered[2::3], strict=True):
            if number:
                self._append(_Numbered(before, int(number), int(count)))
            else:
                self._append(_held(given[at : at + int(count)]))
                at += int(count)
        if not len(numbered):
            self._append(_held(given))

    def sent(self) -> dict[str, list[str]]:
        """All ids, as they are kept: those that are numbered one after the other by the first of them, of others how many they are.

        >>> ids = BlockIds()
        >>> for block in (["a:1", "a:2"], ["a:3"], ["x"]):
        ...     ids.add(sent_ids(block))
        >>> ids.sent()
        {'ids': ['x'], 'numbered': ['a:', '1', '3', '', '', '1']}
        """
        given: list[str] = []
        runs: list[_Numbered | int] = []
        for part in self._parts:
            last = runs[-1] if runs else 0
            if isinstance(part, _Numbered):
                joined = last.followed_by(part) if isinstance(last, _Numbered) else None
                runs[-1 if joined else len(runs) :] = [joined or part]
            else:
                given += part
                runs.append(len(part))
        texts = [
            (run.before, f"{run.first}", f"{len(run)}") if isinstance(run, _Numbered) else ("", "", f"{run}")
            for run in runs
        ]
        return {"ids": given, "numbered": [text for triple in texts for text in triple]}

    def find(self, wanted: Collection[str]) -> list[int]:
        """The rows that have one of these ids.

        >>> ids = BlockIds()
        >>> for block in (["a:1", "a:2"], ["x"]):
        ...     ids.add(sent_ids(block))
        >>> ids.find({"a:2", "a:02", "x", "y"})
        [1, 2]
        """
        found: list[int] = []
        for first, part in zip(self._ends, self._parts, strict=False):
            if isinstance(part, _Numbered):
                found += [first + at for at in part.find(wanted)]
            else:
                found += [first + at for at, one in enumerate(part) if one in wanted]
        return found

    def _append(self, part: Sequence[str]) -> None:
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


def _held(ids: Sequence[str]) -> Sequence[str]:
    import pyarrow as pa

    from holdfast.data.strings import ArrowStrings

    return ArrowStrings(pa.array(ids, pa.large_string()))


class _Numbered(Sequence[str]):
    def __init__(self, before: str, first: int, count: int) -> None:
        self.before = before
        self.first = first
        self._numbers = range(first, first + count)

    def followed_by(self, other: _Numbered) -> _Numbered | None:
        """These ids and others, if those go on where these end."""
        if other.before != self.before or other.first != self._numbers.stop:
            return None
        return _Numbered(self.before, self.first, len(self) + len(other))

    def find(self, wanted: Collection[str]) -> list[int]:
        """The places of these ids, ascending."""
        start = len(self.before)
        digits = [one[start:] for one in wanted if one.startswith(self.before)]
        # Not `007`, nor digits of other scripts.
        numbers = [int(said) for said in digits if said.isdecimal() and f"{int(said)}" == said]
        return sorted(number - self.first for number in numbers if number in self._numbers)

    def __len__(self) -> int:
        return len(self._numbers)

    @overload
    def __getitem__(self, place: int) -> str: ...
    @overload
    def __getitem__(self, place: slice) -> Sequence[str]: ...
    def __getitem__(self, place: int | slice) -> str | Sequence[str]:
        if isinstance(place, slice):
            return [f"{self.before}{at}" for at in self._numbers[place]]
        return f"{self.before}{self._numbers[place]}"

    def __iter__(self) -> Iterator[str]:
        return (f"{self.before}{at}" for at in self._numbers)
