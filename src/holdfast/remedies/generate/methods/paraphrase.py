"""Paraphrase: a real row, said in other words."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from holdfast.remedies.generate.contract import Draft, Hop
from holdfast.remedies.generate.methods.facts import COMMON, LONGEST, facts_of
from holdfast.remedies.generate.seeds import draw_seed
from holdfast.remedies.generate.templates import Template, check_template, own_template, quoted

if TYPE_CHECKING:
    import numpy as np

    from holdfast.remedies.generate.contract import Material, Wish


@dataclass(frozen=True, slots=True, kw_only=True)
class Paraphrase:
    """A real row of the wished stratum, rewritten by a model in one step.

    Makes
        rows close to real ones in meaning, with their label; real rows that nobody covers yet come first.
    Cannot
        say what no seed says: a stratum without seeds gets nothing, and many rows from few seeds are much alike.
    Source
        Cegin et al. 2023, arXiv:2305.12947 (a model's paraphrases of intents beside those of people).

    >>> import numpy as np
    >>> from holdfast.remedies.generate.contract import Arm, Material, Seed, Wish
    >>> seed = Seed(id="r1", text="where is my card", stratum="card", origin="gold")
    >>> wish = Wish(id="g1", stratum="card", arm=Arm(name="a", method="m", model="m", share=1.0), round=1)
    >>> draft = Paraphrase()(wish, Material(seeds={"card": [seed]}, strata={}), np.random.default_rng(0))
    >>> draft.hops[0].values["text"], draft.attributes
    ('"where is my card"', {'register': 'careful, with details'})
    """

    name: ClassVar[str] = "paraphrase"
    asks: ClassVar[bool] = True
    source_type: ClassVar[str] = "synthetic"
    names: ClassVar[tuple[str, ...]] = ("text", *COMMON)

    uncovered: float = 0.75  # how often a row that nobody covers is rewritten, where there are such
    attributes: tuple[str, ...] = ("register",)  # what is drawn, so that one seed is not one prompt
    longest: int = LONGEST  # characters of the longest row that is rewritten
    template: Template | None = None  # in place of prompts/paraphrase.txt

    def __post_init__(self) -> None:
        check_template(self.prompt, ["text"])

    @property
    def prompt(self) -> Template:
        """The template."""
        return self.template or own_template("paraphrase")

    def __call__(self, wish: Wish, material: Material, rng: np.random.Generator, /) -> Draft | None:
        """How the row is made; None without a seed."""
        seed = draw_seed(wish, material, rng, uncovered=self.uncovered, longest=self.longest)
        if seed is None:
            return None
        values, drawn = facts_of(self.attributes, wish, material, rng)
        values["text"] = quoted(seed.text)
        return Draft(hops=(Hop(template=self.prompt, values=values),), parents=(seed,), attributes=drawn)
