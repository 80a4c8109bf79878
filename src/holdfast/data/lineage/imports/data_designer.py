"""NeMo Data Designer: a folder with the configuration beside the rows."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

import msgspec

from holdfast.data.lineage.imports.fact import Facts, known, text_of

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from holdfast.data.rows import Row


class DataDesigner:
    """The recipe's hash; which model wrote which row is not kept."""

    name = "data-designer"

    def recognise(self, rows: Sequence[Row], folder: Path | None) -> bool:
        """Its configuration stands in the folder or in the one above."""
        del rows
        return folder is not None and _config(folder) is not None

    def facts_of(self, row: Row, read: frozenset[str], folder: Path | None) -> Facts:
        """What a row says about itself."""
        # A column that a model wrote has its trace beside it, where traces were asked for.
        traced = any(f"{name}__trace" in row for name in read)
        config = None if folder is None else _config(folder)
        return known({"recipe_hash": config or None, "source_type": "synthetic" if traced else None})


@cache
def _config(folder: Path) -> str | None:
    for place in (folder, folder.parent):
        if (place / "builder_config.json").is_file():
            try:
                found = msgspec.json.decode((place / "metadata.json").read_bytes())
            except (OSError, msgspec.DecodeError):
                return ""
            return text_of(found.get("config_hash")) or "" if isinstance(found, dict) else ""
    return None
