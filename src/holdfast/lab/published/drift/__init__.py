"""Drift: what finite samples lose, though the generator is right."""

from __future__ import annotations

from typing import TYPE_CHECKING

from holdfast.lab.published.drift.forgetting import Forgetting
from holdfast.lab.published.drift.gaussian_accumulated import GaussianAccumulated
from holdfast.lab.published.drift.gaussian_replaced import GaussianReplaced
from holdfast.lab.published.drift.gaussian_subsampled import GaussianSubsampled
from holdfast.lab.published.drift.growing_samples import GrowingSamples
from holdfast.lab.published.drift.one_real_point import OneRealPoint
from holdfast.lab.published.drift.own_text import OwnText
from holdfast.lab.published.drift.real_weights import RealWeights
from holdfast.lab.published.drift.regression import Regression
from holdfast.lab.published.drift.replayed_anchor import ReplayedAnchor
from holdfast.lab.published.drift.unigrams import Unigrams

if TYPE_CHECKING:
    from holdfast.lab.published.experiment import Experiment

DRIFT: tuple[Experiment, ...] = (
    GaussianReplaced(),
    GaussianAccumulated(),
    GaussianSubsampled(),
    Regression(),
    Unigrams(),
    Forgetting(),
    RealWeights(),
    ReplayedAnchor(),
    GrowingSamples(),
    OneRealPoint(),
    OwnText(),
)
"""In the order of their numbers."""
