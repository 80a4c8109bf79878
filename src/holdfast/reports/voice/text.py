"""The audit of a voice in the terminal: the finding, the whole profile, the controls, and what is not claimed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from holdfast.measures.reading import percent
from holdfast.pages.inert import inert
from holdfast.reports.columns import cells, pad, wrap
from holdfast.reports.voice import wording
from holdfast.reports.wording import hold, plain

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

_NARROWEST, _NAME, _FIGURES = 72, 30, 55
_COLORS = {"pass": "32", "warn": "33", "undetermined": "36"}


def render(found: Mapping[str, Any], *, width: int = 100, color: bool = False) -> str:
    """Render an audit for a terminal.

    Args:
        found: The audit as plain data (`VoiceAudit.plain`).
        width: Columns to fill; never fewer than 72.
        color: Colour the finding. Nothing is said by colour alone.
    """
    width = max(_NARROWEST, width)
    word = wording.WORDS[found["finding"]]
    shown = f"\x1b[1;{_COLORS[found['verdict']]}m{word}\x1b[0m" if color else word
    lines = [shown, *wrap(hold(inert(found["sentence"], limit=900)), width)]
    # The sentence holds the first reason.
    lines += [
        line for one in found["reasons"][1:] for line in wrap(hold(inert(f"Also: {one}.", limit=600)), width)
    ]
    if found["forms"]:
        lines += _profile(found, width)
        lines += _forms(found, width)
    lines += _nearest(found, width)
    lines += _said("What is not claimed", found["not_claimed"], width)
    lines += _said("Notes", found["notes"], width)
    return plain("\n".join(line.rstrip(" ") for line in lines) + "\n")


def _profile(found: Mapping[str, Any], width: int) -> Iterator[str]:
    form = found["forms"]["voice"]
    rows = wording.pulls(form)
    wide = min(_NAME, width - _FIGURES, max(cells(inert(row["name"], limit=_NAME)) for row in rows))
    yield ""
    yield "The whole profile, the named teacher first"
    yield f"{pad('towards', wide)}  {'pull':>6}  {'95 % interval':<16}  {'aligned':>7}  {'halves':>6}  {'seen from':>9}"
    for row in rows:
        yield (
            f"{pad(inert(row['name'], limit=_NAME), wide)}  {wording.figure(row['pull']):>6}  {wording.span(row['interval']):<16}  "
            f"{wording.figure(row['alignment']):>7}  {wording.unsigned(row['halves']):>6}  {wording.unsigned(row['smallest_detectable']):>9}"
        )
    for sentence in (wording.ahead(form), wording.lean(form), wording.control(form)):
        if sentence is not None:
            yield from wrap(hold(inert(sentence, limit=400)), width, first="  - ")
    if found["control"] is not None:
        arm = found["control"]["teacher"]
        yield from wrap(
            hold(
                f"Pulls are those beyond the control arm, which itself moved by {wording.figure(arm['pull'])} "
                f"(95 %: {wording.span(arm['interval'])})."
            ),
            width,
            first="  - ",
        )


def _forms(found: Mapping[str, Any], width: int) -> Iterator[str]:
    yield ""
    yield "The same in other forms"
    for name, form in found["forms"].items():
        teacher = form["teacher"]
        said = (
            f"{wording.FORMS[name]}: {wording.figure(teacher['pull'])} ({wording.span(teacher['interval'])}), ahead of placebos by "
            f"{wording.figure(form['specific'])}, aligned {wording.figure(teacher['alignment'])}, {form['prompts']:,} prompts"
        )
        yield from wrap(hold(said), width, first="  - ")


def _nearest(found: Mapping[str, Any], width: int) -> Iterator[str]:
    nearest = found["nearest"]
    kept = [one for one in nearest["voices"] if one["kept"]]
    yield ""
    yield "Whose voice the outputs after stand near: no sign of a teacher"
    if not kept:
        yield from wrap(hold(inert(f"Not known: {nearest['reason']}.", limit=300)), width, first="  - ")
        return
    listed = ", ".join(
        f"{one['name']} (nearest in {percent(one['nearest_share'])} of resamples)" for one in kept
    )
    yield from wrap(hold(inert(f"{listed}.", limit=600)), width, first="  - ")


def _said(title: str, sentences: list[str], width: int) -> Iterator[str]:
    if not sentences:
        return
    yield ""
    yield title
    for one in sentences:
        yield from wrap(hold(inert(one, limit=500)), width, first="  - ")
