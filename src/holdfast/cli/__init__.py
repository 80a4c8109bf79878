"""The command line: one file per verb. Parse, call one function, print, exit code."""

from __future__ import annotations

import os
import sys
import traceback

import click

from holdfast.cli.anchor import anchor
from holdfast.cli.audit import audit
from holdfast.cli.demo import demo
from holdfast.errors import HoldfastError
from holdfast.version import __version__

INTERNAL, INTERRUPTED, USAGE = 4, 130, 2


@click.group(context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(__version__, message="holdfast %(version)s")
def cli() -> None:
    """Keep models that learn from synthetic data anchored to reality.

    The main job: holdfast audit synthetic.jsonl --real real.jsonl

    Exit codes: 0 pass or warn, 1 fail, 2 bad input or usage, 3 undetermined, 4 internal error, 130 interrupted.
    """


cli.add_command(audit)
cli.add_command(anchor)
cli.add_command(demo)


def main(arguments: list[str] | None = None) -> None:
    """Run the command line and exit."""
    sys.exit(run(arguments))


def run(arguments: list[str] | None = None) -> int:
    """Run the command line and return the exit code."""
    try:
        code = cli.main(args=arguments, prog_name="holdfast", standalone_mode=False)
        sys.stdout.flush()
    except click.exceptions.Abort:
        return _interrupted()
    except KeyboardInterrupt:
        return _interrupted()
    except click.ClickException as error:
        error.show()
        return USAGE
    except HoldfastError as error:
        click.echo(
            f"\r\033[Kerror: {_plain(str(error))}" if sys.stderr.isatty() else f"error: {_plain(str(error))}",
            err=True,
        )
        return error.exit_code
    except BrokenPipeError:
        # The reader of a pipe has gone (head, less): not an error, and nothing is left to say.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except Exception as error:  # noqa: BLE001 - the last line of defence has its own exit code
        traceback.print_exc()
        click.echo(f"internal error: {_plain(str(error))}. Please report it with the lines above.", err=True)
        return INTERNAL
    return int(code) if isinstance(code, int) else 0


def _interrupted() -> int:
    click.echo("interrupted; nothing was written half", err=True)
    return INTERRUPTED


def _plain(text: str) -> str:
    """Printable: a message may quote a record, and a record may hold escape sequences."""
    return "".join(c if c.isprintable() or c == "\n" else f"\\x{ord(c):02x}" for c in text)
