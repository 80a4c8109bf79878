"""Rewards: what a model in training gives to pairs that people judged."""

from holdfast.measures.model.reward.accuracy import ChosenLogp, RewardAccuracy
from holdfast.measures.model.reward.errors import SharedErrors
from holdfast.measures.model.reward.gap import RewardFall, RewardGap
from holdfast.measures.model.reward.optimisation import TurningPoint
from holdfast.measures.model.reward.run import Run, line_up
from holdfast.measures.model.reward.slopes import RewardLength, RewardTeacher

__all__ = [
    "ChosenLogp",
    "RewardAccuracy",
    "RewardFall",
    "RewardGap",
    "RewardLength",
    "RewardTeacher",
    "Run",
    "SharedErrors",
    "TurningPoint",
    "line_up",
]
