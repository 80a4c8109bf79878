"""Losses: what a model pays more for the holdout than another did, row by row, by rarity."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from holdfast.errors import InputError
from holdfast.measures.model.rates import Rate, ratio_of_sums
from holdfast.stats.bands import BANDS

if TYPE_CHECKING:
    from collections.abc import Collection

    import pyarrow as pa
    from numpy.typing import NDArray

OVERALL = "overall"
ROWS_FILE = "rows.parquet"
_COLUMNS = ("id", "band", "bytes", "bits")
_LEAST = 10
"""Independent rows below which a loss is not said."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Loss:
    """What the later model pays more than the earlier one in one band, paired row by row.

    Attributes:
        band: A rarity band, or `overall`.
        rows: Rows compared.
        units: Independent ones: rows that repeat each other count as one.
        bytes: Their bytes.
        loss: Bits per byte, later minus earlier: above 0 where the later one is worse. None with too few rows.
        standard_error: Of the loss, from differences of rows; rows that repeat each other count as one.
        reason: Why there is no loss.
    """

    band: str
    rows: int
    units: int
    bytes: int
    loss: float | None
    standard_error: float | None
    reason: str | None = None


def paired_losses(
    before_rows: str | Path | pa.Table, after_rows: str | Path | pa.Table, rows: Collection[str] | None = None
) -> tuple[Loss, ...]:
    """What the holdout costs a later model more than an earlier one: overall, and in each rarity band.

    The difference of two sums of bits over the sum of bytes. Both models read the same rows, so what makes a row hard for both
    cancels, and the standard error is that of the differences.

    Args:
        before_rows: `rows.parquet` of the earlier model's evaluation, its folder, or the table.
        after_rows: The same of the later one.
        rows: Ids to look at; all by default.

    Returns:
        `overall`, then the bands, the rarest first. Rows without a stratum count overall only.

    Raises:
        InputError: The two did not read the same bytes of the same rows, or a file cannot be read.

    >>> import pyarrow as pa
    >>> before = pa.table({"id": list("abcdefghij"), "band": ["head half"] * 10, "bytes": [10] * 10, "bits": [20.0] * 10})
    >>> after = before.set_column(3, "bits", [[22.0, 24.0] * 5])
    >>> [(loss.band, loss.loss) for loss in paired_losses(before, after) if loss.loss is not None]
    [('overall', 0.3), ('head half', 0.3)]
    """
    earlier, later = _read(before_rows), _read(after_rows)
    place = _pair(earlier, later)
    ids = earlier.column("id").to_pylist()
    if rows is not None:
        kept = set(rows)
        missing = kept - set(ids)
        if missing:
            raise InputError(
                f"row {min(missing)!r} is not in the evaluation", do="Give ids of the anchor's holdout"
            )
        taken = np.array([row for row, id_ in enumerate(ids) if id_ in kept], np.int64)
    else:
        taken = np.arange(len(ids))
    size = _numbers(earlier, "bytes")[taken]
    more = (_numbers(later, "bits")[place] - _numbers(earlier, "bits"))[taken]
    units = _units(earlier)[taken]
    bands = np.array(earlier.column("band").to_pylist(), object)[taken]
    everything = np.ones(len(taken), bool)
    return (
        _loss(OVERALL, everything, more, size, units),
        *(_loss(name, bands == name, more, size, units) for name, _, _ in BANDS),
    )


def _loss(
    band: str,
    inside: NDArray[np.bool_],
    more: NDArray[np.float64],
    size: NDArray[np.float64],
    units: NDArray[np.int64],
) -> Loss:
    inside = inside & (size > 0)
    found = ratio_of_sums(more[inside], size[inside], units[inside], least=_LEAST)
    return Loss(
        band=band,
        rows=int(inside.sum()),
        units=len(np.unique(units[inside])),
        bytes=int(size[inside].sum()),
        loss=found.value if isinstance(found, Rate) else None,
        standard_error=found.standard_error if isinstance(found, Rate) else None,
        reason=None if isinstance(found, Rate) else found.reason,
    )


def _read(source: str | Path | pa.Table) -> pa.Table:
    """The columns that are compared, with an id once each."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    where: str | None = None
    table: Any = source
    if isinstance(source, str | Path):
        path = Path(source)
        path = path / ROWS_FILE if path.is_dir() else path
        where = str(path)
        try:
            table = pq.read_table(path)
        except (OSError, pa.ArrowException) as error:
            raise InputError(
                f"cannot be read ({error})", where=where, do="Give the folder that holdfast evaluate wrote"
            ) from error
    missing = [name for name in _COLUMNS if name not in table.column_names]
    if missing:
        raise InputError(
            f"has no column {missing[0]!r}",
            where=where,
            do="Give the rows.parquet that holdfast evaluate wrote",
        )
    if len(set(table.column("id").to_pylist())) != table.num_rows:
        raise InputError("has an id twice", where=where, do="Evaluate the model again")
    return table


def _pair(earlier: pa.Table, later: pa.Table) -> NDArray[np.int64]:
    """int64 [n], where each earlier row stands among the later ones.

    Raises:
        InputError: The two are not about the same bytes of the same rows.
    """
    place = {id_: row for row, id_ in enumerate(later.column("id").to_pylist())}
    ids = earlier.column("id").to_pylist()
    strange = next((id_ for id_ in ids if id_ not in place), None)
    if strange is not None or len(ids) != len(place):
        shown = strange if strange is not None else min(set(place) - set(ids))
        raise InputError(
            f"the two models were not read on the same rows: only one of them has {shown!r}",
            do="Evaluate both against the same anchor",
        )
    found = np.array([place[id_] for id_ in ids], np.int64)
    differ = np.flatnonzero(_numbers(earlier, "bytes") != _numbers(later, "bytes")[found])
    if len(differ):
        raise InputError(
            f"of {len(differ):,} rows the two models read different bytes, {ids[differ[0]]!r} among them",
            do="Compare models that read whole texts: both with a token that a text begins with, and served with room for the longest",
        )
    bands = np.array(earlier.column("band").to_pylist(), object)
    if (bands != np.array(later.column("band").to_pylist(), object)[found]).any():
        raise InputError(
            "the two evaluations put rows into different bands", do="Evaluate both against the same anchor"
        )
    return found


def _numbers(table: pa.Table, name: str) -> NDArray[np.float64]:
    values = np.array(table.column(name).to_pylist(), np.float64)  # nothing known is not a number
    return np.where(np.isnan(values), 0.0, values)


def _units(table: pa.Table) -> NDArray[np.int64]:
    if "unit" not in table.column_names:
        return np.arange(table.num_rows)
    return np.array(table.column("unit").to_pylist(), np.int64)
