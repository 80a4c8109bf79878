"""The gate before training: what was blended, audited against rows of reality that steered nothing."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import msgspec

from holdfast.audits import audit
from holdfast.cycles.gates.verdict import Verdict
from holdfast.data import read_records
from holdfast.errors import InputError, unknown
from holdfast.measures import MEASURES

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from holdfast.anchors import Anchor
    from holdfast.audits import Audit
    from holdfast.audits.judge import Outcome
    from holdfast.cycles.gates.verdict import Look
    from holdfast.cycles.project.recipe import Gate
    from holdfast.measures import Measure

_DRAWS, _MOST_DRAWS = 1_999, 200_000


def judge_data(
    rows: Path,
    judging: list[dict[str, Any]],
    anchor: Anchor,
    gate: Gate,
    look: Look,
    *,
    seed: int,
    progress: Callable[[str], None],
) -> tuple[Verdict, Audit | None]:
    """Judges rows that are to be trained on.

    Args:
        rows: Their file.
        judging: Real rows, as they were given.
        anchor: Where those are from.
        gate: What is asked.
        look: The error rate that may be spent.
        seed: Of all draws.
        progress: Called with a word about what is done next.

    Returns:
        The verdict and the audit behind it; no audit where so small an error rate cannot be reached.

    Raises:
        InputError: The rows cannot be read.
    """
    measures = _chosen(gate)
    judged = sum(measure.judged for measure in measures)
    draws = max(_DRAWS, math.ceil(judged / look.level))
    if draws > _MOST_DRAWS:
        reason = f"look {look.number} at this part of reality may spend {look.level:.1e}, which takes {draws:,} draws"
        sentence = f"It cannot be known: {reason}. Freeze a new anchor"
        return Verdict(verdict="undetermined", sentence=sentence, findings=()), None
    text = _text_column(anchor, judging[0], rows)
    real = read_records(
        judging, text=text, label=anchor.detection.label_column, id=anchor.detection.id_column or "id"
    )
    real = replace(real, name=f"the rows of {anchor.name} that judge")
    found = audit(
        rows,
        real=real,
        text=text,
        expect=anchor.shares,
        alpha=look.level,
        tolerance=gate.options["tolerance"],
        detectable=gate.options["detectable"],
        draws=draws,
        seed=seed,
        measures=measures,
        progress=progress,
    )
    if found.verdict in ("pass", "warn") and not any(
        outcome.measure.judged and outcome.reading is not None for outcome in found.outcomes
    ):
        names = ", ".join(outcome.measure.name for outcome in found.outcomes)
        sentence = f"It cannot be known: nothing that was asked for ({names}) judges by itself"
        return Verdict(
            verdict="undetermined", sentence=sentence, findings=tuple(map(_plain, found.outcomes))
        ), found
    return Verdict(
        verdict=found.verdict, sentence=found.sentence, findings=tuple(map(_plain, found.outcomes))
    ), found


def evidence(found: Audit) -> dict[str, Any]:
    """What an audit measured, as plain data."""
    return {
        "verdict": found.verdict,
        "sentence": found.sentence,
        "do": found.do,
        "unseen": found.unseen,
        "lost": found.lost,
        "worth": found.worth,
        "bands": found.bands,
        "strata": found.strata,
        "readings": [_plain(outcome) for outcome in found.outcomes],
        "causes": [{"id": cause.id, "state": cause.state} for cause in found.causes],
    }


def _plain(outcome: Outcome) -> dict[str, Any]:
    reading = outcome.reading
    measured = (
        {}
        if reading is None
        else {
            "value": _known(reading.value),
            "reality": [_known(reading.null.low), _known(reading.null.median), _known(reading.null.high)],
            "interval": None if reading.interval is None else [_known(end) for end in reading.interval],
            "effect": _known(reading.effect),
            "p_adjusted": outcome.p_adjusted,
            "smallest_loss_seen": _known(outcome.smallest_detectable),
            "evidence": list(reading.evidence),
        }
    )
    return {
        "name": outcome.measure.name,
        "verdict": outcome.verdict,
        "judged": outcome.measure.judged,
        "tolerance": outcome.tolerance,
        "reason": outcome.reason,
        **measured,
    }


def _known(value: float | None) -> float | None:
    return value if value is not None and math.isfinite(value) else None


def _chosen(gate: Gate) -> Sequence[Measure]:
    names = gate.options["measures"]
    known = [measure.name for measure in MEASURES]
    for name in (*(names or ()), *gate.options["tolerance"]):
        if name not in known:
            raise InputError(str(unknown("measure", name, known)), where="[data_gate]")
    return MEASURES if names is None else tuple(measure for measure in MEASURES if measure.name in names)


def _text_column(anchor: Anchor, real: dict[str, Any], rows: Path) -> str | None:
    """The anchor's text column, where both sides have it; otherwise what is found in each."""
    asked = anchor.detection.text_column
    try:
        with rows.open("rb") as handle:
            made = msgspec.json.decode(handle.readline())
    except (OSError, msgspec.DecodeError):
        return None
    both = isinstance(made, dict) and all(
        isinstance(side.get(name), str) for side in (real, made) for name in asked.split("+")
    )
    return asked if both else None
