"""Preferences as columns: pairs of responses once, and every label that somebody gave to one of them."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import pyarrow as pa

if TYPE_CHECKING:
    from holdfast.data.records import SkippedRow

KINDS = ("human", "ai_judge", "reward_model", "rule", "implicit", "unknown")
"""Who or what gave a label."""
A, TIE, B = 1, 0, -1
"""A label: response a is preferred, neither is, response b is."""

PAIRS = pa.schema(
    [
        pa.field("pair_id", pa.string(), nullable=False),
        pa.field("pair_hash", pa.string(), nullable=False),
        ("prompt", pa.large_string()),
        pa.field("response_a", pa.large_string(), nullable=False),
        pa.field("response_b", pa.large_string(), nullable=False),
        ("author_a", pa.string()),
        ("author_b", pa.string()),
    ]
)
LABELS = pa.schema(
    [
        pa.field("pair", pa.int64(), nullable=False),
        pa.field("label", pa.int8(), nullable=False),
        ("strength", pa.float64()),
        ("annotator", pa.string()),
        pa.field("annotator_type", pa.string(), nullable=False),
        ("judge_version", pa.string()),
        ("judge_prompt_hash", pa.string()),
        pa.field("first", pa.int8(), nullable=False),
        ("swapped_label", pa.int8()),
        ("cycle", pa.int32()),
        ("timestamp", pa.string()),
        ("licence", pa.string()),
    ]
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Written:
    """The rows that labels were read from, as they came, for whoever writes some of them again.

    Attributes:
        rows: JSON of each row that gave a label, in order.
        row: The row of each label, ascending.
    """

    rows: tuple[str, ...]
    row: tuple[int, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Preferences:
    """Pairs, and what was said of them. Several labels of one pair are several rows of `labels`.

    Attributes:
        pairs: `pair_id` (unique), `pair_hash` (`sha256:...` over the prompt and both responses, whatever their order),
            `prompt` (null where the file has none), `response_a`, `response_b`, `author_a` and `author_b` (the agents that
            wrote them, `name@revision`; null where unknown).
        labels: `pair` (row of `pairs`), `label` (1: a is preferred, -1: b, 0: a tie), `strength` (as the file gives it, at least
            0; null without one), `annotator` (null where unknown), `annotator_type` (one of `KINDS`), `judge_version`,
            `judge_prompt_hash`, `first` (1: a was shown first, -1: b, 0: not known), `swapped_label` (the verdict with the
            order reversed, in terms of a and b as `label` is; null where it was not asked), `cycle`, `timestamp`, `licence`.
        name: A short name for reports.
        shape: How the rows were understood: `holdfast`, `trl`, `hh`, `alpaca_eval`, `llmbar`, `pandalm`, `arena`, `ultrafeedback`.
        files: The files read, in order; empty for values from memory.
        notes: One sentence for each decision a reader may want to override.
        skipped: Rows that could not be read, where that was asked for; at most the first 1,000.
        skipped_count: How many rows were skipped in all.
        set_aside: What was read and is no pair that can be asked about, by reason, such as `both responses are the same`.
        written: The rows themselves, where that was asked for.
    """

    pairs: pa.Table
    labels: pa.Table
    name: str
    shape: str
    files: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    skipped: tuple[SkippedRow, ...] = ()
    skipped_count: int = 0
    set_aside: dict[str, int] = field(default_factory=dict)
    written: Written | None = None

    def __len__(self) -> int:
        return int(self.pairs.num_rows)
