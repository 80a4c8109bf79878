"""Does an estimate from a few hundred reviews cover the truth as often as its interval says?

    OMP_NUM_THREADS=1 python benchmarks/reviews.py [--queues 500] [--out benchmarks/results]

In each world the rows stand: how many are bad is known. Queues of 300 items are drawn from them by a design, people decide, and the interval of
the share of bad rows is held against the truth. Prints, and writes results/reviews.md and results/reviews.json.
"""

from __future__ import annotations

import argparse
import json
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np

from holdfast.measures.reading import Undetermined
from holdfast.reviews.results.calibration import corrected_share
from holdfast.reviews.results.shares import response_weights, weighted_share
from holdfast.stats.intervals import exact_share, wilson
from holdfast.stats.prediction_powered import corrected_mean
from holdfast.stats.unequal import draw_systematic, inclusion_probabilities

ROWS, STRATA, REVIEWS = 20_000, 30, 300


@dataclass(frozen=True, kw_only=True)
class World:
    """A set, a design and people.

    Attributes:
        words: What it is.
        rates: [strata], share of bad rows in each stratum, the most frequent first.
        tail: How strongly rare strata are drawn: chances go by the size of a stratum to minus this power; None draws at random.
        random: Share of the items drawn at random, beside those of the tail.
        silent: Share of the items of each stratum that nobody decides, from the most frequent stratum to the rarest.
        people: How many reviewers there are; each has an eye of their own.
        again: Share of items that all of them answer.
        rows: Rows of the set.
    """

    words: str
    rates: tuple[float, ...]
    tail: float | None = 1.0
    random: float = 0.5
    silent: tuple[float, float] = (0.0, 0.0)
    people: int = 1
    again: float = 0.0
    rows: int = ROWS


EVEN, RARE = (0.05,) * STRATA, (0.01,) * STRATA
CONCENTRATED = (0.005,) * 15 + (0.4,) * 15
WORLDS = (
    World(words="5 % bad everywhere, drawn at random", rates=EVEN, tail=None),
    World(words="5 % bad everywhere, half drawn from the tail", rates=EVEN),
    World(words="1 % bad, drawn at random", rates=RARE, tail=None),
    World(words="1 % bad, half drawn from the tail", rates=RARE),
    World(words="1 % bad, tail-heavy: all strata alike", rates=RARE, random=0.0),
    World(words="bad rows in rare strata, half drawn from the tail", rates=CONCENTRATED),
    World(words="bad rows in rare strata, drawn at random", rates=CONCENTRATED, tail=None),
    World(
        words="bad rows in the most frequent stratum, tail-heavy", rates=(0.03,) + (0.001,) * 29, random=0.0
    ),
    World(words="half are bad, tail-heavy", rates=(0.5,) * STRATA, random=0.0),
    World(words="20 % not decided", rates=EVEN, silent=(0.2, 0.2)),
    World(
        words="10 % to 50 % not decided, more in rare strata with more bad rows",
        rates=CONCENTRATED,
        silent=(0.1, 0.5),
    ),
    World(words="five reviewers who differ, a fifth asked of all", rates=EVEN, people=5, again=0.2),
    World(words="none is bad", rates=(0.0,) * STRATA),
    World(words="a small set: 300 of 1,500 rows", rates=EVEN, rows=1_500),
)


@dataclass(frozen=True, kw_only=True)
class Dealt:
    """A world, dealt: its rows stand, and queues are drawn from them."""

    world: World
    strata: np.ndarray
    bad: np.ndarray
    chances: np.ndarray

    @property
    def truth(self) -> float:
        """The share of bad rows."""
        return float(self.bad.mean())


