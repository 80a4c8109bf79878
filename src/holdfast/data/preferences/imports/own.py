"""Our own form: one JSON object for each label; all but the responses and the label may be missing."""

from __future__ import annotations

from typing import TYPE_CHECKING

from holdfast.data.preferences.cells import (
    label_of,
    name_of,
    number_of,
    refuse_third,
    responses_of,
    side_of,
    text_of,
)
from holdfast.data.preferences.facts import find_facts
from holdfast.data.preferences.given import Given, Reader, Said
from holdfast.data.rows import RowError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from holdfast.data.rows import Row

NAME = "holdfast"
NEEDS = "response_a, response_b, label"
_MORE = ("prompt", "author_a", "author_b", "strength", "order", "swapped_label")


def begin(rows: Sequence[Row], named: Mapping[str, str]) -> Reader | None:
    """The reader of such rows, or None.

    Args:
        rows: The first rows.
        named: Their columns by name in small letters.
    """
    del rows
    if not {"response_a", "response_b", "label"} <= named.keys():
        return None
    column_a, column_b, label = (named[name] for name in ("response_a", "response_b", "label"))
    prompt, author_a, author_b, strength, order, swapped = (named.get(name, name) for name in _MORE)
    third = [named[name] for name in named if name in ("response_c", "response_d")]
    facts = find_facts(named)

    def read(row: Row) -> tuple[Given, ...]:
        refuse_third(row, third)
        a, b = responses_of(row, column_a, column_b)
        found = label_of(row.get(label), label)
        said: tuple[Said, ...] = ()
        if found is not None:
            size = number_of(row.get(strength), strength)
            if size is not None and size < 0:
                raise RowError(
                    f"{strength!r} is {size}, below 0",
                    do="The label says which side; a strength is at least 0",
                )
            said = (
                Said(
                    label=found,
                    strength=None if size is None else float(size),
                    first=side_of(row.get(order), order) or 0,
                    swapped_label=label_of(row.get(swapped), swapped),
                    **facts.of(row),
                ),
            )
        return (
            Given(
                prompt=text_of(row.get(prompt), prompt),
                response_a=a,
                response_b=b,
                author_a=name_of(row.get(author_a), author_a),
                author_b=name_of(row.get(author_b), author_b),
                pair_id=facts.id_of(row),
                said=said,
            ),
        )

    own = {
        column_a,
        column_b,
        label,
        *(named[name] for name in _MORE if name in named),
        *third,
    }
    return Reader(shape=NAME, read=read, columns=frozenset(own) | facts.read)
