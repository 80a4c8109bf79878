"""Summarise: an audit as plain data."""

from __future__ import annotations

import inspect
import math
from datetime import UTC, datetime
from typing import TYPE_CHECKING, cast

from holdfast.reports.masks import mask_private
from holdfast.reports.summary import SCHEMA
from holdfast.version import __version__

if TYPE_CHECKING:
    from holdfast.audits import Audit, Outcome
    from holdfast.audits.result import Source as AuditSource
    from holdfast.reports import summary as plain

_CLUSTER_WARNING = (
    "Nothing is labelled, so strata are clusters of similar wording. They miss rare intents that share words with "
    "frequent ones: give a label column for a test one can rely on."
)
_PREDICTED_WARNING = (
    "The candidate brings no labels, so its strata are predicted by a classifier trained on the real rows; its errors "
    "are the same on both sides and cancel, but they blunt the test."
)


def summarise(audit: Audit, *, show_text: bool = True) -> plain.Summary:
    """An audit as plain data, from which every report is rendered.

    Args:
        audit: The audit.
        show_text: Whether examples carry the text of their records.
    """
    from holdfast.reports import summary as plain

    return plain.Summary(
        schema=SCHEMA,
        holdfast_version=__version__,
        created_at=datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
        verdict=audit.verdict,
        exit_code=audit.exit_code,
        sentence=audit.sentence,
        candidate=_source(audit.candidate, len(audit.sides.candidate), audit.sides.candidate.units),
        anchor=plain.AnchorSource(
            **_source(audit.anchor, len(audit.sides.anchor), audit.sides.anchor.units),
            kind="frozen" if audit.anchor.kind == "frozen" else "one-shot",
            parts=dict(audit.anchor.parts or {}),
            digest=audit.anchor.digest,
        ),
        settings=plain.Settings(
            use=audit.settings.use,
            only=list(audit.settings.only),
            expect=audit.settings.expect,
            alpha=audit.settings.alpha,
            tolerances={o.measure.name: o.tolerance for o in audit.outcomes},
            on_undetermined=audit.settings.on_undetermined,
            detectable=audit.settings.detectable,
            draws=audit.settings.draws,
            seed=audit.settings.seed,
            show_text=show_text,
        ),
        strata=_strata(audit),
        bands=[
            plain.RarityBand(
                band=band["band"],
                real_rows=band["real_rows"],
                candidate_rows=band["candidate_rows"],
                retention=band["retention"],
                interval=band["interval"],
                null=plain.Band(median=band["null"].median, low=band["null"].low, high=band["null"].high),
                reason=band["reason"],
            )
            for band in audit.bands
        ],
        readings=[_reading(outcome, audit) for outcome in audit.outcomes],
        findings=[
            plain.Finding(
                measure=finding.measure,
                verdict=finding.verdict,
                title=finding.title,
                sentence=finding.sentence,
                evidence=list(finding.evidence),
                strata=list(finding.strata),
                record_ids=list(finding.record_ids),
                record_count=finding.record_count,
                examples=[
                    plain.Example(
                        id=example.id,
                        side="anchor" if example.side == "anchor" else "candidate",
                        stratum=example.stratum,
                        text=example.text if show_text else None,
                        note=example.note,
                    )
                    for example in finding.examples
                ],
                do=finding.do,
            )
            for finding in audit.findings
        ],
        phrases=[cast("plain.Phrase", phrase) for phrase in _phrases(audit, show_text=show_text)],
        do=audit.do,
        unseen=audit.unseen,
        how=_how(audit),
    )


def _phrases(audit: Audit, *, show_text: bool) -> list[dict[str, object]]:
    """Phrases as plain data. A phrase is text of records as well; the names of formats are ours."""
    row_of = {id_: row for row, id_ in enumerate(audit.sides.candidate.ids)}
    phrases: list[dict[str, object]] = []
    for phrase in audit.phrases:
        if phrase["kind"] == "format":
            phrases.append({**phrase, "private": False})
            continue
        words = str(phrase["phrase"])
        shown = words if show_text else f"({len(words.split())} words, not shown)"
        texts = [audit.sides.candidate.texts[row_of[id_]] for id_ in phrase["record_ids"]]
        phrases.append({**phrase, "phrase": shown, "private": _touches_private(words, texts)})
    return phrases


def _touches_private(words: str, texts: list[str]) -> bool:
    """Whether masking a record that holds the phrase takes part of it away: half an address is private, too."""
    from holdfast.views.tokens import fold

    holding = [text for text in texts if words in fold(text)]
    return not any(words in fold(mask_private(text)) for text in holding[:3])


