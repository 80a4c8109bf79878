"""Preference data: pairs of responses, and who preferred which."""

from holdfast.data.preferences.preferences import KINDS, Preferences
from holdfast.data.preferences.read import find_preferences, read_preferences

__all__ = ["KINDS", "Preferences", "find_preferences", "read_preferences"]
