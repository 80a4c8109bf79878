"""What an audit returns: a result that answers questions."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, Literal

from holdfast.audits.causes import Cause, diagnose
from holdfast.audits.extent import Extent
from holdfast.audits.findings import Finding, find
from holdfast.audits.judge import Failed, Outcome, Verdict, judge, overall
from holdfast.audits.wording import next_steps, sentence, unseen
from holdfast.audits.worth import MEASURE as WORTH
from holdfast.errors import unknown

if TYPE_CHECKING:
    from collections.abc import Mapping

    from holdfast.data import Detection, SkippedRow
    from holdfast.views.sides import Sides

OnUndetermined = Literal["ask", "block", "pass"]
_EXIT = {"pass": 0, "warn": 0, "fail": 1}


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """What was asked for. Every field is a flag of `holdfast audit` and a parameter of `holdfast.audit`."""

    use: Literal["replace", "add"] = "replace"
    only: tuple[str, ...] = ()
    expect: str | None = None
    alpha: float = 0.01
    tolerance: Mapping[str, float]
    on_undetermined: OnUndetermined = "ask"
    detectable: float = 0.5
    draws: int = 1_999
    seed: int = 0
    encoder: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """Where the rows of one side came from.

    Attributes:
        name: Short name.
        files: Files read.
        detection: How the rows were understood.
        empty_rows: Rows without text.
        skipped: Rows that could not be read, the first thousand.
        skipped_rows: How many could not be read.
        kind: `frozen`, `one-shot` (anchors) or `candidate`.
        parts: Rows in each part of an anchor.
        digest: Digest of a frozen anchor.
        data_hash: Identity of the rows; None for a frozen anchor.
    """

    name: str
    files: tuple[str, ...]
    detection: Detection
    empty_rows: int = 0
    skipped: tuple[SkippedRow, ...] = ()
    skipped_rows: int = 0
    kind: Literal["frozen", "one-shot", "candidate"] = "candidate"
    parts: Mapping[str, int] | None = None
    digest: str | None = None
    data_hash: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Audit:
    """A candidate held against an anchor.

    Attributes:
        verdict: `pass`, `warn`, `fail` or `undetermined`.
        outcomes: Every measure, judged.
        findings: What left reality's band, with evidence.
        causes: What would explain the findings, the likeliest first, and what is excluded.
        sides: Both sides as measures read them.
        settings: What was asked for.
        candidate: Where the candidate came from.
        anchor: Where the anchor came from.
        notes: What a reader should know about the reading of the rows.
        extent: How much of both sides was read, and where.
    """

    verdict: Verdict
    outcomes: tuple[Outcome, ...]
    findings: tuple[Finding, ...]
    causes: tuple[Cause, ...]
    sides: Sides
    settings: Settings
    candidate: Source
    anchor: Source
    notes: tuple[str, ...] = ()
    extent: Extent = field(default_factory=Extent)

    @property
    def exit_code(self) -> int:
        """0 pass or warn, 1 fail, 3 undetermined; `on_undetermined` turns the last into 1 (block) or 0 (pass).

        4 where a measure broke, unless the others fail the candidate anyway.
        """
        if any(isinstance(outcome.result, Failed) for outcome in self.outcomes):
            return 1 if self.verdict == "fail" else 4
        if self.verdict == "undetermined":
            return {"ask": 3, "block": 1, "pass": 0}[self.settings.on_undetermined]
        return _EXIT[self.verdict]

    @property
    def sentence(self) -> str:
        """The answer in one sentence."""
        return sentence(self)

    @property
    def do(self) -> list[str]:
        """What to do next, most useful first."""
        return next_steps(self)

    @property
    def unseen(self) -> list[str]:
        """What this audit could not have seen."""
        return unseen(self)

    @property
    def lost(self) -> list[str]:
        """Names of the strata that are lost or thinned, under false-discovery control."""
        return [row["stratum"] for row in self.strata if row["lost"]]

    @property
    def strata(self) -> list[dict[str, Any]]:
        """One row per stratum: real and candidate rows, retention with interval, p-value, lost or not."""
        return list(self._details("stratum_deficit").get("strata", []))

    @property
    def worth(self) -> dict[str, Any]:
        """What the candidate is worth in real rows, alone (`headline`) and `added`; empty where it is not known."""
        return self._details(WORTH)

    @property
    def bands(self) -> list[dict[str, Any]]:
        """Retention per rarity band."""
        return list(self._details("band_retention").get("bands", []))

    @property
    def phrases(self) -> list[dict[str, Any]]:
        """Over-represented phrases, openers, closers and formats, with rate ratios."""
        return list(self._details("artifacts").get("phrases", []))

    def outcome(self, measure: str) -> Outcome:
        """The outcome of one measure by name.

        Raises:
            UsageError: There is no such measure.
        """
        for outcome in self.outcomes:
            if outcome.measure.name == measure:
                return outcome
        raise unknown("measure", measure, [o.measure.name for o in self.outcomes])

    def rows(self, measure: str) -> list[str]:
        """Ids of the candidate rows a reading rests on, most telling first."""
        reading = self.outcome(measure).reading
        return [self.sides.candidate.ids[row] for row in reading.rows] if reading else []

    def at(self, *, alpha: float | None = None, tolerance: Mapping[str, float] | None = None) -> Audit:
        """The same readings judged at another error rate or other tolerances; nothing is computed again.

        Args:
            alpha: Family-wise error rate.
            tolerance: Tolerances by measure name, in addition to those in force.
        """
        settings = replace(
            self.settings,
            alpha=self.settings.alpha if alpha is None else alpha,
            tolerance={**self.settings.tolerance, **(tolerance or {})},
        )
        names = [o.measure.name for o in self.outcomes]
        for name in settings.tolerance:
            if name not in names:
                raise unknown("measure", name, names)
        outcomes = judge(
            [(o.measure, o.result) for o in self.outcomes],
            alpha=settings.alpha,
            tolerances=settings.tolerance,
            detectable=settings.detectable,
        )
        return replace(
            self,
            verdict=overall(outcomes),
            outcomes=outcomes,
            findings=find(outcomes, self.sides),
            causes=diagnose(outcomes, (len(self.sides.anchor), len(self.sides.candidate))),
            settings=settings,
        )

    def _details(self, measure: str) -> dict[str, Any]:
        reading = next((o.reading for o in self.outcomes if o.measure.name == measure), None)
        return reading.details if reading else {}
