"""Scenarios: what can be planted in a candidate, one dataclass for each kind (science.md 8.2).

D9 needs a transformer and D14 preferences; both are made elsewhere. A scenario stands in the tuple below or is handed
to the runner.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from holdfast.lab.bench.scenarios.controls import (
    DeclaredMix,
    Deduplicated,
    FreshReal,
    Longer,
    MoreDiverse,
    NewTopic,
)
from holdfast.lab.bench.scenarios.copies import Repeating
from holdfast.lab.bench.scenarios.elsewhere import Elsewhere
from holdfast.lab.bench.scenarios.filters import Filtering
from holdfast.lab.bench.scenarios.labels import LabelNoise, LabelSkew
from holdfast.lab.bench.scenarios.mixtures import Mixture
from holdfast.lab.bench.scenarios.models import Accumulation, Decoded, Recursion
from holdfast.lab.bench.scenarios.shares import ModeDropping, RareThinning, Sharpening
from holdfast.lab.bench.scenarios.wording import Homogenising, Template

if TYPE_CHECKING:
    from holdfast.lab.bench.instance import Scenario

__all__ = [
    "SCENARIOS",
    "Accumulation",
    "DeclaredMix",
    "Decoded",
    "Deduplicated",
    "Elsewhere",
    "Filtering",
    "FreshReal",
    "Homogenising",
    "LabelNoise",
    "LabelSkew",
    "Longer",
    "Mixture",
    "ModeDropping",
    "MoreDiverse",
    "NewTopic",
    "RareThinning",
    "Recursion",
    "Repeating",
    "Sharpening",
    "Template",
]

SCENARIOS: tuple[Scenario, ...] = (
    Sharpening(),
    Decoded(),
    Decoded(by="top_p"),
    ModeDropping(),
    ModeDropping(order="random"),
    ModeDropping(order="adjacent"),
    RareThinning(),
    Template(),
    Template(form="suffix"),
    Template(form="list"),
    Homogenising(),
    Repeating(),
    Repeating(near=True),
    Recursion(),
    Mixture(),
    Mixture(of=Decoded()),
    Mixture(of=Recursion()),
    Filtering(),
    Filtering(by="likelihood"),
    Filtering(by="confidence"),
    Filtering(by="length"),
    Filtering(by="judge"),
    LabelSkew(),
    LabelNoise(),
    Accumulation(),
    Accumulation(by="top_p", dial=0.9),
    Elsewhere(),
    FreshReal(),
    DeclaredMix(),
    Longer(),
    NewTopic(),
    Deduplicated(),
    MoreDiverse(),
)
