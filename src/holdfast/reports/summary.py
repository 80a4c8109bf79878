"""The summary: an audit as plain data, from which every report is rendered.

Every renderer (`text`, `html`, `markdown`, `junit`, `json`) reads this and nothing else. Its JSON form is the
documented, versioned output of `holdfast audit --json`; a key is never removed or given another meaning within
one schema version.
"""

from __future__ import annotations

from typing import Literal, TypedDict

SCHEMA = "holdfast.audit/1"

Verdict = Literal["pass", "warn", "fail", "undetermined"]


class Source(TypedDict):
    """One side of the comparison: where the rows came from and how they were read."""

    name: str
    files: list[str]
    rows: int  # rows that were measured
    units: int  # near-duplicate groups, each counted once in every test
    empty_rows: int  # rows without text, left out of every measure
    skipped_rows: int  # unreadable rows, with --on-bad-row skip
    shape: str  # "text", "prompt_completion", "messages", "sharegpt", "alpaca"
    text_column: str
    label_column: str | None
    id_column: str | None
    notes: list[str]  # what detection decided, one sentence each


class AnchorSource(Source):
    """The real side."""

    kind: Literal["frozen", "one-shot"]
    parts: dict[str, int]  # rows in reference, gold, holdout; {"reference": n} when one-shot
    digest: str | None  # "sha256:..." of a frozen anchor


class Band(TypedDict):
    """What reality itself scores at the same size: the middle 95 % of real-against-real draws."""

    median: float
    low: float
    high: float


class Stratum(TypedDict):
    """One stratum: a part of reality one must not lose."""

    stratum: str
    real_rows: int
    candidate_rows: int
    real_share: float
    candidate_share: float
    expected_rows: float  # what reality would have put there at the candidate's size
    retention: float | None  # candidate share / real share; None where the real side has none
    interval: tuple[float, float] | None  # 95 %
    p_value: float | None  # one-sided, raw
    lost: bool  # named under false-discovery control


class RarityBand(TypedDict):
    """Retention in one rarity band, chosen and evaluated on different real rows."""

    band: str  # "rarest tenth", "tenth to quarter", "quarter to half", "head half"
    real_rows: int
    candidate_rows: int
    retention: float | None  # None: undetermined
    interval: tuple[float, float] | None
    null: Band | None
    reason: str | None  # why undetermined


class Reading(TypedDict):
    """A measure's value together with its null and everything needed to judge it."""

    measure: str  # "stratum_deficit"
    title: str  # "Strata lost or thinned"
    version: int
    value: float | None
    unit: str  # completes "12 % ...": "of rows repeat an earlier row"
    percent: bool  # render value, band and tolerance as a percentage
    null: Band | None
    interval: tuple[float, float] | None
    p_value: float | None
    p_adjusted: float | None  # Holm over the judged readings
    effect: float | None  # value minus what reality scores, oriented so that larger is worse
    tolerance: float | None
    smallest_detectable: float | None  # smallest effect failed in 80 % of draws; never below the tolerance
    draws: int
    verdict: Verdict
    judged: bool  # False: advisory; can warn, never fail
    reason: str | None  # why undetermined, or not judged
    reads: str
    blind_to: str
    source: str


class Example(TypedDict):
    """A record shown as evidence."""

    id: str
    side: Literal["candidate", "anchor"]
    stratum: str | None
    text: str | None  # None with --no-text
    note: str | None  # "copied 41 times", ...


class Finding(TypedDict):
    """A reading that left its null by more than its tolerance (or a warning), with evidence."""

    measure: str
    verdict: Verdict
    title: str
    sentence: str
    evidence: list[str]
    strata: list[str]
    record_ids: list[str]  # all record ids the finding rests on, up to 1,000
    record_count: int
    examples: list[Example]
    do: str


class Phrase(TypedDict):
    """A phrase, opener or format the candidate uses more than reality does."""

    phrase: str
    kind: Literal["phrase", "opener", "closer", "format"]
    candidate_rows: int
    candidate_share: float
    real_rows: int
    real_share: float
    rate_ratio: float
    interval: tuple[float, float]
    p_value: float
    record_ids: list[str]  # up to 20
    private: bool  # touches an address, number or key that --mask covers


class Settings(TypedDict):
    """What was asked for."""

    use: Literal["replace", "add"]
    only: list[str]
    expect: str | None
    alpha: float
    tolerances: dict[str, float]
    on_undetermined: Literal["ask", "block", "pass"]
    detectable: float
    draws: int
    seed: int
    show_text: bool


class Strata(TypedDict):
    """Where the strata came from."""

    origin: Literal["column", "classifier", "clusters", "none"]
    column: str | None
    count: int
    accuracy: float | None  # of the classifier on real rows it had not seen
    warning: str | None
    table: list[Stratum]  # every stratum, lost first, then by retention
    not_in_anchor: list[str]  # labels only the candidate has


class Summary(TypedDict):
    """A whole audit as plain data."""

    schema: str
    holdfast_version: str
    created_at: str  # UTC, ISO 8601
    verdict: Verdict
    exit_code: int
    sentence: str
    candidate: Source
    anchor: AnchorSource
    settings: Settings
    strata: Strata
    bands: list[RarityBand]
    readings: list[Reading]
    findings: list[Finding]
    phrases: list[Phrase]
    do: list[str]  # what to do next, most useful first
    unseen: list[str]  # what this audit could not have seen
    how: list[str]  # how it was computed
