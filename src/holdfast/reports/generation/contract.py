"""The contract: a generation as its page shows it, every figure beside its interval and what reality scores in its place."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal, TypedDict

if TYPE_CHECKING:
    from collections.abc import Mapping

    from holdfast.reports.summary import Verdict

Interval = tuple[float, float] | None


class Value(TypedDict):
    """Real-equivalent rows."""

    real_rows: float
    low: float
    high: float | None  # None: the real rows cannot bound it
    at_least: bool
    reality: int  # what as many real rows are worth


class Look(TypedDict):
    """What a set is worth, overall and in the rarest tenth."""

    name: str
    rows: int
    overall: Value | None
    rarest: Value | None
    reason: str | None  # why nothing can be told of it overall
    lost: list[str]


class Rate(TypedDict):
    """Rows out of rows, beside what real rows score in their place."""

    count: int
    of: int
    share: float | None  # None where there is nothing to divide by
    interval: Interval  # exact, 95 %
    real: float | None  # the same of real rows; None where nobody knows


class Kept(TypedDict):
    """Retention of a stratum."""

    rows: int
    expected: float  # rows that reality would have
    share: float | None
    interval: Interval
    lost: bool


class Stratum(TypedDict):
    """A stratum that rows were asked for."""

    name: str | None
    asked: int
    kept: int
    before: Kept | None
    after: Kept | None
    state: str | None  # as the rows that steer see it
    why: str


class Taken(TypedDict):
    """Rows that a filter took."""

    filter: str
    title: str
    made: Rate  # of written rows; `real` is what it takes of all real rows
    rarest: float | None  # of real rows of the rarest tenth
    rarest_high: float | None
    decision: str  # the guard's
    held: str  # what that held back
    why: str


class Lost(TypedDict):
    """Rows that never had a text."""

    reason: str
    title: str
    made: Rate


class Turn(TypedDict):
    """A round."""

    number: int
    asked: int
    kept: Rate
    added: Rate
    worth: Value | None
    reason: str | None
    missing: int  # strata that lacked rows before it
    shares: dict[str, float]
    temperature: Interval
    moves: list[Mapping[str, Any]]


class Arm(TypedDict):
    """A way of making rows."""

    name: str
    asked: int
    kept: Rate
    added: Rate
    share_first: float | None
    share_last: float | None
    requests: int
    cost: float | None


class Beside(TypedDict):
    """Made rows of a stratum beside real ones."""

    stratum: str | None
    made: list[Mapping[str, Any]]
    real: list[Mapping[str, Any]]


class Rejected(TypedDict):
    """Rows that a filter took, a few of them."""

    filter: str
    title: str
    taken: int
    rows: list[Mapping[str, Any]]


class Effect(TypedDict):
    """What a parameter did to an outcome."""

    parameter: str
    outcome: str
    state: Literal["raises", "lowers", "none", "undetermined"]
    change: float | None
    interval: Interval
    null: Interval  # what shuffled draws score
    span: str
    needed_rows: int | None
    smallest_detectable: float | None
    p_adjusted: float | None
    mean: float | None
    rows: int
    sentence: str


class Question(TypedDict):
    """A question put to what was kept."""

    question: str
    state: str
    found: str
    chance: str
    sentence: str


class Wall(TypedDict):
    """What was spent, and what might have been."""

    unit: str
    spent: float | None
    allowed: float | None
    share: float | None


class Summary(TypedDict):
    """A generation, in the order in which its page tells it."""

    name: str
    word: str
    verdict: Verdict
    head: str
    rest: str
    judged: str
    subject: list[str]
    ended: str
    before: Look | None
    after: Look | None
    strata: list[Stratum]
    given_up: list[Stratum]
    wished: int
    written: Rate
    accepted: Rate
    taken: list[Taken]
    lost: list[Lost]
    turns: list[Turn]
    arms: list[Arm]
    beside: list[Beside]
    rejected: list[Rejected]
    effects: list[Effect]
    untold: list[str]
    prompts: Mapping[str, Any] | None
    selection: Mapping[str, Any] | None
    questions: list[Question]
    bands: list[tuple[str, Rate]]
    requests: list[tuple[str, str]]
    failures: list[tuple[str, int]]
    other_models: list[tuple[str, str, int]]
    walls: list[Wall]
    notes: list[str]
    steer: bool
