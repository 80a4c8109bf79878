"""Pairs of equal length: what a judge prefers where length cannot be the reason, and win rates without it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from holdfast.stats.logit import LogitFit, fit_logit

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from holdfast.views.ratings import Rater, Ratings

NEAR = 0.2
"""Absolute log ratio of words below which two answers are of nearly equal length."""
LEAST_OVERLAP = 0.1
"""Share of an author's pairs that must be of nearly equal length for a rate at equal length."""
LEAST_MATCHED = 50
LEAST_AUTHOR_PAIRS = 100
_MOST_AUTHORS = 10
_RIDGE = 1.0
_EDGES = (0.0, 0.2, 0.5, 1.0, 1.5)


def overlap(ratio: NDArray[np.float64]) -> float | None:
    """Share of pairs whose answers are of nearly equal length.

    Args:
        ratio: float64 [n], log ratios of words.
    """
    return float((np.abs(ratio) < NEAR).mean()) if len(ratio) else None


def matched(
    ratio: NDArray[np.float64], judge: NDArray[np.float64], people: NDArray[np.float64]
) -> dict[str, Any]:
    """How often the longer answer is picked, in pairs of nearly equal length; ties count half.

    Args:
        ratio: float64 [n], log ratios of words, a to b.
        judge: float64 [n], verdicts in -1..1.
        people: float64 [n], verdicts in -1..1.
    """
    near = (np.abs(ratio) < NEAR) & (ratio != 0)
    return {"pairs": int(near.sum())} | _longer(ratio[near], judge[near], people[near])


def by_ratio(
    ratio: NDArray[np.float64], judge: NDArray[np.float64], people: NDArray[np.float64]
) -> list[dict[str, Any]]:
    """The same by how much longer the longer answer is, for a picture."""
    size = np.abs(ratio)
    found = []
    for low, high in zip(_EDGES, (*_EDGES[1:], np.inf), strict=True):
        at = (size >= low) & (size < high) & (size > 0)
        found.append(
            {
                "from": float(np.exp(low)),
                "to": None if high == np.inf else float(np.exp(high)),
                "pairs": int(at.sum()),
            }
            | _longer(ratio[at], judge[at], people[at])
        )
    return found


def _longer(
    ratio: NDArray[np.float64], judge: NDArray[np.float64], people: NDArray[np.float64]
) -> dict[str, float | None]:
    if not len(ratio):
        return {"judge": None, "people": None}
    sign = np.sign(ratio)
    return {
        name: float((1 + sign * side).mean() / 2) for name, side in (("judge", judge), ("people", people))
    }


def win_rates(ratings: Ratings, judge: Rater, ratio: NDArray[np.float64]) -> list[dict[str, Any]]:
    """Win rates of the authors a judge has seen most, as they are, in pairs of nearly equal length, and at equal length by a model.

    The model is a logistic regression on the hyperbolic tangent of the standardised log ratio, with a small penalty on its slope; at
    equal length, what is left is the rate. Where an author is nearly always the longer or the shorter one, that would be an
    extrapolation, and there is no such rate but a reason.

    Args:
        ratings: The pairs.
        judge: Whose verdicts.
        ratio: float64 [pairs], log ratios of words, a to b.

    Source:
        Dubois et al. 2024, arXiv:2404.04475 (the form); the refusal is ours.
    """
    author = ratings.author[judge.rows]
    known = (author >= 0).all(axis=1) & (author[:, 0] != author[:, 1])
    count = np.bincount(author[known].ravel(), minlength=len(ratings.authors))
    found = []
    for number in np.argsort(-count, kind="stable")[:_MOST_AUTHORS]:
        if count[number] < LEAST_AUTHOR_PAIRS:
            break
        own = known & (author == number).any(axis=1)
        side = np.where(author[own, 0] == number, 1.0, -1.0)
        won = (1 + side * judge.verdict[own]) / 2
        found.append(
            _rate(
                ratings.authors[number],
                won,
                side * ratio[judge.rows[own]],
                ratings.prompt[judge.rows[own]],
            )
        )
    return found


def _rate(
    name: str, won: NDArray[np.float64], ratio: NDArray[np.float64], prompt: NDArray[np.int64]
) -> dict[str, Any]:
    near = np.abs(ratio) < NEAR
    low, high = np.quantile(ratio, [0.1, 0.9])
    found: dict[str, Any] = {
        "author": name,
        "pairs": len(won),
        "raw": float(won.mean()),
        "overlap": float(near.mean()),
        "matched": float(won[near].mean()) if near.sum() >= LEAST_MATCHED else None,
        "controlled": None,
        "reason": None,
    }
    if near.mean() < LEAST_OVERLAP or near.sum() < LEAST_MATCHED or low > 0 or high < 0:
        found["reason"] = (
            f"only {int(near.sum()):,} of {len(won):,} pairs are of nearly equal length"
            if low <= 0 <= high
            else f"its answers are nearly always {'longer' if low > 0 else 'shorter'}"
        ) + ", so a rate at equal length would be an extrapolation"
        return found
    spread = float(np.sqrt((ratio**2).mean()))
    X = np.column_stack([np.ones(len(won)), np.tanh(ratio / spread)])
    fit = fit_logit(X, won, np.unique(prompt, return_inverse=True)[1], ridge=_RIDGE)
    if isinstance(fit, LogitFit):
        middle, error = fit.coefficients[0], fit.errors[0]
        found["controlled"] = _share(middle)
        found["controlled_interval"] = [_share(middle - 1.96 * error), _share(middle + 1.96 * error)]
    return found


def _share(logit: float) -> float:
    return float(1 / (1 + np.exp(-logit)))
