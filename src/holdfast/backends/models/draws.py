"""Drawing the next token from a distribution."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from holdfast.errors import UsageError

if TYPE_CHECKING:
    from numpy.typing import NDArray

_SORTED = 2_048


def check_sampling(temperature: float, top_p: float, most_tokens: int) -> None:
    """Refuse what nothing can be drawn with.

    Raises:
        UsageError: A number lies outside of where it makes sense.
    """
    if not (np.isfinite(temperature) and temperature > 0):
        raise UsageError(
            "the temperature is a number above 0", where="--temperature", do="1 is the model as it is"
        )
    if not 0 < top_p <= 1:
        raise UsageError(
            "the share lies above 0 and not above 1", where="--top-p", do="1 is the model as it is"
        )
    if most_tokens < 1:
        raise UsageError("a text has one token at least", where="--most-tokens", do="For example 256")


def row_stream(seed: int, row: int) -> np.random.Generator:
    """The stream of one row: what other rows there are changes nothing."""
    return np.random.default_rng([seed, row])


def draw(logits: NDArray[np.float64], chance: float, *, temperature: float, top_p: float) -> int:
    """The token that a number between 0 and 1 picks.

    Args:
        logits: float64 [v], logarithms of probabilities up to a constant; minus infinity for none.
        chance: Uniform in [0, 1).
        temperature: Above 0.
        top_p: The fewest likeliest tokens that together have this much are drawn from.

    >>> draw(np.log([0.5, 0.3, 0.2]), 0.6, temperature=1.0, top_p=1.0)
    1
    >>> draw(np.log([0.5, 0.3, 0.2]), 0.99, temperature=1.0, top_p=0.5)
    0
    """
    p = np.exp((logits - logits.max()) / temperature)
    if top_p < 1.0:
        p = _likeliest(p, top_p)
    mass = np.cumsum(p)
    place = int(np.searchsorted(mass, chance * mass[-1], side="right"))
    return place if place < len(p) else int(np.flatnonzero(p)[-1])


def _likeliest(p: NDArray[np.float64], top_p: float) -> NDArray[np.float64]:
    """float64 [v], the fewest likeliest that have this share together, 0 for the others; of equals the first."""
    need = top_p * p.sum() * (1 - 1e-12)
    first = np.arange(len(p))
    if (
        len(p) > _SORTED
    ):  # mostly a few are enough, and need not be looked for among a hundred thousand sorted ones
        few = np.sort(np.argpartition(p, -_SORTED)[-_SORTED:])
        first = few if p[few].sum() >= need else first
    order = first[np.argsort(-p[first], kind="stable")]
    kept = order[: int(np.searchsorted(np.cumsum(p[order]), need)) + 1]
    found = np.zeros_like(p)
    found[kept] = p[kept]
    return found
