"""Speed: audits of 10,000 rows against 10,000 and of 100,000 against 100,000, of 2,000 against an anchor, start-up.

    HOLDFAST_REAL_DATA=folder python benchmarks/speed.py

Every figure is a whole process. Writes benchmarks/results/speed.json.
"""

from __future__ import annotations

import json
import multiprocessing
import os
import platform
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np

import world


def timed(arguments: list[str], folder: str) -> tuple[float, float]:
    """Wall seconds and peak megabytes of a process."""
    start = time.perf_counter()
    process = subprocess.Popen(
        [sys.executable, *arguments], cwd=folder, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    _, _, usage = os.wait4(process.pid, 0)
    return time.perf_counter() - start, usage.ru_maxrss / 1024


def write(path: Path, rows: list[world.Row], *, labels: bool = True) -> None:
    """Write rows as JSON lines."""
    path.write_text("".join(json.dumps(row) + "\n" for row in world.records(rows, labels=labels)))


def joined(rows: list[world.Row], each: int, count: int, rng: np.random.Generator) -> list[world.Row]:
    """Rows made of `each` real ones, under the label of the first: there are not so many different rows."""
    return [
        world.Row(" ".join(rows[part].text for part in parts), rows[parts[0]].label)
        for parts in rng.integers(0, len(rows), (count, each)).tolist()
    ]


def lay_out(folder: Path) -> None:
    """Write the sets."""
    rows = world.clinc150()
    news = world.ag_news()
    order = np.random.default_rng(0).permutation(len(rows))
    write(folder / "a.jsonl", [rows[i] for i in order[:10_000]])
    write(folder / "b.jsonl", [rows[i] for i in order[10_000:20_000]])
    write(folder / "c.jsonl", [rows[i] for i in order[10_000:20_000]], labels=False)
    write(folder / "d.jsonl", [rows[i] for i in order[20_000:22_000]], labels=False)
    write(folder / "n1.jsonl", news[::2])
    write(folder / "n2.jsonl", news[1::2])
    long = joined(news, 4, 20_000, np.random.default_rng(2))
    write(folder / "l1.jsonl", long[:10_000])
    write(folder / "l2.jsonl", long[10_000:])
    large = joined(rows, 2, 200_000, np.random.default_rng(1))
    write(folder / "g1.jsonl", large[:100_000])
    write(folder / "g2.jsonl", large[100_000:])


def main() -> None:
    jobs = {
        "import holdfast": ["-c", "import holdfast"],
        "holdfast --help": ["-m", "holdfast", "--help"],
        "10,000 x 10,000 requests, labels given": ["-m", "holdfast", "audit", "b.jsonl", "--real", "a.jsonl"],
        "10,000 x 10,000 requests, labels predicted": [
            "-m",
            "holdfast",
            "audit",
            "c.jsonl",
            "--real",
            "a.jsonl",
        ],
        "10,000 x 10,000 rows of 160 words, labels given": [
            "-m",
            "holdfast",
            "audit",
            "l2.jsonl",
            "--real",
            "l1.jsonl",
        ],
        "100,000 x 100,000 pairs of requests, labels given": [
            "-m",
            "holdfast",
            "audit",
            "g2.jsonl",
            "--real",
            "g1.jsonl",
        ],
        "3,800 x 3,800 news leads, labels given": [
            "-m",
            "holdfast",
            "audit",
            "n2.jsonl",
            "--real",
            "n1.jsonl",
        ],
        "2,000 against a frozen anchor of 10,000": [
            "-m",
            "holdfast",
            "audit",
            "d.jsonl",
            "--anchor",
            "anchor",
        ],
    }
    results = {}
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        # In a process of its own: a child's peak memory begins with its parent's.
        writer = multiprocessing.get_context("spawn").Process(target=lay_out, args=(folder,))
        writer.start()
        writer.join()
        subprocess.run(
            [sys.executable, "-m", "holdfast", "anchor", "freeze", "a.jsonl", "-o", "anchor"],
            cwd=name,
            check=True,
            capture_output=True,
        )
        for job, arguments in jobs.items():
            repeats = 1 if job.startswith("100,000") else 3 if "x" in job else 5
            runs = [timed(arguments, name) for _ in range(repeats)]
            results[job] = {
                "seconds": [round(seconds, 2) for seconds, _ in sorted(runs)],
                "megabytes": round(max(megabytes for _, megabytes in runs)),
            }
            print(job, results[job], flush=True)
    output = Path(__file__).parent / "results/speed.json"
    output.parent.mkdir(exist_ok=True)
    machine = {"cores": os.cpu_count(), "python": platform.python_version(), "system": platform.machine()}
    output.write_text(json.dumps({"machine": machine, "runs": results}, indent=1) + "\n")


if __name__ == "__main__":
    main()
