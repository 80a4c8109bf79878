"""Numbers of the figure: from the lines of a store to what is kept, whether the bars hold, and when the audit alarms.

Nothing is read here but the store, and nothing is drawn. Everything is held against generation 0 of the same run, so that seeds can be
averaged though their worlds differ. What is missing stays missing: it is None, never 0.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import dataclass
from statistics import fmean, median
from typing import TYPE_CHECKING, Any, Literal

from scipy.stats import binom

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

REPLACE, MANAGED, ALONE = "replace", "managed", "real rows alone"
STRONG = (MANAGED, ALONE, REPLACE)
"""Arms that the claim is about."""
TITLES = {
    REPLACE: "replaced",
    "accumulate-subsample": "accumulated, fixed budget",
    "accumulate": "accumulated, all kept",
    "mix 10 %": "10 % real rows mixed in",
    "mix 20 %": "20 % real rows mixed in",
    "mix 30 %": "30 % real rows mixed in",
}
"""What pages call arms whose own name is too short."""
ORDER = (
    MANAGED,
    ALONE,
    "mix 30 %",
    "mix 20 %",
    "mix 10 %",
    "accumulate",
    "accumulate-subsample",
    "quota repair",
    "tail-steered generation",
    "guarded filtering",
    REPLACE,
)
KEEPS, LOSES = 0.95, 0.80
"""The bars: managed keeps at least so much of generation 0 in each reading, replacement at most so much of the rare recall."""
ALPHA = 0.01
"""Of the first significant drop of accuracy, shared among the generations (Bonferroni)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Quantity:
    """Something that was read of every generation.

    Attributes:
        field: Where a generation holds it.
        title: What tables call it.
        place: Which number of it, where the field holds several.
        lower: Whether less is better.
    """

    field: str
    title: str
    place: int | None = None
    lower: bool = False


