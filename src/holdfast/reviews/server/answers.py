"""Between the fields of a form and answers, in terms of left and right."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from holdfast.reviews.questions.question import EDITED

if TYPE_CHECKING:
    from collections.abc import Mapping

    from holdfast.reviews.questions.question import Question, Questionnaire
    from holdfast.reviews.server.reply import Fields

_SIDES = {"a": "left", "b": "right"}
# Beyond these a list to choose from is quicker than buttons that fill the screen.
_MOST_BUTTONS = 40


@dataclass(frozen=True, slots=True, kw_only=True)
class Offered:
    """An answer that a page offers.

    Attributes:
        value: What a form sends.
        words: What a person reads.
        key: The key that chooses it, or an empty string.
        chosen: Whether the person chose it before.
    """

    value: str
    words: str
    key: str
    chosen: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """A question as a page asks it.

    Attributes:
        name: Its name.
        field: The field of the form.
        kind: Its kind.
        ask: What a person reads.
        required: Whether it must be answered.
        free: Whether there may be other tags.
        limit: Characters that a text may have.
        offered: What can be chosen.
        listed: Whether there is so much to choose from that a list is shown.
        text: What was written before: a note, or other tags.
    """

    name: str
    field: str
    kind: str
    ask: str
    required: bool
    free: bool
    limit: int
    offered: tuple[Offered, ...]
    listed: bool
    text: str


def asked_of(question: Question, answers: Mapping[str, Any]) -> Asked:
    """A question as a page asks it.

    Args:
        question: The question.
        answers: What the person said before, in terms of left and right.
    """
    before = answers.get(question.name)
    offered = tuple(
        Offered(
            value=_sent(question, choice.value),
            words=choice.words,
            key=choice.key,
            chosen=_chosen(question, choice.value, before),
        )
        for choice in question.choices
    )
    text = before if question.kind == "note" and isinstance(before, str) else ""
    if question.kind == "tags" and before:
        text = ", ".join(tag for tag in before if tag not in question.values)
    return Asked(
        name=question.name,
        field=f"q-{question.name}",
        kind=question.kind,
        ask=question.ask,
        required=question.required,
        free=question.free,
        limit=question.limit,
        offered=offered,
        listed=question.kind == "label" and len(offered) > _MOST_BUTTONS,
        text=text,
    )


def answers_of(questions: Questionnaire, form: Fields) -> dict[str, Any]:
    """The answers that a form holds; whether they are any is not looked at.

    >>> from holdfast.reviews.questions.shipped import find_questions
    >>> answers_of(find_questions("rating"), {"q-rating": ["4"], "q-note": ["fine"]})
    {'rating': 4, 'note': 'fine'}
    """
    found: dict[str, Any] = {}
    for one in questions.questions:
        values = form.get(f"q-{one.name}", [])
        if one.kind == "tags":
            others = ",".join(form.get(f"free-{one.name}", [])).split(",")
            found[one.name] = [*values, *(tag.strip() for tag in others if tag.strip())]
        elif values:
            found[one.name] = _kept(one, values[-1])
    if EDITED in form:
        found[EDITED] = _lines(form[EDITED][-1])
    return found


def spoken(questions: Questionnaire, answers: Mapping[str, Any]) -> list[tuple[str, str]]:
    """Answers, in terms of left and right, as words: the name of each question, and what was said."""
    found = []
    for one in questions.questions:
        value = answers.get(one.name)
        if value is None:
            continue
        words = {_sent(one, choice.value): choice.words for choice in one.choices}
        said = ", ".join(value) if isinstance(value, list) else words.get(str(value), str(value))
        found.append((one.name, said))
    return found


def _sent(question: Question, value: str | int) -> str:
    """A value as a form sends it: people say left and right, whichever record stands there."""
    return _SIDES.get(str(value), str(value)) if question.kind == "which" else str(value)


def _chosen(question: Question, value: str | int, before: Any) -> bool:
    if question.kind == "tags":
        return value in (before or ())
    return before is not None and str(before) == _sent(question, value)


def _kept(question: Question, value: str) -> str | int:
    if question.kind == "rating":
        return int(value) if value.isascii() and value.isdigit() and len(value) < 4 else value
    return _lines(value).strip() if question.kind == "note" else value


def _lines(text: str) -> str:
    """Lines as they were typed: a form ends each as telegraphs did."""
    return text.replace("\r\n", "\n").replace("\r", "\n")
