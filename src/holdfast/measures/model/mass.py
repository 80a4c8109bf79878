"""Mass: how concentrated a model's next token is, and how concentrated it should be."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from holdfast.measures.model.rates import Rate, ratio_of_sums
from holdfast.measures.reading import Undetermined

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from holdfast.backends.models import Scored

_UNSAID = "the model does not say how probable other tokens were"


@dataclass(frozen=True, slots=True, kw_only=True)
class Mass:
    """How a model spreads the next token over its vocabulary, on real rows; means over tokens, given that the text goes on.

    For a model whose probabilities are right, the entropy is what tokens really cost, and the 10 likeliest tokens hold what share
    of tokens really is among them.

    Attributes:
        entropy: Bits the model expects a token to cost.
        bits: Bits a token really costs.
        gap: The first minus the second: below 0 for a model that is surer than it may be.
        top: Probability of the 10 likeliest tokens together.
        among: Share of real tokens that were among them.
        excess: The first minus the second: above 0 for a model that has drawn together.
    """

    entropy: Rate | Undetermined
    bits: Rate | Undetermined
    gap: Rate | Undetermined
    top: Rate | Undetermined
    among: Rate | Undetermined
    excess: Rate | Undetermined


def read_mass(scored: Scored, units: NDArray[np.int64] | None = None) -> Mass:
    """Read the concentration of a model on real rows.

    Args:
        scored: What the rows cost.
        units: int64 [n], group of each row; None where every row stands for itself.
    """
    tokens = scored.tokens.astype(float)

    def mean(*signed: tuple[float, NDArray[np.float64] | NDArray[np.bool_] | None]) -> Rate | Undetermined:
        total = 0.0 * tokens
        for sign, values in signed:
            if values is None:
                return Undetermined(reason=_UNSAID)
            total = total + sign * scored.sums(values)
        return ratio_of_sums(total, tokens, units)

    return Mass(
        entropy=mean((1, scored.entropy)),
        bits=mean((1, scored.surprise)),
        gap=mean((1, scored.entropy), (-1, scored.surprise)),
        top=mean((1, scored.top)),
        among=mean((1, scored.among)),
        excess=mean((1, scored.top), (-1, scored.among)),
    )
