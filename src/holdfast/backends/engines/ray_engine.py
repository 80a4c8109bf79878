"""Ray: jobs in processes of their own, on this machine or on many."""

from __future__ import annotations

import os
import secrets
import sys
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self, TypeVar

from holdfast.backends.engines.arrays import owned
from holdfast.backends.engines.engine import AHEAD, TRIES, Retries, check_work, silent, size_of
from holdfast.backends.engines.interrupts import Interrupts
from holdfast.backends.engines.ray_instance import import_ray, joined_cluster, local_instance
from holdfast.backends.engines.ray_worker import Stranger, do_job, versions_here
from holdfast.data.formats import NO_FILE
from holdfast.errors import BackendError, HoldfastError, InputError, UsageError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from types import TracebackType

Shared = TypeVar("Shared")
Job = TypeVar("Job")
Answer = TypeVar("Answer")
_LOOK = 1.0
"""Seconds between two looks at whether somebody interrupts."""
_UNREACHED = (NO_FILE, "cannot be read: Permission denied")
"""What a worker says of a file that another machine has."""
_NOT_FOUND = "failed to import on the worker"
"""What Ray says where a worker has no holdfast."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Sent:
    """A job on its way.

    Attributes:
        place: Of the job.
        job: The job, to be sent again.
        tries: How often it was sent.
    """

    place: int
    job: Any
    tries: int = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class _Failure:
    """Why there is no answer."""

    error: Exception


class RayEngine:
    """Jobs on Ray (extra `ray`).

    What jobs share lies in Ray's store, once for each machine, and is read there by all its workers. A worker that dies, or is ended since
    memory runs out, takes its job with it; that is done again on another.

    Jobs of a run that ends early are not cancelled: `ray.cancel` on a job whose answer is just arriving aborts the whole program (Ray 2.60,
    "Tried to complete task that was not pending"). Their processes end with the engine, and on an instance that the program has joined
    itself the few that were sent run to their end.

    Args:
        address: A cluster that runs, `ray://host:port`, `host:port` or `auto`; without one, Ray is started for this process alone, and ended.
        workers: Jobs that are done at once: processes of a local instance, one per core where none are given; on a cluster at most so
            many, all cores where none are given.
        store_bytes: Bound of the store of a local instance.

    Raises:
        UsageError: Less than one worker.
    """

    name = "ray"

    def __init__(
        self, *, address: str | None = None, workers: int | None = None, store_bytes: int | None = None
    ) -> None:
        if workers is not None and workers < 1:
            raise UsageError(f"is a number from 1 on, not {workers}", where="workers")
        self._address = address
        self._most = workers
        self._store_bytes = store_bytes
        self._retries = Retries()
        self._interrupts = Interrupts()
        self._stack = ExitStack()
        self._ray: Any = None
        self._do: Any = None
        self._shared: tuple[Any, str, list[Any]] | None = None

    @property
    def workers(self) -> int:
        """How many jobs are done at once."""
        if self._most is not None:
            return self._most
        if self._ray is not None:
            return max(1, int(self._ray.cluster_resources().get("CPU", 1)))
        return _cores()

    @property
    def retried(self) -> int:
        """How many times a job was done again."""
        return self._retries.count

    @property
    def notes(self) -> tuple[str, ...]:
        """Why, the first few."""
        return tuple(self._retries.notes)

    def __enter__(self) -> Self:
        """Start or join.

        Raises:
            MissingExtra: Ray is not installed.
            BackendError: It does not start, or no cluster answers.
        """
        self._retries = Retries()
        if "ray" in sys.modules and import_ray().is_initialized():
            self._ray = import_ray()  # the program has joined it itself, and leaves it itself
        elif self._address is not None:
            self._ray = self._stack.enter_context(joined_cluster(self._address))
        else:
            self._ray = self._stack.enter_context(
                local_instance(workers=self._most or _cores(), store_bytes=self._store_bytes)
            )
        self._stack.enter_context(self._interrupts.remembered())
        # What failed is sent again here, where it is counted.
        self._do = self._ray.remote(num_cpus=1, max_retries=0)(do_job)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._shared = self._do = self._ray = None
        self._stack.close()
        if kind is None:
            self._interrupts.raise_lost()
        self._interrupts.heard()

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
            BackendError: Workers died at the same job again and again, or have another holdfast installed.
        """
        if self._ray is None:
            raise RuntimeError("a RayEngine is used inside a `with` block")
        check_work(work)
        run = _Run(self._ray, self._send(work, shared), self._retries, self._interrupts)
        return run.answers(jobs, self.workers, progress)

    def _send(self, work: Callable[..., Any], shared: Any) -> Callable[[Any], Any]:
        """What sends a job, and gives a reference to its answer."""
        if self._shared is None or self._shared[0] is not shared:
            self._shared = None  # the store lets go of the one before it takes this
            with _told(self._ray, "what jobs share cannot be sent"):
                self._shared = shared, secrets.token_hex(8), [self._ray.put(shared)]
        _, name, held = self._shared
        do, versions = self._do, versions_here()
        return lambda job: do.remote(versions, name, held, work, job)


