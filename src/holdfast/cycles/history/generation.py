"""Generation: what is known of one model in a row of them, as plain values."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:
    from collections.abc import Mapping

    from holdfast.data.scores import Items

Group = Literal["benchmarks", "bias", "perplexity", "tail", "diversity", "coherence", "strata", "other"]
GROUPS: tuple[Group, ...] = (
    "benchmarks",
    "bias",
    "perplexity",
    "tail",
    "diversity",
    "coherence",
    "strata",
    "other",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Reality:
    """What reality, or the frozen reference, scores in the same place.

    Attributes:
        value: Its score.
        low: Lower end of what it scores by chance; None where that is not known.
        high: Upper end.
    """

    value: float
    low: float | None = None
    high: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Figure:
    """One number about one generation, with everything that decides what it may be compared with.

    Attributes:
        group: Where it stands on the page.
        task: What was asked: a task, a measure, a stratum or a band.
        metric: How it was counted.
        filter: How answers were read, or empty.
        unit: Completes the number where a metric has no name of its own; else empty.
        percent: Whether it is shown as a percentage.
        higher_is_better: None where nobody said.
        value: None where there is no number.
        low: Lower end of its 95 % interval; None where it has none.
        high: Upper end.
        standard_error: None where it has none.
        rows: Items or rows it rests on; None where that is not known.
        items: What each item scored, where that was kept.
        reality: What reality scores in its place; None where there is nothing real beside it.
        conditions: What must be equal before two are compared.
        harness: What wrote it.
        file: Where it stands.
        verdict: What an audit said of it; None elsewhere.
        notes: What a reader should know.
    """

    group: Group
    task: str
    metric: str
    filter: str = ""
    unit: str = ""
    percent: bool = False
    higher_is_better: bool | None = None
    value: float | None = None
    low: float | None = None
    high: float | None = None
    standard_error: float | None = None
    rows: int | None = None
    items: Items | None = None
    reality: Reality | None = None
    conditions: Mapping[str, Any] = field(default_factory=dict)
    harness: str = ""
    file: str = ""
    verdict: str | None = None
    notes: tuple[str, ...] = ()

    @property
    def key(self) -> tuple[str, str, str, str]:
        """What makes a figure of two generations the same series."""
        return self.group, self.task, self.metric, self.filter


@dataclass(frozen=True, slots=True, kw_only=True)
class Strata:
    """How a generation's rows fall into strata, beside reality's.

    Attributes:
        anchor: What makes two realities the same: a digest, or the counts.
        real: Rows of each stratum in reality.
        real_rows: All rows of reality.
        made: Rows of each stratum in the generation.
        made_rows: All rows of the generation.
        file: Where it stands.
    """

    anchor: str
    real: Mapping[str, float]
    real_rows: float
    made: Mapping[str, float]
    made_rows: float
    file: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Generation:
    """What is known of one model.

    Attributes:
        name: What it is called on the page.
        figures: Every number.
        strata: How its rows fall into strata; None where nobody counted.
        learnt_from: Rows it was trained on; None where that is not known.
        files: What was read.
        notes: What a reader should know.
    """

    name: str
    figures: tuple[Figure, ...] = ()
    strata: Strata | None = None
    learnt_from: int | None = None
    files: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
