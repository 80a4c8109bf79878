"""Who learns in the laboratory: rows in, a trained model out, which writes rows and says what a text costs it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    import numpy as np
    from numpy.typing import NDArray


@dataclass(frozen=True, slots=True, kw_only=True)
class Decoding:
    """How a model's words are drawn.

    Attributes:
        temperature: Probabilities are raised to its inverse; 1 is the model as it is.
        top_p: Share of the probability that is drawn from, the likeliest words first.
    """

    temperature: float = 1.0
    top_p: float = 1.0


class Trained(Protocol):
    """A model that was really trained."""

    def write(
        self,
        count: int,
        *,
        decoding: Decoding,
        rng: np.random.Generator,
        label_shares: Mapping[str, float] | None = None,
    ) -> list[tuple[str, str]]:
        """Writes rows.

        Args:
            count: How many.
            decoding: How its words are drawn, and its labels where it is not told which.
            rng: The only source of chance.
            label_shares: How often each label is asked for, by label; those it never read are left out. None: as it read them.

        Returns:
            Label and text of each row; every label is empty where it was trained without. No text is empty.
        """
        ...

    def bits(self, texts: Sequence[str], labels: Sequence[str] | None) -> NDArray[np.float64]:
        """float64 [n], what each text costs, its end included, given its label where it was trained with labels."""
        ...


class Learner(Protocol):
    """A kind of model, and how it is trained; a frozen dataclass whose fields are its settings."""

    @property
    def name(self) -> str:
        """What tables call it, its settings included: two that train otherwise have two names."""
        ...

    def train(
        self,
        texts: Sequence[str],
        labels: Sequence[str] | None,
        *,
        seed: int,
        progress: Callable[[str], None] = ...,
    ) -> Trained:
        """Trains a model, from its beginning.

        Raises:
            MissingExtra: It needs packages that are not installed.
            InputError: There is nothing to learn from.
        """
        ...
