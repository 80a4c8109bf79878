"""Curate labels: what judges add to people's taste is dropped or weighed, measured on people's own labels before it is."""

from __future__ import annotations

from holdfast.remedies.curate.preferences.contract import (
    LabelToll,
    PreferenceCuration,
    PreferenceStep,
    Weighed,
)
from holdfast.remedies.curate.preferences.curation import FILTERS, USUAL, curate_preferences
from holdfast.remedies.curate.preferences.folder import explain_label, is_label_folder
from holdfast.remedies.curate.preferences.marks import PreferenceFilter, PreferenceMarks

__all__ = [
    "FILTERS",
    "USUAL",
    "LabelToll",
    "PreferenceCuration",
    "PreferenceFilter",
    "PreferenceMarks",
    "PreferenceStep",
    "Weighed",
    "curate_preferences",
    "explain_label",
    "is_label_folder",
]
