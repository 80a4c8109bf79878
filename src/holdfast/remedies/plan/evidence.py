"""What is known of the planner's assumption: loops of models that were really trained, beside what one round foretold of them.

The numbers are those of `benchmarks/results/trained_survival.jsonl` (`holdfast lab run L18`, several times); a test computes them anew.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from holdfast.measures.reading import percent

if TYPE_CHECKING:
    from collections.abc import Mapping

    from holdfast.remedies.plan.forecast import Protocol

ROUNDS = 6
"""After which retention was read."""
SEEDS = (1,)
"""Of the loops that the numbers are of; more may stand in the store."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """Small transformers under one protocol, at temperatures 1 and .8.

    Attributes:
        loops: How many loops were run.
        foretold: Retention of rare classes after the last round by F17 and F18, mean over loops and strata.
        measured: The same as it came out.
        furthest: Largest distance of the two after the last round.
        classes: Classes of all loops that the planner spoke of.
        inside: How many of them ended inside its 90 % interval.
    """

    loops: int
    foretold: float
    measured: float
    furthest: float
    classes: int
    inside: int


EVIDENCE: Mapping[Protocol, Evidence] = {
    "replace": Evidence(loops=2, foretold=0.076, measured=0.133, furthest=0.248, classes=32, inside=29),
    "mix": Evidence(loops=2, foretold=0.538, measured=0.488, furthest=0.121, classes=32, inside=28),
    "accumulate": Evidence(loops=2, foretold=0.525, measured=0.536, furthest=0.092, classes=32, inside=27),
}
"""Replay was not run."""


def assumption(protocol: Protocol) -> str:
    """What a plan takes for granted, and how that came out where it was tried."""
    found = EVIDENCE.get(protocol)
    if found is None:
        return "Assumed: the next model copies the mix it is trained on; what it adds of its own is not in these numbers."
    return (
        f"Assumed: the next model copies the mix it is trained on; what it adds of its own is not in these numbers. In {found.loops} loops "
        f"of small transformers (L18, protocol {protocol}) rare classes had {percent(found.measured)} of their share after {ROUNDS} rounds "
        f"where {percent(found.foretold)} was foretold, and {found.inside} of {found.classes} classes ended inside the 90 % interval."
    )
