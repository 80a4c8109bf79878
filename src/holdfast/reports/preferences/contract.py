"""The contract: a preference audit as plain data, the documented output of its JSON form."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal, NotRequired, TypedDict

if TYPE_CHECKING:
    from holdfast.reports.summary import Verdict

SCHEMA = "holdfast.preferences/1"

State = Literal["beyond", "within", "undetermined", "not_asked"]
Interval = tuple[float, float] | list[float] | None


class Candidate(TypedDict):
    """The labels under examination."""

    name: str
    files: list[str]
    shape: str
    pairs: int
    labels: int
    prompts: int
    set_aside: dict[str, int]
    skipped_rows: int
    notes: list[str]


class Anchor(TypedDict):
    """What people said of pairs."""

    name: str
    kind: str  # frozen, one-shot, inside
    pairs: int
    labels: int
    people: int
    shared_pairs: int
    digest: str | None
    place: NotRequired[str | None]
    reworded: NotRequired[int]


class Settings(TypedDict):
    """What was asked for."""

    alpha: float
    look: int
    level: float
    seed: int
    draws: int


class Judge(TypedDict):
    """Who labelled and is no person."""

    name: str
    kind: str
    labels: int
    shared_pairs: int
    informative: bool | None
    contradicted: int


class Reading(TypedDict):
    """A measure's reading of one judge, author or teacher."""

    measure: str
    title: str
    subject: str
    unit: str
    value: float | None
    interval: Interval
    reality: float | None
    reality_interval: Interval
    effect: float | None
    effect_interval: Interval
    p_value: float | None
    adjusted_p: float | None
    floor: float
    control: float | None
    smallest_detectable: float | None
    n: int
    state: State
    alarm: bool
    primary: bool
    reason: str | None
    evidence: list[str]
    details: dict[str, Any]
    pair_ids: list[str]


class Finding(TypedDict):
    """A reading that leaves what people score."""

    measure: str
    subject: str
    severity: Literal["fail", "warn"]
    sentence: str


class Cause(TypedDict):
    """An explanation that findings support."""

    name: str
    title: str
    state: Literal["likely", "possible"]
    sentence: str
    evidence: list[str]
    do: str


class Speaker(TypedDict):
    """A teacher or placebo, and how far labels lean towards its voice."""

    name: str
    role: Literal["teacher", "placebo"]
    value: float | None
    interval: Interval


class Voice(TypedDict):
    """The profile of voices."""

    teacher: str
    profile: list[Speaker]
    reality: float | None


class WinRate(TypedDict):
    """How often an author wins: by the judge, by people, and corrected."""

    author: str
    judge: float | None
    human: float | None
    corrected: float | None
    interval: Interval
    worth_labels: float | None
    human_interval: NotRequired[Interval]
    judge_name: NotRequired[str]  # where several judges' win rates stand side by side


class Pair(TypedDict):
    """A pair that shows it."""

    pair_id: str
    prompt: str | None
    response_a: str | None
    response_b: str | None
    author_a: str | None
    author_b: str | None
    words_a: int | None
    words_b: int | None
    human: Literal["a", "b", "tie"] | None
    judge: Literal["a", "b", "tie"] | None
    judge_name: str
    why: str


class Found(TypedDict):
    """A whole preference audit."""

    schema: str
    verdict: Verdict
    sentence: str
    holdfast_version: str
    candidate: Candidate
    anchor: Anchor | None
    settings: Settings
    judges: list[Judge]
    readings: list[Reading]
    findings: list[Finding]
    causes: list[Cause]
    voice: Voice | None
    win_rates: list[WinRate] | None
    pairs: list[Pair]
    notes: list[str]
    next: list[str]
    show_text: bool
