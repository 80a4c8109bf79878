"""Rules: a text as another person would have typed it."""

from __future__ import annotations

from holdfast.remedies.generate.methods.rules.habits import learn_weights
from holdfast.remedies.generate.methods.rules.operation import Operation
from holdfast.remedies.generate.methods.rules.operations import OPERATIONS
from holdfast.remedies.generate.methods.rules.rule_based import WEIGHTS, RuleBased

__all__ = ["OPERATIONS", "WEIGHTS", "Operation", "RuleBased", "learn_weights"]
