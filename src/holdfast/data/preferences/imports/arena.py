"""Arena battles: two models talk with the same person, who says which was better."""

from __future__ import annotations

from typing import TYPE_CHECKING

from holdfast.data.preferences.cells import name_of, responses_of, text_of, word_of
from holdfast.data.preferences.conversations import is_chat, split_shared, turns_of
from holdfast.data.preferences.facts import find_facts
from holdfast.data.preferences.given import Given, Reader, Said
from holdfast.data.preferences.preferences import TIE, A, B

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from holdfast.data.rows import Row

NAME = "arena"
NEEDS = "model_a, model_b, winner, conversation_a, conversation_b"
_WINNERS = {"model_a": A, "model_b": B, "tie": TIE, "tie (bothbad)": TIE, "both_bad": TIE, "bothbad": TIE}
# How the published sets name people (arena conversations, MT-Bench votes) and models.
_PEOPLE = ("arena_user", "expert_", "author_")
_MODELS = ("gpt", "claude", "gemini")
_NOTE = "The conversation of model_a stood on the left, and counts as shown first. Battles in which both were bad are ties."


def begin(rows: Sequence[Row], named: Mapping[str, str]) -> Reader | None:
    """The reader of such rows, or None.

    Args:
        rows: The first rows.
        named: Their columns by name in small letters.
    """
    del rows
    if not {"model_a", "model_b", "winner", "conversation_a", "conversation_b"} <= named.keys():
        return None
    model_a, model_b, winner = (named[name] for name in ("model_a", "model_b", "winner"))
    column_a, column_b = named["conversation_a"], named["conversation_b"]
    asked = named.get("prompt")
    facts = find_facts(named)

    def read(row: Row) -> tuple[Given, ...]:
        one, other = row.get(column_a), row.get(column_b)
        if is_chat(one) and is_chat(other):
            prompt, a, b = split_shared(turns_of(one, column_a), turns_of(other, column_b))
        else:
            prompt, (a, b) = None, responses_of(row, column_a, column_b)
        if prompt is None and asked is not None:
            prompt = text_of(row.get(asked), asked)
        label: int | None = word_of(row.get(winner), winner, _WINNERS, kind="winner")
        stated = facts.of(row)
        said = Said(**{**stated, "label": label, "first": A, "presumed": _presumed(stated.get("annotator"))})
        return (
            Given(
                prompt=prompt,
                response_a=a,
                response_b=b,
                author_a=name_of(row.get(model_a), model_a),
                author_b=name_of(row.get(model_b), model_b),
                pair_id=facts.id_of(row),
                said=() if label is None else (said,),
            ),
        )

    known = {model_a, model_b, winner, column_a, column_b, *([asked] if asked else [])}
    return Reader(shape=NAME, read=read, columns=frozenset(known) | facts.read, notes=(_NOTE,))


def _presumed(annotator: str | None) -> str | None:
    """Who votes in an arena are people, unless they are named like a model or like nobody known."""
    if annotator is None or annotator.startswith(_PEOPLE):
        return "human"
    return "ai_judge" if annotator.lower().startswith(_MODELS) else None
