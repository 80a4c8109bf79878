"""What an engine costs by itself: the same work in one thread, in two, and on Ray with two workers.

    python benchmarks/engines.py

Needs the extra `ray`. Figures are medians of five runs, wall time. Writes benchmarks/results/engines.md.
"""

from __future__ import annotations

import os
import platform
import statistics
import tempfile
import time
from pathlib import Path

import numpy as np

from engine_work import Rows, Words, nothing, read, weigh
from holdfast.backends.engines import InlineEngine, RayEngine

RESULT = Path(__file__).parent / "results" / "engines.md"
RUNS = 5
BLOCKS = 24


def shared(megabytes: int) -> Words:
    rng = np.random.default_rng(0)
    letters = rng.integers(97, 123, size=(20_000, 6))
    words = tuple("".join(map(chr, word)) for word in letters.tolist())
    return Words(words=words, ballast=np.zeros(megabytes * 131_072))


def seconds(do, runs=RUNS) -> float:
    found = []
    for _ in range(runs):
        start = time.perf_counter()
        do()
        found.append(time.perf_counter() - start)
    return statistics.median(found)


def drain(engine, work, jobs, what):
    return [answer for _, answer in engine.map(work, jobs, what)]


def check(found, expected) -> None:
    for one, other in zip(found, expected, strict=True):
        if list(one) != list(other) or not all(np.array_equal(one[name], other[name]) for name in other):
            raise SystemExit("the answers differ")


def figures(engine, what, expected) -> dict[str, float]:
    blocks = [Rows(seed=seed, rows=5_000) for seed in range(BLOCKS)]
    many = [Rows(seed=seed, rows=0) for seed in range(500)]
    heavy = [Rows(seed=seed, rows=20_000) for seed in range(50)]
    drain(engine, nothing, many[:4], what)  # what is shared is sent, modules are loaded
    check(drain(engine, read, blocks, what), expected)
    return {
        "empty job, ms": 1e3 * seconds(lambda: drain(engine, nothing, many, what)) / len(many),
        "job that answers 1.4 MB, ms": 1e3 * seconds(lambda: drain(engine, weigh, heavy, what)) / len(heavy),
        f"{BLOCKS} blocks of 5,000 texts, s": seconds(lambda: drain(engine, read, blocks, what)),
    }


def main() -> None:
    busy = os.getloadavg()[0]
    what = shared(1)
    blocks = [Rows(seed=seed, rows=5_000) for seed in range(BLOCKS)]
    with InlineEngine(threads=1) as engine:
        expected = drain(engine, read, blocks, what)
        columns = {"one thread": figures(engine, what, expected)}
    with InlineEngine(threads=2) as engine:
        columns["two threads"] = figures(engine, what, expected)
    start = time.perf_counter()
    with RayEngine(workers=2) as engine:
        begun = time.perf_counter()
        drain(engine, nothing, blocks[:1], what)
        first = time.perf_counter()
        columns["Ray, two workers"] = figures(engine, what, expected)
        sent = {}
        for megabytes in (10, 100, 1_000):
            more = shared(megabytes)
            sent[megabytes] = seconds(lambda more=more: drain(engine, nothing, blocks[:2], more), runs=1)
        with tempfile.TemporaryDirectory() as folder:
            dying = [*blocks[:5], Rows(seed=5, rows=5_000, marker=f"{folder}/died"), *blocks[6:]]
            killed = time.perf_counter()
            check(drain(engine, read, dying, what), expected)
            killed = time.perf_counter() - killed
        if not engine.retried:
            raise SystemExit("the worker was not killed")
        end = time.perf_counter()
    over = time.perf_counter()
    rows = list(next(iter(columns.values())))
    lines = [
        "# What an engine costs",
        "",
        f"{platform.processor() or platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}. "
        f"Written by `benchmarks/engines.py`; medians of {RUNS} runs, wall time, "
        f"with {busy:.0f} other processes that wanted a core when it began. All engines gave the same answers, to the bit.",
        "",
        f"| | {' | '.join(columns)} |",
        "|---|" + "---|" * len(columns),
        *(
            f"| {row} | " + " | ".join(f"{column[row]:.2f}" for column in columns.values()) + " |"
            for row in rows
        ),
        "",
        "Ray alone:",
        "",
        "| | seconds |",
        "|---|---|",
        f"| start of a local instance, two workers | {begun - start:.1f} |",
        f"| first job, in which a worker loads holdfast | {first - begun:.1f} |",
        *(
            f"| sending {size:,} MB that jobs share, and two jobs that find them | {took:.2f} |"
            for size, took in sent.items()
        ),
        f"| the {BLOCKS} blocks, with one worker killed | {killed:.1f} |",
        f"| end | {over - end:.1f} |",
        "",
    ]
    RESULT.write_text("\n".join(lines), encoding="utf-8")
    print("\n".join(lines))


if __name__ == "__main__":
    main()