def _source(source: AuditSource, rows: int, units: int) -> plain.Source:
    detection = source.detection
    return {
        "name": source.name,
        "files": list(source.files),
        "rows": rows,
        "units": units,
        "empty_rows": source.empty_rows,
        "skipped_rows": source.skipped_rows,
        "shape": detection.shape,
        "text_column": detection.text_column,
        "label_column": detection.label_column,
        "id_column": detection.id_column,
        "notes": [*detection.notes, *(f"{row.where}: {row.reason}" for row in source.skipped[:3])],
    }


def _strata(audit: Audit) -> plain.Strata:
    sides = audit.sides
    warning = {"clusters": _CLUSTER_WARNING, "classifier": _PREDICTED_WARNING}.get(sides.origin)
    table = sorted(audit.strata, key=lambda row: (not row["lost"], _order(row["retention"]), row["stratum"]))
    return {
        "origin": sides.origin,
        "column": audit.anchor.detection.label_column if sides.origin in ("column", "classifier") else None,
        "count": len(sides.labels) if sides.origin != "none" else 0,
        "accuracy": sides.accuracy,
        "warning": warning,
        "table": cast("list[plain.Stratum]", table),
        "not_in_anchor": [
            row["stratum"] for row in table if row["expected_rows"] == 0 and row["candidate_rows"] > 0
        ],
    }


def _order(retention: float | None) -> float:
    return math.inf if retention is None else retention


def _finite(value: float | None) -> float | None:
    return value if value is not None and math.isfinite(value) else None


def _reading(outcome: Outcome, audit: Audit) -> plain.Reading:
    measure, reading = outcome.measure, outcome.reading
    doc = _sections(type(measure).__doc__ or "")
    return {
        "measure": measure.name,
        "title": measure.title,
        "version": measure.version,
        "value": reading.value if reading else None,
        "unit": measure.unit,
        "percent": measure.percent,
        "null": None
        if reading is None
        else {"median": reading.null.median, "low": reading.null.low, "high": reading.null.high},
        "interval": reading.interval if reading else None,
        "p_value": reading.p_value if reading else None,
        "p_adjusted": outcome.p_adjusted,
        "effect": reading.effect if reading else None,
        "tolerance": outcome.tolerance,
        "smallest_detectable": _finite(outcome.smallest_detectable),
        "draws": audit.settings.draws,
        "verdict": outcome.verdict,
        "judged": measure.judged,
        "reason": outcome.reason,
        "reads": doc.get("Reads", ""),
        "blind_to": doc.get("Blind to", ""),
        "source": doc.get("Source", ""),
    }


def _sections(doc: str) -> dict[str, str]:
    """The sections of a measure's docstring: a heading on the margin, then indented lines."""
    sections: dict[str, str] = {}
    heading = None
    for line in inspect.cleandoc(doc).splitlines():
        text = line.strip()
        if not text or text.startswith(">>>"):
            heading = None
        elif text == line:
            heading = None if text.endswith(".") else text
        elif heading:
            sections[heading] = f"{sections.get(heading, '')} {text}".strip()
    return sections


def _how(audit: Audit) -> list[str]:
    from holdfast.measures.reading import counted

    settings, sides = audit.settings, audit.sides
    judged = sum(outcome.measure.judged and outcome.reading is not None for outcome in audit.outcomes)
    over = (
        "the one judged measure"
        if judged == 1
        else f"all {judged or ''} judged measures together (Holm)".replace("  ", " ")
    )
    lines = [
        f"Every measure is compared with what reality scores against itself: {settings.draws:,} draws that deal the "
        "rows of both sides anew, near-duplicates kept together (seed "
        f"{settings.seed}).",
        f"A reading fails when it is significant at {settings.alpha:.2g} over {over} and its effect is larger than its tolerance; significance alone warns.",
        "Every real row is read as if it were new: what is learnt from reality is applied to a real row without that "
        "row and its near-duplicates.",
    ]
    if sides.masked:
        cut = (
            "One template phrase was"
            if len(sides.masked) == 1
            else f"{len(sides.masked):,} template phrases were"
        )
        lines.append(
            f"{cut} cut out of the candidate before the other measures read it; see its habits of speech."
        )
    if settings.use == "add":
        lines.append(
            "The candidate is judged as an addition to the real rows: strata it leaves out are not lost."
        )
    if settings.only:
        lines.append(f"Only these strata were read: {', '.join(settings.only)}.")
    if sides.declared is not None:
        lines.append("The expected mix of strata was declared, not estimated from the real rows.")
    if sides.candidate.tokens.truncated or sides.anchor.tokens.truncated:
        rows = sides.candidate.tokens.truncated + sides.anchor.tokens.truncated
        lines.append(f"{counted(rows, 'record')} longer than 20,000 characters: read up to there.")
    return lines
