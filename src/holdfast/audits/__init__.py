"""Audits: numbers become judgements."""

from holdfast.audits.audit import audit
from holdfast.audits.result import Audit, Finding, Outcome, Settings

__all__ = ["Audit", "Finding", "Outcome", "Settings", "audit"]
