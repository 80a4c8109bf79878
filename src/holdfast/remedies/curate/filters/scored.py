"""Filters that cut a score: each takes a stated share of reality, and no more than that by construction."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

import numpy as np

from holdfast.measures.text.label_noise import read_margins
from holdfast.remedies.curate.filters.marks import Marks
from holdfast.views.reading import read_view
from holdfast.views.surprisal import SURPRISAL_OF_LONG_ROWS, Surprisal

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from numpy.typing import NDArray

    from holdfast.views.sides import Sides


@dataclass(frozen=True, slots=True, kw_only=True)
class OffTopic:
    """Rows that share less wording with reality than all but a few real rows share with each other."""

    name: ClassVar[str] = "off_topic"
    title: ClassVar[str] = "rows unlike anything real"

    takes: float = 0.01  # of reality

    def __call__(self, sides: Sides) -> Marks | str:
        """Mark the rows of least support."""
        found = sides.candidate.support
        return below(
            found,
            sides.anchor.support,
            self.takes,
            lambda row: f"only {found[row]:.0%} of its wording is known to reality",
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class LabelNoise:
    """Rows whose label a judge that learnt from the anchor doubts most."""

    name: ClassVar[str] = "label_noise"
    title: ClassVar[str] = "labels that do not fit"

    takes: float = 0.01  # of reality

    def __call__(self, sides: Sides) -> Marks | str:
        """Mark the rows whose label fits least."""
        if sides.origin != "column" or len(sides.labels) < 2:
            return "labels on both sides are needed"
        real, found = read_margins(sides)
        # Rows of no label, or of one that the anchor does not know, cannot be judged.
        known = np.isin(np.arange(len(sides.labels)), sides.anchor.strata)
        judged = [
            (side.strata >= 0) & known[np.maximum(side.strata, 0)] for side in (sides.candidate, sides.anchor)
        ]
        if not judged[1].any():
            return "no real row has a label that it shares with another"
        labels, strata = sides.labels, sides.candidate.strata
        return below(
            np.where(judged[0], found, np.inf),
            np.where(judged[1], real, np.inf),
            self.takes,
            lambda row: f"another label than {labels[strata[row]]!r} fits far better",
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Strange:
    """Rows that a language model of the anchor finds far stranger than real rows."""

    name: ClassVar[str] = "surprisal"
    title: ClassVar[str] = "rows too strange for a language model of the anchor"

    takes: float = 0.01  # of reality

    def __call__(self, sides: Sides) -> Marks | str:
        """Mark the rows of highest surprisal."""
        real, found = rates(sides)
        return below(-found, -real, self.takes, lambda row: f"{found[row]:.1f} bits a byte")


@dataclass(frozen=True, slots=True, kw_only=True)
class Typicality:
    """Rows less ordinary than the rest: what "keep the most typical" does, which is how tails are lost."""

    name: ClassVar[str] = "typicality"
    title: ClassVar[str] = "the least typical rows"

    takes: float = 0.3  # of reality

    def __call__(self, sides: Sides) -> Marks | str:
        """Mark the rows of highest surprisal, many of them."""
        real, found = rates(sides)
        return below(-found, -real, self.takes, lambda row: f"{found[row]:.1f} bits a byte: not typical")


@dataclass(frozen=True, slots=True, kw_only=True)
class Confidence:
    """Rows of whose label a judge is not confident: what "keep what the classifier is sure of" does."""

    name: ClassVar[str] = "confidence"
    title: ClassVar[str] = "rows whose label a judge is not sure of"

    takes: float = 0.3  # of reality

    def __call__(self, sides: Sides) -> Marks | str:
        """Mark the rows of least margin, many of them."""
        marks = LabelNoise(takes=self.takes)(sides)
        if isinstance(marks, str):
            return marks
        return Marks(
            candidate=marks.candidate,
            real=marks.real,
            reason=lambda _: "a judge is not sure of its label",
            scores=marks.scores,
            cut=marks.cut,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Outliers:
    """Rows far from the middle of all rows in the space of their wording: what outlier removal does."""

    name: ClassVar[str] = "outliers"
    title: ClassVar[str] = "rows far from the middle"

    takes: float = 0.1  # of reality

    def __call__(self, sides: Sides) -> Marks | str:
        """Mark the rows least like the mean row of reality."""
        found, real = _centrality(sides)
        return below(found, real, self.takes, lambda row: f"cosine {found[row]:.2f} to the mean real row")


@dataclass(frozen=True, slots=True, kw_only=True)
class Score:
    """Rows below a score of the user's own, which real rows do not have: what it takes of reality cannot be known."""

    name: ClassVar[str] = "score"
    title: ClassVar[str] = "rows below a score"

    column: str
    least: float
    values: Mapping[str, float]

    def __call__(self, sides: Sides) -> Marks | str:
        """Mark rows below the least score; rows without one are let be."""
        found = np.array([self.values.get(id_, np.inf) for id_ in sides.candidate.ids])
        return Marks(
            candidate=found < self.least,
            real=None,
            reason=lambda row: f"{self.column} is {found[row]:g}, below {self.least:g}",
        )


def below(
    found: NDArray[np.float64], real: NDArray[np.float64], takes: float, reason: Callable[[int], str]
) -> Marks:
    """Marks rows whose score lies below what a share of real rows has."""
    cut = float(np.quantile(real, takes, method="lower"))
    return Marks(candidate=found < cut, real=real < cut, reason=reason, scores=(found, real), cut=cut)


def rates(sides: Sides) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Bits a byte of real and candidate rows; rows without words are as ordinary as can be."""
    viewed = read_view(sides, SURPRISAL_OF_LONG_ROWS)
    real, found = (
        np.nan_to_num(Surprisal.of(facts).rate, nan=0.0) for facts in (viewed.real, viewed.candidate)
    )
    return real, found


def _centrality(sides: Sides) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    from holdfast.views.features import narrow, unit_frequencies, weigh

    anchor = sides.anchor
    frequencies = unit_frequencies(anchor.features, anchor.duplicates.units)
    real, found = narrow(
        weigh(anchor.features, frequencies, anchor.units, own=True),
        weigh(sides.candidate.features, frequencies, anchor.units, own=False),
    )
    total = np.asarray(real.sum(axis=0)).ravel()
    length = float(np.linalg.norm(total)) or 1.0
    # A real row is held against the mean of the others.
    own = np.asarray(real.multiply(real).sum(axis=1)).ravel()
    return np.asarray(found @ total / length), np.asarray((real @ total - own) / length)
