"""Words that the page and the terminal share."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

WORDS = {
    "no_drift": "NO DRIFT SEEN",
    "generic": "GENERIC DRIFT",
    "teacher_specific": "TEACHER-SPECIFIC",
    "length_or_format": "LENGTH OR FORMAT ONLY",
    "cannot_tell": "CANNOT TELL",
}
FORMS = {
    "voice": "voice: what length and layout explain left out",
    "plain": "plain: as it stands",
    "stripped": "stripped: layout cut out, answers to a prompt cut to equal length",
    "matched": "matched: prompts with outputs of equal length",
}
ROLES = {
    "after": "after",
    "before": "before",
    "control": "control arm",
    "teacher": "teacher",
    "placebo": "placebo",
}
NONE = "\N{EN DASH}"


def figure(value: float | None) -> str:
    """A pull or an alignment, in two decimals."""
    return NONE if value is None else f"{value:+.2f}"


def unsigned(value: float | None) -> str:
    """A figure that cannot be below 0."""
    return NONE if value is None else f"{value:.2f}"


def span(interval: list[float] | tuple[float, float] | None) -> str:
    """An interval."""
    return "" if interval is None else f"{interval[0]:+.2f} to {interval[1]:+.2f}"


def pulls(form: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """The teacher's pull and those of the placebos, largest first after the teacher."""
    placebos = sorted(form["placebos"], key=lambda one: -(one["pull"] if one["pull"] is not None else -9.0))
    return [form["teacher"], *placebos]


def lean(form: Mapping[str, Any]) -> str:
    """What else there is to say of a form, in a sentence."""
    teacher = form["teacher"]
    if teacher["pull"] is None:
        return f"The outputs before cannot be told from {teacher['name']}."
    said = []
    if teacher["alignment"] is None:
        said.append("Nothing has moved beyond chance")
    else:
        said.append(
            f"The movement is aligned with the way to {teacher['name']} by {teacher['alignment']:.2f}; {form['needed_alignment']:.2f} is needed"
        )
    if form["twin"] is not None:
        said.append(f"had {form['twin']} been the teacher, it would be {form['twin_likeness']:.2f}")
    return "; ".join(said) + "."


def ahead(form: Mapping[str, Any]) -> str | None:
    """How far the named teacher is ahead of the placebos."""
    if form["specific"] is None:
        return None
    return (
        f"Ahead of {form['rival']}, the placebo with the largest pull for its distance, by {figure(form['specific'])} "
        f"(95 %: {span(form['specific_interval'])})."
    )


def control(form: Mapping[str, Any]) -> str:
    """What nothing looks like, and what would have been seen."""
    teacher = form["teacher"]
    return (
        f"Random halves of the outputs before reach a pull of {unsigned(teacher['halves'])} (99th percentile); {unsigned(form['floor'])} counts. "
        f"A pull of {unsigned(teacher['smallest_detectable'])} would be seen in four of five audits."
    )
