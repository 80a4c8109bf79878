"""Attributed prompts: a new row from what is said about it: kind, writer, situation, style, length."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from holdfast.remedies.generate.attributes import NAMES
from holdfast.remedies.generate.contract import Draft, Hop
from holdfast.remedies.generate.methods.facts import COMMON, LONGEST, facts_of, listed, turns_of
from holdfast.remedies.generate.seeds import draw_seeds, of_stratum
from holdfast.remedies.generate.templates import Template, own_template

if TYPE_CHECKING:
    import numpy as np

    from holdfast.remedies.generate.contract import Material, Wish


@dataclass(frozen=True, slots=True, kw_only=True)
class AttributedPrompt:
    """A new row of the wished stratum, of which a prompt says who writes it, when, how, and how long it is.

    Makes
        rows as various as the attributes that are drawn: it needs no real row. Every attribute that the recipe has is drawn, and those of
        `attributes.py` that it does not replace.
    Cannot
        know how people really write: attributes are invented, and so may be what comes of them. Two of three prompts show a real row or two.
    Source
        Yu et al. 2023, arXiv:2306.15895.

    >>> import numpy as np
    >>> from holdfast.remedies.generate.contract import Arm, Material, Seed, Wish
    >>> seed = Seed(id="r1", text="where is my card", stratum="card", origin="gold")
    >>> wish = Wish(id="g1", stratum="card", arm=Arm(name="a", method="m", model="m", share=1.0), round=1)
    >>> material = Material(seeds={"card": [seed]}, strata={"card": "when a card comes"})
    >>> draft = AttributedPrompt()(wish, material, np.random.default_rng(0))
    >>> draft.attributes["persona"], draft.attributes["length"]
    ('somebody who writes in a second language', 'about 4 words')
    """

    name: ClassVar[str] = "attributed_prompt"
    asks: ClassVar[bool] = True
    source_type: ClassVar[str] = "synthetic"
    names: ClassVar[tuple[str, ...]] = ("examples", *COMMON)

    examples: int = 2  # most real rows that are shown; from none to so many, drawn for each prompt
    attributes: tuple[str, ...] = ()  # what is drawn; everything that has values where none is named
    longest: int = LONGEST  # characters of the longest row that is shown
    template: Template | None = None  # in place of prompts/attributed_prompt.txt

    @property
    def prompt(self) -> Template:
        """The template."""
        return self.template or own_template("attributed_prompt")

    def __call__(self, wish: Wish, material: Material, rng: np.random.Generator, /) -> Draft:
        """How the row is made."""
        wanted = self.attributes or tuple(dict.fromkeys((*NAMES, *material.attributes)))
        values, drawn = facts_of(wanted, wish, material, rng)
        count = int(rng.integers(self.examples + 1))
        shown = draw_seeds(of_stratum(material.seeds, wish), count, rng, longest=self.longest)
        listing = "examples" in self.prompt.names
        values["examples"] = listed(shown) if listing else ""
        turns = () if listing else turns_of(shown, wish, material)
        return Draft(
            hops=(Hop(template=self.prompt, values=values, turns=turns),),
            shown=tuple(seed.id for seed in shown),
            attributes=drawn,
        )
