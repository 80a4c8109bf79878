"""Who is told what happens in a loop."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, Protocol

if TYPE_CHECKING:
    from holdfast.audits import Audit
    from holdfast.cycles.journal import Event
    from holdfast.cycles.stages.stage import Done

Outcome = Literal["accepted", "stopped", "waiting"]


class Observer(Protocol):
    """Who is told what happens, when it has happened; what they do with it changes nothing."""

    def gate(self, cycle: int, event: Event, audit: Audit | None) -> None:
        """A gate has spoken."""
        ...

    def stage(self, cycle: int, done: Done) -> None:
        """A stage is done."""
        ...

    def cycle(self, cycle: int, outcome: Outcome) -> None:
        """A cycle has ended, or waits."""
        ...
