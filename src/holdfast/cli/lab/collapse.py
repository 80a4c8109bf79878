"""`holdfast lab collapse`: the user's own rows go round in a bottle."""

from __future__ import annotations

import tempfile
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

import click

from holdfast.cli.lab.folder import check_ours, make
from holdfast.cli.options import Word
from holdfast.cli.output import complain, plain, say, terminal_width
from holdfast.cli.progress import Progress
from holdfast.errors import UsageError

if TYPE_CHECKING:
    from holdfast.lab.bottled import Setting
    from holdfast.reports.collapse.contract import Collapse

STORE = "collapse.jsonl"
_PROTOCOLS = ["replace", "mix", "accumulate", "accumulate-subsample", "managed"]
_DEFAULTS = ("replace", "mix", "managed")


@click.command(
    short_help="Let models learn from your rows, then from what models wrote, and see what is left."
)
@click.option("--real", required=True, metavar="FILE", help="Real rows.")
@click.option("--text", metavar="COLUMN", help="Column of the text; a+b joins two. Detected by default.")
@click.option("--label", metavar="COLUMN", help="Column of the strata. Detected by default.")
@click.option("--labels/--no-labels", default=True, show_default=True, help="Read labels at all.")
@click.option(
    "--protocol",
    multiple=True,
    type=Word(_PROTOCOLS),
    help=f"What the next model learns from: {', '.join(_PROTOCOLS)}; may be given again. By default {', '.join(_DEFAULTS)}.",
)
@click.option(
    "--real-share",
    type=click.FloatRange(0, 0.3, min_open=True),
    default=0.3,
    show_default=True,
    help="Share of real rows where they are mixed in.",
)
@click.option(
    "--learner",
    type=Word(["ngrams", "transformer"]),
    default="ngrams",
    show_default=True,
    help="Who learns. A transformer takes the extra models, and much longer.",
)
@click.option(
    "--temperature",
    type=click.FloatRange(0.01, 10),
    default=1.0,
    show_default=True,
    help="How models write; below 1 the typical is preferred.",
)
@click.option(
    "--top-p",
    type=click.FloatRange(0, 1, min_open=True),
    default=1.0,
    show_default=True,
    help="Share of the probability that is drawn from.",
)
@click.option(
    "--generations",
    type=click.IntRange(1, 100),
    default=5,
    show_default=True,
    help="How often a model is trained anew.",
)
@click.option(
    "--rows",
    type=click.IntRange(min=1),
    help="Rows of every generation. By default as many as there are for it, and at most 3,000.",
)
@click.option(
    "--seed", type=click.IntRange(min=0), default=0, show_default=True, help="Seed of everything random."
)
@click.option(
    "-o",
    "--output",
    default="holdfast-collapse",
    show_default=True,
    metavar="FOLDER",
    help="Folder of the page, the tables and the store, which the same command goes on from.",
)
@click.option(
    "--audit/--no-audit",
    default=True,
    show_default=True,
    help="Audit every generation: what its rows are worth in real rows.",
)
@click.option("--quiet", is_flag=True, help="No progress.")
def collapse(
    *,
    real: str,
    text: str | None,
    label: str | None,
    labels: bool,
    output: str,
    quiet: bool,
    **options: Any,
) -> int:
    """Let a model learn from your rows, the next one from what it wrote, and so on; and show what is left of them.

    \b
    holdfast lab collapse --real real.jsonl
    holdfast lab collapse --real real.jsonl --temperature 0.8 --generations 8 --protocol replace --protocol accumulate

    Every generation is read beside reality, and what the planner foretold after the first is drawn beside what happened.
    What was read is kept at once: after an interrupt the same command goes on.
    """  # noqa: D301 - click reads the backspace as "leave these lines as they are"
    from holdfast.lab.bench.corpus import read_corpus
    from holdfast.lab.bottled import bottle, plain_bottle
    from holdfast.reports.collapse import render_text

    if real == "-":
        raise UsageError(
            "real rows are read again when a run goes on",
            where="--real -",
            do="Save standard input to a file",
        )
    setting = _setting(options)
    setting.check()
    folder = Path(output)
    store = _open(folder)
    made = False
    try:
        with Progress(quiet=quiet) as progress, tempfile.TemporaryDirectory(prefix="holdfast-") as work:
            progress("reading")
            corpus = read_corpus(Path(real), text=text, label=label if labels else None, labelled=labels)
            made = make(folder)
            ended = bottle(corpus, setting, folder=Path(work), store=store, where=real, progress=progress)
    except BaseException as error:
        if store.exists():
            if isinstance(error, KeyboardInterrupt):
                complain(f"what was read is kept in {plain(str(store))}; the same command goes on from there")
        elif made:
            with suppress(OSError):  # somebody has put something there
                folder.rmdir()
        raise
    found = cast("Collapse", plain_bottle(ended, name=Path(real).name))
    _write(folder, found)
    say(render_text(found, width=terminal_width()), nl=False)
    say(f"open {plain(str(folder / 'collapse.html'))}")
    return 0


def _setting(options: dict[str, Any]) -> Setting:
    """What is asked."""
    from holdfast.lab.bottled import Setting
    from holdfast.lab.learners.learner import Decoding

    protocols = options["protocol"] or _DEFAULTS
    return Setting(
        protocols=tuple(dict.fromkeys(protocols)),
        real_share=options["real_share"],
        learner=options["learner"],
        decoding=Decoding(temperature=options["temperature"], top_p=options["top_p"]),
        generations=options["generations"],
        rows=options["rows"],
        seed=options["seed"],
        audited=options["audit"],
    )


def _open(folder: Path) -> Path:
    """The store of a folder, which may be new, or one of ours."""
    store = folder / STORE
    check_ours(folder, STORE)
    return store


def _write(folder: Path, found: Collapse) -> None:
    """Writes data and pages; all are rendered before the first is written."""
    from holdfast.data import write_text_atomic
    from holdfast.reports.collapse import render_html, render_markdown
    from holdfast.reports.jsonfile import render_plain

    rendered = {
        "collapse.json": render_plain(found),
        "collapse.html": render_html(found),
        "collapse.md": render_markdown(found),
    }
    for name, content in rendered.items():
        write_text_atomic(folder / name, content)
