"""Drift: how far outputs have moved towards a voice, and whether towards it rather than towards others like it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from holdfast.measures.model.voice.moves import Moves

FLOOR = 0.10
"""A tenth of the way to the teacher (benchmarks/voice)."""
LEAST_ALIGNMENT = 0.7
"""The cosine below which a movement is a movement to somewhere else (benchmarks/voice)."""
_ALARM, _SHOWN, _AHEAD = 0.01, 0.05, 0.10
_DEVIATES = 2.5758 + 0.8416
"""A normal effect of so many standard errors has a 99 % interval above 0 in 80 % of draws."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Pull:
    """How far outputs moved towards one voice.

    Attributes:
        name: The voice.
        pull: 0: not at all, 1: all the way; the share of outputs that, replaced by that voice's own, would move them as far. None where the
            voice cannot be told from the start.
        interval: 95 % interval, over prompts.
        surely: Lower end of the 99 % interval.
        alignment: Cosine of the movement and the way to the voice; None where nothing moved.
        halves: 99th percentile of the absolute pull between random halves of the start's own outputs: where nothing moved.
        smallest_detectable: Smallest pull whose 99 % interval would exclude 0 in 80 % of draws.
        apart: How far the voice stands from the start, in standard deviations of an output along the best direction.
        p_value: Two-sided, of no pull.
    """

    name: str
    pull: float | None
    interval: tuple[float, float] | None
    surely: float | None
    alignment: float | None
    halves: float | None
    smallest_detectable: float | None
    apart: float | None
    p_value: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Drift:
    """A movement, held against the way to a named voice and to placebos.

    Attributes:
        prompts: Prompts it rests on.
        size: How far outputs moved, in standard deviations of an output along the best direction; 0 where less than chance.
        moved: Whether they moved beyond chance (99 %).
        teacher: The pull to the named voice.
        placebos: The pulls to the others.
        rival: The placebo with the largest pull for its distance; None without one.
        specific: Pull to the named voice beyond that of the rival, each for its distance, in pulls of the named voice.
        specific_interval: 95 % interval: the lowest ends over all placebos.
        specific_surely: Lower end of the 90 % interval: one-sided, at 5 %; what guards against wrong names is the alignment
            (benchmarks/voice).
        twin: The placebo nearest to the named voice, seen from the start.
        twin_likeness: Cosine of the ways to both: how well the movement would be aligned with the named voice had the twin been the
            teacher.
    """

    prompts: int
    size: float
    moved: bool
    teacher: Pull
    placebos: tuple[Pull, ...]
    rival: str | None
    specific: float | None
    specific_interval: tuple[float, float] | None
    specific_surely: float | None
    twin: str | None
    twin_likeness: float | None

    @property
    def needed_alignment(self) -> float:
        """What the alignment has to reach: nearer to that of the named voice itself (1) than to that of its twin."""
        likeness = self.twin_likeness if self.twin_likeness is not None else 0.0
        return max(LEAST_ALIGNMENT, (1.0 + likeness) / 2.0)

    @property
    def floor(self) -> float:
        """Smallest pull that counts: a tenth, or what halves of the start's own outputs reach."""
        return max(FLOOR, self.teacher.halves or 0.0)

    @property
    def share_of_way(self) -> float | None:
        """How far outputs moved in any direction, in distances to the named voice."""
        return None if not self.teacher.apart else self.size / self.teacher.apart

    @property
    def pulled(self) -> bool:
        """Whether outputs surely moved towards the named voice, and by more than the floor."""
        return is_pulled(self.teacher, self.floor)

    @property
    def aimed(self) -> bool:
        """Whether the movement goes to the named voice rather than to any placebo or to somewhere else."""
        surely, alignment = self.specific_surely, self.teacher.alignment
        return (
            self.pulled
            and surely is not None
            and surely > 0
            and alignment is not None
            and alignment >= self.needed_alignment
        )


def is_pulled(pull: Pull, floor: float) -> bool:
    """Whether outputs surely moved towards a voice, and by more than a floor."""
    return pull.pull is not None and pull.surely is not None and pull.surely > 0 and pull.pull >= floor


