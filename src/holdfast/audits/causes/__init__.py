"""Causes: one file, one cause. A pattern of readings becomes causes with stated confidence."""

from holdfast.audits.causes.cause import Cause
from holdfast.audits.causes.diagnosis import SUSPECTS, diagnose

__all__ = ["SUSPECTS", "Cause", "diagnose"]
