"""A learner that keeps its last model: generation 0 is the same for every protocol, and is trained once."""

from __future__ import annotations

from dataclasses import dataclass, field
from hashlib import sha256
from typing import TYPE_CHECKING

from holdfast.data import canonical_json

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from holdfast.lab.learners.learner import Learner, Trained


def _quiet(_: str) -> None:
    """Says nothing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Once:
    """Trains as another learner does, and keeps the first model that it trains.

    Attributes:
        learner: Who really learns.
        kept: The first model, by what it was trained on.
    """

    learner: Learner
    kept: dict[bytes, Trained] = field(default_factory=dict)

    @property
    def name(self) -> str:
        """What tables call it."""
        return self.learner.name

    def train(
        self,
        texts: Sequence[str],
        labels: Sequence[str] | None,
        *,
        seed: int,
        progress: Callable[[str], None] = _quiet,
    ) -> Trained:
        """Trains a model, or gives the first one again; see `Learner.train`."""
        told = canonical_json([list(texts), None if labels is None else list(labels), seed])
        key = sha256(told).digest()
        if key in self.kept:
            return self.kept[key]
        trained = self.learner.train(texts, labels, seed=seed, progress=progress)
        if not self.kept:
            self.kept[key] = trained
        return trained
