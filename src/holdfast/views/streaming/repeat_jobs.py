"""Jobs of the search for repeats: what each block contributes, where its words are."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from holdfast.views.items import Items, bags, shingles
from holdfast.views.joining import SIMILARITY
from holdfast.views.prefixes import SLOTS, add_items, read_prefixes
from holdfast.views.streaming.digest import digest_of
from holdfast.views.streaming.words import plain

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from holdfast.views.streaming.words import BlockWords
    from holdfast.views.tokens import Tokens

Job = tuple[Any, "NDArray[np.int64]"]
"""A reference to a block, and rows of it."""
VERSION = 2
"""Of what is kept of repeats, raised whenever it stops being right."""


def sets_of(tokens: Tokens, rows: NDArray[np.int64], kind: str) -> Items:
    """The sets that these rows are compared by."""
    if kind == "characters":
        return shingles([tokens.folded[row] for row in rows.tolist()])
    return bags(tokens, rows)


@dataclass(frozen=True, slots=True, kw_only=True)
class Joining:
    """What jobs of the join share.

    Attributes:
        words: Reads the words of a block.
        kind: Which sets rows are compared by.
        grades: uint8 [SLOTS], how common items are; None while they are counted.
        digest: Of what was counted; None where prefixes are not kept.
        least: How often an item must have been counted.
    """

    words: BlockWords
    kind: str
    grades: NDArray[np.uint8] | None = None
    digest: str | None = None
    least: int = 0


def count_blocks(shared: Joining, jobs: Sequence[Job]) -> dict[str, NDArray[Any]]:
    """How often the items of some rows of some blocks occur, slot by slot."""
    counts = np.zeros(SLOTS, np.uint32)
    for block, rows in jobs:
        add_items(sets_of(shared.words.tokens(block), rows, shared.kind), counts)
    return {"counts": counts}


def prefix_block(shared: Joining, job: Job) -> dict[str, NDArray[Any]]:
    """The rarest items of some rows of a block."""
    block, rows = job
    words, grades = shared.words, shared.grades
    assert grades is not None  # noqa: S101 - for the type checker: they were counted first
    keeps = words.shelf.on and shared.digest is not None
    parts = (digest_of(rows), shared.digest or "", str(shared.least))
    key = words.key(f"rarest {shared.kind}", VERSION, block, *parts)
    found = words.shelf.get(key) if keeps else None
    if found is None:
        items = sets_of(words.tokens(block), rows, shared.kind)
        found = plain(read_prefixes(items, grades, SIMILARITY, least=shared.least))
        if keeps:
            words.shelf.put(key, found)
    return found


def sets_of_block(shared: Joining, job: Job) -> dict[str, NDArray[Any]]:
    """The sets of some rows of a block."""
    block, rows = job
    items = sets_of(shared.words.tokens(block), rows, shared.kind)
    return {"starts": items.starts, "values": items.values}
