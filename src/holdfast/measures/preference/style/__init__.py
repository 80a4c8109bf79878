"""Style in verdicts: length, and layout and manner, of a judge against a second person."""

from holdfast.measures.preference.style.layout import Layout
from holdfast.measures.preference.style.length import Length

__all__ = ["Layout", "Length"]
