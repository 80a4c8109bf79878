"""Reality: the reference rows, read once, each as if it were new.

What is learnt from the reference (a stratum labeller, cells, the support of n-grams) is applied to every real row
without that row and its near-duplicates. These leave-one-out readings are what every null is drawn from; a frozen
anchor keeps them.
"""

from __future__ import annotations

from dataclasses import dataclass, fields, replace
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from holdfast.backends.store import Key, get_model, put_model
from holdfast.kernels import compiled
from holdfast.version import __version__
from holdfast.views.clusters import Cells, assign
from holdfast.views.crossing import Index, index_rows
from holdfast.views.features import Features, read_features, unit_frequencies, weigh
from holdfast.views.items import Items
from holdfast.views.labeller import Labeller, draw_fit_units, predict
from holdfast.views.level import cut_rows
from holdfast.views.near import Duplicates, find_duplicates
from holdfast.views.real_part import Census
from holdfast.views.real_strata import RealStrata, errors_of, learn_strata, strata_at
from holdfast.views.sides import UNKNOWN, select_tokens
from holdfast.views.streaming.digest import digest_of
from holdfast.views.support import Known, deal_folds
from holdfast.views.tokens import mix, read_tokens, row_hashes

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from numpy.typing import NDArray

    from holdfast.backends.store import Shelf
    from holdfast.views.real_part import RealPart
    from holdfast.views.tokens import Tokens

VERSION = 1
"""Of what is learnt here, raised whenever what was kept stops being right."""


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
        shelf: Where what is learnt from them is kept, or None.
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
    shelf: Shelf | None = None

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
    shelf: Shelf | None = None,
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
        shelf: Where what is learnt from these rows, here and by views, is kept; None keeps nothing.
        step: Called with a word about what is done next.
    """
    step("reading reality: words")
    tokens = read_tokens(rows.texts)
    key = None
    if shelf is not None and shelf.on:
        key = _key_of(rows, labelled_candidate, duplicates, strata, salt, part)
    learnt = None if key is None or shelf is None else get_model(shelf, key, _CLASSES)
    features = None
    if not isinstance(learnt, Lessons):
        step("reading reality: repeats")
        duplicates = duplicates or find_duplicates(tokens)
        step("reading reality: features")
        features = read_features(tokens)
        if strata is None:
            step("reading reality: strata")
        learnt = _learn(rows, tokens, features, duplicates, strata, salt, part, labelled_candidate)
        if key is not None and shelf is not None:
            put_model(shelf, key, learnt, _CLASSES)
    kept = np.arange(len(tokens)) if part is None else part.counted
    if len(kept) < len(tokens):  # what was read beyond the part is let go before more is laid out
        tokens, features = select_tokens(tokens, kept), None if features is None else features.select(kept)
    if features is None:
        step("reading reality: features")
        features = read_features(tokens)
    return Reality(
        ids=tuple(rows.ids[row] for row in kept.tolist()),
        texts=tuple(rows.texts[row] for row in kept.tolist()),
        answers=rows.answer_starts[kept],
        tokens=tokens,
        features=features,
        shelf=shelf,
        **{name: getattr(learnt, name) for name in _LEARNT},
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Lessons:
    """What costs more to learn from the reference than to read again; the attributes are those of `Reality`."""

    duplicates: Duplicates
    folds: NDArray[np.int8]
    frequencies: NDArray[np.int32]
    drawn: int
    support: NDArray[np.float64]
    strata: RealStrata
    index: Index
    beyond: Beyond | None


_LEARNT = tuple(field.name for field in fields(Lessons))
_CLASSES = (Lessons, Duplicates, RealStrata, Labeller, Cells, Index, Items, Beyond, Known, Features, Census)


def _learn(
    rows: Rows,
    tokens: Tokens,
    features: Features,
    duplicates: Duplicates,
    strata: RealStrata | None,
    salt: int,
    part: RealPart | None,
    labelled_candidate: bool,  # noqa: FBT001 - one call
) -> Lessons:
    folds = deal_folds(row_hashes(tokens), duplicates.units)
    # Weights are learnt from the rows that may train alone, so that counted real rows meet them as new rows do.
    drawing = draw_fit_units(duplicates.units, mix(row_hashes(tokens) + np.uint64(salt)))
    drawn_rows = np.flatnonzero(drawing)
    drawn = len(np.unique(duplicates.units[drawn_rows]))
    frequencies = unit_frequencies(features.select(drawn_rows), duplicates.units[drawn_rows])
    if strata is None:
        strata = learn_strata(
            rows.strata,
            tokens,
            features,
            duplicates,
            frequencies,
            drawing,
            labelled_candidate=labelled_candidate,
        )
    known = Known.of(features, folds)
    support, folded, beyond = known.support(features, folds), tokens.folded, None
    if part is not None:
        kept = part.counted
        beyond = Beyond(
            known=known,
            fit=None if strata.labeller is None else features.select(strata.labeller.fit_rows),
            census=part.census(duplicates.units),
            whole=len(part.strata),
            extra=int(part.extra.sum()),
        )
        if len(kept) < len(tokens):
            folded = tuple(folded[row] for row in kept.tolist())
            duplicates, strata = duplicates.at(kept), strata_at(strata, kept)
            folds, support = folds[kept], support[kept]
    return Lessons(
        duplicates=duplicates,
        folds=folds,
        frequencies=frequencies,
        drawn=drawn,
        support=support,
        strata=strata,
        index=index_rows(folded),
        beyond=beyond,
    )


def _key_of(
    rows: Rows,
    labelled_candidate: bool,  # noqa: FBT001 - one call
    duplicates: Duplicates | None,
    strata: RealStrata | None,
    salt: int,
    part: RealPart | None,
) -> Key:
    """What is learnt of rows depends on what they say and are called, and on what was known of them before; not on their ids."""
    names = sorted({name for name in rows.strata or () if name is not None})
    number: dict[str | None, int] = {name: at for at, name in enumerate(names)} | {None: UNKNOWN}
    codes = np.array([number[name] for name in rows.strata or ()], np.int64)
    known = (rows.strata is None, labelled_candidate, salt, duplicates, strata, part)
    digest = digest_of((tuple(rows.texts), names, codes, known))
    return Key(
        kind="reality", version=VERSION, parts=(__version__, digest, f"kernels {compiled(len(rows.texts))}")
    )


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
    return replace(strata, read=read, **errors_of(strata.given, read, len(strata.labels)))
