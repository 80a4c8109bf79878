"""Sides: a candidate beside its anchor, with everything that measures read of them."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Literal

import numpy as np

from holdfast.views.narrow import Whole
from holdfast.views.tokens import Tokens
from holdfast.views.view import Memo, Viewed

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from holdfast.backends.store import Shelf
    from holdfast.views.embeddings import Embeddings
    from holdfast.views.features import Features
    from holdfast.views.near import Duplicates
    from holdfast.views.phrases import PhraseTable, Written
    from holdfast.views.read_rows import Part
    from holdfast.views.real_part import Census

Origin = Literal["column", "classifier", "clusters", "none"]
Use = Literal["replace", "add"]
UNKNOWN = -1
"""Stratum of a row that is not counted: unlabelled, or used to draw the strata."""


@dataclass(frozen=True, slots=True, kw_only=True)
class HeldWords:
    """The words of a set that memory holds.

    Attributes:
        tokens: Words of the texts.
        features: Hashed features of those tokens.
    """

    tokens: Tokens
    features: Features

    def at(self, rows: NDArray[np.int64]) -> HeldWords:
        """The words of these rows."""
        return HeldWords(tokens=select_tokens(self.tokens, rows), features=self.features.select(rows))


@dataclass(frozen=True, kw_only=True)
class Side:
    """One set of rows as measures see it.

    Attributes:
        ids: Record ids.
        texts: Texts as given.
        answers: int64 [n], where in each text the answer to a prompt begins, -1 without a prompt.
        counts: int64 [n], words per row, artifacts cut out where `Sides.masked` says so.
        keys: uint64 [n], a hash of those words in any order: equal rows share it, whatever their place in the file.
        words: The words themselves, of a set that memory holds; None of one that was read block by block.
        duplicates: Groups of repeated rows inside the set.
        strata: int64 [n], index into `Sides.labels`, or `UNKNOWN`.
        support: float64 [n], share of each row's features that the anchor has outside the row's fold.
        truncated: Rows of the whole set that are longer than what is read of one.
    """

    ids: Sequence[str]
    texts: Sequence[str]
    answers: Whole = Whole()  # noqa: RUF009 - a field that is read through it
    counts: Whole = Whole()  # noqa: RUF009 - a field that is read through it
    keys: NDArray[np.uint64]
    words: HeldWords | None
    duplicates: Duplicates
    strata: Whole = Whole()  # noqa: RUF009 - a field that is read through it
    support: NDArray[np.float64]
    truncated: int = 0

    def __len__(self) -> int:
        return len(self.ids)

    @property
    def units(self) -> int:
        """Number of units: groups of rows that are not independent."""
        return int(self.duplicates.units.max(initial=-1)) + 1

    @property
    def tokens(self) -> Tokens:
        """Words of the texts, artifacts cut out where `Sides.masked` says so."""
        return self._held.tokens

    @property
    def features(self) -> Features:
        """Hashed features of those words."""
        return self._held.features

    @property
    def _held(self) -> HeldWords:
        if self.words is None:
            raise RuntimeError("the words of this set were read block by block: ask `Sides.read` or a view")
        return self.words

    def at(
        self, rows: NDArray[np.int64], texts: Sequence[str] | None = None, words: HeldWords | None = None
    ) -> Side:
        """The rows at these positions; groups keep together what is left of them.

        Args:
            rows: int64, positions.
            texts: Their texts, where they are at hand.
            words: Their words, where this side does not hold its own.
        """
        return Side(
            ids=tuple(self.ids[i] for i in rows),
            texts=tuple(self.texts[i] for i in rows) if texts is None else texts,
            answers=self.answers[rows],
            counts=self.counts[rows],
            keys=self.keys[rows],
            words=words if self.words is None else self.words.at(rows),
            duplicates=self.duplicates.at(rows),
            strata=self.strata[rows],
            support=self.support[rows],
            truncated=self.truncated,
        )


@dataclass(frozen=True, kw_only=True)
class Sides:
    """A candidate beside its anchor.

    Attributes:
        anchor: The reference rows.
        candidate: The rows under examination.
        labels: Names of the strata; `Side.strata` indexes them.
        known: int64 [m], the stratum of each anchor row by its own label, where rows have labels, whatever a labeller
            reads; else as `anchor.strata`.
        origin: Where the strata came from.
        declared: float64 [k], shares the strata should have, or None: then the anchor's own shares count.
        confusion: int64 [k, k], unseen real rows of stratum i read as stratum j by the labeller, or None.
        accuracy: Share of unseen real rows that the labeller reads right, or None.
        copied: int64 [n], for each candidate row an anchor row that it repeats, or -1.
        repeated: bool [m], for each anchor row whether another anchor row repeats it.
        phrases: Phrases the candidate uses more than reality does, artifacts included.
        written: The candidate's words before artifacts were cut out, held or not; `phrases` points into them.
        masked: Phrases that were cut out of the candidate before the other measures read, because they are artifacts.
        use: Whether the candidate is to stand for reality or to join it.
        embeddings: Both sides as a sentence encoder sees them, where the user brings one.
        census: Strata of all real rows, where the anchor's are a part of them and both sides bring labels.
        part: Which rows of larger sides these are, where they are read rows (see `read`).
        shelf: Where what is learnt from the anchor is kept, or None.
        memo: What views have read of these sides; begun anew for other ones.
    """

    anchor: Side
    candidate: Side
    labels: tuple[str, ...]
    known: NDArray[np.int64]
    origin: Origin
    declared: NDArray[np.float64] | None
    confusion: NDArray[np.int64] | None
    accuracy: float | None
    copied: Whole = Whole()  # noqa: RUF009 - a field that is read through it
    repeated: NDArray[np.bool_]
    phrases: PhraseTable
    written: Written
    masked: tuple[str, ...] = ()
    use: Use = "replace"
    embeddings: Embeddings | None = None
    census: Census | None = None
    part: Part | None = None
    shelf: Shelf | None = field(default=None, repr=False, compare=False)
    memo: Memo = field(init=False, default_factory=Memo, repr=False, compare=False)

    @property
    def words(self) -> Tokens:
        """The candidate's words before artifacts were cut out, of a set that memory holds."""
        if not isinstance(self.written, Tokens):
            raise RuntimeError(  # noqa: TRY004 - nobody gave it: it is where the words are
                "the words of this set were read block by block: ask `Sides.read` or a view"
            )
        return self.written

    @property
    def real_strata(self) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """int64 and int64, the stratum and the unit of every real row: of all there are, where they are known."""
        if self.census is None:
            return self.anchor.strata, self.anchor.duplicates.units
        return self.census.strata, self.census.units

    @property
    def read(self) -> Sides:
        """The rows whose words are compared with words: all of them, or of a large set a part that its content decides.

        Where a part is read, `part` says which rows they are (see `views/read_rows.py`).
        """
        from holdfast.views.read_rows import read_part

        if self.part is not None:
            return self
        kept = self.memo.get(
            ("read rows", None), lambda: Viewed(model=read_part(self), real={}, candidate={})
        ).model
        assert isinstance(kept, Sides)  # noqa: S101 - for the type checker
        return kept

    def only(self, labels: Sequence[str]) -> Sides:
        """The rows of these strata."""
        kept = [i for i, label in enumerate(self.labels) if label in labels]
        number = np.full(len(self.labels) + 1, UNKNOWN, np.int64)  # the last one serves rows of no stratum
        number[kept] = np.arange(len(kept))
        rows = [np.flatnonzero(number[side.strata] >= 0) for side in (self.anchor, self.candidate)]
        anchor, candidate = (
            side.at(part) for side, part in zip((self.anchor, self.candidate), rows, strict=True)
        )
        place = np.full(len(self.anchor) + 1, -1, np.int64)
        place[rows[0]] = np.arange(len(rows[0]))
        return replace(
            self,
            anchor=replace(anchor, strata=number[anchor.strata]),
            candidate=replace(candidate, strata=number[candidate.strata]),
            labels=tuple(self.labels[i] for i in kept),
            known=number[self.known[rows[0]]],
            declared=None
            if self.declared is None
            else self.declared[kept] / max(float(self.declared[kept].sum()), 1e-12),
            confusion=None if self.confusion is None else self.confusion[np.ix_(kept, kept)],
            copied=place[self.copied[rows[1]]],
            repeated=self.repeated[rows[0]],
            phrases=self.phrases.at(np.zeros(len(self.phrases), bool)),
            written=select_tokens(self.words, rows[1]),
            embeddings=None if self.embeddings is None else self.embeddings.at(rows[0], rows[1]),
            census=None if self.census is None else replace(self.census, strata=number[self.census.strata]),
        )


def select_tokens(tokens: Tokens, rows: NDArray[np.int64]) -> Tokens:
    """The tokens of these rows, in this order."""
    lengths = tokens.counts[rows]
    starts = np.zeros(len(rows) + 1, np.int64)
    np.cumsum(lengths, out=starts[1:])
    take = np.repeat(tokens.row_starts[rows] - starts[:-1], lengths) + np.arange(starts[-1])
    return Tokens(
        folded=tuple(tokens.folded[i] for i in rows),
        words=tokens.words[take],
        row_starts=starts,
        begins=tokens.begins[take],
        ends=tokens.ends[take],
        truncated=tokens.truncated,
    )
