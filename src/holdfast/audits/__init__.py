"""Audits: numbers become judgements."""

from holdfast.audits.audit import audit
from holdfast.audits.findings import Finding
from holdfast.audits.judge import Outcome
from holdfast.audits.result import Audit, Settings

__all__ = ["Audit", "Finding", "Outcome", "Settings", "audit"]
