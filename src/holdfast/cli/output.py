"""What is said on standard output and standard error, and a reader who has gone."""

from __future__ import annotations

import os
import shutil
import sys
from contextlib import suppress

import click


def say(text: str | bytes, *, nl: bool = True) -> None:
    """Say something on standard output. Where its reader has gone (`head`, `less`), the rest is for nobody.

    Bytes are written as they are: what a machine reads is UTF-8, whatever the terminal is.
    """
    try:
        click.echo(text, nl=nl, color=True)  # colour was decided before: `--color` holds in a pipe as well
    except BrokenPipeError:
        hush()


def hush() -> None:
    """Let go of standard output: whatever is still in its buffer cannot be written, and must not fail again."""
    with suppress(OSError, ValueError):
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def complain(text: str) -> None:
    """Say what went wrong, on standard error, in place of a line of progress."""
    start = "\r\033[K" if sys.stderr.isatty() else ""
    with suppress(OSError):  # nobody is left to be told
        click.echo(f"{start}{text}", err=True, color=True)


def write_json(body: object, path: str) -> None:
    """Write plain data as JSON, on standard output where the path is `-`."""
    import msgspec

    from holdfast.data import write_text_atomic

    text = msgspec.json.format(msgspec.json.encode(body, enc_hook=str), indent=1).decode() + "\n"
    if path == "-":
        say(text.encode(), nl=False)
    else:
        write_text_atomic(path, text)


def plain(text: str) -> str:
    r"""Text for one line of a terminal: a message may quote a record, and a record may hold escape sequences.

    >>> plain("red \x1b[31m, two\nlines")
    'red \\x1b[31m, two lines'
    """
    from holdfast.pages.inert import inert

    return inert(text, limit=2_000)


def has_color(asked: bool | None) -> bool:  # noqa: FBT001 - what `--color` said
    """Whether standard output is coloured; None decides by what it is."""
    if asked is not None:
        return asked
    return sys.stdout.isatty() and not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"


def terminal_width() -> int:
    """Columns to fill."""
    return min(shutil.get_terminal_size((100, 24)).columns, 110)
