"""`holdfast lab bench`: detectors tried on worlds with a known truth."""

from __future__ import annotations

import json
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from holdfast.cli.lab.folder import check_ours, make
from holdfast.cli.options import Word, nearest
from holdfast.cli.output import complain, plain, say
from holdfast.cli.progress import Progress
from holdfast.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from holdfast.lab.bench.corpus import Corpus
    from holdfast.lab.bench.detectors.detector import Detector
    from holdfast.lab.bench.instance import Scenario
    from holdfast.lab.bench.plan import Plan
    from holdfast.lab.bench.run import Progress as Done
    from holdfast.lab.bench.store import Entry

STORE = "bench.jsonl"
ALL, CLASSICS, NOBODY = "all", "classics", "none"
_GENERATED_ROWS = 500
_SHOWN = 12


@click.command(short_help="Try detectors on sets in which something known was planted.")
@click.option(
    "--corpus",
    multiple=True,
    metavar="FILE",
    help="Real rows; may be given again. By default rows are generated and nothing is downloaded.",
)
@click.option("--text", metavar="COLUMN", help="Column of the text; a+b joins two. Detected by default.")
@click.option("--label", metavar="COLUMN", help="Column of the strata. Detected by default.")
@click.option("--labels/--no-labels", default=True, show_default=True, help="Read labels at all.")
@click.option(
    "--size",
    type=click.IntRange(min=1),
    default=_GENERATED_ROWS,
    show_default=True,
    help="Rows of every candidate.",
)
@click.option(
    "--anchor-rows", type=click.IntRange(min=1), help="Rows of the anchor; those of a candidate by default."
)
@click.option(
    "--tail",
    default="0.5",
    show_default=True,
    metavar="POWER",
    help="Strata get shares by rank to the minus this power; 1 is Zipf, 0 makes them equal, natural leaves them.",
)
@click.option(
    "--seeds", type=click.IntRange(min=0), default=1, show_default=True, help="Draws of every instance."
)
@click.option(
    "--null-draws",
    type=click.IntRange(min=0),
    default=100,
    show_default=True,
    help="Draws in which nothing is planted. A threshold at one in a hundred takes 99; a good one 1,000.",
)
@click.option(
    "--scenario",
    multiple=True,
    metavar="ID",
    help="Plant this only, such as D4, or 'D11 length'; may be given again.",
)
@click.option(
    "--severity",
    multiple=True,
    type=click.FloatRange(0, 1, min_open=True),
    default=(0.2, 0.4, 1.0),
    show_default=True,
    help="How much is planted; may be given again.",
)
@click.option(
    "--detector",
    multiple=True,
    metavar="NAME",
    help="Try this only: holdfast, distinct-2 and so on; all, classics or none. May be given again.",
)
@click.option(
    "--peer",
    multiple=True,
    metavar="COMMAND",
    help="Try a program that speaks lines of JSON, too; see benchmarks/peers. May be given again.",
)
@click.option(
    "-o",
    "--output",
    default="holdfast-bench",
    show_default=True,
    metavar="FOLDER",
    help="Folder of the store, which a later run goes on with, and of the page and tables.",
)
@click.option("--workers", type=click.IntRange(1, 256), default=1, show_default=True, help="Processes.")
@click.option(
    "--show",
    type=Word(["run", "store"]),
    default="run",
    show_default=True,
    help="run: run, then show all that the store holds. store: show it and run nothing.",
)
@click.option("--quiet", is_flag=True, help="No progress.")
def bench(
    *,
    corpus: tuple[str, ...],
    text: str | None,
    label: str | None,
    labels: bool,
    peer: tuple[str, ...],
    output: str,
    workers: int,
    show: str,
    quiet: bool,
    **options: Any,
) -> int:
    """Plant one thing in real rows, let every detector look, and score what it said against the truth.

    \b
    holdfast lab bench
    holdfast lab bench --corpus real.jsonl --size 2000 --null-draws 1000 --workers 4
    holdfast lab bench --scenario D4 --scenario D7 --detector holdfast

    Whatever is done is kept at once: after an interrupt the same command goes on. Several corpora, sizes and detectors
    may share a folder; the page shows all that it holds.
    """  # noqa: D301 - click reads the backspace as "leave these lines as they are"
    from holdfast.lab.bench.detectors import leave_peers
    from holdfast.lab.bench.run import check_sizes, run
    from holdfast.lab.bench.store import newest, read_entries

    folder = Path(output)
    store = _open(folder, new=show == "run")
    worlds: set[str] = set()
    if show == "run":
        try:
            with Progress(quiet=quiet) as progress:
                progress("reading")
                plan = _plan(_corpora(corpus, text=text, label=label, labels=labels), peer, options)
                if workers > 1:
                    leave_peers()  # every process starts its own
                worlds = {setting.world_id for setting in plan.settings()}
                check_sizes(plan)
                make(folder)
                _carry_out(run, plan, store, workers=workers, progress=progress)
        finally:
            leave_peers()
    entries = newest(read_entries(store).values(), worlds)
    if not entries:
        raise UsageError("the store is empty", where=str(store), do="Run the bench first")
    for line in _write(folder, entries):
        say(line)
    return 0


def _open(folder: Path, *, new: bool) -> Path:
    """The store of a folder, which may be new, or one of ours."""
    store = folder / STORE
    if not new and not store.exists():
        raise UsageError("there is no store", where=str(folder), do="Run the bench first, or name its folder")
    check_ours(folder, STORE)
    return store


