"""A sink: what takes the figures of a loop."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, Protocol

Value = float | str | None
"""A figure; a word such as a verdict; None for what cannot be known."""

Role = Literal["training", "model", "snapshot"]
"""What something that is kept is to the cycle: the rows it trained on, the model it made, what it sealed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """A loop as a tracker knows it: all cycles of a project are one run, and a cycle is a step.

    Attributes:
        id: The same for as long as the project lives, wherever its folder is moved.
        name: What people call it.
    """

    id: str
    name: str


class Sink(Protocol):
    """Takes figures. Whatever it raises is reported once, and nothing goes to it any longer."""

    def start(self, run: Run) -> None:
        """Opens the run, anew where it was ended before."""
        ...

    def metric(self, name: str, value: Value, step: int) -> None:
        """A figure of a cycle."""
        ...

    def artifact(self, path: str, digest: str, *, role: Role, step: int) -> None:
        """Something that is kept, by reference: its place in the project, and what it must be. No bytes are handed over."""
        ...

    def end(self, verdict: str) -> None:
        """A cycle has ended, or waits: `accepted`, `stopped`, `waiting`."""
        ...
