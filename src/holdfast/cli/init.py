"""`holdfast init`: a project, in which cycles go round."""

from __future__ import annotations

import click

from holdfast.cli.output import plain, say


@click.command(short_help="Make a project for controlled cycles.")
@click.argument("folder", default=".")
@click.option(
    "--anchor", metavar="FOLDER", required=True, help="The frozen anchor that everything is held against."
)
@click.option("--model", metavar="FOLDER|URL", help="The model before the first cycle.")
def init(folder: str, *, anchor: str, model: str | None) -> int:
    """Make a project in FOLDER: writes holdfast.toml, which says what a cycle does, to be edited.

    \b
    holdfast init --anchor anchor/ --model models/start
    """  # noqa: D301 - click reads the backspace as "leave these lines as they are"
    from holdfast.anchors import open_anchor
    from holdfast.cycles.project import init as run

    file = run(folder, anchor=anchor, model=model)
    say(f"{plain(str(file))}: what a cycle does. Edit it, then: holdfast cycle run")
    parts = open_anchor(anchor).parts
    if not parts["holdout"]:
        say("the anchor has no holdout: models cannot be read on it, and [evaluate] wants a command")
    if not parts["gold"]:
        say(
            'the anchor has no gold part: real rows of the blend come from the half of its reference that steers (from = "steering")'
        )
    return 0
