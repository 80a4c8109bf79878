"""Examples: two voices that write about the same things, for doctests and tests."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from holdfast.measures.model.brand.documents import read_documents
from holdfast.measures.model.brand.function_words import ENGLISH
from holdfast.measures.model.brand.voices import read_voices

if TYPE_CHECKING:
    from holdfast.measures.model.brand.voices import Voices

_SMALL = tuple(word for word in sorted(ENGLISH) if len(word) == 4)
_BRAND = np.linspace(2.0, 0.5, len(_SMALL))
_GENERIC = _BRAND[::-1]
SUBJECTS = (
    tuple(f"garden{chr(97 + i)}" for i in range(24)),
    tuple(f"harbour{chr(97 + i)}" for i in range(24)),
)


def write(
    rng: np.random.Generator,
    documents: int,
    *,
    share: float = 0.0,
    words: int = 60,
    subject: int = 0,
    marks: float = 0.0,
) -> list[str]:
    """Documents of half small words and half words of a subject.

    Args:
        rng: Source of randomness.
        documents: How many.
        share: Of the way from the brand's voice to the generic one.
        words: In a document.
        subject: Which of `SUBJECTS` they are about.
        marks: Exclamation marks for each word.
    """
    chance = (1.0 - share) * _BRAND / _BRAND.sum() + share * _GENERIC / _GENERIC.sum()
    about = SUBJECTS[subject]
    made = []
    for _ in range(documents):
        small = [_SMALL[i] for i in rng.choice(len(_SMALL), words // 2, p=chance)]
        large = [about[i] for i in rng.integers(0, len(about), words // 2)]
        shouted = ["!" if turn < marks else "" for turn in rng.random(words // 2)]
        stops = ["." if place % 4 == 3 else "" for place in range(words // 2)]
        parts = zip(small, large, shouted, stops, strict=True)
        made.append(" ".join(f"{one} {two}{mark}{stop}" for one, two, mark, stop in parts))
    return made


def plain_voices(*, share: float, documents: int = 300, seed: int = 0) -> Voices:
    """Outputs that went a known share of the way to the generic voice."""
    rng = np.random.default_rng(seed)
    approved, generic, outputs = (
        read_documents(write(rng, documents, share=one), rng) for one in (0.0, 1.0, share)
    )
    return read_voices(approved, outputs, generic=generic, rng=rng)
