"""What an experiment of the catalogue is: a setup, where it comes from, what must come out, and how near is near enough."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal, Protocol

if TYPE_CHECKING:
    from collections.abc import Callable

    import numpy as np

Relation = Literal["equals", "at_most", "at_least"]
_STANDARD_ERRORS = 4.0
"""A simulated mean that is right lies further off once in 16,000 times."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    """One number, and what it was to be.

    Attributes:
        name: What is measured, with its unit.
        expected: What theory or the publication says.
        measured: What came out.
        standard_error: Of what came out, by Monte Carlo; None where nothing was drawn.
        floor: Distance that is let pass whatever the standard error, in the number's own unit: the catalogue's tolerance.
        relation: Whether it is to equal what was expected, or not to pass it.
    """

    name: str
    expected: float
    measured: float
    standard_error: float | None = None
    floor: float = 0.0
    relation: Relation = "equals"

    @property
    def tolerance(self) -> float:
        """The larger of four standard errors and the floor."""
        return max(_STANDARD_ERRORS * (self.standard_error or 0.0), self.floor)

    @property
    def holds(self) -> bool:
        """Whether it lies within the tolerance; what is not a number holds nowhere.

        >>> Check(name="share", expected=0.5, measured=0.52, standard_error=0.01).holds
        True
        >>> Check(name="share", expected=0.5, measured=0.6, standard_error=0.01, relation="at_least").holds
        True
        >>> Check(name="share", expected=0.5, measured=float("nan"), floor=9.0).holds
        False
        """
        off = self.measured - self.expected
        if self.relation == "at_most":
            return off <= self.tolerance
        if self.relation == "at_least":
            return off >= -self.tolerance
        return abs(off) <= self.tolerance


@dataclass(frozen=True, slots=True, kw_only=True)
class Curve:
    """A line of the figure.

    Attributes:
        name: What it shows.
        x: Ascending.
        y: As many.
        kind: `measured` are dots with a line, `expected` a line of theory.
        low: Lower ends of the band, as many as `x`, or empty.
        high: Upper ends.
    """

    name: str
    x: tuple[float, ...]
    y: tuple[float, ...]
    kind: Literal["measured", "expected"] = "measured"
    low: tuple[float, ...] = ()
    high: tuple[float, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Figure:
    """What is drawn of an experiment.

    Attributes:
        x: What the horizontal axis says, with its unit.
        y: The same of the vertical one.
        curves: Its lines.
        log_x: Whether the horizontal axis is logarithmic.
        log_y: Whether the vertical one is.
    """

    x: str
    y: str
    curves: tuple[Curve, ...]
    log_x: bool = False
    log_y: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """How an experiment came out.

    Attributes:
        checks: Its numbers.
        figure: What is drawn.
        notes: What a reader should know: where a published number did not come out, and what that shows.
    """

    checks: tuple[Check, ...]
    figure: Figure
    notes: tuple[str, ...] = field(default=())

    @property
    def holds(self) -> bool:
        """Whether every number does; an experiment without numbers holds nothing."""
        return bool(self.checks) and all(check.holds for check in self.checks)


class Experiment(Protocol):
    """An experiment: a frozen dataclass whose fields are the sizes of its setup."""

    @property
    def id(self) -> str:
        """`L1` to `L18`."""
        ...

    @property
    def title(self) -> str:
        """What happens in it, in a few words."""
        ...

    @property
    def question(self) -> str:
        """What one wants to know by it, as a question."""
        ...

    @property
    def setup(self) -> str:
        """What is drawn, how often and how large, in a sentence or two; its numbers are those of the fields."""
        ...

    @property
    def source(self) -> str:
        """Who published what is expected, or that it was derived for this project."""
        ...

    @property
    def seconds(self) -> float:
        """What it takes on one core, roughly."""
        ...

    def run(
        self,
        rng: np.random.Generator,
        progress: Callable[[str], None] = ...,
        /,
    ) -> Outcome:
        """Runs it: the same state of the generator gives the same outcome."""
        ...
