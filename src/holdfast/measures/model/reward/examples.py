"""Examples: runs whose truth is known, for doctests and tests."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from holdfast.measures.model.reward.run import Run

if TYPE_CHECKING:
    from collections.abc import Sequence


def made_run(
    *,
    human: Sequence[float],
    judge: Sequence[float] = (),
    pairs: int = 400,
    length: float = 0.0,
    people: int = 0,
    noise: float = 0.2,
    kl: Sequence[float] = (),
    seed: int = 0,
) -> Run:
    """A run that agrees with people, and on pairs that people and judge see differently with the judge, as often as is said.

    Args:
        human: Share of pairs on which the model says what people do, by step.
        judge: Share of pairs on which it says what the judge does, by step, drawn apart from the former; none without a judge. Its labels
            are given on pairs of their own, a second half.
        pairs: Pairs that people labelled.
        length: What a step of one standard deviation of length adds to the margin.
        people: Persons who labelled each pair, wrong with a chance of `noise`; 0: people are one voice.
        noise: See `people`.
        kl: Divergence by step.
        seed: Of all draws.
    """
    rng = np.random.default_rng(seed)
    total = 2 * pairs if len(judge) else pairs
    truth = rng.choice([-1.0, 1.0], total)
    own = np.arange(total) < pairs
    steps = len(human)
    # One uniform number for each pair: a pair that was right stays right where the share grows.
    luck = rng.random(total)
    size, longer = rng.gamma(4.0, 0.25, total) + 0.05, rng.normal(size=total)
    margin = np.empty((steps, total))
    for step in range(steps):
        share = np.where(own, human[step], judge[step] if len(judge) else 0.5)
        margin[step] = np.where(luck < share, 1.0, -1.0) * truth * size + length * longer
    heard = tuple(
        np.where(own, np.where(rng.random(total) < noise, -truth, truth), np.nan) for _ in range(people)
    )
    mean = np.mean(heard, axis=0) if people else np.where(own, truth, np.nan)
    empty = np.full((steps, total, 2), np.nan)
    return Run(
        steps=np.arange(steps, dtype=float),
        pair=np.arange(total),
        margin=margin,
        logp=empty,
        reference=empty.copy(),
        kl=np.array(kl, float) if len(kl) else np.full(steps, np.nan),
        voice=np.full(total, np.nan),
        human=mean,
        judge=np.where(own, np.nan, truth) if len(judge) else np.full(total, np.nan),
        length=longer,
        cluster=np.arange(total),
        people=heard or (mean,),
        implicit=False,
        unmatched=0,
    )
