"""Scale: whole audits with the full battery, from 10,000 to 1,000,000 rows, and of rows of 2,000 words.

    HOLDFAST_REAL_DATA=folder python benchmarks/scale.py --work folder [--cells words of cells] [--runs 3]

Every figure is a process of its own, `holdfast audit` as a user runs it, on all cores, with nothing kept from before. Peak memory is
watched from outside, as an audit is one process. Cells add up in results/scale.json, and results/scale.md is written from that.

The rows are real ones: pairs of requests glued together (`requests`), pieces of ten to sixty words of every collection, one in five a
near-copy (`pieces`), and texts of one collection glued together until there are 2,000 words (`long`).
"""

from __future__ import annotations

import argparse
import json
import math
import os
import platform
import statistics
import subprocess
import sys
import threading
import time
from dataclasses import dataclass
from itertools import count
from pathlib import Path

import numpy as np

import scale_corpus
import speed
import world

RESULTS = Path(__file__).parent / "results"
WORDS = 2_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Cell:
    """One audit.

    Attributes:
        name: What stands in the table.
        kind: The corpus.
        rows: Of the candidate.
        real: Of reality.
        labels: Whether the candidate has labels; else they are predicted.
        engine: `inline` where it is to be read block by block; None leaves it to holdfast.
    """

    name: str
    kind: str
    rows: int
    real: int
    labels: bool = True
    engine: str | None = None


