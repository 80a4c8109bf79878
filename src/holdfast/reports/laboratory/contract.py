"""The contract: experiments of the laboratory as plain data, the documented content of `results.json`."""

from __future__ import annotations

from typing import Literal, TypedDict

SCHEMA = "holdfast.laboratory/1"


class Check(TypedDict):
    """One number, and what it was to be."""

    name: str
    relation: Literal["equals", "at_most", "at_least"]
    expected: float | None
    measured: float | None  # None where what came out is no number
    standard_error: float | None  # None where nothing was drawn
    floor: float | None
    tolerance: float | None  # the larger of four standard errors and the floor
    holds: bool


class Curve(TypedDict):
    """A line of a figure."""

    name: str
    kind: Literal["measured", "expected"]
    x: list[float | None]
    y: list[float | None]
    low: list[float | None]  # as many as x, or none
    high: list[float | None]


class Figure(TypedDict):
    """What is drawn of an experiment."""

    x: str
    y: str
    log_x: bool
    log_y: bool
    curves: list[Curve]


class Trial(TypedDict):
    """An experiment, as it was run and as it came out."""

    id: str
    title: str
    question: str
    setup: str
    source: str
    seed: int
    holdfast_version: str
    holds: bool
    checks: list[Check]
    figure: Figure
    notes: list[str]


class Laboratory(TypedDict):
    """All that a folder holds."""

    schema: str
    experiments: list[Trial]  # in the order of the catalogue
