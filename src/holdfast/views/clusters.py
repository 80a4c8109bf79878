"""Clusters: strata where nobody has labelled anything. Better than nothing, and blind to much.

Cells are drawn by spherical k-means on one half of the anchor; only the other half is counted, because rows lie
closer to cells drawn around themselves than new rows do.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

DIMENSIONS = 64
FIT_ROWS = 5_000
ROWS_PER_CELL = 50
"""Rows a cell is drawn around; smaller cells would be too thin to tell a loss from chance."""
CELLS = 24
_ITERATIONS = 25


@dataclass(frozen=True, slots=True, kw_only=True)
class Cells:
    """Frozen cells.

    Attributes:
        columns: int64 [f], feature columns read.
        basis: float32 [f, d], projection of those columns.
        centres: float32 [k, d], unit length.
    """

    columns: NDArray[np.int64]
    basis: NDArray[np.float32]
    centres: NDArray[np.float32]


def draw_cells(rows: Any, rng: np.random.Generator) -> Cells:
    """Draw cells around rows.

    Args:
        rows: csr_array float32 [n, features], weighed rows; at most `FIT_ROWS` are read.
        rng: Source of randomness.
    """
    rows = rows[np.sort(rng.permutation(rows.shape[0])[:FIT_ROWS])]
    columns = np.flatnonzero(np.bincount(rows.indices, minlength=rows.shape[1]) >= 2)
    narrow = rows[:, columns]
    basis = _leading_directions(narrow, rng)
    points = _unit(narrow @ basis)
    count = int(min(CELLS, max(2, len(points) // ROWS_PER_CELL)))
    centres = points[_spread(points, count, rng)]
    for _ in range(_ITERATIONS):
        owner = np.argmax(points @ centres.T, axis=1)
        sums = np.zeros_like(centres)
        np.add.at(sums, owner, points)
        empty = np.bincount(owner, minlength=len(centres)) == 0
        sums[empty] = centres[empty]
        centres = _unit(sums)
    return Cells(columns=columns, basis=basis, centres=centres)


def assign(cells: Cells, rows: Any) -> NDArray[np.int64]:
    """int64 [n], the cell of each row of a csr_array [n, features]."""
    found = np.empty(rows.shape[0], np.int64)
    for start in range(0, len(found), 8_192):
        points = _unit(rows[start : start + 8_192][:, cells.columns] @ cells.basis)
        found[start : start + 8_192] = np.argmax(points @ cells.centres.T, axis=1)
    return found


def _leading_directions(rows: Any, rng: np.random.Generator) -> NDArray[np.float32]:
    """Right singular vectors by subspace iteration (Halko, Martinsson and Tropp 2011, algorithm 4.4)."""
    width = min(DIMENSIONS + 8, *rows.shape)
    directions = rng.standard_normal((rows.shape[1], width)).astype(np.float32)
    for _ in range(3):
        directions = _orthonormal(rows.T @ _orthonormal(rows @ directions))
    _, _, turn = np.linalg.svd(rows @ directions, full_matrices=False)
    return np.asarray((directions @ turn.T)[:, :DIMENSIONS], np.float32)


def _orthonormal(tall: NDArray[np.float32]) -> NDArray[np.float32]:
    """Orthonormal columns through the small Gram matrix: one product and no tall factorisation."""
    values, vectors = np.linalg.eigh((tall.T @ tall).astype(np.float64))
    keep = values > 1e-9 * values.max()
    return np.asarray(tall @ (vectors[:, keep] / np.sqrt(values[keep])).astype(np.float32), np.float32)


def _spread(points: NDArray[np.float32], count: int, rng: np.random.Generator) -> NDArray[np.int64]:
    """k-means++ seeding (Arthur and Vassilvitskii 2007)."""
    chosen = [int(rng.integers(len(points)))]
    distance = 1.0 - points @ points[chosen[0]]
    for _ in range(count - 1):
        weights = np.maximum(distance, 0) ** 2
        total = float(weights.sum())
        next_ = (
            int(rng.choice(len(points), p=weights / total)) if total > 0 else int(rng.integers(len(points)))
        )
        chosen.append(next_)
        distance = np.minimum(distance, 1.0 - points @ points[next_])
    return np.array(chosen)


def _unit(points: NDArray[np.float32]) -> NDArray[np.float32]:
    norms = np.linalg.norm(points, axis=1, keepdims=True)
    return np.asarray(points / np.maximum(norms, 1e-12), np.float32)
