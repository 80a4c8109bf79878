"""Viewing: what views read of blocks, and what of it was read before.

Facts by row, and winners, are kept block by block. Facts that add up are kept as one sum over the blocks that a set will still have when it
grows (see `sums.py`). Beside each stand the columns that they were read by: rows that are read by something else now are read again.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from functools import cache
from typing import TYPE_CHECKING, Any

import numpy as np

from holdfast.views.features import read_features
from holdfast.views.sides import select_tokens
from holdfast.views.streaming.contests import DOUBTED, Contest, read_winners
from holdfast.views.streaming.digest import kept_digest
from holdfast.views.streaming.gathering import Gathered
from holdfast.views.streaming.jobs import Jobs
from holdfast.views.streaming.keeping import count_steady, read_kept
from holdfast.views.streaming.sums import Sum
from holdfast.views.view import DEALT, Block, Viewed
from holdfast.views.winners import numbered

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from numpy.typing import NDArray

    from holdfast.views.streaming.gathering import Columns as HeldColumns
    from holdfast.views.streaming.keeping import Columns
    from holdfast.views.streaming.words import BlockText, BlockWords
    from holdfast.views.view import Facts, Learnt, View

_TAKEN = "-"
"""Before the names of facts that are to be taken away."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """A view that reads blocks.

    Attributes:
        view: The view.
        model: What it has learnt from the anchor.
        digest: The digest of both; None where what it reads is not kept.
    """

    view: View
    model: Any
    digest: str | None

    @classmethod
    def of(cls, view: View, learnt: Learnt, *, keep: bool) -> Asked:
        """A view that has learnt."""
        model = kept_digest(learnt.model) if keep else None
        if model is None:
            return cls(view=view, model=learnt.model, digest=None)
        return cls(view=view, model=learnt.model, digest=f"{view.name} {view.version} {view!r} {model}")

    @property
    def adds_up(self) -> bool:
        """Whether its facts are kept as sums."""
        return bool({"sum", "tally"} & set(self.view.merges.values()))

    @property
    def wins(self) -> bool:
        """Whether its facts are winners."""
        return set(self.view.merges.values()) == {"winners"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Viewing:
    """What jobs share that read views.

    Attributes:
        words: Reads the words of a block.
        views: The views.
    """

    words: BlockWords
    views: Sequence[Asked]


@dataclass(frozen=True, slots=True, kw_only=True)
class ViewJob:
    """A block to be read.

    Attributes:
        block: The reference to the block.
        first: The place of its first row in the set.
        rows: The columns that are known from other blocks (`DEALT`).
        again: By number of a view whose sum is known, the rows that are read by something else now, and the columns they were read by.
        last: Whether the block stands at the end of the set, where sums are kept block by block.
        contested: By number of a view, rows that it reads; where there are any, nothing else of the block is read.
    """

    block: Any
    first: int
    rows: dict[str, NDArray[Any]]
    again: dict[int, tuple[NDArray[np.int64], dict[str, NDArray[Any]]]] = field(default_factory=dict)
    last: bool = False
    contested: dict[int, NDArray[np.int64]] = field(default_factory=dict)


def view_block(shared: Viewing, job: ViewJob) -> dict[str, NDArray[Any]]:
    """The facts of all views; columns are named by the number of the view and their own name."""
    source = _Source(shared.words, job)
    found: dict[str, NDArray[Any]] = {}
    if job.contested:
        for number, rows in job.contested.items():
            asked = shared.views[number]
            for name, column in asked.view.read(asked.model, source.block(rows, {})).items():
                found[f"{number} {name}"] = numbered(column, job.first + rows)
        return found
    for number, asked in enumerate(shared.views):
        if number in job.again:
            rows, before = job.again[number]
            if len(rows):
                now = {name: column[rows] for name, column in _by(asked.view, job).items()}
                for sign, by in ((_TAKEN, before), ("", now)):
                    facts = asked.view.read(asked.model, source.block(rows, by))
                    found |= {f"{sign}{number} {name}": column for name, column in facts.items()}
            continue
        keep = asked.digest is not None and (job.last or not asked.adds_up)
        key = shared.words.key(f"view {asked.view.name}", 1, job.block, asked.digest or "") if keep else None

        def read(rows: NDArray[np.int64] | None, by: Columns, asked: Asked = asked) -> Facts:
            return asked.view.read(asked.model, source.block(rows, by))

        if asked.wins:
            facts = read_winners(
                shared.words.shelf, key, _by(asked.view, job), asked.view.merges, read, job.first
            )
            found |= {
                f"{DOUBTED}{number} {name[1:]}" if name[0] == DOUBTED else f"{number} {name}": column
                for name, column in facts.items()
            }
            continue
        facts = read_kept(shared.words.shelf, key, _by(asked.view, job), asked.view.merges, read)
        found |= {f"{number} {name}": facts[name] for name in asked.view.merges}
    return found


def _by(view: View, job: ViewJob) -> dict[str, NDArray[Any]]:
    """What a view reads these rows by, besides their words."""
    found = {name: job.rows[name] for name in view.uses if name != "first"}
    if "first" in view.uses:
        found["first"] = np.arange(job.first, job.first + len(job.rows["strata"]))
    return found


class _Source:
    """The words of a block, for whoever still has to read them."""

    def __init__(self, words: BlockWords, job: ViewJob) -> None:
        self._words = words
        self._job = job
        self._text: BlockText | None = None
        self._whole: Block | None = None
        self._some: dict[bytes, Block] = {}

    def block(self, rows: NDArray[np.int64] | None, by: Columns) -> Block:
        """The rows, or all of them, as they are to be read."""
        if rows is None:
            if self._whole is None:
                self._whole = self._all()
            return self._whole
        # Views that are read by the same columns ask for the same rows.
        found = self._some.get(rows.tobytes())
        if found is None:
            found = self._some[rows.tobytes()] = self._part(rows)
        dealt: dict[str, Any] = {name: column for name, column in by.items() if name in DEALT}
        return replace(found, **dealt)

    @property
    def text(self) -> BlockText:
        """What the block says."""
        if self._text is None:
            self._text = self._words.text(self._job.block)
        return self._text

    def _all(self) -> Block:
        tokens = self._words.cut_out(self.text.words)
        return Block(
            first=self._job.first,
            texts=self.text.texts,
            answers=self.text.answers,
            words=self.text.words,
            tokens=tokens,
            featured=cache(lambda: read_features(tokens)),
            **{name: self._job.rows[name] for name in DEALT},
        )

    def _part(self, rows: NDArray[np.int64]) -> Block:
        words = select_tokens(self.text.words, rows)
        tokens = words if self._words.cut is None else self._words.cut_out(words)
        return Block(
            first=0,
            texts=[self.text.texts[row] for row in rows.tolist()],
            answers=self.text.answers[rows],
            words=words,
            tokens=tokens,
            featured=cache(lambda: read_features(tokens)),
            **{name: self._job.rows[name][rows] for name in DEALT},
        )


def read_views(
    words: BlockWords,
    views: Sequence[View],
    learnt: Sequence[Learnt],
    blocks: Sequence[Any],
    starts: NDArray[np.int64],
    dealt: HeldColumns,
    run: Callable[[Sequence[ViewJob], Viewing], Iterator[dict[str, NDArray[Any]]]],
) -> list[Viewed]:
    """Read views of all blocks, what is kept left out.

    Args:
        words: Reads the words of a block.
        views: The views.
        learnt: What each has learnt from the anchor.
        blocks: References to the blocks.
        starts: int64 [blocks + 1], where each begins in the set.
        dealt: The columns `DEALT` of all rows, as they are held.
        run: Runs `view_block`.
    """
    shelf = words.shelf
    asked = [Asked.of(view, one, keep=shelf.on) for view, one in zip(views, learnt, strict=True)]
    steady = count_steady(starts)
    sums = {
        number: Sum.of(
            shelf,
            words,
            one,
            blocks[:steady],
            dealt,
            starts,
        )
        for number, one in enumerate(asked)
        if one.adds_up
    }

    def make(at: int) -> ViewJob:
        rows = slice(int(starts[at]), int(starts[at + 1]))
        return ViewJob(
            block=blocks[at],
            first=rows.start,
            rows={name: dealt.part(name, rows) for name in DEALT},
            again={number: one.again(rows) for number, one in sums.items() if at < one.blocks},
            last=at >= steady,
        )

    jobs = Jobs(len(blocks), make)
    gathered = [Gathered(one.view.merges, int(starts[-1])) for one in asked]
    contests = {number: Contest() for number, one in enumerate(asked) if one.wins}
    viewing = Viewing(words=words, views=asked)
    for at, answer in enumerate(run(jobs, viewing)):
        for number, one in enumerate(asked):
            given, taken, doubted = (
                {
                    name: answer[f"{sign}{number} {name}"]
                    for name in one.view.merges
                    if f"{sign}{number} {name}" in answer
                }
                for sign in ("", _TAKEN, DOUBTED)
            )
            if number in sums:
                sums[number].add(given, taken, steady=at < steady)
            else:
                gathered[number].add(given)
            if doubted:
                contests[number].add(at, doubted)
    contested: dict[int, dict[int, NDArray[np.int64]]] = {}
    for number, contest in contests.items():
        for at, parts in contest.settle(gathered[number]):
            rows = np.flatnonzero(np.isin(dealt.part("parts", slice(*starts[at : at + 2])), parts))
            contested.setdefault(at, {})[number] = rows
    again = [replace(make(at), contested=rows) for at, rows in sorted(contested.items())]
    for job, answer in zip(again, run(again, viewing) if again else (), strict=True):
        for number in job.contested:
            gathered[number].add({name: answer[f"{number} {name}"] for name in asked[number].view.merges})
    found = []
    for number, (one, was) in enumerate(zip(asked, learnt, strict=True)):
        facts = sums[number].total() if number in sums else gathered[number].total()
        found.append(Viewed(model=one.model, real=was.real, candidate=facts))
    return found
