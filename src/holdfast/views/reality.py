"""Reality: the reference rows, read once, each as if it were new.

What is learnt from the reference (a stratum labeller, cells, the support of n-grams) is applied to every real row
without that row and its near-duplicates. These leave-one-out readings are what every null is drawn from; a frozen
anchor keeps them.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from holdfast.views.clusters import ROWS_PER_CELL, Cells, assign, draw_cells
from holdfast.views.crossing import Index, index_rows
from holdfast.views.features import Features, read_features, unit_frequencies, weigh
from holdfast.views.labeller import Labeller, choose_fit_rows, draw_fit_units, predict, train
from holdfast.views.level import cut_rows
from holdfast.views.near import Duplicates, find_duplicates
from holdfast.views.sides import UNKNOWN, select_tokens
from holdfast.views.support import Known, deal_folds
from holdfast.views.tokens import Tokens, mix, read_tokens, row_hashes

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from numpy.typing import NDArray

    from holdfast.views.real_part import Census, RealPart


@dataclass(frozen=True, slots=True, kw_only=True)
class Rows:
    """Rows before they are read.

    Attributes:
        ids: Record ids.
        texts: Texts.
        strata: Labels, None where unlabelled; or None where no row has one.
        answers: Where in each text the answer to a prompt begins, None where it has none; or None where no row has one.
    """

    ids: Sequence[str]
    texts: Sequence[str]
    strata: Sequence[str | None] | None = None
    answers: Sequence[int | None] | None = None

    @property
    def answer_starts(self) -> NDArray[np.int64]:
        """int64 [n], where answers begin; -1 without a prompt."""
        if self.answers is None:
            return np.full(len(self.ids), -1, np.int64)
        return np.array([-1 if at is None else at for at in self.answers], np.int64)


@dataclass(frozen=True, slots=True, kw_only=True)
class RealStrata:
    """The strata of reality.

    Attributes:
        labels: Their names; empty where nothing is labelled.
        given: int64 [n], the label of each row, `UNKNOWN` where it has none.
        read: int64 [n], the stratum the labeller (or the cells) reads for each row that is new to it; `UNKNOWN` for
            rows that are unlabelled, trained the labeller or drew the cells.
        labeller: The stratum labeller, where there are labels.
        cells: The clusters, where there are none.
        confusion: int64 [k, k], labelled rows of stratum i read as stratum j.
        accuracy: Share of labelled rows read right.
    """

    labels: tuple[str, ...]
    given: NDArray[np.int64]
    read: NDArray[np.int64]
    labeller: Labeller | None = None
    cells: Cells | None = None
    confusion: NDArray[np.int64] | None = None
    accuracy: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Beyond:
    """What a part of reality has learnt of rows that are not among its own.

    Attributes:
        known: What all rows that were read have, fold by fold.
        fit: Features of the rows that the labeller was trained on, where there is one.
        census: Strata of all rows, where they have labels.
        whole: How many rows there are.
        extra: How many were read beyond the part.
    """

    known: Known
    fit: Features | None
    census: Census | None
    whole: int
    extra: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Reality:
    """The reference rows with everything that is learnt from them.

    Attributes:
        ids: Record ids.
        texts: Texts.
        answers: int64 [n], where in each text the answer to a prompt begins, -1 without a prompt.
        tokens: Their words.
        features: Their hashed features.
        duplicates: Groups of repeated rows.
        folds: int8 [n], fold of each row, for support.
        frequencies: int32 [columns], units that may train in which each feature occurs.
        drawn: How many units may train.
        support: float64 [n], share of a row's features that a unit of another fold has.
        strata: Strata.
        index: The rows laid out so that repeats of them are found.
        beyond: What it knows of more rows, where these are a part of them (see `views/real_part.py`).
    """

    ids: tuple[str, ...]
    texts: tuple[str, ...]
    answers: NDArray[np.int64]
    tokens: Tokens
    features: Features
    duplicates: Duplicates
    folds: NDArray[np.int8]
    frequencies: NDArray[np.int32]
    drawn: int
    support: NDArray[np.float64]
    strata: RealStrata
    index: Index
    beyond: Beyond | None = None

    @property
    def units(self) -> int:
        """Number of units."""
        return int(self.duplicates.units.max(initial=-1)) + 1

    @property
    def known(self) -> Known:
        """What it has, fold by fold."""
        return Known.of(self.features, self.folds) if self.beyond is None else self.beyond.known

    @property
    def fit(self) -> Features:
        """Features of the rows that the labeller was trained on; there is one."""
        if self.beyond is not None and self.beyond.fit is not None:
            return self.beyond.fit
        assert self.strata.labeller is not None  # noqa: S101 - whoever asks has looked
        return self.features.select(self.strata.labeller.fit_rows)


def read_reality(
    rows: Rows,
    *,
    labelled_candidate: bool = False,
    duplicates: Duplicates | None = None,
    strata: RealStrata | None = None,
    salt: int = 0,
    part: RealPart | None = None,
    step: Callable[[str], None] = lambda _: None,
) -> Reality:
    """Read the reference.

    Args:
        rows: The reference rows.
        labelled_candidate: The candidate brings labels of its own, so that no labeller is needed.
        duplicates: Known from the time the anchor was frozen, or None.
        strata: The same.
        salt: Decides, with the content of the rows, which of them may train; one anchor keeps one salt.
        part: Which rows of more these are; those beyond the part are learnt from, and not among the rows of this reality.
        step: Called with a word about what is done next.
    """
    step("reading reality: words")
    tokens = read_tokens(rows.texts)
    step("reading reality: repeats")
    duplicates = duplicates or find_duplicates(tokens)
    step("reading reality: features")
    features = read_features(tokens)
    folds = deal_folds(row_hashes(tokens), duplicates.units)
    # Weights are learnt from the rows that may train alone, so that counted real rows meet them as new rows do.
    drawing = draw_fit_units(duplicates.units, mix(row_hashes(tokens) + np.uint64(salt)))
    drawn_rows = np.flatnonzero(drawing)
    frequencies = unit_frequencies(features.select(drawn_rows), duplicates.units[drawn_rows])
    if strata is None:
        step("reading reality: strata")
        strata = _learn_strata(
            rows, tokens, features, duplicates, frequencies, drawing, labelled_candidate=labelled_candidate
        )
    known = Known.of(features, folds)
    beyond, kept = None, np.arange(len(tokens))
    if part is not None:
        kept = part.counted
        beyond = Beyond(
            known=known,
            fit=None if strata.labeller is None else features.select(strata.labeller.fit_rows),
            census=part.census(duplicates.units),
            whole=len(part.strata),
            extra=int(part.extra.sum()),
        )
    drawn, support, answers = (
        len(np.unique(duplicates.units[drawn_rows])),
        known.support(features, folds),
        rows.answer_starts,
    )
    if len(kept) < len(tokens):  # what was read beyond the part is let go before more is laid out
        tokens, features, duplicates = select_tokens(tokens, kept), features.select(kept), duplicates.at(kept)
        strata = _strata_at(strata, kept)
    return Reality(
        ids=tuple(rows.ids[row] for row in kept.tolist()),
        texts=tuple(rows.texts[row] for row in kept.tolist()),
        answers=answers[kept],
        tokens=tokens,
        features=features,
        duplicates=duplicates,
        folds=folds[kept],
        frequencies=frequencies,
        drawn=drawn,
        support=support[kept],
        strata=strata,
        index=index_rows(tokens.folded),
        beyond=beyond,
    )


def _strata_at(strata: RealStrata, rows: NDArray[np.int64]) -> RealStrata:
    """The strata of these rows; what reads new ones stays."""
    given, read = strata.given[rows], strata.read[rows]
    errors = {} if strata.labeller is None else _errors(given, read, len(strata.labels))
    return replace(strata, given=given, read=read, **errors)


@dataclass(frozen=True, slots=True, kw_only=True)
class StrataReader:
    """Reads the stratum of new rows; small enough to travel.

    Attributes:
        frequencies: int32 [columns], units that may train in which each feature occurs.
        drawn: How many units may train.
        fit: The weighed rows that the labeller was trained on, or None.
        coefficients: float32 [m, k], its coefficients, or None.
        cells: The clusters, where there is no labeller.
    """

    frequencies: NDArray[np.int32]
    drawn: int
    fit: Any = None
    coefficients: NDArray[np.float32] | None = None
    cells: Cells | None = None

    @classmethod
    def of(cls, reality: Reality) -> StrataReader:
        """What reads strata as this reality does; it has a labeller or cells."""
        frequencies, drawn, labeller = reality.frequencies, reality.drawn, reality.strata.labeller
        if labeller is None:
            return cls(frequencies=frequencies, drawn=drawn, cells=reality.strata.cells)
        fit = weigh(reality.fit, frequencies, drawn, own=True)
        return cls(frequencies=frequencies, drawn=drawn, fit=fit, coefficients=labeller.coefficients)

    def read(self, features: Features) -> NDArray[np.int64]:
        """int64 [n], the stratum that the labeller, or where there is none the cells, reads for each of these new rows."""
        weighed = weigh(features, self.frequencies, self.drawn, own=False)
        if self.coefficients is not None:
            return predict(self.coefficients, self.fit, weighed)
        assert self.cells is not None  # noqa: S101 - one of the two is there
        return assign(self.cells, weighed)


def read_strata(reality: Reality, features: Features) -> NDArray[np.int64]:
    """int64 [n], the stratum of each of these new rows (see `StrataReader.read`)."""
    return StrataReader.of(reality).read(features)


def read_as(
    reality: Reality, limits: NDArray[np.int64]
) -> tuple[tuple[str, ...], Literal["classifier", "clusters", "none"], RealStrata, StrataReader | None]:
    """How strata are read where the candidate brings no labels: their names, what reads them, and how the real rows are read.

    A row of twice the length says more than one thing and is read as neither: strata are read at equal lengths.

    Args:
        reality: The reference.
        limits: int64 [m], words to read of every real row.
    """
    strata = reality.strata
    if strata.labeller is None and strata.cells is None:
        return ("all",), "none", replace(strata, read=np.zeros(len(reality.ids), np.int64)), None
    level = cut_rows(reality.tokens, limits)
    if level is not reality.tokens:
        strata = reread_strata(reality, level)
    reader = StrataReader.of(reality)
    if strata.cells is not None and strata.labeller is None:
        return tuple(f"cluster {i + 1}" for i in range(len(strata.cells.centres))), "clusters", strata, reader
    return strata.labels, "classifier", strata, reader


def reread_strata(reality: Reality, tokens: Tokens) -> RealStrata:
    """The strata of reality with its rows read from other words of theirs, as where they are cut to a length.

    Args:
        reality: A reality with a labeller or cells.
        tokens: Of each of its rows, the words that are read.
    """
    strata = reality.strata
    read = np.where(strata.read == UNKNOWN, UNKNOWN, read_strata(reality, read_features(tokens)))
    if strata.labeller is None:
        return replace(strata, read=read)
    return replace(strata, read=read, **_errors(strata.given, read, len(strata.labels)))


def _errors(given: NDArray[np.int64], read: NDArray[np.int64], count: int) -> dict[str, Any]:
    """How rows that are read and labelled, too, are read: `confusion` and `accuracy`."""
    known = read >= 0
    confusion = np.zeros((count, count), np.int64)
    np.add.at(confusion, (given[known], read[known]), 1)
    return {
        "confusion": confusion,
        "accuracy": float((read[known] == given[known]).mean()) if known.any() else None,
    }


def _learn_strata(
    rows: Rows,
    tokens: Tokens,
    features: Features,
    duplicates: Duplicates,
    frequencies: NDArray[np.int32],
    drawing: NDArray[np.bool_],
    *,
    labelled_candidate: bool,
) -> RealStrata:
    unknown = np.full(len(rows.ids), UNKNOWN, np.int64)
    if rows.strata is None:
        return _cluster(tokens, features, duplicates, frequencies, drawing)
    labels = tuple(sorted({label for label in rows.strata if label is not None}))
    index = {label: i for i, label in enumerate(labels)}
    given = np.array([UNKNOWN if label is None else index[label] for label in rows.strata], np.int64)
    if len(labels) < 2 or labelled_candidate:
        return RealStrata(labels=labels, given=given, read=unknown)
    hashes = row_hashes(tokens)
    drawn = len(np.unique(duplicates.units[drawing]))
    fit_rows = choose_fit_rows(given, duplicates.units, hashes, drawing)
    if len(fit_rows) == 0:
        return RealStrata(labels=labels, given=given, read=unknown)
    fit = weigh(features.select(fit_rows), frequencies, drawn, own=True)
    coefficients = train(fit, given[fit_rows], len(labels))
    read = predict(coefficients, fit, weigh(features, frequencies, drawn, own=False))
    read = np.where((given >= 0) & ~drawing, read, UNKNOWN)
    return RealStrata(
        labels=labels,
        given=given,
        read=read,
        labeller=Labeller(fit_rows=fit_rows, coefficients=coefficients),
        **_errors(given, read, len(labels)),
    )


def _cluster(
    tokens: Tokens,
    features: Features,
    duplicates: Duplicates,
    frequencies: NDArray[np.int32],
    drawing: NDArray[np.bool_],
) -> RealStrata:
    unknown = np.full(len(tokens), UNKNOWN, np.int64)
    # Whole units go to one half, so that no cell is drawn around the twin of a counted row; content decides.
    if int(drawing.sum()) < 2 * ROWS_PER_CELL or int((~drawing).sum()) < 2 * ROWS_PER_CELL:
        return RealStrata(labels=(), given=unknown, read=unknown)
    drawn = len(np.unique(duplicates.units[drawing]))
    own = weigh(features.select(np.flatnonzero(drawing)), frequencies, drawn, own=True)
    cells = draw_cells(own, np.random.default_rng(0))
    read = assign(cells, weigh(features, frequencies, drawn, own=False))
    read[drawing] = UNKNOWN
    return RealStrata(labels=(), given=unknown, read=read, cells=cells)
