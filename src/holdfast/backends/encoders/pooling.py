"""Pooling: one vector for a text from those of its tokens.

The ways and their names are those of sentence-transformers (`sentence_transformer/modules/pooling.py`, 6.2).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

MODES = ("cls", "max", "mean", "mean_sqrt_len_tokens", "weightedmean", "lasttoken")


def pool(states: NDArray[np.float32], counts: NDArray[np.int64], modes: Sequence[str]) -> NDArray[np.float32]:
    """float32 [texts, d * len(modes)].

    Args:
        states: float32 [texts, tokens, d].
        counts: int64 [texts], tokens of each text, at least 1; what follows them is padding.
        modes: Of MODES.

    >>> states = np.array([[[1.0, 2.0], [3.0, 0.0], [9.0, 9.0]]], np.float32)
    >>> pool(states, np.array([2]), ["mean", "max"]).tolist()
    [[2.0, 1.0, 3.0, 2.0]]
    """
    return np.concatenate([_pool(states, counts, mode) for mode in modes], axis=1)


def _pool(states: NDArray[np.float32], counts: NDArray[np.int64], mode: str) -> NDArray[np.float32]:
    if mode == "cls":
        return states[:, 0]
    if mode == "lasttoken":
        return np.asarray(states[np.arange(len(states)), counts - 1])
    places = np.arange(states.shape[1])
    real = places < counts[:, None]
    if mode == "max":
        return np.asarray(np.where(real[:, :, None], states, -np.inf).max(axis=1), np.float32)
    weights = (real * (places + 1 if mode == "weightedmean" else 1)).astype(np.float32)
    totals = weights.sum(axis=1, keepdims=True)
    if mode == "mean_sqrt_len_tokens":
        totals = np.sqrt(totals)
    # Padding may hold anything, infinities included, which a weight of 0 would turn into NaN.
    clean = np.where(real[:, :, None], states, np.float32(0))
    return np.asarray(np.einsum("bt,btd->bd", weights, clean) / totals, np.float32)
