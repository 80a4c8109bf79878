"""PandaLM's test set: two responses, and what each of three people said of them."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from holdfast.data.preferences.cells import refuse_third, responses_of, text_of
from holdfast.data.preferences.facts import find_facts
from holdfast.data.preferences.given import Given, Reader, Said
from holdfast.data.preferences.imports.llmbar import numbered

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from holdfast.data.rows import Row

NAME = "pandalm"
NEEDS = "response1, response2, annotator1"
_PERSON = re.compile(r"annotator\d+")
_NOTES = (
    "The labels of annotator1 and its fellows are taken as people's, as in PandaLM; --annotator-type says otherwise.",
    # The published file has six of them: answers of one word that a spreadsheet took for a truth value.
    "A response that is a truth value is read as the word True or False.",
)


def begin(rows: Sequence[Row], named: Mapping[str, str]) -> Reader | None:
    """The reader of such rows, or None.

    Args:
        rows: The first rows.
        named: Their columns by name in small letters.
    """
    del rows
    people = sorted(name for name in named if _PERSON.fullmatch(name))
    if not {"response1", "response2"} <= named.keys() or not people:
        return None
    column_a, column_b = named["response1"], named["response2"]
    asked = tuple(named[name] for name in ("instruction", "input") if name in named)
    third = [named[name] for name in ("response3",) if name in named]
    authors = named.get("cmp_key")
    facts = find_facts(named, pair_id="idx")

    def read(row: Row) -> tuple[Given, ...]:
        refuse_third(row, third)
        words = {name: str(row[name]) for name in (column_a, column_b) if isinstance(row.get(name), bool)}
        a, b = responses_of(row | words if words else row, column_a, column_b)
        stated = facts.of(row)
        said = []
        for name in people:
            label = numbered(row.get(named[name]), named[name])
            if label is not None:
                said.append(Said(**{**stated, "label": label, "annotator": name, "presumed": "human"}))
        author_a, author_b = _authors(row.get(authors) if authors is not None else None)
        return (
            Given(
                prompt="\n".join(part for part in (text_of(row.get(name), name) for name in asked) if part)
                or None,
                response_a=a,
                response_b=b,
                author_a=author_a,
                author_b=author_b,
                pair_id=facts.id_of(row),
                said=tuple(said),
            ),
        )

    known = {column_a, column_b, *asked, *third, *(named[name] for name in people)}
    if authors is not None:
        known.add(authors)
    return Reader(shape=NAME, read=read, columns=frozenset(known) | facts.read, notes=_NOTES)


def _authors(key: object) -> tuple[str | None, str | None]:
    """Both models of `modelA_modelB`; nobody where a name itself has the sign."""
    parts = key.split("_") if isinstance(key, str) else []
    return (parts[0], parts[1]) if len(parts) == 2 and all(parts) else (None, None)
