"""Preference data: pairs of responses, and who preferred which."""

from holdfast.data.preferences.preferences import KINDS, Preferences

__all__ = ["KINDS", "Preferences"]
