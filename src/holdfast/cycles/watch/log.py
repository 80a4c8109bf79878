"""The log of a training that is watched: one line a look, appended whole or not at all."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec

from holdfast.errors import OutputError

if TYPE_CHECKING:
    from collections.abc import Mapping

SCHEMA = "holdfast.watch/1"
_DO = "Give the path of a new file, or of a log that holdfast wrote"


def open_log(path: str | Path) -> Path:
    """The log, ready for its next line: what a killed process left of a line is cut off.

    Raises:
        OutputError: It cannot be written, or is something else.
    """
    file = Path(path)
    try:
        lines = file.read_bytes().splitlines(keepends=True) if file.exists() else []
    except OSError as error:
        raise OutputError(f"cannot be read: {error.strerror}", where=str(file), do=_DO) from error
    whole = [line for line in lines if line.endswith(b"\n")]
    if lines and not (_is_own(lines[0]) if whole else lines[0].startswith(b'{"schema":"' + SCHEMA.encode())):
        raise OutputError("is no log of a training", where=str(file), do=_DO)
    try:
        with file.open("ab") as handle:
            handle.truncate(sum(map(len, whole)))
    except OSError as error:
        raise OutputError(f"cannot be written: {error.strerror}", where=str(file), do=_DO) from error
    return file


def append(file: Path, kind: str, body: Mapping[str, Any]) -> None:
    """Adds a line, in one write that is on the disk when this returns.

    Raises:
        OutputError: It cannot be written.
    """
    line = msgspec.json.encode({"schema": SCHEMA, "kind": kind, **body}) + b"\n"
    try:
        descriptor = os.open(file, os.O_WRONLY | os.O_APPEND | os.O_CREAT | getattr(os, "O_BINARY", 0), 0o666)
        try:
            size = os.fstat(descriptor).st_size
            if os.write(descriptor, line) != len(line):
                os.ftruncate(descriptor, size)
                raise OSError(28, "no space left for a line")
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
    except OSError as error:
        raise OutputError(
            f"cannot be written: {error.strerror}", where=str(file), do="Free some space"
        ) from error


def looks_in(file: Path, rows: str) -> int:
    """Looks that the log has of the latest training, if these rows steered it: what was looked at counts, whatever was lost since."""
    found, mine = 0, False
    for line in file.read_bytes().splitlines():
        try:
            body = msgspec.json.decode(line)
        except msgspec.DecodeError:
            continue
        if body.get("kind") == "start":
            found, mine = 0, body.get("digest") == rows
        elif body.get("kind") == "look":
            found = max(found, int(body["number"]))
    return found if mine else 0


def _is_own(line: bytes) -> bool:
    try:
        body = msgspec.json.decode(line)
    except msgspec.DecodeError:
        return False
    return isinstance(body, dict) and body.get("schema") == SCHEMA
