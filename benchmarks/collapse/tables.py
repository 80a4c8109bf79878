"""Tables of the page: every arm at the last generation, what it costs, when the audit alarmed, and what the gates stopped."""

from __future__ import annotations

from typing import TYPE_CHECKING

from collapse.pictures import title
from collapse.summary import (
    ACCURACY,
    ALPHA,
    RARE,
    TAIL,
    WEIGHTED,
    WORDS,
    Quantity,
    cost_of,
    gates_of,
    warned_of,
)

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from collapse.summary import Case, Spread, Warned

_TABLE: tuple[Quantity, ...] = (
    ACCURACY,
    WEIGHTED,
    RARE,
    TAIL,
    WORDS,
    Quantity(field="row_words", title="different words, as many rows"),
    Quantity(field="words", title="words, order 1", place=1),
    Quantity(field="words", title="words, order 2", place=2),
    Quantity(field="pairs", title="pairs of words, order 0", place=0),
    Quantity(field="pairs", title="pairs, order 1", place=1),
    Quantity(field="pairs", title="pairs, order 2", place=2),
)


def all_arms(case: Case) -> Iterator[str]:
    """Every reading of every arm at the last generation."""
    yield f"## {case.corpus}: every arm at generation {case.generations}"
    yield ""
    yield "In units of generation 0: mean over the seeds, range in brackets. Bits per byte: less is better. Worth is the number of real rows by the audit, of rows as many as a generation has."
    yield ""
    heads = ["arm", "seeds", *(quantity.title for quantity in _TABLE), "worth in real rows", "strata left"]
    yield f"| {' | '.join(heads)} |"
    yield f"|{'---|' * len(heads)}"
    for arm, runs in case.arms.items():
        cells = [title(arm), str(len(runs)), *(kept(case.spread(arm, quantity)) for quantity in _TABLE)]
        yield f"| {' | '.join([*cells, _worth(case, arm), _strata(case, arm)])} |"
    yield ""


def _worth(case: Case, arm: str) -> str:
    found, at_least = case.worth(arm)
    if found is None:
        return "not measured"
    sign = "at least " if at_least else ""
    told = f"{sign}{found.mean:,.0f}"
    return told if found.count == 1 else f"{told} ({found.low:,.0f} to {found.high:,.0f})"


def _strata(case: Case, arm: str) -> str:
    left = [(run.generations[-1]["strata"], run.generations[0]["strata"]) for run in case.arms[arm]]
    few, many = min(now for now, _ in left), max(now for now, _ in left)
    return f"{few if few == many else f'{few} to {many}'} of {max(first for _, first in left)}"


def costs(cases: Sequence[Case]) -> Iterator[str]:
    """What every arm takes."""
    yield "## What it costs"
    yield ""
    yield (
        "Medians over the seeds. Real rows are those in the last generation; written rows are all that models wrote in all generations, those that were not taken included. Seconds are of a"
        " whole run, its readings and audits included, on a machine that may have had other work: an order of magnitude, and not a benchmark."
    )
    yield ""
    yield "| corpus | arm | real rows | rows learnt from | rows written | seconds |"
    yield "|---|---|---|---|---|---|"
    for case in cases:
        for arm in case.arms:
            cost = cost_of(case, arm)
            yield f"| {case.corpus} | {title(arm)} | {cost.real:,.0f} | {cost.trained:,.0f} | {cost.written:,.0f} | {cost.seconds:,.0f} |"
    yield ""


