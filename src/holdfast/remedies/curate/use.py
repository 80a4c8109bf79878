"""How much use a learner has for a made row, judged by real rows.

Two things are known of a made row. *Influence*: by how much the squared loss on real rows, each predicted without itself, falls if the row
weighs a little more (Cook and Weisberg 1982; Koh and Liang 2017 for learners at large). *Likeness*: how much a classifier that did not see
the row takes it for real. Both are ranked inside strata and added: influence alone follows the few real rows too closely, likeness
alone knows no labels.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from holdfast.stats.ridge import Ridge, fold_columns, signs
from holdfast.views.features import narrow, unit_frequencies, weigh

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from holdfast.remedies.curate.stock import Stock

    Recall = Callable[[str, Callable[[], NDArray[np.float64]]], NDArray[np.float64]]


class Use:
    """How much use there is for the made rows of a stock.

    Args:
        stock: Made rows beside real ones, both with strata.
        kept: bool [n], made rows that may be chosen; nothing is learnt from others.
        recall: Given a name and what finds float64 [n]: that, as it was found before or is found now.
    """

    def __init__(
        self, stock: Stock, kept: NDArray[np.bool_], recall: Recall = lambda _, find: find()
    ) -> None:
        from scipy.sparse import vstack

        self._stock = stock
        self._kept = kept
        frequencies = unit_frequencies(stock.real, np.arange(len(stock.real)))
        real, made = narrow(
            weigh(stock.real, frequencies, len(stock.real), own=True),
            weigh(stock.made, frequencies, len(stock.real), own=False),
        )
        both = vstack([real, made]).tocsr()
        both = fold_columns(both, both.shape[0])
        self._real, self._made = both[: real.shape[0]], both[real.shape[0] :]
        self._likeness = recall("likeness", self._find_likeness)
        # Rows without a stratum teach nothing about strata.
        every = np.flatnonzero(kept & (stock.strata < stock.count))
        self.score: NDArray[np.float64] = self._likeness + recall("influence", lambda: self._influence(every))
        """float64 [n], use of each kept row among those of its stratum, 0 to 2, where all are learnt from; 0 of others."""

    def _find_likeness(self) -> NDArray[np.float64]:
        found = np.zeros(len(self._kept))
        likeness = _likeness(self._real, self._made[self._kept])
        found[self._kept] = _ranks(likeness, self._stock.strata[self._kept])
        return found

    def after(self, chosen: NDArray[np.bool_], score: NDArray[np.float64]) -> NDArray[np.float64]:
        """The score, moved halfway to what it is where only the chosen rows are learnt from: what others say already is worth less."""
        use = np.flatnonzero(chosen & (self._stock.strata < self._stock.count))
        return self._likeness + (score - self._likeness + self._influence(use)) / 2

    def _influence(self, use: NDArray[np.int64]) -> NDArray[np.float64]:
        from scipy.sparse import vstack

        stock = self._stock
        known = np.flatnonzero(stock.known >= 0)
        own, strata = stock.known[known], np.concatenate([stock.known[known], stock.strata[use]])
        targets = signs(strata, stock.count)
        mean = targets.mean(axis=0)
        targets -= mean
        fit = Ridge(vstack([self._real[known], self._made[use]]).tocsr())
        weights = fit.weights(targets)
        left = targets - fit.unseen(targets, weights)
        # Squared loss: own class and others weigh alike, and so does every stratum.
        sizes = np.bincount(own, minlength=stock.count)
        weigh_ = (
            np.where(signs(own, stock.count) > 0, 1.0, 1.0 / max(stock.count - 1, 1)) / sizes[own][:, None]
        )
        pull = fit.spread(self._real[known].T @ (left[: len(own)] * weigh_))
        target = signs(np.minimum(stock.strata, stock.count - 1), stock.count) - mean
        residual = target - self._made @ weights
        reach = np.asarray(self._made @ pull)
        # Rows that were learnt from are judged as if they had not been.
        residual[use] = left[len(own) :]
        reach[use] /= np.maximum(1.0 - fit.leverage[len(own) :], 0.05)[:, None]
        found = np.zeros(len(self._kept))
        found[self._kept] = _ranks((reach * residual).sum(axis=1)[self._kept], stock.strata[self._kept])
        return found


def _likeness(real: Any, made: Any) -> NDArray[np.float64]:
    """float64 [n], how far each made row lies on the side of real ones, by a classifier that did not see it."""
    from scipy.sparse import vstack

    n = made.shape[0]
    sides = np.concatenate([np.full(real.shape[0], n / max(real.shape[0], 1)), np.full(n, -1.0)])
    found = Ridge(vstack([real, made]).tocsr()).unseen(sides[:, None])
    return np.asarray(found[real.shape[0] :, 0])


def _ranks(values: NDArray[np.float64], strata: NDArray[np.int64]) -> NDArray[np.float64]:
    """float64 [n], place of each row among those of its stratum, 0 the lowest to 1; a row alone is in the middle."""
    order = np.lexsort((np.arange(len(values)), values, strata))
    sizes = np.bincount(strata)
    starts = np.cumsum(sizes) - sizes
    place = np.empty(len(values))
    place[order] = np.arange(len(values)) - starts[strata[order]]
    most = sizes[strata] - 1
    return np.where(most > 0, place / np.maximum(most, 1), 0.5)
