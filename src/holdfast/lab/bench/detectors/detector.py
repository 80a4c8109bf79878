"""Detector: what the bench asks of everything that is on trial."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Mapping

    import numpy as np


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """One side as a detector sees it.

    Attributes:
        texts: Its texts.
        labels: Its labels, one for each text, or None.
    """

    texts: tuple[str, ...]
    labels: tuple[str, ...] | None

    def __len__(self) -> int:
        return len(self.texts)


@dataclass(frozen=True, slots=True, kw_only=True)
class Detection:
    """What a detector says of a candidate.

    Attributes:
        name: Who says it. One look may answer under several names.
        strength: How bad it is, in the detector's own unit; larger is worse. None where it cannot say.
        p_value: Where it has one.
        alarm: Whether it alarms by its own rule, where it has one.
        strata: Strata it names as lost.
        causes: Causes it names.
        reason: Why it cannot say.
        seconds: Time it took, where one look answers under several names and tells them apart.
    """

    name: str
    strength: float | None
    p_value: float | None = None
    alarm: bool | None = None
    strata: tuple[str, ...] = ()
    causes: tuple[str, ...] = ()
    reason: str | None = None
    seconds: float | None = None


class Detector(Protocol):
    """What is on trial. Every detector is a frozen dataclass: its `repr` and version identify it.

    Attributes:
        name: A short name.
        source: Where the method comes from.
        needs_labels: Whether it is only asked where rows have labels.
    """

    @property
    def source(self) -> str:
        """Where the method comes from."""
        ...

    @property
    def needs_labels(self) -> bool:
        """Whether it is only asked where rows have labels."""
        ...

    @property
    def name(self) -> str:
        """A short name."""
        ...

    @property
    def version(self) -> str:
        """Changes whenever old answers stop being comparable."""
        ...

    def __call__(
        self,
        anchor: Shown,
        candidate: Shown,
        rng: np.random.Generator,
        *,
        declared: Mapping[str, float] | None = None,
    ) -> tuple[Detection, ...]:
        """Look at both sides.

        Args:
            anchor: Real rows.
            candidate: The rows under examination.
            rng: Source of randomness.
            declared: Shares of labels that the candidate is declared to have, where they are not reality's.
        """
        ...