CELLS = [
    *(
        Cell(name=f"fixed anchor, {rows:,}", kind="requests", rows=rows, real=100_000)
        for rows in (10_000, 30_000, 100_000, 300_000, 1_000_000)
    ),
    *(
        Cell(name=f"both grow, {rows:,}", kind="requests", rows=rows, real=rows // 10)
        for rows in (10_000, 30_000, 100_000, 300_000)
    ),
    Cell(name="labels predicted", kind="requests", rows=1_000_000, real=100_000, labels=False),
    Cell(name="block by block", kind="requests", rows=1_000_000, real=100_000, engine="inline"),
    Cell(name="pieces of all collections", kind="pieces", rows=1_000_000, real=100_000),
    Cell(name="rows of 2,000 words", kind="long", rows=100_000, real=10_000),
]


def requests(count: int, seed: int) -> list[tuple[str, str]]:
    """Pairs of requests, under the label of the first."""
    rows = speed.joined(world.clinc150(), 2, count, np.random.default_rng(seed))
    return [(row.text, row.label) for row in rows]


def long(rows: int, seed: int):
    """Rows of 2,000 words, of texts of one collection in an order of chance; made one by one."""
    rng = np.random.default_rng(seed)
    texts: dict[str, list[str]] = {}
    for text, label in scale_corpus.read(Path(os.environ["HOLDFAST_REAL_DATA"])):
        texts.setdefault(label, []).append(text)
    sizes = {label: sum(text.count(" ") + 1 for text in own) for label, own in texts.items()}
    labels = sorted(label for label in texts if sizes[label] > 20 * WORDS)
    shares = np.array([sizes[label] for label in labels], float)
    for label in rng.choice(labels, rows, p=shares / shares.sum()).tolist():
        words: list[str] = []
        while len(words) < WORDS:
            words += texts[label][rng.integers(len(texts[label]))].split()
        yield " ".join(words[:WORDS]), label


def lay_out(kind: str, rows: int, seed: int, file: Path, *, labels: bool) -> None:
    """Write a corpus, unless it is there."""
    if file.exists():
        return
    made = {
        "requests": lambda: requests(rows, seed),
        "pieces": lambda: scale_corpus.labelled(rows, seed),
        "long": lambda: long(rows, seed),
    }[kind]()
    part = file.with_suffix(".part")
    with part.open("w", encoding="utf-8") as out:
        for text, label in made:
            out.write(json.dumps({"text": text, "label": label} if labels else {"text": text}) + "\n")
    part.replace(file)


def peak(pid: int, found: list[float], stop: threading.Event) -> None:
    """Megabytes that a process takes at most, looked at every 50 ms."""
    while not stop.wait(0.05):
        try:
            pages = int(Path(f"/proc/{pid}/statm").read_text().split()[1])
        except (OSError, IndexError):
            return
        found[0] = max(found[0], pages * 4096 / 2**20)


def run(cell: Cell, work: Path) -> dict[str, float]:
    """One audit: seconds, seconds of all cores, megabytes."""
    files = []
    for side, rows, seed, labels in (("real", cell.real, 1, True), ("candidate", cell.rows, 2, cell.labels)):
        file = work / f"{cell.kind}_{side}_{rows}{'' if labels else '_unlabelled'}.jsonl"
        # In a process of its own: a child's peak memory begins with its parent's.
        subprocess.run(
            [sys.executable, __file__, "lay-out", cell.kind, str(rows), str(seed), file, str(int(labels))],
            check=True,
        )
        files.append(file)
    command = [sys.executable, "-m", "holdfast", "audit", files[1], "--real", files[0], "--store", "off"]
    command += ["--engine", cell.engine] if cell.engine else []
    start, before = time.perf_counter(), os.times()
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    found, stop = [0.0], threading.Event()
    watcher = threading.Thread(target=peak, args=(process.pid, found, stop))
    watcher.start()
    out, error = process.communicate()
    seconds, after = time.perf_counter() - start, os.times()
    stop.set()
    watcher.join()
    if process.returncode not in (0, 1, 2, 3):
        raise SystemExit(f"{cell.name}: {error}")
    return {
        "seconds": seconds,
        "cpu": after.children_user + after.children_system - before.children_user - before.children_system,
        "megabytes": found[0],
        "said": out.split("\n")[0],
    }


def measure(cell: Cell, work: Path, runs: int) -> dict[str, object]:
    """Medians of some audits; of large ones there is one."""
    found = []
    for place in count():
        one = run(cell, work)
        found.append(one)
        print(cell.name, place + 1, one, flush=True)
        if place + 1 >= runs or one["seconds"] > 100:
            break
    return {
        "kind": cell.kind,
        "rows": cell.rows,
        "real": cell.real,
        "labels": cell.labels,
        "engine": cell.engine,
        "runs": len(found),
        **{name: statistics.median(one[name] for one in found) for name in ("seconds", "cpu", "megabytes")},
        "said": found[0]["said"],
    }


def exponent(cells: list[dict[str, float]], what: str) -> float:
    """How a figure grows from the smallest number of rows to the largest: 1 is in step with them."""
    least, most = min(cells, key=lambda one: one["rows"]), max(cells, key=lambda one: one["rows"])
    return math.log(most[what] / least[what]) / math.log(most["rows"] / least["rows"])


def page(results: dict[str, dict[str, object]], machine: str) -> str:
    """The results as Markdown."""
    lines = [
        "# Scale: whole audits, full battery",
        "",
        f"`python benchmarks/scale.py`, {machine}. Whole processes, nothing kept from before; medians where there are several runs.",
        "",
        "| audit | rows | real rows | wall, s | CPU, s | peak memory, MB | runs |",
        "|---|---|---|---|---|---|---|",
    ]
    for cell in CELLS:
        one = results.get(cell.name)
        if one:
            lines.append(
                f"| {cell.kind}: {cell.name} | {one['rows']:,} | {one['real']:,} | {one['seconds']:.1f} | {one['cpu']:.1f} "
                f"| {one['megabytes']:,.0f} | {one['runs']} |"
            )
    lines += [
        "",
        "| growth from the smallest to the largest | rows | wall | CPU | memory |",
        "|---|---|---|---|---|",
    ]
    families = {
        "against an anchor of 100,000": [
            f"fixed anchor, {n:,}" for n in (10_000, 30_000, 100_000, 300_000, 1_000_000)
        ],
        "both sides grow, ten to one": [
            *(f"both grow, {n:,}" for n in (10_000, 30_000, 100_000, 300_000)),
            "fixed anchor, 1,000,000",
        ],
    }
    for family, names in families.items():
        cells = [results[name] for name in names if name in results]
        if len(cells) > 1:
            span = f"{min(one['rows'] for one in cells):,} to {max(one['rows'] for one in cells):,}"
            figures = " | ".join(f"{exponent(cells, what):.2f}" for what in ("seconds", "cpu", "megabytes"))
            lines.append(f"| exponent, {family} | {span} | {figures} |")
    return "\n".join(lines) + "\n"


def main() -> None:
    if sys.argv[1:2] == ["lay-out"]:
        kind, rows, seed, file, labels = sys.argv[2:]
        lay_out(kind, int(rows), int(seed), Path(file), labels=bool(int(labels)))
        return
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--work", type=Path, required=True)
    parser.add_argument("--cells", nargs="*", default=[""])
    parser.add_argument("--runs", type=int, default=3)
    options = parser.parse_args()
    options.work.mkdir(parents=True, exist_ok=True)
    output = RESULTS / "scale.json"
    kept = json.loads(output.read_text()) if output.exists() else {"cells": {}}
    for cell in CELLS:
        if any(word in f"{cell.kind}: {cell.name}" for word in options.cells):
            kept["cells"][cell.name] = measure(cell, options.work, options.runs)
            kept["machine"] = (
                f"{os.cpu_count()} cores, {platform.machine()}, Python {platform.python_version()}"
            )
            output.write_text(json.dumps(kept, indent=1) + "\n")
            (RESULTS / "scale.md").write_text(page(kept["cells"], kept["machine"]), encoding="utf-8")


if __name__ == "__main__":
    main()
