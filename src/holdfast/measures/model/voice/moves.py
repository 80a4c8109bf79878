"""Moves: how sets of outputs stand apart from where a model started, as directions that no prompt has told about itself."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

FOLDS = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class Moves:
    """What the direction from the start to one set says of another, prompt by prompt.

    The mean over prompts of `told[j, i]` is the inner product of the moves to j and to i, in squared standard deviations of an output,
    and has no noise of its own: a direction is learnt on other prompts than those it is read on, or the move to oneself would
    always look large. If a share w of a model's outputs were replaced by those of j, its product with j would be w times that of j with
    itself: the moment equation of a mixture.

    Attributes:
        told: float64 [k, k, n], direction of the first learnt without the prompt, read on the second.
        halves: float64 [draws, k], what each direction says of one random half of the start's outputs against the other: where nothing
            has moved.
    """

    told: NDArray[np.float64]
    halves: NDArray[np.float64]

    @property
    def products(self) -> NDArray[np.float64]:
        """float64 [k, k], symmetrical."""
        mean = self.told.mean(axis=2)
        return np.asarray((mean + mean.T) / 2)

    def drawn(self, counts: NDArray[np.float64]) -> NDArray[np.float64]:
        """float64 [draws, k, k], products on resamples of the prompts; counts float64 [draws, n] that sum to 1."""
        k = len(self.told)
        mean = (counts @ self.told.reshape(k * k, -1).T).reshape(-1, k, k)
        return np.asarray((mean + mean.transpose(0, 2, 1)) / 2)


def read_moves(
    start: NDArray[np.float32],
    moved: NDArray[np.float32],
    rng: np.random.Generator,
    *,
    folds: int = FOLDS,
    draws: int = 999,
) -> Moves:
    """Read moves.

    Args:
        start: float32 [n, d], outputs before, in features that scatter equally in all directions.
        moved: float32 [k, n, d], differences to the start (or to a control) of k sets on the same prompts.
        rng: Deals prompts to folds, and halves.
        folds: Parts that directions are learnt without.
        draws: Halves drawn.

    >>> rng = np.random.default_rng(0)
    >>> start = rng.normal(size=(400, 3)).astype(np.float32)
    >>> teacher = rng.normal(size=(400, 3)) + [2, 0, 0] - start
    >>> mixed = np.where(np.arange(400)[:, None] % 5 == 0, teacher, 0)
    >>> moves = read_moves(start, np.stack([mixed, teacher]).astype(np.float32), rng)
    >>> round(float(moves.products[0, 1] / moves.products[1, 1]), 1)
    0.2
    """
    count, prompts, _ = moved.shape
    fold = rng.permutation(prompts) % folds
    total = moved.sum(axis=1, dtype=np.float64)
    told = np.empty((count, count, prompts))
    scores = np.empty((prompts, count))
    for part in range(folds):
        held = fold == part
        own = moved[:, held]
        direction = (total - own.sum(axis=1, dtype=np.float64)) / max(int((~held).sum()), 1)
        direction = direction.astype(np.float32)
        told[:, :, held] = (own @ direction.T).transpose(2, 0, 1)
        scores[held] = start[held] @ direction.T
        # A fold's own mean belongs to the direction that reads it, not to a half.
        scores[held] -= scores[held].mean(axis=0)
    sides = np.empty((draws, prompts), np.float32)
    for draw in range(draws):
        sides[draw, rng.permutation(prompts)] = np.where(np.arange(prompts) % 2 == 0, 2.0, -2.0) / prompts
    return Moves(told=told, halves=np.asarray(sides @ scores, np.float64))
