"""Attribution: which voices outputs stand near, as a set and never as one name."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from holdfast.measures.reading import Undetermined, counted

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

LEAST_PROMPTS = 400
"""With 25, 100 and 400 prompts 25, 46 and 64 % of students kept their answer (design/0006-preferences.md)."""
_COVERED = 0.95
_AT_ONCE = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class Near:
    """One voice, and how near outputs stand to it.

    Attributes:
        name: The voice.
        likeness: Cosine of the two ways to differ from the middle of the panel, 1 to -1.
        nearest_share: Share of resamples of the prompts in which it is the nearest.
        kept: Whether it belongs to the 95 % set.
    """

    name: str
    likeness: float
    nearest_share: float
    kept: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Nearest:
    """Voices by how near they are, the nearest first; those that are kept are nearest in 95 % of resamples together."""

    voices: tuple[Near, ...]
    prompts: int


def read_nearest(
    outputs: NDArray[np.float32],
    panel: NDArray[np.float32],
    names: Sequence[str],
    rng: np.random.Generator,
    *,
    draws: int = 999,
    least: int = LEAST_PROMPTS,
) -> Nearest | Undetermined:
    """Find the voices that outputs stand near.

    Cosine delta: rates of frequent words in standard deviations, as differences from the mean of the panel; the smaller the angle, the
    nearer.

    Args:
        outputs: float32 [n, d], features of the outputs.
        panel: float32 [k, n, d], of k voices on the same prompts.
        names: Of the voices.
        rng: Draws resamples of the prompts.
        draws: How many.
        least: Fewer prompts give no answer.

    Source:
        Burrows 2002, Literary and Linguistic Computing 17:267; the cosine: Smith and Aldridge 2011, Journal of Quantitative Linguistics
        18:63.

    >>> rng = np.random.default_rng(0)
    >>> panel = rng.normal(size=(3, 500, 4)).astype(np.float32) + np.eye(3, 4, dtype=np.float32)[:, None]
    >>> found = read_nearest(panel[1] * 0.5, panel, ["a", "b", "c"], rng)
    >>> [voice.name for voice in found.voices if voice.kept]
    ['b']
    """
    count, prompts, width = panel.shape
    if prompts < least:
        return Undetermined(
            reason=f"only {counted(prompts, 'prompt')}; {least} are needed", needed_rows=least
        )
    if count < 2:
        return Undetermined(reason="there is one voice only, so none is nearer than another")
    everything = np.concatenate([outputs[None], panel]).astype(np.float32)
    spread = (everything - everything.mean(axis=1, keepdims=True)).reshape(-1, width).std(axis=0)
    everything /= np.where(spread > 0, spread, 1.0)
    likeness = _likeness(everything.mean(axis=1)[None])[0]
    wins = np.zeros(count)
    chances = np.full(prompts, 1 / prompts)
    for start in range(0, draws, _AT_ONCE):
        weights = rng.multinomial(prompts, chances, min(_AT_ONCE, draws - start)).astype(np.float32) / prompts
        means = np.stack([weights @ one for one in everything], axis=1)
        wins += np.bincount(_likeness(means).argmax(axis=1), minlength=count)
    share = wins / draws
    order = np.lexsort((-likeness, -share))
    before = np.cumsum(share[order]) - share[order]
    return Nearest(
        voices=tuple(
            Near(
                name=names[at],
                likeness=float(likeness[at]),
                nearest_share=float(share[at]),
                kept=bool(reached < _COVERED),
            )
            for at, reached in zip(order, before, strict=True)
        ),
        prompts=prompts,
    )


def _likeness(means: NDArray[np.floating]) -> NDArray[np.float64]:
    """float64 [draws, k], of means [draws, 1 + k, d], the outputs first."""
    apart = means - means[:, 1:].mean(axis=1, keepdims=True)
    length = np.linalg.norm(apart, axis=2)
    product = np.einsum("bkd,bd->bk", apart[:, 1:], apart[:, 0])
    return np.asarray(product / np.maximum(length[:, 1:] * length[:, :1], 1e-12), np.float64)
