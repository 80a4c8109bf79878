"""Material: what prompts may show, and say, in a round: real rows that steer or are gold, and never those that judge."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

from holdfast.remedies.generate.attributes import ATTRIBUTES
from holdfast.remedies.generate.contract import Material, Seed

if TYPE_CHECKING:
    from holdfast.remedies.generate.ground import Ground, Look
    from holdfast.remedies.generate.parts import Parts
    from holdfast.remedies.generate.recipe import Recipe

_SHUNNED = 6


def material_of(parts: Parts, look: Look | None, ground: Ground, recipe: Recipe) -> Material:
    """What may be used in a round.

    Args:
        parts: Real rows.
        look: What the rows that steer say of what is there; None without rows.
        ground: The rows that steer, read.
        recipe: What strata and attributes are, in words.
    """
    labelled = any(stratum is not None for stratum in parts.steering.strata)
    uncovered: dict[str | None, list[Seed]] = defaultdict(list)
    if look is None:
        seeds = parts.seeds()
    else:
        names = names_of(look)
        # Where reality has no labels its clusters stand for strata, and gold rows belong to one as other rows do.
        seeds = parts.seeds(None if labelled else (_clusters(parts, ground), names))
        by_id = {seed.id: seed for group in seeds.values() for seed in group if seed.origin == "reference"}
        for row in look.uncovered:
            found = by_id.get(look.sides.anchor.ids[row])
            if found is not None:
                uncovered[names[row]].append(found)
    own = {name for name in seeds if name is not None}
    return Material(
        seeds=seeds,
        strata={name: recipe.strata.get(name, readable(name)) for name in sorted(own)},
        nameless=not labelled,
        attributes={**ATTRIBUTES, **recipe.attributes},
        uncovered=dict(uncovered),
        shunned=() if look is None else look.shunned[:_SHUNNED],
        subject=recipe.subject,
    )


def _clusters(parts: Parts, ground: Ground) -> list[str | None]:
    """Cluster of each gold row."""
    if not len(parts.gold):
        return []
    sides = ground.sides(parts.gold)
    return [sides.labels[at] if at >= 0 else None for at in sides.candidate.strata.tolist()]


def readable(name: str) -> str:
    """A stratum's name as words.

    >>> readable("card_arrival"), readable("oilChange-how")
    ('card arrival', 'oil change how')
    """
    spaced = "".join(
        f" {letter.lower()}" if letter.isupper() and at and name[at - 1].islower() else letter
        for at, letter in enumerate(name)
    )
    return " ".join(spaced.replace("_", " ").replace("-", " ").split())


def names_of(look: Look) -> list[str | None]:
    """The stratum of each real row that steers, as it was read."""
    known = look.sides.known.tolist()
    return [look.sides.labels[at] if at >= 0 else None for at in known]
