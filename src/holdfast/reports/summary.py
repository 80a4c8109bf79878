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
    data_hash: str | None  # identity of those rows, as in a blend's manifest; None for a frozen anchor
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
    of_rows: int  # rows of the reference; more than `rows` where a part of them was read, by their content


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


class RowsRead(TypedDict):
    """A part of the rows, which their content decides: those whose words were compared with words."""

    candidate: int  # candidate rows the reading rests on
    of_candidate: int  # of so many
    real: int  # real rows, likewise
    of_real: int  # of so many


class Reading(TypedDict):
    """A measure's value together with its null and everything needed to judge it."""

    measure: str  # "stratum_deficit"
    title: str  # "Strata lost or thinned"
    version: int
    value: float | None
    at_least: bool  # the value is a lower bound: the real rows can show no more
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
    rows_read: RowsRead | None  # None: every row


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


class Cause(TypedDict):
    """What would explain the readings, held against them."""

    id: str  # "no_novelty"
    title: str  # for a reader
    state: Literal["likely", "possible", "excluded", "unknown"]  # "excluded" says "not this"
    confidence: float | None  # share of planted sets with such readings that had it
    speaks_for: list[str]  # what the readings say for it, strongest first
    speaks_against: list[str]  # what they say against it
    missing: list[str]  # titles of measures that could have told and could not answer
    severity: str | None  # in the cause's own unit, where it is likely or possible
    confirm: str  # what would confirm it
    remedy: str  # what fits it


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


class RealRows(TypedDict):
    """A number of fresh real rows that would have scored as much."""

    real_rows: float  # where at_least is true, the most that the real rows can show
    low: float  # 95 % interval
    high: float | None  # None: the real rows are too few to bound it
    at_least: bool  # worth at least real_rows, and never more than that by extrapolation


class AddedRows(RealRows):
    """What the candidate adds to the real rows; copies of real rows add nothing. A lower bound."""

    joined: int  # real rows it joins
    fresh: float  # what as many fresh real rows would have scored by the same count


class WorthBand(TypedDict):
    """Worth by coverage in one rarity band: fresh real rows, of all kinds, that would cover the band as well."""

    band: str  # "rarest tenth", "tenth to quarter", "quarter to half", "head half"
    judges: int  # real rows that judge it
    value: RealRows | None  # None: undetermined
    reason: str | None  # why undetermined


class WorthStratum(TypedDict):
    """Worth by coverage in one stratum."""

    stratum: str
    judges: int  # real rows that judge it
    value: RealRows


class CoverageCurve(TypedDict):
    """How close real sets of growing size come to unseen real rows, and how close the candidate comes."""

    sizes: list[float]  # real rows, ascending from 0
    closeness: list[float]  # mean closeness of the nearest row, 0 to 1
    candidate: float  # closeness that the candidate reaches


class UncoveredRow(TypedDict):
    """A real row of the reference (never of the holdout) that no candidate row comes near any more."""

    id: str
    stratum: str | None
    text: str | None  # None with --no-text
    chance: float  # that a real set of this size would come no closer
    nearest_id: str | None  # the nearest candidate row
    nearest_text: str | None  # None with --no-text


class WorthLearner(TypedDict):
    """What a cheap learner takes from the candidate to unseen real rows."""

    name: str  # "labels" or "language"
    value: RealRows  # by that learner


class Worth(TypedDict):
    """Real-equivalent rows: how many fresh real rows would have been worth as much as the candidate."""

    sentence: str  # what it is worth, for a reader; rounded, the keys below are not
    alone: str  # the stand-alone value with its interval, beside reality's
    beside: str  # the added value with its interval, beside reality's
    rows: int  # candidate rows; as many fresh real rows are worth as many
    value: RealRows  # the headline: the smallest of the readings, freed of what taking the smallest does to noise
    by: list[str]  # readings that cannot be told from the smallest: "coverage", or a learner's name
    above: list[str]  # readings that are larger by more than chance
    null: Band | None  # what as many fresh real rows score; None with --use add
    coverage: RealRows  # by how close it comes to unseen real rows
    learners: list[WorthLearner]  # by what cheap learners take from it to unseen real rows
    judges: int  # real rows that judge
    added: AddedRows
    bands: list[WorthBand]
    strata: list[WorthStratum]  # those that enough real rows judge, least first
    curve: CoverageCurve
    uncovered_count: int  # real rows that judge and that nobody covers any more
    uncovered_by_chance: float  # how many of them chance leaves at most in a real set of this size
    uncovered: list[UncoveredRow]  # up to 200 of them, 20 of a stratum, the most surprising first
    representation: str  # what judged
    blind_to: str  # what that cannot see


class DiversityOrder(TypedDict):
    """A Hill number: effective kinds of something, at equal coverage."""

    order: int  # 0 counts kinds, 1 weighs them by frequency, 2 by its square
    of: str  # what is counted: "word pairs", "strata"
    real: float
    candidate: float
    ratio: float  # candidate / real
    low: float  # band of real against real
    high: float


class Diversity(TypedDict):
    """The diversity profile."""

    score: float | None  # Ds
    orders: list[DiversityOrder]


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
    encoder: str | None  # what judged closeness instead of shared word pairs
    show_text: bool


class Extent(TypedDict):
    """How much of both sides was read, and where."""

    engine: str | None  # "inline" or "ray", which read it block by block; None: held in memory
    blocks: int | None  # in how many blocks
    workers: int | None  # how many were read at once
    real_rows: int | None  # real rows there are, where only a part of them was read
    beyond: int  # real rows of thin strata that were read beyond that part; no share counts them
    kept: bool  # answered before: its readings were judged anew, and no row was read


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
    worth: Worth | None  # what the candidate is worth in real rows; None where it could not be read
    candidate: Source
    anchor: AnchorSource
    settings: Settings
    strata: Strata
    bands: list[RarityBand]
    diversity: Diversity | None  # None where it was not read
    readings: list[Reading]
    findings: list[Finding]
    causes: list[Cause]  # likeliest first, excluded ones last
    phrases: list[Phrase]
    do: list[str]  # what to do next, most useful first
    unseen: list[str]  # what this audit could not have seen
    how: list[str]  # how it was computed
    extent: Extent  # how much of both sides was read, and where
