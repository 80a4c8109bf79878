"""Distilabel: rows of a `Distiset`, or of one of its steps."""

from __future__ import annotations

from typing import TYPE_CHECKING

from holdfast.data.lineage.imports.fact import Facts, known, prompt_id, text_of, texts_of

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from holdfast.data.rows import Row

_WRITTEN = frozenset({"generation", "generations", "output", "response"})
_KEPT = "keep_row_after_"


class Distilabel:
    """Models, prompts and what its filters marked; it keeps no parents and no depth."""

    name = "distilabel"

    def recognise(self, rows: Sequence[Row], folder: Path | None) -> bool:
        """Its metadata, or a generation beside the model that wrote it."""
        del folder
        return any(
            "distilabel_metadata" in row
            or ({"instruction", "model_name"} <= row.keys() and ("generation" in row or "generations" in row))
            or ("generation_models" in row and "generations" in row)
            for row in rows
        )

    def facts_of(self, row: Row, read: frozenset[str], folder: Path | None) -> Facts:
        """What a row says about itself."""
        del folder
        models = texts_of(row.get("generation_models"))
        agent = text_of(row.get("model_name")) or (models[0] if models and len(set(models)) == 1 else None)
        stops = [name for name, value in row.items() if name.startswith(_KEPT) and value is False]
        verdicts = any(name.startswith(_KEPT) for name in row)
        return known(
            {
                "agent": agent,
                # The model is named for what it wrote; an instruction that was read instead may be anybody's.
                "source_type": "synthetic" if agent and read & _WRITTEN else None,
                "prompt_id": text_of(row.get("prompt_id")) or prompt_id(row.get("instruction")),
                "chosen_agent": text_of(row.get("chosen_model")),
                "rejected_agent": text_of(row.get("rejected_model")),
                "kept": not stops if verdicts else None,
                "dropped_by": stops[0].removeprefix(_KEPT) if stops else None,
            }
        )
