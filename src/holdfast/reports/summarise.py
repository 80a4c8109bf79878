"""Summarise: an audit as plain data."""

from __future__ import annotations

import inspect
import math
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, cast

from holdfast.reports.extent import extent, extent_lines, rows_read
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


_ADDED = "with --use add this is the added value; it is said, not judged"


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
        worth=_worth(audit, show_text=show_text),
        candidate=_source(audit.candidate, len(audit.sides.candidate), audit.sides.candidate.units),
        anchor=plain.AnchorSource(
            **_source(audit.anchor, len(audit.sides.anchor), audit.sides.anchor.units),
            kind="frozen" if audit.anchor.kind == "frozen" else "one-shot",
            parts=dict(audit.anchor.parts or {}),
            digest=audit.anchor.digest,
            of_rows=audit.extent.real_rows or len(audit.sides.anchor),
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
            encoder=audit.settings.encoder,
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
        diversity=_diversity(audit),
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
        causes=[
            plain.Cause(
                id=cause.id,
                title=cause.title,
                state=cause.state,
                confidence=cause.confidence,
                speaks_for=list(cause.speaks_for),
                speaks_against=list(cause.speaks_against),
                missing=list(cause.missing),
                severity=cause.severity,
                confirm=cause.confirm,
                remedy=cause.remedy,
            )
            for cause in audit.causes
        ],
        phrases=[cast("plain.Phrase", phrase) for phrase in _phrases(audit, show_text=show_text)],
        do=audit.do,
        unseen=audit.unseen,
        how=_how(audit),
        extent=extent(audit),
    )


_LEARNERS = {
    "labels": "Learner: naive Bayes on words and parts of words, tested on the labels of unseen real rows.",
    "language": "Learner: a language model of three words, tested on the word order of unseen real rows.",
}


def _representation(audit: Audit, details: dict[str, Any]) -> str:
    """What judged."""
    same = ", of the same label" if audit.sides.origin == "column" else ""
    learners = [_LEARNERS[learner["name"]] for learner in details["learners"]]
    return " ".join([f"Closeness: {details['representation']}{same}.", *learners])


def _worth(audit: Audit, *, show_text: bool) -> plain.Worth | None:
    """Real-equivalent rows as plain data; real rows shown are those of the reference that judged."""
    from holdfast.audits import worth

    outcome = worth.outcome_of(audit.outcomes)
    if outcome is None or outcome.reading is None:
        return None
    details, null = outcome.reading.details, outcome.reading.null
    return {
        "sentence": f"{worth.headline(audit)}.",
        "alone": worth.alone(audit) or "",
        "beside": worth.beside(audit) or "",
        "rows": details["rows"],
        "value": _real_rows(details["headline"]),
        "by": details["headline"]["by"],
        "above": details["headline"]["above"],
        "null": None
        if audit.settings.use == "add"
        else {"median": null.median, "low": null.low, "high": null.high},
        "coverage": _real_rows(details["coverage"]),
        "learners": [
            {"name": learner["name"], "value": _real_rows(learner)} for learner in details["learners"]
        ],
        "judges": details["coverage"]["judges"],
        "added": {
            **_real_rows(details["added"]),
            "joined": len(audit.sides.anchor),
            "fresh": details["added"]["fresh"],
        },
        "bands": [
            {
                "band": band["band"],
                "judges": band["judges"],
                "value": None if band.get("real_rows") is None else _real_rows(band),
                "reason": band["reason"],
            }
            for band in details["bands"]
        ],
        "strata": [
            {"stratum": row["stratum"], "judges": row["judges"], "value": _real_rows(row)}
            for row in details["strata"]
        ],
        "curve": {
            "sizes": list(details["curve"]["sizes"]),
            "closeness": list(details["curve"]["closeness"]),
            "candidate": details["curve"]["candidate"],
        },
        "uncovered_count": details["uncovered_count"],
        "uncovered_by_chance": details["uncovered_by_chance"],
        "uncovered": [_uncovered(audit, row, show_text=show_text) for row in details["uncovered"]],
        "representation": _representation(audit, details),
        "blind_to": details["blind_to"],
    }


