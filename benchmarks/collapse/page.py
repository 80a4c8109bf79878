"""The page of the figure: what was run, which bars held, every arm at the last generation, costs, early warning, and what the gates stopped."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING

from collapse.corpora import REDUCED, SETTINGS
from collapse.pictures import draw, title
from collapse.store import VERSION, read_runs
from collapse.summary import (
    ALONE,
    BARRED,
    KEEPS,
    LOSES,
    MANAGED,
    ORDER,
    REPLACE,
    STRONG,
    TAIL,
    WEIGHTED,
    bars_of,
    sort_cases,
    warned_of,
)
from collapse.tables import all_arms, costs, kept, leads, many, stops, warnings
from holdfast.lab.collapse.managed import Managed
from holdfast.lab.collapse.protocols import Accumulate, Filtered, MixIn, Quotas, RealAlone, Replace, Steered

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from collapse.summary import Bar, Case

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
        lines += all_arms(case)
    lines += costs(cases)
    lines += warnings(cases)
    lines += stops(cases)
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
    early = leads([one for case in cases for one in warned_of(case)])
    seeds = [len(case.arms.get(MANAGED, ())) for case in cases]
    drawn = f"{min(seeds)}" if min(seeds) == max(seeds) else f"{min(seeds)} to {max(seeds)}"
    few = f", of which the managed arm has {drawn} {'seed' if max(seeds) == 1 else 'seeds'} each"
    return f"On {len(cases)} {'corpora' if len(cases) > 1 else 'corpus'}{few}, {'; '.join(said_)}. {early}"


def said(bar: Bar) -> str:
    """Whether a bar held, and by how much."""
    if bar.found is None:
        return "not measured"
    stopped = f"**STOPPED** (a gate stopped {many(bar.stopped, 'loop')}, whose last accepted rows are read)"
    verdict = {"held": "HELD", "missed": "**DID NOT HOLD**", "stopped": stopped}[bar.standing]
    if bar.better is None:
        return f"{verdict}: {kept(bar.found)}"
    mean, low, high = (_points(one) for one in (bar.found.mean, bar.found.low, bar.found.high))
    if bar.found.count == 1:
        return f"{verdict}: {mean} points, one seed"
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
        found = [(quantity, case.spread(arm, quantity)) for quantity in (*BARRED, WEIGHTED, TAIL)]
        if all(one is None for _, one in found):
            yield f"- {name}: not run."
            continue
        told = "; ".join(f"{quantity.title} {kept(one)}" for quantity, one in found if one is not None)
        count = len(case.arms[arm])
        stopped = sum(run.halted is not None for run in case.arms[arm])
        rest = f", of which a gate stopped {stopped}" if stopped else ""
        yield f"- {name}: {told}; {many(count, 'seed')}{rest}."
    yield ""


def _ran(cases: Sequence[Case]) -> Iterator[str]:
    one = Managed()
    equal = (
        " New rows are chosen with equal shares of strata, so rare ones have more rows than in generation 0: that alone raises rare recall, and accuracy on an exam whose strata are nearly"
        " equal; with strata by their share in reality it does not."
        if one.mix == "equal"
        else ""
    )
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
        " then the last accepted rows stay, and all later readings are of them; such a loop has lost nothing more and learnt nothing more, so a bar that it passes counts as stopped, not as held. What is kept earlier is part of the recipe, and a"
        f" reason why little is lost.{equal} The recipe is the same for all corpora."
    )
    for arm in ORDER:
        if arm in _TOLD and any(arm in case.arms for case in cases):
            yield f"- **{title(arm)}**: {_first_sentence(_TOLD[arm])}"
        elif arm == "accumulate-subsample" and any(arm in case.arms for case in cases):
            yield f"- **{title(arm)}**: the same, and each generation learns from as many of these rows as generation 0 did, drawn at random."
    yield ""


def _first_sentence(protocol: type) -> str:
    return (protocol.__doc__ or "").strip().splitlines()[0]


def _command(cases: Sequence[Case]) -> str:
    known = {(one.name, one.size, one.tail) for one in SETTINGS}
    reduced = {(one.name, one.size, one.tail) for one in REDUCED}
    here = {(case.corpus, case.size, case.tail) for case in cases}
    if here and here <= reduced:
        return "    make figure"
    aside = "" if here <= known else "\n\nSome corpora here are of other sizes than the command makes."
    return f"    HOLDFAST_REAL_DATA=folder python benchmarks/collapse_figure.py run\n    python benchmarks/collapse_figure.py page{aside}"


def _points(share: float) -> str:
    return f"{100 * share:+.1f}".replace("-", "−")
