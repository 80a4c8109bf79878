"""L10: how fast rare symbols are learned, where a cut tail stops it, and when a few real rows go on from there."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

import numpy as np

from holdfast.lab.published.bias.bands import BAND, banded
from holdfast.lab.published.drift.replicates import mean, theory
from holdfast.lab.published.experiment import Check, Curve, Figure, Outcome

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from numpy.typing import NDArray

    Values = NDArray[np.float64]

_FLOOR = 0.02
_BLOCK = 1 << 18
"""Symbols held in memory at once."""
_PER_DECADE = 4
# Slopes are read where the first symbols no longer matter and the end of the alphabet does not yet: these rows, or ranks.
_SLOPE_ROWS = (1e3, 1e6)
_FIRST_RANK = 30
_RANK_SHARE = 1e-4


@dataclass(frozen=True, slots=True, kw_only=True)
class CutTail:
    """Symbols with Zipf's frequencies, learned by having been seen.

    Attributes:
        symbols: Size of the alphabet; summed in blocks.
        exponent: Of the frequencies: p is proportional to rank to the minus this.
        cut: Rank behind which the generator never writes.
        real_share: Share of real rows beside the generator's.
        drawn_rows: Sizes of samples that are really drawn.
        runs: Samples of each size.
    """

    id: ClassVar[str] = "L10"
    title: ClassVar[str] = "A cut tail, its floor and the plateau"
    question: ClassVar[str] = (
        "If a generator never says what is rarer than some rank, what does more of its data teach, and from when on do a few "
        "real rows help?"
    )
    source: ClassVar[str] = "A tale of tails: Dohmatob et al. 2024, arXiv:2402.07043 (F26)."
    seconds: ClassVar[float] = 5.0

    symbols: int = 10_000_000
    exponent: float = 1.5
    cut: int = 100
    real_share: float = 0.01
    drawn_rows: tuple[int, ...] = (1_000, 10_000, 100_000)
    runs: int = 20

    @property
    def setup(self) -> str:
        """What is summed and drawn."""
        return (
            f"{self.symbols:,} symbols with frequencies like rank^-{self.exponent:g}; the error of T rows is the mass of what "
            f"they did not show, summed over all symbols; a generator cut at rank {self.cut}, alone and with {self.real_share:.0%} "
            f"real rows; samples of {', '.join(f'{rows:,}' for rows in self.drawn_rows)} rows drawn {self.runs} times."
        )

    def run(self, rng: np.random.Generator, progress: Callable[[str], None] = lambda _: None, /) -> Outcome:
        """Sums the errors over the alphabet, draws samples, and reads slopes and the plateau's end.

        Args:
            rng: The only source of chance.
            progress: Called with a word about what is done next.

        Returns:
            By training rows: the mass that was not learned, and where cuts and real rows change its course.
        """
        total = sum(float(weights.sum()) for _, weights in self._weights())
        rates = np.logspace(0, 6, 6 * _PER_DECADE + 1)
        progress("errors of real rows, summed")
        clean = self._unseen(np.append(rates, self.drawn_rows), total)
        clean, at_drawn = clean[: rates.size], clean[rates.size :]
        # The frequent symbols, for cuts: a ten-thousandth of the alphabet and more.
        head: Values = np.arange(1.0, min(self.symbols, 10**6) + 1) ** -self.exponent / total
        tail = 1 - np.cumsum(head)
        progress("samples drawn")
        drawn = 1 - self._seen(rng, total)
        beta = self.exponent
        ranks = np.unique(
            np.geomspace(_FIRST_RANK, max(self.symbols * _RANK_SHARE, 3 * _FIRST_RANK), 20).round()
        )
        middle = (rates >= _SLOPE_ROWS[0]) & (rates <= _SLOPE_ROWS[1])
        checks = [
            _slope("slope of the error of real rows", -(1 - 1 / beta), rates[middle], clean[middle]),
            _slope(
                "slope of the floor that a cut leaves, over its rank",
                -(beta - 1),
                ranks,
                tail[ranks.astype(int) - 1],
            ),
            *self._drawn_checks(drawn, at_drawn, tail),
        ]
        rows = rates / self.real_share
        floor = float(tail[self.cut - 1])
        mixed = self._mixed(rows, clean, head)
        end = _plateau_end(rows, mixed, floor)
        checks.append(
            Check(
                name="rows at which the plateau ends, power of ten",
                expected=math.log10(self.cut**beta / self.real_share),
                measured=math.log10(end),
                floor=math.log10(3),
            )
        )
        figure = self._figure(rows, rates, clean, mixed, head, drawn)
        notes = (
            BAND,
            f"The plateau at {floor:.4f} ends after {end:,.0f} rows: there the later power law, carried back, meets it. "
            f"Theory gives an order of magnitude, {self.cut**beta / self.real_share:,.0f}.",
        )
        return Outcome(checks=tuple(checks), figure=figure, notes=notes)

    def _weights(self) -> Iterator[tuple[int, Values]]:
        """First rank and weights of each block of the alphabet."""
        for start in range(1, self.symbols + 1, _BLOCK):
            ranks = np.arange(start, min(start + _BLOCK, self.symbols + 1), dtype=np.float64)
            yield start, ranks**-self.exponent

    def _unseen(self, rows: Values, total: float) -> Values:
        """Expected mass of what so many rows did not show, each of them a number of rows."""
        sums = np.zeros(rows.size)
        for _, weights in self._weights():
            p = weights / total
            for at, count in enumerate(rows):
                sums[at] += float(p @ np.exp(-count * p))
        return sums

    def _seen(self, rng: np.random.Generator, total: float) -> Values:
        """Mass of the symbols that each drawn sample shows; a row per run, a column per size."""
        samples = [[np.sort(rng.random(rows)) for rows in self.drawn_rows] for _ in range(self.runs)]
        seen = np.zeros((self.runs, len(self.drawn_rows)))
        below = 0.0
        for _, weights in self._weights():
            p = weights / total
            edges = below + np.cumsum(p)
            for run, sizes in enumerate(samples):
                for at, places in enumerate(sizes):
                    first, last = np.searchsorted(places, (below, edges[-1]))
                    symbols = np.unique(np.searchsorted(edges, places[first:last], side="right"))
                    # Rounding may place the last draw behind the last edge.
                    seen[run, at] += p[symbols[symbols < p.size]].sum()
            below = float(edges[-1])
        return seen

    def _drawn_checks(self, drawn: Values, expected: Values, tail: Values) -> list[Check]:
        """What drawn samples leave out, and the rank at which a generator fitted on them seems to be cut."""
        checks = []
        for rows, law, column in zip(self.drawn_rows, expected.tolist(), drawn.T, strict=True):
            name = f"mass that a generator fitted on {rows:,} drawn rows lost"
            checks.append(mean(column).check(name, law))
        # The rank with that tail; tails descend.
        ranks = np.interp(-drawn, -tail, np.arange(1.0, tail.size + 1))
        x = np.log(np.array(self.drawn_rows))
        slopes = np.array([np.polyfit(x, np.log(run), 1)[0] for run in ranks])
        name = "slope of the rank at which such a generator is as if cut, over its rows"
        return [*checks, mean(slopes).check(name, 1 / self.exponent, floor=_FLOOR)]

    def _cut(self, rows: Values, head: Values) -> Values:
        """Error of so many rows by the cut generator alone."""
        p = head[: self.cut]
        unseen = np.exp(-np.outer(rows, p / p.sum())) @ p
        return np.asarray(unseen + 1 - p.sum())

    def _mixed(self, rows: Values, clean: Values, head: Values) -> Values:
        """Error of so many rows of which a share is real; `clean` is what the real ones among them leave."""
        p = head[: self.cut]
        real = self.real_share * p
        unseen = np.exp(-np.outer(rows, real + (1 - self.real_share) * p / p.sum())) @ p
        return np.asarray(clean - np.exp(-np.outer(rows, real)) @ p + unseen)

    def _figure(
        self, rows: Values, rates: Values, clean: Values, mixed: Values, head: Values, drawn: Values
    ) -> Figure:
        floor = 1 - head[: self.cut].sum()
        # The integral of the Zipf law for a long alphabet, in place of the sum.
        beta = self.exponent
        law = math.gamma(1 - 1 / beta) / beta * (head[0] ** (1 / beta)) * rates ** (1 / beta - 1)
        curves = (
            _line("real rows, summed", rates, clean),
            banded("real rows, drawn", self.drawn_rows, drawn),
            _line(f"a generator cut at rank {self.cut}", rows, self._cut(rows, head)),
            _line(f"the same with {self.real_share:.0%} real rows", rows, mixed),
            theory("real rows, theory", rates, law),
            theory("floor of the cut", rows, np.full(rows.size, floor)),
        )
        return Figure(x="training rows", y="mass not learned", curves=curves, log_x=True, log_y=True)


def _slope(name: str, expected: float, x: Values, y: Values) -> Check:
    measured = float(np.polyfit(np.log(x), np.log(y), 1)[0])
    return Check(name=name, expected=expected, measured=measured, floor=_FLOOR)


def _plateau_end(rows: Values, mixed: Values, floor: float) -> float:
    """Where the power law of the last rows, carried back, meets the plateau."""
    late = rows >= rows[-1] / 10**1.5
    slope, height = np.polyfit(np.log(rows[late]), np.log(mixed[late]), 1)
    return float(np.exp((math.log(floor) - height) / slope))


def _line(name: str, x: Values, y: Values) -> Curve:
    return Curve(name=name, x=_floats(x), y=_floats(y))


def _floats(values: Values) -> tuple[float, ...]:
    return tuple(float(value) for value in values)
