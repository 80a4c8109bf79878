"""Blindness: what an audit of somebody's own rows would not see, found out by planting it."""

from holdfast.lab.blindness.selftest import Selftest, prepare, selftest

__all__ = ["Selftest", "prepare", "selftest"]
