"""Extent: how much of both sides an audit read, where, and what it left out."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from holdfast.backends.engines import Engine
    from holdfast.views.reality import Reality


@dataclass(frozen=True, slots=True, kw_only=True)
class Extent:
    """How much of both sides was read, and where.

    Attributes:
        engine: Where the candidate was read block by block: `inline`, `ray`; None where it was held in memory.
        blocks: Blocks it was read in.
        workers: How many were read at once.
        real_rows: Real rows there are, where only a part of them was read; else None.
        beyond: Real rows of thin strata that were read beyond that part. No share counts them.
        kept: This question was answered before: its readings were judged anew, and no row was read.
    """

    engine: str | None = None
    blocks: int | None = None
    workers: int | None = None
    real_rows: int | None = None
    beyond: int = 0
    kept: bool = False

    def of_real(self, reality: Reality) -> Extent:
        """With how much of reality was read."""
        if reality.beyond is None:
            return self
        return replace(self, real_rows=reality.beyond.whole, beyond=reality.beyond.extra)

    def of_stream(self, engine: Engine, blocks: int) -> Extent:
        """With where the candidate was read, once that is done."""
        return replace(self, engine=engine.name, blocks=blocks, workers=engine.workers)
