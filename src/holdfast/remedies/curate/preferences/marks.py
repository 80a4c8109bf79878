"""Marks: which labels a filter would take."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, ClassVar, Protocol

if TYPE_CHECKING:
    from collections.abc import Callable

    import numpy as np
    from numpy.typing import NDArray

    from holdfast.remedies.curate.preferences.label_rows import LabelRows


@dataclass(frozen=True, slots=True, kw_only=True)
class PreferenceMarks:
    """What a filter would take.

    Attributes:
        taken: bool [n], labels.
        reason: Says of a label, by its number, why.
        said: What was found, for a reader; also where there is nothing to take.
        details: Plain figures.
    """

    taken: NDArray[np.bool_]
    reason: Callable[[int], str]
    said: str = ""
    details: dict[str, Any] = field(default_factory=dict)


class PreferenceFilter(Protocol):
    """A filter of labels: one file, one frozen dataclass whose fields are its options.

    Attributes:
        name: The word for it in flags, columns and reports.
        title: What it takes, after "looking for".
    """

    name: ClassVar[str]
    title: ClassVar[str]

    def __call__(
        self, rows: LabelRows, kept: NDArray[np.bool_], rng: np.random.Generator
    ) -> PreferenceMarks | str:
        """Look.

        Args:
            rows: The labels, beside people's.
            kept: bool [n], labels that no earlier filter took.
            rng: Chooses among labels that are as good as each other.

        Returns:
            What it would take, or why it cannot say.
        """
        ...
