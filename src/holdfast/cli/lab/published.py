"""`holdfast lab list` and `holdfast lab run`: published results, run again."""

from __future__ import annotations

import builtins
import json
import shlex
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, cast

import click

from holdfast.cli.lab.folder import check_ours, make
from holdfast.cli.options import nearest
from holdfast.cli.output import complain, has_color, plain, say, terminal_width
from holdfast.cli.progress import Progress
from holdfast.errors import InputError, UsageError

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from holdfast.lab.published.experiment import Experiment
    from holdfast.lab.published.results import Result
    from holdfast.reports.laboratory.contract import Laboratory, Trial

RESULTS = "results.json"
_DOES_NOT_HOLD = 1
_MOST_BYTES = 64_000_000


@click.command("list", short_help="List published results that can be run again.")
def catalogue() -> None:
    """List the experiments: id, what happens in it, what it takes on one core, and who published what is expected."""
    from holdfast.lab.published import EXPERIMENTS
    from holdfast.reports.laboratory import render_catalogue
    from holdfast.reports.laboratory.text import Listed

    listed = [
        Listed(one.id, one.title, _cost(one), one.source, _extra(one)) for one in _in_order(EXPERIMENTS)
    ]
    say(render_catalogue(listed, width=terminal_width()), nl=False)


@click.command(short_help="Run published results again, and say whether they hold.")
@click.argument("ids", nargs=-1, metavar="[ID]...")
@click.option("--all", is_flag=True, help="Run every experiment that needs no extra.")
@click.option(
    "--seed", type=click.IntRange(min=0), default=0, show_default=True, help="Seed of everything random."
)
@click.option(
    "-o",
    "--output",
    default="holdfast-lab",
    show_default=True,
    metavar="FOLDER",
    help="Folder of the results and of the page; what it holds of other experiments stays.",
)
@click.option("--quiet", is_flag=True, help="No progress.")
def run(*, ids: tuple[str, ...], all: bool, seed: int, output: str, quiet: bool) -> int:
    """Run published results again and hold what comes out against what was expected.

    \b
    holdfast lab run L5 L7
    holdfast lab run --all --seed 1

    It exits with 0 if every number holds, and with 1 if one does not. What one experiment says depends on the seed and on
    nothing else that is run. Whatever is done is kept at once, in results.json, laboratory.html and laboratory.md.
    """  # noqa: D301 - click reads the backspace as "leave these lines as they are"
    chosen, left_out = _chosen(ids, all=all)
    folder = Path(output)
    kept = {result.id: result for result in _open(folder)}
    made = make(folder)
    done: dict[str, Trial] = {}
    try:
        for experiment in chosen:
            result = _carry_out(experiment, seed, quiet=quiet)
            kept[experiment.id] = result
            _write(folder, kept.values())
            done[experiment.id] = _plain([result])["experiments"][0]
            say(_told(done[experiment.id]))
    except BaseException:
        if not done and made:
            with suppress(OSError):  # somebody has put something there
                folder.rmdir()
        _say_what_is_kept([one.id for one in chosen], list(done), folder, seed)
        raise
    for line in _end(list(done.values()), left_out, folder):
        say(line)
    return 0 if builtins.all(trial["holds"] for trial in done.values()) else _DOES_NOT_HOLD


def _in_order(experiments: Iterable[Experiment]) -> list[Experiment]:
    from holdfast.lab.published.results import place

    return sorted(experiments, key=lambda one: place(one.id))


def _extra(experiment: Experiment) -> str | None:
    """The extra that an experiment needs, if it says so."""
    found: str | None = getattr(experiment, "extra", None)
    return found


def _cost(experiment: Experiment) -> str:
    """What an experiment takes, roughly.

    >>> class Quick: seconds = 0.4
    >>> class Long: seconds = 2_400.0
    >>> _cost(Quick()), _cost(Long())
    ('< 1 s', '40 min')
    """
    seconds = experiment.seconds
    if seconds < 1:
        return "< 1 s"
    if seconds < 90:
        return f"{seconds:.0f} s"
    return f"{seconds / 60:.0f} min" if seconds < 5_400 else f"{seconds / 3_600:.1f} h"


