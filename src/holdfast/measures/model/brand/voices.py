"""Voices: approved texts, outputs and references as tables of the same features."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from holdfast.measures.model.brand.features import Vocabulary, choose_words, read_rates
from holdfast.measures.model.brand.function_words import ENGLISH
from holdfast.measures.model.brand.subjects import Subjects, find_subjects

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from holdfast.measures.model.brand.documents import Documents

LEAST_APPROVED = 200
LEAST_OTHERS = 50
NAME = "outputs"


@dataclass(frozen=True, slots=True, kw_only=True)
class Voices:
    """All sides of a comparison.

    Attributes:
        approved: What people wrote and approved.
        outputs: What is examined.
        generic: What writes like nobody in particular, or None.
        before: Outputs of an earlier model, or None.
        vocabulary: The features; `outputs` and `before` had no say in them.
        rates: float64, each feature for each word, by side.
        tables: The same, standardised by the approved and the generic documents.
        subjects: What the approved documents are about.
    """

    approved: Documents
    outputs: Documents
    generic: Documents | None
    before: Documents | None
    vocabulary: Vocabulary
    rates: dict[str, NDArray[np.float64]]
    tables: dict[str, NDArray[np.float64]]
    subjects: Subjects

    @property
    def lacking(self) -> str | None:
        """What is missing before anything can be said, if anything is."""
        if self.approved.distinct < LEAST_APPROVED:
            return f"only {self.approved.distinct:,} different approved documents; {LEAST_APPROVED} are needed, 1,000 are better"
        if self.outputs.distinct < LEAST_OTHERS:
            return f"only {self.outputs.distinct:,} different outputs; {LEAST_OTHERS} are needed"
        return None

    @property
    def lacking_generic(self) -> str | None:
        """What is missing before a share of the way to generic text can be said."""
        if self.generic is None:
            return (
                "there are no generic texts to hold the distance against: give outputs of a model that was not tuned on your "
                "texts, best on the same prompts (--generic)"
            )
        if self.generic.distinct < LEAST_OTHERS:
            return f"only {self.generic.distinct:,} different generic texts; {LEAST_OTHERS} are needed"
        return None


def read_voices(
    approved: Documents,
    outputs: Documents,
    *,
    generic: Documents | None = None,
    before: Documents | None = None,
    rng: np.random.Generator,
) -> Voices:
    """Read every side with the same features.

    Args:
        approved: What people wrote and approved.
        outputs: What is examined.
        generic: Text of no particular voice.
        before: Outputs of an earlier model.
        rng: Draws where the search for subjects begins.
    """
    references = [approved] if generic is None or len(generic) == 0 else [approved, generic]
    vocabulary = choose_words(*(side.counted for side in references))
    sides = {"approved": approved, "outputs": outputs, "generic": generic, "before": before}
    rates = {
        name: read_rates(side.counted, vocabulary)
        for name, side in sides.items()
        if side is not None and len(side)
    }
    variance = np.mean([rates[name].var(axis=0) for name in ("approved", "generic") if name in rates], axis=0)
    # A feature that no reference has is kept: 50 documents that all use it are a change of voice. Its scale is that of a word
    # that stands once in a hundred thousand.
    scale = np.sqrt(
        np.maximum(variance, 1e-5 / max(float(approved.counted.length.mean()), 1.0) if len(approved) else 1.0)
    )
    small = ENGLISH if vocabulary.english else frozenset(vocabulary.words)
    return Voices(
        approved=approved,
        outputs=outputs,
        generic=generic,
        before=before,
        vocabulary=vocabulary,
        rates=rates,
        tables={name: table / scale for name, table in rates.items()},
        subjects=find_subjects(approved.counted, small, rng, approved.groups),
    )
