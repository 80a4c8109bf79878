"""Transcripts in chosen and rejected, as in hh-rlhf: `Human:` and `Assistant:` take turns, and the last answer differs."""

from __future__ import annotations

from typing import TYPE_CHECKING

from holdfast.data.preferences.cells import responses_of
from holdfast.data.preferences.conversations import split_shared, turns_in
from holdfast.data.preferences.facts import find_facts
from holdfast.data.preferences.given import Given, Reader, Said
from holdfast.data.preferences.imports.trl import NO_ORDER
from holdfast.data.preferences.preferences import A
from holdfast.data.rows import RowError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from holdfast.data.rows import Row

NAME = "hh"
NEEDS = "chosen, rejected, with transcripts of Human: and Assistant:"


def begin(rows: Sequence[Row], named: Mapping[str, str]) -> Reader | None:
    """The reader of such rows, or None.

    Args:
        rows: The first rows.
        named: Their columns by name in small letters.
    """
    if not {"chosen", "rejected"} <= named.keys():
        return None
    chosen, rejected = named["chosen"], named["rejected"]
    values = [row[column] for row in rows for column in (chosen, rejected) if row.get(column)]
    if sum(isinstance(value, str) and turns_in(value) is not None for value in values) <= len(values) / 2:
        return None
    facts = find_facts(named)

    def read(row: Row) -> tuple[Given, ...]:
        one, other = (_turns(text) for text in responses_of(row, chosen, rejected))
        prompt, a, b = split_shared(one, other)
        return (
            Given(
                prompt=prompt,
                response_a=a,
                response_b=b,
                pair_id=facts.id_of(row),
                said=(Said(label=A, **facts.of(row)),),
            ),
        )

    return Reader(
        shape=NAME, read=read, columns=frozenset({chosen, rejected}) | facts.read, notes=(NO_ORDER,)
    )


def _turns(text: str) -> list[tuple[str, str]]:
    if not text.strip():
        return []
    turns = turns_in(text)
    if turns is None:
        raise RowError(
            "the text is no transcript of Human: and Assistant:, the first rows are",
            do="Read files of different shapes one by one, or leave such rows out with --on-bad-row skip",
        )
    return turns
