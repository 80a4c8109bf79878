"""Few-shot: a new row after a handful of real ones."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from holdfast.errors import UsageError
from holdfast.remedies.generate.contract import Draft, Hop
from holdfast.remedies.generate.methods.facts import COMMON, LONGEST, facts_of, listed, turns_of
from holdfast.remedies.generate.seeds import draw_seeds, of_stratum
from holdfast.remedies.generate.templates import Template, own_template

if TYPE_CHECKING:
    import numpy as np

    from holdfast.remedies.generate.contract import Material, Wish


@dataclass(frozen=True, slots=True, kw_only=True)
class FewShot:
    """A new row of the wished stratum, after real rows of it that are drawn for each prompt, in an order that is drawn.

    Makes
        rows of the stratum's form that say something new. Of a stratum without any real row it has the description, and rows of other
        strata that show the form.
    Cannot
        go far from its examples: models copy them, which is what filters are for.
    Source
        Brown et al. 2020, arXiv:2005.14165; to enlarge labelled sets: Yoo et al. 2021, arXiv:2104.08826.

    >>> import numpy as np
    >>> from holdfast.remedies.generate.contract import Arm, Material, Seed, Wish
    >>> seed = Seed(id="r1", text="where is my card", stratum="card", origin="gold")
    >>> wish = Wish(id="g1", stratum="card", arm=Arm(name="a", method="m", model="m", share=1.0), round=1)
    >>> material = Material(seeds={"card": [seed]}, strata={"card": "when a card comes"})
    >>> draft = FewShot(examples=3)(wish, material, np.random.default_rng(0))
    >>> draft.shown, draft.parents, draft.hops[0].values["stratum"]
    (('r1',), (), 'when a card comes')
    """

    name: ClassVar[str] = "few_shot"
    asks: ClassVar[bool] = True
    source_type: ClassVar[str] = "synthetic"
    names: ClassVar[tuple[str, ...]] = ("examples", "strangers", *COMMON)

    examples: int = 5  # real rows that are shown, as answers to earlier turns; in a template that has {examples}, as a list
    attributes: tuple[str, ...] = ()  # what is drawn for each prompt
    longest: int = LONGEST  # characters of the longest row that is shown
    template: Template | None = None  # in place of prompts/few_shot.txt

    def __post_init__(self) -> None:
        if self.examples < 1:
            raise UsageError(
                "few_shot shows at least one row", where="examples", do="For none there is attributed_prompt"
            )

    @property
    def prompt(self) -> Template:
        """The template."""
        return self.template or own_template("few_shot")

    def __call__(self, wish: Wish, material: Material, rng: np.random.Generator, /) -> Draft | None:
        """How the row is made; None where there is no real row at all."""
        own = draw_seeds(of_stratum(material.seeds, wish), self.examples, rng, longest=self.longest)
        shown = own or draw_seeds(list(material.seeds.values()), self.examples, rng, longest=self.longest)
        if not shown:
            return None
        listing = "examples" in self.prompt.names
        if listing and not own and "strangers" not in self.prompt.names:
            shown = []  # the user's prompt has no place for them
        values, drawn = facts_of(self.attributes, wish, material, rng)
        values |= {"examples": listed(shown) if own else "", "strangers": "" if own else listed(shown)}
        # Rows of other strata show the form alone, each under its own name.
        turns = () if listing else turns_of(shown, wish, material)
        return Draft(
            hops=(Hop(template=self.prompt, values=values, turns=turns),),
            shown=tuple(seed.id for seed in shown),
            attributes=drawn,
        )
