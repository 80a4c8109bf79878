"""Examples: rare real rows, and what models write where they are asked for the like."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from holdfast.lab.bench.corpus import group_rows
from holdfast.lab.collapse.running import stream

if TYPE_CHECKING:
    from collections.abc import Mapping

    from holdfast.lab.bench.corpus import Row
    from holdfast.lab.collapse.generation import Scene
    from holdfast.lab.collapse.world import World
    from holdfast.lab.learners.learner import Trained

_SHOWN = 3
_WRITTEN = 2
_MOST = 1_000
"""Characters that are kept of a text."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Example:
    """A real row.

    Attributes:
        label: Its label, which models are asked for; None where there are no labels.
        text: Its beginning.
    """

    label: str | None
    text: str


def pick(world: World, *, seed: int) -> tuple[Example, ...]:
    """Real rows of the rarest strata that the first model learnt from; without labels, any."""
    rng = np.random.default_rng([seed, world.size])
    if not world.labelled:
        chosen = [world.origin[at] for at in rng.permutation(world.size)[:_SHOWN].tolist()]
        return tuple(Example(label=None, text=row.text[:_MOST]) for row in chosen)
    held: Mapping[str, tuple[Row, ...]] = group_rows(world.origin)
    rarest = [stratum for stratum in world.rare if stratum in held][:_SHOWN]
    return tuple(
        Example(label=stratum, text=held[stratum][int(rng.integers(len(held[stratum])))].text[:_MOST])
        for stratum in rarest
    )


def answer(
    scene: Scene, examples: tuple[Example, ...], model: Trained, counts: Mapping[str, int], generation: int
) -> tuple[tuple[str, ...], ...]:
    """What a model writes, one entry for each example; none where it never read the label."""
    found: list[tuple[str, ...]] = []
    for at, example in enumerate(examples):
        if example.label is not None and not counts.get(example.label):
            found.append(())
            continue
        made = model.write(
            _WRITTEN,
            decoding=scene.decoding,
            rng=stream(scene, f"example {at}", generation),
            label_shares=None if example.label is None else {example.label: 1.0},
        )
        found.append(tuple(text[:_MOST] for _, text in made))
    return tuple(found)
