"""Documents of one side, read for their voice: rates of small words and marks, and which documents are copies of each other."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from holdfast.measures.model.brand.features import Counted, count_words
from holdfast.views.near import find_duplicates
from holdfast.views.tokens import read_tokens

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

MOST_DOCUMENTS = 5_000
"""Documents of a side that are read; more say little more."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Documents:
    """Texts of one side, and what was counted in them.

    Attributes:
        texts: What was written; of an answer without its prompt.
        ids: How reports name each.
        prompts: The prompt of each, or None; empty where none has one.
        groups: The user's own grouping of each, by folder or label; empty without one.
        counted: Words and marks.
        units: int64 [n], the same number for documents that (nearly) repeat each other: they are one piece of evidence.
        left_out: Documents that were not read because there are more than `MOST_DOCUMENTS`.
    """

    texts: tuple[str, ...]
    ids: tuple[str, ...]
    prompts: tuple[str | None, ...] = ()
    groups: tuple[str | None, ...] = ()
    counted: Counted = field(repr=False)
    units: NDArray[np.int64] = field(repr=False)
    left_out: int = 0

    def __len__(self) -> int:
        return len(self.texts)

    @property
    def distinct(self) -> int:
        """How many units there are."""
        return int(self.units.max()) + 1 if len(self.units) else 0


def read_documents(
    texts: Sequence[str],
    rng: np.random.Generator,
    *,
    ids: Sequence[str] | None = None,
    prompts: Sequence[str | None] = (),
    groups: Sequence[str | None] = (),
    most: int = MOST_DOCUMENTS,
) -> Documents:
    """Count words and marks, and number near-duplicates.

    Args:
        texts: n texts.
        rng: Draws which documents are read where there are too many.
        ids: n names; by default numbers from 1.
        prompts: n prompts, or none.
        groups: n groups, or none.
        most: Documents to read at most.

    >>> read_documents(["one two three", "one two three"], np.random.default_rng(0)).distinct
    1
    """
    names = [str(row + 1) for row in range(len(texts))] if ids is None else list(ids)
    rows = np.arange(len(texts))
    if len(rows) > most:
        rows = np.sort(rng.choice(len(rows), most, replace=False))
    order = rows.tolist()
    kept = [texts[row] for row in order]
    found = find_duplicates(read_tokens(kept)).units
    return Documents(
        texts=tuple(kept),
        ids=tuple(names[row] for row in order),
        prompts=tuple(prompts[row] for row in order) if any(prompt is not None for prompt in prompts) else (),
        groups=tuple(groups[row] for row in order) if any(group is not None for group in groups) else (),
        counted=count_words(kept),
        units=np.unique(found, return_inverse=True)[1].astype(np.int64) if kept else np.zeros(0, np.int64),
        left_out=len(texts) - len(rows),
    )
