"""Anchor again: what an audit costs when another candidate was held against the same real rows before.

    HOLDFAST_REAL_DATA=folder python benchmarks/anchor_again.py --work folder [--sizes 2000x10000 10000x100000]

Every audit is a process of its own, on one core. A first candidate is audited with a store that is empty; a second one with nothing kept,
and with that store. The rows are pairs of real requests, as in `scale.py`. Sizes add up in results/anchor_again.json, and
results/anchor_again.md is written from that.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import shutil
from pathlib import Path

import incremental
import scale

RESULTS = Path(__file__).parent / "results"
RUNS = ("first candidate, store empty", "second, nothing kept", "second, store")
KINDS = ("reality", "learnt", "curve")
"""Folders of the store that hold what is learnt from real rows."""


def measure(rows: int, real: int, work: Path) -> dict[str, object]:
    """Three audits of a size."""
    files = {
        name: work / f"again_{name}_{count}.jsonl"
        for name, count in (("real", real), ("a", rows), ("b", rows))
    }
    for seed, (name, file) in enumerate(files.items(), start=1):
        scale.lay_out("requests", real if name == "real" else rows, seed, file, labels=True)
    store = work / "store_again"
    shutil.rmtree(store, ignore_errors=True)
    found: dict[str, object] = {"rows": rows, "real": real}
    for run, name, where in zip(RUNS, ("a", "b", "b"), (str(store), "off", str(store)), strict=True):
        found[run] = incremental.apart(files[name], files["real"], where)
        print(rows, real, run, found[run], flush=True)
        if run == RUNS[0]:
            kinds = [kind for kind in (store / "v1").iterdir() if kind.name.startswith(KINDS)]
            found["megabytes kept"] = (
                sum(file.stat().st_size for kind in kinds for file in kind.rglob("*") if file.is_file()) / 1e6
            )
    found["same"] = found[RUNS[1]]["readings"] == found[RUNS[2]]["readings"]  # type: ignore[index]
    shutil.rmtree(store)
    return found


def page(results: dict[str, dict], machine: str) -> str:
    """The results as Markdown."""
    lines = [
        "# Anchor again: what a second candidate costs",
        "",
        f"`python benchmarks/anchor_again.py`, {machine}. Whole processes on one core, CPU seconds; the candidate read block by block.",
        "",
    ]
    for one in sorted(results.values(), key=lambda one: one["real"]):
        said = "the same, to the bit" if one["same"] else "NOT the same"
        lines += [
            f"## {one['rows']:,} rows against {one['real']:,}",
            "",
            f"What is learnt from the real rows takes {one['megabytes kept']:,.0f} MB in the store. "
            f"Readings of the second candidate with the store and without: {said}.",
            "",
            *incremental.table({run: one[run] for run in RUNS}),
            "",
        ]
    return "\n".join(lines)


def main() -> None:
    """Measure, and write the page."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--work", type=Path, required=True)
    parser.add_argument("--sizes", nargs="+", default=["2000x10000", "10000x100000"])
    asked = parser.parse_args()
    asked.work.mkdir(parents=True, exist_ok=True)
    file = RESULTS / "anchor_again.json"
    results = json.loads(file.read_text()) if file.exists() else {}
    for size in asked.sizes:
        rows, real = map(int, size.split("x"))
        results[size] = measure(rows, real, asked.work)
        file.write_text(json.dumps(results, indent=1) + "\n")
        machine = f"{platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}"
        (RESULTS / "anchor_again.md").write_text(page(results, machine))


if __name__ == "__main__":
    main()
