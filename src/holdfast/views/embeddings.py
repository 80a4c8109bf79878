"""Embeddings: both sides as a sentence encoder sees them, where the user brings one."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    import numpy as np
    from numpy.typing import NDArray

    from holdfast.backends.encoders import Encoder


@dataclass(frozen=True, slots=True, kw_only=True)
class Embeddings:
    """Rows as vectors of length 1.

    Attributes:
        name: The encoder, with its version.
        blind_to: What it cannot see.
        anchor: float32 [m, d].
        candidate: float32 [n, d].
    """

    name: str
    blind_to: str
    anchor: NDArray[np.float32]
    candidate: NDArray[np.float32]

    def at(self, anchor: NDArray[np.int64], candidate: NDArray[np.int64]) -> Embeddings:
        """These rows of both sides."""
        return Embeddings(
            name=self.name,
            blind_to=self.blind_to,
            anchor=self.anchor[anchor],
            candidate=self.candidate[candidate],
        )


def read_embeddings(
    encoder: Encoder,
    anchor: Sequence[str],
    candidate: Sequence[str],
    step: Callable[[str], None] = lambda _: None,
) -> Embeddings:
    """Embed both sides, in one go, so that a text that both have is read once.

    Args:
        encoder: A sentence encoder.
        anchor: m texts.
        candidate: n texts.
        step: Called with a word about what is done next.
    """
    rows = encoder.encode(
        [*anchor, *candidate], lambda done, all_: step(f"embedding texts, {done:,} of {all_:,}")
    )
    return Embeddings(
        name=encoder.name,
        blind_to=encoder.blind_to,
        anchor=rows[: len(anchor)],
        candidate=rows[len(anchor) :],
    )
