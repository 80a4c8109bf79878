"""Many at a time in one event loop, in bounded memory, and entered from code that knows of none."""

from __future__ import annotations

import asyncio
import contextvars
import threading
from contextlib import suppress
from typing import TYPE_CHECKING, Any, TypeVar, cast

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Coroutine, Iterable

T = TypeVar("T")
R = TypeVar("R")
_ends: contextvars.ContextVar[list[Callable[[], Awaitable[None]]] | None] = contextvars.ContextVar(
    "holdfast_ends", default=None
)
_REST = 16
"""Items of one worker between two moments in which the event loop looks at other things."""
_LOOK = 0.1
"""Seconds between two looks at whether somebody interrupts."""


async def each(
    items: Iterable[T], work: Callable[[T], Awaitable[R]], *, width: int, done: Callable[[R], None]
) -> None:
    """Works on items, so many at a time; an item is taken when somebody is free, and its result handed on at once.

    The first error ends everything and is raised; so does a cancellation. Nothing goes on afterwards.

    Args:
        items: They are not gathered: there may be millions.
        work: What is done with each.
        width: How many at a time.
        done: Takes each result, in the order in which they are ready.

    >>> found = []
    >>> async def double(number): return 2 * number
    >>> run(each(range(4), double, width=2, done=found.append))
    >>> sorted(found)
    [0, 2, 4, 6]
    """
    source = iter(items)

    async def go() -> None:
        for number, item in enumerate(source):
            done(await work(item))
            if number % _REST == 0:
                # Work that never waits, on answers that are all known, would leave no moment for an interrupt.
                await asyncio.sleep(0)

    workers = [asyncio.create_task(go()) for _ in range(max(1, width))]
    try:
        finished, _ = await asyncio.wait(workers, return_when=asyncio.FIRST_EXCEPTION)
        for worker in finished:
            worker.result()
    finally:
        for worker in workers:
            worker.cancel()
        await asyncio.gather(*workers, return_exceptions=True)


def run(work: Coroutine[Any, Any, R]) -> R:
    """The one door into the event loop; where one runs in this thread already, as in notebooks, a thread of its own is used.

    What was opened in it is closed before it ends, as sockets belong to their event loop. An interrupt cancels the work, waits until
    it has put its things away, and goes on its way.
    """
    # Nothing runs inside of the block that looks: what the work raises would hang on what that block caught.
    return _elsewhere(work) if _runs() else asyncio.run(_closing(work))


def at_end(close: Callable[[], Awaitable[None]]) -> None:
    """Has something closed when the `run` around it ends; outside of one, whoever opened it closes it."""
    ends = _ends.get()
    if ends is not None:
        ends.append(close)


def _runs() -> bool:
    try:
        asyncio.get_running_loop()
    except RuntimeError:
        return False
    return True


async def _closing(work: Coroutine[Any, Any, R]) -> R:
    ends: list[Callable[[], Awaitable[None]]] = []
    _ends.set(ends)
    try:
        return await work
    finally:
        await asyncio.gather(*(close() for close in ends), return_exceptions=True)


def _elsewhere(work: Coroutine[Any, Any, R]) -> R:
    results: list[R] = []
    errors: list[BaseException] = []
    under_way: list[asyncio.Task[Any]] = []
    ready = threading.Event()

    async def begun() -> R:
        under_way.append(cast("asyncio.Task[Any]", asyncio.current_task()))
        ready.set()
        return await _closing(work)

    def go() -> None:
        try:
            results.append(asyncio.run(begun()))
        except BaseException as error:  # noqa: BLE001 - raised below, where somebody listens
            errors.append(error)
        finally:
            ready.set()

    thread = threading.Thread(target=contextvars.copy_context().run, args=(go,), name="holdfast-chats")
    waits = asyncio.current_task()
    # Counted before it starts: its first work may be under way, and interrupted, before this thread runs again.
    cancelled = waits.cancelling() if waits is not None else 0
    thread.start()
    try:
        _wait_for(thread, waits, cancelled)
    except BaseException:
        ready.wait()
        with suppress(RuntimeError):  # it has ended by itself meanwhile
            under_way[0].get_loop().call_soon_threadsafe(under_way[0].cancel)
        thread.join()
        raise
    if errors:
        raise errors[0]
    return results[0]


def _wait_for(thread: threading.Thread, waits: asyncio.Task[Any] | None, cancelled: int) -> None:
    """Until it ends, or the task that waits is cancelled once more: asyncio does that at an interrupt, and its loop stands still."""
    while thread.is_alive():
        thread.join(_LOOK)
        if waits is not None and waits.cancelling() > cancelled:
            raise asyncio.CancelledError
