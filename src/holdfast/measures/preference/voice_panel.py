"""A panel of voices: outputs of a teacher and of placebos, and how much each response of a pair sounds like each of them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from holdfast.measures.model.voice.moves import spreads
from holdfast.measures.reading import counted
from holdfast.views.voice import MOST, align, read_beside, read_outputs

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from holdfast.measures.preference.style.effects import Shared
    from holdfast.views.ratings import Ratings
    from holdfast.views.voice import Outputs

LEAST_PLACEBOS = 3
LEAST_PANEL = 200
MOST_PAIRS = 10_000
"""Pairs read at most, drawn at random: a coefficient of .05 is seen in so many."""
_FOLDS = 4
_OUTPUTS_A_FEATURE = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class VoicePanel:
    """Outputs of a teacher and of placebos, in this order."""

    voices: tuple[Outputs, ...]

    @property
    def names(self) -> tuple[str, ...]:
        """The teacher's name, then the placebos'."""
        return tuple(one.name for one in self.voices)


def read_panel(teacher: Any, placebo: Sequence[Any]) -> VoicePanel:
    """Read a panel.

    Args:
        teacher: Outputs of the teacher whose voice is looked for: prompts with responses.
        placebo: Outputs of models that cannot have taught, for the same prompts: at least three.

    Raises:
        InputError: A file cannot be read, or has no prompts.
    """
    return VoicePanel(voices=tuple(read_outputs(one) for one in (teacher, *placebo)))


def missing(panel: VoicePanel) -> str | None:
    """Why a panel cannot be used; None where it can."""
    placebos = len(panel.voices) - 1
    if placebos < LEAST_PLACEBOS:
        return f"{counted(placebos, 'placebo')}; at least {LEAST_PLACEBOS} are needed to tell a teacher's voice from any other"
    shared = len(align(panel.voices))
    if shared < LEAST_PANEL:
        return f"only {counted(shared, 'prompt')} answered by the teacher and all placebos; {LEAST_PANEL} are needed"
    return None


def score_pairs(
    panel: VoicePanel, ratings: Ratings, asked: Sequence[Shared], rng: np.random.Generator
) -> NDArray[np.float64]:
    """float64 [pairs, voices], how much more a sounds like each voice than b does; NaN where no judge is asked."""
    pairs = np.unique(np.concatenate([shared.pairs for shared in asked]))
    if len(pairs) > MOST_PAIRS:
        pairs = np.sort(rng.choice(pairs, MOST_PAIRS, replace=False))
    table = ratings.preferences.pairs.take(pairs)
    texts = [*table.column("response_a").to_pylist(), *table.column("response_b").to_pylist()]
    aligned = align(panel.voices)
    most = min(MOST, len(panel.voices) * len(aligned) // _OUTPUTS_A_FEATURE)
    values, responses = read_beside(aligned.responses, texts, most=most)
    count, prompts, _ = values.shape
    against = np.eye(count) - (1 - np.eye(count)) / (count - 1)
    fold = rng.permutation(prompts) % _FOLDS
    place = {prompt: int(part) for prompt, part in zip(aligned.prompts, fold, strict=True)}
    left_out = np.array([place.get((one or "").strip(), -1) for one in table.column("prompt").to_pylist()])
    left_out = np.tile(left_out, 2)
    scored = np.empty((len(texts), count))
    # The last part is empty: what is learnt without it is learnt from all.
    learnt = spreads(values, fold, _FOLDS + 1)
    for part in np.unique(left_out):
        ways = against @ values[:, fold != part].mean(axis=1)
        own = left_out == part
        scored[own] = responses[own] @ np.linalg.solve(learnt[part], ways.T)
    scored -= _explained(scored, np.log1p([len(text.split()) for text in texts]))
    found = np.full((len(ratings), count), np.nan)
    found[pairs] = scored[: len(pairs)] - scored[len(pairs) :]
    return found


def _explained(scores: NDArray[np.float64], length: NDArray[np.float64]) -> NDArray[np.float64]:
    """What a cubic of the length explains of scores."""
    z = (length - length.mean()) / (length.std() or 1.0)
    columns = np.column_stack([np.ones(len(z)), z, z**2, z**3])
    return np.asarray(columns @ np.linalg.lstsq(columns, scores, rcond=None)[0])
