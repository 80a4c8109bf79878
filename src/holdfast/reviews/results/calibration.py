"""Filters and judges beside people: how much of what they flag is bad, how much of what is bad they flag, and the share that both know together."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal, cast

import msgspec
import numpy as np

from holdfast.errors import UsageError, unknown
from holdfast.measures.reading import Undetermined
from holdfast.reviews.results.claims import claims_of
from holdfast.reviews.results.estimates import weigh
from holdfast.reviews.results.shares import Share, weighted_share

if TYPE_CHECKING:
    from collections.abc import Sequence

    from holdfast.reviews.results.estimates import Weighed
    from holdfast.reviews.results.said import Said

SUGGESTION = "suggestion"
"""The name by which the suggestion of an item is asked for; other names are members of the rows."""
_FLAG = re.compile(r"(?P<column>[^=<>]+?)\s*(?:(?P<sign><=|>=|=|<|>)\s*(?P<value>.+))?$")
Sign = Literal["=", "<", ">", "<=", ">="]


@dataclass(frozen=True, slots=True, kw_only=True)
class Flag:
    """When a filter or judge calls a row bad.

    Attributes:
        column: A member of the rows, a path such as `scores.fluency`, or `suggestion`.
        sign: How the value is compared; None where it is true or false, or a suggestion that says what people could have said.
        value: With what.
    """

    column: str
    sign: Sign | None = None
    value: str | float | bool | None = None

    @property
    def words(self) -> str:
        """As it was asked for."""
        return self.column if self.sign is None else f"{self.column}{self.sign}{self.value}"

    def raised(self, value: Any) -> bool | None:
        """Whether the row is called bad; None where the filter says nothing of it."""
        if value is None:
            return None
        if self.sign is None:
            return bool(value)
        if self.sign == "=":
            return bool(value == self.value or str(value) == str(self.value))
        if isinstance(value, bool) or not isinstance(value, int | float):
            raise UsageError(
                f"{value!r} cannot be compared with a number",
                where="--flag",
                do=f"Say {self.column}=VALUE for words",
            )
        limit = float(str(self.value))
        return {
            "<": value < limit,
            ">": value > limit,
            "<=": value <= limit,
            ">=": value >= limit,
        }[self.sign]


def read_flag(text: str) -> Flag:
    """A flag as it is written: `toxic`, `score<0.5`, `verdict=reject`, `suggestion`.

    Raises:
        UsageError: It is none.

    >>> read_flag("scores.fluency<=2").words
    'scores.fluency<=2.0'
    """
    found = _FLAG.match(text.strip())
    if found is None:
        raise UsageError(
            f"{text!r} is no flag", where="--flag", do="Say column, column=value or column<number"
        )
    sign, value = found["sign"], found["value"]
    if sign is None:
        return Flag(column=found["column"])
    if sign == "=":
        return Flag(column=found["column"], sign="=", value=value)
    try:
        return Flag(column=found["column"], sign=cast("Sign", sign), value=float(value))
    except ValueError:
        raise UsageError(f"{value!r} is no number", where="--flag") from None


@dataclass(frozen=True, slots=True, kw_only=True)
class Corrected:
    """A share of bad rows, by people and a filter together.

    Attributes:
        value: The share.
        interval: 95 %.
        flagged: The share of all rows that the filter flags.
    """

    value: float
    interval: tuple[float, float]
    flagged: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Calibration:
    """A filter or judge beside people.

    Attributes:
        flag: When it calls a row bad.
        claim: When people do.
        items: Items of which both say something.
        flagged: The share of rows that it flags, by these items.
        precision: The share of what it flags that people call bad.
        recall: The share of what people call bad that it flags.
        corrected: The share of bad rows by people and the filter together; where it was run on every row, or why there is none.
    """

    flag: str
    claim: str
    items: int
    flagged: Share | Undetermined
    precision: Share | Undetermined
    recall: Share | Undetermined
    corrected: Corrected | Undetermined


def calibrate(said: Said, flag: Flag, rows: Sequence[str] | None = None) -> Calibration:
    """Holds a filter or judge against people.

    Args:
        said: What people said.
        flag: When the filter calls a row bad.
        rows: JSON of every row of the set that was drawn from, where the filter was run on all.

    Raises:
        UsageError: No question tells bad rows from others, no row has the column, or its values cannot be compared.
    """
    claim = next((one for one in claims_of(said.queue.questions) if one.bad), None)
    if claim is None:
        raise UsageError(
            "no question of the queue tells bad rows from others", where="--flag", do="Ask for a verdict"
        )
    found = weigh(said, claim)
    raised = _raised(said, flag, found, claim.question.name, claim.sort)
    known = np.array([one is not None for one in raised], bool)
    if not known.any() and len(raised):
        raise _absent(said, flag)
    flags = np.array([bool(one) for one in raised], np.float64)[known]
    values, weights = found.values[known], found.weights[known]
    return Calibration(
        flag=flag.words,
        claim=claim.words,
        items=int(known.sum()),
        flagged=weighted_share(flags, weights),
        precision=_among(values, weights, flags, "no item that it flags was decided"),
        recall=_among(flags, weights, values, "no decided item is bad"),
        corrected=_corrected(flag, rows, values, flags, weights),
    )


def _among(
    values: np.ndarray[Any, np.dtype[np.float64]],
    weights: np.ndarray[Any, np.dtype[np.float64]],
    parts: np.ndarray[Any, np.dtype[np.float64]],
    reason: str,
) -> Share | Undetermined:
    found = weighted_share(values, weights, parts=parts)
    return Undetermined(reason=reason, needed_rows=1) if isinstance(found, Undetermined) else found


def _raised(said: Said, flag: Flag, found: Weighed, question: str, sort: str) -> list[bool | None]:
    items = found.items.tolist()
    if flag.column != SUGGESTION:
        rows = said.queue.table(["row"]).column("row")
        return [flag.raised(member(msgspec.json.decode(rows[item].as_py()), flag.column)) for item in items]
    told = [(said.columns[SUGGESTION][item] or {}).get(question) for item in items]
    if flag.sign is not None:
        return [flag.raised(one) for one in told]
    # A suggestion says what a person could have said: it calls a row bad where that person would have.
    if sort == "rejected":
        return [None if one is None else one == "reject" for one in told]
    if sort == "labelled otherwise":
        labels = [said.columns["label"][item] for item in items]
        return [None if one is None else one != label for one, label in zip(told, labels, strict=True)]
    raise UsageError("say which suggestions call a row bad", where="--flag", do="For example suggestion<3")


def _corrected(
    flag: Flag,
    rows: Sequence[str] | None,
    values: np.ndarray[Any, np.dtype[np.float64]],
    flags: np.ndarray[Any, np.dtype[np.float64]],
    weights: np.ndarray[Any, np.dtype[np.float64]],
) -> Corrected | Undetermined:
    if rows is None or flag.column == SUGGESTION:
        return Undetermined(reason="what it says of every row is needed: give all rows, with its column")
    every = [flag.raised(member(msgspec.json.decode(row), flag.column)) for row in rows]
    said = np.array([one for one in every if one is not None], np.float64)
    if len(said) < len(every):
        return Undetermined(
            reason=f"it says nothing of {len(every) - len(said):,} of {len(every):,} rows",
            needed_rows=len(every),
        )
    return corrected_share(values, flags, weights, said)


def corrected_share(
    values: np.ndarray[Any, np.dtype[np.float64]],
    flags: np.ndarray[Any, np.dtype[np.float64]],
    weights: np.ndarray[Any, np.dtype[np.float64]],
    everywhere: np.ndarray[Any, np.dtype[np.float64]],
) -> Corrected | Undetermined:
    """The share of bad rows by people and a filter together: how many rows are flagged is known, and how many of these, and of the others, are bad.

    It is what prediction-powered inference comes to where a judge says yes or no. The interval joins those of the two shares: where few rows are
    bad, that of `stats.prediction_powered`, from a standard error, covered the truth in as few as 26 % of queues (see the study).

    Args:
        values: float64 [n], from 0 to 1, what people say of items.
        flags: float64 [n], 1 where the filter flags them.
        weights: float64 [n], rows that each stands for.
        everywhere: float64 [N], 1 where the filter flags a row, for every row of the set.

    Source:
        Angelopoulos, Bates, Fannjiang, Jordan and Zrnic 2023, Science 382:669 (prediction-powered inference); Zou and Donner 2008, Statistics
        in Medicine 27:1693 (joining intervals).

    >>> values, flags = np.repeat([1.0, 0.0, 0.0], [8, 2, 90]), np.repeat([1.0, 0.0], [10, 90])
    >>> found = corrected_share(values, flags, np.full(100, 50.0), np.repeat([1.0, 0.0], [1_000, 4_000]))
    >>> round(found.value, 2), found.flagged
    (0.16, 0.2)
    """
    flagged = float(everywhere.mean())
    value = below = above = 0.0
    for share, parts in ((flagged, flags), (1.0 - flagged, 1.0 - flags)):
        if share == 0.0:
            continue
        held = weighted_share(values, weights, parts=parts)
        if isinstance(held, Undetermined):
            return Undetermined(
                reason="no item that it flags was decided, or none that it does not", needed_rows=1
            )
        value += share * held.value
        below += (share * (held.value - held.interval[0])) ** 2
        above += (share * (held.interval[1] - held.value)) ** 2
    return Corrected(
        value=value,
        interval=(max(0.0, value - math.sqrt(below)), min(1.0, value + math.sqrt(above))),
        flagged=flagged,
    )


def member(row: Any, path: str) -> Any:
    """A member of a row, by a path such as `scores.fluency`; None where it has none.

    >>> member({"scores": {"fluency": 3}}, "scores.fluency")
    3
    """
    if isinstance(row, dict) and path in row:
        return row[path]
    first, _, rest = path.partition(".")
    return member(row[first], rest) if rest and isinstance(row, dict) and first in row else None


def _absent(said: Said, flag: Flag) -> UsageError:
    if flag.column == SUGGESTION:
        return UsageError("no item of the queue has a suggestion", where="--flag")
    row = msgspec.json.decode(said.queue.item(0).row)
    error = unknown("column", flag.column, list(row) if isinstance(row, dict) else [])
    return UsageError(error.what, where="--flag", do=error.do)
