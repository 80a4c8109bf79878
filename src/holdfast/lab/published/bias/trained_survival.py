"""L18: small transformers that are really trained on what the last one wrote, against what one generation's survival foretells."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from holdfast.lab.learners.ngrams import NgramLearner
from holdfast.lab.learners.transformer import TransformerLearner
from holdfast.lab.published.bias.generations import PROTOCOLS, Generations, Stratum, foretell
from holdfast.lab.published.bias.grammar import Grammar
from holdfast.lab.published.experiment import Check, Curve, Figure, Outcome

if TYPE_CHECKING:
    from collections.abc import Callable

    import numpy as np

    from holdfast.lab.learners.learner import Learner
    from holdfast.lab.published.bias.generations import Protocol, Ran

FLOOR = 0.1
"""How far retention may lie from what was foretold: the catalogue's tolerance. Chance has its part in that, no standard error is added."""
_FLAT = 1.1
"""A loss that is a tenth above the first model's has risen."""
_BATCH = 32


@dataclass(frozen=True, slots=True, kw_only=True)
class TrainedSurvival:
    """A language with known classes goes round through models that are really trained.

    Attributes:
        classes: Classes of the language; their shares follow Zipf's law.
        tails: Where the last strata begin, the rarest classes that are pooled: ranks from one to below the next.
        rows: Texts of a round.
        rounds: Models after the first.
        real_share: Share of fresh real rows in the mix.
        temperatures: Of the decoding.
        exam: Fresh real texts that say what a model's loss is.
        width: Width of the transformer.
        depth: Its layers.
        epochs: Times that the first model reads every row; later ones take as many steps, also where rows accumulate.
        device: `cpu` or `cuda`; None: the GPU where there is one.
    """

    id: ClassVar[str] = "L18"
    title: ClassVar[str] = "Transformers trained on what transformers wrote"
    question: ClassVar[str] = (
        "Does what one generation keeps of a rare class foretell how much of it is left after many, when the learner is a model "
        "that is really trained?"
    )
    source: ClassVar[str] = (
        "Gerstgrasser et al. 2024, arXiv:2404.01413, that replacing loses and accumulating does not; F17 and F18 were derived for this "
        "project."
    )
    seconds: ClassVar[float] = 480.0
    extra: ClassVar[str] = "models"

    classes: int = 16
    tails: tuple[int, ...] = (8, 12, 16)
    rows: int = 2400
    rounds: int = 6
    real_share: float = 0.3
    temperatures: tuple[float, ...] = (1.0, 0.8)
    exam: int = 1000
    width: int = 208
    depth: int = 2
    epochs: int = 4
    device: str | None = None

    @property
    def setup(self) -> str:
        """What is drawn."""
        return (
            f"A grammar with {self.classes} classes, whose shares follow Zipf's law and which can be read back from any text, writes "
            f"{self.rows:,} texts; a transformer of {self.depth} layers of width {self.width} learns them word by word in {self.epochs} "
            f"epochs and writes as many, the next one learns from those, for {self.rounds} rounds: replaced, accumulated, and mixed with "
            f"{self.real_share:.0%} fresh real texts; at temperatures {' and '.join(f'{each:g}' for each in self.temperatures)}."
        )

    @property
    def grammar(self) -> Grammar:
        """The language."""
        return Grammar(classes=self.classes)

    @property
    def strata(self) -> tuple[Stratum, ...]:
        """The pooled tails, by rank."""
        return tuple(
            Stratum(name=f"classes {first + 1} to {last}", first=first, last=last)
            for first, last in zip(self.tails, self.tails[1:], strict=False)
        )

    @property
    def learner(self) -> TransformerLearner:
        """Who learns."""
        return TransformerLearner(
            width=self.width,
            depth=self.depth,
            heads=4,
            context=16,
            unit="words",
            units=self.grammar.words,
            epochs=self.epochs,
            most_steps=self.epochs * -(-self.rows // _BATCH),
            batch=_BATCH,
            device=self.device,
        )

    def generations(self, learner: Learner) -> Generations:
        """The loops of a learner."""
        return Generations(
            grammar=self.grammar,
            learner=learner,
            rows=self.rows,
            rounds=self.rounds,
            real_share=self.real_share,
            exam=self.exam,
        )

    def run(self, rng: np.random.Generator, progress: Callable[[str], None] = lambda _: None, /) -> Outcome:
        """Trains the models; see `Experiment.run`.

        Raises:
            MissingExtra: torch is not installed.
        """
        seed = int(rng.integers(2**31))
        found = {
            temperature: self.generations(self.learner).run(temperature, seed, progress)
            for temperature in self.temperatures
        }
        ngrams = {
            temperature: self.generations(NgramLearner()).run(temperature, seed)
            for temperature in self.temperatures
        }
        checks = [check for temperature, ran in found.items() for check in self.checks(temperature, ran)]
        return Outcome(
            checks=tuple(checks),
            figure=self._figure(found),
            notes=(
                *self._findings(checks),
                *(self._compared(temperature, ran) for temperature, ran in ngrams.items()),
                "Retention is the share of a round's training texts, of the share in reality; texts that are of no class are none of the "
                "tail's. One run: chance moves retention too, and has its part in the tolerance.",
            ),
        )

    def checks(self, temperature: float, ran: Ran) -> list[Check]:
        """Loss that rises or does not, and retention where it is furthest from what was foretold."""
        at = f"temperature {temperature:g}"
        checks = [
            Check(
                name=f"{at}, replace: loss of the last model, of the first one's",
                expected=_FLAT,
                measured=ran.loss("replace")[-1],
                relation="at_least",
            ),
            Check(
                name=f"{at}, accumulate: loss of the last model, of the first one's",
                expected=_FLAT,
                measured=ran.loss("accumulate")[-1],
                relation="at_most",
            ),
        ]
        for protocol in PROTOCOLS:
            for stratum in self.strata:
                round_, expected, measured = self.furthest(protocol, stratum, ran)
                checks.append(
                    Check(
                        name=f"{at}, {protocol}, {stratum.name}: retention after round {round_}, the furthest off of 2 to {self.rounds}",
                        expected=expected,
                        measured=measured,
                        floor=FLOOR,
                    )
                )
        return checks

    def furthest(self, protocol: Protocol, stratum: Stratum, ran: Ran) -> tuple[int, float, float]:
        """Round, foretold and measured retention where the two lie furthest apart, from round 2 on."""
        expected = foretell(protocol, ran.survival(stratum), self.real_share, self.rounds)
        measured = ran.retention(protocol, stratum)
        at = max(range(1, self.rounds), key=lambda each: abs(measured[each] - expected[each]))
        return at + 1, expected[at], measured[at]

    def _findings(self, checks: list[Check]) -> list[str]:
        """What did not come out, in words."""
        missed = [check for check in checks if check.relation == "equals" and not check.holds]
        if not missed:
            return [f"Every retention lies within {FLOOR:g} of what one round's survival foretold."]
        more = sum(check.measured > check.expected for check in missed)
        return [
            f"{len(missed)} of {sum(check.relation == 'equals' for check in checks)} retentions lie further than {FLOOR:g} from what one "
            f"round's survival foretold, {more} above it and {len(missed) - more} below. Survival was measured in the same run: that it does "
            f"not foretell these means that it did not stay as it was, or that chance carried this run away."
        ]

    def _compared(self, temperature: float, ran: Ran) -> str:
        """What the n-gram model did, in a sentence."""
        parts = [
            f"{protocol} {measured:.2f} where {expected:.2f} was foretold"
            for protocol in PROTOCOLS
            for _, expected, measured in [self.furthest(protocol, self.strata[-1], ran)]
        ]
        return (
            f"For comparison, n-grams of order 3 at temperature {temperature:g}, {self.strata[-1].name}, where furthest off: "
            f"{', '.join(parts)}; {ran.nonsense('replace')[0]:.0%} of their first texts are of no class."
        )

    def _figure(self, found: dict[float, Ran]) -> Figure:
        """Retention of the rarest classes."""
        rounds = tuple(float(number) for number in range(1, self.rounds + 1))
        stratum = self.strata[-1]
        curves = []
        for temperature, ran in found.items():
            for protocol in PROTOCOLS:
                name = f"{protocol}, temperature {temperature:g}"
                expected = foretell(protocol, ran.survival(stratum), self.real_share, self.rounds)
                curves += [
                    Curve(name=name, x=rounds, y=ran.retention(protocol, stratum)),
                    Curve(name=f"{name}, foretold", x=rounds, y=expected, kind="expected"),
                ]
        return Figure(x="round", y=f"retention of {stratum.name}", curves=tuple(curves))
