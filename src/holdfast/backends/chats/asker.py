"""Everything that is asked passes here: known answers, the ledger, the budget, the pace, retries, and what is counted."""

from __future__ import annotations

import asyncio
from collections import deque
from dataclasses import dataclass, replace
from math import inf
from typing import TYPE_CHECKING, Protocol, Self

import numpy as np

from holdfast.backends.chats.budget import Bound, Budget
from holdfast.backends.chats.chat import Answer, Failed, Trouble
from holdfast.backends.chats.pace import TRIED_AGAIN, Pace, Patience
from holdfast.backends.chats.store import ANSWERED
from holdfast.backends.chats.together import each, run
from holdfast.backends.chats.traffic import Traffic
from holdfast.errors import UsageError, unknown

if TYPE_CHECKING:
    from collections.abc import Mapping
    from types import TracebackType

    from holdfast.backends.chats.budget import Price
    from holdfast.backends.chats.chat import Chat, ChatRequest, Kind
    from holdfast.backends.chats.store import Spent

__all__ = ["Asker", "Endpoint", "Store", "each", "run"]
_FREE: frozenset[Kind] = frozenset({"limited", "unreachable", "unavailable", "key", "missing"})
"""Troubles for which nobody sends a bill; the others may have cost what was set aside for them."""
_CLOSING: Mapping[Kind, int] = {"key": 5, "missing": 5, "unreachable": 20}
"""Requests in a row that end so, before an endpoint is asked nothing more: nothing else would come of the next ten thousand."""


