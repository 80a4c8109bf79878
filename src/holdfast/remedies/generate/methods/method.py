"""What every method is: it drafts how one row is made, and asks nobody itself."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, Protocol

if TYPE_CHECKING:
    import numpy as np

    from holdfast.remedies.generate.contract import Draft, Material, Wish


class Method(Protocol):
    """A way of making rows."""

    name: ClassVar[str]
    """As lineage calls it: `paraphrase`, `back_translation`, `rule_based`, `few_shot`, `attributed_prompt`, `evolve`, `self_instruct`."""
    asks: ClassVar[bool]
    """Whether a model is asked."""
    source_type: ClassVar[str]
    """Of the rows that it makes: `synthetic`, or `machine_edited` where a text is changed and stays what it was."""

    def __call__(self, wish: Wish, material: Material, rng: np.random.Generator, /) -> Draft | None:
        """How the row is made; None where there is no row that it could be made from.

        Args:
            wish: What is asked for.
            material: What may be used.
            rng: Of this row alone: what other rows there are changes nothing.
        """
        ...
