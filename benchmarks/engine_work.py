"""Work of `engines.py`, where the processes that Ray starts find it."""

from __future__ import annotations

import os
import signal
import time
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from holdfast.views.tokens import read_tokens


@dataclass(frozen=True, slots=True, kw_only=True)
class Words:
    """What jobs share: words that texts are made of, and something that weighs."""

    words: tuple[str, ...]
    ballast: np.ndarray


@dataclass(frozen=True, slots=True, kw_only=True)
class Rows:
    """A block of rows, made where it is read."""

    seed: int
    rows: int
    marker: str = ""


def timed(shared, job):
    """The answer of another work, and the seconds of CPU time that it took."""
    work, what = shared
    start = time.process_time()
    answer = work(what, job)
    return answer, time.process_time() - start


def nothing(_: Words, job: Rows) -> int:
    return job.seed


def weigh(_: Words, job: Rows) -> dict[str, np.ndarray]:
    """70 bytes for each row, as views give them."""
    return {
        "a": np.full((job.rows, 8), job.seed, np.int64),
        "b": np.full((job.rows, 3), job.seed, np.int16),
    }


def read(shared: Words, job: Rows) -> dict[str, np.ndarray]:
    """Texts of a dozen words, made and read."""
    if job.marker and not Path(job.marker).exists():
        Path(job.marker).touch()
        os.kill(os.getpid(), signal.SIGKILL)
    chosen = np.random.default_rng(job.seed).integers(len(shared.words), size=(job.rows, 12))
    tokens = read_tokens([" ".join(shared.words[word] for word in row) for row in chosen.tolist()])
    return {"counts": tokens.counts, "words": tokens.words}
