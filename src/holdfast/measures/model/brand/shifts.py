"""Shifts: which small words, marks and formats pull outputs away from the approved texts."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from holdfast.stats.multiplicity import benjamini_hochberg
from holdfast.views.formats import FORMATS, read_formats

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from holdfast.measures.model.brand.voices import Voices

RATE = 0.01
"""Expected share of features named by mistake."""
SHOWN = 20
_EXAMPLES = 3
_WORDS = 1_000.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Shift:
    """A feature that stands elsewhere in outputs.

    Attributes:
        feature: The word, mark or format.
        kind: `word` and `mark`: for each 1,000 words; `format`: share of documents.
        approved: Its rate in the approved texts.
        outputs: In the outputs.
        generic: In the generic texts; None without any.
        interval: 95 % interval of the difference, outputs less approved.
        size: The difference in standard deviations of a document.
        p_value: Two-sided, of no difference, from mean differences by unit (Welch).
        rows: Outputs that show it best.
    """

    feature: str
    kind: str
    approved: float
    outputs: float
    generic: float | None
    interval: tuple[float, float]
    size: float
    p_value: float
    rows: tuple[int, ...]


def read_shifts(voices: Voices) -> tuple[Shift, ...]:
    """The features that shifted, the largest first; none where too little is known.

    Which are named is decided by Benjamini and Hochberg 1995, at one wrong name in a hundred.
    """
    if voices.lacking is not None:
        return ()
    names = [(word, "word") for word in voices.vocabulary.words]
    names += [(mark, "mark") for mark in voices.vocabulary.names[len(names) :]]
    names += [(name, "format") for name, _ in FORMATS]
    tables = {name: table * _WORDS for name, table in voices.rates.items()}
    sides = {"approved": voices.approved, "outputs": voices.outputs, "generic": voices.generic}
    whole = {
        name: np.hstack([tables[name], read_formats(side.texts)])
        for name, side in sides.items()
        if side is not None and len(side)
    }
    own, written = (_by_unit(whole[name], sides[name].units) for name in ("approved", "outputs"))  # type: ignore[union-attr]
    difference, error, size, p_values = _welch(own, written)
    named = benjamini_hochberg(p_values, RATE)
    order = [i for i in np.argsort(-np.abs(size), kind="stable") if named[i]][:SHOWN]
    return tuple(
        Shift(
            feature=names[i][0],
            kind=names[i][1],
            approved=float(own[:, i].mean()),
            outputs=float(written[:, i].mean()),
            generic=float(whole["generic"][:, i].mean()) if "generic" in whole else None,
            interval=(float(difference[i] - 1.96 * error[i]), float(difference[i] + 1.96 * error[i])),
            size=float(size[i]),
            p_value=float(p_values[i]),
            rows=_showing(whole["outputs"][:, i], float(np.sign(difference[i]))),
        )
        for i in order
    )


def _by_unit(table: NDArray[np.float64], units: NDArray[np.int64]) -> NDArray[np.float64]:
    """Means of near-duplicates: they are one piece of evidence."""
    count = int(units.max()) + 1
    sums = np.zeros((count, table.shape[1]))
    np.add.at(sums, units, table)
    return np.asarray(sums / np.bincount(units, minlength=count)[:, None])


def _welch(
    own: NDArray[np.float64], written: NDArray[np.float64]
) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]:
    """Difference, standard error, difference in standard deviations, two-sided p-value (Welch 1947), by feature."""
    from scipy.special import stdtr

    difference = written.mean(axis=0) - own.mean(axis=0)
    parts = own.var(axis=0, ddof=1) / len(own), written.var(axis=0, ddof=1) / len(written)
    square = parts[0] + parts[1]
    error = np.sqrt(square)
    told = error > 0
    t = np.where(told, np.abs(difference) / np.where(told, error, 1.0), 0.0)
    below = parts[0] ** 2 / (len(own) - 1) + parts[1] ** 2 / (len(written) - 1)
    freedom = np.where(told, square**2 / np.where(told, below, 1.0), 1.0)
    p_values = 2.0 * stdtr(freedom, -t)
    # What every document of one side does and none of the other has no scatter; chance did not do that to 200 documents.
    sure = ~told & (difference != 0)
    p_values[sure] = 2.0 ** (1 - min(len(own), len(written)))
    spread = np.sqrt((own.var(axis=0, ddof=1) + written.var(axis=0, ddof=1)) / 2.0)
    size = np.where(spread > 0, difference / np.where(spread > 0, spread, 1.0), np.sign(difference) * 99.0)
    return difference, error, size, p_values


def _showing(values: NDArray[np.float64], sign: float) -> tuple[int, ...]:
    order = np.argsort(-sign * values, kind="stable")
    return tuple(int(row) for row in order[:_EXAMPLES])
