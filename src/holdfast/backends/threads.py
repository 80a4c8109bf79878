"""Several jobs at a time in threads, and no waiting for them when somebody interrupts."""

from __future__ import annotations

import os
from queue import Empty, SimpleQueue
from threading import Event, Thread
from time import monotonic
from typing import TYPE_CHECKING, TypeVar

from holdfast.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence


Job = TypeVar("Job")
Answer = TypeVar("Answer")
_MOMENT = 2.0
"""Seconds."""
VARIABLE = "HOLDFAST_THREADS"
_MOST = 4
"""Threads of one process: each of them holds the memory of its job, and more would wait for the longest one."""


def count_threads() -> int:
    """How many threads compute at once: one per core that this process may use, and at most four.

    `HOLDFAST_THREADS` says otherwise: where several processes share the cores, one each is faster.
    """
    said = os.environ.get(VARIABLE, "")
    if said:
        if not said.isascii() or not said.isdigit() or not 1 <= int(said) <= 256:
            raise UsageError(f"is a number from 1 to 256, not {said!r:.40}", where=VARIABLE)
        return int(said)
    allowed = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return min(allowed, _MOST)


def work_together(work: Callable[[Job], Answer], jobs: Sequence[Job], *, threads: int) -> list[Answer]:
    """The answers, in the order of the jobs; the first failure ends the work and is raised.

    Requests wait for servers, and most of what numpy and scipy do leaves other threads alone. A `ThreadPoolExecutor`
    waits for what its threads are doing, which for a slow server takes minutes. These threads are given a moment to
    end well after a failure, none after an interrupt, and are then left to themselves.

    >>> work_together(str.upper, ["a", "b", "c"], threads=2)
    ['A', 'B', 'C']
    """
    waiting: SimpleQueue[tuple[int, Job]] = SimpleQueue()
    done: SimpleQueue[BaseException | None] = SimpleQueue()
    answers: dict[int, Answer] = {}
    over = Event()
    for numbered in enumerate(jobs):
        waiting.put(numbered)

    def go() -> None:
        while not over.is_set():
            try:
                place, job = waiting.get_nowait()
            except Empty:
                return
            try:
                answers[place] = work(job)
            except BaseException as error:  # noqa: BLE001 - raised below, where somebody listens
                done.put(error)
            else:
                done.put(None)

    workers = [Thread(target=go, daemon=True) for _ in range(min(threads, len(jobs)))]
    try:
        for worker in workers:
            worker.start()
        failure = next(filter(None, (done.get() for _ in jobs)), None)
    finally:
        over.set()
    if failure is not None:
        end = monotonic() + _MOMENT
        for worker in workers:
            worker.join(max(0.0, end - monotonic()))
        raise failure
    return [answers[place] for place in range(len(jobs))]
