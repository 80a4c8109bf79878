"""Jobs: made when an engine takes them, several blocks to one where answers add up."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Generic, TypeVar, overload

if TYPE_CHECKING:
    from collections.abc import Callable

Job = TypeVar("Job")
_ROUNDS = 4
"""Jobs of each worker, of a large set: one that takes long keeps nobody waiting for long."""
_BLOCKS = 4
"""Blocks that are added up in one job even where that makes fewer jobs, as long as every worker has one."""


class Jobs(Sequence[Job], Generic[Job]):
    """Jobs that are made one by one, so that what they hold of a set is not held for all of it.

    Args:
        count: How many there are.
        make: Makes one, by its number.

    >>> jobs = Jobs(3, str)
    >>> len(jobs), list(jobs), jobs[1:]
    (3, ['0', '1', '2'], ['1', '2'])
    """

    def __init__(self, count: int, make: Callable[[int], Job]) -> None:
        self._count = count
        self._make = make

    def __len__(self) -> int:
        return self._count

    @overload
    def __getitem__(self, place: int) -> Job: ...
    @overload
    def __getitem__(self, place: slice) -> Sequence[Job]: ...
    def __getitem__(self, place: int | slice) -> Job | Sequence[Job]:
        if isinstance(place, slice):
            return [self._make(at) for at in range(*place.indices(self._count))]
        if not 0 <= place < self._count:
            raise IndexError(f"there are {self._count:,} jobs, and none at {place}")
        return self._make(place)


def bundle(jobs: Sequence[Job], workers: int) -> Jobs[Sequence[Job]]:
    """Jobs whose answers add up, put together: as many answers come back as there is work for workers, and not one for each block.

    Args:
        jobs: For one block each.
        workers: How many are done at once.

    >>> [len(bundle(range(blocks), 2)) for blocks in (0, 1, 6, 20, 1_000)]
    [0, 1, 2, 5, 8]
    """
    each = max(-(-len(jobs) // (_ROUNDS * workers)), min(_BLOCKS, -(-len(jobs) // workers)), 1)
    return Jobs(-(-len(jobs) // each), lambda at: jobs[at * each : (at + 1) * each])
