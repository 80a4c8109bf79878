"""Options that several verbs share."""

from __future__ import annotations

import difflib
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence


class Word(click.Choice[str]):
    """A choice whose error names the nearest word there is."""

    name = "word"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> str:
        """Check a word."""
        if value in self.choices:
            return str(value)
        near = difflib.get_close_matches(str(value), list(self.choices), n=1, cutoff=0.3)
        hint = f" Did you mean {near[0]!r}?" if near else ""
        self.fail(f"there is no {value!r}.{hint} There are: {', '.join(self.choices)}", param, ctx)


def reading_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Options about how rows are read."""
    for option in reversed(
        (
            click.option(
                "--text", metavar="COLUMN", help="Column of the text; a+b joins two. Detected by default."
            ),
            click.option("--label", metavar="COLUMN", help="Column of the strata. Detected by default."),
            click.option("--id", metavar="COLUMN", help="Column of the record ids. Detected by default."),
            click.option(
                "--on-bad-row",
                type=Word(["stop", "skip"]),
                default="stop",
                show_default=True,
                help="What to do with a row that cannot be read.",
            ),
            click.option("--quiet", is_flag=True, help="No progress."),
        )
    ):
        command = option(command)
    return command


def sources(values: Sequence[str]) -> Any:
    """Paths as given on the command line; `-` is standard input."""
    from pathlib import Path

    paths = [value if value == "-" else Path(value) for value in values]
    return paths[0] if len(paths) == 1 else paths
