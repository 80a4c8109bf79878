"""Running a program of the user's: with paths and numbers, a folder to write to, and a log. No shell reads its words.

A program must not outlive the process that waits for it, or two of them would train side by side: on Linux the system ends it with its
parent, and everywhere it holds the project's lock for as long as it runs.
"""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

from holdfast.cycles.lock import held_by
from holdfast.errors import BackendError, InputError, unknown

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from holdfast.cycles.project.recipe import Command

LOG = "log.txt"
_NAME = re.compile(r"\{([a-z_]+)\}")
_GRACE = 10.0
"""Seconds that an interrupted program has to put its things away."""
_TICK = 1.0
_TAIL = 600
_MARK = "HOLDFAST_WRITES_TO"
_DEATH_SIGNAL = 1  # PR_SET_PDEATHSIG


def filled(command: Command, values: Mapping[str, str | None], where: str) -> list[str]:
    """The words of a command, with values in the place of `{names}`.

    Raises:
        InputError: A name is unknown, or has no value in this cycle.
    """

    def value(match: re.Match[str]) -> str:
        name = match[1]
        if name not in values:
            raise InputError(str(unknown("value", name, sorted(values))), where=where)
        found = values[name]
        if found is None:
            raise InputError(f"there is no {name} in this cycle", where=where, do=_MISSING.get(name))
        return found

    return [_NAME.sub(value, word) for word in command.words]


_MISSING = {"model": 'Name the model before the first cycle: model = "models/start"'}


def run(
    command: Command,
    values: Mapping[str, str | None],
    output: Path,
    project: Path,
    *,
    stage: str,
    progress: Callable[[str], None],
) -> None:
    """Runs a program until it ends.

    Args:
        command: Its words.
        values: What stands for `{names}`; it has them as `HOLDFAST_<NAME>` as well.
        output: The folder it writes to; what it says is kept there in `log.txt`.
        project: Where it runs.
        stage: For errors.
        progress: Called every second with the last line it said.

    Raises:
        BackendError: It failed, or did not leave what was declared.
        InputError: Its words cannot be filled in, or there is no such program.
    """
    words = filled(command, values, f"[{stage}] command")
    words[0] = sys.executable if words[0] == "python" else words[0]
    asked = {match for word in command.words for match in _NAME.findall(word)}
    environment = os.environ | {
        f"HOLDFAST_{name.upper()}": value
        for name, value in values.items()
        # Who starts from the model before says so: what that was trained on counts for what comes of it.
        if value is not None and (name != "model" or name in asked)
    }
    environment[_MARK] = str(output.resolve())
    log = output / LOG
    lock = held_by(project / ".holdfast")
    with log.open("wb") as said:
        try:
            process = subprocess.Popen(  # noqa: S603 - the user's own program
                words,
                cwd=project,
                env=environment,
                stdin=subprocess.DEVNULL,
                stdout=said,
                stderr=subprocess.STDOUT,
                start_new_session=True,
                pass_fds=() if lock is None else (lock,),
                preexec_fn=_die_with_parent(),  # noqa: PLW1509 - one call into the kernel, no Python lock
            )
        except (OSError, ValueError) as error:
            raise InputError(
                f"the program cannot be started: {getattr(error, 'strerror', None) or error}",
                where=f"[{stage}] command: {words[0]}",
            ) from error
        try:
            while True:
                try:
                    code = process.wait(timeout=_TICK)
                    break
                except subprocess.TimeoutExpired:
                    progress(f"{stage}: {_last_line(log)}")
        except BaseException:
            _end(process)
            raise
    if code:
        how = f"was ended by signal {-code}" if code < 0 else f"ended with exit code {code}"
        raise BackendError(
            f"the program {how}: {_tail(log)}",
            where=f"[{stage}] {' '.join(words[:3])}",
            do=f"All it said stands in {output.with_name(f'{stage}.failed') / LOG}",
        )
    for name in command.outputs:
        if not (output / name).exists():
            raise BackendError(
                f"the program ended well and left no {name!r}",
                where=f"[{stage}] {' '.join(words[:3])}",
                do="It writes to {output}; other names are declared with outputs = [...]",
            )


def end_leftovers(output: Path) -> None:
    """Ends what a killed run left behind: workers that its program had started and that outlived both. On Linux, where they can be known.

    Args:
        output: The folder they write to.
    """
    mark = f"{_MARK}={output.resolve()}".encode()
    for place in Path("/proc").glob("[0-9]*") if sys.platform.startswith("linux") else ():
        with suppress(OSError, ValueError):
            if mark in (place / "environ").read_bytes().split(b"\0") and int(place.name) != os.getpid():
                os.kill(int(place.name), signal.SIGKILL)


def _end(process: subprocess.Popen[bytes]) -> None:
    """Ends the program with all it started; a second interrupt shortens the grace."""
    for number, patience in ((signal.SIGTERM, _GRACE), (signal.SIGKILL, _GRACE)):
        with suppress(ProcessLookupError, PermissionError):
            os.killpg(process.pid, number)
        end = time.monotonic() + patience
        try:
            while process.poll() is None and time.monotonic() < end:
                time.sleep(0.05)
        except KeyboardInterrupt:
            continue
        if process.poll() is not None:
            return


def _die_with_parent() -> Callable[[], None] | None:
    if not sys.platform.startswith("linux"):
        return None
    import ctypes

    library = ctypes.CDLL(None)
    parent = os.getpid()

    def ask() -> None:
        library.prctl(_DEATH_SIGNAL, signal.SIGKILL)
        if os.getppid() != parent:  # it was gone before it was asked
            os._exit(1)

    return ask


def _last_line(log: Path) -> str:
    return (_tail(log).splitlines() or ["running"])[-1][-100:]


def _tail(log: Path) -> str:
    try:
        with log.open("rb") as handle:
            handle.seek(max(0, handle.seek(0, os.SEEK_END) - _TAIL))
            text = handle.read().decode("utf-8", "replace").strip()
    except OSError:
        return "it said nothing"
    return text.replace("\r", "\n") or "it said nothing"
