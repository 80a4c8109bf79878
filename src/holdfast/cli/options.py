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
        if value not in self.choices:
            hint = nearest(str(value), self.choices)
            self.fail(f"there is no {value!r}.{hint} There are: {', '.join(self.choices)}", param, ctx)
        return str(value)


class Verbs(click.Group):
    """Commands; the error about one that does not exist names the nearest."""

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Find a command."""
        names = self.list_commands(ctx)
        if not args[0].startswith("-") and args[0] not in names:
            ctx.fail(
                f"there is no command {args[0]!r}.{nearest(args[0], names)} There are: {', '.join(names)}"
            )
        return super().resolve_command(ctx, args)


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
                help="A row that cannot be read: stop there, or skip it and count it.",
            ),
            click.option("--quiet", is_flag=True, help="No progress."),
        )
    ):
        command = option(command)
    return command


class Address(str):
    """A URL from the command line, where it can only be a place: a list of strings might as well be texts."""

    __slots__ = ()

    def __fspath__(self) -> str:
        return str(self)


def sources(values: Sequence[str]) -> Any:
    """Paths and URLs as given on the command line; `-` is standard input."""
    from pathlib import Path

    from holdfast.data.places import is_url

    paths = [Address(value) if is_url(value) else value if value == "-" else Path(value) for value in values]
    return paths[0] if len(paths) == 1 else paths


def nearest(value: str, known: Sequence[str]) -> str:
    """A question that names the nearest word there is, or nothing."""
    near = difflib.get_close_matches(value, list(known), n=1, cutoff=0.3)
    return f" Did you mean {near[0]!r}?" if near else ""
