"""The win rate of one author by one judge: raw, by people, corrected, and checked."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from holdfast.audits.winrates.result import Figure, WinRate
from holdfast.measures.preference.people import share_of
from holdfast.measures.reading import counted
from holdfast.stats.prediction_powered import corrected_mean, rogan_gladen

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from holdfast.views.ratings import Rater, Ratings

LEAST_PROMPTS = 30
"""Independent labelled prompts below which no interval would hold what it promises."""
ELSEWHERE = -1


@dataclass(frozen=True, slots=True, kw_only=True)
class Games:
    """A judge's pairs of one author against another.

    Attributes:
        judged: float64 [n], 1: the author wins, 0: it loses, 1/2: a tie, or one order each; by the judge.
        human: float64 [n], the same by people; NaN where nobody looked.
        prompt: int64 [n].
        chance: float64 [n], with which the pair was drawn for people; 1 where it was not drawn.
        weighed: Whether any pair was drawn with a known chance.
    """

    judged: NDArray[np.float64]
    human: NDArray[np.float64]
    prompt: NDArray[np.int64]
    chance: NDArray[np.float64]
    weighed: bool


def games_of(
    ratings: Ratings, judge: Rater, author: int, baseline: int | None, chance: NDArray[np.float64] | None
) -> Games:
    """An author's pairs, seen from its side. Pairs with itself, or of which one author is unknown, are none.

    Args:
        ratings: All ratings.
        judge: The judge.
        author: The author, by its number.
        baseline: The other one; None for all others.
        chance: float64 [pairs], chances of pairs that were drawn for people, 1 for all others; None where none were drawn.
    """
    by = ratings.author[judge.rows]
    own_a, own_b = by[:, 0] == author, by[:, 1] == author
    other = np.where(own_a, by[:, 1], by[:, 0])
    kept = (own_a ^ own_b) & (other != ELSEWHERE) & ((other == baseline) if baseline is not None else True)
    rows, side = judge.rows[kept], np.where(own_a, 1.0, -1.0)[kept]
    return Games(
        judged=(side * judge.verdict[kept] + 1.0) / 2.0,
        human=(side * ratings.human[0][rows] + 1.0) / 2.0,
        prompt=ratings.prompt[rows],
        chance=np.ones(len(rows)) if chance is None else chance[rows],
        weighed=chance is not None,
    )


def rate(games: Games, *, author: str, against: str | None, judge: str) -> WinRate:
    """The win rate."""
    seen = ~np.isnan(games.human)
    labelled, prompts = int(seen.sum()), len(np.unique(games.prompt[seen]))
    raw = share_of(games.judged, games.prompt)
    human, corrected, cross_check, weight, effective = _corrected(games, seen, prompts)
    return WinRate(
        author=author,
        against=against,
        judge=judge,
        judged=Figure(reason="no pair") if raw is None else Figure(value=raw.value, interval=raw.interval),
        human=human,
        corrected=corrected,
        cross_check=cross_check,
        weight=weight,
        effective=effective,
        judged_pairs=len(games.judged),
        labelled_pairs=labelled,
        judged_prompts=len(np.unique(games.prompt)),
        labelled_prompts=prompts,
    )


def _corrected(
    games: Games, seen: NDArray[np.bool_], prompts: int
) -> tuple[Figure, Figure, Figure, float | None, float | None]:
    if prompts < LEAST_PROMPTS:
        had = (
            f"people labelled pairs of only {counted(prompts, 'prompt')}"
            if prompts
            else "no person labelled a pair"
        )
        nothing = Figure(reason=f"{had}; {LEAST_PROMPTS} are needed")
        return nothing, nothing, nothing, None, None
    human, judged = games.human[seen], games.judged[seen]
    # Weighed back, labelled pairs stand for all; unweighed, the other pairs tell what these cannot.
    others = np.ones(len(seen), bool) if games.weighed else ~seen
    if not others.any():
        alone = share_of(human, games.prompt[seen])
        figure = Figure() if alone is None else Figure(value=alone.value, interval=alone.interval)
        return figure, figure, Figure(reason="people labelled every pair"), 0.0, float(len(human))
    found = corrected_mean(
        human,
        judged,
        games.judged[others],
        sampling=1.0 / games.chance[seen] if games.weighed else None,
        groups=games.prompt[seen],
        unlabelled_groups=games.prompt[others],
    )
    return (
        _figure(found.human_value, found.human_interval),
        _figure(found.value, found.interval),
        _check(games, seen, others, prompts),
        found.weight,
        found.effective,
    )


def _figure(value: float, interval: tuple[float, float] | None) -> Figure:
    value = min(1.0, max(0.0, value))
    if interval is None:
        return Figure(
            value=value, reason="all labels are the same, so nothing shows how surely this is known"
        )
    return Figure(value=value, interval=(max(0.0, interval[0]), min(1.0, interval[1])))


def _check(games: Games, seen: NDArray[np.bool_], others: NDArray[np.bool_], prompts: int) -> Figure:
    """By how often the judge is right; a tie is half a win and half a loss on either side."""
    human, judged, weight = games.human[seen], games.judged[seen], 1.0 / games.chance[seen]
    # Pairs of one prompt, or weighed unequally, count as fewer.
    weight *= prompts / len(human) * weight.sum() / np.square(weight).sum()
    share = len(np.unique(games.prompt[others])) / int(others.sum())
    found = rogan_gladen(
        share * float(games.judged[others].sum()),
        share * int(others.sum()),
        right_yes=float((weight * human * judged).sum()),
        human_yes=float((weight * human).sum()),
        right_no=float((weight * (1 - human) * (1 - judged)).sum()),
        human_no=float((weight * (1 - human)).sum()),
    )
    if found is None:
        return Figure(
            reason="the judge does not surely tell wins from losses, so its mistakes cannot be counted back"
        )
    return Figure(value=found.value, interval=found.interval)
