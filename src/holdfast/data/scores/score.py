"""Score: one metric of one task of one model, with everything that must be equal before it may be compared."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from holdfast.data.hashes import canonical_json

if TYPE_CHECKING:
    from collections.abc import Mapping

    import numpy as np
    from numpy.typing import NDArray


@dataclass(frozen=True, slots=True, kw_only=True)
class Items:
    """What a model scored on each item, so that two models can be compared item by item.

    Attributes:
        ids: Names of the items, the same for every model that was asked the same.
        values: float64 [n], the metric of each.
    """

    ids: tuple[str, ...]
    values: NDArray[np.float64]


@dataclass(frozen=True, slots=True, kw_only=True)
class Score:
    """One metric of one task of one model.

    Attributes:
        model: The model, as the file names it.
        task: The task.
        metric: The metric.
        filter: How answers were read (lm-evaluation-harness), the scorer (inspect), or empty.
        value: What was scored; None where the file has no number.
        standard_error: As the file has it; None where it has none.
        rows: Items that were scored; None where the file does not say.
        higher_is_better: None where the file does not say.
        conditions: What must be equal in two files before they are compared, by the harness's own key; None is "not recorded".
        notes: What a reader should know, one sentence each.
        items: Scores by item, where they were logged.
        harness: Which program wrote it.
        file: Where it stands.
    """

    model: str
    task: str
    metric: str
    filter: str = ""
    value: float | None = None
    standard_error: float | None = None
    rows: int | None = None
    higher_is_better: bool | None = None
    conditions: Mapping[str, Any] = field(default_factory=dict)
    notes: tuple[str, ...] = ()
    items: Items | None = None
    harness: str
    file: str

    @property
    def key(self) -> tuple[str, str, str]:
        """What two scores have in common that may be compared: task, metric and filter."""
        return self.task, self.metric, self.filter


def differences(one: Score, other: Score) -> tuple[str, ...]:
    """Why two scores must not be compared, one sentence each; empty where they may.

    What neither file recorded is taken for equal: the same harness of the same age wrote both.
    """
    found = []
    if one.harness != other.harness:
        found.append(f"{one.harness} and {other.harness} measured differently")
    for key in dict.fromkeys((*one.conditions, *other.conditions)):
        a, b = one.conditions.get(key), other.conditions.get(key)
        if a is None and b is None:
            continue
        if a is None or b is None:
            found.append(f"{key} was recorded for one of them only")
        elif not _equal(a, b):
            found.append(f"{key} differs: {_short(a)} and {_short(b)}")
    return tuple(found)


def _equal(one: Any, other: Any) -> bool:
    try:
        return canonical_json(one) == canonical_json(other)
    except (ValueError, TypeError):  # text that no JSON can hold
        return bool(one == other)


def _short(value: Any) -> str:
    text = value if isinstance(value, str) else str(value)
    return text if len(text) <= _SHOWN else f"{text[: _SHOWN - 3]}..."


_SHOWN = 60
