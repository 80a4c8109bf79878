"""Questions in a TOML file, read strictly: what nobody knows is an error that names the nearest thing there is."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from holdfast.data.toml import check_known, flag_of, read_toml, text_of, whole_of, word_of
from holdfast.errors import InputError
from holdfast.reviews.questions.question import (
    EDITED,
    KINDS,
    SIDES,
    VERDICTS,
    Choice,
    Question,
    Questionnaire,
)

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

_KEYS = {
    "verdict": ("kind", "ask", "required", "answers", "keys", "limit"),
    "label": ("kind", "ask", "required", "labels", "keys"),
    "rating": ("kind", "ask", "required", "steps", "words", "keys"),
    "tags": ("kind", "ask", "required", "tags", "free", "keys"),
    "which": ("kind", "ask", "required", "ties", "keys"),
    "note": ("kind", "ask", "required", "limit"),
}
_ASK = {
    "verdict": "Accept, reject or edit?",
    "label": "Which label fits?",
    "rating": "How good is it?",
    "tags": "What is wrong with it?",
    "which": "Which is better?",
    "note": "Anything to add?",
}
_WORDS = {
    "accept": "Accept",
    "reject": "Reject",
    "edit": "Edit",
    "a": "Left",
    "b": "Right",
    "both_good": "Both good",
    "both_bad": "Both bad",
}
_VERDICT_KEYS = {"accept": "a", "reject": "r", "edit": "e"}
# The rest of the alphabet follows where digits end; ? and / stay free for help and search.
_IN_ORDER = "1234567890abcdefghijklmnopqrstuvwxyz"
_NAME = re.compile(r"[a-z][a-z0-9_]*")
_MOST_STEPS, _MOST_CHOICES = 10, 2_000


def read_questions(file: Path, *, strata: Sequence[str] = ()) -> Questionnaire:
    """What a file of questions asks.

    Args:
        file: A TOML file.
        strata: What `labels = "strata"` stands for.

    Raises:
        InputError: It cannot be read, holds a key that nobody knows, or a question that makes no sense.
    """
    return questionnaire_of(read_toml(file, "file of questions")[1], where=str(file), strata=strata)


def questionnaire_of(values: Mapping[str, Any], *, where: str, strata: Sequence[str] = ()) -> Questionnaire:
    """What plain data asks: the content of a file of questions, or what `plain` made of one.

    Args:
        values: `title`, `guide` and `questions`.
        where: How errors name it.
        strata: What `labels = "strata"` stands for.

    Raises:
        InputError: As for `read_questions`.
    """
    check_known(values, ("title", "guide", "questions"), where)
    tables = values.get("questions")
    if not isinstance(tables, dict) or not tables:
        raise InputError("asks nothing", where=where, do="Add a table such as [questions.verdict]")
    questions = tuple(_question(name, table, where, strata) for name, table in tables.items())
    if sum(one.kind == "verdict" for one in questions) > 1:
        raise InputError("asks for two verdicts, and an edit could belong to either", where=where)
    return Questionnaire(
        title=text_of(values, "title", where) or "Review",
        guide=text_of(values, "guide", where) or "",
        questions=questions,
    )


def plain(questionnaire: Questionnaire) -> dict[str, Any]:
    """A questionnaire as plain data that `questionnaire_of` reads back."""
    return {
        "title": questionnaire.title,
        "guide": questionnaire.guide,
        "questions": {one.name: _plain(one) for one in questionnaire.questions},
    }


def _question(name: str, table: Any, where: str, strata: Sequence[str]) -> Question:
    place = f"{where}, question {name!r}"
    if not _NAME.fullmatch(name) or name == EDITED:
        raise InputError(
            "is no name for a question",
            where=place,
            do=f"Use small letters, digits and _, and not {EDITED!r}",
        )
    if not isinstance(table, dict):
        raise InputError("is a table", where=place)
    if "kind" not in table:
        raise InputError("has no kind", where=place, do=f"Say one of: {', '.join(KINDS)}")
    kind = word_of(table, "kind", KINDS, place)
    check_known(table, _KEYS[kind], place)
    required = flag_of(table, "required", place) if "required" in table else kind not in ("tags", "note")
    choices = _choices(kind, table, place, strata)
    limit = whole_of(table, "limit", place, least=1)
    return Question(
        name=name,
        kind=kind,  # type: ignore[arg-type]  # word_of has seen to it
        ask=text_of(table, "ask", place) or _ASK[kind],
        choices=choices,
        required=required,
        free=flag_of(table, "free", place) if kind == "tags" else False,
        limit=limit or 20_000,
    )


def _choices(kind: str, table: Mapping[str, Any], where: str, strata: Sequence[str]) -> tuple[Choice, ...]:
    values: list[str | int]
    words: list[str]
    if kind == "note":
        return ()
    if kind == "rating":
        values, words = _steps(table, where)
    else:
        values = list(_named(kind, table, where, strata))
        words = [_WORDS[str(value)] if kind in ("verdict", "which") else str(value) for value in values]
    keys = _keys(kind, values, table.get("keys"), where)
    return tuple(
        Choice(value=value, words=word, key=keys.get(str(value), ""))
        for value, word in zip(values, words, strict=True)
    )


def _named(kind: str, table: Mapping[str, Any], where: str, strata: Sequence[str]) -> Sequence[str]:
    if kind == "which":
        return SIDES if "ties" not in table or flag_of(table, "ties", where) else SIDES[:2]
    if kind == "verdict":
        given = _texts(table.get("answers", list(VERDICTS)), "answers", where)
        for value in given:
            word_of({"answers": value}, "answers", VERDICTS, where)
        if len(given) < 2:
            raise InputError("a verdict has at least two answers", where=where)
        return given
    if kind == "tags":
        given = _texts(table.get("tags", []), "tags", where)
        if not given and not table.get("free"):
            raise InputError("there is no tag to choose", where=where, do="List tags, or say free = true")
        return given
    labels = table.get("labels", "strata")
    if labels == "strata":
        labels = [stratum for stratum in strata if stratum.strip()]
        if len(labels) < 2:
            raise InputError(
                f"labels are the strata, and there are {len(labels)}",
                where=where,
                do="List labels = [...], or label the rows",
            )
    given = _texts(labels, "labels", where)
    if len(given) < 2:
        raise InputError("there are at least two labels", where=where)
    return given


def _steps(table: Mapping[str, Any], where: str) -> tuple[list[str | int], list[str]]:
    words = _texts(table["words"], "words", where, distinct=False) if "words" in table else None
    steps = whole_of(table, "steps", where, least=2)
    if words is None:
        steps = steps or 5
        words = [str(step) for step in range(1, steps + 1)]
    elif steps is not None and steps != len(words):
        raise InputError(f"there are {steps} steps and {len(words)} words", where=where)
    if not 2 <= len(words) <= _MOST_STEPS:
        raise InputError(f"a rating has 2 to {_MOST_STEPS} steps", where=where)
    return list(range(1, len(words) + 1)), words


def _keys(kind: str, values: Sequence[str | int], given: Any, where: str) -> dict[str, str]:
    names = [str(value) for value in values]
    if given is None:
        if kind == "verdict":
            return _VERDICT_KEYS
        return dict(zip(names, _IN_ORDER, strict=False))
    if not isinstance(given, dict):
        raise InputError('keys are a table, such as keys = {accept = "y"}', where=where)
    check_known(given, names, where)
    for name, key in given.items():
        if not isinstance(key, str) or len(key) != 1 or key.isspace() or not key.isprintable():
            raise InputError(f"the key of {name!r} is one character", where=where)
    if len(set(given.values())) < len(given):
        raise InputError("two answers have one key", where=where)
    return dict(given)


def _texts(values: Any, name: str, where: str, *, distinct: bool = True) -> list[str]:
    if not isinstance(values, list) or not all(isinstance(one, str) and one.strip() for one in values):
        raise InputError(f"{name} is a list of texts", where=where)
    if distinct and len(set(values)) < len(values):
        raise InputError(f"{name} holds a text twice", where=where)
    if len(values) > _MOST_CHOICES:
        raise InputError(f"{name} holds {_MOST_CHOICES:,} texts at most, not {len(values):,}", where=where)
    return values


def _plain(question: Question) -> dict[str, Any]:
    values: dict[str, Any] = {"kind": question.kind, "ask": question.ask, "required": question.required}
    if question.kind in ("verdict", "note"):
        values["limit"] = question.limit
    if question.kind == "verdict":
        values["answers"] = list(question.values)
    elif question.kind == "label":
        values["labels"] = list(question.values)
    elif question.kind == "rating":
        values["words"] = [choice.words for choice in question.choices]
    elif question.kind == "tags":
        values |= {"tags": list(question.values), "free": question.free}
    elif question.kind == "which":
        values["ties"] = len(question.choices) > 2
    keys = {str(choice.value): choice.key for choice in question.choices if choice.key}
    return values | ({"keys": keys} if question.choices else {})
