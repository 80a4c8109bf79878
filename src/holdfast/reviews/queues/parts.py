"""The parts of a design: what each draws more often than chance alone would.

A part gives every row a size; the chance of a row is proportional to it. No size is 0, so that every row may be drawn by every part and what
was drawn weighs back to the whole.
"""

from __future__ import annotations

import dataclasses
import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np

from holdfast.errors import UsageError, unknown
from holdfast.reviews.queues.pool import codes_of

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    from holdfast.reviews.queues.pool import Pool

# What a row far from where a part looks is still drawn with, beside one where it looks.
_FLOOR = 0.02


@dataclass(frozen=True, slots=True, kw_only=True)
class Random:
    """All rows alike, spread over strata."""

    name: ClassVar[str] = "random"

    share: float = 1.0

    def sizes(self, pool: Pool, _reality: Mapping[str, int]) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
        """float64 [n], the sizes; int64 [n], groups over which the draw is spread."""
        return np.ones(len(pool)), codes_of(pool.strata)[0]


@dataclass(frozen=True, slots=True, kw_only=True)
class Tail:
    """Rare strata more often: a stratum of n rows gets a number proportional to n ** power.

    Attributes:
        power: 1 is in proportion, 0 gives every stratum the same. Sizes are those of reality, where it knows the stratum.

    Source:
        Bankier 1988, The American Statistician 42:174 (power allocation; the root is what is used most).
    """

    name: ClassVar[str] = "tail"

    power: float = 0.5
    share: float = 1.0

    def sizes(self, pool: Pool, reality: Mapping[str, int]) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
        """float64 [n], the sizes; int64 [n], groups over which the draw is spread."""
        _check_between("power", self.power, 0.0, 1.0)
        codes, names = codes_of(pool.strata)
        if len(names) < 2:
            raise UsageError(
                "rare strata cannot be drawn more often: the rows have one stratum",
                where="tail",
                do="Name the column of the labels, or leave the part out",
            )
        counts = np.bincount(codes, minlength=len(names)).astype(np.float64)
        if reality:
            # On the scale of the pool, for strata that reality does not know stand beside those it does.
            scale = counts.sum() / sum(reality.values())
            for code, name in enumerate(names):
                if name is not None and name in reality:
                    counts[code] = max(reality[name] * scale, 1.0)
        return (counts ** (self.power - 1.0))[codes], codes


@dataclass(frozen=True, slots=True, kw_only=True)
class Threshold:
    """Rows whose score is near a cut more often: that is where a filter decides by a hair.

    Attributes:
        column: The member of a row that holds the score.
        cut: Where the filter decides.
        width: How far is near: chances fall to 1/e at this distance. None takes a fifth of the distance within which half of the rows lie.
    """

    name: ClassVar[str] = "threshold"

    column: str
    cut: float
    width: float | None = None
    share: float = 1.0

    def sizes(self, pool: Pool, _reality: Mapping[str, int]) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
        """float64 [n], the sizes; int64 [n], groups over which the draw is spread."""
        (values,) = pool.values([self.column])
        far = np.array([abs(_number(value) - self.cut) for value in values])
        known = np.isfinite(far)
        if not known.any():
            raise UsageError(f"no row has a number as {self.column!r}", where="threshold")
        width = self.width
        if width is None:
            width = float(np.median(far[known])) / 5.0 or 1.0
        if not width > 0:
            raise UsageError("the width is above 0", where="threshold")
        sizes = np.full(len(far), _FLOOR)
        sizes[known] = np.maximum(_FLOOR, np.exp(-far[known] / width))
        return sizes, codes_of(pool.strata)[0]


