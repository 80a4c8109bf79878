"""Real rows read as if they were new: each by what the rest of the anchor teaches, in blocks and in threads, as new rows are."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any

import numpy as np

from holdfast.backends.threads import count_threads, work_together
from holdfast.views.level import length_limits
from holdfast.views.likeness import deal_parts
from holdfast.views.reading import cut
from holdfast.views.sides import select_tokens
from holdfast.views.support import deal_folds
from holdfast.views.view import Block, Viewed, merge

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from numpy.typing import NDArray

    from holdfast.views.sides import Sides
    from holdfast.views.view import Facts, Merge


def read_real(sides: Sides, merges: Mapping[str, Merge], read: Callable[[Block], Facts]) -> Facts:
    """The facts of the real rows.

    Args:
        sides: Both sides.
        merges: What happens to each column when blocks are put together.
        read: The facts of one block.
    """
    parts = work_together(
        lambda rows: read(real_block(sides, *rows)), list(cut(sides.anchor.counts)), threads=count_threads()
    )
    return merge(merges, parts)


def real_block(sides: Sides, start: int, stop: int) -> Block:
    """Some rows of the anchor as a block: a row leaves out its own fold, and is judged as one of its own tenth."""
    anchor, rows = sides.anchor, np.arange(start, stop)
    tokens = select_tokens(anchor.tokens, rows)
    return Block(
        first=start,
        texts=anchor.texts[start:stop],
        answers=anchor.answers[start:stop],
        words=tokens,
        tokens=tokens,
        featured=cache(lambda: anchor.features.select(rows)),
        strata=anchor.strata[start:stop],
        copied=np.full(stop - start, -1, np.int64),
        folds=real_folds(sides)[start:stop],
        parts=real_parts(sides)[start:stop],
        limits=_dealt(sides)["limits"][start:stop],
        alike=_dealt(sides)["alike"][start:stop],
    )


def real_folds(sides: Sides) -> NDArray[np.int8]:
    """int8 [m], the fold each real row lies in with its unit."""
    return _dealt(sides)["folds"]


def real_parts(sides: Sides) -> NDArray[np.int8]:
    """int8 [m], the tenth of the anchor each real row belongs to."""
    return _dealt(sides)["parts"]


def _dealt(sides: Sides) -> Facts:
    def deal() -> Viewed:
        anchor = sides.anchor
        near = anchor.duplicates.near
        facts: dict[str, NDArray[Any]] = {
            "folds": deal_folds(anchor.keys, anchor.duplicates.units),
            "parts": deal_parts(anchor.keys, anchor.duplicates.units),
            "limits": length_limits(anchor.counts, sides.candidate.counts)[0],
            "alike": np.bincount(near, anchor.strata >= 0)[near].astype(np.int64),
        }
        return Viewed(model=None, real=facts, candidate={})

    return sides.memo.get(("real dealt", None), deal).real
