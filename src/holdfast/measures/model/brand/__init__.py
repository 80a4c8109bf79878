"""Brand: whether outputs still sound like the texts that people wrote and approved."""

from holdfast.measures.model.brand.documents import Documents, read_documents
from holdfast.measures.model.brand.habits import Habits
from holdfast.measures.model.brand.retention import BrandRetention
from holdfast.measures.model.brand.shifts import Shift, read_shifts
from holdfast.measures.model.brand.since import RetentionSince
from holdfast.measures.model.brand.told_apart import ToldApart
from holdfast.measures.model.brand.voices import Voices, read_voices

__all__ = [
    "BrandRetention",
    "Documents",
    "Habits",
    "RetentionSince",
    "Shift",
    "ToldApart",
    "Voices",
    "read_documents",
    "read_shifts",
    "read_voices",
]
