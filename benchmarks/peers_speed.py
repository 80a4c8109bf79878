"""Published metrics and whole reports: how long peers take, and how long we do, on the same real texts and vectors.

    python benchmarks/peers_speed.py install folder            # each peer in an environment of its own
    HOLDFAST_REAL_DATA=data python benchmarks/peers_speed.py run --peers folder --store runs.jsonl
    python benchmarks/peers_speed.py page --store runs.jsonl   # writes benchmarks/results/peers_speed.md

Both sides of a comparison stand ready in processes of their own and run in turns, so that whatever else the machine does meets both.
Everyone may use every core: peers through their libraries, we through our threads. Imports, reading files and, for vectors, making them are
not timed; the first run of ours, which loads compiled kernels, is. A peer stops at a limit of time for one run and of memory.
"""

from __future__ import annotations

import argparse
import contextlib
import itertools
import json
import multiprocessing
import os
import platform
import select
import signal
import subprocess
import sys
import time
import zlib
from pathlib import Path

from peers.speed_page import HUGE, INSTALLS, LARGE, METRICS, MIDDLE, SMALL, page

HERE = Path(__file__).parent
JOBS = HERE / "peers/speed_jobs.py"
PAGE = HERE / "results/peers_speed.md"
FEATURES = 256


class Child:
    """A job that stands ready in a process of its own."""

    def __init__(
        self, python: str, job: str, folder: Path, rows: int, gigabytes: float, *, own: bool
    ) -> None:
        # Our blocks are worked on in threads, each of which multiplies by itself, as `holdfast` does; peers have every core.
        settings = {"OPENBLAS_NUM_THREADS": "1"} if own else {}
        self.process = subprocess.Popen(
            [python, JOBS, job, folder, str(rows)],
            env=os.environ | {"HF_HUB_OFFLINE": "1", "GIGABYTES": str(gigabytes)} | settings,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
        )
        self.over = None if self._answer(600.0) else {"error": "did not start"}

    def run(self, seconds: float) -> dict:
        """What one more run gave, or why there was none."""
        if self.over is None:
            self.process.stdin.write("\n")
            self.process.stdin.flush()
            found = self._answer(seconds)
            if found is not None and "error" not in found:
                return found
            ended = self.process.poll() is not None or found is not None
            self.over = found or {"error": "memory" if ended else "time"}
        return self.over

    def _answer(self, seconds: float) -> dict | None:
        ready, _, _ = select.select([self.process.stdout], [], [], seconds)
        line = self.process.stdout.readline() if ready else ""
        if not line:
            with contextlib.suppress(
                subprocess.TimeoutExpired
            ):  # a process that was killed for memory takes a moment to be gone
                self.process.wait(2.0 if ready else 0.0)
        return json.loads(line) if line else None

    def end(self) -> None:
        """Ends the process."""
        self.process.send_signal(signal.SIGKILL)
        self.process.wait()


def compare(metric: str, rows: int, folder: Path, options: argparse.Namespace) -> dict:
    """Both sides, in turns."""
    environment, peer, own, *_ = METRICS[metric]
    repeats = options.repeats if rows <= MIDDLE else 1 if rows > LARGE else 2
    sides = {"own": Child(sys.executable, own, folder, rows, options.gigabytes, own=True)}
    if environment and rows in METRICS[metric][3]:
        python = str(options.peers / environment / "bin/python")
        sides["peer"] = Child(python, peer, folder, rows, options.gigabytes, own=False)
    runs: dict[str, list[dict]] = {side: [] for side in sides}
    try:
        for _ in range(repeats):
            for side, child in sides.items():
                if child.over is None:
                    runs[side].append(child.run(60 * options.minutes))
    finally:
        for child in sides.values():
            child.end()
    return {"metric": metric, "rows": rows, **runs}


