"""Facts: what every prompt may say, whatever its method."""

from __future__ import annotations

from typing import TYPE_CHECKING

from holdfast.remedies.generate.attributes import NAMES, draw_attributes
from holdfast.remedies.generate.templates import quoted

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import numpy as np

    from holdfast.remedies.generate.contract import Material, Seed, Wish

COMMON = ("subject", "stratum", "shunned", "others", *NAMES)
"""Names that have a value in every prompt; empty where nothing is known."""
LONGEST = 4_000
"""Characters of the longest row that is shown: five such are some 5,000 tokens, which most servers take."""
_SHUNNED = 5  # a longer list of what not to say is rather said
_STRATUM = 400  # characters of a stratum's description


def facts_of(
    attributes: Sequence[str], wish: Wish, material: Material, rng: np.random.Generator
) -> tuple[dict[str, str], dict[str, str]]:
    """Values of `COMMON` names and of everything drawn; and what was drawn, by attribute.

    Args:
        attributes: Those that are drawn.
        wish: What is asked for.
        material: What may be used.
        rng: Of this row.
    """
    drawn = draw_attributes(attributes, wish, material, rng)
    others = "\n".join(
        f"{name.replace('_', ' ')}: {value}" for name, value in drawn.items() if name not in COMMON
    )
    common = {
        "subject": _subject(material),
        "stratum": _in_words(wish.stratum, material),
        "shunned": ", ".join(quoted(" ".join(said.split())) for said in material.shunned[:_SHUNNED]),
        "others": others,
    }
    return drawn | dict.fromkeys(NAMES, "") | drawn | common, drawn


def listed(seeds: Sequence[Seed]) -> str:
    """Rows as a list in quotes."""
    return "\n".join(f"- {quoted(seed.text)}" for seed in seeds)


def turns_of(
    seeds: Sequence[Seed], wish: Wish, material: Material
) -> tuple[tuple[Mapping[str, str], str], ...]:
    """Real rows as answers to earlier turns, each asked for as what it is; styles and persons are not known of them."""
    nobody = dict.fromkeys((*NAMES, *COMMON), "")
    subject = _subject(material)
    return tuple(
        (
            nobody
            | {
                "subject": subject,
                "stratum": _in_words(seed.stratum if wish.stratum is not None else None, material),
            },
            seed.text,
        )
        for seed in seeds
    )


def _subject(material: Material) -> str:
    return " ".join(material.subject.split()) or "a text"


def _in_words(stratum: str | None, material: Material) -> str:
    if stratum is None or material.nameless:
        return ""
    said = " ".join((material.strata.get(stratum, "").strip() or stratum).split())
    # A name is not a sentence: `card_arrival` reads as two words.
    return (said if " " in said else said.replace("_", " ").strip() or said)[:_STRATUM]
