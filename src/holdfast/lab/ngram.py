"""A small language model that is really trained: interpolated Kneser-Ney n-grams under a sampled tag.

What a model has read it counts, and what it counts it says. At temperature 1 every word keeps its expected mass
(the lower orders are continuation counts, so the marginals of the training text are preserved) and only finite
samples are lost: drift. Below 1, or under `top_p`, the typical is preferred: bias.

The counts and their formula are in `continuations`, temperature and top_p in `speaker`. A tag leads every context
and is the last to be forgotten, so that a topic lasts.
"""

from __future__ import annotations

import math
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Self

import numpy as np

from holdfast.errors import InputError, UsageError
from holdfast.lab.continuations import (
    END,
    START,
    Context,
    Continuations,
    discount_counts,
    probability,
    read_steps,
)
from holdfast.lab.speaker import Speaker, draw_labels
from holdfast.lab.words import join_words, split_words

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from numpy.typing import NDArray


@dataclass(frozen=True, slots=True, kw_only=True)
class NgramModel:
    """A word model; made by `NgramModel.train`.

    Attributes:
        order: Words a prediction spans, itself included; a tag comes on top.
        words: The vocabulary; a word's number is its place. The first two are the start and the end.
        tag_counts: Tag to number of training rows; empty where the model was trained without tags.
        after: Context to what was read after it.

    >>> model = NgramModel.train(["the sea is wide", "the sea is deep", "the sky is wide"])
    >>> model.sample(2, rng=np.random.default_rng(100))
    ['the sea is wide', 'the sky is deep']
    """

    order: int
    words: tuple[str, ...]
    tag_counts: Mapping[str, int]
    after: Mapping[Context, Continuations]

    @classmethod
    def train(
        cls,
        texts: Sequence[str],
        *,
        tags: Sequence[str] | None = None,
        order: int = 3,
    ) -> Self:
        """Counts the n-grams of the texts.

        Args:
            texts: Training texts; white space is not kept.
            tags: One tag for each text. The model then draws a tag first and words that go with it.
            order: Words a prediction spans, itself included; 2 or more.

        Raises:
            InputError: There is no text with a word in it.
            UsageError: `order` is below 2, or the tags are not as many as the texts.
        """
        if order < 2:
            raise UsageError("an n-gram model needs an order of at least 2", where=f"order={order}")
        if tags is not None and len(tags) != len(texts):
            raise UsageError(f"{len(texts)} texts came with {len(tags)} tags", where="tags")
        numbers = {"": START, " ": END}  # two strings that no token equals
        tag_counts: Counter[str] = Counter()
        tag_numbers: dict[str, int] = {}
        longest: dict[Context, dict[int, int]] = {}
        for at, text in enumerate(texts):
            row = [numbers.setdefault(token, len(numbers)) for token in split_words(text)]
            if not row:
                continue
            lead: Context = ()
            if tags is not None:
                tag_counts[tags[at]] += 1
                lead = (-1 - tag_numbers.setdefault(tags[at], len(tag_numbers)),)
            for context, word in read_steps(row, lead, order):
                counts = longest.get(context)
                if counts is None:
                    longest[context] = {word: 1}
                else:
                    counts[word] = counts.get(word, 0) + 1
        if not longest:
            raise InputError("there is no text with a word in it to train on", where="texts")
        return cls(
            order=order,
            words=tuple(numbers),
            tag_counts=dict(tag_counts),
            after=discount_counts(longest),
        )

    @property
    def vocabulary(self) -> tuple[str, ...]:
        """The words and punctuation tokens that were read, in order of appearance."""
        return self.words[2:]

    def sample(
        self,
        n: int,
        *,
        rng: np.random.Generator,
        temperature: float = 1.0,
        top_p: float = 1.0,
        max_words: int = 60,
    ) -> list[str]:
        """Draws texts; see `sample_labelled` for the arguments."""
        rows = self._rows(n, rng=rng, temperature=temperature, top_p=top_p, max_words=max_words)
        return [text for _, text in rows]

    def sample_labelled(
        self,
        n: int,
        *,
        rng: np.random.Generator,
        temperature: float = 1.0,
        top_p: float = 1.0,
        max_words: int = 60,
        tag_shares: Mapping[str, float] | None = None,
    ) -> list[tuple[str, str]]:
        """Draws tags, and texts under them.

        Args:
            n: Number of rows.
            rng: The only source of chance: the same state gives the same rows.
            temperature: Probabilities are raised to its inverse; for tags and words alike, but for tags that are asked for.
            top_p: Only the most probable tags or words that together reach this share are said; those tied with
                the last of them too.
            max_words: A text that gets so long is cut off; punctuation does not count.
            tag_shares: How often each tag is asked for, by tag, as it stands; tags that were never read are left out. None: as
                they were read.

        Returns:
            Tag and text of every row. No text is empty.

        Raises:
            UsageError: The model was trained without tags, or an argument is out of range, or no tag is asked for that it knows.
        """
        if not self.tag_counts:
            raise UsageError(
                "this model was trained without tags",
                where="sample_labelled",
                do="Pass tags to `train`, or use `sample`",
            )
        return list(
            self._rows(
                n, rng=rng, temperature=temperature, top_p=top_p, max_words=max_words, tag_shares=tag_shares
            )
        )

    def bits_per_word(self, texts: Sequence[str], *, tags: Sequence[str] | None = None) -> float:
        """Mean surprise at each token of the texts, their ends included, in bits.

        A word that was not in the training text is charged as the unknown one; under a tag that was not, only the
        frequency of words is known. Texts without any word count nothing.

        Raises:
            InputError: There is no text with a word in it.
            UsageError: Tags are missing, or not as many as the texts, or given to a model trained without.
        """
        words = 0
        bits = 0.0
        for count, cost in self._costs(texts, tags):
            if count > 1:
                words += count
                bits += cost
        if not words:
            raise InputError("there is no text with a word in it to read", where="texts")
        return bits / words

    def bits_per_text(
        self, texts: Sequence[str], *, tags: Sequence[str] | None = None
    ) -> NDArray[np.float64]:
        """float64 [n], surprise at all tokens of each text, its end included; a text without words costs its end.

        Raises:
            UsageError: As `bits_per_word`.
        """
        return np.array([cost for _, cost in self._costs(texts, tags)], dtype=np.float64)

    def probability(self, context: Context, word: int) -> float:
        """Probability that word number `word` follows; `len(words)` stands for any unknown word."""
        return probability(self.after, context, word, len(self.words))

    def _costs(self, texts: Sequence[str], tags: Sequence[str] | None) -> Iterator[tuple[int, float]]:
        """Predictions made in each text, and their bits."""
        if (tags is not None) != bool(self.tag_counts):
            raise UsageError("a model reads with tags exactly if it was trained with tags", where="tags")
        if tags is not None and len(tags) != len(texts):
            raise UsageError(f"{len(texts)} texts came with {len(tags)} tags", where="tags")
        numbers = {word: number for number, word in enumerate(self.words)}
        tag_leads = {tag: -1 - number for number, tag in enumerate(self.tag_counts)}
        unknown_tag = -1 - len(self.tag_counts)
        for at, text in enumerate(texts):
            row = [numbers.get(token, len(numbers)) for token in split_words(text)]
            lead = () if tags is None else (tag_leads.get(tags[at], unknown_tag),)
            bits = 0.0
            for context, word in read_steps(row, lead, self.order):
                bits -= math.log2(self.probability(context, word))
            yield len(row) + 1, bits

    def _rows(
        self,
        n: int,
        *,
        rng: np.random.Generator,
        temperature: float,
        top_p: float,
        max_words: int,
        tag_shares: Mapping[str, float] | None = None,
    ) -> Iterator[tuple[str, str]]:
        if not temperature > 0 or not math.isfinite(temperature):
            raise UsageError("the temperature must be above 0", where=f"temperature={temperature}")
        if not 0 < top_p <= 1:
            raise UsageError("the share must be above 0 and at most 1", where=f"top_p={top_p}")
        if n < 0 or max_words < 1:
            raise UsageError(
                "rows and words cannot be fewer than 0 and 1", where=f"n={n}, max_words={max_words}"
            )
        speaker = Speaker(
            words=self.words,
            after=self.after,
            order=self.order,
            rng=rng,
            sharpness=1 / temperature,
            top_p=top_p,
        )
        names = list(self.tag_counts)
        leads: list[Context] = [()] * n
        if names:
            drawn = draw_labels(
                self.tag_counts, n, rng=rng, temperature=temperature, top_p=top_p, asked=tag_shares
            )
            leads = [(-1 - tag,) for tag in drawn]
        for lead in leads:
            yield (names[-1 - lead[0]] if lead else ""), join_words(speaker.say(lead, max_words))
