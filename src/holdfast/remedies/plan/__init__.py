"""Plan: how much real data a loop needs, and of which strata."""

from __future__ import annotations

from holdfast.remedies.plan.contract import Moved, Noise, Pick, Plan, Range, StratumPlan, Trial
from holdfast.remedies.plan.empirical import pick_blend
from holdfast.remedies.plan.forecast import Loop, forecast
from holdfast.remedies.plan.planning import plan
from holdfast.remedies.plan.ratio import plan_ratio
from holdfast.remedies.plan.survival import Counts

__all__ = [
    "Counts",
    "Loop",
    "Moved",
    "Noise",
    "Pick",
    "Plan",
    "Range",
    "StratumPlan",
    "Trial",
    "forecast",
    "pick_blend",
    "plan",
    "plan_ratio",
]
