"""LLMBar: an input, two outputs, and which of them is right, 1 or 2, as people agreed."""

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

NAME = "llmbar"
NEEDS = "output_1, output_2, label"
_SIDES = {1: A, 2: B, 0: TIE}


def begin(rows: Sequence[Row], named: Mapping[str, str]) -> Reader | None:
    """The reader of such rows, or None.

    Args:
        rows: The first rows.
        named: Their columns by name in small letters.
    """
    del rows
    if not {"output_1", "output_2", "label"} <= named.keys():
        return None
    column_a, column_b, label = (named[name] for name in ("output_1", "output_2", "label"))
    author_a, author_b = (named.get(name, name) for name in ("generator_1", "generator_2"))
    asked = tuple(named[name] for name in ("instruction", "input") if name in named)
    third = [named[name] for name in ("output_3",) if name in named]
    facts = find_facts(named)

    def read(row: Row) -> tuple[Given, ...]:
        refuse_third(row, third)
        a, b = responses_of(row, column_a, column_b)
        found = numbered(row.get(label), label)
        return (
            Given(
                prompt="\n".join(part for part in (text_of(row.get(name), name) for name in asked) if part)
                or None,
                response_a=a,
                response_b=b,
                author_a=name_of(row.get(author_a), author_a),
                author_b=name_of(row.get(author_b), author_b),
                pair_id=facts.id_of(row),
                said=() if found is None else (Said(label=found, presumed="human", **facts.of(row)),),
            ),
        )

    known = {column_a, column_b, label, author_a, author_b, *asked, *third}
    note = "Labels beside output_1 and output_2 are taken as people's, as in LLMBar; --annotator-type says otherwise."
    return Reader(shape=NAME, read=read, columns=frozenset(known) | facts.read, notes=(note,))


def numbered(value: Any, column: str) -> int | None:
    """A label by its number: 1 the first response, 2 the second, 0 a tie; None where there is none.

    Raises:
        RowError: It is another number, or none.
    """
    number = number_of(value, column)
    if number is None:
        return None
    if number not in _SIDES:
        raise RowError(f"{column!r} is {number}", do="1 prefers the first response, 2 the second, 0 is a tie")
    return _SIDES[int(number)]
