"""Streams that are kept open between blocks: what can only be read from its start is read once, not once a block.

A packed file, or a large row group of a Parquet file, has no door in the middle. Blocks are mostly read in order: the next one goes on where
the last one ended. A block out of order begins anew, and gives the same.
"""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass, field
from threading import Lock
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable, Iterator

_MOST_STREAMS = 8
_SKIP_BYTES = 2**20


@dataclass(slots=True, kw_only=True)
class Stream:
    """Something that is read forward.

    Attributes:
        take: Gives the next so many (bytes, rows), or what is left.
        close: Ends it.
        step: How many are passed over at a time, to get to where a block begins.
        position: How many were taken.
    """

    take: Callable[[int], Any]
    close: Callable[[], object]
    step: int = _SKIP_BYTES
    position: int = 0


@dataclass(slots=True)
class KeptStreams:
    """Some open streams; those not asked for longest are closed first."""

    _open: dict[Hashable, Stream] = field(default_factory=dict)
    _locks: dict[Hashable, Lock] = field(default_factory=dict)
    _lock: Lock = field(default_factory=Lock)

    def read(self, key: Hashable, begin: Callable[[], Stream], start: int, stop: int, *, last: bool) -> Any:
        """What stands between two positions of a stream.

        Args:
            key: What the stream is of.
            begin: Opens it.
            start: The first position.
            stop: The position behind the last.
            last: Whether nothing is asked for behind it, so that it is closed.
        """
        with self._lock:
            own = self._locks.setdefault(key, Lock())
        with own:
            with self._lock:
                stream = self._open.pop(key, None)
            if stream is not None and stream.position > start:
                _close(stream)
                stream = None
            stream = begin() if stream is None else stream
            done = False
            try:
                while stream.position < start:
                    step = min(stream.step, start - stream.position)
                    stream.take(step)
                    stream.position += step
                found = stream.take(stop - start)
                stream.position = stop
                done = True
            finally:
                if last or not done:
                    _close(stream)
            if not last:
                self._keep(key, stream)
            return found

    def close(self) -> None:
        """Closes all that are open."""
        with self._lock:
            streams = list(self._open.values())
            self._open.clear()
        for stream in streams:
            _close(stream)

    def _keep(self, key: Hashable, stream: Stream) -> None:
        with self._lock:
            self._open[key] = stream
            oldest = [next(iter(self._open))] if len(self._open) > _MOST_STREAMS else []
            closing = [self._open.pop(one) for one in oldest]
            for one in oldest:
                self._locks.pop(one, None)
        for one_stream in closing:
            _close(one_stream)


def _close(stream: Stream) -> None:
    with suppress(OSError):  # whatever it would say, nobody reads it any more
        stream.close()


def batches_taken(batches: Iterator[Any]) -> Callable[[int], list[Any]]:
    """Takes rows from Arrow batches of any size."""
    left: list[Any] = []

    def take(rows: int) -> list[Any]:
        found = []
        while rows > 0:
            batch = left.pop() if left else next(batches, None)
            if batch is None:
                break
            if batch.num_rows > rows:
                left.append(batch.slice(rows))
                batch = batch.slice(0, rows)
            rows -= batch.num_rows
            found.append(batch)
        return found

    return take


KEPT = KeptStreams()
"""The streams of this process: blocks are read by threads that know nothing of each other."""
