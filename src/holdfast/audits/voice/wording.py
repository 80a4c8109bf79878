"""What an audit of a voice says, and what it never says."""

from __future__ import annotations

from typing import TYPE_CHECKING

from holdfast.measures.reading import percent

if TYPE_CHECKING:
    from holdfast.audits.voice.result import VoiceAudit
    from holdfast.measures.model.voice import Drift

UNCLAIMED = (
    "That the named teacher taught this model: a movement towards its voice is what such a training would leave, and no proof of one.",
    "That nothing was learnt from it where no alarm stands: with a tenth of the answers from a teacher's own hand one case in five was "
    "found, with three tenths four in five, single sentences of its never, and of fifteen pairs of models whose teacher is known, five.",
    "That it was this teacher and no other like it: a teacher who is in no file cannot be told from one who is.",
    "Anything about a second run: each model answered each prompt once, so intervals cover the choice of prompts only.",
)
"""Printed with every audit."""


def sentence(audit: VoiceAudit) -> str:
    """The answer in a sentence or two."""
    if audit.finding == "cannot_tell":
        return f"Cannot tell: {audit.judged.reasons[0]}."
    drift = audit.drifts["voice"]
    name = drift.teacher.name
    since = "Against the control arm, outputs" if audit.control is not None else "Outputs"
    figure = _figure(drift)
    if audit.finding == "teacher_specific":
        others = f"{drift.rival}, the placebo that comes next, explains less"
        return (
            f"{since} have moved towards {name}: as far as if {_share(drift.teacher.pull)} of them had been {name}'s own {figure}. The movement "
            f"goes to {name} rather than to the placebos; {others}."
        )
    because = f": {audit.judged.reasons[0]}" if audit.judged.reasons else ""
    if audit.finding == "length_or_format":
        return f"{since} have moved towards {name} in length or format only{because}."
    if audit.finding == "generic":
        return f"{since} have moved, and not to {name} in particular{because}. The pull towards {name} is {figure[1:-1]}."
    seen = drift.teacher.smallest_detectable or 0.0
    return (
        f"No drift towards {name} is seen {figure}. One of {seen:.2f} or more would have been seen in four of five such audits; a smaller one "
        "would not."
    )


def _share(pull: float | None) -> str:
    return percent(min(max(pull or 0.0, 0.0), 1.0))


def _figure(drift: Drift) -> str:
    teacher = drift.teacher
    if teacher.pull is None or teacher.interval is None:
        return "(unknown)"
    low, high = teacher.interval
    return f"({teacher.pull:.2f}, 95 %: {low:.2f} to {high:.2f})"