def deal(world: World, rng: np.random.Generator) -> Dealt:
    shares = 1.0 / np.arange(1, STRATA + 1) ** 1.3
    strata = rng.choice(STRATA, world.rows, p=shares / shares.sum())
    chance_of_bad = np.array(world.rates)[strata]
    # People who look: each calls a row bad with a chance near that of the row, and the truth is what they say on average.
    bad = (rng.random(world.rows) < chance_of_bad).astype(float)
    number = REVIEWS / world.rows
    if world.tail is None:
        chances = np.full(world.rows, number)
    else:
        sizes = np.bincount(strata, minlength=STRATA)[strata] ** -world.tail
        tail = inclusion_probabilities(sizes.astype(float), REVIEWS * (1 - world.random))
        chances = 1.0 - (1.0 - tail) * (1.0 - number * world.random)
    if world.people > 1:
        # With several people there is no yes or no: the share of them who would call it bad, 0.7 for bad rows and 0.01 for others.
        bad = np.where(bad == 1.0, 0.7, 0.01)
    return Dealt(world=world, strata=strata, bad=bad, chances=chances)


def review(dealt: Dealt, rng: np.random.Generator):
    """One queue drawn and decided, and what is said of the share of bad rows."""
    world = dealt.world
    taken = draw_systematic(dealt.chances, dealt.strata, rng)
    silent = np.linspace(*world.silent, STRATA)[dealt.strata[taken]]
    decided = rng.random(len(taken)) >= silent
    said = dealt.bad[taken]
    if world.people > 1:
        # Each has an eye of their own: some see four in ten of what others see.
        eyes = np.linspace(0.6, 1.4, world.people)
        everyone = rng.random(len(taken)) < world.again
        asked = (
            np.eye(world.people, dtype=bool)[rng.integers(world.people, size=len(taken))] | everyone[:, None]
        )
        calls = rng.random((len(taken), world.people)) < said[:, None] * eyes
        said = (calls & asked).sum(axis=1) / asked.sum(axis=1)
    strata = [str(one) for one in dealt.strata[taken]]
    weights, _ = response_weights(dealt.chances[taken], strata, decided)
    return weighted_share(said[decided], weights)


@dataclass(frozen=True, kw_only=True)
class Covered:
    """How often intervals covered the truth in a world.

    Attributes:
        world: What it is.
        truth: The share of bad rows.
        queues: Queues drawn.
        covered: Those whose interval holds the truth.
        naive: Those whose interval would, by Wilson's on the weighted share and the number of items.
        mean: The mean of the estimates.
        width: The middle width of the intervals.
        effective: The middle number of items that would tell as much.
    """

    world: str
    truth: float
    queues: int
    covered: int
    naive: int
    mean: float
    width: float
    effective: float


def study(world: World, queues: int, seed: int) -> Covered:
    rng = np.random.default_rng(seed)
    dealt = deal(world, rng)
    found = [review(dealt, rng) for _ in range(queues)]
    ends = np.array([one.interval for one in found])
    plain = np.array([wilson(one.value * one.items, one.items) for one in found])
    truth = dealt.truth
    return Covered(
        world=world.words,
        truth=truth,
        queues=queues,
        covered=int(((ends[:, 0] <= truth) & (truth <= ends[:, 1])).sum()),
        naive=int(((plain[:, 0] <= truth) & (truth <= plain[:, 1])).sum()),
        mean=float(np.mean([one.value for one in found])),
        width=float(np.median(ends[:, 1] - ends[:, 0])),
        effective=float(np.median([one.effective for one in found])),
    )


@dataclass(frozen=True, kw_only=True)
class Filtered:
    """How often intervals about a filter covered the truth in a world; None where a queue could not say.

    The filter flags 70 % of bad rows and 3 % of others.

    Attributes:
        world: What it is.
        queues: Queues drawn.
        counts: For precision, recall, the rarest strata (the last five), the corrected share, and the corrected share with an interval by its
            standard error: intervals that cover, and intervals there were.
    """

    world: str
    queues: int
    counts: tuple[tuple[int, int], ...]


KINDS = ("precision", "recall", "rarest strata", "corrected share", "the same by standard error")


