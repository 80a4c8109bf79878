"""Datatrove: documents with their metadata."""

from __future__ import annotations

from typing import TYPE_CHECKING

from holdfast.data.lineage.imports.fact import Facts, known, text_of, whole_of

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from holdfast.data.rows import Row

_SOURCES = ("source", "dataset", "file_path", "url")


class Datatrove:
    """Where a document was taken from, which rollout it is, and which filter dropped it."""

    name = "datatrove"

    def recognise(self, rows: Sequence[Row], folder: Path | None) -> bool:
        """A text, an id and a dict of metadata, and nothing else."""
        del folder
        return any(
            {"text", "id"} <= row.keys() <= {"text", "id", "media", "metadata"}
            and isinstance(row.get("metadata"), dict)
            for row in rows
        )

    def facts_of(self, row: Row, read: frozenset[str], folder: Path | None) -> Facts:
        """What a row says about itself."""
        del read, folder
        metadata = row.get("metadata")
        if not isinstance(metadata, dict):
            return {}
        source = next(filter(None, (text_of(metadata.get(name)) for name in _SOURCES)), None)
        reason = text_of(metadata.get("filter_reason"))
        return known(
            {
                "source": source,
                "sample_index": whole_of(metadata.get("rollout_idx")),
                "kept": None if reason is None else False,
                "drop_reason": reason,
            }
        )
