"""Streamed: a candidate that is read block by block, beside an anchor that is held.

The same steps as in `views/compare.py`, in the same order, by the same functions; each is done where the words are, and what travels is
a few numbers of every row.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from holdfast.data.strings import StreamedStrings
from holdfast.views.compare import anchor_side, declared_shares, first_rows, given_strata, repeated_rows
from holdfast.views.features import read_features
from holdfast.views.learning import learn
from holdfast.views.level import length_limits
from holdfast.views.narrow import held, narrowed
from holdfast.views.near import Duplicates
from holdfast.views.phrases import artifacts, takes_too_much
from holdfast.views.reality import read_as
from holdfast.views.sides import HeldWords, Side, Sides
from holdfast.views.streaming.digest import kept_digest
from holdfast.views.streaming.gathering import Columns, GrowingColumns
from holdfast.views.streaming.ids import BlockIds
from holdfast.views.streaming.look import Looking, look_again, look_at
from holdfast.views.streaming.phrases import Cutting, WordsElsewhere, count_hits, find_phrases_across
from holdfast.views.streaming.repeats import find_duplicates_across
from holdfast.views.streaming.second import Dealt, Placing, place, read_rows, tokens_of
from holdfast.views.streaming.viewing import read_views, view_block
from holdfast.views.support import deal_folds
from holdfast.views.tokens import join_tokens
from holdfast.views.units import split_groups
from holdfast.views.view import Viewed

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from numpy.typing import NDArray

    from holdfast.backends.engines import Engine
    from holdfast.views.reality import Reality
    from holdfast.views.sides import Origin, Use
    from holdfast.views.streaming.words import BlockWords
    from holdfast.views.tokens import Tokens
    from holdfast.views.view import View


@dataclass(frozen=True, slots=True, kw_only=True)
class Stream:
    """A candidate that is read block by block.

    Attributes:
        blocks: References to its blocks, in order.
        labelled: Whether its own labels are its strata.
        words: Reads the words of a block.
        engine: Where blocks are read.
    """

    blocks: Sequence[Any]
    labelled: bool
    words: BlockWords
    engine: Engine


@dataclass(frozen=True, slots=True, kw_only=True)
class Looked:
    """What first looks have found, block after block.

    Attributes:
        starts: int64 [blocks + 1], where each block begins in the set.
        ids: Ids of the rows.
        strata: The label of each row, as its block numbers it; the labels of each block; of the rows of blocks without any, -1.
        rows: Columns by row: `answers`, `written`, `counts`, `keys`, `copied`, and until repeats are looked for, `contents`.
        truncated: Rows that are longer than what is read of one.
    """

    starts: NDArray[np.int64]
    ids: BlockIds
    strata: tuple[tuple[list[str], NDArray[np.int64]], ...]
    rows: Columns
    truncated: int


def compare_streamed(
    reality: Reality,
    stream: Stream,
    *,
    declared: dict[str, float] | None = None,
    use: Use = "replace",
    views: Callable[[Sides], Sequence[View]] = lambda _: (),
    step: Callable[[str], None] = lambda _: None,
) -> Sides:
    """Put a candidate that is read block by block beside an anchor.

    Args:
        reality: The reference, as it was read once.
        stream: The rows under examination.
        declared: Shares the strata should have, by label; None where the anchor's own shares count.
        use: Whether the candidate is to stand for reality or to join it.
        views: What is going to be asked of every row: nothing else can be, once the set has been read.
        step: Called with a word about what is done next.
    """
    run = _Run(stream, step)
    looking = Looking(
        words=stream.words,
        index=reality.index,
        digest=kept_digest(reality.index) if stream.words.shelf.on else None,
    )
    looked = _look(run, looking)
    duplicates = _repeats(run, reality, looked)
    phrases = _phrases(run, reality, looked, duplicates)
    written = WordsElsewhere(stream.words, stream.blocks, looked.starts, looked.rows.held["written"])
    cut = artifacts(phrases, written)
    masked: tuple[str, ...] = ()
    if len(cut) and not _too_much(run, reality, cut):
        masked = tuple(
            dict.fromkeys(
                written.spell(*at) for at in zip(cut.position.tolist(), cut.words.tolist(), strict=True)
            )
        )
        run = _Run(replace(stream, words=stream.words.without_templates(cut)), step)
        looked = _look_again(run, replace(looking, words=run.stream.words), looked)
        duplicates = _repeats(run, reality, looked)
    sides = _place(run, reality, looked, duplicates, phrases, written, masked, declared, use)
    _view(run, looked, sides, views(sides))
    _read(run, looked, sides)
    return sides


class _Run:
    """A stream, and who is told how far it is."""

    def __init__(self, stream: Stream, step: Callable[[str], None]) -> None:
        self.stream = stream
        self._step = step

    def step(self, word: str) -> None:
        """Say what is done next."""
        self._step(word)

    def map(self, word: str, work: Callable[[Any, Any], Any], jobs: Sequence[Any], shared: Any) -> Any:
        """The answers to jobs, in their order, and progress under a word."""
        self._step(word)

        def progress(done: int, jobs: int | None) -> None:
            self._step(f"{word}, block {done:,} of {jobs:,}" if jobs else word)

        return (answer for _, answer in self.stream.engine.map(work, jobs, shared, progress=progress))


def _look(run: _Run, looking: Looking) -> Looked:
    ids, strata, lengths, truncated = BlockIds(), [], [0], 0
    rows = GrowingColumns(("answers", "written", "counts", "keys", "contents", "copied"))
    for answer in run.map("words", look_at, run.stream.blocks, looking):
        ids.add(answer)
        strata.append((answer["labels"], narrowed(answer["codes"])))
        lengths.append(len(answer["codes"]))
        truncated += answer["truncated"]
        rows.add(answer)
    return Looked(
        starts=np.cumsum(lengths), ids=ids, strata=tuple(strata), rows=rows.close(), truncated=truncated
    )


def _look_again(run: _Run, looking: Looking, looked: Looked) -> Looked:
    rows = GrowingColumns(("counts", "keys", "contents", "copied"), int(looked.starts[-1]))
    for answer in run.map("words without templates", look_again, run.stream.blocks, looking):
        rows.add(answer)
    return replace(looked, rows=looked.rows | rows.close())


def _repeats(run: _Run, reality: Reality, looked: Looked) -> Duplicates:
    run.step("repeats")
    stream = run.stream
    found = find_duplicates_across(
        stream.engine, stream.words, stream.blocks, looked.starts, looked.rows.take("contents")
    )
    most = int(np.bincount(reality.duplicates.units).max())
    related, units = held(found, "related"), split_groups(found.related, most)
    return Duplicates(
        exact=held(found, "exact"),
        near=held(found, "near"),
        related=related,
        units=related if np.array_equal(related, units) else narrowed(units),
    )


def _phrases(run: _Run, reality: Reality, looked: Looked, duplicates: Duplicates) -> Any:
    run.step("phrases")
    stream = run.stream
    return find_phrases_across(
        stream.engine,
        stream.words,
        stream.blocks,
        looked.starts,
        looked.rows["written"],
        first_rows(duplicates.related),
        reality.tokens,
        first_rows(reality.duplicates.related),
    )


def _too_much(run: _Run, reality: Reality, cut: Any) -> bool:
    """Whether templates would take so much that they are the content."""
    total: Counter[str] = Counter()
    shared = Cutting(words=run.stream.words, table=cut)
    for answer in run.map("templates", count_hits, run.stream.blocks, shared):
        total.update(answer)
    usual = float(reality.tokens.counts.mean())
    return takes_too_much(total["hits"], total["words"], total["rows"], usual)


def _place(
    run: _Run,
    reality: Reality,
    looked: Looked,
    duplicates: Duplicates,
    phrases: Any,
    written: WordsElsewhere,
    masked: tuple[str, ...],
    declared: dict[str, float] | None,
    use: Use,
) -> Sides:
    stream, rows = run.stream, looked.rows
    limits = length_limits(reality.tokens.counts, rows["counts"])
    if stream.labelled and reality.strata.labels:
        labels, strata, found = given_strata(reality, looked.strata)
        origin: Origin = "column"
        reader = None
    else:
        labels, origin, strata, reader = read_as(reality, limits[0])
        found = np.zeros(len(rows["counts"]), np.int64)
    own = deal_folds(rows["keys"], duplicates.units)
    folds = np.where(rows["copied"] >= 0, reality.folds[np.maximum(rows["copied"], 0)], own)
    known = reality.known
    placing = Placing(
        words=stream.words,
        known=known,
        strata=reader,
        digest=kept_digest((known, reader)) if stream.words.shelf.on else None,
    )
    jobs = _jobs(stream, looked, {"folds": folds, "limits": limits[1]})
    placed = GrowingColumns(("support",) if reader is None else ("support", "strata"), int(looked.starts[-1]))
    for answer in run.map("strata", place, jobs, placing):
        placed.add(answer)
    facts = placed.close()
    predicted = origin == "classifier"
    return Sides(
        anchor=anchor_side(reality, strata),
        candidate=Side(
            ids=looked.ids,
            texts=StreamedStrings(
                looked.starts.tolist(), lambda at: stream.words.text(stream.blocks[at]).texts
            ),
            answers=rows.held["answers"],
            counts=rows.held["counts"],
            keys=rows["keys"],
            words=None,
            duplicates=duplicates,
            strata=narrowed(found) if reader is None else facts.held["strata"],
            support=facts["support"],
            truncated=looked.truncated,
        ),
        labels=labels,
        known=reality.strata.given if predicted else strata.read,
        origin=origin,
        declared=declared_shares(labels, declared),
        confusion=strata.confusion if predicted else None,
        accuracy=strata.accuracy if predicted else None,
        copied=rows.held["copied"],
        repeated=repeated_rows(reality),
        phrases=phrases,
        written=written,
        masked=masked,
        use=use,
        census=reality.beyond.census if reality.beyond is not None and origin == "column" else None,
        shelf=reality.shelf,
    )


def _view(run: _Run, looked: Looked, sides: Sides, views: Sequence[View]) -> None:
    """Read the views that are going to be asked for, all in one go."""
    from holdfast.views.reading import dealt_rows

    stream, dealt = run.stream, Columns.of(dealt_rows(sides))
    sides.memo.put(("dealt", None), Viewed(model=None, real={}, candidate=dealt))
    learnt = [learn(sides, view) for view in views]
    found = read_views(
        stream.words,
        views,
        learnt,
        stream.blocks,
        looked.starts,
        dealt,
        lambda jobs, viewing: run.map("reading rows", view_block, jobs, viewing),
    )
    for view, viewed in zip(views, found, strict=True):
        sides.memo.put((view.name, view), viewed)


def _read(run: _Run, looked: Looked, sides: Sides) -> None:
    """Fetch the words of the rows whose words are compared with words."""
    from holdfast.views.read_rows import choose_part, part_of

    part = choose_part(sides)
    wanted = part.rows[1]
    cuts = np.searchsorted(wanted, looked.starts)
    jobs = [
        Dealt(
            block=block,
            first=int(looked.starts[at]),
            wanted=wanted[cuts[at] : cuts[at + 1]] - looked.starts[at],
        )
        for at, block in enumerate(run.stream.blocks)
        if cuts[at + 1] > cuts[at]
    ]
    texts: list[str] = []
    parts: dict[str, list[Tokens]] = {"written": [], "tokens": []}
    for answer in run.map("words of the rows that are read", read_rows, jobs, run.stream.words):
        texts += answer["texts"]
        for name, found in parts.items():
            found.append(tokens_of(answer, name))
    written, tokens = (join_tokens(found) for found in parts.values())
    candidate = sides.candidate.at(wanted, texts, HeldWords(tokens=tokens, features=read_features(tokens)))
    read = part_of(sides, part, candidate, tokens if run.stream.words.cut is None else written)
    if (len(read.anchor), len(read.candidate)) == part.of:
        read = replace(read, part=None)  # everything was read
    sides.memo.put(("read rows", None), Viewed(model=read, real={}, candidate={}))


def _jobs(stream: Stream, looked: Looked, rows: Mapping[str, NDArray[Any]]) -> list[Dealt]:
    starts = looked.starts.tolist()
    return [
        Dealt(
            block=block,
            first=starts[at],
            rows={name: column[starts[at] : starts[at + 1]] for name, column in rows.items()},
        )
        for at, block in enumerate(stream.blocks)
    ]
