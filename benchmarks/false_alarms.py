"""False alarms: how often does the audit fail a candidate that is real?

Real rows are held against other real rows of the same set. Every draw takes a new anchor and a new candidate without
a common row; draws of one set share rows with each other, since the sets are finite (the share is printed).

    HOLDFAST_REAL_DATA=folder python benchmarks/false_alarms.py --draws 500

Writes one line per design to benchmarks/results/false_alarms.jsonl and prints the table.
"""

from __future__ import annotations

import argparse
import json
import time
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

import numpy as np
from scipy.stats import beta, kstest

import holdfast
import world

SIZES = (
    (300, 300),
    (1_000, 1_000),
    (1_500, 500),
    (500, 1_500),
    (1_800, 1_800),
    (5_000, 5_000),
    (5_000, 1_000),
    (1_000, 5_000),
)
NEAR_COPIED = 0.1
"""Share of rows of a near-duplicated design that get a near-copy on the same side."""


def near_copy(text: str, rng: np.random.Generator) -> str:
    """A copy with one word in ten replaced by another word of the row; a short row differs in its full stop."""
    words = text.split()
    if len(words) < 10:
        return text[:-1] if text.endswith(".") else f"{text}."
    for place in rng.choice(len(words), len(words) // 10, replace=False):
        words[place] = words[int(rng.integers(len(words)))]
    return " ".join(words)


def one(job: tuple[str, int, int, bool, bool, int]) -> dict:
    """One real-against-real audit."""
    name, real_rows, candidate_rows, copies, labels, draw = job
    rows = ROWS.setdefault(name, None) or world.DATA[name]()
    ROWS[name] = rows
    rng = np.random.default_rng([draw, real_rows, candidate_rows, copies, labels])
    order = rng.permutation(len(rows))
    sides = []
    for picked in (order[:real_rows], order[real_rows : real_rows + candidate_rows]):
        side = [rows[i] for i in picked]
        if copies:
            extra = rng.permutation(len(side))[: int(NEAR_COPIED * len(side))]
            side += [world.Row(near_copy(side[i].text, rng), side[i].label) for i in extra]
        sides.append(side)
    label = None if rows[0].label is None else "label"
    audit = holdfast.audit(
        world.records(sides[1], labels=labels), real=world.records(sides[0]), label=label, seed=draw
    )
    return {
        "verdict": audit.verdict,
        "failed": [o.measure.name for o in audit.outcomes if o.verdict == "fail"],
        "warned": [o.measure.name for o in audit.outcomes if o.verdict == "warn"],
        "named": len(audit.lost),
        "p": {o.measure.name: o.reading.randomized for o in audit.outcomes if o.reading and o.measure.judged},
        "phrases": len(audit.phrases),
    }


ROWS: dict = {}


def designs(name: str, rows: int) -> list[tuple[int, int, bool, bool]]:
    """Sizes that the set holds, with and without near-copies, labels given and predicted."""
    sizes = [size for size in SIZES if sum(size) <= rows]
    given = [(a, c, copies, True) for a, c in sizes for copies in (False, True)]
    predicted = [(a, c, copies, False) for a, c in sizes[:4] for copies in (False, True)]
    return given + (predicted if name != "dolly" else [])


def upper(fails: int, draws: int) -> float:
    """One-sided upper 95 % bound of a rate (Clopper and Pearson 1934)."""
    return 1.0 if fails == draws else float(beta.ppf(0.95, fails + 1, draws - fails))


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--draws", type=int, default=500, help="audits per data set")
    parser.add_argument("--data", nargs="*", default=list(world.DATA))
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--output", type=Path, default=Path(__file__).parent / "results/false_alarms.json")
    options = parser.parse_args()
    table, pooled = {}, {}
    for name in options.data:
        rows = len(world.DATA[name]())
        every = designs(name, rows)
        jobs = [(name, *every[i % len(every)], i) for i in range(options.draws)]
        start = time.time()
        with ProcessPoolExecutor(options.workers) as pool:
            results = list(pool.map(one, jobs, chunksize=4))
        fails = sum(r["verdict"] == "fail" for r in results)
        table[name] = {
            "audits": len(results),
            "designs": len(every),
            "rows_in_set": rows,
            "mean_share_of_set_used": float(np.mean([(a + c) / rows for a, c, _, _ in every])),
            "fails": fails,
            "upper_95": upper(fails, len(results)),
            "verdicts": {
                v: sum(r["verdict"] == v for r in results) for v in ("pass", "warn", "fail", "undetermined")
            },
            "failed_measures": [
                (m, *job[1:5]) for job, r in zip(jobs, results, strict=True) for m in r["failed"]
            ],
            "warned_measures": [
                (m, *job[1:5]) for job, r in zip(jobs, results, strict=True) for m in r["warned"]
            ],
            "audits_naming_a_stratum": sum(r["named"] > 0 for r in results),
            "audits_naming_a_phrase": sum(r["phrases"] > 0 for r in results),
            "seconds": round(time.time() - start),
        }
        for job, result in zip(jobs, results, strict=True):
            for measure, p in result["p"].items():
                key = "near-copied" if job[3] else "plain"
                pooled.setdefault(measure, {}).setdefault(key, []).append(p)
        print(name, json.dumps(table[name]), flush=True)
    uniform = {}
    for measure, by_kind in pooled.items():
        for kind, values in {**by_kind, "all": [p for part in by_kind.values() for p in part]}.items():
            p = np.array(values)
            uniform[f"{measure} ({kind})"] = {
                "n": len(p),
                "ks_p": float(kstest(p, "uniform").pvalue),
                "below_01": float((p <= 0.01).mean()),
                "below_05": float((p <= 0.05).mean()),
                "mean": float(p.mean()),
            }
    for name, row in uniform.items():
        print(name, json.dumps(row))
    options.output.parent.mkdir(exist_ok=True)
    options.output.write_text(json.dumps({"data": table, "p_values": uniform}, indent=1) + "\n")


if __name__ == "__main__":
    main()