class Store(Protocol):
    """Where answers and the ledger are kept: `AnswerStore`."""

    def get(self, key: str) -> Answer | None:
        """A known answer."""
        ...

    def begin(self, key: str, *, endpoint: str) -> None:
        """Writes down that a request is sent."""
        ...

    def settle(
        self,
        key: str,
        outcome: str,
        *,
        input_tokens: int | None,
        output_tokens: int | None,
        cost_nano: int | None,
        answer: Answer | None = None,
    ) -> None:
        """Writes down how it ended, and what it brought."""
        ...

    def spent(self) -> Spent:
        """What the run has spent."""
        ...

    def unsettled(self) -> int:
        """Sends of killed processes."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Endpoint:
    """A chat, and how it may be used.

    Attributes:
        chat: Who answers.
        parallel: Requests at a time, at most; fewer where the server says that it is too many.
        price: What tokens cost, or None where that is not known.
    """

    chat: Chat
    parallel: int = 16
    price: Price | None = None


class Asker:
    """Asks several endpoints, each at its own pace, within one budget.

    A request whose answer is known is not sent. What is sent is written down before; what comes back is kept before it is returned.
    Use it in one event loop, as a context: `async with Asker(...) as asker`, which closes the chats.

    Args:
        endpoints: By the names that recipes call them.
        store: Answers and ledger.
        budget: What may be spent, over all processes that work on this run.
        seed: Draws how long is waited before a request is sent again.
        patience: How often that is.

    Raises:
        UsageError: An endpoint cannot be used, or a budget of money has an endpoint without prices.
    """

    def __init__(
        self,
        endpoints: Mapping[str, Endpoint],
        store: Store,
        budget: Budget | None = None,
        *,
        seed: int = 0,
        patience: Patience | None = None,
    ) -> None:
        self.budget = budget or Budget()
        self.tally = Traffic(lost_before=store.unsettled())
        self.endpoints = dict(endpoints)
        self._store = store
        self._rng = np.random.default_rng(seed)
        self._patience = patience or Patience()
        self._lanes = {name: _Lane(name, endpoint, self.budget) for name, endpoint in endpoints.items()}
        self._busy: dict[str, asyncio.Event] = {}
        self._settled: deque[asyncio.Future[None]] = deque()
        self.budget.begin(store.spent())

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.close()

    async def close(self) -> None:
        """Closes every chat, also when closing one of them fails."""
        chats = {id(lane.chat): lane.chat for lane in self._lanes.values()}
        await asyncio.gather(*(chat.close() for chat in chats.values()), return_exceptions=True)

    @property
    def paces(self) -> dict[str, Pace]:
        """How fast each endpoint is asked at this moment, by name."""
        return {name: lane.pace for name, lane in self._lanes.items()}

    async def ask(self, request: ChatRequest, endpoint: str) -> Answer | Failed:
        """The answer to a request, or why there is none.

        Args:
            request: What is asked.
            endpoint: Whom.

        Raises:
            UsageError: There is no such endpoint, or the budget cannot bound this request.
            OutputError: The store cannot be written.
        """
        lane = self._lanes.get(endpoint)
        if lane is None:
            raise unknown("endpoint", endpoint, sorted(self._lanes))
        key = request.key(lane.chat)
        while key in self._busy:
            await self._busy[key].wait()
        busy = self._busy[key] = asyncio.Event()
        try:
            known = self._store.get(key)
            if known is not None:
                self.tally.hits += 1
                return replace(known, cache_hit=True)
            return await self._fetch(lane, key, request)
        finally:
            del self._busy[key]
            busy.set()

    async def _fetch(self, lane: _Lane, key: str, request: ChatRequest) -> Answer | Failed:
        bound, patience = Bound.of(request, lane.price), self._patience
        tries = troubles = limits = 0
        clock = asyncio.get_running_loop().time
        began: float | None = None
        while True:
            found = await self._send(lane, key, request, bound)
            if isinstance(found, Failed):
                return self._failed(found.kind, found.said, tries)
            tries += 1
            if isinstance(found, Answer):
                return found
            if found.kind == "limited":
                limits += 1
                began = clock() if began is None else began
                put_off = clock() - began + (found.retry_after or 0.0)
                if limits >= patience.limits or put_off > patience.limited_seconds:
                    return self._failed("limited", str(found), tries)
                self.tally.limited += 1
            elif found.kind in TRIED_AGAIN and troubles < patience.times:
                began = None
                self.tally.retried += 1
                await asyncio.sleep(patience.wait(troubles, self._rng, found.retry_after))
                troubles += 1
            else:
                lane.ended(found.kind, str(found))
                return self._failed(found.kind, str(found), tries)

    async def _send(
        self, lane: _Lane, key: str, request: ChatRequest, bound: Bound
    ) -> Answer | Trouble | Failed:
        """One request; it has failed where it may not be sent."""
        ticket, found = await lane.enter(), None
        try:
            if lane.closed is not None:
                return lane.closed
            if not await self._set_aside(bound):
                return Failed(kind="budget", said=f"the budget of {self.budget.ended} has ended", tries=0)
            found = await self._sent(lane, key, request, bound)
            return found
        finally:
            lane.leave(ticket, found)

    async def _sent(self, lane: _Lane, key: str, request: ChatRequest, bound: Bound) -> Answer | Trouble:
        """What came of a request for which there is room, written down before and after."""
        tokens: int | None = None
        nano: int | None = None
        try:
            self._store.begin(key, endpoint=lane.name)
            self.tally.sent += 1
            try:
                found: Answer | Trouble = await lane.chat.complete(request)
            except Trouble as trouble:
                found = trouble
            told = _told(found)
            nano = lane.nano(told)
            tokens = None if None in told else sum(count for count in told if count is not None)
            outcome, answer = ANSWERED, None
            if isinstance(found, Trouble):
                outcome = found.kind
            else:
                found = answer = replace(found, cost=None if nano is None else nano / 1e9)
                self.tally.count(found, asked=lane.chat.model)
            self._store.settle(
                key, outcome, input_tokens=told[0], output_tokens=told[1], cost_nano=nano, answer=answer
            )
            return found
        finally:
            # Also when it was interrupted: it is on its way, and may cost what was set aside.
            self.budget.settle(bound, tokens=tokens, nano=nano)
            _wake(self._settled, everybody=True)

    async def _set_aside(self, bound: Bound) -> bool:
        while not self.budget.reserve(bound):
            if not self.budget.in_flight:
                return False
            await _wait(self._settled)
        return True

    def _failed(self, kind: Kind, said: str, tries: int) -> Failed:
        self.tally.failed[kind] += 1
        return Failed(kind=kind, said=said, tries=tries)


class _Lane:
    """One endpoint: who may send now, and who waits."""

    def __init__(self, name: str, endpoint: Endpoint, budget: Budget) -> None:
        if isinstance(endpoint.parallel, bool) or endpoint.parallel < 1:
            raise UsageError(f"parallel is a whole number from 1, not {endpoint.parallel!r}", where=name)
        self.name = name
        self.chat = endpoint.chat
        self.price = endpoint.price
        if budget.nano is not None and self.price is None:
            raise UsageError(
                "a budget of money needs the price of a million tokens, of prompts and of answers",
                where=name,
                do="Give both (0 where it costs nothing)",
            )
        self.pace = Pace(endpoint.parallel)
        self.closed: Failed | None = None
        self._waiting: deque[asyncio.Future[None]] = deque()
        self._in_a_row: tuple[Kind | None, int] = (None, 0)

    async def enter(self) -> int:
        """Waits until a request may be sent; returns its ticket."""
        clock = asyncio.get_running_loop().time
        try:
            while (wait := self.pace.wait(clock())) > 0:
                await (_wait(self._waiting) if wait == inf else asyncio.sleep(wait))
        except asyncio.CancelledError:
            _wake(self._waiting)  # the turn that it may have been given goes to the next
            raise
        return self.pace.send()

    def leave(self, ticket: int, found: Answer | Trouble | None) -> None:
        """Tells the pace how a request ended, and gives its turn to the next."""
        now = asyncio.get_running_loop().time()
        if isinstance(found, Answer):
            self.pace.answered()
            self._in_a_row = (None, 0)
        elif found is not None and found.kind == "limited":
            self.pace.limited(ticket, now, found.retry_after)
        else:
            self.pace.failed()
        _wake(self._waiting, everybody=self.pace.wait(now) == 0 and self.pace.limit > self.pace.in_flight + 1)

    def ended(self, kind: Kind, said: str) -> None:
        """A request ended for good without an answer; after enough of them in a row the endpoint is closed."""
        before, count = self._in_a_row
        self._in_a_row = (kind, count + 1 if kind == before else 1)
        if self._in_a_row[1] >= _CLOSING.get(kind, 1 << 62):
            self.closed = Failed(
                kind=kind, said=f"{said} (the last {self._in_a_row[1]:,} requests ended so)", tries=0
            )

    def nano(self, told: tuple[int | None, int | None]) -> int | None:
        """What so many tokens cost, where that is known."""
        if self.price is None or told[0] is None or told[1] is None:
            return None
        return self.price.nano(told[0], told[1])


def _told(found: Answer | Trouble) -> tuple[int | None, int | None]:
    """Tokens of prompt and answer."""
    told = found.input_tokens, found.output_tokens
    return (0, 0) if isinstance(found, Trouble) and told == (None, None) and found.kind in _FREE else told


async def _wait(queue: deque[asyncio.Future[None]]) -> None:
    future = asyncio.get_running_loop().create_future()
    queue.append(future)
    await future


def _wake(queue: deque[asyncio.Future[None]], *, everybody: bool = False) -> None:
    """Lets the first go on that still waits, or all of them."""
    while queue:
        future = queue.popleft()
        if not future.done():
            future.set_result(None)
            if not everybody:
                return
