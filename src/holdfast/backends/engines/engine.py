"""Engine: the same function over many jobs, wherever there are cores.

What an engine is given travels: the work by its name, what all jobs share once, jobs one by one. So the work is a function that stands at
the top of a module, what is shared is plain data that nobody writes to, and a job is small. Answers come in the order of the jobs, however
long each of them took, so that what is made of them depends on no clock; and no job is begun long before the answers before it were taken,
so that memory is bounded however many there are.
"""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any, Protocol, Self, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from types import TracebackType

Shared = TypeVar("Shared")
Job = TypeVar("Job")
Answer = TypeVar("Answer")
TRIES = 4
"""How often a job is done at most: once, and three times again."""
AHEAD = 3
"""Jobs for each worker that are on their way or wait for earlier answers: a slow one holds nobody up for a while."""
_KEPT = 20
"""Notes of what was done again; more say nothing new."""


class Engine(Protocol):
    """What every engine is. Use as a context manager: when the block ends, whatever the engine started has ended."""

    @property
    def name(self) -> str:
        """The word for it."""
        ...

    @property
    def workers(self) -> int:
        """How many jobs are done at once."""
        ...

    @property
    def retried(self) -> int:
        """How many times a job was done again since the engine was opened."""
        ...

    @property
    def notes(self) -> tuple[str, ...]:
        """Why, the first few of them."""
        ...

    def __enter__(self) -> Self: ...
    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None: ...

    def map(
        self,
        work: Callable[[Shared, Job], Answer],
        jobs: Iterable[Job],
        shared: Shared,
        *,
        progress: Callable[[int, int | None], None] = ...,
    ) -> Iterator[tuple[int, Answer]]:
        """The place of each job and the answer to it, in the order of the jobs.

        A job that raises a `HoldfastError` ends the run with that error. Any other failure is tried again, three times, and then raised;
        of several, the one of the earliest job is raised, as if jobs were done one after another.

        Args:
            work: Done for each job: a function that stands at the top of a module. It writes to no array of what is shared.
            jobs: What to do; taken one by one, when there is room. Small: each is sent.
            shared: What all jobs need: dataclasses, tuples, lists and dicts of arrays. Sent once; where the same object is given again,
                not again, so nobody changes it meanwhile. Its arrays arrive write-protected.
            progress: Called with the number of answers and of jobs, None where nobody knows how many there will be.

        Raises:
            HoldfastError: A job raised it.
            BackendError: Workers failed at the same job again and again.
        """
        ...


class Retries:
    """What was done again, counted; threads may share it."""

    def __init__(self) -> None:
        self.count = 0
        self.notes: list[str] = []

    def add(self, place: int, reason: str) -> None:
        """Count one.

        Args:
            place: Of the job.
            reason: What happened.
        """
        # Appending is one step of the interpreter; the count follows from it.
        if len(self.notes) < _KEPT:
            self.notes.append(f"job {place} was done again: {reason}")
        self.count += 1


def failures(engine: Engine | None) -> tuple[str, ...]:
    """What a reader should know of jobs that were done again; nothing where there were none.

    Args:
        engine: Where they were done; None where no engine was asked for.
    """
    if engine is None or not engine.retried:
        return ()
    count = engine.retried
    why = f" ({engine.notes[-1].partition(': ')[2]})" if engine.notes else ""
    return (
        f"{count:,} job{'s were' if count > 1 else ' was'} done again after a failure{why}; every block was read, and nothing that was "
        "found depends on it.",
    )


def silent(done: int, jobs: int | None) -> None:
    """Progress that nobody wants to see."""


def size_of(jobs: Iterable[Any]) -> int | None:
    """How many jobs there are, where they can be counted without being taken."""
    try:
        return len(jobs)  # type: ignore[arg-type]
    except TypeError:
        return None


def check_work(work: Callable[..., Any]) -> None:
    """Refuses a function that another process would not find.

    Raises:
        TypeError: It does not stand at the top of a module.

    >>> check_work(size_of)
    >>> check_work(lambda shared, job: job)
    Traceback (most recent call last):
    TypeError: work must stand at the top of a module, and <lambda> does not: another process could not find it
    """
    name, module = getattr(work, "__qualname__", type(work).__name__), getattr(work, "__module__", None)
    if getattr(sys.modules.get(str(module)), name, None) is not work:
        raise TypeError(
            f"work must stand at the top of a module, and {name} does not: another process could not find it"
        )