def read_drift(moves: Moves, names: Sequence[str], rng: np.random.Generator, *, draws: int = 999) -> Drift:
    """Read a drift.

    Args:
        moves: Of the outputs after, of the named voice, and of placebos, in this order.
        names: Of the named voice and the placebos.
        rng: Draws resamples of the prompts.
        draws: How many.

    >>> from holdfast.measures.model.voice.moves import read_moves
    >>> rng = np.random.default_rng(0)
    >>> places = np.vstack([np.zeros((2, 4)), 2 * np.eye(4)])
    >>> sets = (rng.normal(size=(6, 600, 4)) + places[:, None]).astype(np.float32)
    >>> sets[0] = np.where(np.arange(600)[:, None] % 5 < 2, sets[2], sets[0])
    >>> moves = read_moves(sets, 1, sets[[0, 2, 3, 4, 5]] - sets[1], rng)
    >>> drift = read_drift(moves, ["t", "p", "q", "r"], rng)
    >>> drift.aimed, round(drift.teacher.pull, 1)
    (True, 0.4)
    """
    prompts = moves.told.shape[2]
    counts = rng.multinomial(prompts, np.full(prompts, 1 / prompts), draws) / prompts
    seen, drawn = moves.products, moves.drawn(counts)
    known = [
        bool(np.quantile(drawn[:, at, at], _ALARM / 2) > 0 and seen[at, at] > 0) for at in range(len(seen))
    ]
    # A movement is at least as large as what it goes towards any voice: its own square is the noisiest of all products.
    least = max((seen[0, at] ** 2 / seen[at, at] for at in range(1, len(seen)) if known[at]), default=0.0)
    size = float(np.sqrt(max(seen[0, 0], least)))
    pulls = [
        _pull(moves, seen, drawn, at, names[at - 1], size) if known[at] else _unread(names[at - 1])
        for at in range(1, len(seen))
    ]
    moved = known[0] or any(
        one.interval is not None and _excludes_none(drawn, at) for at, one in enumerate(pulls, 1)
    )
    if not moved:
        size, pulls = 0.0, [replace(one, alignment=None) for one in pulls]
    placebos = [at for at in range(2, len(seen)) if known[at]]
    rival = twin = None
    specific = specific_interval = surely = likeness = None
    if known[1] and placebos:
        away = np.sqrt(np.diagonal(drawn, axis1=1, axis2=2)[:, 1:].clip(1e-12))
        toward = drawn[:, 0, 1:] / away
        here = seen[0, 1:] / np.sqrt(np.diag(seen)[1:].clip(1e-12))
        others = [at - 1 for at in placebos]
        first = max(others, key=lambda at: here[at])
        # Ahead of all is ahead of each: the least sure one decides, and nothing is to be paid for their number (Berger 1982).
        beyond = (toward[:, :1] - toward[:, others]) / away[:, :1]
        specific = float((here[0] - here[first]) / np.sqrt(seen[1, 1]))
        low, high = np.quantile(beyond, [_SHOWN / 2, 1 - _SHOWN / 2], axis=0).min(axis=1)
        specific_interval = float(low), float(high)
        surely = float(np.quantile(beyond, _AHEAD / 2, axis=0).min())
        likenesses = {at: float(seen[1, at] / np.sqrt(seen[1, 1] * seen[at, at])) for at in placebos}
        nearest = max(likenesses, key=lambda at: likenesses[at])
        rival, twin, likeness = names[first], names[nearest - 1], min(likenesses[nearest], 1.0)
    return Drift(
        prompts=prompts,
        size=size,
        moved=moved,
        teacher=pulls[0],
        placebos=tuple(pulls[1:]),
        rival=rival,
        specific=specific,
        specific_interval=specific_interval,
        specific_surely=surely,
        twin=twin,
        twin_likeness=likeness,
    )


def _pull(
    moves: Moves,
    seen: NDArray[np.float64],
    drawn: NDArray[np.float64],
    at: int,
    name: str,
    size: float,
) -> Pull:
    from scipy.special import ndtr

    apart = float(np.sqrt(seen[at, at]))
    pull = float(seen[0, at] / seen[at, at])
    resampled = drawn[:, 0, at] / drawn[:, at, at].clip(1e-12)
    error = float(resampled.std(ddof=1))
    return Pull(
        name=name,
        pull=pull,
        interval=_ends(resampled, _SHOWN),
        surely=_ends(resampled, _ALARM)[0],
        # Noise of a small movement's size can carry the quotient beyond 1.
        alignment=float(np.clip(seen[0, at] / (size * apart), -1, 1)) if size > 0 else None,
        halves=float(np.quantile(np.abs(moves.halves[:, at]), 0.99) / seen[at, at]),
        smallest_detectable=_DEVIATES * error,
        apart=apart,
        p_value=float(2 * ndtr(-abs(pull) / error)) if error > 0 else 1.0,
    )


def _unread(name: str) -> Pull:
    return Pull(
        name=name,
        pull=None,
        interval=None,
        surely=None,
        alignment=None,
        halves=None,
        smallest_detectable=None,
        apart=None,
        p_value=None,
    )


def _excludes_none(drawn: NDArray[np.float64], at: int) -> bool:
    low, high = _ends(drawn[:, 0, at], _ALARM)
    return low > 0 or high < 0


def _ends(values: NDArray[np.float64], outside: float) -> tuple[float, float]:
    low, high = np.quantile(values, [outside / 2, 1 - outside / 2])
    return float(low), float(high)
