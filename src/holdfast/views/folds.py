"""Folds: which part of the anchor each row of both sides leaves out when models of the anchor read it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from holdfast.views.support import deal_folds

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from holdfast.views.sides import Sides
    from holdfast.views.tokens import Tokens


def pick_folds(sides: Sides, candidate: Tokens) -> tuple[NDArray[np.int8], NDArray[np.int8]]:
    """The fold each real row lies in with its unit, and the one each candidate row leaves out.

    A copy of a real row leaves out the fold its source lies in: its source must not speak for it, as the near-duplicates
    of a real row do not.

    Args:
        sides: Both sides.
        candidate: The candidate's words, artifacts cut out or not.

    Returns:
        int8 [m] and int8 [n].
    """
    real = deal_folds(sides.anchor.tokens, sides.anchor.duplicates.units)
    own = deal_folds(candidate, sides.candidate.duplicates.units)
    return real, np.where(sides.copied >= 0, real[np.maximum(sides.copied, 0)], own)
