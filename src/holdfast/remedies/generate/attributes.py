"""Attributes: who writes, in which situation, in which style, at what length. Each prompt draws one value of each.

A recipe puts its own values in the place of these, attribute by attribute; an empty list leaves one out. The length is no list: unless
a recipe has one, it is that of a real row which is drawn for it, so that lengths come out as various as in reality.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from holdfast.remedies.generate.seeds import draw_seeds, of_stratum
from holdfast.views.tokens import MAXIMUM_CHARACTERS

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import numpy as np

    from holdfast.remedies.generate.contract import Material, Wish

ATTRIBUTES: Mapping[str, tuple[str, ...]] = {
    "persona": (
        "a student",
        "a teenager",
        "a parent of small children",
        "an office worker",
        "somebody who works nights",
        "a nurse",
        "a driver",
        "a farmer",
        "somebody who runs a small shop",
        "an engineer",
        "a retired teacher",
        "somebody who travels a lot",
        "somebody new to the country",
        "somebody who writes in a second language",
        "somebody who seldom uses a computer",
        "an expert in the matter",
    ),
    "situation": (
        "it is the first time",
        "it went wrong before",
        "it is urgent",
        "there is no hurry",
        "on the way, on a phone",
        "for somebody else",
        "after a long wait",
        "just to be sure",
        "two things are compared",
        "a detail is unusual",
    ),
    "register": (
        "plain",
        "polite and formal",
        "casual",
        "short and blunt",
        "chatty",
        "careful, with details",
        "as one speaks",
        "typed in a hurry, in small letters",
        "annoyed",
        "friendly",
    ),
}
"""Own values: of people and days anywhere, since nothing is known of the rows."""
LENGTH = "length"
NAMES = (*ATTRIBUTES, LENGTH)


def draw_attributes(
    wanted: Sequence[str], wish: Wish, material: Material, rng: np.random.Generator
) -> dict[str, str]:
    """One value of each attribute.

    Args:
        wanted: Names of attributes; one without values is left out.
        wish: What is asked for.
        material: Has the recipe's values, and the real rows whose lengths are drawn.
        rng: Of this row.
    """
    found = {}
    for name in wanted:
        if name == LENGTH and LENGTH not in material.attributes:
            value = _length(wish, material, rng)
        else:
            values = material.attributes.get(name, ATTRIBUTES.get(name, ()))
            value = values[int(rng.integers(len(values)))] if values else ""
        if value.strip():
            found[name] = " ".join(value.split())
    return found


def length_in_words(text: str) -> str:
    """How long a text is, in words, as roughly as a writer can follow.

    >>> length_in_words("where is my card"), length_in_words("word " * 37)
    ('about 4 words', 'about 35 words')
    """
    count = len(text.split())
    # What is written without spaces between words is counted in characters.
    unit, count = ("characters", len(text)) if len(text) > 20 * count else ("words", count)
    step = next(
        step
        for bound, step in ((10, 1), (50, 5), (200, 25), (1_000, 100), (float("inf"), 500))
        if count <= bound
    )
    return f"about {max(step, round(count / step) * step)} {unit}" if count > 1 else "one word"


def _length(wish: Wish, material: Material, rng: np.random.Generator) -> str:
    for groups in (of_stratum(material.seeds, wish), list(material.seeds.values())):
        found = draw_seeds(groups, 1, rng, longest=MAXIMUM_CHARACTERS)
        if found:
            return length_in_words(found[0].text)
    return ""
