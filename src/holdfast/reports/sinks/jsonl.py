"""The sink that is always on: a file of lines, one a figure. Of two lines with the same name and cycle the later one holds."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

import msgspec

if TYPE_CHECKING:
    from pathlib import Path

    from holdfast.reports.sinks.sink import Role, Run, Value

Key = tuple[int, str]


class Jsonl:
    """Lines in a file.

    {"cycle": 1, "name": "model_gate/verdict", "value": "pass"}
    {"cycle": 1, "name": "training", "path": "work/0001/blend/blend", "digest": "sha256:..."}

    Args:
        file: The file. Lines are only ever added to it.
    """

    def __init__(self, file: Path) -> None:
        self.file = file

    def start(self, run: Run) -> None:
        """Makes the file, and cuts off half a line that a kill left at its end."""
        del run
        self.file.parent.mkdir(parents=True, exist_ok=True)
        with self.file.open("a+b") as handle:
            handle.seek(0)
            body = handle.read()
            end = body.rfind(b"\n") + 1
            if end == len(body):
                return
            if _line(body[end:]) is None:
                handle.truncate(end)
            else:
                handle.write(b"\n")

    def known(self) -> dict[Key, Any]:
        """What stands in it: a value, or the digest of something that is kept."""
        try:
            body = self.file.read_bytes()
        except FileNotFoundError:
            return {}
        found: dict[Key, Any] = {}
        for text in body.splitlines():
            line = _line(text)
            # A line that somebody else wrote is theirs.
            if line is not None and isinstance(line.get("cycle"), int) and isinstance(line.get("name"), str):
                found[line["cycle"], line["name"]] = line.get("digest", line.get("value"))
        return found

    def metric(self, name: str, value: Value, step: int) -> None:
        """Adds a line."""
        self._add({"cycle": step, "name": name, "value": value})

    def artifact(self, path: str, digest: str, *, role: Role, step: int) -> None:
        """Adds a line."""
        self._add({"cycle": step, "name": role, "path": path, "digest": digest})

    def end(self, verdict: str) -> None:
        """Has the file on disk."""
        del verdict
        descriptor = os.open(self.file, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)

    def _add(self, line: dict[str, Any]) -> None:
        # Without a buffer: a line goes to the system as a whole.
        with self.file.open("ab", buffering=0) as handle:
            handle.write(msgspec.json.encode(line) + b"\n")


def _line(text: bytes) -> dict[str, Any] | None:
    try:
        found = msgspec.json.decode(text)
    except msgspec.DecodeError:
        return None
    return found if isinstance(found, dict) else None
