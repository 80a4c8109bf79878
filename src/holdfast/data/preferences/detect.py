"""Which shape the pairs of a file have, by its columns and first rows."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from holdfast.data.paired import are_unpaired, name_columns
from holdfast.data.preferences.imports import alpaca_eval, arena, hh, llmbar, own, pandalm, trl, ultrafeedback
from holdfast.errors import InputError, PreferenceInput, UsageError, unknown

if TYPE_CHECKING:
    from collections.abc import Sequence

    from holdfast.data.preferences.given import Reader
    from holdfast.data.rows import Row

# The first that fits is taken: transcripts are chosen and rejected, too, and battles may have everything.
_IMPORTS: tuple[Any, ...] = (own, arena, alpaca_eval, llmbar, pandalm, hh, trl, ultrafeedback)
SHAPES = tuple(sorted(module.NAME for module in _IMPORTS))
"""Shapes of preference files."""
_ROWS = "Rows of pairs have a prompt, two responses and a label: docs/preferences.md lists the shapes that are known"


def find_reader(rows: Sequence[Row], columns: Sequence[str], shape: str | None = None) -> Reader | None:
    """The reader of rows like these; None where they are no pairs.

    Args:
        rows: The first rows.
        columns: Their columns.
        shape: The shape that the user named.

    Raises:
        UsageError: There is no such shape, or the rows are not of the one that was named.
    """
    named = name_columns(columns)
    if shape is None:
        found = (module.begin(rows, named) for module in _IMPORTS)
        return next((reader for reader in found if reader is not None), None)
    module = next((module for module in _IMPORTS if shape == module.NAME), None)
    if module is None:
        raise unknown("shape of preferences", shape, list(SHAPES))
    reader: Reader | None = module.begin(rows, named)
    if reader is None:
        raise UsageError(
            f"the rows are not of shape {shape}, which has {module.NEEDS}",
            where="shape",
            do=f"The columns are {', '.join(columns) or 'none'}",
        )
    return reader


def explain(rows: Sequence[Row], columns: Sequence[str]) -> InputError:
    """Why rows like these are no pairs, and what to do."""
    named = name_columns(columns)
    if are_unpaired(rows, named):
        return PreferenceInput(
            "the rows are unpaired preferences (a response with a verdict), not pairs",
            do="Pair the accepted response of a prompt with a rejected one, as chosen and rejected",
        )
    if "idx" in named and any(name.endswith("_result") for name in named):
        return InputError(
            "the rows are verdicts by number, without the pairs that they are about",
            do="Join them by idx with the file of the pairs, and write one row for each label",
        )
    if "preference" in named and "generator_1" in named:
        return InputError(
            "the rows are annotations without the outputs that they are about",
            do="Join output_1 and output_2 by instruction and generator",
        )
    if "winner" in named and ("winner_swapped" in named or "model_a" in named):
        return InputError(
            "the rows are verdicts without the texts that they are about",
            do="Join prompts and responses, and write one row for each label",
        )
    if len({"chosen", "rejected"} & named.keys()) == 1:
        lacking = "rejected" if "chosen" in named else "chosen"
        return InputError(f"there is no column {lacking!r}", do="A pair has a chosen and a rejected response")
    return InputError(
        f"the rows are no preference pairs; the columns are {', '.join(columns) or 'none'}", do=_ROWS
    )
