"""The command line: one file per verb. Parse, call one function, print, exit code."""

from __future__ import annotations

import os
import signal
import sys
import traceback
from typing import TYPE_CHECKING

import click

from holdfast.cli.anchor import anchor
from holdfast.cli.audit import audit
from holdfast.cli.blend import blend
from holdfast.cli.curate import curate
from holdfast.cli.cycle import cycle
from holdfast.cli.demo import demo
from holdfast.cli.evaluate import evaluate
from holdfast.cli.export import export
from holdfast.cli.generate import generate
from holdfast.cli.gold import gold
from holdfast.cli.history import history
from holdfast.cli.init import init
from holdfast.cli.lab import lab
from holdfast.cli.lineage import lineage
from holdfast.cli.options import Verbs
from holdfast.cli.output import complain, hush, plain
from holdfast.cli.plan import plan
from holdfast.cli.review import review
from holdfast.cli.reward import reward
from holdfast.cli.selftest import selftest
from holdfast.cli.serve import serve
from holdfast.cli.snapshots import diff
from holdfast.cli.store import store
from holdfast.cli.tag import tag
from holdfast.cli.trace import trace
from holdfast.cli.voice import voice
from holdfast.cli.winrate import winrate
from holdfast.errors import HoldfastError
from holdfast.version import __version__

if TYPE_CHECKING:
    from types import FrameType

INTERNAL, INTERRUPTED, USAGE = 4, 130, 2
_SKIP = ", or leave such rows out with --on-bad-row skip"


@click.group(cls=Verbs, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(__version__, message="holdfast %(version)s")
def cli() -> None:
    """Keep models that learn from synthetic data anchored to reality.

    The main job: holdfast audit synthetic.jsonl --real real.jsonl

    Exit codes: 0 pass or warn, 1 fail, 2 bad input or usage, 3 undetermined, 4 internal error, 130 interrupted.
    """


cli.add_command(audit)
cli.add_command(anchor)
cli.add_command(selftest)
cli.add_command(curate)
cli.add_command(winrate)
cli.add_command(voice)
cli.add_command(reward)
cli.add_command(plan)
cli.add_command(generate)
cli.add_command(blend)
cli.add_command(evaluate)
cli.add_command(history)
cli.add_command(init)
cli.add_command(cycle)
cli.add_command(diff)
cli.add_command(export)
cli.add_command(gold)
cli.add_command(review)
cli.add_command(serve)
cli.add_command(tag)
cli.add_command(trace)
cli.add_command(lineage)
cli.add_command(demo)
cli.add_command(lab)
cli.add_command(store)


def main(arguments: list[str] | None = None) -> None:
    """Run the command line and exit."""
    # Measures run side by side already. Threads of the linear algebra beside them spin while they wait, and take the cores the others
    # work on: an audit of 3,000 rows took 21.8 s with them and 16.2 s without, on two cores. numpy reads this when it is loaded.
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    # A terminal that cannot show a character gets its code, not a traceback.
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="backslashreplace")
    # Told to go, we tidy up as we do when interrupted: temporary files are removed.
    for name in ("SIGTERM", "SIGHUP"):
        if hasattr(signal, name) and signal.getsignal(getattr(signal, name)) == signal.SIG_DFL:
            signal.signal(getattr(signal, name), _go)
    sys.exit(run(arguments))


def run(arguments: list[str] | None = None) -> int:
    """Run the command line and return the exit code."""
    try:
        code = cli.main(args=arguments, prog_name="holdfast", standalone_mode=False)
    except (click.ClickException, click.exceptions.Abort, KeyboardInterrupt) as error:
        return _usage(error) if isinstance(error, click.ClickException) else _interrupted()
    except HoldfastError as error:
        complain(f"error: {plain(_fitting(str(error), arguments))}")
        return error.exit_code
    except (OSError, MemoryError) as error:
        return _machine(error)
    except Exception as error:  # noqa: BLE001 - the last line of defence has its own exit code
        traceback.print_exc()
        complain(f"internal error: {plain(str(error))}. Please report it with the lines above.")
        return INTERNAL
    return int(code) if isinstance(code, int) else 0


def _fitting(said: str, arguments: list[str] | None) -> str:
    """An error without the advice to give an option that the command does not have."""
    named = (sys.argv[1:] if arguments is None else arguments)[:2]
    command: click.Command | None = cli
    options: set[str | None] = set()
    for name in named:
        command = command.commands.get(name) if isinstance(command, click.Group) else None
        options |= set() if command is None else {option.name for option in command.params}
    return said if "on_bad_row" in options else said.replace(_SKIP, "")


def _interrupted() -> int:
    complain("interrupted; nothing half-written is left")
    return INTERRUPTED


def _usage(error: click.ClickException) -> int:
    if isinstance(error, click.exceptions.NoArgsIsHelpError):
        error.show()
        return USAGE
    context = getattr(error, "ctx", None)
    hint = f"\nTry: {context.command_path} --help" if context else ""
    complain(f"error: {plain(error.format_message())}{hint}")
    return USAGE


def _machine(error: OSError | MemoryError) -> int:
    """Nothing of ours: the machine is full, or a reader has gone."""
    if isinstance(error, MemoryError):
        complain(
            "error: there is not enough memory. Give fewer rows or fewer --draws, or use a larger machine"
        )
        return USAGE
    hush()
    if isinstance(error, BrokenPipeError):  # the reader of --help has gone, which is no error
        return 0
    # Files of ours report for themselves; what is left is standard output, and the place for temporary files.
    complain(f"error: {plain(str(error.filename or 'standard output'))}: {error.strerror or error}")
    return USAGE


def _go(_number: int, _frame: FrameType | None) -> None:
    raise KeyboardInterrupt
