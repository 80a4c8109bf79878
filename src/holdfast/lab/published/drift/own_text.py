"""L17, a bigram model on its own text: what drift does to real words, and what top-p adds to it."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

import numpy as np

from holdfast.errors import InputError
from holdfast.lab.docstrings import read_docstrings
from holdfast.lab.ngram import NgramModel
from holdfast.lab.published.drift.replicates import Estimate, mean, measured, theory
from holdfast.lab.published.experiment import Figure, Outcome
from holdfast.lab.words import split_words
from holdfast.remedies.plan.formulas import coverage

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from numpy.typing import NDArray

    from holdfast.lab.published.experiment import Check

    Values = NDArray[np.float64]

_SENTENCE = re.compile(r"(?<=[.!?])\s+")
_FEWEST_WORDS = 3
_FEWEST_SENTENCES = 60
_TYPES_FLOOR = 0.05
"""Distance from the law of independent words that is let pass: whole sentences are sampled, and words come in company."""
_MASS_FLOOR = 0.1
"""The same for the mass of rare words, which drift leaves alone on average."""
_FAR_LESS = 0.5 ** (1 / 8)
"""What "far better" means: after eight rounds under top-p at most half of what is left at temperature 1."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Course:
    """What was read of every generation of one loop, the real text first.

    Attributes:
        types: Different words in the text that a generation was trained on.
        law: What independent words would have left of them.
        rare: Share that words which are rare in the real text have of all.
        own: Perplexity of each model on what it wrote.
        held: The same on real sentences that no model was trained on.
        frozen: Perplexity of the first model on what each model wrote.
    """

    types: Values
    law: Values
    rare: Values
    own: Values
    held: Values
    frozen: Values


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnText:
    """A bigram model is trained on sentences, writes as many, and the next is trained on those.

    Attributes:
        texts: The user's texts, split into sentences here; None for the documentation of Python's standard library.
        sentences: Sentences that a model is trained on; at most five sixths of what there is.
        held_out: Sentences that none is trained on.
        rounds: Generations after the first.
        replicates: Loops of each kind, each from a deal of its own.
        top_p: Of the biased kind.
        rare_count: Words that the first text holds at most so often are rare.
    """

    id: ClassVar[str] = "L17"
    title: ClassVar[str] = "A language model on its own text"
    question: ClassVar[str] = (
        "What does a language model lose that is trained on its own text, and what more under the usual decoding?"
    )
    source: ClassVar[str] = (
        "The loop of Shumailov et al. 2024, arXiv:2305.17493, with a bigram model; number of words by Suresh et al. 2025, "
        "arXiv:2412.17646 (F6), as an approximation. For sentences there is no exact law: what is checked is the shape."
    )
    seconds: ClassVar[float] = 80.0

    texts: tuple[str, ...] | None = None
    sentences: int = 5_000
    held_out: int = 1_000
    rounds: int = 8
    replicates: int = 3
    top_p: float = 0.95
    rare_count: int = 3

    @property
    def setup(self) -> str:
        """The setup, in words."""
        text = (
            "the user's texts" if self.texts is not None else "the documentation of Python's standard library"
        )
        return (
            f"At most {self.sentences:,} sentences of {text} teach a bigram model (interpolated Kneser-Ney), which writes as many; "
            f"{self.rounds} rounds at temperature 1, and with top-p {self.top_p:g}; {self.replicates} deals, {self.held_out:,} "
            f"sentences held out. Rare words occur at most {self.rare_count} times in the first text."
        )

    def run(self, rng: np.random.Generator, progress: Callable[[str], None] = lambda _: None, /) -> Outcome:
        """Train, write, and train again.

        Args:
            rng: The only source of chance.
            progress: Called with a word about what is done next.

        Returns:
            By kind of loop and generation: words, mass of rare words, perplexities.

        Raises:
            InputError: There are too few sentences.
        """
        pool = self._sentences()
        fair: list[_Course] = []
        typical: list[_Course] = []
        trained = min(self.sentences, len(pool) * 5 // 6)
        for deal in range(self.replicates):
            order = rng.permutation(len(pool))
            text = [pool[at] for at in order[:trained]]
            held = [pool[at] for at in order[trained : trained + self.held_out]]
            for courses, top_p in ((fair, 1.0), (typical, self.top_p)):
                progress(f"deal {deal + 1} of {self.replicates}, top-p {top_p:g}")
                courses.append(self._loop(text, held, top_p, rng))
        checks = [*self._fair_checks(fair), *self._typical_checks(fair, typical)]
        notes = (
            f"{trained:,} sentences of {len(pool):,}.",
            *(
                self._perplexities(name, courses)
                for name, courses in (("temperature 1", fair), ("top-p", typical))
            ),
            "Perplexity on its own text is no alarm by itself: it falls where a model says ever less, and rises where a smoothed one "
            "hands on what it never read. Held-out text sees both. The first model finds the last one's text stranger at temperature "
            "1 and plainer under top-p.",
        )
        return Outcome(checks=tuple(checks), figure=self._figure(fair, typical), notes=notes)

    def _sentences(self) -> list[str]:
        """Different sentences, in the order of the texts."""
        texts = self.texts if self.texts is not None else [row["text"] for row in read_docstrings()]
        found = (sentence for text in texts for sentence in _SENTENCE.split(text))
        pool = list(dict.fromkeys(each for each in found if len(each.split()) >= _FEWEST_WORDS))
        if len(pool) < _FEWEST_SENTENCES:
            raise InputError(
                f"{len(pool)} different sentences are too few for a loop",
                where="texts",
                do=f"Pass texts with at least {_FEWEST_SENTENCES} sentences of {_FEWEST_WORDS} words or more",
            )
        return pool

    def _loop(self, text: list[str], held: list[str], top_p: float, rng: np.random.Generator) -> _Course:
        """One loop, from the real text on."""
        real = _count(text)
        rare = [word for word, count in real.items() if count <= self.rare_count]
        counts = np.array([*real.values()], dtype=np.float64)
        first: NgramModel | None = None
        rows = []
        for generation in range(self.rounds + 1):
            words = _count(text)
            model = NgramModel.train(text, order=2)
            first = first or model
            written = model.sample(len(text), rng=rng, top_p=top_p)
            left = 1 - np.exp(-counts * coverage(generation)) if generation else np.ones_like(counts)
            rows.append(
                (
                    len(words),
                    float(left.sum()),
                    sum(words[word] for word in rare) / words.total(),
                    2 ** model.bits_per_word(written),
                    2 ** model.bits_per_word(held),
                    2 ** first.bits_per_word(written),
                )
            )
            text = written
        types, law, kept, own, of_held, frozen = np.array(rows, dtype=np.float64).T
        return _Course(types=types, law=law, rare=kept, own=own, held=of_held, frozen=frozen)

    def _fair_checks(self, fair: Sequence[_Course]) -> tuple[Check, ...]:
        left = np.array([course.types / course.law for course in fair])
        return (
            *(
                _mean(left[:, at]).check(
                    f"words after {at} rounds at temperature 1, relative to the law of independent words",
                    1.0,
                    floor=_TYPES_FLOOR,
                )
                for at in sorted({1, (self.rounds + 1) // 2, self.rounds})
            ),
            _mean(_falls(fair)).check("rounds in which words were lost, temperature 1", self.rounds),
            _mean(_ratios([course.held for course in fair])).check(
                "perplexity on held-out text, last relative to first, temperature 1", 1.0, relation="at_least"
            ),
            _mean(_ratios([course.rare for course in fair])).check(
                "mass of rare words that is left at temperature 1", 1.0, floor=_MASS_FLOOR
            ),
        )

    def _typical_checks(self, fair: Sequence[_Course], typical: Sequence[_Course]) -> tuple[Check, ...]:
        kept = _ratios([course.rare for course in typical]) / _ratios([course.rare for course in fair])
        return (
            _mean(np.array([course.types[-1] / course.law[-1] for course in typical])).check(
                f"words after {self.rounds} rounds under top-p, relative to the law of independent words",
                1.0,
                relation="at_most",
            ),
            _mean(_falls(typical)).check("rounds in which words were lost, top-p", self.rounds),
            _mean(_ratios([course.own for course in typical])).check(
                "perplexity on its own text, last relative to first, top-p", 1.0, relation="at_most"
            ),
            _mean(_ratios([course.held for course in typical])).check(
                "perplexity on held-out text, last relative to first, top-p", 1.0, relation="at_least"
            ),
            _mean(kept).check(
                "mass of rare words that is left under top-p, relative to temperature 1",
                _FAR_LESS**self.rounds,
                relation="at_most",
            ),
        )

    def _perplexities(self, name: str, courses: Sequence[_Course]) -> str:
        """First and last perplexities of one kind of loop, in words."""
        pairs = (
            ("on its own text", [course.own for course in courses]),
            ("on held-out text", [course.held for course in courses]),
            ("of what it writes by the first model", [course.frozen for course in courses]),
        )
        said = ", ".join(
            f"{what} {np.mean([each[0] for each in values]):.0f} to {np.mean([each[-1] for each in values]):.0f}"
            for what, values in pairs
        )
        return f"Perplexity at {name}, generation 0 to {self.rounds}: {said}."

    def _figure(self, fair: Sequence[_Course], typical: Sequence[_Course]) -> Figure:
        steps = range(self.rounds + 1)

        def line(values: Sequence[Values]) -> list[Estimate]:
            left = np.array([each / each[0] for each in values])
            return [_mean(at) for at in left.T]

        law = np.mean([course.law / course.law[0] for course in fair], axis=0)
        return Figure(
            x="generation",
            y="share left of what the real text has",
            curves=(
                measured("words, temperature 1", steps, line([course.types for course in fair])),
                theory("words, theory", steps, law),
                measured("words, top-p", steps, line([course.types for course in typical])),
                measured("mass of rare words, temperature 1", steps, line([course.rare for course in fair])),
                measured("mass of rare words, top-p", steps, line([course.rare for course in typical])),
            ),
        )


def _count(text: Sequence[str]) -> Counter[str]:
    return Counter(word for sentence in text for word in split_words(sentence))


def _falls(courses: Sequence[_Course]) -> Values:
    """Of each loop the rounds in which the number of words fell."""
    return np.array([float((np.diff(course.types) < 0).sum()) for course in courses])


def _ratios(values: Sequence[Values]) -> Values:
    """Of each loop the last value relative to the first."""
    return np.array([each[-1] / each[0] for each in values])


def _mean(values: Values) -> Estimate:
    """Their mean; of a single loop nothing is known about chance."""
    return mean(values) if values.size > 1 else Estimate(value=float(values[0]), standard_error=0.0)
