"""The order in which items are shown: drawn, so that no part of a design and no gold question is known by its place."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """The order of a queue.

    Attributes:
        places: int64 [rows + gold], what stands at each number: a drawn row, or behind these a gold question.
        again: bool [rows + gold], whether every reviewer is asked about what stands at each number.
    """

    places: NDArray[np.int64]
    again: NDArray[np.bool_]


def order_of(rows: int, gold: int, again: float, rng: np.random.Generator) -> Order:
    """An order of rows and gold questions.

    Half of what every reviewer is asked about stands first, so that agreement is known early; the other half lies among the rest, so that
    it is known later too. Gold questions are spread evenly over the whole.

    Args:
        rows: How many rows were drawn.
        gold: How many gold questions there are.
        again: Share of the rows that every reviewer is asked about.
        rng: Draws it.

    >>> order = order_of(4, 1, 0.5, np.random.default_rng(0))
    >>> sorted(order.places.tolist()), int(order.again.sum())
    ([0, 1, 2, 3, 4], 3)
    """
    shuffled = rng.permutation(rows)
    common = min(rows, int(np.ceil(again * rows)) if again > 0 else 0)
    early = -(-common // 2)
    everybody = np.zeros(rows + gold, bool)
    everybody[shuffled[:common]] = True
    everybody[rows:] = True
    line = np.concatenate([shuffled[:early], rng.permutation(shuffled[early:])])
    keys = np.concatenate(
        [(np.arange(rows) + 0.5) / max(rows, 1), (np.arange(gold) + rng.random(gold)) / max(gold, 1)]
    )
    behind = rows + rng.permutation(gold)
    places = np.concatenate([line, behind])[np.argsort(keys, kind="stable")].astype(np.int64)
    return Order(places=places, again=everybody[places])