def warnings(cases: Sequence[Case]) -> Iterator[str]:
    """When the audit alarmed, and when accuracy fell."""
    found = [(case, one) for case in cases for one in warned_of(case)]
    yield "## Early warning"
    yield ""
    yield (
        "Of runs in which every generation was audited. An alarm is a generation that the audit fails; it reads no exam. A drop is the first generation whose exam rows changed for the worse significantly more often than for the"
        f" better (exact one-sided test, {100 * ALPHA:g} % shared among the generations). The lead is how many generations the alarm comes before the drop."
    )
    yield ""
    if not found:
        yield "No run was audited in all its generations."
        yield ""
        return
    yield "| corpus | arm | seed | audit of generation 0 (real rows) | first alarm | first drop of accuracy | lead |"
    yield "|---|---|---|---|---|---|---|"
    for case, one in found:
        cells = [
            case.corpus,
            title(one.arm),
            str(one.seed),
            one.control or "not audited",
            _at(one.alarm),
            _at(one.drop),
        ]
        yield f"| {' | '.join([*cells, _lead(one)])} |"
    yield ""
    runs = [one for _, one in found]
    yield f"{leads(runs)} {_quiet(runs)}"
    yield ""


def _at(generation: int | None) -> str:
    return "none" if generation is None else f"generation {generation}"


def _lead(one: Warned) -> str:
    if one.lead is not None:
        return "same generation" if one.lead == 0 else f"{one.lead:+d}"
    if one.alarm is None and one.drop is None:
        return "nothing to warn of"
    return "alarm, and no drop" if one.drop is None else "**missed**"


def leads(found: Sequence[Warned]) -> str:
    """How often the alarm came first, in a sentence."""
    dropped = [one for one in found if one.drop is not None]
    if not dropped:
        return "Whether the audit alarms before accuracy drops was not measured."
    by = [one.lead for one in dropped if one.lead is not None]
    counts = (
        (sum(lead > 0 for lead in by), "in an earlier generation"),
        (by.count(0), "in the same generation"),
        (sum(lead < 0 for lead in by), "later"),
        (sum(one.alarm is None for one in dropped), "not at all"),
    )
    told = ", ".join(f"{count} {when}" for count, when in counts)
    return f"Of {many(len(dropped), 'run')} whose accuracy dropped, the audit alarmed {told}."


def _quiet(found: Sequence[Warned]) -> str:
    quiet = [one for one in found if one.drop is None]
    alarmed = sum(one.alarm is not None for one in quiet)
    return (
        f"An alarm in the same generation still comes first: the audit reads rows before a model learns from them. Of {many(len(quiet), 'run')} without a drop it alarmed in {alarmed}:"
        " accuracy is not all that can be lost, so that is no false alarm by itself; the control is the audit of generation 0."
    )


def stops(cases: Sequence[Case]) -> Iterator[str]:
    """What the gates of the managed loop said, and whom they stopped."""
    yield "## What the gates said"
    yield ""
    any_ = False
    for case in cases:
        for arm, runs in case.arms.items():
            said_ = gates_of(runs)
            if not said_:
                continue
            any_ = True
            told = "; ".join(
                f"{gate}: {', '.join(f'{verdict} {count}' for verdict, count in sorted(counts.items()))}"
                for gate, counts in said_.items()
            )
            stopped = [
                f"seed {run.seed} at {run.generations[run.halted]['halted']}"
                for run in runs
                if run.halted is not None
            ]
            rest = f"stopped: {'; '.join(stopped)}" if stopped else "no seed was stopped"
            yield f"- {case.corpus}, {title(arm)}, {many(len(runs), 'seed')}: {told}; {rest}."
    if not any_:
        yield "No run with gates stands in the store."
    yield ""


def kept(found: Spread | None) -> str:
    """A share of generation 0 over the seeds, in words."""
    if found is None:
        return "not measured"
    if found.count == 1:
        return f"{_percent(found.mean)} %"
    return f"{_percent(found.mean)} % ({_percent(found.low)} to {_percent(found.high)})"


def many(count: int, thing: str) -> str:
    """A number of things.

    >>> many(1, "seed"), many(2, "seed")
    ('1 seed', '2 seeds')
    """
    return f"{count:,} {thing}{'' if count == 1 else 's'}"


def _percent(share: float) -> str:
    return f"{100 * share:.1f}"
