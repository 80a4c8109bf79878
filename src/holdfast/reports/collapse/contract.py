"""The contract: what became of the user's rows as plain data, the documented content of `collapse.json`."""

from __future__ import annotations

from typing import Any, TypedDict

SCHEMA = "holdfast.collapse/1"


class Real(TypedDict):
    """The user's rows."""

    name: str
    rows: int
    labelled: bool
    digest: str  # of labels and texts


class World(TypedDict):
    """How they were dealt."""

    rows: int  # of every generation
    at_hand: int  # real rows that may be mixed in: a part of generation 0
    judges: int  # real rows that audits compare with
    exam: int  # real rows that nobody learns from or steers by
    strata: int | None  # None without labels
    rare: list[str]  # the rarest third, the rarest first


class Setting(TypedDict):
    """What was asked."""

    protocols: list[str]
    real_share: float
    learner: str
    learner_name: str
    temperature: float
    top_p: float
    generations: int
    rows: int | None  # None: as many as there are for it
    seed: int
    audited: bool


class Generation(TypedDict):
    """What was read of a generation. What could not be read is None, never 0."""

    generation: int  # 0 learnt from real rows
    rows: int  # its model learnt from
    real: int  # of them
    written: int  # by models, for it
    accuracy: float | None
    rare_recall: float | None
    bits_per_byte: float
    tail_bits_per_byte: float | None
    words: list[float]  # Hill numbers of order 0, 1 and 2
    pairs: list[float]
    strata: int | None
    worth: dict[str, Any] | None  # rows, at_least, rare_rows, verdict, judges, failed, lost
    halted: str | None
    gates: list[list[str]]


class Course(TypedDict):
    """What became of the rows under one protocol."""

    protocol: str
    title: str
    advice: str | None  # of the planner, after generation 1
    generations: list[Generation]


class Foretold(TypedDict):
    """Retention that the planner expected, by generation; None for generation 0."""

    median: list[float | None]
    low: list[float | None]  # nine in ten draws lie between low and high
    high: list[float | None]


class Followed(TypedDict):
    """A group of strata under one protocol."""

    protocol: str
    retention: list[float]  # its share of what a generation learnt from, of its share of reality
    foretold: Foretold | None


class Group(TypedDict):
    """Strata that are followed as one."""

    name: str
    strata: list[str]
    real_rows: int
    courses: list[Followed]


class Written(TypedDict):
    """What the last model of a protocol writes."""

    protocol: str
    texts: list[str]  # none where it has forgotten the label


class Example(TypedDict):
    """A real row, and what models write when they are asked for the like."""

    label: str | None
    real: str
    written: list[Written]


class Collapse(TypedDict):
    """All of it."""

    schema: str
    holdfast_version: str
    real: Real
    world: World
    setting: Setting
    courses: list[Course]
    groups: list[Group]  # none without labels
    examples: list[Example]
