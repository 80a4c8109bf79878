"""A whole audit on Ray beside the same audit here, and what a thousand million rows would take.

    python benchmarks/engine_audits.py REAL CANDIDATE [SMALL_REAL SMALL_CANDIDATE] --figures FOLDER

Every audit runs in a process of its own (`engine_audit.py`); its figures are kept in FOLDER, and what stands there is not measured again.
Needs the extra `ray`. Writes benchmarks/results/engine_audits.md.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import subprocess
import sys
from pathlib import Path

RESULT = Path(__file__).parent / "results" / "engine_audits.md"
RUNS = {
    "inline, one thread": ("inline", 1),
    "inline, two threads": ("inline", 2),
    "Ray, two workers": ("ray", 2),
}
ROWS, WORKERS = 10**9, 100
WIRE = 10**9
"""Bytes a second that the driver takes in: a network of 10 Gbit/s."""
DRIVER = 64 * 10**9
"""Bytes of memory of the driver that the estimate is held against."""
READ_ROWS = 100_000
STEPS = {
    "see_block": "survey",
    "look_at": "first look",
    "count_items": "counting items",
    "count_phrases": "counting phrases",
    "prefix_block": "rarest items",
    "sets_of_block": "sets of compared rows",
    "sift_blocks": "sifting phrases",
    "count_hits": "templates",
    "place": "strata",
    "view_block": "views",
}
DRIVEN = ("reading candidate", "words", "repeats", "phrases", "reading rows")
"""Steps in which the driver does work of its own that grows with the rows; the others grow with the anchor or with the read rows."""


def measured(folder: Path, name: str, real: str, candidate: str, engine: str, workers: int) -> dict:
    kept = folder / f"{name}.json"
    if not kept.exists():
        subprocess.run(
            [
                sys.executable,
                str(Path(__file__).with_name("engine_audit.py")),
                real,
                candidate,
                engine,
                str(workers),
                str(kept),
            ],
            check=True,
            env={
                **os.environ,
                "HOLDFAST_THREADS": str(workers),
                "OPENBLAS_NUM_THREADS": "1",
                "HOLDFAST_STORE": "off",
                "PYTHONPATH": os.pathsep.join([str(Path(__file__).parent), os.environ.get("PYTHONPATH", "")]),
            },
        )
    return json.loads(kept.read_text())


def apart(one: dict, other: dict) -> list[str]:
    """What two audits have found that is not the same to the bit; the report as a whole says what else differs."""
    return [
        name
        for name in one["found"] | other["found"]
        if name != "report" and one["found"].get(name) != other["found"].get(name)
    ]


def table(heads: list[str], rows: list[list[str]]) -> list[str]:
    return [
        "| " + " | ".join(heads) + " |",
        "|" + "---|" * len(heads),
        *("| " + " | ".join(row) + " |" for row in rows),
        "",
    ]


def page(runs: dict[str, dict], killed: dict | None, small: dict) -> str:
    here, ray = runs["inline, one thread"], runs["Ray, two workers"]
    rows = ray["rows"]
    different = {name: apart(here, run) for name, run in runs.items()}
    if any(different.values()):
        raise SystemExit(f"the audits differ: {different}")
    lines = [
        "# What an audit costs on Ray",
        "",
        f"{rows:,} real requests with labels against {rows:,} others, full battery, no store; {platform.machine()}, {os.cpu_count()} cores, "
        f"Python {platform.python_version()}. Written by `benchmarks/engine_audits.py`. The machine was busy with other work all the time "
        "(some ten processes wanted its two cores), so that CPU seconds say more than wall time.",
        "",
        f"All of these audits found the same, to the bit: verdict, {sum(name.startswith('measure ') for name in here['found'])} readings with "
        "nulls and intervals, findings, causes, data hashes, files, notes, and of every row of both sides id, text, stratum, repeats, copies and "
        "support.",
        "",
    ]
    lines += [
        "One thing has to be equal on both sides, as it has without any engine: the threads of the linear algebra (the command line sets "
        "`OPENBLAS_NUM_THREADS=1`). With two of them, nulls of two measures that multiply 32-bit matrices differ by up to 6e-7 of their value.",
        "",
    ]
    if killed is not None:
        odd = apart(here, killed)
        if odd != ["notes"]:
            raise SystemExit(f"the audit with a killed worker differs in {odd}")
        lines += [
            f"So did one in which a worker was ended with SIGKILL in the middle; it adds this note: {killed['found']['notes'].strip('(),')}",
            "",
        ]
    mega = 1e6
    kinds = ("driver", "workers", "Ray itself")
    lines += table(
        ["", *runs],
        [
            ["wall time, s", *(f"{run['wall']:.0f}" for run in runs.values())],
            ["CPU time of all processes, s", *(f"{run['cpu']:.0f}" for run in runs.values())],
            *([f"… {kind}", *(f"{run['cpu_by_kind'][kind]:.0f}" for run in runs.values())] for kind in kinds),
            [
                "most memory of all processes, MB",
                *(f"{run['peaks']['all'] / mega:,.0f}" for run in runs.values()),
            ],
            ["… driver", *(f"{run['peaks']['driver'] / mega:,.0f}" for run in runs.values())],
            ["… largest worker", *(f"{run['largest_worker'] / mega:,.0f}" for run in runs.values())],
            ["… Ray itself", *(f"{run['peaks'].get('Ray itself', 0) / mega:,.0f}" for run in runs.values())],
            [
                "store that all see, MB",
                *(
                    f"{run['peaks'].get('shared, seen by the driver', 0) / mega:,.0f}"
                    for run in runs.values()
                ),
            ],
            ["start of the engine, s", *(f"{run['start']:.1f}" for run in runs.values())],
            ["its end, s", *(f"{run['end']:.1f}" for run in runs.values())],
        ],
    )
    lines += [
        "Two workers and a driver on two cores gain nothing: the measures, the anchor and the merges are the driver's, the blocks are a quarter "
        "of the work at this size, and every worker loads holdfast and the compiled kernels for itself. Ray is for more machines, or for more "
        "cores than one process uses.",
        "",
        "## What is done in blocks",
        "",
        f"CPU seconds of {ray['maps'][1]['jobs']} blocks; megabytes that are shared once for each machine, and that come back.",
        "",
    ]
    sums: dict[str, dict] = {}
    for column, run in (("here", here), ("ray", ray)):
        for one in run["maps"]:
            held = sums.setdefault(
                one["work"], {"here": 0.0, "ray": 0.0, "shared": 0, "answers": 0, "jobs": 0}
            )
            held[column] += one["cpu"]
            if column == "ray":
                held["shared"] = max(held["shared"], one["shared_bytes"])
                held["answers"] += one["answer_bytes"]
                held["jobs"] += one["job_bytes"]
    lines += table(
        ["work", "CPU here, s", "CPU on Ray, s", "shared, MB", "sent with jobs, MB", "come back, MB"],
        [
            [
                f"`{name}`",
                f"{one['here']:.2f}",
                f"{one['ray']:.2f}",
                f"{one['shared'] / mega:.1f}",
                f"{one['jobs'] / mega:.2f}",
                f"{one['answers'] / mega:.1f}",
            ]
            for name, one in sums.items()
        ],
    )
    lines += estimate(sums, here, ray, small)
    return "\n".join(lines)


def estimate(sums: dict, here: dict, ray: dict, small: dict) -> list[str]:
    rows, hour = ray["rows"], 3_600
    times = ROWS / rows
    blocks = ROWS // 20_000
    lines = [
        f"## {ROWS:,} rows on {WORKERS} workers, on paper",
        "",
        f"Each figure above times {times:,.0f}: what is done block by block and by the driver for each row grows with the rows. Rows as short as "
        f"these (a dozen words), {blocks:,} blocks, the same anchor. CPU of blocks as measured here, where kernels are loaded once.",
        "",
        "### Time",
        "",
    ]
    told, total = [], 0.0
    for name, word in STEPS.items():
        if name in sums:
            hours = sums[name]["here"] * times / WORKERS / hour
            total += hours
            told.append([f"{word} (`{name}`)", f"{hours:.2f}"])
    again = sum(one["work"] not in ("_cut_region", "see_block", "look_at") for one in here["maps"])
    reading = (sums["look_at"]["here"] + sums["see_block"]["here"]) * times / WORKERS / hour
    told.append(["all blocks, words kept where the next step finds them", f"{total:.1f}"])
    told.append(
        [
            f"at most as much again where workers share no store, and read words anew in {again} steps",
            f"{again * reading:.1f}",
        ]
    )
    lines += table([f"{WORKERS} workers", "hours"], told)
    measures = sum(one["driver_cpu"] for one in here["steps"] if one["step"].startswith("measuring"))
    steps = {one["step"]: one["driver_cpu"] for one in ray["steps"]}
    # Of the first step the figure here counts, without its blocks: on Ray its start stands in it.
    begun = sum(one["cpu"] for one in here["maps"] if one["work"] in ("_cut_region", "see_block"))
    steps["reading candidate"] = {one["step"]: one["driver_cpu"] for one in here["steps"]}[
        "reading candidate"
    ] - begun
    driven = {name: steps.get(name, 0.0) * times / hour for name in DRIVEN}
    lines += table(
        ["the driver alone", "hours"],
        [
            *([name, f"{hours:.1f}"] for name, hours in driven.items()),
            ["together", f"{sum(driven.values()):.1f}"],
        ],
    )
    slots = 2 * 2**24 * blocks
    sieve = 2**26 * blocks
    by_row = {name: one["answers"] / rows for name, one in sums.items()}
    lines += [
        f"Measures take {measures:.0f} s here, on {rows:,} rows of each side. More rows than {READ_ROWS:,} are not compared word by word, and the sums of "
        "columns that are left were not measured apart: they come on top. What the anchor is learnt from counts in these steps, too, and does not "
        "grow; so the hours of the driver are an upper bound of what is listed.",
        "",
        "### What comes back to the driver",
        "",
        *table(
            ["", "terabytes", f"hours at {WIRE / 1e9:.0f} GB/s"],
            [
                [
                    "how common items are: 17 MB of each block, for two kinds of sets",
                    f"{slots / 1e12:.1f}",
                    f"{slots / WIRE / hour:.1f}",
                ],
                [
                    "the sieve of phrases: 67 MB of each block at this size",
                    f"{sieve / 1e12:.1f}",
                    f"{sieve / WIRE / hour:.1f}",
                ],
                [
                    "rarest items of every row",
                    f"{by_row['prefix_block'] * ROWS / 1e12:.2f}",
                    f"{by_row['prefix_block'] * ROWS / WIRE / hour:.1f}",
                ],
                [
                    "facts of views, tallies among them",
                    f"{by_row['view_block'] * ROWS / 1e12:.2f}",
                    f"{by_row['view_block'] * ROWS / WIRE / hour:.1f}",
                ],
                [
                    "survey and first look",
                    f"{(by_row['see_block'] + by_row['look_at']) * ROWS / 1e12:.2f}",
                    f"{(by_row['see_block'] + by_row['look_at']) * ROWS / WIRE / hour:.1f}",
                ],
            ],
        ),
        "### What the driver holds",
        "",
        "Bytes of every candidate row, when the set has been read:",
        "",
    ]
    held = small["bytes_by_row"]
    together = sum(held.values())
    prefixes = by_row["prefix_block"]
    lines += table(
        ["", "bytes", f"GB for {ROWS:,} rows"],
        [
            *([name, f"{size:.0f}", f"{size * ROWS / 1e9:.0f}"] for name, size in held.items()),
            ["together, to the end", f"{together:.0f}", f"{together * ROWS / 1e9:.0f}"],
            ["meanwhile: content keys of rows", "16", f"{16 * ROWS / 1e9:.0f}"],
            [
                "meanwhile: tallies of blocks, until the last one has come",
                f"{by_row['view_block'] - held['facts of views']:,.0f}",
                f"{(by_row['view_block'] - held['facts of views']) * ROWS / 1e9:,.0f}",
            ],
            [
                "meanwhile: rarest items of both kinds of sets, held twice while they are joined",
                f"{2 * prefixes:.0f}",
                f"{2 * prefixes * ROWS / 1e9:.0f}",
            ],
        ],
    )
    tallies = by_row["view_block"] - held["facts of views"]
    most = DRIVER / (together + tallies)
    joined = DRIVER / (together - held["facts of views"] + 16 + 2 * prefixes)
    later = DRIVER / together
    lines += [
        f"So a driver of {DRIVER / 1e9:.0f} GB takes some {most / 1e6:.0f} million rows where tallies of all blocks are held, {joined / 1e6:.0f} million where "
        f"they are merged as they come, and {later / 1e6:.0f} million with what it holds to the end alone. **{ROWS:,} rows are out of its reach**: what it holds "
        f"to the end is {together * ROWS / 1e9:,.0f} GB, and the join needs {2 * prefixes * ROWS / 1e9:,.0f} GB meanwhile.",
        "",
        "### What breaks first, and what would mend it",
        "",
        "1. *Answers of a fixed size by block.* Counts of items and the sieve of phrases come back from every block and are added up by the driver. "
        "Mend: add them up on the workers, by twos (they add in any order), so that the driver takes in one of each.",
        "2. *Answers are held before they are merged.* Tallies of all blocks stand in a list until the last one has come, where no store keeps their "
        f"sum: {tallies:,.0f} bytes a row here, and what they merge to is bounded by the vocabulary. Mend: add them up as they come; rows into columns of a known length.",
        f"3. *The sieve.* It has at most {2**26:,} cells; a thousand million rows fill every one of them, so that every phrase passes, and what "
        f"passes ({by_row['count_phrases']:,.0f} bytes a row at this size) comes back whole. Mend: phrases by ranges of their hash, each range counted by itself, and only those "
        "that are over-used against the anchor sent.",
        "4. *The join.* Rarest items of all rows are sorted in the driver's memory. Mend: one range of items for each worker; the ranges are "
        "independent already, only pairs come back. Ranks are numbers of 30 bits: 1,073,741,824 distinct rows are the end as packed.",
        "5. *Columns by row.* Cheap: ids not gathered (a row is known by its block and place, ids are read for the rows that are shown), groups as "
        "32-bit numbers, lengths as 32-bit and strata as 16-bit ones, facts such as bits and nats as 32-bit floats or already summed by stratum. That "
        f"brings {together:.0f} bytes to some 100: 600 million rows in {DRIVER / 1e9:.0f} GB. Beyond that a set has to be audited in parts, or the "
        "columns have to stay with the blocks and measures have to ask for sums.",
        "",
        f"What that leaves: the work of {WORKERS} workers is a matter of {total:.1f} to {total + again * reading:.1f} hours, that of the one driver of up to {sum(driven.values()):.0f}, and the memory of the driver "
        "is the bound. Sets of some tens of millions of rows are what this design serves; above, an audit of a part that content decides says as "
        "much, at a smaller price, of everything but the rarest rows.",
        "",
    ]
    return lines


def main() -> None:
    asked = argparse.ArgumentParser()
    asked.add_argument("sides", nargs="+", help="REAL CANDIDATE [SMALL_REAL SMALL_CANDIDATE]")
    asked.add_argument("--figures", type=Path, required=True)
    given = asked.parse_args()
    given.figures.mkdir(parents=True, exist_ok=True)
    real, candidate = given.sides[:2]
    runs = {
        name: measured(given.figures, f"{engine}{workers}", real, candidate, engine, workers)
        for name, (engine, workers) in RUNS.items()
    }
    small = measured(given.figures, "small", *given.sides[-2:], "inline", 1)
    killed = given.figures / "killed.json"
    RESULT.write_text(
        page(runs, json.loads(killed.read_text()) if killed.exists() else None, small), encoding="utf-8"
    )
    print(RESULT.read_text(encoding="utf-8"))


if __name__ == "__main__":
    main()
