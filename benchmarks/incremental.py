"""Incremental: an audit, the same again, and the audit of the set with 1 % of rows more, by step.

    HOLDFAST_REAL_DATA=folder python benchmarks/incremental.py --work folder [--rows 100000 1000000] [--real 100000] [--check]

Every audit is a process of its own, on one core, with a store that is empty at first. The rows are pairs of real requests, as in
`scale.py`. `--check` audits the grown set once more with nothing kept, and says whether the readings are the same. Sizes add up in
results/incremental.json, and results/incremental.md is written from that.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import resource
import shutil
import subprocess
import sys
import time
from hashlib import sha256
from pathlib import Path

RESULTS = Path(__file__).parent / "results"
RUNS = ("first", "again", "1 % more")
ALONE = {
    "OPENBLAS_NUM_THREADS": "1",
    "OMP_NUM_THREADS": "1",
    "HOLDFAST_THREADS": "1",
}


def audit(candidate: str, real: str, store: str) -> dict[str, object]:
    """One audit in this process: CPU seconds by step, and a hash of its readings."""
    from holdfast.audits import audit as run

    steps: dict[str, float] = {}
    now = ["start", time.process_time()]

    def progress(word: str) -> None:
        name = word.split(", block", maxsplit=1)[0]
        name = next((known for known in ("measuring", "reading reality") if name.startswith(known)), name)
        spent = time.process_time() - now[1]
        steps[now[0]] = steps.get(now[0], 0.0) + spent
        now[:] = [name, time.process_time()]

    start = time.perf_counter()
    found = run(candidate, real=real, store=store, engine="inline", progress=progress)
    progress("end")
    return {
        "steps": steps,
        "cpu": time.process_time(),
        "wall": time.perf_counter() - start,
        "megabytes": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
        "readings": sha256(repr([one.result for one in found.outcomes]).encode()).hexdigest(),
    }


def apart(candidate: Path, real: Path, store: str) -> dict[str, object]:
    """The same in a process of its own."""
    command = [sys.executable, __file__, "--one", str(candidate), str(real), store]
    done = subprocess.run(command, check=True, capture_output=True, text=True, env=os.environ | ALONE)
    found: dict[str, object] = json.loads(done.stdout.splitlines()[-1])
    return found


def measure(rows: int, real: int, work: Path, *, check: bool) -> dict[str, object]:
    """Three audits of a size, and one that reads everything."""
    import scale

    more = rows + rows // 100
    files = {"real": work / f"requests_real_{real}.jsonl", "all": work / f"requests_grown_{more}.jsonl"}
    scale.lay_out("requests", real, 1, files["real"], labels=True)
    scale.lay_out("requests", more, 2, files["all"], labels=True)
    store, candidate = work / f"store_{rows}", work / f"grows_{rows}.jsonl"
    shutil.rmtree(store, ignore_errors=True)
    with files["all"].open("rb") as lines:
        candidate.write_bytes(b"".join(line for _, line in zip(range(rows), lines, strict=False)))
    found: dict[str, object] = {"rows": rows, "real": real}
    for name in RUNS:
        if name == RUNS[2]:
            shutil.copy(files["all"], candidate)
        found[name] = apart(candidate, files["real"], str(store))
        print(rows, name, found[name], flush=True)
        if name == RUNS[0]:
            taken = sum(file.stat().st_size for file in store.rglob("*") if file.is_file())
            found["bytes per row"] = taken / rows
    if check:
        anew = apart(candidate, files["real"], "off")
        found["anew"] = anew
        found["same"] = anew["readings"] == found[RUNS[2]]["readings"]  # type: ignore[index]
    shutil.rmtree(store)
    return found


def table(runs: dict[str, dict]) -> list[str]:
    """Runs side by side, by step."""
    lines = ["| step | " + " | ".join(runs) + " |", "|---|" + "---|" * len(runs)]
    for step in dict.fromkeys(step for run in runs.values() for step in run["steps"]):
        if not step.startswith("answered before"):
            shown = " | ".join(f"{run['steps'].get(step, 0.0):.2f}" for run in runs.values())
            lines.append(f"| {step} | {shown} |")
    return lines + [
        f"| {name} | " + " | ".join(f"{run[name]:,.1f}" for run in runs.values()) + " |"
        for name in ("cpu", "wall", "megabytes")
    ]


def page(results: dict[str, dict], machine: str) -> str:
    """The results as Markdown."""
    lines = [
        "# Incremental: what an audit costs when most of it was done before",
        "",
        f"`python benchmarks/incremental.py`, {machine}. Whole processes on one core, CPU seconds; the candidate read block by block.",
        "",
    ]
    for one in sorted(results.values(), key=lambda one: one["rows"]):
        lines += [
            f"## {one['rows']:,} rows against {one['real']:,}",
            "",
            f"The store keeps {one['bytes per row']:,.0f} bytes for a row, its words among them.",
            "",
        ]
        if "same" in one:
            said = "the same, to the bit" if one["same"] else "NOT the same"
            lines += [
                f"The readings of the grown set, held against an audit that read everything: {said}.",
                "",
            ]
        lines += table({name: one[name] for name in RUNS})
        share = one[RUNS[2]]["cpu"] / one[RUNS[0]]["cpu"]
        lines += ["", f"With 1 % more rows the audit costs {100 * share:.0f} % of the first one.", ""]
    return "\n".join(lines)


def main() -> None:
    """Measure, and write the page."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--work", type=Path)
    parser.add_argument("--rows", type=int, nargs="+", default=[100_000, 1_000_000])
    parser.add_argument("--real", type=int, default=100_000)
    parser.add_argument("--check", action="store_true")
    parser.add_argument("--one", nargs=3, metavar=("CANDIDATE", "REAL", "STORE"))
    asked = parser.parse_args()
    if asked.one:
        print(json.dumps(audit(*asked.one)))
        return
    asked.work.mkdir(parents=True, exist_ok=True)
    file = RESULTS / "incremental.json"
    results = json.loads(file.read_text()) if file.exists() else {}
    for rows in asked.rows:
        results[f"{rows} {asked.real}"] = measure(rows, asked.real, asked.work, check=asked.check)
        file.write_text(json.dumps(results, indent=1) + "\n")
        machine = f"{platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}"
        (RESULTS / "incremental.md").write_text(page(results, machine))


if __name__ == "__main__":
    main()
