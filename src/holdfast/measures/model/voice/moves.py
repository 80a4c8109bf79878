"""Moves: how sets of outputs stand apart from where a model started, as directions that no prompt has told about itself."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

FOLDS = 4
SHRINK = 0.2
"""How far features are taken for uncorrelated: a covariance of some hundred features is never quite known."""
_LEAST, _LEAST_SHARE = 1e-12, 1e-9
"""Variance of a feature that never varies, at most, and as a share of the largest: 32-bit numbers keep seven digits of a feature."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Moves:
    """What the direction from the start to one set says of another, prompt by prompt.

    The mean over prompts of `told[j, i]` is the inner product of the moves to j and to i, in squared standard deviations of an output,
    and has no noise of its own: a direction, and the scatter it allows for, are learnt on other prompts than those it is read on, or
    what prompts happen to agree on would look like a movement. If a share w of a model's outputs were replaced by those of j, its product
    with j would be w times that of j with itself: the moment equation of a mixture.

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
        """float64 [draws, k, k], products on resamples of the prompts; counts float64 [draws, n] that sum to 1.

        A product is uncertain on both of its sides. Either order shows what the read side adds, so both count in full.
        """
        k = len(self.told)
        mean = (counts @ self.told.reshape(k * k, -1).T).reshape(-1, k, k)
        return np.asarray(mean + mean.transpose(0, 2, 1) - self.products)


def read_moves(
    sets: NDArray[np.float32],
    start: int,
    moved: NDArray[np.float32],
    rng: np.random.Generator,
    *,
    folds: int = FOLDS,
    draws: int = 999,
) -> Moves:
    """Read moves.

    Args:
        sets: float32 [s, n, d], all sets of outputs on the same prompts, in features; the scatter is theirs.
        start: Which of them is the start.
        moved: float32 [k, n, d], differences to the start, or to a control, of k sets.
        rng: Deals prompts to folds, and halves.
        folds: Parts that directions are learnt without.
        draws: Halves drawn.

    >>> rng = np.random.default_rng(0)
    >>> start, teacher = rng.normal(size=(2, 400, 3)).astype(np.float32) + [[[0, 0, 0]], [[2, 0, 0]]]
    >>> mixed = np.where(np.arange(400)[:, None] % 5 == 0, teacher, start)
    >>> sets = np.stack([mixed, start, teacher]).astype(np.float32)
    >>> moves = read_moves(sets, 1, sets[[0, 2]] - sets[1], rng)
    >>> round(float(moves.products[0, 1] / moves.products[1, 1]), 1)
    0.2
    """
    count, prompts, _ = moved.shape
    fold = rng.permutation(prompts) % folds
    total = moved.sum(axis=1, dtype=np.float64)
    told = np.empty((count, count, prompts))
    scores = np.empty((prompts, count))
    for part, spread in enumerate(spreads(sets, fold, folds)):
        held = fold == part
        own = moved[:, held]
        mean = (total - own.sum(axis=1, dtype=np.float64)) / max(int((~held).sum()), 1)
        direction = np.linalg.solve(spread, mean.T).astype(np.float32)
        told[:, :, held] = (own @ direction).transpose(2, 0, 1)
        scores[held] = sets[start, held] @ direction
        # A fold's own mean belongs to the direction that reads it, not to a half.
        scores[held] -= scores[held].mean(axis=0)
    sides = np.empty((draws, prompts), np.float32)
    for draw in range(draws):
        sides[draw, rng.permutation(prompts)] = np.where(np.arange(prompts) % 2 == 0, 2.0, -2.0) / prompts
    return Moves(told=told, halves=np.asarray(sides @ scores, np.float64))


def spreads(sets: NDArray[np.float32], fold: NDArray[np.int64], folds: int) -> list[NDArray[np.float64]]:
    """How outputs scatter within sets and prompts, learnt without each fold: float64 [d, d] each, shrunk to their diagonal.

    The fewer outputs there are for a feature, the more they are shrunk (Ledoit and Wolf 2004, in its simplest form).

    Args:
        sets: float32 [s, n, d].
        fold: int64 [n], the fold of each prompt.
        folds: How many there are.
    """
    count, _, width = sets.shape
    free = count / max(count - 1, 1)  # what a prompt's own mean takes away
    sums, squares, sizes = [], [], []
    for part in range(folds):
        own = sets[:, fold == part]
        own = own - own.mean(axis=0)
        flat = own.reshape(-1, width)
        squares.append((flat.T @ flat).astype(np.float64))
        sums.append(own.sum(axis=1, dtype=np.float64))
        sizes.append(own.shape[1])
    found = []
    for part in range(folds):
        size = max(sum(sizes) - sizes[part], 2)
        mean = (sum(sums) - sums[part]) / size
        spread = (sum(squares) - squares[part] - size * mean.T @ mean) * free / (count * (size - 1))
        diagonal = np.diag(spread).copy()
        # A feature that varies by rounding alone says nothing; it must not divide by nothing either.
        diagonal[diagonal <= max(_LEAST, _LEAST_SHARE * diagonal.max(initial=0.0))] = 1.0
        rows = max(count - 1, 1) * (size - 1)
        shrink = max(SHRINK, min(1.0, width / rows))
        spread *= 1 - shrink
        spread[np.diag_indices(width)] = diagonal
        found.append(spread)
    return found
