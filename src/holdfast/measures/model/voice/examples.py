"""Speakers who answer the same prompts in voices of their own: worlds of known truth for examples and tests."""

from __future__ import annotations

import numpy as np

_SMALL = (
    *(
        "the",
        "a",
        "of",
        "to",
        "and",
        "in",
        "that",
        "is",
        "for",
        "it",
        "as",
        "with",
        "on",
        "be",
        "by",
        "this",
        "are",
        "or",
    ),
    *(
        "from",
        "at",
        "which",
        "but",
        "not",
        "have",
        "an",
        "they",
        "you",
        "we",
        "can",
        "will",
        "would",
        "there",
        "so",
        "if",
    ),
)
_LARGE = tuple(
    f"{first}{last}" for first in "bdfgklmnprst" for last in ("alo", "emin", "irus", "oted", "ula", "yrin")
)
_STRENGTH = 0.6
_ABOUT = 5


def answer(
    speaker: int, prompts: int, rng: np.random.Generator, *, words: int = 40, strength: float = _STRENGTH
) -> list[str]:
    """Answers to the same prompts: half small words at a rate that is the speaker's own, half words of the prompt's subject.

    Args:
        speaker: Whose voice; equal numbers speak alike.
        prompts: How many prompts; the first ones are the same whatever the number.
        rng: What is said this time.
        words: In an answer, give or take a fourth.
        strength: How far voices differ; 0 makes all alike.
    """
    lean = np.random.default_rng([7, speaker]).normal(size=len(_SMALL))
    chance = np.exp(strength * lean) / np.arange(3, 3 + len(_SMALL))
    chance /= chance.sum()
    made = []
    for prompt in range(prompts):
        about = np.random.default_rng([8, prompt]).choice(len(_LARGE), _ABOUT, replace=False)
        count = int(words * rng.uniform(0.75, 1.25)) // 2
        small = rng.choice(len(_SMALL), count, p=chance)
        large = about[rng.integers(0, _ABOUT, count)]
        said = " ".join(f"{_SMALL[one]} {_LARGE[two]}" for one, two in zip(small, large, strict=True))
        made.append(f"{said.capitalize()}.")
    return made


def rows(answers: list[str]) -> list[dict[str, str]]:
    """Answers as rows with their prompts."""
    return [{"prompt": f"prompt {at}", "completion": text} for at, text in enumerate(answers)]


def mixed(first: list[str], second: list[str], share: float, rng: np.random.Generator) -> list[str]:
    """The first's answers, a share of them replaced by the second's."""
    return [two if rng.random() < share else one for one, two in zip(first, second, strict=True)]
