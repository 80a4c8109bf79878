"""Leaks: rows that copy what must not be trained on, exactly, nearly, or in nearly the same words."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import numpy as np

from holdfast.views.near import find_pairs
from holdfast.views.tokens import read_tokens

if TYPE_CHECKING:
    from collections.abc import Sequence

Kind = Literal["exact", "near", "paraphrase"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Leak:
    """A row that copies another one.

    Attributes:
        row: Its number.
        of: The number of the row it copies.
        kind: `exact`: the same text, white space and case aside; `near`: character 5-grams with a Jaccard similarity
            of 0.8 or more; `paraphrase`: four words in five in common, in whatever order.
    """

    row: int
    of: int
    kind: Kind


def find_leaks(texts: Sequence[str], sealed: Sequence[str]) -> tuple[Leak, ...]:
    """Rows that copy a sealed one, one leak a row, the closest kind first.

    >>> [(leak.row, leak.of, leak.kind) for leak in find_leaks(["a b c", "my Card is lost"], ["my card  is lost"])]
    [(1, 0, 'exact')]
    """
    split = len(sealed)
    if not split or not texts:
        return ()
    exact, near, related = find_pairs([read_tokens(list(sealed)), read_tokens(list(texts))])
    # Pairs name the first row of each exact group; what is sealed comes first, so it stands for its copies.
    first = np.full(int(exact.max()) + 1, len(exact))
    np.minimum.at(first, exact, np.arange(len(exact)))
    found: dict[int, Leak] = {}
    members: dict[int, list[int]] = {}
    for row, group in enumerate(exact[split:].tolist()):
        members.setdefault(group, []).append(row)
        if first[group] < split:
            found[row] = Leak(row=row, of=int(first[group]), kind="exact")
    kinds: tuple[tuple[Kind, np.ndarray[tuple[int, ...], np.dtype[np.int64]]], ...] = (
        ("near", near),
        ("paraphrase", related),
    )
    for kind, pairs in kinds:
        for one, other in pairs.tolist():
            for sealed_row, copy in ((one, other), (other, one)):
                if sealed_row < split <= copy:
                    for row in members[int(exact[copy])]:
                        found.setdefault(row, Leak(row=row, of=sealed_row, kind=kind))
    return tuple(found[row] for row in sorted(found))
