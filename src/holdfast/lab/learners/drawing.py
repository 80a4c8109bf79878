"""Draws what follows, from the numbers a network gives for it: temperature, top_p, and chance from outside torch."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from holdfast.errors import UsageError

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from holdfast.lab.learners.learner import Decoding


def check(decoding: Decoding) -> None:
    """Says what cannot be decoded with.

    Raises:
        UsageError: Temperature or top_p lies outside its range.
    """
    if not 0 < decoding.temperature < float("inf"):
        raise UsageError(
            "the temperature must be above 0 and finite", where=f"temperature={decoding.temperature}"
        )
    if not 0 < decoding.top_p <= 1:
        raise UsageError("the share must be above 0 and at most 1", where=f"top_p={decoding.top_p}")


def draw(logits: Any, points: NDArray[np.float64], decoding: Decoding) -> Any:
    """One unit of each row.

    Args:
        logits: [rows, units]; minus infinity is never drawn.
        points: float64 [rows], drawn evenly from 0 to 1: the only chance in it.
        decoding: Temperature and top_p.

    Returns:
        int64 [rows].
    """
    import torch

    shares = torch.softmax(logits.double() / decoding.temperature, dim=-1)
    place = None
    if decoding.top_p < 1:
        shares, place = torch.sort(shares, dim=-1, descending=True, stable=True)
        # Kept is what begins before the share is reached, so that the likeliest always is.
        above = torch.cumsum(shares, dim=-1) - shares
        shares = torch.where(above < decoding.top_p, shares, torch.zeros_like(shares))
    edges = torch.cumsum(shares, dim=-1)
    at = torch.as_tensor(points, dtype=edges.dtype, device=edges.device)[:, None] * edges[:, -1:]
    # Right of the edge: a unit without a share is never met, not even at 0.
    drawn = torch.searchsorted(edges, at, right=True).clamp(max=edges.shape[1] - 1)
    return (drawn if place is None else place.gather(1, drawn))[:, 0]
