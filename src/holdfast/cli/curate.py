"""`holdfast curate`: drop what no one should learn from, and keep the tail."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from holdfast.cli.curate_pairs import FOR_PAIRS, curate_pairs, pair_options
from holdfast.cli.options import Word, reading_options, sources
from holdfast.cli.output import complain, plain, say
from holdfast.cli.preferences import holds_pairs, refuse
from holdfast.cli.progress import Progress
from holdfast.errors import UsageError

if TYPE_CHECKING:
    from holdfast.remedies.curate import Curation

_SHOWN = 10


@click.command(short_help="Drop bad rows and select to a budget without eating the tail.")
@click.argument("candidate", nargs=-1)
@click.option("--real", multiple=True, metavar="FILE", help="Real rows; may be given again.")
@click.option("--anchor", metavar="FOLDER", help="A frozen anchor, instead of --real.")
@click.option("-o", "--output", metavar="FOLDER", help="The folder to write. Without it nothing is written.")
@click.option(
    "--filter", multiple=True, metavar="NAME", help="Run this filter, not the usual ones; may be given again."
)
@click.option(
    "--without", multiple=True, metavar="NAME", help="Leave out a usual filter; may be given again."
)
@click.option("--score", metavar="COLUMN", help="A column with a score of the rows' quality.")
@click.option("--least-score", type=float, metavar="NUMBER", help="Drop rows below it.")
@click.option("--budget", type=int, metavar="ROWS", help="Keep so many rows at most.")
@click.option(
    "--mix",
    type=Word(["equal", "reality", "candidate"]),
    default="equal",
    show_default=True,
    help="How strata share the budget: as equal as the rows allow, as in reality, or as in the candidate.",
)
@click.option(
    "--joined",
    type=int,
    default=0,
    show_default=True,
    metavar="ROWS",
    help="Real rows that will join, for equal.",
)
@click.option(
    "--prefer",
    type=Word(["use", "wording", "words"]),
    default="use",
    show_default=True,
    help="Inside a stratum: rows a learner has use for, rows that add wording, or first of all rows with words that nobody holds yet.",
)
@click.option(
    "--tolerance",
    type=float,
    default=0.05,
    show_default=True,
    metavar="SHARE",
    help="Largest share of reality's rarest tenth that a filter may take.",
)
@click.option(
    "--on-tail",
    type=Word(["relax", "stop"]),
    default="relax",
    show_default=True,
    help="A filter that would take more: relax it in those strata, or stop it.",
)
@click.option(
    "--explain", metavar="ID", help="Say why a row of a curated folder was dropped, and do nothing else."
)
@click.option(
    "--encoder",
    metavar="FOLDER|URL",
    help="Sentence encoder that judges which rows say the same: a local model, or an OpenAI-compatible server.",
)
@click.option("--encoder-model", metavar="NAME", help="The model to ask that server for.")
@click.option("--replace", is_flag=True, help="Replace a curated folder that is there.")
@click.option("--seed", type=click.IntRange(min=0), default=0, show_default=True, help="Seed.")
@reading_options
@pair_options
def curate(
    candidate: tuple[str, ...],
    *,
    real: tuple[str, ...],
    explain: str | None,
    quiet: bool,
    **options: Any,
) -> int:
    """Drop rows of CANDIDATE that no one should learn from, and select down to a budget, without eating the tail.

    \b
    holdfast curate made.jsonl --real real.jsonl -o curated --budget 5000
    holdfast curate curated --explain made.jsonl:17
    holdfast curate prefs.jsonl --anchor human_prefs/ -o curated

    Every filter is measured on real rows before it acts: what it takes of reality's rarest tenth, it takes of rows that are
    good by definition. It exits with 0 when it ran.

    Preference pairs are recognised: labels of judges that lean away from people's are dropped, or weighed (--filter human_weight).
    """  # noqa: D301 - click reads the backspace as "leave these lines as they are"
    if not candidate:
        raise UsageError("there is nothing to curate", do="Name a file with rows")
    if explain is not None:
        return _explain(candidate, explain)
    given = sources(candidate)
    if options["text"] is None and holds_pairs(given, options["anchor"], real):
        return curate_pairs(given, real=real, quiet=quiet, options=options)
    refuse(FOR_PAIRS, "single records")
    for name in FOR_PAIRS:
        options.pop(name)
    from holdfast.remedies.curate import curate as run

    try:
        with Progress(quiet=quiet) as progress:
            found = run(given, real=sources(real) if real else None, progress=progress, **options)
    except KeyboardInterrupt:
        if options["output"] is not None:
            complain("what was found so far is kept beside the output: the same command goes on from there")
        raise
    _describe(found)
    return 0


def _explain(folder: tuple[str, ...], id: str) -> int:
    from holdfast.data.lineage import trace
    from holdfast.remedies.curate.preferences import explain_label, is_label_folder

    if len(folder) == 1 and is_label_folder(folder[0]):
        say(plain(explain_label(folder[0], id)))
        return 0
    record = trace(id, folder).record
    if record["kept"] is None:
        raise UsageError(f"{id} was not curated: its lineage says nothing of filters", where="--explain")
    said = "is kept" if record["kept"] else f"was dropped by {record['dropped_by']}: {record['drop_reason']}"
    say(plain(f"{id} {said}"))
    return 0


def _describe(found: Curation) -> None:
    say(
        f"{found.rows:,} rows read, {len(found.kept):,} kept, {len(found.dropped):,} dropped; "
        f"measured on {plain(found.reality)}"
    )
    say("\nfilter              candidate rows          of reality's rarest tenth")
    for step in found.steps:
        toll = step.tolls[0] if step.tolls else None
        took = (
            ""
            if toll is None or toll["share"] is None
            else f"{toll['share']:.1%} (at most {toll['high']:.1%})"
        )
        word = "" if step.decision == "acts" else f"  {step.decision}"
        say(f"{step.name:<18}  {step.dropped:>7,} of {step.marked:<8,}  {took:<22}{word}".rstrip())
        if step.why and step.decision != "acts":
            spared = f"; {step.spared:,} rows are spared" if step.spared else ""
            say(f"                    {plain(step.why)}{spared}")
    say("\nstrata that lost most        before    after")
    for name, before, after in found.by_stratum[:_SHOWN]:
        say(f"  {plain(name)[:24]:<24}  {before:>7,}  {after:>7,}")
    if len(found.by_stratum) > _SHOWN:
        say(f"  ... and {len(found.by_stratum) - _SHOWN:,} more")
    if found.output is not None:
        say(
            f"\n{plain(str(found.output))}: data/kept.jsonl, dropped/rows.jsonl with reasons, lineage.parquet, manifest.json"
        )
