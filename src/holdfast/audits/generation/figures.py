"""Figures: what a model scores, beside what reality scores in its place, as plain data."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from holdfast.measures.model.rates import Rate, ratio_of_sums
from holdfast.measures.reading import Undetermined
from holdfast.stats.bands import BANDS

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from holdfast.audits.generation.holdout import Holdout
    from holdfast.audits.generation.yardstick import Costs

Figure = Rate | Undetermined


@dataclass(frozen=True, slots=True, kw_only=True)
class Beside:
    """A figure and what reality scores in its place.

    Attributes:
        value: The model's.
        reality: Reality's.
    """

    value: Figure
    reality: Figure

    def plain(self) -> dict[str, Any]:
        """As plain data."""
        return {"value": plain_figure(self.value), "reality": plain_figure(self.reality)}


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """Bits per byte of some rows of the holdout.

    Attributes:
        name: `overall`, a band or a stratum.
        rows: Rows that were read.
        bytes: Their bytes.
        model: What they cost the model, per byte.
        frozen: What they cost the frozen reference, per byte that it reads.
    """

    name: str
    rows: int
    bytes: int
    model: Figure
    frozen: Figure

    def plain(self) -> dict[str, Any]:
        """As plain data."""
        return {
            "name": self.name,
            "rows": self.rows,
            "bytes": self.bytes,
            "bits_per_byte": plain_figure(self.model),
            "frozen_bits_per_byte": plain_figure(self.frozen),
        }


def rate_of(costs: Costs, units: NDArray[np.int64], inside: NDArray[np.bool_] | None = None) -> Figure:
    """Bits per byte of these rows."""
    taken = np.ones(len(costs.bits), bool) if inside is None else inside
    return ratio_of_sums(costs.bits[taken], costs.bytes[taken].astype(np.float64), units[taken])


def read_lines(
    holdout: Holdout, model: Costs, frozen: Costs
) -> tuple[Line, tuple[Line, ...], tuple[Line, ...]]:
    """Bits per byte overall, by band (the rarest first), and by stratum (the costliest first)."""

    def line(name: str, inside: NDArray[np.bool_]) -> Line:
        read = inside & (model.bytes > 0)
        return Line(
            name=name,
            rows=int(read.sum()),
            bytes=int(model.bytes[read].sum()),
            model=rate_of(model, holdout.units, read),
            frozen=rate_of(frozen, holdout.units, inside),
        )

    bands, strata = np.array(holdout.bands, object), np.array(holdout.strata, object)
    names = sorted({name for name in holdout.strata if name is not None})
    by_stratum = [line(name, strata == name) for name in names]
    by_stratum.sort(key=lambda one: -one.model.value if isinstance(one.model, Rate) else 0.0)
    return (
        line("overall", np.ones(len(holdout.ids), bool)),
        () if holdout.unbanded else tuple(line(name, bands == name) for name, _, _ in BANDS),
        tuple(by_stratum),
    )


def plain_figure(figure: Figure) -> dict[str, Any]:
    """A rate as plain data; where there is none, `value` is None and `reason` says why."""
    if isinstance(figure, Undetermined):
        return {
            "value": None,
            "interval": None,
            "standard_error": None,
            "units": None,
            "reason": figure.reason,
        }
    return {**asdict(figure), "interval": list(figure.interval), "reason": None}