def _chosen(ids: Sequence[str], *, all: bool) -> tuple[list[Experiment], list[Experiment]]:
    """The experiments that are to run, in the order of the catalogue, and those that `--all` leaves out."""
    from holdfast.lab.published import EXPERIMENTS

    known = {one.id: one for one in _in_order(EXPERIMENTS)}
    for name in ids:
        if name.upper() not in known:
            raise UsageError(
                f"there is no experiment {name!r}.{nearest(name.upper(), list(known))} There are: {', '.join(known)}"
            )
    if not ids and not all:
        raise UsageError(
            "no experiment is named",
            do="Name some, such as L5, or give --all; holdfast lab list says which there are",
        )
    wanted = {name.upper() for name in ids}
    chosen = [one for one in known.values() if one.id in wanted or (all and _extra(one) is None)]
    return chosen, [one for one in known.values() if all and one not in chosen]


def _open(folder: Path) -> tuple[Result, ...]:
    """What a folder holds, which may be new, or must be ours."""
    from holdfast.lab.published.results import read_results

    file = folder / RESULTS
    check_ours(folder, RESULTS)
    if not file.exists():
        return ()
    try:
        with file.open("rb") as handle:
            body = json.loads(handle.read(_MOST_BYTES))  # what is larger is cut, and no JSON
    except (OSError, ValueError, RecursionError) as error:
        why = error.strerror if isinstance(error, OSError) else str(error)
        raise InputError(
            f"it cannot be read: {why}", where=str(file), do="Give another folder with -o"
        ) from error
    return read_results(body, str(file))


def _carry_out(experiment: Experiment, seed: int, *, quiet: bool) -> Result:
    from holdfast.lab.published.results import carry_out

    with Progress(quiet=quiet) as progress:
        progress(f"{experiment.id}: {experiment.title}")
        return carry_out(experiment, seed, lambda step: progress(f"{experiment.id}: {step}"))


def _plain(results: Iterable[Result]) -> Laboratory:
    from holdfast.lab.published.results import plain_results

    return cast("Laboratory", plain_results(results))


def _write(folder: Path, results: Iterable[Result]) -> None:
    """Write results and pages; all are rendered before the first is written."""
    from holdfast.data import write_text_atomic
    from holdfast.reports.jsonfile import render_plain
    from holdfast.reports.laboratory import render_html, render_markdown

    found = _plain(results)
    rendered = {
        RESULTS: render_plain(found),
        "laboratory.html": render_html(found),
        "laboratory.md": render_markdown(found),
    }
    for name, text in rendered.items():
        write_text_atomic(folder / name, text)


def _told(trial: Trial) -> str:
    from holdfast.reports.laboratory import render_trial

    return render_trial(trial, width=terminal_width(), color=has_color(None))


def _say_what_is_kept(chosen: list[str], done: list[str], folder: Path, seed: int) -> None:
    left = [name for name in chosen if name not in done]
    if done and left:
        again = f"holdfast lab run {' '.join(left)} --seed {seed} -o {plain(shlex.quote(str(folder)))}"
        complain(
            f"{len(done):,} of {len(chosen):,} experiments are kept in {plain(str(folder))}; the others: {again}"
        )


def _end(trials: list[Trial], left_out: list[Experiment], folder: Path) -> list[str]:
    """What to say after the last experiment."""
    from holdfast.reports.laboratory import render_end
    from holdfast.reports.laboratory.contract import SCHEMA

    lines = [
        f"left out: {one.id}, which needs the extra {_extra(one)}; by name: holdfast lab run {one.id}"
        for one in left_out
    ]
    if len(trials) > 1:
        together = render_end({"schema": SCHEMA, "experiments": trials}, width=terminal_width())
        lines.append(together.removesuffix("\n"))
    return [*lines, f"open {plain(str(folder / 'laboratory.html'))}"]
