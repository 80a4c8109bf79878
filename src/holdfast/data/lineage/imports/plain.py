"""Plain columns: rows that carry facts under the names of lineage, or under usual ones."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from holdfast.data.lineage.imports.fact import Facts, known, text_of, texts_of, whole_of

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from holdfast.data.rows import Row


def _strings(value: Any) -> list[str] | None:
    number = whole_of(value)
    return [str(number)] if number is not None else texts_of(value)


_READ: dict[str, tuple[str, Callable[[Any], Any]]] = {
    "source": ("source", text_of),
    "source_type": ("source_type", text_of),
    "method": ("method", text_of),
    "tags": ("tags", texts_of),
    "parent_ids": ("parent_ids", _strings),
    "parent_id": ("parent_ids", _strings),
    "generation_depth": ("generation_depth", whole_of),
    "cycle": ("cycle", whole_of),
    "activity_id": ("activity_id", text_of),
    "sample_index": ("sample_index", whole_of),
    "rollout_idx": ("sample_index", whole_of),
    "seed": ("seed", whole_of),
    "agent": ("agent", text_of),
    "model": ("agent", text_of),
    "model_name": ("agent", text_of),
    "generator": ("agent", text_of),
    "prompt_id": ("prompt_id", text_of),
    "label_source_type": ("label_source_type", text_of),
    "judge_agent": ("judge_agent", text_of),
    "license": ("licenses", texts_of),
    "licenses": ("licenses", texts_of),
}


class Plain:
    """Whatever stands in a column that is named like a column of lineage."""

    name = "columns"

    def recognise(self, rows: Sequence[Row], folder: Path | None) -> bool:
        """A column of a known name."""
        del folder
        return any(name in _READ for row in rows for name in row)

    def facts_of(self, row: Row, read: frozenset[str], folder: Path | None) -> Facts:
        """What a row says about itself."""
        del folder
        found: Facts = {}
        for name, (column, take) in _READ.items():
            if name in row and name not in read and found.get(column) is None:
                found[column] = take(row[name])
        return known(found)
