"""Store: what was done and what came of it, one line of JSON per job, added to and never rewritten.

A line is written at once and after all others, so that a run may be interrupted anywhere. A line that was cut off, or
that another version wrote, is as if it were not there: its job is done again.
"""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from holdfast.errors import OutputError
from holdfast.lab.bench.detectors.detector import Detection  # noqa: TC001 - msgspec reads the types
from holdfast.lab.bench.instance import Kind  # noqa: TC001 - msgspec reads the types
from holdfast.lab.bench.truth import Truth  # noqa: TC001 - msgspec reads the types

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Sequence

TRUTH = "truth"
"""Part under which the truth of an instance stands; the other parts are names of detectors."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One part of one instance.

    Attributes:
        key: `sha256:...` over everything that decides the outcome.
        world: What decides the pools, but for the number of the draw: two worlds do not compare.
        corpus: Name of the corpus.
        size: Rows of the candidate.
        seed: Number of the draw.
        scenario: Id and variant.
        kind: What kind of scenario.
        severity: How much of it was planted; 0 is nothing.
        part: `truth`, or the detector's name.
        seconds: How long it took, without dealing and planting.
        rows: Rows of anchor and candidate.
        lost: Strata that are truly lost.
        causes: Causes it truly has.
        facts: Other exact truths.
        truth: The truth, in its own part.
        detections: What the detector said.
        failed: What broke, or None.
    """

    key: str
    corpus: str
    size: int
    seed: int
    scenario: str
    kind: Kind
    severity: float
    part: str
    world: str = ""
    seconds: float = 0.0
    rows: tuple[int, int] = (0, 0)
    lost: tuple[str, ...] = ()
    causes: tuple[str, ...] = ()
    facts: dict[str, float] = field(default_factory=dict)
    truth: Truth | None = None
    detections: tuple[Detection, ...] = ()
    failed: str | None = None


_DECODE = msgspec.json.Decoder(Entry).decode
_ENCODE = msgspec.json.Encoder().encode


def read_entries(path: str | Path) -> dict[str, Entry]:
    """What a file holds, by key; a later line stands for an earlier one. Empty where there is no file."""
    try:
        lines = Path(path).read_bytes().split(b"\n")
    except FileNotFoundError:
        return {}
    found = {}
    for line in lines:
        try:
            entry = _DECODE(line)
        except (msgspec.DecodeError, UnicodeDecodeError):
            continue
        found[entry.key] = entry
    return found


def newest(entries: Iterable[Entry], worlds: Collection[str] = ()) -> list[Entry]:
    """Entries that belong together: where something was done twice, the later one.

    Of the worlds that share a corpus's name and a size, only one is read: that of the current plan, or else the newest.

    Args:
        entries: In the order in which they were written.
        worlds: Worlds of the current plan.
    """
    kept = list(entries)
    chosen: dict[tuple[str, int], str] = {}
    for entry in kept:
        place = (entry.corpus, entry.size)
        if entry.world in worlds or chosen.get(place) not in worlds:
            chosen[place] = entry.world
    last = {
        (entry.corpus, entry.size, entry.seed, entry.scenario, entry.severity, entry.part): entry
        for entry in kept
        if chosen[entry.corpus, entry.size] == entry.world
    }
    return list(last.values())


def append_entries(path: str | Path, entries: Sequence[Entry]) -> None:
    """Add lines to a file, all of them or none.

    Raises:
        OutputError: They could not be written.
    """
    if not entries:
        return
    data = b"".join(_ENCODE(entry) + b"\n" for entry in entries)
    flags = os.O_CREAT | os.O_WRONLY | os.O_APPEND | getattr(os, "O_BINARY", 0)
    try:
        if _is_cut_off(Path(path)):
            data = b"\n" + data  # what an interrupt cut off must not swallow the next line
        descriptor = os.open(path, flags, 0o666)
        try:
            size = os.fstat(descriptor).st_size
            if os.write(descriptor, data) < len(data):
                os.ftruncate(descriptor, size)
                raise OutputError("could not be written whole", where=str(path), do="Free some space")
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
    except OSError as error:
        raise OutputError(error.strerror or "cannot be written", where=str(path)) from error


def _is_cut_off(path: Path) -> bool:
    """Whether the last line has no end."""
    try:
        with path.open("rb") as file:
            if file.seek(0, os.SEEK_END) == 0:
                return False
            file.seek(-1, os.SEEK_END)
            return file.read(1) != b"\n"
    except FileNotFoundError:
        return False
