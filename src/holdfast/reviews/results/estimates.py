"""Shares of the whole set: overall, and of every stratum, source and agent."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from holdfast.measures.reading import Undetermined
from holdfast.reviews.results.shares import response_weights, weighted_share

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from holdfast.reviews.results.claims import Claim
    from holdfast.reviews.results.said import Said
    from holdfast.reviews.results.shares import Share

# Below, an interval reaches over most of what is possible, and a table of such rows hides the others.
_FEWEST = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    """A share among the rows of one stratum, source or agent.

    Attributes:
        name: Its name; None where rows have none.
        rows: How many rows the whole set has of it, or None where the queue does not say.
        share: The share, or why there is none.
    """

    name: str | None
    rows: int | None
    share: Share | Undetermined


@dataclass(frozen=True, slots=True, kw_only=True)
class Estimate:
    """Of how many rows of the whole set something holds.

    Attributes:
        claim: What.
        bad: Whether such rows are bad ones.
        drawn: Items that were drawn from the set.
        decided: Those of them of which somebody said something about it.
        silent_strata: Strata of which items were drawn, and none decided: the others stand for them.
        overall: The share of the whole set.
        strata: The share in each stratum that the set has.
        sources: The share by source type, where it is known of any row.
        agents: The share by who wrote the rows; empty in blind queues.
    """

    claim: str
    bad: bool
    drawn: int
    decided: int
    silent_strata: int
    overall: Share | Undetermined
    strata: tuple[Group, ...]
    sources: tuple[Group, ...]
    agents: tuple[Group, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Weighed:
    """The items of which something was said, with what it was and what they weigh.

    Attributes:
        items: int64 [n], numbers of the items.
        values: float64 [n], from 0 to 1: the mean over reviewers.
        weights: float64 [n], rows that each stands for.
        drawn: Items that were drawn.
        silent_strata: Strata of which none was decided.
    """

    items: NDArray[np.int64]
    values: NDArray[np.float64]
    weights: NDArray[np.float64]
    drawn: int
    silent_strata: int


def weigh(said: Said, claim: Claim) -> Weighed:
    """What was said of every item that was drawn by chance, with its weight. Gold questions have none."""
    chances: Sequence[float | None] = said.columns["chance"]
    drawn = [item for item, chance in enumerate(chances) if chance is not None]
    found = []
    for item in drawn:
        label = said.columns["label"][item]
        answers = [claim.says(one, label) for one in said.by_item.get(item, ())]
        told = [answer for answer in answers if answer is not None]
        found.append(float(np.mean(told)) if told else np.nan)
    values = np.array(found, np.float64)
    decided = ~np.isnan(values)
    weights, silent = response_weights(
        np.array([chances[item] for item in drawn], np.float64),
        [said.columns["stratum"][item] for item in drawn],
        decided,
    )
    return Weighed(
        items=np.array(drawn, np.int64)[decided],
        values=values[decided],
        weights=weights,
        drawn=len(drawn),
        silent_strata=silent,
    )


def estimate(said: Said, claim: Claim) -> Estimate:
    """Estimates of how many rows something holds, overall and in parts."""
    found = weigh(said, claim)
    population = said.queue.population
    blind = said.queue.blind
    return Estimate(
        claim=claim.words,
        bad=claim.bad,
        drawn=found.drawn,
        decided=len(found.items),
        silent_strata=found.silent_strata,
        overall=_share(found, np.ones(len(found.items), bool)),
        strata=_groups(said, found, "stratum", list(population), dict(population)),
        sources=_groups(said, found, "source_type"),
        agents=() if blind else _groups(said, found, "agent"),
    )


def _groups(
    said: Said,
    found: Weighed,
    column: str,
    names: Sequence[str | None] | None = None,
    rows: dict[str | None, int] | None = None,
) -> tuple[Group, ...]:
    values = said.columns[column]
    every = list(dict.fromkeys(values)) if names is None else list(names)
    if all(name is None for name in every):
        return ()
    of_items = [values[item] for item in found.items.tolist()]
    return tuple(
        Group(
            name=name,
            rows=None if rows is None else rows.get(name),
            share=_share(found, np.array([value == name for value in of_items], bool)),
        )
        for name in sorted(every, key=lambda name: (name is None, name or ""))
    )


def _share(found: Weighed, inside: NDArray[np.bool_]) -> Share | Undetermined:
    items = int(inside.sum())
    if items < _FEWEST and not (found.weights[inside] <= 1.0).all():
        return Undetermined(
            reason=f"{items} of its items were decided; {_FEWEST} are the least", needed_rows=_FEWEST
        )
    return weighted_share(found.values[inside], found.weights[inside])
