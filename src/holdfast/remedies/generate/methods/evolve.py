"""Evolution: a real row, moved on by one operation."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, ClassVar

from holdfast.errors import UsageError
from holdfast.remedies.generate.contract import Draft, Hop
from holdfast.remedies.generate.methods.facts import COMMON, LONGEST, facts_of
from holdfast.remedies.generate.seeds import draw_seed
from holdfast.remedies.generate.templates import Template, check_template, own_template, quoted

if TYPE_CHECKING:
    from collections.abc import Mapping

    import numpy as np

    from holdfast.remedies.generate.contract import Material, Wish


OPERATIONS: Mapping[str, str] = {
    "constrain": "Add one more wish or condition.",
    "make_concrete": "Make it concrete: name a thing, a place, a time or an amount.",
    "make_rarer": "Move it into a situation that few people are in.",
    "reword": "Let quite another person say it.",
    "deepen": "Go one step deeper into the matter.",
    "broaden": "Say something else of the same kind that is seldom said.",
}
"""What may be done: the first five go in depth, the last in breadth; none may change the kind."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Evolve:
    """A real row of the wished stratum, changed by an operation that is drawn: narrower, more concrete, rarer, deeper, or beside it.

    Makes
        rows farther from real ones than paraphrases are, and rarer; each is told to stay of the stratum.
    Cannot
        be sure of that: an operation may carry a row into another stratum, which the judge of labels has to see.
    Source
        Xu et al. 2024, arXiv:2304.12244.

    >>> import numpy as np
    >>> from holdfast.remedies.generate.contract import Arm, Material, Seed, Wish
    >>> seed = Seed(id="r1", text="where is my card", stratum="card", origin="gold")
    >>> wish = Wish(id="g1", stratum="card", arm=Arm(name="a", method="m", model="m", share=1.0), round=1)
    >>> material = Material(seeds={"card": [seed]}, strata={"card": "when a card comes"})
    >>> Evolve()(wish, material, np.random.default_rng(0)).attributes
    {'operation': 'reword'}
    """

    name: ClassVar[str] = "evolve"
    asks: ClassVar[bool] = True
    source_type: ClassVar[str] = "synthetic"
    names: ClassVar[tuple[str, ...]] = ("text", "operation", *COMMON)

    operations: Mapping[str, str] = field(
        default_factory=lambda: dict(OPERATIONS)
    )  # what may be done, by name
    uncovered: float = 0.75  # how often a row that nobody covers is moved on, where there are such
    attributes: tuple[str, ...] = ()  # what is drawn beside the operation
    longest: int = LONGEST  # characters of the longest row that is moved on
    template: Template | None = None  # in place of prompts/evolve.txt

    def __post_init__(self) -> None:
        check_template(self.prompt, ["text", "operation"])
        if not self.operations:
            raise UsageError(
                "evolve has no operation", where="operations", do="Leave them out for the own ones"
            )

    @property
    def prompt(self) -> Template:
        """The template."""
        return self.template or own_template("evolve")

    def __call__(self, wish: Wish, material: Material, rng: np.random.Generator, /) -> Draft | None:
        """How the row is made; None without a seed."""
        seed = draw_seed(wish, material, rng, uncovered=self.uncovered, longest=self.longest)
        if seed is None:
            return None
        operation = list(self.operations)[int(rng.integers(len(self.operations)))]
        values, drawn = facts_of(self.attributes, wish, material, rng)
        values |= {"text": quoted(seed.text), "operation": self.operations[operation]}
        return Draft(
            hops=(Hop(template=self.prompt, values=values),),
            parents=(seed,),
            attributes=drawn | {"operation": operation},
        )