ACCURACY = Quantity(field="accuracy", title="accuracy")
WEIGHTED = Quantity(field="weighted_accuracy", title="accuracy, strata by their share")
RARE = Quantity(field="rare_recall", title="rare recall")
WORDS = Quantity(field="words", title="different words", place=0)
TAIL = Quantity(field="tail_bits_per_byte", title="bits per byte in the tail", lower=True)
BARRED = (ACCURACY, RARE, WORDS)
"""What management must keep."""
BEATEN = (ACCURACY, RARE, TAIL)
"""In what it must be better than the same real rows alone; of different words, fewer rows have fewer whatever is in them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """A line of the store: one arm, one seed.

    Attributes:
        arm: Its name.
        seed: Its seed.
        seconds: How long it took.
        generations: What was read, generation 0 first.
    """

    arm: str
    seed: int
    seconds: float
    generations: tuple[dict[str, Any], ...]

    @property
    def halted(self) -> int | None:
        """The generation from which on the loop stood still, where a gate stopped it."""
        return next((one["generation"] for one in self.generations if one.get("halted")), None)

    def value(self, quantity: Quantity, generation: int) -> float | None:
        """What was read, or None."""
        found = self.generations[generation].get(quantity.field)
        found = found if quantity.place is None or found is None else found[quantity.place]
        return None if found is None else float(found)

    def kept(self, quantity: Quantity, generation: int) -> float | None:
        """The same, in units of generation 0; None where there is nothing to divide by."""
        first, now = self.value(quantity, 0), self.value(quantity, generation)
        return now / first if first and now is not None else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Spread:
    """Seeds, put together.

    Attributes:
        mean: Their mean.
        low: The smallest.
        high: The largest.
        count: How many there are.
    """

    mean: float
    low: float
    high: float
    count: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """A corpus, dealt in one way, and all that was run on it.

    Attributes:
        corpus: Its name.
        size: Rows of every generation.
        tail: Power of the tail that was imposed, or None.
        learner: Who learnt.
        generations: How often a model was trained anew.
        arms: Runs of every arm, by seed; arms in the order of tables.
        short: Runs with fewer generations: they are left out.
    """

    corpus: str
    size: int
    tail: float | None
    learner: str
    generations: int
    arms: dict[str, tuple[Run, ...]]
    short: int

    @property
    def seeds(self) -> tuple[int, ...]:
        """All seeds of which any arm was run."""
        return tuple(sorted({run.seed for runs in self.arms.values() for run in runs}))

    def spread(self, arm: str, quantity: Quantity, generation: int | None = None) -> Spread | None:
        """What an arm keeps of generation 0, over its seeds; at the last generation where none is named."""
        at = self.generations if generation is None else generation
        return spread(run.kept(quantity, at) for run in self.arms.get(arm, ()))

    def worth(self, arm: str) -> tuple[Spread | None, bool]:
        """What the rows of the last generation are worth in real rows, and whether any of these values is only a lower bound."""
        found = [run.generations[-1].get("worth") or {} for run in self.arms.get(arm, ())]
        known = [one for one in found if one.get("rows") is not None]
        return spread(one["rows"] for one in known), any(one.get("at_least") for one in known)


def spread(values: Iterable[float | None]) -> Spread | None:
    """Mean and range of the values that are there; None where none is."""
    known = [value for value in values if value is not None]
    if not known:
        return None
    return Spread(mean=fmean(known), low=min(known), high=max(known), count=len(known))


def sort_cases(
    lines: Sequence[dict[str, Any]], *, version: int, corpora: Sequence[str] = ()
) -> tuple[Case, ...]:
    """Puts the lines of a store in order.

    Args:
        lines: As they stand in the store. Of two lines with one key the later counts; those of other versions do not.
        version: The version of the runs that count.
        corpora: Their order; others follow in the order of their names.
    """
    found: dict[tuple[str, int, float, str], dict[tuple[str, int], Run]] = defaultdict(dict)
    for line in lines:
        key = line["key"]
        if key["version"] != version:
            continue
        run = Run(
            arm=key["arm"], seed=key["seed"], seconds=line["seconds"], generations=tuple(line["generations"])
        )
        # No tail sorts before every tail.
        tail = -1.0 if key["tail"] is None else key["tail"]
        found[key["corpus"], key["size"], tail, key["learner"]][run.arm, run.seed] = run
    rank = {name: place for place, name in enumerate(corpora)}
    places = sorted(found, key=lambda one: (rank.get(one[0], len(rank)), one))
    return tuple(_case(place, tuple(found[place].values())) for place in places)


def _case(place: tuple[str, int, float, str], runs: tuple[Run, ...]) -> Case:
    corpus, size, tail, learner = place
    last = max(len(run.generations) for run in runs) - 1
    whole = [run for run in runs if len(run.generations) == last + 1]
    rank = {arm: at for at, arm in enumerate(ORDER)}
    names = sorted({run.arm for run in whole}, key=lambda arm: (rank.get(arm, len(rank)), arm))
    return Case(
        corpus=corpus,
        size=size,
        tail=None if tail < 0 else tail,
        learner=learner,
        generations=last,
        arms={
            name: tuple(sorted((run for run in whole if run.arm == name), key=lambda run: run.seed))
            for name in names
        },
        short=len(runs) - len(whole),
    )


Standing = Literal["held", "missed", "stopped", "not measured"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Bar:
    """Something that the figure has to show, and whether it does.

    Attributes:
        arm: Of which arm.
        quantity: In which reading.
        found: What came out over the seeds: a share of generation 0, or in points how much better it is than real rows alone; None
            where it was not run.
        bound: What it is held against.
        most: Whether the bound is the most that is allowed, and not the least.
        better: In how many of the seeds it is better than real rows alone; None where that is not the question.
        stopped: How many of the managed loops that it is about a gate has stopped.
    """

    arm: str
    quantity: Quantity
    found: Spread | None
    bound: float
    most: bool = False
    better: int | None = None
    stopped: int = 0

    @property
    def standing(self) -> Standing:
        """Whether the mean over the seeds holds. Where a gate stopped a loop it cannot: data that stood still are no proof."""
        if self.found is None:
            return "not measured"
        if self.better is not None:
            good = self.found.mean > self.bound
        else:
            good = self.found.mean <= self.bound if self.most else self.found.mean >= self.bound
        return "missed" if not good else "stopped" if self.stopped else "held"


def bars_of(case: Case) -> tuple[Bar, ...]:
    """All bars of a corpus: what managed keeps, what replacement loses, and managed against the same real rows alone."""
    stopped = sum(run.halted is not None for run in case.arms.get(MANAGED, ()))
    keeps = [
        Bar(
            arm=MANAGED,
            quantity=quantity,
            found=case.spread(MANAGED, quantity),
            bound=KEEPS,
            stopped=stopped,
        )
        for quantity in BARRED
    ]
    loses = Bar(arm=REPLACE, quantity=RARE, found=case.spread(REPLACE, RARE), bound=LOSES, most=True)
    beats = []
    for quantity in BEATEN:
        gains = gains_of(case, quantity)
        beats.append(
            Bar(
                arm=ALONE,
                quantity=quantity,
                found=spread(gains),
                bound=0.0,
                better=sum(gain > 0 for gain in gains),
                stopped=stopped,
            )
        )
    return (*keeps, loses, *beats)


def gains_of(case: Case, quantity: Quantity) -> list[float]:
    """How much better managed is than the same real rows alone, in units of generation 0, seed by seed; above 0 is better."""
    alone = {run.seed: run.kept(quantity, case.generations) for run in case.arms.get(ALONE, ())}
    gains = []
    for run in case.arms.get(MANAGED, ()):
        here, there = run.kept(quantity, case.generations), alone.get(run.seed)
        if here is not None and there is not None:
            gains.append(there - here if quantity.lower else here - there)
    return gains


@dataclass(frozen=True, slots=True, kw_only=True)
class Warned:
    """When the audit alarmed, and when accuracy fell, in one run of which every generation was audited.

    Attributes:
        arm: Whose run.
        seed: Its seed.
        control: What the audit said of generation 0, which is real rows; None where it was not asked.
        alarm: The first generation that the audit failed, or None.
        drop: The first generation whose accuracy is significantly below that of generation 0, or None.
    """

    arm: str
    seed: int
    control: str | None
    alarm: int | None
    drop: int | None

    @property
    def lead(self) -> int | None:
        """By how many generations the alarm comes first; None where either never comes."""
        return None if self.alarm is None or self.drop is None else self.drop - self.alarm


def drop_p_value(fell: int, rose: int) -> float:
    """Chance that so many of the rows that changed, or more, changed for the worse, were both ways equally likely (McNemar, exact).

    >>> drop_p_value(5, 0)
    0.03125
    """
    return float(binom.sf(fell - 1, fell + rose, 0.5)) if fell + rose else 1.0


def warned_of(case: Case) -> tuple[Warned, ...]:
    """Every run that was audited in all its generations."""
    found = []
    for arm, runs in case.arms.items():
        for run in runs:
            later = run.generations[1:]
            if not later or any("worth" not in one for one in later):
                continue
            level = ALPHA / len(later)
            fails = (one["generation"] for one in later if one["worth"]["verdict"] == "fail")
            drops = (one["generation"] for one in later if drop_p_value(one["fell"], one["rose"]) < level)
            labelled = run.value(ACCURACY, 0) is not None
            found.append(
                Warned(
                    arm=arm,
                    seed=run.seed,
                    control=(run.generations[0].get("worth") or {}).get("verdict"),
                    alarm=next(fails, None),
                    drop=next(drops, None) if labelled else None,
                )
            )
    return tuple(found)


@dataclass(frozen=True, slots=True, kw_only=True)
class Cost:
    """What an arm takes; medians over its seeds.

    Attributes:
        real: Real rows among those of the last generation.
        trained: Rows of the last generation.
        written: Rows that models wrote, in all generations together.
        seconds: How long a run took, its readings included; of runs of which the last generation alone was audited, where there are any.
    """

    real: float
    trained: float
    written: float
    seconds: float


def cost_of(case: Case, arm: str) -> Cost:
    """What an arm takes."""
    runs = case.arms[arm]
    lightly = [run for run in runs if any("worth" not in one for one in run.generations[1:])]
    return Cost(
        real=median(run.generations[-1]["real"] for run in runs),
        trained=median(run.generations[-1]["rows"] for run in runs),
        written=median(sum(one["written"] for one in run.generations[1:]) for run in runs),
        seconds=median(run.seconds for run in lightly or runs),
    )


def gates_of(runs: Sequence[Run]) -> dict[str, Counter[str]]:
    """What each gate said, over all cycles of all seeds."""
    said: dict[str, Counter[str]] = defaultdict(Counter)
    for run in runs:
        for one in run.generations:
            for gate, verdict in (one.get("gates") or {}).items():
                said[gate][verdict] += 1
    return dict(said)
