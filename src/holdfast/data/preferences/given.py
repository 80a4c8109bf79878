"""What a row gives: pairs of responses, and what was said of each."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from holdfast.data.rows import Row


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """One label, as a row gives it; members as in the labels of `Preferences`, None where the row does not say.

    Attributes:
        presumed: The kind of annotator that labels of this shape usually come from; what a file, its lineage or the user says
            goes before it.
    """

    label: int
    strength: float | None = None
    annotator: str | None = None
    annotator_type: str | None = None
    presumed: str | None = None
    judge_version: str | None = None
    judge_prompt_hash: str | None = None
    first: int = 0
    swapped_label: int | None = None
    cycle: int | None = None
    timestamp: str | None = None
    licence: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Given:
    """A pair as a row gives it. `said` is empty where nobody chose."""

    prompt: str | None
    response_a: str
    response_b: str
    said: tuple[Said, ...]
    author_a: str | None = None
    author_b: str | None = None
    pair_id: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Reader:
    """How the rows of a set become pairs.

    Attributes:
        shape: What the rows are called.
        read: The pairs of one row; raises `RowError` where it cannot be read.
        columns: The columns that are read.
        notes: What a reader may want to override.
    """

    shape: str
    read: Callable[[Row], Sequence[Given]]
    columns: frozenset[str]
    notes: tuple[str, ...] = ()
