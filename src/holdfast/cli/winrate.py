"""`holdfast winrate`: win rates that people would find, from a judge and a few labels of people."""

from __future__ import annotations

import click

from holdfast.cli.output import complain, has_color, plain, say, terminal_width, write_json
from holdfast.cli.progress import Progress
from holdfast.cli.targets import check_targets
from holdfast.errors import UsageError


@click.command(short_help="A judge's win rates, corrected by people.")
@click.argument("preferences")
@click.option("--anchor", metavar="FOLDER", help="A frozen anchor of people's preferences.")
@click.option(
    "--real", metavar="FILE|FOLDER", help="People's labels that are not frozen, in place of --anchor."
)
@click.option(
    "--labelled",
    metavar="FILE",
    help="A file of --label-next in which people have filled in the labels; its pairs are weighed back.",
)
@click.option("--author", metavar="NAME", help="The one to rate. By default all.")
@click.option("--baseline", metavar="NAME", help="The one to rate against. By default all others.")
@click.option("--judge", metavar="NAME", help="Whose verdicts to correct. By default every judge's.")
@click.option("--annotator", metavar="NAME", help="Who labelled the rows that name nobody.")
@click.option(
    "--annotator-type",
    metavar="KIND",
    help="What that is: human, ai_judge, reward_model, rule, implicit or unknown.",
)
@click.option(
    "--label-next",
    type=click.IntRange(min=1),
    metavar="N",
    help="Draw N pairs that people should label next, into the file of -o.",
)
@click.option("-o", "--output", metavar="FILE", help="Where to write these pairs, as JSON Lines.")
@click.option("--json", metavar="FILE", help="Write everything as JSON (- is standard output).")
@click.option(
    "--seed", type=click.IntRange(min=0), default=0, show_default=True, help="Seed of what is drawn."
)
@click.option("--quiet", is_flag=True, help="No progress.")
@click.option(
    "--color/--no-color", default=None, help="Colour on standard output. By default where it is a terminal."
)
def winrate(
    preferences: str,
    *,
    anchor: str | None,
    real: str | None,
    labelled: str | None,
    author: str | None,
    baseline: str | None,
    judge: str | None,
    annotator: str | None,
    annotator_type: str | None,
    label_next: int | None,
    output: str | None,
    json: str | None,
    seed: int,
    quiet: bool,
    color: bool | None,
) -> int:
    """Correct a judge's win rates in PREFERENCES by the pairs that people labelled, and say what those labels are worth.

    \b
    holdfast winrate prefs.jsonl --anchor human_prefs/
    holdfast winrate prefs.jsonl --anchor human_prefs/ --label-next 200 -o next.jsonl
    holdfast winrate prefs.jsonl --anchor human_prefs/ --labelled next.jsonl

    Exit codes: 0 a corrected rate is known, 2 bad input, 3 too few labels of people.
    """  # noqa: D301 - click reads the backspace as "leave these lines as they are"
    from holdfast.audits.winrates import win_rates, write_sample
    from holdfast.reports.winrates import render_win_rates

    if (label_next is None) != (output is None):
        raise UsageError(
            "pairs to label next need a number and a file",
            where="--label-next",
            do="Give both --label-next N and -o FILE",
        )
    inputs = [path for path in (preferences, real, labelled) if path is not None]
    check_targets({"output": output, "json": json}, inputs, anchor)
    with Progress(quiet=quiet) as progress:
        found = win_rates(
            preferences,
            anchor=anchor,
            real=real,
            labelled=labelled,
            author=author,
            baseline=baseline,
            judge=judge,
            annotator=annotator,
            annotator_type=annotator_type,
            label_next=label_next or 0,
            seed=seed,
            progress=progress,
        )
    body = found.plain()
    if output is not None:
        write_sample(found.sample, output)
    if json is not None:
        write_json(body, json)
    if json != "-":
        say(render_win_rates(body, width=terminal_width(), color=has_color(color)), nl=False)
        for kind, path in (("pairs to label", output), ("json", json)):
            if path is not None:
                complain(f"{kind}: {plain(path)}")
    return found.exit_code
