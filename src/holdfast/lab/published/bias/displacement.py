"""L11: rows whose labels follow a slightly different law put a floor under the error, however many rows there are."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

import numpy as np

from holdfast.lab.published.bias.bands import BAND, banded
from holdfast.lab.published.drift.replicates import mean, theory
from holdfast.lab.published.experiment import Figure, Outcome

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

_FLOOR = 0.03


@dataclass(frozen=True, slots=True, kw_only=True)
class Displacement:
    """Least squares on real rows and on rows whose coefficients are displaced.

    Attributes:
        rows: Rows of the training set that is checked.
        features: Their features, independent and standard normal.
        displacement: Length of the difference between the synthetic coefficients and the real ones.
        noise: Standard deviation of a label.
        synthetic_share: The share of displaced rows that is checked.
        other_shares: Further shares that are checked and drawn.
        row_counts: Sizes of the figure.
        runs: Training sets of the size that is checked.
        figure_runs: Training sets for every point of the figure.
    """

    id: ClassVar[str] = "L11"
    title: ClassVar[str] = "A tenth of displaced rows, and more data does not help"
    question: ClassVar[str] = (
        "If a fixed share of the rows follows another law, does more data still lower the error?"
    )
    source: ClassVar[str] = (
        "Strong model collapse: Dohmatob et al. 2025, arXiv:2410.04840; for least squares derived for this project (F25)."
    )
    seconds: ClassVar[float] = 8.0

    rows: int = 2000
    features: int = 40
    displacement: float = 1.0
    noise: float = 0.5
    synthetic_share: float = 0.1
    other_shares: tuple[float, ...] = (0.0, 0.3, 1.0)
    row_counts: tuple[int, ...] = (200, 500, 1000, 2000, 5000, 10_000)
    runs: int = 1500
    figure_runs: int = 60

    @property
    def setup(self) -> str:
        """What is drawn."""
        return (
            f"{self.rows:,} rows of {self.features} standard normal features, labels with a noise of {self.noise}, "
            f"{self.synthetic_share:.0%} of the rows from coefficients displaced by {self.displacement}; least squares on all of "
            f"them, {self.runs:,} times."
        )

    def run(self, rng: np.random.Generator, progress: Callable[[str], None] = lambda _: None, /) -> Outcome:
        """Fits all training sets and holds the errors of their coefficients against the formula.

        Args:
            rng: The only source of chance.
            progress: Called with a word about what is done next.

        Returns:
            By share of displaced rows: the squared error of the coefficients.
        """
        checks = []
        for share in (self.synthetic_share, *self.other_shares):
            progress(f"{share:.0%} synthetic rows")
            # What is not the published share needs half as many runs for its floor.
            runs = self.runs if share == self.synthetic_share else self.runs // 2
            checks.append(
                mean(self._errors(rng, self.rows, share, runs)).check(
                    f"squared error of the coefficients, {share:.0%} synthetic",
                    self.expected(self.rows, share),
                    share=_FLOOR,
                )
            )
        return Outcome(checks=tuple(checks), figure=self._figure(rng, progress), notes=(BAND,))

    def expected(self, rows: int, share: float) -> float:
        """The squared error of least squares where rows are many times the features (F25).

        >>> round(Displacement().expected(2000, 0.1), 5)
        0.01694
        """
        ratio = self.features / rows
        spread = ratio / (1 - ratio)
        return self.noise**2 * spread + self.displacement**2 * (share**2 + share * (1 - share) * spread)

    def _errors(self, rng: np.random.Generator, rows: int, share: float, runs: int) -> NDArray[np.float64]:
        """Squared distance of the fitted coefficients from the real ones, for each training set."""
        moved_rows = round(share * rows)
        # Real coefficients are 0: least squares is indifferent to where the origin lies.
        moved = np.full(self.features, self.displacement / np.sqrt(self.features))
        errors = np.empty(runs)
        for at in range(runs):
            x = rng.standard_normal((rows, self.features))
            y = self.noise * rng.standard_normal(rows)
            y[:moved_rows] += x[:moved_rows] @ moved
            fitted = np.linalg.solve(x.T @ x, x.T @ y)
            errors[at] = fitted @ fitted
        return errors

    def _figure(self, rng: np.random.Generator, progress: Callable[[str], None]) -> Figure:
        curves = []
        for share in (0.0, self.synthetic_share):
            runs = np.empty((self.figure_runs, len(self.row_counts)))
            for at, rows in enumerate(self.row_counts):
                progress(f"figure: {share:.0%} synthetic, {rows:,} rows")
                runs[:, at] = self._errors(rng, rows, share, self.figure_runs)
            curves += [
                banded(f"{share:.0%} synthetic", self.row_counts, runs),
                theory(
                    f"{share:.0%} synthetic, theory",
                    self.row_counts,
                    (self.expected(rows, share) for rows in self.row_counts),
                ),
            ]
        return Figure(
            x="training rows",
            y="squared error of the coefficients",
            curves=tuple(curves),
            log_x=True,
            log_y=True,
        )
