"""The n-gram model as a learner: a second's training, and it collapses as larger models do."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from holdfast.errors import UsageError
from holdfast.lab.ngram import NgramModel

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    import numpy as np
    from numpy.typing import NDArray

    from holdfast.lab.learners.learner import Decoding


def _quiet(_: str) -> None:
    """Says nothing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class NgramLearner:
    """Interpolated Kneser-Ney n-grams; a label is a tag that leads every context.

    Counting draws nothing, so that the seed changes nothing and two runs on the same rows are the same model.

    Attributes:
        order: Words a prediction spans, itself included; 2 or more.
        max_words: A text that gets so long is cut off.
    """

    order: int = 3
    max_words: int = 60

    @property
    def name(self) -> str:
        """What tables call it.

        >>> NgramLearner().name
        'n-grams of order 3'
        """
        cut = "" if self.max_words == 60 else f", at most {self.max_words} words"
        return f"n-grams of order {self.order}{cut}"

    def train(
        self,
        texts: Sequence[str],
        labels: Sequence[str] | None,
        *,
        seed: int,
        progress: Callable[[str], None] = _quiet,
    ) -> TrainedNgrams:
        """Counts; see `Learner.train`."""
        del seed
        model = NgramModel.train(texts, tags=labels, order=self.order)
        progress(f"{self.name}: {len(texts):,} texts counted")
        return TrainedNgrams(model=model, max_words=self.max_words)


@dataclass(frozen=True, slots=True, kw_only=True)
class TrainedNgrams:
    """An n-gram model that was trained.

    Attributes:
        model: The counts.
        max_words: A text that gets so long is cut off.
    """

    model: NgramModel
    max_words: int

    def write(
        self,
        count: int,
        *,
        decoding: Decoding,
        rng: np.random.Generator,
        label_shares: Mapping[str, float] | None = None,
    ) -> list[tuple[str, str]]:
        """Writes rows; see `Trained.write`.

        Raises:
            UsageError: Labels are asked for and it was trained without, or has read none of those asked for.
        """
        if self.model.tag_counts:
            return self.model.sample_labelled(
                count,
                rng=rng,
                temperature=decoding.temperature,
                top_p=decoding.top_p,
                max_words=self.max_words,
                tag_shares=label_shares,
            )
        if label_shares is not None:
            raise UsageError(
                "a model that was trained without labels cannot be asked for any", where="label_shares"
            )
        texts = self.model.sample(
            count,
            rng=rng,
            temperature=decoding.temperature,
            top_p=decoding.top_p,
            max_words=self.max_words,
        )
        return [("", text) for text in texts]

    def bits(self, texts: Sequence[str], labels: Sequence[str] | None) -> NDArray[np.float64]:
        """float64 [n], what each text costs; see `Trained.bits`."""
        return self.model.bits_per_text(texts, tags=labels if self.model.tag_counts else None)