def _corpora(
    paths: Sequence[str], *, text: str | None, label: str | None, labels: bool
) -> tuple[Corpus, ...]:
    from holdfast.lab.bench.corpus import generate_corpus, read_corpus

    if not paths:
        made = generate_corpus()
        return (made if labels else made.unlabelled(),)
    if "-" in paths:
        raise UsageError(
            "a corpus is read again whenever a run goes on", where="-", do="Save standard input to a file"
        )
    return tuple(
        read_corpus(Path(path), text=text, label=label if labels else None, labelled=labels) for path in paths
    )


def _plan(corpora: tuple[Corpus, ...], peers: Sequence[str], options: dict[str, Any]) -> Plan:
    from holdfast.lab.bench.plan import Plan

    return Plan(
        corpora=corpora,
        scenarios=_scenarios(options["scenario"]),
        severities=tuple(sorted(set(options["severity"]))),
        sizes=(options["size"],),
        seeds=options["seeds"],
        nulls=options["null_draws"],
        detectors=_detectors(options["detector"], peers),
        anchor=options["anchor_rows"],
        exponent=_tail(options["tail"]),
    )


def _tail(value: str) -> float | None:
    if value == "natural":
        return None
    try:
        power = float(value)
    except ValueError:
        power = -1.0
    if not 0 <= power <= 10:
        raise UsageError(
            f"{value!r} is neither a power from 0 to 10 nor 'natural'", where="--tail", do="For example 0.5"
        )
    return power


def _scenarios(wanted: Sequence[str]) -> tuple[Scenario, ...]:
    from holdfast.lab.bench.instance import name_of
    from holdfast.lab.bench.scenarios import SCENARIOS

    known = [name for scenario in SCENARIOS for name in (scenario.id, name_of(scenario))]
    for name in wanted:
        _check_name(name, known, "--scenario")
    return tuple(s for s in SCENARIOS if not wanted or s.id in wanted or name_of(s) in wanted)


def _detectors(wanted: Sequence[str], peers: Sequence[str]) -> tuple[Detector, ...]:
    from holdfast.lab.bench.detectors import DETECTORS, join_peer
    from holdfast.lab.bench.detectors.audits import AUDIT

    for name in wanted:
        _check_name(name, [*(d.name for d in DETECTORS), ALL, CLASSICS, NOBODY], "--detector")

    def is_wanted(name: str) -> bool:
        return not wanted or ALL in wanted or name in wanted or (CLASSICS in wanted and name != AUDIT)

    joined: list[Detector] = [join_peer(command) for command in dict.fromkeys(peers)]
    return (*(d for d in DETECTORS if is_wanted(d.name)), *joined)


def _check_name(name: str, known: Sequence[str], where: str) -> None:
    if name not in known:
        names = list(dict.fromkeys(known))
        raise UsageError(
            f"there is no {name!r}.{nearest(name, names)} There are: {', '.join(names)}", where=where
        )


def _carry_out(
    run: Callable[..., list[Entry]], plan: Plan, store: Path, *, workers: int, progress: Progress
) -> None:
    start = time.monotonic()
    last: list[Done] = []

    def tell(done: Done) -> None:
        last[:] = [done]
        made, left = done.done - done.found, done.total - done.done
        wait = ""
        if made and left:
            wait = f", about {_in_words((time.monotonic() - start) / made * left)} left"
        progress(f"{done.done:,} of {done.total:,} looks{wait}: {plain(done.last) or 'starting'}")

    try:
        run(plan, store, workers=workers, progress=tell)
    except KeyboardInterrupt:
        if last:
            complain(
                f"{last[0].done:,} of {last[0].total:,} looks are kept in {plain(str(store))}; "
                "the same command goes on from there"
            )
        raise


def _in_words(seconds: float) -> str:
    """A time to wait.

    >>> _in_words(40), _in_words(400), _in_words(8000)
    ('40 s', '7 min', '2.2 h')
    """
    if seconds < 90:
        return f"{seconds:.0f} s"
    return f"{seconds / 60:.0f} min" if seconds < 5400 else f"{seconds / 3600:.1f} h"


def _write(folder: Path, entries: Sequence[Entry]) -> list[str]:
    """Write page and tables; what to say of them."""
    from holdfast.data import write_text_atomic
    from holdfast.lab.bench.instance import name_of
    from holdfast.lab.bench.scenarios import SCENARIOS
    from holdfast.lab.bench.table import tabulate
    from holdfast.reports.bench import render_bench_html, render_bench_markdown
    from holdfast.reports.bench.figures import at, share, worst

    table = tabulate(entries, titles={name_of(scenario): scenario.title for scenario in SCENARIOS})
    rendered = {
        "bench.html": render_bench_html(table),
        "bench.md": render_bench_markdown(table),
        "bench.json": json.dumps(table, indent=1, ensure_ascii=False, allow_nan=False) + "\n",
    }
    for name, content in rendered.items():
        write_text_atomic(folder / name, content)
    harm = table["harms"][len(table["harms"]) // 2]
    lines = [f"power at 1 % on the worst scenario that costs {share(harm)} of rare recall:"]
    lines += [f"  {plain(d['name'])[:40]:<42}{worst(at(d, harm))}" for d in table["detectors"][:_SHOWN]]
    if len(table["detectors"]) > _SHOWN:
        lines.append(f"  and {len(table['detectors']) - _SHOWN} more")
    broke = sum(failure["count"] for failure in table["failures"])
    if broke:
        lines.append(f"{broke:,} looks broke; the page says why, and the same command tries them again")
    return [*lines, f"open {plain(str(folder / 'bench.html'))}"]
