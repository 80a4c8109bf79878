"""Rewards of a model in training, held against people."""

from holdfast.audits.reward.auditing import audit_rewards
from holdfast.audits.reward.result import RewardAudit

__all__ = ["RewardAudit", "audit_rewards"]
