"""Several requests at a time, and no waiting for them when somebody interrupts."""

from __future__ import annotations

from queue import Empty, SimpleQueue
from threading import Event, Thread
from time import monotonic
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence


Question = TypeVar("Question")
Answer = TypeVar("Answer")
_MOMENT = 2.0
"""Seconds."""


def ask_together(
    ask: Callable[[Question], Answer], questions: Sequence[Question], *, threads: int
) -> list[Answer]:
    """The answers, in the order of the questions; the first failure ends the asking and is raised.

    A `ThreadPoolExecutor` waits for what its threads are doing, which for a slow server takes minutes. These threads
    are given a moment to end well after a failure, none after an interrupt, and are then left to themselves.

    >>> ask_together(str.upper, ["a", "b", "c"], threads=2)
    ['A', 'B', 'C']
    """
    waiting: SimpleQueue[tuple[int, Question]] = SimpleQueue()
    done: SimpleQueue[BaseException | None] = SimpleQueue()
    answers: dict[int, Answer] = {}
    over = Event()
    for numbered in enumerate(questions):
        waiting.put(numbered)

    def work() -> None:
        while not over.is_set():
            try:
                place, question = waiting.get_nowait()
            except Empty:
                return
            try:
                answers[place] = ask(question)
            except BaseException as error:  # noqa: BLE001 - raised below, where somebody listens
                done.put(error)
            else:
                done.put(None)

    workers = [Thread(target=work, daemon=True) for _ in range(min(threads, len(questions)))]
    try:
        for worker in workers:
            worker.start()
        failure = next(filter(None, (done.get() for _ in questions)), None)
    finally:
        over.set()
    if failure is not None:
        end = monotonic() + _MOMENT
        for worker in workers:
            worker.join(max(0.0, end - monotonic()))
        raise failure
    return [answers[place] for place in range(len(questions))]
