"""Strata of reality: from labels, or where rows have none from cells, learnt so that real rows are read as new ones are."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from holdfast.views.clusters import ROWS_PER_CELL, Cells, assign, draw_cells
from holdfast.views.features import weigh
from holdfast.views.labeller import Labeller, choose_fit_rows, predict, train
from holdfast.views.sides import UNKNOWN
from holdfast.views.tokens import row_hashes

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from holdfast.views.features import Features
    from holdfast.views.near import Duplicates
    from holdfast.views.tokens import Tokens


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


def learn_strata(
    named: Sequence[str | None] | None,
    tokens: Tokens,
    features: Features,
    duplicates: Duplicates,
    frequencies: NDArray[np.int32],
    drawing: NDArray[np.bool_],
    *,
    labelled_candidate: bool,
) -> RealStrata:
    """Learn strata: from labels, or where there are none from cells.

    Args:
        named: The label of each row, None where it has none; or None where no row has one.
        tokens: Their words.
        features: Their hashed features.
        duplicates: Groups of repeated rows.
        frequencies: int32 [columns], units that may train in which each feature occurs.
        drawing: bool [n], which rows may train.
        labelled_candidate: The candidate brings labels of its own, so that no labeller is needed.
    """
    unknown = np.full(len(tokens), UNKNOWN, np.int64)
    if named is None:
        return _cluster(tokens, features, duplicates, frequencies, drawing)
    labels = tuple(sorted({label for label in named if label is not None}))
    index = {label: i for i, label in enumerate(labels)}
    given = np.array([UNKNOWN if label is None else index[label] for label in named], np.int64)
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
        **errors_of(given, read, len(labels)),
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


def strata_at(strata: RealStrata, rows: NDArray[np.int64]) -> RealStrata:
    """The strata of these rows; what reads new ones stays."""
    given, read = strata.given[rows], strata.read[rows]
    found: dict[str, Any] = {} if strata.labeller is None else errors_of(given, read, len(strata.labels))
    return replace(strata, given=given, read=read, **found)


def errors_of(given: NDArray[np.int64], read: NDArray[np.int64], count: int) -> dict[str, Any]:
    """How rows that are read and labelled, too, are read: `confusion` and `accuracy`."""
    known = read >= 0
    confusion = np.zeros((count, count), np.int64)
    np.add.at(confusion, (given[known], read[known]), 1)
    return {
        "confusion": confusion,
        "accuracy": float((read[known] == given[known]).mean()) if known.any() else None,
    }