def study_filter(world: World, queues: int, seed: int) -> Filtered:
    rng = np.random.default_rng(seed)
    dealt = deal(world, rng)
    bad, flags = dealt.bad, (rng.random(world.rows) < np.where(dealt.bad == 1.0, 0.7, 0.03)).astype(float)
    rare = (dealt.strata >= STRATA - 5).astype(float)
    truths = (
        float(bad @ flags / flags.sum()),
        float(bad @ flags / bad.sum()),
        float(bad @ rare / rare.sum()),
        dealt.truth,
        dealt.truth,
    )
    counts = np.zeros((len(KINDS), 2), int)
    for _ in range(queues):
        taken = draw_systematic(dealt.chances, dealt.strata, rng)
        silent = np.linspace(*world.silent, STRATA)[dealt.strata[taken]]
        decided = rng.random(len(taken)) >= silent
        weights, _ = response_weights(
            dealt.chances[taken], [str(one) for one in dealt.strata[taken]], decided
        )
        seen = taken[decided]
        found = (
            weighted_share(bad[seen], weights, parts=flags[seen]),
            weighted_share(flags[seen], weights, parts=bad[seen]),
            weighted_share(bad[seen], weights, parts=rare[seen]),
            corrected_share(bad[seen], flags[seen], weights, flags),
            corrected_mean(bad[seen], flags[seen], flags, sampling=weights),
        )
        for kind, (one, truth) in enumerate(zip(found, truths, strict=True)):
            if isinstance(one, Undetermined):
                continue
            low, high = one.interval or (one.value, one.value)
            counts[kind] += (low <= truth <= high, 1)
    return Filtered(world=world.words, queues=queues, counts=tuple(tuple(row) for row in counts.tolist()))


def filter_lines(found: list[Filtered]) -> list[str]:
    lines = [
        "## Filters beside people",
        "",
        "A filter flags 70 % of bad rows and 3 % of others. Share of intervals that cover the truth, of those queues that could say:",
        "",
        f"| world | {' | '.join(KINDS)} |",
        f"|---|{'---:|' * len(KINDS)}",
    ]
    for one in found:
        cells = [f"{100 * hits / of:.1f} %" if of else "-" for hits, of in one.counts]
        lines.append(f"| {one.world} | {' | '.join(cells)} |")
    return [*lines, ""]


def page(found: list[Covered]) -> str:
    least = min(found, key=lambda one: one.covered / one.queues)
    lines = [
        "# Do estimates from reviews cover the truth?",
        "",
        f"{found[0].queues:,} queues of {REVIEWS} items in each world; the interval is meant for 95 %. The least: "
        f"{100 * least.covered / least.queues:.1f} % ({least.world}). Written by `benchmarks/reviews.py`.",
        "",
        "| world | truth | mean estimate | covered | 95 % interval of that | median width | items worth | weights, counted as if equal |",
        "|---|---:|---:|---:|---:|---:|---:|---:|",
    ]
    for one in found:
        low, high = exact_share(one.covered, one.queues)
        lines.append(
            f"| {one.world} | {100 * one.truth:.2f} % | {100 * one.mean:.2f} % | {100 * one.covered / one.queues:.1f} % | "
            f"{100 * low:.1f} to {100 * high:.1f} % | {100 * one.width:.1f} points | {one.effective:.0f} | "
            f"{100 * one.naive / one.queues:.1f} % |"
        )
    lines += [
        "",
        "*Items worth*: items drawn with equal chances that would tell as much, by the weights. *Weights, counted as if equal*: how often Wilson's interval "
        "on the weighted share and the plain number of items covers the truth.",
        "",
    ]
    return "\n".join(lines)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--queues", type=int, default=500)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--out", type=Path, default=Path(__file__).parent / "results")
    asked = parser.parse_args()
    found = []
    for number, world in enumerate(WORLDS):
        one = study(world, asked.queues, asked.seed + number)
        low, high = exact_share(one.covered, one.queues)
        print(f"{one.covered / one.queues:.3f} ({low:.3f} to {high:.3f})  {one.world}", flush=True)
        found.append(one)
    # Of a world without bad rows, or with people who see different things, a filter has no recall that is known.
    told = [one for one in WORLDS if one.people == 1 and any(one.rates)]
    filtered = [study_filter(one, asked.queues, asked.seed + 100 + number) for number, one in enumerate(told)]
    text = "\n".join([page(found), *filter_lines(filtered)])
    (asked.out / "reviews.md").write_text(text, encoding="utf-8")
    print("\n".join(filter_lines(filtered)))
    body = {"shares": [asdict(one) for one in found], "filters": [asdict(one) for one in filtered]}
    (asked.out / "reviews.json").write_text(json.dumps(body, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
