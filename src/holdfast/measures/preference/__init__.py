"""Measures of preferences: one file, one measure. Each holds a judge against people who saw the same pairs."""

from holdfast.measures.preference.reading import PreferenceReading

__all__ = ["PreferenceReading"]
