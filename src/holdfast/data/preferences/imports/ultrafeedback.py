"""Scored lists, as in UltraFeedback: several responses to a prompt, each with a score; pairs are made of them.

A published binarisation takes the best against a random other; a random choice is none that a second reading repeats. Here
all pairs are made of up to four responses (six pairs), and of more the best against each other one, so that the number of
pairs does not grow with the square of the list. Equal scores are ties.
"""

from __future__ import annotations

from itertools import combinations
from typing import TYPE_CHECKING, Any

from holdfast.data.preferences.cells import name_of, number_of, text_of
from holdfast.data.preferences.facts import find_facts
from holdfast.data.preferences.given import Given, Reader, Said
from holdfast.data.preferences.preferences import TIE, A, B
from holdfast.data.rows import RowError
from holdfast.data.turns import kind_in_words

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from holdfast.data.preferences.facts import Facts
    from holdfast.data.rows import Row

NAME = "ultrafeedback"
NEEDS = "instruction and completions (response, overall_score), or prompt, responses and scores"
MOST_IN_ALL_PAIRS = 4
_ASKED = ("instruction", "prompt", "question")
_LISTS = (
    ("responses", "scores", "models"),
    ("responses", "ratings", "models"),
    ("generations", "ratings", "generation_models"),
    ("responses", "ranks", "models"),
)
_SCORES = ("overall_score", "score", "rating", "fine-grained_score", "fine_grained_score")
_NOTE = (
    "Pairs are made of scored lists: all of them of up to 4 responses, of more the best against each other one; equal scores "
    "are ties, and the difference is the strength. Pairs of one list are no independent draws."
)

Scored = tuple[str, float | None, str | None]
"""A response, its score (more is better), its author."""


def begin(rows: Sequence[Row], named: Mapping[str, str]) -> Reader | None:
    """The reader of such rows, or None.

    Args:
        rows: The first rows.
        named: Their columns by name in small letters.
    """
    asked = next((named[name] for name in _ASKED if name in named), None)
    facts = find_facts(named)
    if "completions" in named and _holds_objects(rows, named["completions"]):
        column = named["completions"]
        known = {column} | ({asked} if asked else set())

        def read_objects(row: Row) -> tuple[Given, ...]:
            return _pairs(row, _of_objects(row.get(column), column), asked, facts)

        return Reader(shape=NAME, read=read_objects, columns=frozenset(known) | facts.read, notes=(_NOTE,))
    for texts, scores, models in _LISTS:
        if texts in named and scores in named:
            lists = (named[texts], named[scores], named.get(models, models))
            sign = -1 if scores == "ranks" else 1
            known = {*lists, *({asked} if asked else set())}

            def read_lists(
                row: Row, lists: tuple[str, str, str] = lists, sign: int = sign
            ) -> tuple[Given, ...]:
                return _pairs(row, _of_lists(row, lists, sign), asked, facts)

            return Reader(shape=NAME, read=read_lists, columns=frozenset(known) | facts.read, notes=(_NOTE,))
    return None


def _holds_objects(rows: Sequence[Row], column: str) -> bool:
    lists = [row[column] for row in rows if row.get(column)]
    return bool(lists) and all(
        isinstance(value, list | tuple) and all(isinstance(one, dict) and "response" in one for one in value)
        for value in lists
    )


def _of_objects(value: Any, column: str) -> list[Scored]:
    if value is None:
        return []
    if not isinstance(value, list | tuple) or not all(isinstance(one, dict) for one in value):
        raise RowError(f"{column!r} is {kind_in_words(value)}, not a list of objects")
    found = []
    for one in value:
        score = next((name for name in _SCORES if one.get(name) is not None), None)
        found.append(
            (
                text_of(one.get("response"), "response") or "",
                None if score is None else number_of(one[score], score),
                name_of(one.get("model"), "model"),
            )
        )
    return found


def _of_lists(row: Row, columns: tuple[str, str, str], sign: int) -> list[Scored]:
    texts, scores, models = (_list(row, column) for column in columns)
    if len(texts) != len(scores) or (models and len(models) != len(texts)):
        raise RowError(
            f"{columns[0]!r} has {len(texts)} entries, {columns[1]!r} {len(scores)}",
            do="Give each response its score",
        )
    found: list[Scored] = []
    for text, score, model in zip(texts, scores, models or [None] * len(texts), strict=True):
        number = number_of(score, columns[1])
        found.append(
            (
                text_of(text, columns[0]) or "",
                None if number is None else sign * number,
                name_of(model, columns[2]),
            )
        )
    return found


def _list(row: Row, column: str) -> Sequence[Any]:
    value = row.get(column)
    if value is None:
        return []
    if not isinstance(value, list | tuple):
        raise RowError(f"{column!r} is {kind_in_words(value)}, not a list")
    return value


def _pairs(row: Row, scored: list[Scored], asked: str | None, facts: Facts) -> tuple[Given, ...]:
    if len(scored) < 2:
        raise RowError(f"the row has {len(scored)} scored responses; a pair needs two")
    prompt = None if asked is None else text_of(row.get(asked), asked)
    stated, own = facts.of(row), facts.id_of(row)
    if len(scored) <= MOST_IN_ALL_PAIRS:
        chosen = list(combinations(range(len(scored)), 2))
    else:
        best = max(range(len(scored)), key=lambda at: (_size(scored[at]), -at))
        chosen = [(min(best, at), max(best, at)) for at in range(len(scored)) if at != best]
    found = []
    for one, other in chosen:
        (a, score_a, author_a), (b, score_b, author_b) = scored[one], scored[other]
        said: tuple[Said, ...] = ()
        if score_a is not None and score_b is not None:
            label = A if score_a > score_b else B if score_a < score_b else TIE
            said = (Said(**{**stated, "label": label, "strength": abs(float(score_a - score_b))}),)
        found.append(
            Given(
                prompt=prompt,
                response_a=a,
                response_b=b,
                author_a=author_a,
                author_b=author_b,
                pair_id=None if own is None else f"{own}#{one + 1}-{other + 1}",
                said=said,
            )
        )
    return tuple(found)


def _size(scored: Scored) -> float:
    return float("-inf") if scored[1] is None else scored[1]
