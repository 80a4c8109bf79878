"""Support: how much of a row reality has said before, in words and parts of words."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from holdfast.views.features import Features


def support(features: Features, frequencies: NDArray[np.int32], *, own: bool) -> NDArray[np.float64]:
    """Share of a row's distinct features that occur in the anchor.

    Args:
        features: n rows.
        frequencies: int32 [columns], units of the anchor each feature occurs in.
        own: The rows are the anchor's own; then a row's own unit does not count for it.

    Returns:
        float64 [n]; 1.0 for a row without features.
    """
    needed = 1 if own else 0
    known = np.append((frequencies[features.columns] > needed).astype(np.float64), 0.0)
    sizes = np.diff(features.starts)
    sums = np.add.reduceat(known, features.starts[:-1]) if len(features) else np.empty(0)
    return np.where(sizes > 0, sums / np.maximum(sizes, 1), 1.0)
