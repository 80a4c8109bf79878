"""Annotations of AlpacaEval: two outputs for an instruction, and a preference between 1 and 2."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from holdfast.data.preferences.cells import name_of, number_of, refuse_third, responses_of, text_of
from holdfast.data.preferences.facts import find_facts
from holdfast.data.preferences.given import Given, Reader, Said
from holdfast.data.preferences.preferences import TIE, A, B
from holdfast.data.rows import RowError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from holdfast.data.rows import Row

NAME = "alpaca_eval"
NEEDS = "output_1, output_2, preference"
_MIDDLE = 1.5


def begin(rows: Sequence[Row], named: Mapping[str, str]) -> Reader | None:
    """The reader of such rows, or None.

    Args:
        rows: The first rows.
        named: Their columns by name in small letters.
    """
    del rows
    if not {"output_1", "output_2", "preference"} <= named.keys():
        return None
    column_a, column_b, preference = (named[name] for name in ("output_1", "output_2", "preference"))
    author_a, author_b = (named.get(name, name) for name in ("generator_1", "generator_2"))
    asked = tuple(named[name] for name in ("instruction", "input") if name in named)
    third = [named[name] for name in ("output_3",) if name in named]
    facts = find_facts(named)
    annotator = facts.columns.get("annotator")

    def read(row: Row) -> tuple[Given, ...]:
        refuse_third(row, third)
        a, b = responses_of(row, column_a, column_b)
        vote = _vote(row.get(preference), preference)
        said: tuple[Said, ...] = ()
        if vote is not None:
            # The judges of AlpacaEval have names; the people of its cross-annotations have numbers.
            name = None if annotator is None else row.get(annotator)
            presumed = "human" if isinstance(name, int | float) else "ai_judge"
            said = (Said(label=vote[0], strength=vote[1], presumed=presumed, **facts.of(row)),)
        return (
            Given(
                prompt="\n".join(part for part in (text_of(row.get(name), name) for name in asked) if part)
                or None,
                response_a=a,
                response_b=b,
                author_a=name_of(row.get(author_a), author_a),
                author_b=name_of(row.get(author_b), author_b),
                pair_id=facts.id_of(row),
                said=said,
            ),
        )

    known = {column_a, column_b, preference, author_a, author_b, *asked, *third}
    return Reader(shape=NAME, read=read, columns=frozenset(known) | facts.read, notes=_NOTES)


_NOTES = (
    "A preference of 0 or 1.5 is a tie; one between 1 and 2 has its distance from 1.5, doubled, as strength.",
)


def _vote(value: Any, column: str) -> tuple[int, float | None] | None:
    """Label and strength of a preference; None where the judge did not answer."""
    number = number_of(value, column)
    if number is None:
        return None
    if number in (0, _MIDDLE):
        return TIE, 0.0 if isinstance(number, float) else None
    if not 1 <= number <= 2:
        raise RowError(
            f"{column!r} is {number}",
            do="1 prefers the first output, 2 the second; between them the nearer one; 0 and 1.5 are ties",
        )
    return (A if number < _MIDDLE else B), 2 * abs(number - _MIDDLE) if isinstance(number, float) else None
