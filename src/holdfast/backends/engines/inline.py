"""Here: jobs in threads of this process. What other engines are held against."""

from __future__ import annotations

from queue import SimpleQueue
from threading import Lock, Thread
from time import monotonic
from typing import TYPE_CHECKING, Any, Self, TypeVar

from holdfast.backends.engines.arrays import write_protected
from holdfast.backends.engines.engine import AHEAD, TRIES, Retries, check_work, silent, size_of
from holdfast.backends.threads import count_threads
from holdfast.errors import HoldfastError, UsageError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from types import TracebackType

Shared = TypeVar("Shared")
Job = TypeVar("Job")
Answer = TypeVar("Answer")
_MOMENT = 2.0
"""Seconds that threads have to end after a failure; none after an interrupt."""


class InlineEngine:
    """Threads in this process: the work lets go of the interpreter's lock where it computes.

    Args:
        threads: How many; one per core, and at most four, where none are given.

    Raises:
        UsageError: Less than one.

    >>> with InlineEngine(threads=2) as engine:
    ...     list(engine.map(divmod, [2, 3], 7))
    [(0, (3, 1)), (1, (2, 1))]
    """

    name = "inline"

    def __init__(self, *, threads: int | None = None) -> None:
        if threads is not None and threads < 1:
            raise UsageError(f"is a number from 1 on, not {threads}", where="threads")
        self._workers = count_threads() if threads is None else threads
        self._retries = Retries()
        self._lock = Lock()

    @property
    def workers(self) -> int:
        """How many jobs are done at once."""
        return self._workers

    @property
    def retried(self) -> int:
        """How many times a job was done again."""
        return self._retries.count

    @property
    def notes(self) -> tuple[str, ...]:
        """Why, the first few."""
        return tuple(self._retries.notes)

    def __enter__(self) -> Self:
        self._retries = Retries()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Nothing is left to end: threads end with the answers."""

    def map(
        self,
        work: Callable[[Shared, Job], Answer],
        jobs: Iterable[Job],
        shared: Shared,
        *,
        progress: Callable[[int, int | None], None] = silent,
    ) -> Iterator[tuple[int, Answer]]:
        """Answers in the order of the jobs, as every `Engine` gives them.

        Raises:
            HoldfastError: A job raised it.
        """
        check_work(work)
        return self._map(work, jobs, write_protected(shared), progress, size_of(jobs))

    def _map(
        self,
        work: Callable[[Shared, Job], Answer],
        jobs: Iterable[Job],
        shared: Shared,
        progress: Callable[[int, int | None], None],
        total: int | None,
    ) -> Iterator[tuple[int, Answer]]:
        if self._workers == 1:
            for place, job in enumerate(jobs):
                answer = self._do(work, shared, place, job)
                progress(place + 1, total)
                yield place, answer
            return
        pool = _Pool(lambda place, job: self._do(work, shared, place, job), self._workers)
        try:
            for place, answer in pool.answers(jobs):
                progress(place + 1, total)
                yield place, answer
        except Exception:
            pool.end(_MOMENT)
            raise
        finally:
            pool.end(0.0)

    def _do(self, work: Callable[[Shared, Job], Answer], shared: Shared, place: int, job: Job) -> Answer:
        for _ in range(TRIES - 1):
            try:
                return work(shared, job)
            except HoldfastError:
                raise
            except Exception as error:  # noqa: BLE001 - tried again, and told
                with self._lock:
                    self._retries.add(place, f"{type(error).__name__}: {error!s:.200}")
        return work(shared, job)


class _Pool:
    """Threads that are left to themselves when somebody interrupts: those of the standard library are waited for."""

    def __init__(self, do: Callable[[int, Any], Any], threads: int) -> None:
        self._do = do
        self._waiting: SimpleQueue[tuple[int, Any] | None] = SimpleQueue()
        self._done: SimpleQueue[tuple[int, Any, Exception | None]] = SimpleQueue()
        self._most = threads
        self._threads: list[Thread] = []
        self._over = False

    def answers(self, jobs: Iterable[Any]) -> Iterator[tuple[int, Any]]:
        source = iter(jobs)
        found: dict[int, tuple[Any, Exception | None]] = {}
        taken = given = 0
        more = True
        while True:
            while more and taken - given < AHEAD * self._most:
                try:
                    job = next(source)
                except StopIteration:
                    more = False
                    break
                self._begin(taken, job)
                taken += 1
            if given == taken:
                return
            while given not in found:
                place, answer, failure = self._done.get()
                found[place] = answer, failure
                more = more and failure is None
            answer, failure = found.pop(given)
            if failure is not None:
                raise failure
            yield given, answer
            given += 1

    def end(self, moment: float) -> None:
        """Take no more jobs, and wait so many seconds for those that are being done."""
        self._over = True
        for _ in self._threads:
            self._waiting.put(None)
        last = monotonic() + moment
        for thread in self._threads:
            if moment:
                thread.join(max(0.0, last - monotonic()))

    def _begin(self, place: int, job: Any) -> None:
        self._waiting.put((place, job))
        if len(self._threads) < self._most:
            thread = Thread(target=self._go, daemon=True)
            self._threads.append(thread)
            thread.start()

    def _go(self) -> None:
        while not self._over:
            given = self._waiting.get()
            if given is None:
                return
            place, job = given
            try:
                answer = self._do(place, job)
            except BaseException as error:  # noqa: BLE001 - raised where the answer is waited for
                failure = (
                    error
                    if isinstance(error, Exception)
                    else RuntimeError(f"the job ended its thread: {error!r}")
                )
                self._done.put((place, None, failure))
            else:
                self._done.put((place, answer, None))
