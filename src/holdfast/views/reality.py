"""Reality: the reference rows, read once, each as if it were new.

What is learnt from the reference (a stratum labeller, cells, the support of n-grams) is applied to every real row
without that row and its near-duplicates. These leave-one-out readings are what every null is drawn from; a frozen
anchor keeps them.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from holdfast.views.clusters import ROWS_PER_CELL, Cells, assign, draw_cells
from holdfast.views.features import Features, read_features, unit_frequencies, weigh
from holdfast.views.labeller import Labeller, choose_fit_rows, draw_fit_units, predict, train
from holdfast.views.near import Duplicates, find_duplicates
from holdfast.views.sides import UNKNOWN
from holdfast.views.support import deal_folds, support
from holdfast.views.tokens import Tokens, read_tokens, row_hashes

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from numpy.typing import NDArray


@dataclass(frozen=True, slots=True, kw_only=True)
class Rows:
    """Rows before they are read.

    Attributes:
        ids: Record ids.
        texts: Texts.
        strata: Labels, None where unlabelled; or None where no row has one.
    """

    ids: Sequence[str]
    texts: Sequence[str]
    strata: Sequence[str | None] | None = None


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
class Reality:
    """The reference rows with everything that is learnt from them.

    Attributes:
        ids: Record ids.
        texts: Texts.
        tokens: Their words.
        features: Their hashed features.
        duplicates: Groups of repeated rows.
        folds: int8 [n], fold of each row, for support.
        frequencies: int32 [columns], units each feature occurs in.
        support: float64 [n], share of a row's features that a unit of another fold has.
        strata: Strata.
    """

    ids: tuple[str, ...]
    texts: tuple[str, ...]
    tokens: Tokens
    features: Features
    duplicates: Duplicates
    folds: NDArray[np.int8]
    frequencies: NDArray[np.int32]
    support: NDArray[np.float64]
    strata: RealStrata

    @property
    def units(self) -> int:
        """Number of units."""
        return int(self.duplicates.units.max(initial=-1)) + 1


def read_reality(
    rows: Rows,
    *,
    labelled_candidate: bool = False,
    duplicates: Duplicates | None = None,
    strata: RealStrata | None = None,
    step: Callable[[str], None] = lambda _: None,
) -> Reality:
    """Read the reference.

    Args:
        rows: The reference rows.
        labelled_candidate: The candidate brings labels of its own, so that no labeller is needed.
        duplicates: Known from the time the anchor was frozen, or None.
        strata: The same.
        step: Called with a word about what is done next.
    """
    step("reading reality: words")
    tokens = read_tokens(rows.texts)
    step("reading reality: repeats")
    duplicates = duplicates or find_duplicates(tokens)
    step("reading reality: features")
    features = read_features(tokens)
    folds = deal_folds(tokens, duplicates.units)
    frequencies = unit_frequencies(features, duplicates.units)
    if strata is None:
        step("reading reality: strata")
        strata = _learn_strata(
            rows, tokens, features, duplicates, frequencies, labelled_candidate=labelled_candidate
        )
    return Reality(
        ids=tuple(rows.ids),
        texts=tuple(rows.texts),
        tokens=tokens,
        features=features,
        duplicates=duplicates,
        folds=folds,
        frequencies=frequencies,
        support=support(features, features, folds, folds),
        strata=strata,
    )


def _learn_strata(
    rows: Rows,
    tokens: Tokens,
    features: Features,
    duplicates: Duplicates,
    frequencies: NDArray[np.int32],
    *,
    labelled_candidate: bool,
) -> RealStrata:
    unknown = np.full(len(rows.ids), UNKNOWN, np.int64)
    units = int(duplicates.units.max(initial=-1)) + 1
    if rows.strata is None:
        return _cluster(tokens, features, duplicates, frequencies, units)
    labels = tuple(sorted({label for label in rows.strata if label is not None}))
    index = {label: i for i, label in enumerate(labels)}
    given = np.array([UNKNOWN if label is None else index[label] for label in rows.strata], np.int64)
    if len(labels) < 2 or labelled_candidate:
        return RealStrata(labels=labels, given=given, read=unknown)
    weighed = weigh(features, frequencies, units, own=True)
    hashes = row_hashes(tokens)
    drawing = draw_fit_units(duplicates.units, hashes)
    fit_rows = choose_fit_rows(given, duplicates.units, hashes, drawing)
    if len(fit_rows) == 0:
        return RealStrata(labels=labels, given=given, read=unknown)
    fit = weighed[fit_rows]
    coefficients = train(fit, given[fit_rows], len(labels))
    read = predict(coefficients, fit, weighed)
    known = (given >= 0) & ~drawing
    confusion = np.zeros((len(labels), len(labels)), np.int64)
    np.add.at(confusion, (given[known], read[known]), 1)
    return RealStrata(
        labels=labels,
        given=given,
        read=np.where(known, read, UNKNOWN),
        labeller=Labeller(fit_rows=fit_rows, coefficients=coefficients),
        confusion=confusion,
        accuracy=float((read[known] == given[known]).mean()) if known.any() else None,
    )


def _cluster(
    tokens: Tokens, features: Features, duplicates: Duplicates, frequencies: NDArray[np.int32], units: int
) -> RealStrata:
    unknown = np.full(len(tokens), UNKNOWN, np.int64)
    # Whole units go to one half, so that no cell is drawn around the twin of a counted row; content decides.
    drawing = draw_fit_units(duplicates.units, row_hashes(tokens))
    if int(drawing.sum()) < 2 * ROWS_PER_CELL or int((~drawing).sum()) < 2 * ROWS_PER_CELL:
        return RealStrata(labels=(), given=unknown, read=unknown)
    weighed = weigh(features, frequencies, units, own=True)
    cells = draw_cells(weighed[np.flatnonzero(drawing)], np.random.default_rng(0))
    read = assign(cells, weighed)
    read[drawing] = UNKNOWN
    return RealStrata(labels=(), given=unknown, read=read, cells=cells)
