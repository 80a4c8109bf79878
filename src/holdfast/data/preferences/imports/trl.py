"""Chosen and rejected: as TRL trains on, and LLaMA-Factory, distilabel and others write."""

from __future__ import annotations

from typing import TYPE_CHECKING

from holdfast.data.preferences.cells import name_of, number_of, responses_of, text_of
from holdfast.data.preferences.conversations import (
    is_chat,
    joined_text,
    split_shared,
    split_strings,
    turns_in,
    turns_of,
)
from holdfast.data.preferences.facts import find_facts
from holdfast.data.preferences.given import Given, Reader, Said
from holdfast.data.preferences.preferences import A
from holdfast.data.rows import RowError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from holdfast.data.rows import Row

NAME = "trl"
NEEDS = "chosen, rejected"
NO_ORDER = (
    "Files of chosen and rejected do not say which response was shown first: position stays undetermined."
)
_ASKED = ("prompt", "question", "instruction", "query", "conversations", "messages", "conversation", "input")
_SCORES = (
    ("chosen_rating", "rejected_rating"),
    ("chosen_score", "rejected_score"),
    ("score_chosen", "score_rejected"),
    ("chosen-rating", "rejected-rating"),
)
_LONG_PROMPT = 20
"""Characters: a response that repeats a shorter prompt may well begin so of itself."""
_MOST = 0.9


def begin(rows: Sequence[Row], named: Mapping[str, str]) -> Reader | None:
    """The reader of such rows, or None.

    Args:
        rows: The first rows.
        named: Their columns by name in small letters.
    """
    if not {"chosen", "rejected"} <= named.keys():
        return None
    chosen, rejected = named["chosen"], named["rejected"]
    asked = _asked(named)
    implicit = not asked and _is_implicit(rows, chosen, rejected)
    authors = tuple(named.get(f"{side}_model", f"{side}_model") for side in ("chosen", "rejected"))
    scores = next(((named[a], named[b]) for a, b in _SCORES if a in named and b in named), None)
    margin = named.get("margin")
    facts = find_facts(named)

    def read(row: Row) -> tuple[Given, ...]:
        prompt = _prompt(row, asked)
        shared, a, b = _sides(row, chosen, rejected)
        if implicit:
            shared, a, b = split_strings(a, b)
        prompt, a, b = _without_prompt(prompt, shared, a, b)
        return (
            Given(
                prompt=prompt,
                response_a=a,
                response_b=b,
                author_a=name_of(row.get(authors[0]), authors[0]),
                author_b=name_of(row.get(authors[1]), authors[1]),
                pair_id=facts.id_of(row),
                said=(Said(label=A, strength=_strength(row, scores, margin), **facts.of(row)),),
            ),
        )

    notes = [NO_ORDER]
    if implicit:
        notes.append("What chosen and rejected both begin with, up to a line break, is taken as the prompt.")
    known = {chosen, rejected, *asked, *(scores or ()), *authors, *([margin] if margin else [])}
    return Reader(
        shape=NAME,
        read=read,
        columns=frozenset(known) | facts.read,
        notes=tuple(notes),
    )


def _asked(named: Mapping[str, str]) -> tuple[str, ...]:
    """The columns that the prompt is put together from."""
    main = next((name for name in _ASKED if name in named), None)
    if main is None:
        return ()
    before = ("system", "history") if main != "prompt" else ("system",)
    after = ("input",) if main == "instruction" else ()
    return tuple(named[name] for name in (*before, main, *after) if name in named)


def _prompt(row: Row, asked: Sequence[str]) -> str | None:
    parts = [text_of(row.get(column), column) for column in asked]
    prompt = "\n".join(part for part in parts if part)
    # The same question asked in a transcript and asked plainly is the same question.
    turns = turns_in(prompt) if prompt else None
    return (joined_text(turns) if turns else prompt) or None


def _sides(row: Row, chosen: str, rejected: str) -> tuple[str | None, str, str]:
    """What both sides share, and both responses."""
    one, other = row.get(chosen), row.get(rejected)
    if is_chat(one) and is_chat(other):
        return split_shared(turns_of(one, chosen), turns_of(other, rejected))
    if (is_chat(one) and isinstance(other, str)) or (is_chat(other) and isinstance(one, str)):
        raise RowError("one side is a list of messages, the other a string", do="Write both sides alike")
    return None, *responses_of(row, chosen, rejected)


def _without_prompt(prompt: str | None, shared: str | None, a: str, b: str) -> tuple[str | None, str, str]:
    """The whole of what was asked, and responses that do not repeat it."""
    if prompt is None or shared is None:
        if (
            prompt is not None
            and len(prompt) >= _LONG_PROMPT
            and a.startswith(prompt)
            and b.startswith(prompt)
        ):
            return prompt, a[len(prompt) :], b[len(prompt) :]
        return (shared if prompt is None else prompt), a, b
    if shared.endswith(prompt):
        return prompt, a, b
    return (shared if prompt in shared else f"{prompt}\n{shared}"), a, b


def _is_implicit(rows: Sequence[Row], chosen: str, rejected: str) -> bool:
    """Whether nearly all first rows are strings that begin alike: two answers to a question seldom do."""
    pairs = [(row.get(chosen), row.get(rejected)) for row in rows]
    strings = [
        (a, b) for a, b in pairs if isinstance(a, str) and isinstance(b, str) and a.strip() != b.strip()
    ]
    if not strings or len(strings) < _MOST * len(pairs):
        return False
    return sum(split_strings(a, b)[0] is not None for a, b in strings) >= _MOST * len(strings)


def _strength(row: Row, scores: tuple[str, str] | None, margin: str | None) -> float | None:
    """By how much the chosen response is better; None where the file does not say, or says the opposite."""
    if margin is not None:
        size = number_of(row.get(margin), margin)
    elif scores is not None:
        one, other = (number_of(row.get(column), column) for column in scores)
        size = None if one is None or other is None else one - other
    else:
        return None
    return None if size is None or size < 0 else float(size)
