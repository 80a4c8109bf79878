"""Peers: detectors that run as programs of their own, in their own environments, and speak lines of JSON.

Nothing of a peer is imported here, so that neither its licence nor its dependencies become ours. When it starts, a peer
says in one line who it is:

    {"protocol": 1, "name": "mauve", "version": "mauve-text 0.4.0", "source": "...", "needs_labels": false}

Then it reads one line per look, and answers each with one line:

    {"anchor": {"texts": [...], "labels": [...]}, "candidate": {...}, "declared": null, "seed": 7}
    {"detections": [{"name": "MAUVE", "strength": 0.1, "alarm": null, "p_value": null, "reason": null}]}

or, where it cannot look, with `{"error": "why"}`. `labels` and `declared` may be null. It ends when its input does.
"""

from __future__ import annotations

import atexit
import shlex
import subprocess
import tempfile
import threading
from contextlib import suppress
from dataclasses import dataclass, field
from typing import IO, TYPE_CHECKING

import msgspec

from holdfast.errors import BackendError
from holdfast.lab.bench.detectors.detector import Detection, Shown  # noqa: TC001 - msgspec reads the types

if TYPE_CHECKING:
    from collections.abc import Mapping

    import numpy as np

PROTOCOL = 1
PATIENCE = 900.0
"""Seconds that a peer may take to start, or for one look."""
_OURS = "holdfast"
_TOLD = 300
"""Characters shown of what a peer said wrongly."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Hello:
    protocol: int
    name: str
    version: str
    source: str = ""
    needs_labels: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class _Answer:
    detections: tuple[Detection, ...] = ()
    error: str | None = None


_DECODE_HELLO = msgspec.json.Decoder(_Hello).decode
_DECODE_ANSWER = msgspec.json.Decoder(_Answer).decode


@dataclass(frozen=True, slots=True, kw_only=True)
class Peer:
    """A program that is on trial; `join_peer` makes one.

    What it says of itself identifies it, and not the command: where it is installed changes no answer.
    """

    name: str
    version: str
    source: str = field(repr=False)
    needs_labels: bool = field(repr=False)
    command: tuple[str, ...] = field(repr=False)
    patience: float = field(default=PATIENCE, repr=False)

    def __call__(
        self,
        anchor: Shown,
        candidate: Shown,
        rng: np.random.Generator,
        *,
        declared: Mapping[str, float] | None = None,
    ) -> tuple[Detection, ...]:
        """Let it look at both sides.

        Raises:
            BackendError: It does not answer, or not as it should.
        """
        asked = {
            "anchor": {"texts": anchor.texts, "labels": anchor.labels},
            "candidate": {"texts": candidate.texts, "labels": candidate.labels},
            "declared": declared,
            "seed": int(rng.integers(2**31)),
        }
        said = _running(self.command, self.patience).ask(msgspec.json.encode(asked), self.patience)
        try:
            answer = _DECODE_ANSWER(said)
        except (msgspec.DecodeError, UnicodeDecodeError) as error:
            raise _misspoken(self.command, said, str(error)) from None
        if answer.error is not None:
            raise BackendError(answer.error[:_TOLD], where=self.name)
        for detection in answer.detections:
            if detection.name.split(":")[0] == _OURS:
                raise BackendError(
                    f"it answers as {_OURS!r}", where=self.name, do="Give it a name of its own"
                )
        return answer.detections


def join_peer(command: str, *, patience: float = PATIENCE) -> Peer:
    """Start a program and let it say who it is.

    Args:
        command: A command line; no shell reads it.
        patience: Seconds that it may take to start, and for each look.

    Raises:
        BackendError: It does not start, or does not speak the protocol.
    """
    try:
        parts = tuple(shlex.split(command))
    except ValueError as error:
        raise BackendError(f"the command cannot be read: {error}", where=command) from None
    if not parts:
        raise BackendError(
            "the command is empty", where="--peer", do="For example --peer 'python my_peer.py'"
        )
    hello = _running(parts, patience).hello
    return Peer(
        name=hello.name,
        version=hello.version,
        source=hello.source,
        needs_labels=hello.needs_labels,
        command=parts,
        patience=patience,
    )


@dataclass(slots=True, kw_only=True)
class _Program:
    """A program that runs."""

    command: tuple[str, ...]
    process: subprocess.Popen[bytes]
    errors: IO[bytes]
    hello: _Hello

    def ask(self, line: bytes | None, patience: float) -> bytes:
        """Say a line, or none, and wait for one. A program that does not answer in time, or at all, is ended."""
        late = threading.Event()

        def end() -> None:
            late.set()
            self.process.kill()

        timer = threading.Timer(patience, end)
        timer.daemon = True
        timer.start()
        answered = b""
        try:
            assert self.process.stdin is not None  # noqa: S101 - it was opened with both
            assert self.process.stdout is not None  # noqa: S101
            with suppress(BrokenPipeError):
                if line is not None:
                    self.process.stdin.write(line + b"\n")
                    self.process.stdin.flush()
                answered = self.process.stdout.readline()
        finally:
            timer.cancel()
            # Also after an interrupt: an answer to what nobody waits for any more must not be taken for the next one.
            if not answered.endswith(b"\n"):
                self.end()
                _RUNNING.pop(self.command, None)
        if answered.endswith(b"\n"):
            return answered
        what = f"no answer in {patience:g} seconds" if late.is_set() else f"it ended ({self._last_words()})"
        self.errors.close()
        raise BackendError(what, where=shlex.join(self.command), do="Run the command by hand to see why")

    def end(self) -> None:
        """End it."""
        self.process.kill()
        self.process.wait()
        for pipe in (self.process.stdin, self.process.stdout):
            if pipe is not None:
                with suppress(OSError):  # what was not yet written is for nobody
                    pipe.close()

    def _last_words(self) -> str:
        self.errors.seek(0)
        lines = self.errors.read().decode(errors="replace").split("\n")
        said = [line.strip() for line in lines if line.strip()]
        return said[-1][:_TOLD] if said else f"exit code {self.process.returncode}, and it said nothing"


_RUNNING: dict[tuple[str, ...], _Program] = {}
"""Programs of this process, each started once and kept: loading some takes longer than asking."""


def _running(command: tuple[str, ...], patience: float) -> _Program:
    if command in _RUNNING:
        return _RUNNING[command]
    if not _RUNNING:
        atexit.unregister(leave_peers)
        atexit.register(leave_peers)
    errors = tempfile.TemporaryFile()  # noqa: SIM115 - as long as the program
    try:
        process = subprocess.Popen(  # noqa: S603 - the user's own command
            command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=errors,
            start_new_session=True,  # Ctrl-C is ours to answer
        )
    except OSError as error:
        errors.close()
        raise BackendError(
            f"cannot be started: {error.strerror}", where=shlex.join(command), do="Check the command"
        ) from None
    unknown = _Hello(protocol=0, name="", version="")
    program = _Program(command=command, process=process, errors=errors, hello=unknown)
    said = program.ask(None, patience)
    try:
        program.hello = _DECODE_HELLO(said)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        program.end()
        errors.close()
        raise _misspoken(command, said, str(error)) from None
    hello = program.hello
    if hello.protocol != PROTOCOL or not hello.name.strip() or hello.name.split(":")[0] == _OURS:
        program.end()
        errors.close()
        raise _misspoken(command, said, f"protocol {PROTOCOL} and a name of its own are expected")
    _RUNNING[command] = program
    return program


def leave_peers() -> None:
    """End all peers that this process has started."""
    while _RUNNING:
        _, program = _RUNNING.popitem()
        program.end()
        program.errors.close()


def _misspoken(command: tuple[str, ...], said: bytes, why: str) -> BackendError:
    shown = said[:_TOLD].decode(errors="replace").strip()
    return BackendError(
        f"it does not speak the protocol: {why}; it said {shown!r}", where=shlex.join(command)
    )
