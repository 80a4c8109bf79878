"""The contract: a self-test as plain data, the documented output of `holdfast selftest --json`."""

from __future__ import annotations

from typing import TypedDict

SCHEMA = "holdfast.selftest/1"


class Point(TypedDict):
    """All audits of one loss at one dose."""

    dose: float  # 0 to 1; 0 for fresh real rows
    amount: float  # the share that the dose comes to; completed by the loss's unit
    audits: int
    failed: int
    warned: int
    undetermined: int
    share: float | None  # failed / audits
    interval: tuple[float, float] | None  # exact, 95 %
    failed_by: dict[str, int]  # audits by measure that failed the candidate
    warned_by: dict[str, int]  # audits by measure that warned
    reason: str | None  # why audits had no verdict, or why nothing was planted


class Curve(TypedDict):
    """One loss at every dose that was tried."""

    loss: str
    title: str
    unit: str
    harmless: bool  # a control: an audit that fails it is wrong
    needs_labels: bool
    planted: bool
    seen: bool | None  # in four audits of five, at the largest dose; None where it was not planted
    smallest_dose: float | None  # interpolated
    smallest_amount: float | None
    at_most: bool  # the smallest dose tried was seen: the true one may be smaller
    seen_by: list[str]
    points: list[Point]
    not_tried: list[
        float
    ]  # doses that a larger one, where nothing stirred, or a smaller one, that all failed, answers


class Real(TypedDict):
    """The rows losses were planted in."""

    name: str
    files: list[str]
    rows: int
    strata: int | None
    text_column: str
    label_column: str | None
    notes: list[str]


class Settings(TypedDict):
    """What was asked for."""

    anchor_rows: int
    candidate_rows: int
    doses: list[float]
    repeats: int
    alpha: float
    draws: int
    seed: int


class Blindness(TypedDict):
    """A whole self-test."""

    schema: str
    holdfast_version: str
    created_at: str
    complete: bool  # false where it was interrupted
    sentence: str
    real: Real
    settings: Settings
    fresh: Point
    losses: list[Curve]
    measures: dict[str, str]  # titles by name
    blind: list[str]
    always_blind: list[str]
