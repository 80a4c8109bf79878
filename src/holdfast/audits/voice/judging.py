"""Judge: drifts in several forms become one finding."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from holdfast.measures.model.voice.drift import is_pulled
from holdfast.measures.reading import counted

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from holdfast.audits.judge import Verdict
    from holdfast.measures.model.voice.drift import Drift

Finding = Literal["no_drift", "generic", "teacher_specific", "length_or_format", "cannot_tell"]
Reading = Literal["voice", "plain", "stripped", "matched"]
"""`voice`: what length and layout explain left out; `plain`: with them; `stripped`: layout cut out, answers to a prompt cut to equal length; `matched`: the
voice on prompts where before and after are about equally long. The last is shown and decides nothing: answers that a teacher changed are rarely
as long as before, so it looks where least has happened (benchmarks/voice)."""

LEAST_PROMPTS = 200
WISHED_PROMPTS = 500
LEAST_PLACEBOS = 3
LARGEST_DETECTABLE = 0.15
"""A test that would not see a pull of this size has not shown that there is none."""
VERDICTS: dict[Finding, Verdict] = {
    "no_drift": "pass",
    "generic": "warn",
    "teacher_specific": "warn",
    "length_or_format": "warn",
    "cannot_tell": "undetermined",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Judged:
    """A finding, and why it is not another one.

    Attributes:
        finding: One of five.
        reasons: What decided it, in sentences without full stops, the weightiest first.
    """

    finding: Finding
    reasons: tuple[str, ...]


def judge(drifts: Mapping[Reading, Drift]) -> Judged:
    """Judge.

    Args:
        drifts: At least the forms `voice`, `plain` and `stripped`.
    """
    main = drifts["voice"]
    missing = _missing(main)
    if missing is not None:
        return _unknown(missing)
    if main.aimed:
        lost = tuple(_lost(drifts["stripped"]))
        return Judged(finding="length_or_format" if lost else "teacher_specific", reasons=lost)
    gone = _gone(drifts)
    if gone is not None:
        return Judged(finding="length_or_format", reasons=(gone,))
    if _went(main):
        return Judged(finding="generic", reasons=_not_aimed(main))
    seen = main.teacher.smallest_detectable or 0.0
    if seen > LARGEST_DETECTABLE:
        return _unknown(
            f"no pull is seen, and one of less than {seen:.2f} would not have been; more prompts are needed"
        )
    return Judged(finding="no_drift", reasons=())


def _missing(drift: Drift) -> str | None:
    """What is missing to say anything; None where nothing is."""
    if drift.teacher.pull is None:
        return f"the outputs before cannot be told from those of {drift.teacher.name}, so there is no way from one to the other"
    read = sum(placebo.pull is not None for placebo in drift.placebos)
    if read < LEAST_PLACEBOS:
        return (
            f"{counted(read, 'placebo')} can be told from the outputs before; at least {LEAST_PLACEBOS} are needed to say whether a movement "
            f"goes to {drift.teacher.name} or to models in general"
        )
    return None


def unread(prompts: int) -> Judged:
    """The finding where there are too few prompts to read anything."""
    return _unknown(
        f"only {counted(prompts, 'prompt')} answered in all sets; {LEAST_PROMPTS} are needed, {WISHED_PROMPTS} are better"
    )


def _unknown(reason: str) -> Judged:
    return Judged(finding="cannot_tell", reasons=(reason,))


def _gone(drifts: Mapping[Reading, Drift]) -> str | None:
    """Why a movement is one of length or format; None where it is not."""
    if not drifts["voice"].pulled and drifts["plain"].pulled:
        return "without what length and layout explain, the pull is gone"
    if _went(drifts["voice"]) and not _went(drifts["stripped"]):
        return "cut to equal lengths and without layout, nothing is left of the movement"
    return None


def _went(drift: Drift) -> bool:
    """Whether outputs moved towards any voice of the panel, or by a tenth of the way to the teacher in any other direction."""
    anywhere = drift.moved and (drift.share_of_way or 0.0) >= drift.floor
    return anywhere or any(is_pulled(one, drift.floor) for one in (drift.teacher, *drift.placebos))


def _lost(drift: Drift) -> Iterator[str]:
    """Why a specific pull does not survive in a form where length and format cannot speak; nothing where it does."""
    teacher = drift.teacher
    if teacher.pull is None or teacher.interval is None or teacher.interval[0] <= 0:
        yield "the pull vanishes where layout and length cannot speak"
    elif teacher.pull < drift.floor / 2:
        yield f"only {teacher.pull:.2f} of the pull is left where layout and length cannot speak"
    elif drift.specific is not None and drift.specific <= 0:
        yield f"where layout and length cannot speak, {drift.rival} pulls more"


def _not_aimed(drift: Drift) -> tuple[str, ...]:
    """Why a movement is not one to the teacher."""
    teacher, reasons = drift.teacher, []
    if not drift.pulled:
        reasons.append(f"the movement does not go to {teacher.name}")
    else:
        if drift.specific_surely is None or drift.specific_surely <= 0:
            reasons.append(f"{drift.rival} pulls as much, for its distance")
        if teacher.alignment is not None and teacher.alignment < drift.needed_alignment:
            reasons.append(
                f"its alignment with the way to {teacher.name} is {teacher.alignment:.2f}, and {drift.needed_alignment:.2f} is needed to tell "
                f"that teacher from {drift.twin} or from one who is not in the panel"
            )
    return tuple(reasons)
