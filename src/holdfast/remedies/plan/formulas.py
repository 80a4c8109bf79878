"""What becomes of a stratum over rounds of learning from one's own output: formulas, one idea a function.

`survival` s is the share of a stratum's mass that one generation keeps, with the decoding and the filters of
production. A generator that samples too little (drift) keeps the expected mass and loses support and precision; one
that prefers the typical (bias) keeps s < 1 of a stratum's mass each round. Functions take arrays and broadcast.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

    Values = NDArray[np.float64]


def retention_replaced(survival: ArrayLike, rounds: int) -> Values:
    """Mass left, relative to reality, after rounds that each replace the data: s^t (Shumailov et al. 2024, F17).

    >>> float(retention_replaced(0.8, 9).round(3))
    0.134
    """
    return np.asarray(np.asarray(survival, np.float64) ** rounds)


def retention_mixed(survival: ArrayLike, real_share: ArrayLike, rounds: int) -> Values:
    """Mass left after rounds in which a share w of the training data is real: R = R_inf + (1 - R_inf) ((1-w) s)^t.

    >>> float(retention_mixed(0.8, 0.3, 1).round(3)), float(retention_mixed(0.8, 0.3, 1000).round(3))
    (0.86, 0.682)
    """
    s, w = np.asarray(survival, np.float64), np.asarray(real_share, np.float64)
    limit = retention_in_the_long_run(s, w)
    return np.asarray(limit + (1.0 - limit) * ((1.0 - w) * s) ** rounds)


def retention_in_the_long_run(survival: ArrayLike, real_share: ArrayLike) -> Values:
    """Mass left when rounds with a real share w go on for ever: w / (1 - (1-w) s).

    >>> retention_in_the_long_run(0.8, [0.1, 0.5]).round(3).tolist()
    [0.357, 0.833]
    """
    s, w = np.asarray(survival, np.float64), np.asarray(real_share, np.float64)
    kept = 1.0 - (1.0 - w) * s
    # Where nothing is lost, nothing needs to be put back.
    return np.where(kept > 0, w / np.maximum(kept, 1e-300), 1.0)


def retention_accumulated(survival: ArrayLike, batches: int) -> Values:
    """Mass left in a pool of one real batch and t - 1 synthetic ones, each made by a model of the pool before it.

    G(t+1-d) / (G(2-d) G(t+1)) with d = 1 - s, falling like t^-d: accumulation slows a bias and does not cure it.

    >>> float(retention_accumulated(0.8, 10).round(3)), float(retention_accumulated(0.8, 100).round(3))
    (0.672, 0.427)
    """
    from scipy.special import gammaln

    lost = 1.0 - np.asarray(survival, np.float64)
    # Above 1 the formula holds as well: what a generator prefers grows.
    return np.asarray(np.exp(gammaln(batches + 1 - lost) - gammaln(2 - lost) - gammaln(batches + 1)))


def needed_share(survival: ArrayLike, retention: ArrayLike) -> Values:
    """Real share that keeps a given retention in the long run: R (1 - s) / (1 - R s); 0 where nothing is lost.

    >>> needed_share([0.95, 0.9, 0.8, 0.5], 0.8).round(2).tolist()
    [0.17, 0.29, 0.44, 0.67]
    """
    s, kept = np.asarray(survival, np.float64), np.asarray(retention, np.float64)
    return np.where(s >= 1.0, 0.0, kept * (1.0 - s) / np.maximum(1.0 - kept * s, 1e-300))


def needed_share_after(survival: ArrayLike, retention: float, rounds: int) -> Values:
    """Real share that keeps a given retention over so many rounds; at most what the long run asks for.

    >>> needed_share_after([0.8, 1.2], 0.9, 1).round(2).tolist()
    [0.5, 0.0]
    """
    s = np.asarray(survival, np.float64)
    low, high = np.zeros_like(s), np.asarray(needed_share(s, retention))
    enough = retention_mixed(s, low, rounds) >= retention
    for _ in range(60):
        middle = (low + high) / 2
        kept = retention_mixed(s, middle, rounds) >= retention
        low, high = np.where(kept, low, middle), np.where(kept, middle, high)
    return np.where(enough, 0.0, high)


def quota(survival: ArrayLike) -> Values:
    """By how much the synthetic rows of a stratum are to be multiplied so that none of its mass is lost: 1 / s."""
    s = np.asarray(survival, np.float64)
    return np.where(s > 0, 1.0 / np.maximum(s, 1e-300), np.inf)


def noise_of_weight(real_share: ArrayLike, ratio: ArrayLike) -> Values:
    """Error in the long run with fresh real data each round, in units of that of one round's real data alone.

    (w^2 + k (1-w)^2) / (1 - (1-w)^2), k real rows per synthetic one; its least value w* lies at w* (He et al. 2025, F14).

    >>> float(noise_of_weight(0.618034, 1.0).round(3))
    0.618
    """
    w, k = np.asarray(real_share, np.float64), np.asarray(ratio, np.float64)
    return np.asarray((w**2 + k * (1 - w) ** 2) / np.maximum(1 - (1 - w) ** 2, 1e-300))


def best_weight(ratio: ArrayLike) -> Values:
    """The real share of least noise with an unbiased generator: (sqrt(k^2 + 4 k) - k) / 2.

    >>> best_weight([4.0, 1.0, 0.25, 0.05]).round(3).tolist()
    [0.828, 0.618, 0.39, 0.2]
    """
    k = np.asarray(ratio, np.float64)
    return np.asarray((np.sqrt(k**2 + 4 * k) - k) / 2)


def noise_replaced(rounds: int) -> float:
    """Error after rounds that each replace the data: t times that of the real data."""
    return float(rounds)


def noise_accumulated(rounds: int) -> float:
    """Error where every round is added: the sum of 1 / i^2, at most 1.645 (Gerstgrasser et al. 2024, F11).

    >>> round(noise_accumulated(5), 3)
    1.464
    """
    return float(sum(1.0 / i**2 for i in range(1, rounds + 1)))


def noise_subsampled(rounds: int) -> float:
    """The same where each round draws as many rows from all that accumulated: towards 2.935 (F4).

    >>> round(noise_subsampled(5), 2), round(noise_subsampled(2000), 2)
    (2.39, 2.93)
    """
    kept = 1.0
    for t in range(1, rounds):
        kept += (2.0 - 1.0 / t) / (t + 1) ** 2
    return kept + 1.0 - 1.0 / rounds


def noise_replayed(ratio: ArrayLike) -> Values:
    """The same n real rows in every round beside r n synthetic ones: 1 + r / (1 + 2 r), at most 1.5 (F13)."""
    r = np.asarray(ratio, np.float64)
    return np.asarray(1 + r / (1 + 2 * r))


def coverage(rounds: int) -> float:
    """Share of the rows' coverage left after rounds of replacement: g_1 = 1, g_k+1 = 1 - exp(-g_k) (F5).

    >>> [round(coverage(k), 3) for k in (1, 2, 5, 10)]
    [1.0, 0.632, 0.312, 0.172]
    """
    kept = 1.0
    for _ in range(rounds - 1):
        kept = 1.0 - float(np.exp(-kept))
    return kept


def filtered_error(error: ArrayLike, keeps_right: float, keeps_wrong: float) -> Values:
    """Share of wrong rows after a verifier: p psi / (p psi + (1-p) phi) (Feng et al. 2025, F30)."""
    p = np.asarray(error, np.float64)
    wrong = p * keeps_wrong
    return np.asarray(wrong / np.maximum(wrong + (1 - p) * keeps_right, 1e-300))


def share_of_unknown(real_share: ArrayLike, seen: float, mistaken: float) -> Values:
    """Real share of what a detector of synthetic rows lets pass: it sees `seen` of them, and drops `mistaken` real ones."""
    w = np.asarray(real_share, np.float64)
    real = w * (1 - mistaken)
    return np.asarray(real / np.maximum(real + (1 - w) * (1 - seen), 1e-300))
