"""Links: which rows are known to belong together, while more is being found out."""

from __future__ import annotations

from dataclasses import dataclass, field
from threading import Lock
from typing import TYPE_CHECKING

import numpy as np

from holdfast.kernels import compiled

if TYPE_CHECKING:
    from numpy.typing import NDArray


@dataclass(slots=True)
class Links:
    """Which rows are known to belong together.

    Attributes:
        labels: int32 [n], for each row the first row of its group.
    """

    labels: NDArray[np.int32]
    _lock: Lock = field(default_factory=Lock, repr=False, compare=False)

    @classmethod
    def none(cls, rows: int) -> Links:
        """No row belongs to another."""
        return cls(np.arange(rows, dtype=np.int32))

    def add(self, pairs: NDArray[np.int64]) -> None:
        """These rows belong together, int64 [p, 2]."""
        if not len(pairs):
            return
        with self._lock:
            labels = self.labels.copy()  # others read the old ones meanwhile
            if compiled(len(labels)):
                from holdfast.kernels.joining import unite

                unite(labels, pairs)
                self.labels = labels
            else:
                self.labels = _united(labels, pairs)

    @property
    def groups(self) -> NDArray[np.int64]:
        """int64 [n], rows of a group share a number; groups are numbered in the order of their first rows."""
        return np.asarray(np.unique(self.labels, return_inverse=True)[1], np.int64)


def _united(labels: NDArray[np.int32], pairs: NDArray[np.int64]) -> NDArray[np.int32]:
    """What `kernels.joining.unite` makes of labels, in scipy."""
    from scipy.sparse import coo_array
    from scipy.sparse.csgraph import connected_components

    edges = labels[pairs]
    graph = coo_array((np.ones(len(edges), np.int8), (edges[:, 0], edges[:, 1])), shape=(len(labels),) * 2)
    groups = connected_components(graph, directed=False)[1][labels]
    _, first, place = np.unique(groups, return_index=True, return_inverse=True)
    return first[place].astype(np.int32)
