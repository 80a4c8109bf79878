"""Protocols: one countermeasure each, and none at all. The managed loop stands in `managed`.

Every generation is trained on as many rows as generation 0, except where everything is kept. Decoding is the scene's: whoever writes,
writes as the user's models do.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from holdfast.lab.bench.corpus import Row
from holdfast.lab.collapse.generation import Step

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from holdfast.lab.collapse.generation import Past, Scene


def write(
    scene: Scene, past: Past, count: int, *, label_shares: Mapping[str, float] | None = None, tag: str = ""
) -> list[Row]:
    """Rows that the last model writes."""
    made = past.model.write(count, decoding=scene.decoding, rng=past.rng, label_shares=label_shares)
    return [
        Row(id=f"g{past.generation}{tag}-{at:06d}", text=text, label=label if scene.world.labelled else None)
        for at, (label, text) in enumerate(made)
    ]


def shares_of(rows: Sequence[Row]) -> dict[str, float]:
    """Share of each stratum."""
    counts = Counter(row.stratum for row in rows)
    return {stratum: counts[stratum] / len(rows) for stratum in sorted(counts)}


@dataclass(frozen=True, slots=True, kw_only=True)
class Replace:
    """Nothing is done: each model learns from nothing but what the last one wrote."""

    @property
    def name(self) -> str:
        """What tables call it."""
        return "replace"

    def step(self, scene: Scene, past: Past, /) -> Step:
        """The rows of the next generation."""
        made = write(scene, past, scene.world.size)
        return Step(rows=tuple(made), real=0, written=len(made))


@dataclass(frozen=True, slots=True, kw_only=True)
class MixIn:
    """Real rows, the same ones every time as far as they reach, beside what the last model wrote.

    Attributes:
        share: Of the rows; at most what is at hand.
    """

    share: float = 0.3

    @property
    def name(self) -> str:
        """What tables call it."""
        return f"mix {100 * self.share:g} %"

    def step(self, scene: Scene, past: Past, /) -> Step:
        """The rows of the next generation."""
        world = scene.world
        count = min(round(self.share * world.size), len(world.at_hand))
        order = past.rng.permutation(len(world.at_hand))[:count]
        made = write(scene, past, world.size - count)
        return Step(rows=(*(world.at_hand[at] for at in order), *made), real=count, written=len(made))


@dataclass(frozen=True, slots=True, kw_only=True)
class RealAlone:
    """No loop at all: the real rows at hand, and nothing that a model wrote. What management must beat to be worth its cost."""

    @property
    def name(self) -> str:
        """What tables call it."""
        return "real rows alone"

    def step(self, scene: Scene, past: Past, /) -> Step:
        """The rows of the next generation."""
        del past
        rows = scene.world.at_hand
        return Step(rows=rows, real=len(rows), written=0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Accumulate:
    """Nothing is thrown away: each model learns from the first real rows and all that was written since.

    Attributes:
        fixed: Whether each learns from as many rows as generation 0, drawn from all that there is.
    """

    fixed: bool = False

    @property
    def name(self) -> str:
        """What tables call it."""
        return "accumulate-subsample" if self.fixed else "accumulate"

    def step(self, scene: Scene, past: Past, /) -> Step:
        """The rows of the next generation."""
        made = write(scene, past, scene.world.size)
        pool = (*past.pool, *made)
        origin = {row.id for row in scene.world.origin}
        rows = pool
        if self.fixed:
            rows = tuple(
                pool[at] for at in sorted(past.rng.permutation(len(pool))[: scene.world.size].tolist())
            )
        real = sum(row.id in origin for row in rows)
        return Step(rows=rows, real=real, written=len(made), stored=tuple(made))


@dataclass(frozen=True, slots=True, kw_only=True)
class Filtered:
    """More rows are written than are needed, and `holdfast curate` drops those that no one should learn from; its guard keeps it from eating the tail.

    Attributes:
        more: Rows written, in rows needed.
    """

    more: float = 1.5

    @property
    def name(self) -> str:
        """What tables call it."""
        return "guarded filtering"

    def step(self, scene: Scene, past: Past, /) -> Step:
        """The rows of the next generation."""
        from holdfast.remedies.curate import curate

        size = scene.world.size
        made = write(scene, past, round(self.more * size))
        kept = set(
            curate(plain(made), real=plain(scene.world.at_hand), **_columns(scene), seed=scene.seed).kept
        )
        rows = [row for row in made if row.id in kept][:size]
        written = len(made)
        if len(rows) < size:  # more is written, and taken as it is: totals are equal
            extra = write(scene, past, size - len(rows), tag="b")
            rows, written = rows + extra, written + len(extra)
        return Step(rows=tuple(rows), real=0, written=written)


@dataclass(frozen=True, slots=True, kw_only=True)
class Quotas:
    """Each stratum is asked for as often as the real rows at hand have it: what a model says of its own accord counts no more."""

    @property
    def name(self) -> str:
        """What tables call it."""
        return "quota repair"

    def step(self, scene: Scene, past: Past, /) -> Step:
        """The rows of the next generation."""
        made = write(scene, past, scene.world.size, label_shares=shares_of(scene.world.at_hand))
        return Step(rows=tuple(made), real=0, written=len(made))


@dataclass(frozen=True, slots=True, kw_only=True)
class Steered:
    """Half is written freely; the other half is asked for where the first half lacks what the real rows at hand have."""

    @property
    def name(self) -> str:
        """What tables call it."""
        return "tail-steered generation"

    def step(self, scene: Scene, past: Past, /) -> Step:
        """The rows of the next generation."""
        size = scene.world.size
        free = write(scene, past, size // 2)
        have = Counter(row.stratum for row in free)
        wanted = shares_of(scene.world.at_hand)
        missing = {stratum: max(share * size - have[stratum], 0.0) for stratum, share in wanted.items()}
        total = sum(missing.values())
        steered = {stratum: lack / total for stratum, lack in missing.items()} if total else None
        asked = write(scene, past, size - len(free), label_shares=steered, tag="s")
        return Step(rows=(*free, *asked), real=0, written=size)


def plain(rows: Sequence[Row]) -> list[dict[str, Any]]:
    """Rows as the product reads them from memory."""
    return [
        {"id": row.id, "text": row.text} | ({} if row.label is None else {"label": row.label}) for row in rows
    ]


def _columns(scene: Scene) -> dict[str, Any]:
    return {"text": "text", "id": "id", "label": "label" if scene.world.labelled else None}
