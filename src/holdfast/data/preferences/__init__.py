"""Preference data: pairs of responses, and who preferred which."""

from holdfast.data.preferences.join import Shared, joined
from holdfast.data.preferences.preferences import KINDS, Preferences
from holdfast.data.preferences.read import find_preferences, read_preferences

__all__ = ["KINDS", "Preferences", "Shared", "find_preferences", "joined", "read_preferences"]
