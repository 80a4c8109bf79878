"""Work for engines: processes that are started find it by its name."""

from __future__ import annotations

import os
import signal
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from holdfast.data.formats import NO_FILE
from holdfast.errors import InputError

if TYPE_CHECKING:
    import numpy as np


@dataclass(frozen=True, slots=True, kw_only=True)
class World:
    """What jobs share."""

    numbers: np.ndarray
    words: tuple[str, ...] = ()
    more: dict | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Rows:
    """A job."""

    start: int
    stop: int
    marker: str = ""


def add_up(world: World, job: Rows) -> dict:
    rows = world.numbers[job.start : job.stop]
    return {"sum": rows.sum(axis=0), "rows": rows * 2, "words": list(world.words[job.start : job.stop])}


def late(world: World, job: Rows) -> int:
    """The first jobs take the longest."""
    time.sleep(0.03 * (job.start % 4 == 0))
    return job.start


def slow(world: World, job: Rows) -> int:
    if job.marker:
        Path(job.marker, str(os.getpid())).touch()
    time.sleep(60)
    return job.start


def once(job: Rows) -> bool:
    """Whether this is the first time that a job with a marker is done."""
    if not job.marker:
        return False
    try:
        Path(job.marker).touch(exist_ok=False)
    except FileExistsError:
        return False
    return True


def die_once(world: World, job: Rows) -> dict:
    if once(job):
        os.kill(os.getpid(), signal.SIGKILL)
    return add_up(world, job)


def die(world: World, job: Rows) -> dict:
    if job.start:
        os.kill(os.getpid(), signal.SIGKILL)
    return add_up(world, job)


def stumble_once(world: World, job: Rows) -> dict:
    if once(job):
        raise OSError("the network is gone")
    return add_up(world, job)


def refuse(world: World, job: Rows) -> int:
    if job.start >= 3:
        time.sleep(0.05 * (job.start == 3))
        raise InputError("cannot be read", where=f"rows.jsonl:{job.start}", do="Mend it")
    return job.start


def miss(world: World, job: Rows) -> int:
    raise InputError(NO_FILE, where=job.marker, do="Check the path or the URL")


def break_down(world: World, job: Rows) -> int:
    if job.marker:
        with Path(job.marker).open("a") as file:
            file.write("x")
    raise KeyError(job.start)


def scribble(world: World, job: Rows) -> list[bool]:
    arrays = [world.numbers, world.more["a"][0], world.more["b"]]
    world.numbers[0] = 9
    return [bool(array.flags.writeable) for array in arrays]


def who(world: World, job: Rows) -> tuple[int, int, dict]:
    names = ("OMP_NUM_THREADS", "HOLDFAST_THREADS", "OPENBLAS_NUM_THREADS", "NUMBA_NUM_THREADS")
    return os.getpid(), id(world), {name: os.environ.get(name) for name in names}
