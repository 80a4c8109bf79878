"""`holdfast demo`: watch a model collapse, and the audit notice."""

from __future__ import annotations

import json

import click

from holdfast.cli.output import plain, say
from holdfast.cli.progress import Progress
from holdfast.version import __version__


@click.command(short_help="Watch a small model collapse, and the audit notice.")
@click.option(
    "-o",
    "--output",
    default="holdfast-demo",
    show_default=True,
    metavar="FOLDER",
    help="Folder for data and reports; that of an earlier demo is replaced.",
)
@click.option(
    "--generations",
    type=click.IntRange(1, 20),
    default=5,
    show_default=True,
    help="Times the model is retrained on its own output.",
)
@click.option(
    "--seed", type=click.IntRange(min=0), default=0, show_default=True, help="Seed of everything random."
)
@click.option("--quiet", is_flag=True, help="No progress.")
def demo(output: str, *, generations: int, seed: int, quiet: bool) -> int:
    """Train a small language model on human text, retrain it on its own output, and audit every generation.

    The human text is what every Python carries: the documentation of the standard library, its module as label.
    Nothing is downloaded and no figure is typed in.
    """
    from holdfast.data import write_folder_atomic, write_text_atomic
    from holdfast.lab.demo import run
    from holdfast.reports import render_html, summarise

    with (
        Progress(quiet=quiet) as progress,
        write_folder_atomic(output, replace=True, kind="holdfast.demo/") as folder,
    ):
        result = run(folder, generations=generations, seed=seed, progress=progress)
        reports = {}
        for name, audit in result.audits.items():
            reports[name] = f"{name}.html"
            write_text_atomic(folder / reports[name], render_html(summarise(audit)))
        manifest = {
            "schema": "holdfast.demo/1",
            "holdfast_version": __version__,
            "seed": seed,
            "reports": reports,
        }
        write_text_atomic(folder / "manifest.json", json.dumps(manifest, indent=2) + "\n")
    say(result.table())
    last = list(reports)[-1]
    say(f"\nopen {plain(output)}/{reports[last]} for the report of the last generation")
    return 0
