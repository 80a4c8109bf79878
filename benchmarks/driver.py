"""What the driver of an audit that is read block by block holds of every row, and what comes back to it.

    python benchmarks/driver.py REAL CANDIDATE --figures FOLDER

Audits in a process of its own (`engine_audit.py`, inline, one thread); its figures are kept in FOLDER, and what stands there is not measured
again. A BEFORE.json in the folder, measured by the same script on another state of the code, stands beside. Writes
benchmarks/results/driver.md.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
from pathlib import Path

import engine_audits

RESULT = Path(__file__).parent / "results" / "driver.md"
DRIVER = 64 * 10**9
"""Bytes of memory that the estimate is held against."""
RANKED = 8 + 4 + 4 + 32 + 4
"""Bytes of a row while it is joined, besides its rarest items: order, rank, size, outline, group."""
NUMBERED = 8 + 8
"""Bytes of a row meanwhile: its content by number, and its number."""


def came_back(figures: dict) -> dict[str, float]:
    found: dict[str, float] = {}
    for one in figures["maps"]:
        name = one["work"].replace("sift_block", "sift_blocks").replace("blockss", "blocks")
        found[name] = found.get(name, 0.0) + one["answer_bytes"]
    return found


def prefixes_by_row(figures: dict) -> list[float]:
    """Bytes of the rarest items of each row, by kind of sets."""
    return [one["answer_bytes"] / figures["rows"] for one in figures["maps"] if one["work"] == "prefix_block"]


def page(now: dict, before: dict | None) -> str:
    runs = {"before": before, "now": now} if before else {"now": now}
    if before:
        odd = [name for name in before["found"] if before["found"][name] != now["found"].get(name)]
        if odd:
            raise SystemExit(f"the audits differ in {odd}")
    rows = now["rows"]
    lines = [
        "# What a driver holds",
        "",
        f"{rows:,} real requests with labels against as many others, full battery, read block by block in one thread, no store; "
        f"{platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}. Written by `benchmarks/driver.py`; other work ran "
        "beside it. *Before* is the state of the code in which tallies waited in lists, the rarest items of both kinds of sets were held "
        "twice, and every column by row took eight bytes.",
        "",
    ]
    if before:
        lines += [
            "Both audits found the same, to the bit: readings, nulls, intervals, findings, groups of repeats, copies, strata, support.",
            "",
        ]
    names = list(runs)
    lines += [
        "Bytes of every candidate row:",
        "",
        "| | " + " | ".join(names) + " |",
        "|" + "---|" * (len(names) + 1),
    ]
    for name in now["bytes_by_row"]:
        lines.append(
            f"| {name} | " + " | ".join(f"{run['bytes_by_row'][name]:.0f}" for run in runs.values()) + " |"
        )
    ends = {name: sum(run["bytes_by_row"].values()) for name, run in runs.items()}
    lines.append("| **to the end, together** | " + " | ".join(f"{size:.0f}" for size in ends.values()) + " |")
    kinds = {name: prefixes_by_row(run) for name, run in runs.items()}
    joins = {
        name: 2 * sum(sizes) if name == "before" else max(sizes) + RANKED + NUMBERED
        for name, sizes in kinds.items()
    }
    lines.append(
        "| meanwhile, while rows are joined: rarest items and what they are ranked by | "
        + " | ".join(f"{size:.0f}" for size in joins.values())
        + " |"
    )
    views = {
        name: came_back(run)["view_block"] / rows - run["bytes_by_row"]["facts of views"]
        for name, run in runs.items()
    }
    if before:
        lines.append(f"| meanwhile, tallies that wait | {views['before']:,.0f} | bounded by the vocabulary |")
    peaks = {name: run["peaks"]["driver"] / 1e6 for name, run in runs.items()}
    lines += [
        "",
        "Megabytes that come back from blocks:",
        "",
        "| work | " + " | ".join(names) + " |",
        "|" + "---|" * (len(names) + 1),
    ]
    back = {name: came_back(run) for name, run in runs.items()}
    for work in dict.fromkeys(work for found in back.values() for work in found):
        lines.append(
            f"| `{work}` | "
            + " | ".join(f"{found.get(work, 0.0) / 1e6:.1f}" for found in back.values())
            + " |"
        )
    early = 1 - now["bytes_by_row"]["facts of views"] / ends["now"]
    most = DRIVER / max(ends["now"], joins["now"] + early * ends["now"])
    lines += [
        "",
        "Most memory of the process: "
        + ", ".join(f"{size:,.0f} MB {name}" for name, size in peaks.items())
        + "; CPU: "
        + ", ".join(f"{run['cpu']:.0f} s {name}" for name, run in runs.items())
        + ". At this size the anchor, the words that measures read and their nulls are most of it.",
        "",
        f"A driver of {DRIVER / 1e9:.0f} GB takes {most / 1e6:.0f} million rows as short as these: the join is the narrowest place, with what is "
        f"held of every row by then; what is held to the end alone would allow {DRIVER / ends['now'] / 1e6:.0f} million.",
        "",
    ]
    return "\n".join(lines)


def main() -> None:
    asked = argparse.ArgumentParser()
    asked.add_argument("real")
    asked.add_argument("candidate")
    asked.add_argument("--figures", type=Path, required=True)
    given = asked.parse_args()
    given.figures.mkdir(parents=True, exist_ok=True)
    now = engine_audits.measured(given.figures, "now", given.real, given.candidate, "inline", 1)
    before = given.figures / "BEFORE.json"
    RESULT.write_text(
        page(now, json.loads(before.read_text()) if before.exists() else None), encoding="utf-8"
    )
    print(RESULT.read_text(encoding="utf-8"))


if __name__ == "__main__":
    main()