class _Run:
    """One `map`."""

    def __init__(
        self, ray: Any, send: Callable[[Any], Any], retries: Retries, interrupts: Interrupts
    ) -> None:
        self._ray = ray
        self._send = send
        self._retries = retries
        self._interrupts = interrupts
        self._away: dict[Any, _Sent] = {}
        self._back: dict[int, Any] = {}
        self._more = True

    def answers(
        self, jobs: Iterable[Any], workers: int, progress: Callable[[int, int | None], None]
    ) -> Iterator[tuple[int, Any]]:
        total, source = size_of(jobs), enumerate(jobs)
        taken = given = 0
        try:
            while True:
                while self._more and taken - given < AHEAD * workers:
                    place, job = next(source, (-1, None))
                    if place < 0:
                        self._more = False
                        break
                    self._away[self._send(job)] = _Sent(place=place, job=job)
                    taken += 1
                if given == taken:
                    return
                while given not in self._back:
                    self._look()
                found = self._back.pop(given)
                if isinstance(found, _Failure):
                    raise found.error
                given += 1
                progress(given, total)
                yield given - 1, found
        except KeyboardInterrupt:
            self._interrupts.heard()
            raise

    def _look(self) -> None:
        """Takes in what has come back."""
        self._interrupts.raise_lost()
        # Answers are fetched one by one below, and not before there is one.
        with _told(self._ray, "Ray does not answer any more"):
            done, _ = self._ray.wait(list(self._away), num_returns=1, timeout=_LOOK, fetch_local=False)
        for reference in done:
            sent = self._away.pop(reference)
            found = self._fetch(reference)
            if not isinstance(found, _Failure):
                self._back[sent.place] = found
            elif isinstance(found.error, HoldfastError) or sent.tries >= TRIES:
                self._back[sent.place] = _Failure(error=_final(found.error, sent))
                self._more = False
            else:
                self._retries.add(sent.place, f"{type(found.error).__name__}: {_brief(found.error)}")
                again = _Sent(place=sent.place, job=sent.job, tries=sent.tries + 1)
                self._away[self._send(sent.job)] = again

    def _fetch(self, reference: Any) -> Any:
        errors = self._ray.exceptions
        try:
            answer = self._ray.get(reference)
        except errors.RayTaskError as error:
            if _NOT_FOUND in str(error):
                return _Failure(error=_stranger("cannot import holdfast"))
            cause = getattr(error, "cause", None)
            return _Failure(error=cause if isinstance(cause, Exception) else error)
        except errors.RuntimeEnvSetupError as error:
            return _Failure(error=_stranger(f"cannot be set up: {_brief(error)}"))
        except errors.RayError as error:
            return _Failure(error=error)
        if isinstance(answer, Stranger):
            there, here = " on Python ".join(answer.versions), " on Python ".join(versions_here())
            return _Failure(error=_stranger(f"on {answer.node} has holdfast {there}, and this is {here}"))
        return owned(answer)


@contextmanager
def _told(ray: Any, what: str) -> Iterator[None]:
    """Errors of Ray itself as one that says what was tried."""
    try:
        yield
    except ray.exceptions.RayError as error:
        raise BackendError(
            f"{what}: {type(error).__name__}: {_brief(error)}",
            where="engine",
            do="Use machines with more memory, or the engine `inline`",
        ) from error


def _stranger(what: str) -> BackendError:
    return BackendError(
        f"a worker {what}",
        where="engine",
        do="Install the same holdfast and Python on every machine of the cluster",
    )


def _final(error: Exception, sent: _Sent) -> Exception:
    """What is raised: errors of the work as they are, the end of workers as one that says what to do."""
    if isinstance(error, InputError) and _is_here(error):
        return InputError(
            f"a worker cannot read the file, which can be read here: there, {error.what}",
            where=error.where,
            do="Put it where every machine of the cluster finds it under this name, or give a URL",
        )
    if not type(error).__module__.startswith("ray."):
        return error
    return BackendError(
        f"job {sent.place} was tried {sent.tries} times, and its worker failed each time, at last with "
        f"{type(error).__name__}: {_brief(error)}",
        where="engine",
        do="Use fewer workers, or machines with more memory",
    )


def _is_here(error: InputError) -> bool:
    """Whether a file that a worker does not find, or may not read, is a file of this machine."""
    return (
        error.what in _UNREACHED
        and error.where is not None
        and Path(error.where).is_file()
        and os.access(error.where, os.R_OK)
    )


def _brief(error: Exception) -> str:
    """The first sentence of what Ray says: the others tell how to look into its logs."""
    return f"{str(error).strip().partition(chr(10))[0].partition('. ')[0].rstrip('.'):.200}"


def _cores() -> int:
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
