"""The desk: what a reviewer is shown next, and when what they said is saved."""

from __future__ import annotations

import threading
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from holdfast.errors import UsageError
from holdfast.reviews.decisions.decision import Decision
from holdfast.reviews.desk.shown import left_of, revealed_of, reviewer_name, shown_of, to_records
from holdfast.reviews.desk.standing import Standing

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping

    from numpy.typing import NDArray

    from holdfast.reviews.decisions.store import Decisions
    from holdfast.reviews.desk.shown import Revealed, Shown
    from holdfast.reviews.queues.contract import Queue

HELD_SECONDS = 600.0
"""How long an item that was shown to one person is not shown to another: longer than anybody takes, shorter than a break."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Progress:
    """How far a review is.

    Attributes:
        items: How many there are.
        decided: How many at least one person has decided.
        mine: How many the person has decided, 0 where nobody was named.
        left: How many are left for the person, or for anybody where nobody was named.
        reviewers: How many each person has decided.
    """

    items: int
    decided: int
    mine: int
    left: int
    reviewers: dict[str, int]


class Desk:
    """Deals items to reviewers, and saves what they say. May be used from several threads.

    Args:
        queue: The queue.
        decisions: Where what they say is kept.
        clock: Seconds that only grow.
        held_seconds: How long an item that was shown to one person is not shown to another.
    """

    def __init__(
        self,
        queue: Queue,
        decisions: Decisions,
        *,
        clock: Callable[[], float] = time.monotonic,
        held_seconds: float = HELD_SECONDS,
    ) -> None:
        self.queue = queue
        self._decisions = decisions
        self._clock = clock
        self._held_seconds = held_seconds
        self._lock = threading.RLock()
        self._everybody: NDArray[np.bool_] = (
            queue.table(["again"]).column("again").to_numpy(zero_copy_only=False).astype(bool)
        )
        self._standing = Standing(queue.rows)
        self._held: dict[int, dict[str, float]] = {}
        self._returned: dict[str, int] = {}
        self._catch_up()

    def next(self, reviewer: str, *, without: Collection[int] = ()) -> Shown | None:
        """What a person decides next, or None where nothing is left for them.

        By number: items that everybody is asked about, and those that too few have decided and nobody else has in front of them. What
        they took back comes first.

        Args:
            reviewer: Who.
            without: Items that are not wanted now, such as one that they have in front of them already.

        Raises:
            UsageError: That is no name.
        """
        name = reviewer_name(reviewer)
        with self._lock:
            self._catch_up()
            open_ = self._open_to(name)
            open_[[number for number in without if 0 <= number < len(open_)]] = False
            returned = self._returned.get(name)
            if returned is not None and open_[returned]:
                number = returned
            else:
                number = int(np.argmax(open_))
                if not open_[number]:
                    return None
            self._held.setdefault(number, {})[name] = self._clock() + self._held_seconds
            return self._show(name, number)

    def show(self, reviewer: str, item: int) -> Shown:
        """One item, whether decided or not, with what the person said of it.

        Raises:
            InputError: There is no such item.
            UsageError: That is no name.
        """
        name = reviewer_name(reviewer)
        with self._lock:
            self._catch_up()
            return self._show(name, item)

    def decide(
        self,
        reviewer: str,
        item: int,
        answers: Mapping[str, Any],
        *,
        uuid: str,
        seconds: float | None = None,
    ) -> Decision:
        """Saves what a person says of an item; it is on disk when this returns.

        Asked for again with the same uuid, it is saved once.

        Args:
            reviewer: Who.
            item: The number of the item.
            answers: By the name of the question; of a pair in terms of `left` and `right`.
            uuid: The name of this decision, given by the page.
            seconds: How long the item was in front of them, or None.

        Raises:
            InputError: There is no such item, or an answer is missing or none.
            OutputError: It could not be saved.
            UsageError: That is no name, or there is no uuid.
        """
        name = reviewer_name(reviewer)
        _check_uuid(uuid)
        shown = self.queue.item(item)
        left = left_of(self.queue.seed, item, name)
        kept = self.queue.questions.check(to_records(self.queue, answers, left))
        with self._lock:
            self._catch_up()
            seen: dict[str, Any] = {"left": left} if self.queue.shape == "pair" else {}
            seen["suggestion"] = "none" if shown.suggestion is None else "hidden"
            if shown.suggestion is not None and self._may_know(name, item):
                seen["suggestion"] = "open"
            saved = self._decisions.add(
                Decision(
                    uuid=uuid,
                    item=item,
                    reviewer=name,
                    answers=kept,
                    seconds=_seconds(seconds),
                    shown=seen,
                )
            )
            self._catch_up()
            self._release(name, item)
        return saved

    def undo(self, reviewer: str, *, uuid: str) -> Shown | None:
        """Takes back the last decision of a person that counts; they are shown that item again.

        Args:
            reviewer: Who.
            uuid: The name of this event, given by the page: asked for again, it takes back once.

        Returns:
            The item, or None where nothing is there to be taken back.

        Raises:
            OutputError: It could not be saved.
            UsageError: That is no name, or there is no uuid.
        """
        name = reviewer_name(reviewer)
        _check_uuid(uuid)
        with self._lock:
            self._catch_up()
            again = self._decisions.find(uuid)
            if again is not None:
                if again.takes_back is None or again.reviewer != name:
                    raise UsageError("another event has this uuid", where=uuid)
                return self._show(name, again.item)
            last = self._standing.last(name)
            if last is None:
                return None
            self._decisions.add(Decision(uuid=uuid, item=last[1], reviewer=name, takes_back=last[0]))
            self._catch_up()
            self._returned[name] = last[1]
            self._held.setdefault(last[1], {})[name] = self._clock() + self._held_seconds
            return self._show(name, last[1])

    def reveal(self, reviewer: str, item: int) -> Revealed | None:
        """What was hidden about an item; None before the person has decided it, and always in a blind queue.

        Raises:
            InputError: There is no such item.
            UsageError: That is no name.
        """
        name = reviewer_name(reviewer)
        with self._lock:
            self._catch_up()
            found = self.queue.item(item)
            if self.queue.blind or not self._known_of(name)[item]:
                return None
            return revealed_of(self.queue, found, left_of(self.queue.seed, item, name))

    def progress(self, reviewer: str | None = None) -> Progress:
        """How far the review is.

        Args:
            reviewer: For whom; None says how many items nobody has decided.

        Raises:
            UsageError: That is no name.
        """
        with self._lock:
            self._catch_up()
            counts = self._standing.counts
            reviewers = {one: int(self._standing.of(one).sum()) for one in self._standing.reviewers}
            decided = int((counts > 0).sum())
            if reviewer is None:
                mine, left = 0, len(counts) - decided
            else:
                name = reviewer_name(reviewer)
                mine, left = reviewers.get(name, 0), int(self._open_to(name).sum())
            return Progress(items=len(counts), decided=decided, mine=mine, left=left, reviewers=reviewers)

    def _catch_up(self) -> None:
        """Takes note of what was saved since, by this desk or by anybody else."""
        for event in self._decisions.all(after=self._standing.seq):
            self._standing.take(event)

    def _open_to(self, reviewer: str) -> NDArray[np.bool_]:
        """bool [items], what may be shown to a person."""
        wanting = self._standing.counts < self.queue.people
        now = self._clock()
        for number, held in list(self._held.items()):
            for one in [one for one, until in held.items() if until <= now]:
                del held[one]
            if not held:
                del self._held[number]
            others = len(held) - (reviewer in held)
            wanting[number] = self._standing.counts[number] + others < self.queue.people
        found: NDArray[np.bool_] = (wanting | self._everybody) & ~self._known_of(reviewer)
        return found

    def _known_of(self, reviewer: str) -> NDArray[np.bool_]:
        # A name that has decided nothing keeps no array: names that are only asked with would fill memory.
        if reviewer not in self._standing.reviewers:
            return np.zeros(len(self._everybody), bool)
        return self._standing.of(reviewer)

    def _may_know(self, reviewer: str, item: int) -> bool:
        return not self.queue.blind and self._standing.has_met(reviewer, item)

    def _release(self, reviewer: str, item: int) -> None:
        held = self._held.get(item)
        if held is not None:
            held.pop(reviewer, None)
            if not held:
                del self._held[item]
        if self._returned.get(reviewer) == item:
            del self._returned[reviewer]

    def _show(self, reviewer: str, item: int) -> Shown:
        found = self.queue.item(item)
        left = left_of(self.queue.seed, item, reviewer)
        uuid = self._standing.counting(reviewer, item)
        said = None if uuid is None else self._decisions.find(uuid)
        return shown_of(self.queue, found, left, {} if said is None else said.answers)


def _check_uuid(uuid: str) -> None:
    # It comes from a page: any short word of letters, digits and dashes will do.
    if not 1 <= len(uuid) <= 64 or not uuid.isascii() or not uuid.replace("-", "").isalnum():
        raise UsageError("is no name for a decision", where="uuid")


def _seconds(given: float | None) -> float | None:
    """Seconds as they are kept: a page's clock may be turned back, or stand still over night.

    >>> _seconds(3.21987), _seconds(-1.0), _seconds(float("nan"))
    (3.22, None, None)
    """
    if given is None or not 0.0 <= given < float("inf"):
        return None
    return round(given, 3)
