"""Wishes: which rows a round asks for, and of which arm. Every stratum is shared among the arms as their shares say."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from holdfast.remedies.generate.contract import Wish

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from holdfast.remedies.generate.contract import Arm, Draft, Material, Need
    from holdfast.remedies.generate.recipe import Recipe


def wishes_of(
    needs: Sequence[Need],
    arms: Sequence[Arm],
    shares: Mapping[str, float],
    *,
    prefix: str,
    number: int,
    seed: int,
) -> list[Wish]:
    """The rows of a round.

    Args:
        needs: What each stratum lacks; its quota is what is asked for.
        arms: The arms.
        shares: Share of each, by name.
        prefix: What ids begin with.
        number: The round.
        seed: Of the run.
    """
    rng = np.random.default_rng([seed, number, 0x3A5])
    weights = np.array([shares[arm.name] for arm in arms])
    edges = np.cumsum(weights / weights.sum())
    found: list[tuple[str | None, Arm]] = []
    for need in needs:
        # Evenly spaced places with one random start: shares hold in every stratum to within a row.
        places = (np.arange(need.quota) + rng.random()) / max(need.quota, 1)
        taken = np.minimum(np.searchsorted(edges, places, side="right"), len(arms) - 1)
        found.extend((need.stratum, arms[arm]) for arm in rng.permutation(taken).tolist())
    return [
        Wish(id=f"{prefix}-{number}-{place:05d}", stratum=stratum, arm=arm, round=number)
        for place, (stratum, arm) in enumerate(found, start=1)
    ]


def draft(wish: Wish, arms: Sequence[Arm], material: Material, recipe: Recipe) -> tuple[Wish, Draft | None]:
    """How a wish is made: by its arm, or, where that has no row to make it from, by the next one that has.

    Returns:
        The wish, under the arm that makes it; and the draft, None where no arm can.
    """
    order = [
        wish.arm,
        *sorted((arm for arm in arms if arm.name != wish.arm.name), key=lambda arm: -arm.share),
    ]
    for arm in order:
        own = Wish(id=wish.id, stratum=wish.stratum, arm=arm, round=wish.round)
        found = recipe.method(arm.method)(own, material, stream(recipe.seed, wish.id))
        if found is not None:
            return own, found
    return wish, None


def stream(seed: int, row: str) -> np.random.Generator:
    """The stream of one row: what other rows there are changes nothing."""
    from hashlib import sha256

    return np.random.default_rng([seed, int.from_bytes(sha256(row.encode()).digest()[:8], "big")])
