"""What every operation is: one habit of people who write, laid over a text."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar, Protocol

if TYPE_CHECKING:
    import numpy as np


class Operation(Protocol):
    """One way in which people write the same thing differently: a frozen dataclass with a `rate`."""

    __dataclass_fields__: ClassVar[dict[str, Any]]

    @property
    def name(self) -> str:
        """As weights and lineage call it: `typos`, `lower_case`."""
        ...

    @property
    def rate(self) -> float:
        """Chance that it happens where it can: per word, per phrase or per row, as its docstring says."""
        ...

    def __call__(self, text: str, rng: np.random.Generator, /) -> str:
        """The text as such a person would have written it; the same text where nothing can happen to it.

        Numbers, ids, addresses, placeholders and words of other scripts stay as they are, and something always stays.

        Args:
            text: What was written.
            rng: Of this row alone.
        """
        ...

    def shows(self, text: str, /) -> bool | None:
        """Whether a text has this habit already; None where one text cannot tell."""
        ...
