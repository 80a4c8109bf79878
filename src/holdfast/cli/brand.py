"""`holdfast voice brand`: hold outputs against the texts that a house approved."""

from __future__ import annotations

import click

from holdfast.cli.output import complain, has_color, plain, say, terminal_width, write_json
from holdfast.cli.progress import Progress
from holdfast.cli.targets import check_targets


@click.command(short_help="How much of an approved voice outputs keep, and what pulls it away.")
@click.argument("outputs")
@click.option(
    "--approved",
    required=True,
    metavar="FOLDER|FILE",
    help="Texts that people wrote and approved, 200 at least: a folder of text files, or a file of records.",
)
@click.option(
    "--generic",
    metavar="FOLDER|FILE",
    help="Text of no particular voice, such as outputs of a model that was not tuned; best on the same prompts. "
    "Without it a share of the voice cannot be said.",
)
@click.option(
    "--before", metavar="FOLDER|FILE", help="Outputs of an earlier model, best on the same prompts."
)
@click.option("--lexicon", metavar="FILE", help="Terms of the house, one a line.")
@click.option("--report", metavar="FILE", help="Write the report as one HTML file.")
@click.option("--json", metavar="FILE", help="Write everything as JSON (- is standard output).")
@click.option(
    "--no-text", is_flag=True, help="Leave over-used phrases, which are words of records, out of all reports."
)
@click.option("--seed", type=click.IntRange(min=0), default=0, show_default=True, help="Seed of all draws.")
@click.option("--quiet", is_flag=True, help="No progress.")
@click.option(
    "--color/--no-color", default=None, help="Colour on standard output. By default where it is a terminal."
)
def brand(
    outputs: str,
    *,
    approved: str,
    generic: str | None,
    before: str | None,
    lexicon: str | None,
    report: str | None,
    json: str | None,
    no_text: bool,
    seed: int,
    quiet: bool,
    color: bool | None,
) -> int:
    """Hold OUTPUTS against texts that people wrote and approved: how much of their voice is kept, what pulls it away?

    \b
    holdfast voice brand outputs.jsonl --approved our_texts/ --generic untuned.jsonl

    Voice warns and does not fail: exit code 0, or 3 where it cannot be known.
    """  # noqa: D301 - click reads the backspace as "leave these lines as they are"
    from holdfast.audits.brand import audit_brand
    from holdfast.reports.brand import render_brand, render_brand_html

    inputs = [path for path in (outputs, approved, generic, before, lexicon) if path is not None]
    check_targets({"report": report, "json": json}, inputs, None)
    with Progress(quiet=quiet) as progress:
        found = audit_brand(
            outputs,
            approved=approved,
            generic=generic,
            before=before,
            lexicon=lexicon,
            seed=seed,
            progress=progress,
        )
    body = found.plain(show_text=not no_text)
    if report is not None:
        from holdfast.data import write_text_atomic

        write_text_atomic(report, render_brand_html(body))
    if json is not None:
        write_json(body, json)
    if json != "-":
        say(render_brand(body, width=terminal_width(), color=has_color(color)), nl=False)
        for kind, path in (("report", report), ("json", json)):
            if path is not None:
                complain(f"{kind}: {plain(path)}")
    return found.exit_code