@dataclass(frozen=True, slots=True, kw_only=True)
class PerSource:
    """The same number from every source.

    Attributes:
        by: `agent`, `source_type`, or a member of the rows. Rows that do not say are a source of their own.
    """

    name: ClassVar[str] = "source"

    by: str = "agent"
    share: float = 1.0

    def sizes(self, pool: Pool, _reality: Mapping[str, int]) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
        """float64 [n], the sizes; int64 [n], groups over which the draw is spread."""
        values = pool.table.column(self.by).to_pylist() if self.by in ("agent", "source_type") else None
        if values is None or all(value is None for value in values):
            (values,) = pool.values([self.by])
        codes, names = codes_of([None if value is None else str(value) for value in values])
        counts = np.bincount(codes, minlength=len(names))
        return 1.0 / counts[codes], codes


@dataclass(frozen=True, slots=True, kw_only=True)
class Disagreement:
    """Rows about which judges differ more often.

    Attributes:
        columns: The members of a row that hold what each judge said.
    """

    name: ClassVar[str] = "disagreement"

    columns: tuple[str, ...]
    share: float = 1.0

    def sizes(self, pool: Pool, _reality: Mapping[str, int]) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
        """float64 [n], the sizes: the chance that two of those who spoke differ; int64 [n], groups over which the draw is spread."""
        if len(self.columns) < 2:
            raise UsageError("name the columns of at least two judges", where="disagreement")
        apart = [_apart(said) for said in zip(*pool.values(self.columns), strict=True)]
        return np.maximum(_FLOOR, np.array(apart)), codes_of(pool.strata)[0]


Part = Random | Tail | Threshold | PerSource | Disagreement
PARTS: dict[str, type[Part]] = {one.name: one for one in (Random, Tail, Threshold, PerSource, Disagreement)}


def part_of(text: str) -> Part:
    """A part as a command line names it: its name, and options behind a colon.

    Raises:
        UsageError: There is no such part or option, or a value is none.

    >>> part_of("tail:power=0.25"), part_of("disagreement:columns=anna+ben,share=2")
    (Tail(power=0.25, share=1.0), Disagreement(columns=('anna', 'ben'), share=2.0))
    """
    name, _, rest = text.partition(":")
    if name not in PARTS:
        raise unknown("part of a design", name, list(PARTS))
    kind = PARTS[name]
    fields = {field.name: field for field in dataclasses.fields(kind)}
    values: dict[str, Any] = {}
    for piece in rest.split(",") if rest else []:
        key, sign, value = piece.partition("=")
        if key not in fields or not sign:
            raise unknown(f"option of {name}", key, list(fields))
        values[key] = _value(key, value)
    for key, field in fields.items():
        if key not in values and field.default is dataclasses.MISSING:
            raise UsageError(f"does not say its {key}", where=name, do=f"Say {name}:{key}=...")
    return kind(**values)


def plain(part: Part) -> dict[str, Any]:
    """A part as plain data."""
    values = dataclasses.asdict(part)
    return {"part": part.name} | {
        key: list(value) if isinstance(value, tuple) else value for key, value in values.items()
    }


def _value(key: str, text: str) -> str | float | tuple[str, ...]:
    if key in ("column", "by"):
        return text
    if key == "columns":
        return tuple(text.split("+"))
    try:
        value = float(text)
    except ValueError:
        value = math.nan
    if not math.isfinite(value):
        raise UsageError(f"is no number: {text!r}", where=key)
    return value


def _number(value: Any) -> float:
    # Scores come as numbers, or as texts out of a table.
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        return math.nan
    try:
        return float(value)
    except (ValueError, OverflowError):
        return math.nan


def _apart(said: Sequence[Any]) -> float:
    """The chance that two who spoke differ, drawn without putting back.

    >>> _apart(["yes", "yes", "no", "no"]) == 2 / 3, _apart(["yes", None])
    (True, 0.0)
    """
    spoken = [repr(one) for one in said if one is not None]
    count = len(spoken)
    if count < 2:
        return 0.0
    pairs = count * (count - 1)
    return (pairs - sum(spoken.count(one) - 1 for one in spoken)) / pairs


def _check_between(name: str, value: float, low: float, high: float) -> None:
    if not low <= value <= high:
        raise UsageError(f"is {value:g}, and lies between {low:g} and {high:g}", where=name)
