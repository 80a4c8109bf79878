"""Second look: what views read of the rows of a block, once it is known which rows belong together."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

from holdfast.views.features import read_features
from holdfast.views.level import cut_rows
from holdfast.views.sides import select_tokens
from holdfast.views.tokens import Tokens
from holdfast.views.view import Block

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from holdfast.views.reality import StrataReader
    from holdfast.views.streaming.words import BlockWords
    from holdfast.views.support import Known
    from holdfast.views.view import View


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
    """

    words: BlockWords
    known: Known
    strata: StrataReader | None


def place(shared: Placing, job: Dealt) -> dict[str, NDArray[Any]]:
    """How much of each row the anchor knows, and where strata are read, which one it belongs to."""
    tokens = shared.words.tokens(job.block)
    features = read_features(tokens)
    found: dict[str, NDArray[Any]] = {"support": shared.known.support(features, job.rows["folds"])}
    if shared.strata is not None:
        level = cut_rows(tokens, job.rows["limits"])
        found["strata"] = shared.strata.read(features if level is tokens else read_features(level))
    return found


@dataclass(frozen=True, slots=True, kw_only=True)
class Viewing:
    """What jobs share that read views.

    Attributes:
        words: Reads the words of a block.
        views: The views, each with what it has learnt from the anchor.
    """

    words: BlockWords
    views: Sequence[tuple[View, Any]]


def view_block(shared: Viewing, job: Dealt) -> dict[str, NDArray[Any]]:
    """The facts of all views; columns are named by the number of the view and their own name."""
    text = shared.words.text(job.block)
    tokens = shared.words.cut_out(text.words)
    block = Block(
        first=job.first,
        texts=text.texts,
        answers=text.answers,
        words=text.words,
        tokens=tokens,
        features=read_features(tokens),
        **job.rows,
    )
    return {
        f"{number} {name}": column
        for number, (view, model) in enumerate(shared.views)
        for name, column in view.read(model, block).items()
    }


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
