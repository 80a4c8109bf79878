"""Models that learn from what models wrote, in a language whose classes can be read back from any text."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import numpy as np

from holdfast.lab.learners.learner import Decoding
from holdfast.remedies.plan.formulas import retention_accumulated, retention_mixed, retention_replaced

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from numpy.typing import NDArray

    from holdfast.lab.learners.learner import Learner
    from holdfast.lab.published.bias.grammar import Grammar

Protocol = Literal["replace", "accumulate", "mix"]
PROTOCOLS: tuple[Protocol, ...] = ("replace", "accumulate", "mix")
_PROBE = 4
"""The first model writes so many times as many rows as the next one learns from, so that its survival is well known."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Stratum:
    """Classes of neighbouring rank, pooled.

    Attributes:
        name: What tables call it.
        first: Its first class.
        last: The class behind its last one.
    """

    name: str
    first: int
    last: int

    def count(self, counts: Sequence[int]) -> int:
        """How many rows are of it."""
        return sum(counts[self.first : self.last])


@dataclass(frozen=True, slots=True, kw_only=True)
class Round:
    """One model and what it learnt from.

    Attributes:
        trained: Training rows of each class, nonsense the last.
        bits: What a fresh real text costs it, in bits.
    """

    trained: tuple[int, ...]
    bits: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Ran:
    """What became of one language over rounds, at one temperature.

    Attributes:
        shares: Shares of the classes in reality.
        first: The first model, which learnt from real rows.
        written: Rows of each class that it wrote, nonsense the last.
        sample: The same of the part that the next models learn from.
        rounds: By protocol, the models after it.
    """

    shares: tuple[float, ...]
    first: Round
    written: tuple[int, ...]
    sample: tuple[int, ...]
    rounds: dict[Protocol, tuple[Round, ...]]

    def survival(self, stratum: Stratum) -> float:
        """Share of its mass that the first model kept of what it had learnt from; nonsense has a part of all that is written."""
        kept = stratum.count(self.written) / sum(self.written)
        return kept / (stratum.count(self.first.trained) / sum(self.first.trained))

    def retention(self, protocol: Protocol, stratum: Stratum) -> tuple[float, ...]:
        """Its share of each round's training rows, of its share in reality."""
        real = sum(self.shares[stratum.first : stratum.last])
        return tuple(stratum.count(each.trained) / sum(each.trained) / real for each in self.rounds[protocol])

    def nonsense(self, protocol: Protocol) -> tuple[float, ...]:
        """Its share of each round's training rows."""
        return tuple(each.trained[-1] / sum(each.trained) for each in self.rounds[protocol])

    def loss(self, protocol: Protocol) -> tuple[float, ...]:
        """What a real text costs each round's model, of what it cost the first one."""
        return tuple(each.bits / self.first.bits for each in self.rounds[protocol])


def foretell(protocol: Protocol, survival: float, real_share: float, rounds: int) -> tuple[float, ...]:
    """Retention after each round by F17 and F18, from the survival of the first.

    >>> [round(each, 3) for each in foretell("mix", 0.8, 0.3, 2)]
    [0.86, 0.782]
    """
    if protocol == "replace":
        return tuple(float(retention_replaced(survival, t)) for t in range(1, rounds + 1))
    if protocol == "mix":
        return tuple(float(retention_mixed(survival, real_share, t)) for t in range(1, rounds + 1))
    # A pool after t rounds holds the real batch and t others.
    return tuple(float(retention_accumulated(survival, t + 1)) for t in range(1, rounds + 1))


@dataclass(frozen=True, slots=True, kw_only=True)
class Generations:
    """A language, a learner, and how many rows go round.

    Real rows are dealt, not drawn: they have every class as often as reality does, so that what is lost is lost by models.

    Attributes:
        grammar: The language.
        learner: Who learns; it is not told of classes.
        rows: Rows of a round.
        rounds: Models after the first.
        real_share: Share of fresh real rows in the mix.
        exam: Fresh real texts that say what a model's loss is.
    """

    grammar: Grammar
    learner: Learner
    rows: int
    rounds: int
    real_share: float
    exam: int

    def run(self, temperature: float, seed: int, progress: Callable[[str], None] = lambda _: None) -> Ran:
        """Trains the first model on real rows, and then every protocol's models on what models wrote.

        Args:
            temperature: Of the decoding.
            seed: Of everything.
            progress: Called with a word about what is done next.
        """
        real_rng, write_rng, *protocol_rngs = np.random.default_rng(seed).spawn(2 + len(PROTOCOLS))
        decoding = Decoding(temperature=temperature)
        exam, _ = self.grammar.draw(self.exam, real_rng)
        real = self.grammar.deal(self.rows, real_rng)
        progress("the first model")
        model = self.learner.train(real, None, seed=seed)
        first = Round(trained=self.count(real), bits=float(model.bits(exam, None).mean()))
        written = [text for _, text in model.write(_PROBE * self.rows, decoding=decoding, rng=write_rng)]
        rounds: dict[Protocol, tuple[Round, ...]] = {}
        for protocol, rng in zip(PROTOCOLS, protocol_rngs, strict=True):
            made, pool = written[: self.rows], real
            found: list[Round] = []
            for number in range(1, self.rounds + 1):
                progress(f"temperature {temperature:g}, {protocol}, round {number} of {self.rounds}")
                pool = self._next(protocol, pool, made, rng)
                model = self.learner.train(pool, None, seed=seed + number)
                bits = float(model.bits(exam, None).mean())
                found.append(Round(trained=self.count(pool), bits=bits))
                if number < self.rounds:
                    made = [text for _, text in model.write(self.rows, decoding=decoding, rng=rng)]
            rounds[protocol] = tuple(found)
        return Ran(
            shares=tuple(self.grammar.shares.tolist()),
            first=first,
            written=self.count(written),
            sample=self.count(written[: self.rows]),
            rounds=rounds,
        )

    def count(self, texts: Sequence[str]) -> tuple[int, ...]:
        """Texts of each class, nonsense the last."""
        classes = self.grammar.read(texts)
        found: NDArray[np.int64] = np.bincount(
            np.where(classes < 0, self.grammar.classes, classes), minlength=self.grammar.classes + 1
        )
        return tuple(found.tolist())

    def _next(
        self, protocol: Protocol, pool: list[str], made: list[str], rng: np.random.Generator
    ) -> list[str]:
        """What the next model learns from."""
        if protocol == "replace":
            return made
        if protocol == "accumulate":
            return [*pool, *made]
        fresh = self.grammar.deal(round(self.real_share * self.rows), rng)
        return [*fresh, *made[: self.rows - len(fresh)]]
