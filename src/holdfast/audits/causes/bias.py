"""Bias: a decoder, prompt list, filter or judge that prefers the likely."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from holdfast.measures.reading import percent

if TYPE_CHECKING:
    from collections.abc import Mapping

    from holdfast.measures.reading import Reading


@dataclass(frozen=True, slots=True)
class Bias:
    """The mass of the rare itself falls: rare strata, rare modes or rare words, in favour of the frequent.

    More rows of the same do not help, and accumulation only slows it.
    """

    id: ClassVar[str] = "bias"
    title: ClassVar[str] = "Biased generation or selection"
    asks: ClassVar[tuple[str, ...]] = ("stratum_deficit", "band_retention", "rare_words")
    confirm: ClassVar[str] = (
        "Generate a few hundred rows at temperature 1 and top-p 1, unfiltered, from the same prompts: if the rare return, "
        "the decoder or the filter took them; if not, the prompt list or the judge did."
    )
    remedy: ClassVar[str] = (
        "Give the lost strata quotas by name, raise temperature and top-p, and mix real rows of the tail back in; look at "
        "what each filter and judge removes, by stratum."
    )

    def severity(self, readings: Mapping[str, Reading]) -> str | None:
        """How much of the rare is missing."""
        shares = readings.get("stratum_deficit")
        words = readings.get("rare_words")
        if shares is not None and shares.effect > 0:
            return f"{percent(shares.effect)} of the rarer half of reality is missing, beyond chance"
        return (
            None
            if words is None
            else f"rare words have {percent(words.value)} of the share they have in reality"
        )
