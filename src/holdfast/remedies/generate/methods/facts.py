"""Facts: what every prompt may say, whatever its method; and the real rows that are drawn for it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from holdfast.remedies.generate.attributes import NAMES, draw_attributes
from holdfast.remedies.generate.templates import quoted

if TYPE_CHECKING:
    from collections.abc import Sequence

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
        "subject": " ".join(material.subject.split()) or "a text",
        "stratum": _in_words(wish.stratum, material),
        "shunned": ", ".join(quoted(" ".join(said.split())) for said in material.shunned[:_SHUNNED]),
        "others": others,
    }
    return drawn | dict.fromkeys(NAMES, "") | drawn | common, drawn


def draw_seed(
    wish: Wish, material: Material, rng: np.random.Generator, *, uncovered: float, longest: int
) -> Seed | None:
    """A row of the wished stratum, of any where none is wished; None where there is none.

    Args:
        wish: What is asked for.
        material: What may be used.
        rng: Of this row.
        uncovered: How often it is one that nobody covers yet, where there are such.
        longest: Characters of the longest row that is taken.
    """
    bare = (
        _short(material.uncovered.get(wish.stratum, ()), longest)
        if wish.stratum is not None
        else _short([seed for seeds in material.uncovered.values() for seed in seeds], longest)
    )
    prefer = rng.random() < uncovered
    rows = bare if bare and prefer else of_stratum(wish, material, longest) or bare
    return rows[int(rng.integers(len(rows)))] if rows else None


def of_stratum(wish: Wish, material: Material, longest: int) -> list[Seed]:
    """Rows of the wished stratum that are not too long; of any where none is wished."""
    return _short(
        material.everything if wish.stratum is None else material.seeds.get(wish.stratum, ()), longest
    )


def all_short(material: Material, longest: int) -> list[Seed]:
    """All rows that are not too long."""
    return _short(material.everything, longest)


def draw_seeds(rows: Sequence[Seed], count: int, rng: np.random.Generator) -> list[Seed]:
    """So many different rows, or all there are, in an order that is drawn."""
    return [rows[at] for at in rng.permutation(len(rows))[:count].tolist()]


def listed(seeds: Sequence[Seed]) -> str:
    """Rows as a list in quotes."""
    return "\n".join(f"- {quoted(seed.text)}" for seed in seeds)


def _in_words(stratum: str | None, material: Material) -> str:
    if stratum is None:
        return ""
    said = " ".join((material.strata.get(stratum, "").strip() or stratum).split())
    # A name is not a sentence: `card_arrival` reads as two words.
    return (said if " " in said else said.replace("_", " ").strip() or said)[:_STRATUM]


def _short(rows: Sequence[Seed], longest: int) -> list[Seed]:
    return [seed for seed in rows if seed.text.strip() and len(seed.text) <= longest]