def _real_rows(found: dict[str, Any]) -> plain.RealRows:
    return {
        "real_rows": found["real_rows"],
        "low": found["low"],
        "high": _finite(found["high"]),
        "at_least": found["at_least"],
    }


def _uncovered(audit: Audit, found: dict[str, Any], *, show_text: bool) -> plain.UncoveredRow:
    real, candidate, nearest = audit.sides.anchor, audit.sides.candidate, found["nearest"]
    return {
        "id": real.ids[found["row"]],
        "stratum": found["stratum"],
        "text": real.texts[found["row"]] if show_text else None,
        "chance": found["chance"],
        "nearest_id": None if nearest is None else candidate.ids[nearest],
        "nearest_text": candidate.texts[nearest] if show_text and nearest is not None else None,
    }


def _diversity(audit: Audit) -> plain.Diversity | None:
    reading = next((o.reading for o in audit.outcomes if o.measure.name == "diversity_profile"), None)
    if reading is None or not reading.details.get("orders"):
        return None
    return {
        "score": reading.details.get("score"),
        "orders": [
            {
                "order": int(row["order"]),
                "of": row["of"],
                "real": row["real"],
                "candidate": row["candidate"],
                "ratio": row["ratio"],
                "low": row["low"],
                "high": row["high"],
            }
            for row in reading.details["orders"]
        ],
    }


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
        "data_hash": source.data_hash,
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
    said = reading is not None and measure.name == "real_equivalent_rows" and audit.settings.use == "add"
    return {
        "measure": measure.name,
        "title": measure.title,
        "version": measure.version,
        "value": reading.value if reading else None,
        "at_least": _is_bound(outcome, audit),
        "unit": measure.unit,
        "percent": measure.percent,
        "null": None
        if reading is None
        else {"median": reading.null.median, "low": reading.null.low, "high": reading.null.high},
        # An interval that is open above has its place in `worth`.
        "interval": reading.interval
        if reading and reading.interval and all(math.isfinite(end) for end in reading.interval)
        else None,
        "p_value": reading.p_value if reading and not said else None,
        "p_adjusted": None if said else outcome.p_adjusted,
        "effect": reading.effect if reading and not said else None,
        "tolerance": None if said else outcome.tolerance,
        "smallest_detectable": None if said else _finite(outcome.smallest_detectable),
        "draws": audit.settings.draws,
        "verdict": outcome.verdict,
        "judged": measure.judged,
        "reason": _ADDED if said else outcome.reason,
        "reads": doc.get("Reads", ""),
        "blind_to": doc.get("Blind to", ""),
        "source": doc.get("Source", ""),
        "rows_read": rows_read(outcome),
    }


def _is_bound(outcome: Outcome, audit: Audit) -> bool:
    if outcome.reading is None or outcome.measure.name != "real_equivalent_rows":
        return False
    part = "added" if audit.settings.use == "add" else "headline"
    return bool(outcome.reading.details[part]["at_least"])


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
        *extent_lines(audit),
        f"Every measure is compared with what reality scores against itself: {settings.draws:,} draws that deal the "
        "rows of both sides anew, near-duplicates kept together (seed "
        f"{settings.seed}).",
        f"A reading fails when it is significant at {settings.alpha:.2g} over {over} and its effect is larger than its tolerance; significance alone warns.",
        "Every real row is read as if it were new: what is learnt from reality is applied to a real row without that "
        "row and its near-duplicates.",
    ]
    if audit.worth:
        lines.append(
            f"Real-equivalent rows: {audit.worth['coverage']['judges']:,} unseen real rows judge how close a set comes to them; the "
            "value is read off the curve of real sets of every size, and never beyond the real rows at hand."
        )
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
    if sides.candidate.truncated or sides.anchor.truncated:
        rows = sides.candidate.truncated + sides.anchor.truncated
        lines.append(f"{counted(rows, 'record')} longer than 20,000 characters: read up to there.")
    return lines
