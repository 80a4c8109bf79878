"""What a protocol sees, and what it answers with: the rows that the next model learns from."""

from __future__ import annotations

import typing
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    import numpy as np

    from holdfast.lab.bench.corpus import Row
    from holdfast.lab.collapse.world import World
    from holdfast.lab.learners.learner import Decoding, Learner, Trained


@dataclass(frozen=True, slots=True, kw_only=True)
class Scene:
    """What stays the same over the generations of a run.

    Attributes:
        world: The real rows. A protocol reads its `at_hand`, and no other part but `origin` where it keeps everything.
        learner: Who learns.
        decoding: How models write.
        seed: Of the run.
        folder: Where a protocol may keep what it needs.
        progress: Called with a word about what is done next.
    """

    world: World
    learner: Learner
    decoding: Decoding
    seed: int
    folder: Path
    progress: Callable[[str], None] = lambda _: None


@dataclass(frozen=True, slots=True, kw_only=True)
class Past:
    """What has happened.

    Attributes:
        generation: The number of the generation that is asked for, from 1.
        rows: What the last model learnt from.
        pool: Everything that any model learnt from or that was stored, each row once.
        model: The last model.
        rng: The only source of chance.
    """

    generation: int
    rows: tuple[Row, ...]
    pool: tuple[Row, ...]
    model: Trained
    rng: np.random.Generator


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """What the next model learns from.

    Attributes:
        rows: Its rows.
        real: How many of them are real.
        written: How many rows models wrote for it, those that were not taken included.
        stored: Rows that were written and not taken, where a protocol keeps everything: later generations may draw them.
        halted: Why the loop went no further, where a gate stopped it: then these are the rows that still count.
        gates: What each gate said, by name, where there are gates.
    """

    rows: tuple[Row, ...]
    real: int
    written: int
    stored: tuple[Row, ...] = ()
    halted: str | None = None
    gates: tuple[tuple[str, str], ...] = ()


class Protocol(typing.Protocol):
    """What is done with what models write; a frozen dataclass whose fields are its settings."""

    @property
    def name(self) -> str:
        """What tables call it, its settings included."""
        ...

    def step(self, scene: Scene, past: Past, /) -> Step:
        """The rows of the next generation."""
        ...
