"""`holdfast audit`: hold a candidate against reality."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import click

from holdfast.cli.options import Word, reading_options, sources
from holdfast.cli.output import complain, has_color, plain, say, terminal_width
from holdfast.cli.preferences import FOR_PAIRS, audit_pairs, holds_pairs, preference_options, refuse
from holdfast.cli.progress import Progress
from holdfast.cli.targets import check_targets
from holdfast.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from holdfast.reports.summary import Summary


@click.command(short_help="Hold a candidate against reality.")
@click.argument("candidate", nargs=-1, required=True)
@click.option(
    "--real", multiple=True, metavar="FILE", help="Real rows for a one-shot audit; may be given again."
)
@click.option("--anchor", metavar="FOLDER", help="A frozen anchor, instead of --real.")
@reading_options
@click.option(
    "--use",
    type=Word(["replace", "add"]),
    default="replace",
    show_default=True,
    help="replace: the candidate stands for reality. add: it joins the real rows, and is not blamed for strata it leaves out.",
)
@click.option(
    "--only", multiple=True, metavar="STRATUM", help="Look at this stratum only; may be given again."
)
@click.option(
    "--where",
    multiple=True,
    metavar="COLUMN=VALUE",
    help="Examine the candidate rows of which lineage says so, such as agent=org/model; may be given again.",
)
@click.option(
    "--expect", metavar="CSV", help="Declared label mix: a file with the columns stratum and share."
)
@click.option(
    "--alpha",
    type=float,
    default=0.01,
    show_default=True,
    help="Family-wise error rate of the whole battery.",
)
@click.option(
    "--tolerance",
    multiple=True,
    metavar="MEASURE=SHARE",
    help="Largest effect that is let pass; may be given again.",
)
@click.option(
    "--detectable",
    type=float,
    default=0.5,
    show_default=True,
    help="A pass that could have missed a loss larger than this share is undetermined.",
)
@click.option(
    "--on-undetermined",
    type=Word(["ask", "block", "pass"]),
    default="ask",
    show_default=True,
    help="Exit code of an undetermined verdict: ask 3, block 1, pass 0.",
)
@click.option(
    "--draws",
    type=click.IntRange(max=1_000_000),
    default=1_999,
    show_default=True,
    help="Null draws per measure.",
)
@click.option(
    "--encoder",
    metavar="FOLDER|URL",
    help="Sentence encoder that judges closeness: a local model (sentence-transformers or ONNX), or an OpenAI-compatible server.",
)
@click.option("--encoder-model", metavar="NAME", help="The model to ask that server for.")
@click.option(
    "--engine",
    type=Word(["inline", "ray"]),
    help="Read the candidate block by block: inline, here in threads, or on Ray. By default files over 200 MB are read inline.",
)
@click.option(
    "--address", metavar="HOST:PORT", help="A Ray cluster that runs; by default one is started here."
)
@click.option("--workers", type=click.IntRange(min=1), help="How many blocks are read at once.")
@click.option(
    "--store", metavar="FOLDER|off", help="Where words and facts of blocks are kept between audits."
)
@preference_options
@click.option("--seed", type=click.IntRange(min=0), default=0, show_default=True, help="Seed of all draws.")
@click.option("--report", metavar="FILE", help="Write the report as one HTML file.")
@click.option("--json", metavar="FILE", help="Write everything as JSON (- is standard output).")
@click.option("--markdown", metavar="FILE", help="Write a pull request comment (- is standard output).")
@click.option("--junit", metavar="FILE", help="Write JUnit XML for a CI server (- is standard output).")
@click.option("--no-text", is_flag=True, help="No record's text in any output.")
@click.option(
    "--mask/--no-mask",
    default=True,
    show_default=True,
    help="Mask e-mail addresses, numbers and keys in --markdown.",
)
@click.option(
    "--color/--no-color", default=None, help="Colour on standard output. By default where it is a terminal."
)
def audit(
    candidate: tuple[str, ...],
    *,
    real: tuple[str, ...],
    anchor: str | None,
    tolerance: tuple[str, ...],
    report: str | None,
    json: str | None,
    markdown: str | None,
    junit: str | None,
    no_text: bool,
    mask: bool,
    color: bool | None,
    quiet: bool,
    **options: Any,
) -> int:
    """Hold CANDIDATE against reality: which parts did it lose, which did it invent, how sure are we?

    \b
    holdfast audit synthetic.jsonl --real real.jsonl
    holdfast audit synthetic.parquet --anchor anchor/ --report report.html
    holdfast audit prefs.jsonl --anchor human_prefs/

    Preference pairs are recognised, and their labels held against what people said of the same pairs.
    """  # noqa: D301 - click reads the backspace as "leave these lines as they are"
    if [*candidate, *real].count("-") > 1:
        raise UsageError("standard input can be read once only", where="-", do="Save it to a file first")
    targets = {"report": report, "json": json, "markdown": markdown, "junit": junit}
    given = sources(candidate)
    if options["text"] is None and holds_pairs(given, anchor, real):
        check_targets(targets, [*candidate, *real], anchor)
        return audit_pairs(
            given,
            real=real,
            anchor=anchor,
            targets=targets,
            no_text=no_text,
            mask=mask,
            color=color,
            quiet=quiet,
            options=options,
        )
    refuse(FOR_PAIRS, "single records")
    if bool(real) == bool(anchor):
        raise UsageError(
            "--real and --anchor exclude each other"
            if real
            else "there is nothing to hold the candidate against",
            do="Give real rows with --real FILE, or a frozen anchor with --anchor FOLDER",
        )
    check_targets(targets, [*candidate, *real], anchor)
    from holdfast.audits import audit as run
    from holdfast.reports import summarise

    with Progress(quiet=quiet) as progress:
        result = run(
            given,
            real=sources(real) if real else None,
            anchor=anchor,
            tolerance=read_tolerances(tolerance),
            progress=progress,
            **{name: value for name, value in options.items() if name not in FOR_PAIRS},
        )
        progress("writing")
        summary = summarise(result, show_text=not no_text)
        written = _write(summary, targets, mask=mask)
    if "-" not in targets.values():
        say(_text(summary, color=color), nl=False)
    for kind, path in written:
        complain(f"{kind}: {plain(path)}")
    return result.exit_code


def _text(summary: Summary, *, color: bool | None) -> str:
    from holdfast.reports import render_text

    return render_text(summary, width=terminal_width(), color=has_color(color))


def read_tolerances(pairs: tuple[str, ...]) -> dict[str, float]:
    """Tolerances as given on the command line, by measure name."""
    result: dict[str, float] = {}
    for pair in pairs:
        name, _, value = pair.partition("=")
        try:
            share = float(value)
        except ValueError:
            raise UsageError(
                f"{pair!r} is not MEASURE=SHARE", where="--tolerance", do="For example stratum_deficit=0.1"
            ) from None
        if not (math.isfinite(share) and share >= 0):
            raise UsageError(
                f"{value!r} is not a share of at least 0", where=f"--tolerance {name}", do="For example 0.1"
            )
        if name in result:
            raise UsageError("the measure is given twice", where=f"--tolerance {name}", do="Give it once")
        result[name] = share
    return result


def _write(summary: Summary, targets: Mapping[str, str | None], *, mask: bool) -> list[tuple[str, str]]:
    """Write the reports: all are rendered before the first is written."""
    from holdfast.data import write_text_atomic
    from holdfast.reports import render_html, render_json, render_junit, render_markdown

    renderers = {
        "report": lambda: render_html(summary),
        "json": lambda: render_json(summary),
        "markdown": lambda: render_markdown(summary, mask=mask),
        "junit": lambda: render_junit(summary),
    }
    rendered = [(kind, path, renderers[kind]()) for kind, path in targets.items() if path is not None]
    written = []
    for kind, path, text in rendered:
        if path == "-":
            say(text.encode(), nl=not text.endswith("\n"))
        else:
            write_text_atomic(path, text)
            written.append((kind, path))
    return written
