"""Truth: the three numbers known of every instance (science.md 8.3).

Retention by stratum, exactly, from what was planted; the number of fresh real rows with the same coverage; and the harm
to a model that learns from the set. None of them is read by a measure that is on trial.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from holdfast.lab.bench.yardsticks.coverage import EffectiveRows, Ground, survey
from holdfast.lab.bench.yardsticks.exam import Exam, Harm, compare, set_exam

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from holdfast.lab.bench.instance import Instance
    from holdfast.lab.bench.pools import Pools


@dataclass(frozen=True, slots=True, kw_only=True)
class Truth:
    """What is true of an instance.

    Attributes:
        retention: Expected share of each stratum over its real share; None where there are no strata.
        coverage: Real rows with the same coverage.
        harm: What a learner loses.
    """

    retention: dict[str, float] | None
    coverage: EffectiveRows
    harm: Harm


@dataclass(frozen=True, slots=True, kw_only=True)
class Yardstick:
    """What truths in one world are measured with: made once, used for every instance of it.

    Attributes:
        known: Strata of the anchor; only these are asked for.
        ground: Unseen reality, surveyed.
        exam: The exam.
        base: float64 [SITTINGS, 2], what learners of the untouched source score in it.
    """

    known: frozenset[str]
    ground: Ground
    exam: Exam
    base: NDArray[np.float64]

    @classmethod
    def make(cls, pools: Pools, known: frozenset[str] | None = None, *, seed: int = 0) -> Yardstick:
        """Survey a world and let learners of real rows sit its exam.

        Args:
            pools: The world.
            known: Strata that count; all where not given.
            seed: Orders the real rows of the coverage curve.
        """
        known = frozenset(pools.strata) if known is None else known
        exam = set_exam(pools, known)
        return cls(
            known=known,
            ground=survey(pools, known, np.random.default_rng([seed, len(known)])),
            exam=exam,
            base=exam.sit([row for row in pools.source if row.stratum in known]),
        )

    def fits(self, pools: Pools, instance: Instance) -> bool:
        """Whether the instance's anchor knows the strata this one asks for."""
        return self.known == known_strata(pools, instance)

    def read(self, instance: Instance) -> Truth:
        """The truth of an instance."""
        return Truth(
            retention=None if instance.retention is None else dict(instance.retention),
            coverage=self.ground.read(instance.candidate),
            harm=compare(self.exam, self.base, self.exam.sit(instance.candidate)),
        )


def known_strata(pools: Pools, instance: Instance) -> frozenset[str]:
    """The strata of reality as the instance has it: all, but for those that a scenario made new."""
    return frozenset(pools.strata if instance.retention is None else instance.retention)


def read_truth(pools: Pools, instance: Instance, yardstick: Yardstick | None = None) -> Truth:
    """The truth of an instance.

    Args:
        pools: The world it was planted in.
        instance: What was planted.
        yardstick: That of the world, where it was made before.
    """
    if yardstick is None or not yardstick.fits(pools, instance):
        yardstick = Yardstick.make(pools, known_strata(pools, instance))
    return yardstick.read(instance)
