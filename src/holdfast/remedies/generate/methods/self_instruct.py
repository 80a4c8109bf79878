"""Self-instruct: a row unlike those there are."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from holdfast.errors import UsageError
from holdfast.remedies.generate.contract import Draft, Hop
from holdfast.remedies.generate.methods.facts import COMMON, LONGEST, facts_of, listed
from holdfast.remedies.generate.seeds import draw_seeds
from holdfast.remedies.generate.templates import Template, check_template, own_template

if TYPE_CHECKING:
    import numpy as np

    from holdfast.remedies.generate.contract import Material, Wish


@dataclass(frozen=True, slots=True, kw_only=True)
class SelfInstruct:
    """A new row that is unlike real rows of any stratum, which are drawn for each prompt.

    Makes
        rows that go beyond what there is: of the wished stratum, or of whatever comes where none is wished.
    Cannot
        aim: what is new need not be real. Its rows need a judge more than those of other methods.
    Source
        Wang et al. 2023, arXiv:2212.10560.

    >>> import numpy as np
    >>> from holdfast.remedies.generate.contract import Arm, Material, Seed, Wish
    >>> seed = Seed(id="r1", text="where is my card", stratum="card", origin="gold")
    >>> wish = Wish(id="g1", stratum="card", arm=Arm(name="a", method="m", model="m", share=1.0), round=1)
    >>> material = Material(seeds={"card": [seed]}, strata={"card": "when a card comes"})
    >>> draft = SelfInstruct(examples=3)(wish, material, np.random.default_rng(0))
    >>> draft.shown, draft.parents
    (('r1',), ())
    """

    name: ClassVar[str] = "self_instruct"
    asks: ClassVar[bool] = True
    source_type: ClassVar[str] = "synthetic"
    names: ClassVar[tuple[str, ...]] = ("examples", *COMMON)

    examples: int = 6  # real rows that are shown
    attributes: tuple[str, ...] = ()  # what is drawn for each prompt
    longest: int = LONGEST  # characters of the longest row that is shown
    template: Template | None = None  # in place of prompts/self_instruct.txt

    def __post_init__(self) -> None:
        check_template(self.prompt, ["examples"])
        if self.examples < 1:
            raise UsageError(
                "self_instruct shows at least one row",
                where="examples",
                do="For none there is attributed_prompt",
            )

    @property
    def prompt(self) -> Template:
        """The template."""
        return self.template or own_template("self_instruct")

    def __call__(self, wish: Wish, material: Material, rng: np.random.Generator, /) -> Draft | None:
        """How the row is made; None where there is no real row."""
        shown = draw_seeds(list(material.seeds.values()), self.examples, rng, longest=self.longest)
        if not shown:
            return None
        values, drawn = facts_of(self.attributes, wish, material, rng)
        values["examples"] = listed(shown)
        return Draft(
            hops=(Hop(template=self.prompt, values=values),),
            shown=tuple(seed.id for seed in shown),
            attributes=drawn,
        )
