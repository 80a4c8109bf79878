"""Reading: views over both sides, in blocks and in threads."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any

import numpy as np

from holdfast.backends.threads import count_threads, work_together
from holdfast.views.folds import pick_folds
from holdfast.views.learning import learn
from holdfast.views.level import length_limits
from holdfast.views.likeness import deal_parts
from holdfast.views.sides import select_tokens
from holdfast.views.view import BLOCK_ROWS, BLOCK_WORDS, Block, Viewed, merge

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from numpy.typing import NDArray

    from holdfast.views.sides import Sides
    from holdfast.views.view import View


def read_view(sides: Sides, view: View) -> Viewed:
    """The facts a view reads of both sides; read once, however many ask.

    Args:
        sides: Both sides.
        view: What to read. Views that are equal (frozen dataclasses) share what was read.
    """
    return sides.memo.get((view.name, view), lambda: _read(sides, view))


def _read(sides: Sides, view: View) -> Viewed:
    learnt = learn(sides, view)
    parts = work_together(
        lambda rows: view.read(learnt.model, block_of(sides, *rows)),
        list(cut(sides.candidate.counts)),
        threads=count_threads(),
    )
    return Viewed(model=learnt.model, real=learnt.real, candidate=merge(view.merges, parts))


def cut(counts: NDArray[np.int64]) -> Iterator[tuple[int, int]]:
    """Where blocks begin and end: by rows and by words, whichever is reached first. One block at least.

    Args:
        counts: int64 [n], words per row.

    >>> list(cut(np.array([3, 2_000_000, 5, 5])))
    [(0, 1), (1, 2), (2, 4)]
    """
    ends = np.concatenate([[0], np.cumsum(counts)])
    start = 0
    while True:
        stop = int(np.searchsorted(ends, ends[start] + BLOCK_WORDS, side="right")) - 1
        stop = min(max(stop, start + 1), start + BLOCK_ROWS, len(counts))
        yield start, stop
        start = stop
        if start >= len(counts):
            return


def block_of(sides: Sides, start: int, stop: int) -> Block:
    """Some rows of the candidate, with all that views may know of them."""
    candidate, rows = sides.candidate, np.arange(start, stop)
    tokens = select_tokens(candidate.tokens, rows)
    return Block(
        first=start,
        texts=candidate.texts[start:stop],
        answers=candidate.answers[start:stop],
        words=tokens if sides.words is candidate.tokens else select_tokens(sides.words, rows),
        tokens=tokens,
        featured=cache(lambda: candidate.features.select(rows)),
        **{name: column[start:stop] for name, column in dealt_rows(sides).items()},
    )


def dealt_rows(sides: Sides) -> Mapping[str, NDArray[Any]]:
    """What a block has to know of its rows from all the others: the columns of `Block` that are by row, for the whole candidate."""

    def deal() -> Viewed:
        candidate = sides.candidate
        near = candidate.duplicates.near
        facts: dict[str, NDArray[Any]] = {
            "strata": candidate.strata,
            "copied": sides.copied,
            "folds": pick_folds(sides)[1],
            "parts": deal_parts(candidate.keys, candidate.duplicates.units),
            "limits": length_limits(sides.anchor.counts, candidate.counts)[1],
            "alike": np.bincount(near, candidate.strata >= 0)[near].astype(np.int64),
        }
        return Viewed(model=None, real={}, candidate=facts)

    return sides.memo.get(("dealt", None), deal).candidate
