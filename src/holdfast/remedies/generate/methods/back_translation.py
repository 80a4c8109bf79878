"""Back-translation: a real row, through another language and back."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from holdfast.errors import UsageError
from holdfast.remedies.generate.contract import Draft, Hop
from holdfast.remedies.generate.methods.facts import COMMON, LONGEST, facts_of
from holdfast.remedies.generate.seeds import draw_seed
from holdfast.remedies.generate.templates import Template, check_template, own_template, quoted

if TYPE_CHECKING:
    import numpy as np

    from holdfast.remedies.generate.contract import Material, Wish


@dataclass(frozen=True, slots=True, kw_only=True)
class BackTranslation:
    """A real row of the wished stratum, translated into a language that is drawn, and back: two questions to a model.

    Makes
        rows close to real ones in meaning, with their label, and with wordings that another language brings about.
    Cannot
        say what no seed says; nor do better than the model translates: what it does not know comes back garbled.
    Source
        Sennrich et al. 2016, arXiv:1511.06709; to enlarge labelled sets: Xie et al. 2020, arXiv:1904.12848.

    >>> import numpy as np
    >>> from holdfast.remedies.generate.contract import Arm, Material, Seed, Wish
    >>> seed = Seed(id="r1", text="where is my card", stratum="card", origin="gold")
    >>> wish = Wish(id="g1", stratum="card", arm=Arm(name="a", method="m", model="m", share=1.0), round=1)
    >>> material = Material(seeds={"card": [seed]}, strata={"card": "when a card comes"})
    >>> draft = BackTranslation(pivots=("German",))(wish, material, np.random.default_rng(0))
    >>> [hop.template.name for hop in draft.hops], draft.attributes
    (['to_pivot', 'from_pivot'], {'pivot': 'German'})
    """

    name: ClassVar[str] = "back_translation"
    asks: ClassVar[bool] = True
    source_type: ClassVar[str] = "synthetic"
    names: ClassVar[tuple[str, ...]] = ("text", "answer", "pivot", "language", *COMMON)

    # Languages that most models know, near to English and far from it.
    pivots: tuple[str, ...] = ("German", "French", "Spanish", "Italian", "Russian", "Chinese", "Arabic")
    language: str = "English"  # that of the rows; it is no pivot
    uncovered: float = 0.75  # how often a row that nobody covers is translated, where there are such
    attributes: tuple[str, ...] = ()  # what is drawn beside the pivot; the second step is told
    longest: int = LONGEST  # characters of the longest row that is translated
    templates: tuple[Template, Template] | None = (
        None  # in place of prompts/to_pivot.txt and prompts/from_pivot.txt
    )

    def __post_init__(self) -> None:
        there, back = self.prompts
        check_template(there, ["text"])
        check_template(back, ["answer"])
        if not self._pivots:
            raise UsageError(
                "back_translation has no language to go through",
                where="pivots",
                do='Add one, such as "German"',
            )

    @property
    def prompts(self) -> tuple[Template, Template]:
        """The template of each step."""
        return self.templates or (own_template("to_pivot"), own_template("from_pivot"))

    @property
    def _pivots(self) -> tuple[str, ...]:
        own = self.language.strip().casefold()
        return tuple(one.strip() for one in self.pivots if one.strip() and one.strip().casefold() != own)

    def __call__(self, wish: Wish, material: Material, rng: np.random.Generator, /) -> Draft | None:
        """How the row is made; None without a seed."""
        seed = draw_seed(wish, material, rng, uncovered=self.uncovered, longest=self.longest)
        if seed is None:
            return None
        pivot = self._pivots[int(rng.integers(len(self._pivots)))]
        values, drawn = facts_of(self.attributes, wish, material, rng)
        values |= {"text": quoted(seed.text), "pivot": pivot, "language": self.language}
        return Draft(
            hops=tuple(Hop(template=template, values=values) for template in self.prompts),
            parents=(seed,),
            attributes=drawn | {"pivot": pivot},
        )
