"""Rewards: what a model gave to both responses of a pair, step by step of its training."""

from holdfast.data.rewards.log import RewardLog
from holdfast.data.rewards.read import read_rewards

__all__ = ["RewardLog", "read_rewards"]
