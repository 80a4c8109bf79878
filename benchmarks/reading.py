"""How fast are rows read, whole and in blocks, and how much memory does it take?

    python benchmarks/reading.py --rows 10000 100000 1000000

Each figure is of a process of its own; CPU time, so that others on the machine disturb it little. Writes `results/reading.md`.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import resource
import subprocess
import sys
import tempfile
import time
from contextlib import ExitStack
from pathlib import Path

import numpy as np

RESULTS = Path(__file__).parent / "results" / "reading.md"


def write_rows(file: Path, rows: int) -> None:
    """Requests of 5 to 25 words with a label."""
    rng = np.random.default_rng(rows)
    words = np.array([f"w{number:x}" for number in range(20_000)])
    with file.open("w") as sink:
        for length in rng.integers(5, 25, rows):
            text = " ".join(words[rng.integers(0, len(words), length)])
            sink.write(json.dumps({"text": text, "label": f"label {length}"}) + "\n")


def measure(what: str, file: str) -> dict[str, float]:
    from holdfast.data import find_blocks, read_block, read_records, survey

    start = time.process_time()
    if what == "read_records":
        rows = len(read_records(file))
    else:
        with ExitStack() as stack:
            blocks = find_blocks(file, stack)
            rows = sum(one.rows for one in blocks.references)
            if what != "find_blocks":
                found = survey(blocks)
            if what == "read_block":
                start = time.process_time()
                rows = sum(len(read_block(one, found.reading)) for one in blocks.references)
    seconds = time.process_time() - start
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    return {"seconds": seconds, "microseconds_a_row": seconds / rows * 1e6, "peak_mb": peak}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, nargs="+", default=[10_000, 100_000, 1_000_000])
    parser.add_argument("--one", nargs=2, help=argparse.SUPPRESS)
    asked = parser.parse_args()
    if asked.one:
        print(json.dumps(measure(*asked.one)))
        return
    names = {
        "read_records": "`read_records`, the whole set in memory",
        "find_blocks": "`find_blocks`, cutting and hashing",
        "survey": "`find_blocks` and `survey`: labels, ids, identity",
        "read_block": "`read_block` of every block, one at a time (after `survey`)",
    }
    lines = [
        "# How fast are rows read?",
        "",
        f"JSON Lines of requests with a label; CPU time of one process, {os.cpu_count()} cores, "
        f"Python {platform.python_version()}. `python benchmarks/reading.py`",
        "",
        "| rows | what | CPU s | µs a row | peak MB |",
        "|---|---|---|---|---|",
    ]
    with tempfile.TemporaryDirectory() as folder:
        for rows in asked.rows:
            file = Path(folder) / f"{rows}.jsonl"
            write_rows(file, rows)
            for what, name in names.items():
                said = subprocess.check_output([sys.executable, __file__, "--one", what, str(file)])
                found = json.loads(said)
                lines.append(
                    f"| {rows:,} | {name} | {found['seconds']:.2f} | {found['microseconds_a_row']:.1f} "
                    f"| {found['peak_mb']:.0f} |"
                )
                print(lines[-1])
    RESULTS.write_text("\n".join(lines) + "\n")


if __name__ == "__main__":
    main()
