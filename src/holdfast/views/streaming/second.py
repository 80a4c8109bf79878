"""Second look: where the rows of a block belong, and their words, once it is known which rows belong together."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

from holdfast.views.features import read_features
from holdfast.views.level import cut_rows
from holdfast.views.sides import select_tokens
from holdfast.views.streaming.keeping import read_kept
from holdfast.views.tokens import Tokens

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from holdfast.views.reality import StrataReader
    from holdfast.views.streaming.keeping import Columns
    from holdfast.views.streaming.words import BlockWords
    from holdfast.views.support import Known
    from holdfast.views.view import Facts, Merge

_VERSION = 1

_COLUMNS = ("folded", "words", "row_starts", "begins", "ends")


@dataclass(frozen=True, slots=True, kw_only=True)
class Dealt:
    """What is known of the rows of a block from the other blocks.

    Attributes:
        block: The reference to the block.
        first: The place of its first row in the set.
        rows: For each column that is known by row, its part for these rows.
        wanted: int64, the rows whose words are asked for.
    """

    block: Any
    first: int
    rows: dict[str, NDArray[Any]] = field(default_factory=dict)
    wanted: NDArray[np.int64] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Placing:
    """What jobs share that read where rows belong.

    Attributes:
        words: Reads the words of a block.
        known: What the anchor knows, fold by fold.
        strata: Reads strata, where labels are not given.
        digest: The digest of both; None where what is read is not kept.
    """

    words: BlockWords
    known: Known
    strata: StrataReader | None
    digest: str | None = None


def place(shared: Placing, job: Dealt) -> Facts:
    """How much of each row the anchor knows, and where strata are read, which one it belongs to."""
    words, reader = shared.words, shared.strata
    by = {name: job.rows[name] for name in (("folds",) if reader is None else ("folds", "limits"))}
    merges: dict[str, Merge] = (
        {"support": "rows"} if reader is None else {"support": "rows", "strata": "rows"}
    )

    def read(rows: NDArray[np.int64] | None, by: Columns) -> Facts:
        tokens = (
            words.tokens(job.block)
            if rows is None
            else words.cut_out(select_tokens(words.text(job.block).words, rows))
        )
        features = read_features(tokens)
        found: dict[str, NDArray[Any]] = {"support": shared.known.support(features, by["folds"])}
        if reader is not None:
            level = cut_rows(tokens, by["limits"])
            found["strata"] = reader.read(features if level is tokens else read_features(level))
        return found

    key = None if shared.digest is None else words.key("place", _VERSION, job.block, shared.digest)
    return read_kept(words.shelf, key, by, merges, read)


def read_rows(shared: BlockWords, job: Dealt) -> dict[str, Any]:
    """Texts and words of the rows that are asked for, before and after templates are cut out."""
    text = shared.text(job.block)
    rows = np.empty(0, np.int64) if job.wanted is None else job.wanted
    written = select_tokens(text.words, rows)
    tokens = shared.cut_out(written)
    found = {"texts": [text.texts[row] for row in rows.tolist()]}
    for name, part in (("written", written), ("tokens", tokens)):
        found |= {f"{name} {column}": getattr(part, column) for column in _COLUMNS}
    return found


def tokens_of(answer: dict[str, Any], name: str) -> Tokens:
    """Words that `read_rows` has sent."""
    folded, words, row_starts, begins, ends = (answer[f"{name} {column}"] for column in _COLUMNS)
    return Tokens(
        folded=tuple(folded), words=words, row_starts=row_starts, begins=begins, ends=ends, truncated=0
    )
