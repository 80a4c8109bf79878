"""Bias: what a generator, a filter or a judge that prefers the typical loses."""

from __future__ import annotations

from typing import TYPE_CHECKING

from holdfast.lab.published.bias.cut_tail import CutTail
from holdfast.lab.published.bias.displacement import Displacement
from holdfast.lab.published.bias.feedback import Feedback
from holdfast.lab.published.bias.self_consuming import SelfConsuming
from holdfast.lab.published.bias.tail_survival import TailSurvival
from holdfast.lab.published.bias.trained_survival import TrainedSurvival
from holdfast.lab.published.bias.verifier import Verifier

if TYPE_CHECKING:
    from holdfast.lab.published.experiment import Experiment

BIAS: tuple[Experiment, ...] = (
    TailSurvival(),
    CutTail(),
    Displacement(),
    Verifier(),
    SelfConsuming(),
    Feedback(),
    TrainedSurvival(),
)
"""In the order of their numbers."""
