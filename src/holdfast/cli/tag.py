"""`holdfast tag`: lineage beside rows that have none."""

from __future__ import annotations

from typing import Any

import click

from holdfast.cli.lineage import say_summary
from holdfast.cli.options import reading_options
from holdfast.cli.output import plain, say
from holdfast.cli.progress import Progress


@click.command(short_help="Write down where rows come from, beside the file.")
@click.argument("path", metavar="FILE")
@click.option("-o", "--output", metavar="FILE", help="The lineage file. By default beside the rows.")
@click.option("--source", metavar="NAME", help="Where the rows came from.")
@click.option(
    "--source-type", metavar="WORD", help="human, synthetic, human_edited, machine_edited or unknown."
)
@click.option("--method", metavar="WORD", help="How they were made, such as few_shot or paraphrase.")
@click.option("--agent", metavar="NAME", help="The model (name@revision) or the person that made them.")
@click.option("--generation-depth", type=int, metavar="N", help="Models between the rows and people.")
@click.option(
    "--trained-on-depth",
    type=int,
    metavar="N",
    help="Largest depth in what the generating model was trained on: their depth is one more.",
)
@click.option("--parents", metavar="COLUMN", help="Column with the ids of the rows they were made from.")
@click.option(
    "--parents-in",
    multiple=True,
    metavar="FILE",
    help="Where those rows' lineage stands; may be given again.",
)
@click.option("--cycle", type=int, metavar="N", help="The turn of the loop they were made in.")
@click.option(
    "--label-source-type", metavar="WORD", help="Who made the labels, where that was somebody else."
)
@click.option("--licenses", multiple=True, metavar="SPDX", help="A licence; may be given again.")
@click.option("--tags", multiple=True, metavar="WORD", help="A free word; may be given again.")
@click.option(
    "--origin",
    default="auto",
    show_default=True,
    metavar="TOOL",
    help="Whose traces to read: distilabel, curator, data-designer, datatrove, columns, none, or auto.",
)
@click.option("--replace", is_flag=True, help="Replace lineage that is there.")
@reading_options
def tag(path: str, *, quiet: bool, **options: Any) -> int:
    """Write down where the rows of FILE come from, in a file beside it. The rows stay as they are.

    \b
    holdfast tag real.jsonl --source support --source-type human
    holdfast tag made.jsonl --source-type synthetic --agent org/model@4f1c --trained-on-depth 0 --method few_shot

    What nobody knows stays null; a depth that cannot be known is null, never 0.
    """  # noqa: D301 - click reads the backspace as "leave these lines as they are"
    from holdfast.data.lineage import Declared
    from holdfast.data.lineage import tag as run
    from holdfast.data.lineage.query import summarise

    named = Declared.__dataclass_fields__
    declared = Declared(**{name: options.pop(name) for name in list(options) if name in named})
    with Progress(quiet=quiet) as progress:
        found = run(path, declared=declared, progress=progress, **options)
    read = f", traces of {found.origin} read" if found.origin else ""
    say(f"{plain(str(found.path))}: lineage of {len(found.table):,} rows ({plain(found.detection)}{read})")
    say_summary(summarise([found.path]))
    return 0
