"""Small worlds with a known truth: strata with words of their own, drawn from a seeded generator."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from math import log
from typing import TYPE_CHECKING

import numpy as np
from scipy.stats import binom

from holdfast.measures.examples import text_sides
from holdfast.views.compare import compare
from holdfast.views.reality import Rows, read_reality

if TYPE_CHECKING:
    from collections.abc import Sequence

    from holdfast.views.sides import Sides

_LETTERS = np.array(list("abcdefghijklmnopqrstuvwxyz"))


def invent_words(count: int, rng: np.random.Generator, length: int = 6) -> list[str]:
    """Distinct words that mean nothing."""
    words: dict[str, None] = {}
    while len(words) < count:
        words.setdefault("".join(rng.choice(_LETTERS, length)))
    return list(words)


@dataclass(frozen=True, kw_only=True)
class World:
    """A distribution over labelled texts.

    Attributes:
        labels: Strata.
        shares: Their true shares.
        own: Words of each stratum.
        common: Words that all strata use.
        mixing: Probability that a word is the stratum's own.
        length: Words per text, from and to.
    """

    labels: tuple[str, ...]
    shares: np.ndarray
    own: tuple[tuple[str, ...], ...]
    common: tuple[str, ...]
    mixing: float = 0.5
    length: tuple[int, int] = (8, 12)

    def rows(self, count: int, rng: np.random.Generator, shares: np.ndarray | None = None) -> Labelled:
        """Rows drawn independently."""
        weights = self.shares if shares is None else shares / shares.sum()
        strata = rng.choice(len(self.labels), count, p=weights)
        return Labelled(
            texts=tuple(self.text(int(s), rng) for s in strata), strata=tuple(self.labels[s] for s in strata)
        )

    def text(self, stratum: int, rng: np.random.Generator) -> str:
        """One text of a stratum."""
        words = int(rng.integers(self.length[0], self.length[1] + 1))
        mine = rng.random(words) < self.mixing
        own = rng.integers(len(self.own[stratum]), size=words)
        shared = rng.integers(len(self.common), size=words)
        return " ".join(
            self.own[stratum][o] if m else self.common[s] for m, o, s in zip(mine, own, shared, strict=True)
        )


@dataclass(frozen=True, kw_only=True)
class Labelled:
    """Texts and their strata."""

    texts: tuple[str, ...]
    strata: tuple[str, ...]

    def __len__(self) -> int:
        return len(self.texts)

    def at(self, rows: Sequence[int] | np.ndarray) -> Labelled:
        return Labelled(texts=tuple(self.texts[i] for i in rows), strata=tuple(self.strata[i] for i in rows))

    def __add__(self, other: Labelled) -> Labelled:
        return Labelled(texts=self.texts + other.texts, strata=self.strata + other.strata)

    def records(self, label: str = "intent") -> list[dict[str, str]]:
        return [{"text": t, label: s} for t, s in zip(self.texts, self.strata, strict=True)]


@cache
def zipf_world(
    seed: int, strata: int = 12, exponent: float = 1.0, words: int = 40, **options: object
) -> World:
    """A world whose strata follow a power law."""
    rng = np.random.default_rng([seed, 77])
    vocabulary = invent_words(strata * words + 120, rng)
    shares = np.arange(1, strata + 1, dtype=float) ** -exponent
    return World(
        labels=tuple(f"stratum {i:02d}" for i in range(strata)),
        shares=shares / shares.sum(),
        own=tuple(tuple(vocabulary[i * words : (i + 1) * words]) for i in range(strata)),
        common=tuple(vocabulary[strata * words :]),
        **options,  # type: ignore[arg-type]
    )


def near_copies(rows: Labelled, copies: int, rng: np.random.Generator, changed: int = 2) -> Labelled:
    """Every row with `copies` near-copies, `changed` of whose words are replaced by new ones."""
    texts, strata = [], []
    for text, stratum in zip(rows.texts, rows.strata, strict=True):
        texts.append(text)
        strata.append(stratum)
        for _ in range(copies):
            words = text.split()
            for place in rng.choice(len(words), changed, replace=False):
                words[place] = "".join(rng.choice(_LETTERS, 6))
            texts.append(" ".join(words))
            strata.append(stratum)
    return Labelled(texts=tuple(texts), strata=tuple(strata))


def popular(pool: Labelled, count: int, rng: np.random.Generator, exponent: float = 1.0) -> Labelled:
    """Rows drawn with replacement, a few texts of the pool again and again."""
    weights = np.arange(1, len(pool) + 1, dtype=float) ** -exponent
    return pool.at(rng.choice(len(pool), count, p=weights / weights.sum()))


def sides(
    real: Labelled,
    candidate: Labelled,
    *,
    real_labels: bool = True,
    candidate_labels: bool = True,
    declared: dict[str, float] | None = None,
) -> Sides:
    """Two sets of rows side by side."""
    strata = candidate.strata if candidate_labels and real_labels else None
    reality = read_reality(
        Rows(
            ids=[f"real:{i}" for i in range(len(real))],
            texts=real.texts,
            strata=real.strata if real_labels else None,
        ),
        labelled_candidate=strata is not None,
    )
    return compare(
        reality,
        Rows(ids=[f"candidate:{i}" for i in range(len(candidate))], texts=candidate.texts, strata=strata),
        declared=declared,
    )


def of_one_stratum(real: Sequence[str], candidate: Sequence[str]) -> Sides:
    """Two lists of texts side by side, all of one label: nothing is spent on strata that a measure does not ask for."""
    return text_sides(
        real=real,
        candidate=candidate,
        real_strata=["all"] * len(real),
        candidate_strata=["all"] * len(candidate),
    )


LEVEL = 0.05
MOST_TRIALS = 300
_PASSED, _BLAMED = 0.09, 0.0008


def keeps_to_its_level(trials: int, alarms: int) -> bool | None:
    """Whether so many alarms on reality are those of a test at 5 % and not at 15 %; None where more trials have to tell.

    Wald's sequential test (1945, Annals of Mathematical Statistics 16:117). Of tests at 5 % it blames one in a thousand, after 48 trials
    on average (33 at 3 %); of tests at 15 % it blames 91 in a hundred: `test_worlds.py` computes it. A fixed number of trials that blames
    as seldom and finds as much is 165.

    >>> keeps_to_its_level(21, 0), keeps_to_its_level(22, 0), keeps_to_its_level(12, 8)
    (None, True, False)
    """
    odds = alarms * log(3) + (trials - alarms) * log((1 - 3 * LEVEL) / (1 - LEVEL))
    if odds <= log(_PASSED / (1 - _BLAMED)):
        return True
    if odds >= log((1 - _PASSED) / _BLAMED):
        return False
    return odds <= 0 if trials >= MOST_TRIALS else None


def alarming(p_values: Sequence[float]) -> bool | None:
    """Whether tests of reality alarm too often at 5 %, or at 1 % as far as so many trials can tell; None where more have to tell."""
    within = keeps_to_its_level(len(p_values), sum(p <= LEVEL + 1e-12 for p in p_values))
    if within is None:
        return None
    return not within or sum(p <= 0.01 + 1e-12 for p in p_values) > most_alarms(len(p_values), 0.01)


def most_alarms(trials: int, level: float, chance: float = 1e-3) -> int:
    """Alarms that a test of this level exceeds with no more than this chance."""
    return int(binom.ppf(1.0 - chance, trials, level))


def fewest_hits(trials: int, rate: float, chance: float = 1e-3) -> int:
    """Hits that an event of this rate falls short of with no more than this chance."""
    return int(binom.ppf(chance, trials, rate))
