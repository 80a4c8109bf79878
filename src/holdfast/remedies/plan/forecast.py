"""Forecast: what a ratio does to every stratum over cycles, with the noise of finite sets and of what was measured."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

Protocol = Literal["replace", "mix", "replay", "accumulate"]
PROTOCOLS: tuple[Protocol, ...] = ("replace", "mix", "replay", "accumulate")
"""What the next model learns from: the last model's rows alone; those and fresh real rows; those and the same real rows again;
everything so far."""
_FEW = 8
"""Strata from which on it can be seen whether rarer ones lose more."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Loop:
    """How the loop is run.

    Attributes:
        protocol: What the next model learns from.
        real_share: Share of real rows in each round's training data; without meaning for `replace`.
        rows: Rows of a round.
        rounds: How many rounds.
    """

    protocol: Protocol
    real_share: float
    rows: int
    rounds: int


def sharpening(
    survivals: NDArray[np.float64], shares: NDArray[np.float64], weight: NDArray[np.float64]
) -> float:
    """How much more a stratum loses when it has become rarer: the slope of log survival on log share, at least 0.

    A decoder that prefers the typical takes p to p^(1/t), and then a stratum's survival falls as it shrinks
    (`science` F21). Too few strata, or no sure slope, say 0: survival is taken as constant.

    Args:
        survivals: float64 [k].
        shares: float64 [k], of reality.
        weight: float64 [k], how surely each survival is known: one over the variance of its logarithm.
    """
    if len(survivals) < _FEW:
        return 0.0
    x, y = np.log(shares), np.log(survivals)
    weight = weight / weight.sum()
    centred = x - weight @ x
    spread = float(weight @ centred**2)
    if spread < 1e-3:
        return 0.0
    slope = float(weight @ (centred * (y - weight @ y))) / spread
    rest = y - weight @ y - slope * centred
    error = float(np.sqrt(weight**2 @ (rest**2 * centred**2))) / spread
    return slope if slope > 2 * error else 0.0


def forecast(
    loop: Loop,
    survivals: NDArray[np.float64],
    shares: NDArray[np.float64],
    slope: float,
    rng: np.random.Generator,
) -> NDArray[np.float64]:
    """Retention of every stratum after every round, drawn: its share of the training data relative to reality's.

    Each round a model learns from the training data, keeps s of every stratum's share (s falls with the share where
    `slope` says so), and writes `rows` rows. Strata share what is written, so one's loss is the others' gain; what was
    measured as survival holds that already, for the mix it was measured on.

    Args:
        loop: How the loop is run.
        survivals: float64 [d, k], survival as drawn from what is known of it.
        shares: float64 [k], reality's shares; what is missing to 1 is a stratum that is not asked about.
        slope: From `sharpening`.
        rng: Draws rows.

    Returns:
        float64 [rounds, d, k], retention in what the next model is trained on.
    """
    draws, count = survivals.shape
    rest = max(0.0, 1.0 - float(shares.sum()))
    real = np.append(shares, rest)
    # What the others keep follows from what these lose, as it did when survival was measured.
    left = 1.0 - survivals @ shares
    others = np.clip(left / rest, 1e-6, None) if rest > 1e-9 else np.ones(draws)
    kept = np.concatenate([survivals, others[:, None]], axis=1)
    held = (
        _sampled(np.broadcast_to(real, (draws, count + 1)), loop.rows, rng)
        if loop.protocol == "replay"
        else None
    )
    trained = np.broadcast_to(real, (draws, count + 1)).copy()
    pool = trained.copy()
    found = np.empty((loop.rounds, draws, count))
    for number in range(loop.rounds):
        fallen = np.maximum(trained / np.maximum(real, 1e-12), 1e-9) ** slope
        made = _normal(trained * kept * fallen)
        made = _sampled(made, loop.rows, rng)
        w = loop.real_share
        if loop.protocol == "replace":
            trained = made
        elif loop.protocol == "mix":
            trained = (
                w * _sampled(np.broadcast_to(real, made.shape), max(int(w * loop.rows), 1), rng)
                + (1 - w) * made
            )
        elif loop.protocol == "replay":
            assert held is not None  # noqa: S101 - for the type checker; drawn above
            trained = w * held + (1 - w) * made
        else:
            pool = pool + made
            trained = pool / (number + 2)
        found[number] = trained[:, :count] / np.maximum(shares, 1e-12)
    return found


def _normal(values: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.asarray(values / np.maximum(values.sum(axis=1, keepdims=True), 1e-300))


def _sampled(shares: NDArray[np.float64], rows: int, rng: np.random.Generator) -> NDArray[np.float64]:
    """Shares of so many rows drawn from these shares."""
    return np.asarray(rng.multinomial(rows, _normal(shares)) / rows)
