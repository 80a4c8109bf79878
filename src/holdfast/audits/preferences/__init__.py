"""A preference audit: labels held against what people said of the same pairs."""

from holdfast.audits.preferences.audit import audit_preferences
from holdfast.audits.preferences.result import PreferenceAudit

__all__ = ["PreferenceAudit", "audit_preferences"]
