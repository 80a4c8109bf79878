"""Rule-based: a real row, written as another person would have typed it. No model is asked."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from functools import lru_cache
from typing import TYPE_CHECKING, ClassVar

from holdfast.errors import UsageError, unknown
from holdfast.remedies.generate.contract import Draft
from holdfast.remedies.generate.methods.rules.habits import learn_weights
from holdfast.remedies.generate.methods.rules.operations import OPERATIONS
from holdfast.remedies.generate.seeds import draw_seed

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import numpy as np

    from holdfast.remedies.generate.contract import Material, Seed, Wish
    from holdfast.remedies.generate.methods.rules.operation import Operation

WEIGHTS: dict[str, float] = {
    **dict.fromkeys(("typos", "keyboard", "lower_case", "no_final_mark", "contracted", "left_out"), 1.0),
    **dict.fromkeys(
        ("short_forms", "expanded", "no_apostrophe", "small_start", "no_punctuation", "speech"), 0.5
    ),
    **dict.fromkeys(
        ("sentence_case", "final_mark", "doubled_mark", "british", "american", "long_forms", "whitespace"),
        0.2,
    ),
    "upper_case": 0.1,
}
"""What happens how often where nothing is known: a guess; `learn_weights` measures it."""
LONGEST = 100_000
"""Characters of the longest row that is rewritten: a row of a megabyte takes seconds for each operation."""
_DRAWS = 64
"""Of an operation that was chosen for a row, so that it does what it was chosen for: at 6 % a word, three words are enough."""
_COUNTS = (0.6, 0.3, 0.1)
"""Chances of one, two and three operations: a guess, replace it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleBased:
    """One real row of the wished stratum, with one to three habits laid over it.

    Among the habits that a row does not show yet, some are drawn by their weights, at most one of a kind, and laid over it in the order
    of `operations`. A row that comes out as it went in is no new row: another is tried, and at the last of `tries` whatever can happen to
    it.

    Attributes:
        operations: What may happen to a text, in this order.
        weights: How often, by the operation's name; what is not named never happens. The weights that come along are a guess.
        learnt: Whether `learn_weights` measures the real rows at hand in their place, if those are 50 or more. Rows are then more like
            reality's, and less various: where a tail was thin, they brought a learner less than the guess did (benchmarks/results/methods.md).
        counts: Chances of one operation, two, and so on.
        uncovered: Chance that the seed is one of the real rows that nobody covers yet, where there are any: not always, since a
            few of them would else be the parents of everything.
        tries: Rows that are tried.

    Raises:
        UsageError: A weight names no operation, is no weight, or nothing may happen at all.
    """

    name: ClassVar[str] = "rule_based"
    asks: ClassVar[bool] = False
    source_type: ClassVar[str] = "machine_edited"

    operations: Sequence[Operation] = OPERATIONS
    weights: Mapping[str, float] = field(default_factory=lambda: dict(WEIGHTS))
    learnt: bool = False
    counts: Sequence[float] = _COUNTS
    uncovered: float = 0.75
    tries: int = 8

    def __post_init__(self) -> None:
        names = [operation.name for operation in self.operations]
        for name, weight in self.weights.items():
            if name not in names:
                raise UsageError(str(unknown("operation", name, names)), where="weights")
            if not 0 <= weight < float("inf"):
                raise UsageError(
                    f"the weight of {name} is {weight}", where="weights", do="Give a number from 0 up"
                )
        if not any(self.weights.values()):
            raise UsageError(
                "no operation has a weight", where="weights", do="Give at least one operation more than 0"
            )

    def __call__(self, wish: Wish, material: Material, rng: np.random.Generator) -> Draft | None:
        """A seed written otherwise; None where there is no seed, or none that anything changes."""
        for left in reversed(range(self.tries)):
            seed = draw_seed(wish, material, rng, uncovered=self.uncovered, longest=LONGEST)
            if seed is None:
                return None
            text, names = self.rewrite(seed.text, rng, weights=self._weights(material), anything=not left)
            if names:
                return Draft(text=text, parents=(seed,), attributes={"operation": "+".join(names)})
        return None

    def rewrite(
        self,
        text: str,
        rng: np.random.Generator,
        *,
        weights: Mapping[str, float] | None = None,
        anything: bool = True,
    ) -> tuple[str, tuple[str, ...]]:
        """A text written otherwise, and the operations that did it; the same text and none where nothing was done.

        Args:
            text: What was written.
            rng: Draws.
            weights: Of operations, by name; this method's own where not given.
            anything: Whether an operation that does nothing to this text makes room for another one. Else it does not, and what is
                seldom by its weight stays seldom in rows to which nothing else can happen.
        """
        wanted = 1 + int(rng.choice(len(self.counts), p=[share / sum(self.counts) for share in self.counts]))
        chosen: list[int] = []
        drawn: set[type] = set()
        for at in self._drawn(text, rng, self.weights if weights is None else weights):
            operation = self.operations[at]
            if type(operation) in drawn:
                continue
            works = self._changed(operation, text, rng) is not None
            if works:
                chosen.append(at)
            if works or not anything:
                drawn.add(type(operation))
            if len(drawn) == wanted:
                break
        found = text
        names: list[str] = []
        for at in sorted(chosen):
            changed = self._changed(self.operations[at], found, rng)
            if changed is not None:
                found = changed
                names.append(self.operations[at].name)
        return (found, tuple(names)) if found != text else (text, ())

    def _drawn(self, text: str, rng: np.random.Generator, weights: Mapping[str, float]) -> list[int]:
        """Operations that this text does not show yet, by weight without replacement."""
        # The first of exponential waiting times is each one's with the chance of its weight.
        waits = zip(rng.exponential(size=len(self.operations)), self.operations, strict=True)
        waiting = [
            (wait / weight, at)
            for at, (wait, operation) in enumerate(waits)
            for weight in [weights.get(operation.name, 0.0)]
            if weight and not operation.shows(text)
        ]
        return [at for _, at in sorted(waiting)]

    def _changed(self, operation: Operation, text: str, rng: np.random.Generator) -> str | None:
        """What an operation makes of a text, drawn until it does something; None where it does nothing."""
        if replace(operation, rate=1.0)(text, rng) == text:
            return None
        for _ in range(_DRAWS):
            found = operation(text, rng)
            if found != text and found.strip():
                return found
        return None

    def _weights(self, material: Material) -> Mapping[str, float]:
        """Those of the real rows at hand where that is asked for, else the declared ones."""
        return _learnt(_Rows(material.seeds), tuple(self.operations)) if self.learnt else self.weights


class _Rows:
    """Real rows, known by where they are and not by what they say: they are the same for every row that is made of them."""

    __slots__ = ("rows",)

    def __init__(self, rows: Mapping[str | None, Sequence[Seed]]) -> None:
        self.rows = rows

    def __hash__(self) -> int:
        return id(self.rows)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Rows) and self.rows is other.rows


@lru_cache(maxsize=2)
def _learnt(rows: _Rows, operations: tuple[Operation, ...]) -> Mapping[str, float]:
    found = learn_weights(
        [seed.text for seeds in rows.rows.values() for seed in seeds], operations=operations
    )
    return found if found is not None and any(found.values()) else WEIGHTS