def whole(command: list[str], folder: Path, seconds: float) -> dict:
    """Wall and processor seconds and peak megabytes of a whole process, as a user would start it."""
    begin = time.perf_counter()
    process = subprocess.Popen(command, cwd=folder, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    previous = signal.signal(signal.SIGALRM, lambda *_: process.kill())
    signal.alarm(int(seconds))
    _, status, usage = os.wait4(process.pid, 0)
    signal.alarm(0)
    signal.signal(signal.SIGALRM, previous)
    if os.WIFSIGNALED(status):
        return {"error": "time"}
    return {
        "wall": time.perf_counter() - begin,
        "processor": usage.ru_utime + usage.ru_stime,
        "megabytes": usage.ru_maxrss / 1024,
        "code": os.waitstatus_to_exitcode(status),
    }


def reports(rows: int, folder: Path, options: argparse.Namespace) -> dict:
    """Evidently's drift report and the whole audit, each a whole process."""
    python = str(options.peers / "evidently/bin/python")
    peer = [python, str(JOBS), "drift_report", str(folder), str(rows)]
    sides = [f"made-{rows}.jsonl", "--real", f"real-{rows}.jsonl"]
    own = [sys.executable, "-m", "holdfast", "audit", *sides, "--store", "off"]
    repeats = options.repeats if rows == SMALL else 1
    runs = [(whole(own, folder, 1_800), whole(peer, folder, 60 * options.minutes)) for _ in range(repeats)]
    return {
        "metric": "report",
        "rows": rows,
        "own": [run[0] for run in runs],
        "peer": [run[1] for run in runs],
    }


def lay_out(folder: Path, most: int) -> None:
    """Write texts of both sides, pairs of real requests under the label of the first, and their vectors."""
    import numpy as np

    import speed
    import world

    rows = world.clinc150()
    for seed, side in enumerate(("real", "made")):
        records = world.records(speed.joined(rows, 2, most, np.random.default_rng(seed)))
        lines = [json.dumps(record) + "\n" for record in records]
        (folder / f"{side}.jsonl").write_text("".join(lines))
        for size in (SMALL, MIDDLE, LARGE):
            if size <= most:
                (folder / f"{side}-{size}.jsonl").write_text("".join(lines[:size]))
        np.save(folder / f"{side}.npy", vectors([record["text"] for record in records]))


def vectors(texts: list[str]):
    """float32 [n, 256]: words and pairs of words, hashed with a sign (Weinberger et al. 2009), at unit length. Fixed, and nobody's own.

    Each is weighed by chance, so that distances are all different: where they are equal, what is inside a ball is a matter of rounding.
    """
    import numpy as np

    class Hashes(dict):
        def __missing__(self, word):
            self[word] = zlib.crc32(word.encode())
            return self[word]

    rows = [text.split() for text in texts]
    starts = np.concatenate([[0], np.cumsum([len(row) for row in rows])])
    codes = np.fromiter(map(Hashes().__getitem__, itertools.chain.from_iterable(rows)), np.uint64)
    mixed = (codes + np.uint64(1)) * np.uint64(0x9E3779B97F4A7C15)
    found = np.zeros((len(texts), FEATURES), np.float32)
    for first in range(0, len(texts), 50_000):
        last = min(first + 50_000, len(texts))
        row = np.repeat(np.arange(last - first), np.diff(starts[first : last + 1]))
        single = mixed[starts[first] : starts[last]]
        pairs = (single[:-1] ^ (single[1:] >> np.uint64(7))) * np.uint64(0xD6E8FEB86659FD93)
        keep = row[:-1] == row[1:]
        for hashes, owner in ((single, row), (pairs[keep], row[:-1][keep])):
            place = (hashes >> np.uint64(56)).astype(np.int64)
            sign = np.where((hashes >> np.uint64(55)) & np.uint64(1), 1.0, -1.0)
            weight = sign * (0.5 + ((hashes >> np.uint64(20)) & np.uint64(0xFFFFF)) / 2**20)
            size = (last - first) * FEATURES
            found[first:last] += np.bincount(owner * FEATURES + place, weight, size).reshape(-1, FEATURES)
    return found / np.maximum(np.sqrt((found**2).sum(1, keepdims=True)), 1e-6)


def install(folder: Path) -> None:
    for name, packages in INSTALLS.items():
        subprocess.run([sys.executable, "-m", "venv", folder / name], check=True)
        for package in packages:
            subprocess.run([folder / name / "bin/python", "-m", "pip", "install", "-q", package], check=True)


def run(options: argparse.Namespace) -> None:
    folder = options.work
    folder.mkdir(parents=True, exist_ok=True)
    if not (folder / "made.npy").exists():
        # In a process of its own: what a child holds at its peak begins with what its parent holds.
        writer = multiprocessing.get_context("spawn").Process(
            target=lay_out, args=(folder, max(options.sizes))
        )
        writer.start()
        writer.join()
    processor = next(
        (
            line.split(":")[1].strip()
            for line in Path("/proc/cpuinfo").read_text().splitlines()
            if "model name" in line
        ),
        platform.machine(),
    )
    record(
        options.store,
        {
            "metric": "machine",
            "rows": 0,
            "date": time.strftime("%Y-%m-%d"),
            "cores": len(os.sched_getaffinity(0)),
            "processor": processor,
            "python": platform.python_version(),
            "minutes": options.minutes,
            "gigabytes": options.gigabytes,
            "repeats": options.repeats,
            "load": round(os.getloadavg()[0], 1),
        },
    )
    for rows in options.sizes:
        for metric, (*_, both, alone) in METRICS.items():
            if rows in {*both, *alone} and (not options.only or any(part in metric for part in options.only)):
                record(options.store, compare(metric, rows, folder, options))
        if rows < HUGE and (not options.only or "report" in options.only):
            record(options.store, reports(rows, folder, options))


def record(store: Path, entry: dict) -> None:
    with store.open("a") as file:
        file.write(json.dumps(entry) + "\n")
    print(json.dumps(entry)[:400], flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    verbs = parser.add_subparsers(dest="verb", required=True)
    verbs.add_parser("install").add_argument("folder", type=Path)
    runs = verbs.add_parser("run")
    runs.add_argument("--peers", type=Path, required=True)
    runs.add_argument("--store", type=Path, required=True)
    runs.add_argument("--work", type=Path, default=Path("peers-speed"))
    runs.add_argument("--sizes", type=int, nargs="+", default=[SMALL, MIDDLE, LARGE, HUGE])
    runs.add_argument("--only", nargs="*", help="parts of names of metrics, or report")
    runs.add_argument("--repeats", type=int, default=5)
    runs.add_argument("--minutes", type=float, default=10)
    runs.add_argument("--gigabytes", type=float, default=12)
    verbs.add_parser("page").add_argument("--store", type=Path, required=True)
    options = parser.parse_args()
    if options.verb == "install":
        install(options.folder)
    elif options.verb == "run":
        run(options)
    else:
        PAGE.write_text(page(options.store))


if __name__ == "__main__":
    main()
