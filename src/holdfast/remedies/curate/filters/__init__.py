"""Filters; one idea each. Every one is measured on reality before it acts."""

from __future__ import annotations

from typing import TYPE_CHECKING

from holdfast.remedies.curate.filters.copies import AnchorCopies
from holdfast.remedies.curate.filters.damage import Damage, Refusals
from holdfast.remedies.curate.filters.duplicates import ExactDuplicates, NearDuplicates, Paraphrases
from holdfast.remedies.curate.filters.language import OtherLanguage
from holdfast.remedies.curate.filters.marks import Filter, Marks
from holdfast.remedies.curate.filters.scored import (
    Confidence,
    LabelNoise,
    OffTopic,
    Outliers,
    Score,
    Strange,
    Typicality,
)
from holdfast.remedies.curate.filters.unlike import Unlike

if TYPE_CHECKING:
    from collections.abc import Sequence

DEFAULTS: Sequence[Filter] = (
    ExactDuplicates(),
    NearDuplicates(),
    AnchorCopies(),
    Damage(),
    Refusals(),
    OtherLanguage(),
    OffTopic(),
    LabelNoise(),
    Strange(),
)
"""What is filtered where nothing else is asked, in this order: a row is dropped by the first that takes it."""
ON_REQUEST: Sequence[Filter] = (Paraphrases(), Unlike(), Typicality(), Confidence(), Outliers())
"""What people do as well; the last three are how tails are lost, and are rarely let through by the guard."""

__all__ = ["DEFAULTS", "ON_REQUEST", "Filter", "Marks", "Score"]
