"""Seeds: which real rows a prompt takes, drawn without looking at all of them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from holdfast.remedies.generate.contract import Material, Seed, Wish


def of_stratum(rows: Mapping[str | None, Sequence[Seed]], wish: Wish) -> list[Sequence[Seed]]:
    """Rows of the wished stratum, as groups; all of them where none is wished."""
    return list(rows.values()) if wish.stratum is None else [rows.get(wish.stratum, ())]


def draw_seeds(
    groups: Sequence[Sequence[Seed]], count: int, rng: np.random.Generator, *, longest: int
) -> list[Seed]:
    """So many different rows, or all there are, in an order that is drawn.

    Args:
        groups: The rows.
        count: How many.
        rng: Of this row.
        longest: Characters of the longest row that is taken; rows that say nothing are not taken either.
    """
    ends = np.cumsum([len(group) for group in groups], dtype=np.int64)
    found: list[Seed] = []
    if not count or not len(ends) or not ends[-1]:
        return found
    for at in map(int, rng.permutation(int(ends[-1]))):
        group = int(np.searchsorted(ends, at, side="right"))
        seed = groups[group][at - int(ends[group])]
        if len(seed.text) <= longest and seed.text.strip():
            found.append(seed)
        if len(found) == count:
            break
    return found


def draw_seed(
    wish: Wish, material: Material, rng: np.random.Generator, *, uncovered: float, longest: int
) -> Seed | None:
    """A row of the wished stratum, of any where none is wished; None where there is none.

    Args:
        wish: What is asked for.
        material: What may be used.
        rng: Of this row.
        uncovered: How often it is one that nobody covers yet, where there are such.
        longest: Characters of the longest row that is taken.
    """
    places = (material.uncovered, material.seeds)
    for rows in places if rng.random() < uncovered else reversed(places):
        found = draw_seeds(of_stratum(rows, wish), 1, rng, longest=longest)
        if found:
            return found[0]
    return None
