"""A log of rewards as columns."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


@dataclass(frozen=True, slots=True, kw_only=True)
class RewardLog:
    """What a model gave to both responses of pairs; a pair of a step is one row.

    Attributes:
        pair_id: The pair's id; None where the row has none.
        pair_hash: Its hash (see `Preferences.pairs`); None where the row has no texts.
        first: The text of the first response, without white space at its ends; None without texts.
        chosen: bool [n], the first response is the one that people chose, as the file says; False: it is response a.
        step: float64 [n], of the training; 0 where the file has none.
        reward: float64 [n, 2], of the first and the second response.
        logp: float64 [n, 2], log probability of each response under the model; NaN where not given.
        reference: float64 [n, 2], under the model that training began with; NaN where not given.
        kl: float64 [n], divergence from that model at this step, as the file gives it; NaN without.
        voice: float64 [n, 2], closeness of each response to a teacher's voice; NaN without.
        implicit: Whether rewards were made of log probabilities: beta (log p - log p of the reference).
        name: A short name for reports.
        files: The files read.
        notes: One sentence for each decision a reader may want to override.
    """

    pair_id: tuple[str | None, ...]
    pair_hash: tuple[str | None, ...]
    first: tuple[str | None, ...]
    chosen: NDArray[np.bool_]
    step: NDArray[np.float64]
    reward: NDArray[np.float64]
    logp: NDArray[np.float64]
    reference: NDArray[np.float64]
    kl: NDArray[np.float64]
    voice: NDArray[np.float64]
    implicit: bool
    name: str
    files: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()

    def __len__(self) -> int:
        return len(self.step)
