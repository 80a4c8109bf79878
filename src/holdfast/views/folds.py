"""Folds: which part of the anchor each row of both sides leaves out when models of the anchor read it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from holdfast.views.support import deal_folds

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from holdfast.views.sides import Sides


def pick_folds(sides: Sides) -> tuple[NDArray[np.int8], NDArray[np.int8]]:
    """The fold each real row lies in with its unit, and the one each candidate row leaves out.

    A copy of a real row leaves out the fold its source lies in: its source must not speak for it, as the near-duplicates
    of a real row do not.

    Args:
        sides: Both sides.

    Returns:
        int8 [m] and int8 [n].
    """
    real, own = (deal_folds(side.keys, side.duplicates.units) for side in (sides.anchor, sides.candidate))
    return real, np.where(sides.copied >= 0, real[np.maximum(sides.copied, 0)], own)
