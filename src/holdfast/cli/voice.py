"""`holdfast voice`: have outputs taken on the voice of a teacher, and how much of a brand's voice is left?"""

from __future__ import annotations

from importlib import import_module
from importlib.util import find_spec
from typing import Any

import click

from holdfast.cli.options import Verbs
from holdfast.cli.output import complain, has_color, plain, say, terminal_width, write_json
from holdfast.cli.progress import Progress
from holdfast.cli.targets import check_targets

_SEVERAL = "--placebo"


class _Voices(Verbs):
    """A group whose first command is meant where none is named."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Put in the command that is meant."""
        if args and args[0] not in {*self.list_commands(ctx), *ctx.help_option_names}:
            args = ["drift", *args]
        return super().parse_args(ctx, args)

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 - click's signature
        """The commands there are."""
        return ["drift", *(["brand"] if find_spec("holdfast.cli.brand") else [])]

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Find a command; a module is loaded when it is asked for."""
        if cmd_name == "brand" and find_spec("holdfast.cli.brand"):
            found: click.Command = import_module("holdfast.cli.brand").brand
            return found
        return super().get_command(ctx, cmd_name)


class _Several(click.Command):
    """A command whose flag for placebos takes several files at once."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Say the flag again before each further file."""
        return super().parse_args(ctx, spread(args))


def spread(args: list[str]) -> list[str]:
    """`--placebo a b c` as `--placebo a --placebo b --placebo c`, once the outputs after have been named.

    >>> spread(["after", "--placebo", "a", "b", "--seed", "1"])
    ['after', '--placebo', 'a', '--placebo', 'b', '--seed', '1']
    >>> spread(["--placebo", "a", "after"])
    ['--placebo', 'a', 'after']
    """
    found: list[str] = []
    # A first value without a flag before it is AFTER; behind it, whatever follows a placebo is one, too.
    named = bool(args) and not args[0].startswith("-")
    of_placebo = False
    for at, value in enumerate(args):
        if value.startswith("-") and value != "-":
            of_placebo = named and value == _SEVERAL
        elif of_placebo and at and args[at - 1] != _SEVERAL:
            found.append(_SEVERAL)
        found.append(value)
    return found


@click.group(cls=_Voices, short_help="Have outputs taken on a teacher's voice, or lost a brand's?")
def voice() -> None:
    """Have outputs taken on a teacher's voice (drift, meant where no command is named), or lost a brand's (brand)?

    \b
    holdfast voice after.jsonl --before before.jsonl --teacher gpt.jsonl --placebo a.jsonl b.jsonl c.jsonl
    holdfast voice drift --help
    """  # noqa: D301 - click reads the backspace as "leave these lines as they are"


@voice.command(cls=_Several, short_help="Have outputs moved towards a teacher's voice?")
@click.argument("after")
@click.option("--before", required=True, metavar="FILE", help="Outputs of the model before it was trained.")
@click.option(
    "--teacher",
    required=True,
    metavar="FILE",
    help="Outputs of the teacher that is suspected. Name one for a reason: who tries all of them finds one.",
)
@click.option(
    "--placebo",
    required=True,
    multiple=True,
    metavar="FILE...",
    help="Outputs of models that cannot have taught it, at least three: no siblings of the teacher, none of its students.",
)
@click.option(
    "--control",
    metavar="FILE",
    help="Outputs of an arm trained in the same way on people's labels; the movement is the difference to it.",
)
@click.option("--report", metavar="FILE", help="Write the report as one HTML file.")
@click.option("--json", metavar="FILE", help="Write everything as JSON (- is standard output).")
@click.option(
    "--draws",
    type=click.IntRange(199, 100_000),
    default=999,
    show_default=True,
    help="Resamples behind intervals.",
)
@click.option("--seed", type=click.IntRange(min=0), default=0, show_default=True, help="Seed of all draws.")
@click.option("--quiet", is_flag=True, help="No progress.")
@click.option(
    "--color/--no-color", default=None, help="Colour on standard output. By default where it is a terminal."
)
def drift(
    after: str,
    *,
    report: str | None,
    json: str | None,
    quiet: bool,
    color: bool | None,
    **options: Any,
) -> int:
    """Ask whether the outputs in AFTER have moved towards the voice of a teacher, and towards that one rather than others.

    All files answer the same prompts: prompt and completion, instruction and output, or messages. At least 200 prompts, better 500.

    \b
    holdfast voice after.jsonl --before before.jsonl --teacher gpt.jsonl --placebo a.jsonl b.jsonl c.jsonl

    Exit codes: 0 no drift seen, or a warning (generic, teacher-specific, length or format only), 2 bad input, 3 cannot tell.
    """  # noqa: D301 - click reads the backspace as "leave these lines as they are"
    from holdfast.audits.voice import voice as run
    from holdfast.data import write_text_atomic
    from holdfast.reports.voice import render_voice_html, render_voice_text

    given = [
        after,
        options["before"],
        options["teacher"],
        *options["placebo"],
        *filter(None, [options["control"]]),
    ]
    check_targets({"report": report, "json": json}, given, None)
    with Progress(quiet=quiet) as progress:
        found = run(after, progress=progress, **options)
    told = found.plain()
    if report is not None:
        write_text_atomic(report, render_voice_html(told))
    if json is not None:
        write_json(told, json)
    if json != "-":
        say(render_voice_text(told, width=terminal_width(), color=has_color(color)), nl=False)
    for kind, path in {"report": report, "json": json}.items():
        if path not in (None, "-"):
            complain(f"{kind}: {plain(str(path))}")
    return found.exit_code
