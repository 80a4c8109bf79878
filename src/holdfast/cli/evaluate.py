"""`holdfast evaluate`: hold a model generation against a frozen anchor."""

from __future__ import annotations

from typing import Any

import click

from holdfast.cli.output import complain, has_color, plain, say, terminal_width, write_json
from holdfast.cli.progress import Progress
from holdfast.cli.targets import check_targets


@click.command(short_help="Hold a model against real rows that it was not trained on.")
@click.argument("model")
@click.option("--anchor", required=True, metavar="FOLDER", help="A frozen anchor with a holdout.")
@click.option(
    "-o",
    "--output",
    metavar="FOLDER",
    help="Write evaluation.json, rows.parquet, samples.jsonl and audit.json.",
)
@click.option(
    "--frozen",
    metavar="FOLDER|URL",
    help="A model that stays the same while generations come and go. By default word trigrams of the anchor's reference.",
)
@click.option(
    "--samples",
    type=click.IntRange(min=1),
    default=200,
    show_default=True,
    help="Texts that the model writes; they are audited.",
)
@click.option(
    "--prompts",
    metavar="FILE",
    help="Prompts, one a line, or JSON Lines with the member prompt. By default texts are written from their beginning.",
)
@click.option("--temperature", type=float, default=1.0, show_default=True, help="Of sampling.")
@click.option(
    "--top-p", type=float, default=1.0, show_default=True, help="Share of the probability that is drawn from."
)
@click.option(
    "--most-tokens",
    type=click.IntRange(min=1),
    default=256,
    show_default=True,
    help="Tokens after which a sample is cut.",
)
@click.option("--model-name", metavar="NAME", help="The model to ask a server for.")
@click.option(
    "--alpha",
    type=float,
    default=0.01,
    show_default=True,
    help="Family-wise error rate of the samples' audit.",
)
@click.option(
    "--draws",
    type=click.IntRange(max=1_000_000),
    default=1_999,
    show_default=True,
    help="Null draws per measure of that audit.",
)
@click.option(
    "--seed", type=click.IntRange(min=0), default=0, show_default=True, help="Seed of samples and all draws."
)
@click.option("--json", metavar="FILE", help="Write everything as JSON (- is standard output).")
@click.option("--replace", is_flag=True, help="Replace an evaluation that stands in the folder of -o.")
@click.option("--quiet", is_flag=True, help="No progress.")
@click.option(
    "--color/--no-color", default=None, help="Colour on standard output. By default where it is a terminal."
)
def evaluate(
    model: str,
    *,
    anchor: str,
    json: str | None,
    quiet: bool,
    color: bool | None,
    output: str | None,
    prompts: str | None,
    frozen: str | None,
    **options: Any,
) -> int:
    """Hold MODEL, a folder or the URL of a server, against a frozen anchor: what do real rows cost it, by rarity?

    \b
    holdfast evaluate models/generation-3 --anchor anchor/ -o evaluations/3
    holdfast evaluate http://localhost:8000/v1 --model-name NAME --anchor anchor/

    The model has no verdict of its own: exit code 0 says that it could be read.
    """  # noqa: D301 - click reads the backspace as "leave these lines as they are"
    from holdfast.audits.generation import evaluate as run
    from holdfast.reports.evaluation import render_evaluation

    check_targets({"json": json}, [] if prompts is None else [prompts], anchor)
    with Progress(quiet=quiet) as progress:
        found = run(
            model,
            anchor=anchor,
            output=output,
            prompts=prompts,
            frozen=frozen,
            progress=progress,
            **options,
        ).plain()
    if json is not None:
        write_json(found, json)
    if json != "-":
        say(render_evaluation(found, width=terminal_width(), color=has_color(color)), nl=False)
        for kind, path in (("folder", output), ("json", json)):
            if path is not None:
                complain(f"{kind}: {plain(path)}")
    return 0
