"""Measures of preferences: one file, one measure. Each holds a judge against people who saw the same pairs.

A measure is registered by standing in the tuple below; the protocol is the gatekeeper.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, Protocol

from holdfast.measures.preference.agreement import Agreement
from holdfast.measures.preference.author import AuthorPreference
from holdfast.measures.preference.human_agreement import HumanAgreement
from holdfast.measures.preference.label_voice import LabelVoice
from holdfast.measures.preference.leakage import Leakage
from holdfast.measures.preference.ledger import Ledger
from holdfast.measures.preference.position import Position
from holdfast.measures.preference.reading import PreferenceReading
from holdfast.measures.preference.style import Layout, Length

if TYPE_CHECKING:
    from collections.abc import Sequence

    from holdfast.measures.reading import Calibration
    from holdfast.views.ratings import Rater, Ratings

__all__ = [
    "PREFERENCE_MEASURES",
    "Agreement",
    "AuthorPreference",
    "HumanAgreement",
    "LabelVoice",
    "Layout",
    "Leakage",
    "Ledger",
    "Length",
    "Position",
    "PreferenceMeasure",
    "PreferenceReading",
]


class PreferenceMeasure(Protocol):
    """What every measure of preferences is.

    Attributes:
        name: The word for it in flags, columns and reports.
        title: The same for a reader.
        version: Raised whenever old readings stop being comparable.
        unit: Completes "0.12 ...".
    """

    name: ClassVar[str]
    title: ClassVar[str]
    version: ClassVar[int]
    unit: ClassVar[str]

    def __call__(
        self, ratings: Ratings, judges: Sequence[Rater], null: Calibration
    ) -> tuple[PreferenceReading, ...]:
        """Read every judge."""
        ...


PREFERENCE_MEASURES: tuple[PreferenceMeasure, ...] = (
    Ledger(),
    HumanAgreement(),
    Agreement(),
    Position(),
    Length(),
    Layout(),
    LabelVoice(),
    AuthorPreference(),
    Leakage(),
)
