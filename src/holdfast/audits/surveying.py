"""Surveying: what the blocks of a candidate tell of it, kept, so that of a set that grew only new blocks are gone through."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from holdfast.backends.store import Key
from holdfast.data.blocks import block_digest, layout_text
from holdfast.data.pieces import HeldPiece
from holdfast.data.survey import Seen, see_block
from holdfast.views.streaming.ids import BlockIds, sent_ids

if TYPE_CHECKING:
    from holdfast.backends.store import Store
    from holdfast.data.blocks import BadRow, Reference
    from holdfast.data.layout import Layout

_KIND, _VERSION = "survey", 1


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptSurvey:
    """Sees blocks as `see_block` does, and those it has seen before without reading them.

    Blocks with rows that were skipped are read again: what is told of such rows is told in full.

    Attributes:
        store: Where what blocks tell is kept.
    """

    store: Store

    def __call__(
        self, reference: Reference, layout: Layout, *, on_bad_row: BadRow = "stop", hashed: bool = True
    ) -> Seen:
        """What a block tells of its set.

        Args:
            reference: The block.
            layout: What the columns are read as.
            on_bad_row: What to do with a row that cannot be read.
            hashed: Whether to give ids and content hashes.
        """
        held = any(isinstance(piece, HeldPiece) for piece in reference.pieces)
        # Rows in memory are gone through in the time that their hash takes.
        digest = block_digest(reference) if self.store.on and not held else None
        if digest is None:
            return see_block(reference, layout, on_bad_row=on_bad_row, hashed=hashed)
        parts = (digest, places_of(reference), layout_text(layout), on_bad_row, f"{hashed}")
        key = Key(kind=_KIND, version=_VERSION, parts=parts)
        kept = self.store.get(key)
        if kept is not None:
            return _seen(kept, hashed=hashed)
        seen = see_block(reference, layout, on_bad_row=on_bad_row, hashed=hashed)
        if not seen.skipped_count and seen.not_ids is None:
            self.store.put(key, _facts(seen))
        return seen


def places_of(reference: Reference) -> str:
    """Where the pieces of a block stand, as ids name it: what is called otherwise has other ids."""
    return " ".join(f"{piece.prefix}:{piece.line}" for piece in reference.pieces)


def _facts(seen: Seen) -> dict[str, Any]:
    facts: dict[str, Any] = {
        "rows": np.array([seen.rows, seen.empty]),
        "columns": list(seen.labels),
        "missing": np.array([seen.missing[label] for label in seen.labels], np.int64),
        "unfit": sorted(seen.unfit),
        "id hashes": seen.ids,
    }
    facts |= {f"label {at}": values for at, values in enumerate(seen.labels.values())}
    if seen.names is not None:
        facts |= {**sent_ids(seen.names.to_pylist()), "hashes": seen.hashes.to_pylist()}
    return facts


def _seen(facts: dict[str, Any], *, hashed: bool) -> Seen:
    names = hashes = None
    if hashed:
        import pyarrow as pa

        ids = BlockIds()
        ids.add(facts)
        names, hashes = pa.array(list(ids), pa.string()), pa.array(facts["hashes"], pa.string())
    rows, empty = facts["rows"].tolist()
    columns = facts["columns"]
    return Seen(
        rows=rows,
        empty=empty,
        skipped=(),
        skipped_count=0,
        labels={label: facts[f"label {at}"] for at, label in enumerate(columns)},
        missing=dict(zip(columns, facts["missing"].tolist(), strict=True)),
        unfit=frozenset(facts["unfit"]),
        ids=facts["id hashes"],
        names=names,
        hashes=hashes,
    )
