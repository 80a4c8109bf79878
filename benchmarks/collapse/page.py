"""The page of the figure: what was run, which bars held, every arm at the last generation, costs, early warning, and what the gates stopped."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING

from collapse.corpora import REDUCED, SETTINGS
from collapse.pictures import draw, title
from collapse.store import VERSION, read_runs
from collapse.summary import (
    ACCURACY,
    ALONE,
    ALPHA,
    BARRED,
    KEEPS,
    LOSES,
    MANAGED,
    ORDER,
    RARE,
    REPLACE,
    STRONG,
    TAIL,
    WORDS,
    Quantity,
    bars_of,
    cost_of,
    gates_of,
    sort_cases,
    warned_of,
)
from holdfast.lab.collapse.managed import Managed
from holdfast.lab.collapse.protocols import Accumulate, Filtered, MixIn, Quotas, RealAlone, Replace, Steered

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from collapse.summary import Bar, Case, Spread, Warned

_TABLE: tuple[Quantity, ...] = (
    ACCURACY,
    Quantity(field="weighted_accuracy", title="accuracy, strata by their share"),
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
_TOLD = {
    "replace": Replace,
    "mix 10 %": MixIn,
    "mix 20 %": MixIn,
    "mix 30 %": MixIn,
    ALONE: RealAlone,
    "accumulate": Accumulate,
    "guarded filtering": Filtered,
    "quota repair": Quotas,
    "tail-steered generation": Steered,
}


RESULTS = Path(__file__).resolve().parents[1] / "results"
DOCS = RESULTS.parents[1] / "docs" / "laboratory.md"
_MARKS = "<!-- figure -->", "<!-- end of figure -->"
"""Between these the page of documentation has the claim, word for word."""


def write_page(store: Path, output: Path) -> None:
    """Writes `collapse.md` and `collapse.svg`, and the claim into the documentation where the output is what is committed.

    Args:
        store: The runs. It may lack any of them: what is missing is said to be missing.
        output: The folder.
    """
    cases = cases_of(store)
    output.mkdir(parents=True, exist_ok=True)
    (output / "collapse.svg").write_text(draw(cases), encoding="utf-8")
    page = output / "collapse.md"
    page.write_text(page_of(cases), encoding="utf-8")
    if output.resolve() == RESULTS:
        DOCS.write_text(with_claim(DOCS.read_text(encoding="utf-8"), claim(cases)), encoding="utf-8")
    print(f"{len(cases)} corpora, {sum(len(runs) for case in cases for runs in case.arms.values())} runs")
    print(f"open {page}, and the picture {output / 'collapse.svg'}")


def cases_of(store: Path) -> tuple[Case, ...]:
    """The corpora of a store, in the order of the settings."""
    return sort_cases(read_runs(store), version=VERSION, corpora=[one.name for one in SETTINGS])


def with_claim(page: str, told: str) -> str:
    """A page with the claim between its marks; as it was where it has none."""
    begin, end = _MARKS
    if begin not in page:
        return page
    before, _, rest = page.partition(begin)
    return f"{before}{begin}\n{told}\n{end}{rest.partition(end)[2]}"


def page_of(cases: Sequence[Case]) -> str:
    """The page, as text."""
    lines = ["# Does the managed loop hold?", ""]
    if not cases:
        lines += ["No run stands in the store yet.", "", _command(cases)]
        return "\n".join(lines) + "\n"
    lines += [*_claim(cases), "", "![Lines over generations](collapse.svg)", ""]
    for case in cases:
        lines += _bars(case)
    lines += _ran(cases)
    for case in cases:
        lines += _all_arms(case)
    lines += _costs(cases)
    lines += _warnings(cases)
    lines += _stops(cases)
    lines += ["## Again", "", _command(cases)]
    return "\n".join(lines) + "\n"


def _claim(cases: Sequence[Case]) -> Iterator[str]:
    """Each bar in a line, over all corpora, before any number."""
    found = [(case, bars_of(case)) for case in cases]
    yield "| bar | " + " | ".join(case.corpus for case in cases) + " |"
    yield "|---|" + "---|" * len(cases)
    for at, bar in enumerate(found[0][1]):
        yield f"| {_asked(bar)} | " + " | ".join(said(bars[at]) for _, bars in found) + " |"
    yield ""
    yield claim(cases)


def claim(cases: Sequence[Case]) -> str:
    """The claim in words, as the bars bear it."""
    if not cases:
        return "No run stands in the store yet."
    bars = [bar for case in cases for bar in bars_of(case)]
    groups = (
        ("managed keeps what it must keep", [bar for bar in bars if bar.arm == MANAGED]),
        ("replacement loses its rare strata", [bar for bar in bars if bar.arm == REPLACE]),
        ("management beats the same real rows alone", [bar for bar in bars if bar.arm == ALONE]),
    )
    said_ = []
    for told, group in groups:
        found: Counter[str] = Counter(bar.standing for bar in group)
        verdict = next(
            word
            for standing, word in (
                ("missed", "DID NOT HOLD"),
                ("stopped", "STOPPED BY A GATE"),
                ("not measured", "NOT MEASURED"),
                ("held", "HELD"),
            )
            if found[standing]
        )
        rest = "".join(
            f", {found[standing]} {standing}"
            for standing in ("missed", "stopped", "not measured")
            if found[standing]
        )
        said_.append(f"{told}: **{verdict}** ({found['held']} of {len(group)} bars held{rest})")
    return f"On {len(cases)} corpora, {'; '.join(said_)}."


def said(bar: Bar) -> str:
    """Whether a bar held, and by how much."""
    if bar.found is None:
        return "not measured"
    stopped = f"**STOPPED** (a gate stopped {bar.stopped} loop{'s' if bar.stopped > 1 else ''}, whose last accepted rows are read)"
    verdict = {"held": "HELD", "missed": "**DID NOT HOLD**", "stopped": stopped}[bar.standing]
    if bar.better is None:
        return f"{verdict}: {_kept(bar.found)}"
    mean, low, high = (_points(one) for one in (bar.found.mean, bar.found.low, bar.found.high))
    return f"{verdict}: {mean} points ({low} to {high}), better in {bar.better} of {bar.found.count} seeds"


def _asked(bar: Bar) -> str:
    if bar.arm == MANAGED:
        return f"managed keeps at least {100 * KEEPS:.0f} %: {bar.quantity.title}"
    if bar.arm == REPLACE:
        return f"replacement keeps at most {100 * LOSES:.0f} %: {bar.quantity.title}"
    return f"managed is better than real rows alone: {bar.quantity.title}"


def _bars(case: Case) -> Iterator[str]:
    """A corpus in three sentences."""
    yield f"**{case.corpus}**, after {case.generations} generations, in units of generation 0 (mean over seeds, range):"
    yield ""
    for arm in STRONG:
        name = title(arm) if arm != ALONE else "the same real rows alone"
        found = [(quantity, case.spread(arm, quantity)) for quantity in (*BARRED, TAIL)]
        if all(one is None for _, one in found):
            yield f"- {name}: not run."
            continue
        kept = "; ".join(f"{quantity.title} {_kept(one)}" for quantity, one in found if one is not None)
        count = len(case.arms[arm])
        stopped = sum(run.halted is not None for run in case.arms[arm])
        rest = f", of which a gate stopped {stopped}" if stopped else ""
        yield f"- {name}: {kept}; {count} seed{'s' if count > 1 else ''}{rest}."
    yield ""


def _ran(cases: Sequence[Case]) -> Iterator[str]:
    one = Managed()
    yield "## What was run"
    yield ""
    yield (
        "A world is real rows, dealt once for each seed. Generation 0 learns from real rows alone; of them at most three tenths stay at hand. Other real rows steer and judge,"
        " and the exam is sealed: no protocol reads it. Every generation is trained on as many rows as generation 0, except where all is kept (`accumulate`) and where there"
        " are only the real rows at hand. Accuracy and rare recall (the rarest third of the strata) are those of a fixed classifier that learns from the rows of a generation; accuracy is the share of exam rows that it gets right. Bits per byte are the"
        " learner's own. Different words are Hill numbers, at an equal number of words: order 0 counts words, orders 1 and 2 count the more frequent ones the more. The real rows alone hold fewer"
        " words than that number, and so fewer different ones, whatever is in them. Beside it stand the different words among as many rows as generation 0 has."
    )
    yield ""
    yield "| corpus | rows a generation | tail | learner | generations | seeds | runs | too short, left out | arms not run |"
    yield "|---|---|---|---|---|---|---|---|---|"
    for case in cases:
        missing = ", ".join(title(arm) for arm in ORDER if arm not in case.arms)
        tail = "as found" if case.tail is None else f"imposed, rank to the minus {case.tail:g}"
        count = sum(len(runs) for runs in case.arms.values())
        seeds = ", ".join(map(str, case.seeds))
        yield f"| {case.corpus} | {case.size:,} | {tail} | {case.learner} | {case.generations} | {seeds} | {count} | {case.short} | {missing or 'none'} |"
    yield ""
    yield (
        f"- **managed**: the product's own loop: a project, its stages and its gates. In every cycle {100 * one.real:g} % of the rows are real (as far as they reach); of the made ones at most"
        f" {100 * one.earlier:g} % are kept from the snapshot that counts, and the rest is chosen by `holdfast curate` among {one.more:g} times as many new ones. A gate that fails stops the loop:"
        " then the last accepted rows stay, and all later readings are of them; such a loop has lost nothing more and learnt nothing more, so a bar that it passes counts as stopped, not as held. What is kept earlier and what is new is part of the recipe, and a reason why so little is lost."
    )
    for arm in ORDER:
        if arm in _TOLD and any(arm in case.arms for case in cases):
            yield f"- **{title(arm)}**: {_first_sentence(_TOLD[arm])}"
        elif arm == "accumulate-subsample" and any(arm in case.arms for case in cases):
            yield f"- **{title(arm)}**: the same, and each generation learns from as many of these rows as generation 0 did, drawn at random."
    yield ""


def _first_sentence(protocol: type) -> str:
    return (protocol.__doc__ or "").strip().splitlines()[0]


def _all_arms(case: Case) -> Iterator[str]:
    yield f"## {case.corpus}: every arm at generation {case.generations}"
    yield ""
    yield "In units of generation 0: mean over the seeds, range in brackets. Bits per byte: less is better. Worth is the number of real rows by the audit, of rows as many as a generation has."
    yield ""
    heads = ["arm", "seeds", *(quantity.title for quantity in _TABLE), "worth in real rows", "strata left"]
    yield f"| {' | '.join(heads)} |"
    yield f"|{'---|' * len(heads)}"
    for arm, runs in case.arms.items():
        cells = [title(arm), str(len(runs)), *(_kept(case.spread(arm, quantity)) for quantity in _TABLE)]
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


def _costs(cases: Sequence[Case]) -> Iterator[str]:
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


def _warnings(cases: Sequence[Case]) -> Iterator[str]:
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
    yield _leads([one for _, one in found])
    yield ""


def _at(generation: int | None) -> str:
    return "none" if generation is None else f"generation {generation}"


def _lead(one: Warned) -> str:
    if one.lead is not None:
        return "same generation" if one.lead == 0 else f"{one.lead:+d}"
    if one.alarm is None and one.drop is None:
        return "nothing to warn of"
    return "alarm, and no drop" if one.drop is None else "**missed**"


def _leads(found: Sequence[Warned]) -> str:
    leads = [one.lead for one in found if one.lead is not None]
    dropped = [one for one in found if one.drop is not None]
    said_ = [
        f"{sum(lead > 0 for lead in leads)} earlier",
        f"{leads.count(0)} in the same generation",
        f"{sum(lead < 0 for lead in leads)} later",
        f"{sum(one.alarm is None for one in dropped)} never",
    ]
    quiet = [one for one in found if one.drop is None]
    alarmed = sum(one.alarm is not None for one in quiet)
    return (
        f"Of {len(dropped)} runs whose accuracy dropped, the audit alarmed: {', '.join(said_)}. Of {len(quiet)} runs without a drop it alarmed in {alarmed}:"
        " accuracy is not all that can be lost, so that is no false alarm by itself; the control is the audit of generation 0."
    )


def _stops(cases: Sequence[Case]) -> Iterator[str]:
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
            yield f"- {case.corpus}, {title(arm)}, {len(runs)} seeds: {told}; {rest}."
    if not any_:
        yield "No run with gates stands in the store."
    yield ""


def _command(cases: Sequence[Case]) -> str:
    known = {(one.name, one.size, one.tail) for one in SETTINGS}
    reduced = {(one.name, one.size, one.tail) for one in REDUCED}
    here = {(case.corpus, case.size, case.tail) for case in cases}
    if here and here <= reduced:
        return "    make figure"
    aside = "" if here <= known else "\n\nSome corpora here are of other sizes than the command makes."
    return f"    HOLDFAST_REAL_DATA=folder python benchmarks/collapse_figure.py run\n    python benchmarks/collapse_figure.py page{aside}"


def _kept(found: Spread | None) -> str:
    if found is None:
        return "not measured"
    if found.count == 1:
        return f"{_percent(found.mean)} %"
    return f"{_percent(found.mean)} % ({_percent(found.low)} to {_percent(found.high)})"


def _percent(share: float) -> str:
    return f"{100 * share:.1f}"


def _points(share: float) -> str:
    return f"{100 * share:+.1f}".replace("-", "−")
