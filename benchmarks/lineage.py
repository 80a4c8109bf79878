"""Lineage of a million generated rows: how long a trace and a summary take, whole processes and their memory.

    python benchmarks/lineage.py

Writes benchmarks/results/lineage.json.
"""

from __future__ import annotations

import json
import multiprocessing
import os
import platform
import tempfile
from pathlib import Path

from holdfast.data.lineage import lineage_table, write_lineage
from speed import timed

ROWS, LAYER = 1_000_000, 200_000
RESULTS = Path(__file__).parent / "results/lineage.json"


def lay_out(path: Path) -> None:
    """Five layers of rows, each made from the one before it."""
    ids = [f"row-{i}" for i in range(ROWS)]
    table = lineage_table(
        {
            "id": ids,
            "content_hash": [f"sha256:{i:064x}" for i in range(ROWS)],
            "source": [f"source {i % 7}" for i in range(ROWS)],
            "source_type": ["human" if i < LAYER else "synthetic" for i in range(ROWS)],
            "agent": [None if i < LAYER else f"org/model-{i % 5}@1" for i in range(ROWS)],
            "parent_ids": [None if i < LAYER else [ids[i - LAYER], ids[i * 7 % LAYER]] for i in range(ROWS)],
            "generation_depth": [i // LAYER for i in range(ROWS)],
            "kept": [i % 3 > 0 for i in range(ROWS)],
        },
        ROWS,
    )
    write_lineage(table, path)


def main() -> None:
    jobs = {
        "trace of a row with ancestors": ["trace", f"row-{ROWS - 1}"],
        "trace of a row with offspring": ["trace", "row-5"],
        "summary": ["lineage", "summary"],
    }
    results = {}
    with tempfile.TemporaryDirectory() as folder:
        # In a process of its own: a child's peak memory begins with its parent's.
        path = Path(folder) / "set.lineage.parquet"
        writer = multiprocessing.get_context("spawn").Process(target=lay_out, args=(path,))
        writer.start()
        writer.join()
        size = path.stat().st_size
        for job, words in jobs.items():
            runs = [timed(["-m", "holdfast", *words, "set.lineage.parquet"], folder) for _ in range(5)]
            results[job] = {
                "seconds": [round(seconds, 2) for seconds, _ in sorted(runs)],
                "megabytes": round(max(megabytes for _, megabytes in runs)),
            }
            print(job, results[job], flush=True)
    machine = {"cores": os.cpu_count(), "python": platform.python_version(), "system": platform.machine()}
    found = {"machine": machine, "rows": ROWS, "file_bytes": size, "runs": results}
    RESULTS.write_text(json.dumps(found, indent=1) + "\n")


if __name__ == "__main__":
    main()
