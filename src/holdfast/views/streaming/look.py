"""First look: what is known of the rows of a block before anything of the other blocks is."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from holdfast.views.crossing import find_repeats
from holdfast.views.items import content_keys
from holdfast.views.streaming.ids import sent_ids
from holdfast.views.tokens import row_hashes

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from holdfast.views.crossing import Index
    from holdfast.views.streaming.words import BlockWords

_VERSION = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class Looking:
    """What first looks share.

    Attributes:
        words: Reads the words of a block.
        index: The anchor's rows, for the rows that repeat them.
        digest: The digest of that index; None where what is found with it is not kept.
    """

    words: BlockWords
    index: Index
    digest: str | None = None


def look_at(shared: Looking, block: Any) -> dict[str, Any]:
    """What a block is known by: ids, labels, lengths, contents, and which rows repeat real ones."""
    shelf, key = shared.words.shelf, shared.words.key("first look", _VERSION, block)
    found = shelf.get(key) if shelf.on else None
    if found is None:
        found = _look_at(shared, block)
        shelf.put(key, found)
    return {**found, "truncated": int(found["truncated"][0]), **look_again(shared, block)}


def _look_at(shared: Looking, block: Any) -> dict[str, Any]:
    records = shared.words.reader.read(block)
    text = shared.words.keep(block, records)
    labels, codes = _coded(records.strata, len(records))
    return {
        **sent_ids(records.ids),
        "labels": labels,
        "codes": codes,
        "answers": text.answers,
        "truncated": np.array([text.words.truncated]),
        "written": text.words.counts,
    }


def look_again(shared: Looking, block: Any) -> dict[str, Any]:
    """What changes of that when templates are cut out."""
    shelf = shared.words.shelf
    keeps = shelf.on and shared.digest is not None
    key = shared.words.key("contents", _VERSION, block, shared.digest or "")
    found = shelf.get(key) if keeps else None
    if found is None:
        tokens = shared.words.tokens(block)
        found = {
            "counts": tokens.counts,
            "keys": row_hashes(tokens),
            "contents": content_keys(tokens.folded),
            "copied": find_repeats(shared.index, tokens.folded),
        }
        if keeps:
            shelf.put(key, found)
    return found


def _coded(strata: Sequence[str | None] | None, rows: int) -> tuple[list[str], NDArray[np.int64]]:
    """Labels in the order in which they occur, and which of them each row has; -1 where it has none."""
    if strata is None:
        return [], np.full(rows, -1, np.int64)
    numbers: dict[str, int] = {}
    codes = [-1 if label is None else numbers.setdefault(label, len(numbers)) for label in strata]
    return list(numbers), np.array(codes, np.int64)
