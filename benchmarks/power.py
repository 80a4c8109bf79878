"""Power: how often does the audit see a loss that was planted?

    HOLDFAST_REAL_DATA=folder python benchmarks/power.py --draws 100

Each scenario draws an anchor and a candidate from disjoint pools of the same real set, plants one loss in the
candidate, and counts how often the audit fails it, and which lost strata it names. Writes
benchmarks/results/power.json and prints the table.
"""

from __future__ import annotations

import argparse
import json
import time
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

import numpy as np

import holdfast
import world

TEMPLATE = "Sure! Here is a request a customer might make: "
Sides = tuple[list[world.Row], list[world.Row], set]


def dropped(rng: np.random.Generator, rows: list[world.Row], size: int, strata: int) -> Sides:
    """Random strata removed, all strata equally frequent."""
    order = rng.permutation(len(rows))
    lost = {str(label) for label in rng.permutation(sorted({r.label for r in rows}))[:strata]}
    anchor = [rows[i] for i in order[:size]]
    candidate = [rows[i] for i in order[size:] if rows[i].label not in lost][:size]
    return anchor, candidate, lost


def zipf(rng: np.random.Generator, rows: list[world.Row], size: int, rarest: int, kept: float) -> Sides:
    """Strata thinned to w proportional to rank^-0.5; the rarest ones lose a share.

    Drawn with replacement from disjoint pools, so that frequent texts repeat on both sides alike.
    """
    by_label, order, weights = world.thinned(rows, rng)
    losing = set(order[-rarest:])
    sides = []
    pools = {}
    for label, texts in by_label.items():
        shuffled = [texts[i] for i in rng.permutation(len(texts))]
        pools[label] = shuffled[: len(shuffled) // 2], shuffled[len(shuffled) // 2 :]
    for side in (0, 1):
        share = weights * (np.array([kept if label in losing else 1.0 for label in order]) if side else 1.0)
        counts = rng.multinomial(size, share / share.sum())
        sides.append(
            [
                world.Row(pools[label][side][int(i)], label)
                for label, count in zip(order, counts, strict=True)
                for i in rng.integers(0, len(pools[label][side]), count)
            ]
        )
    return sides[0], sides[1], losing


def typical(rng: np.random.Generator, rows: list[world.Row], size: int) -> Sides:
    """A filter keeps the half of each stratum that is nearest to its centre (TF-IDF cosine, scikit-learn)."""
    from sklearn.feature_extraction.text import TfidfVectorizer

    order = rng.permutation(len(rows))
    anchor = [rows[i] for i in order[:size]]
    pool = [rows[i] for i in order[size : 3 * size]]
    vectors = TfidfVectorizer(ngram_range=(1, 2), sublinear_tf=True).fit_transform([r.text for r in pool])
    kept = []
    labels = np.array([str(r.label) for r in pool])
    for label in np.unique(labels):
        at = np.flatnonzero(labels == label)
        centre = np.asarray(vectors[at].mean(axis=0)).ravel()
        nearest = np.argsort(-(vectors[at] @ centre))
        kept += at[nearest[: (len(at) + 1) // 2]].tolist()
    return anchor, [pool[i] for i in kept][:size], set()


def repeated(rng: np.random.Generator, rows: list[world.Row], size: int, times: int) -> Sides:
    """Every candidate row stands there several times."""
    order = rng.permutation(len(rows))
    anchor = [rows[i] for i in order[:size]]
    once = [rows[i] for i in order[size : size + size // times]]
    return anchor, [row for row in once for _ in range(times)], set()


def template(rng: np.random.Generator, rows: list[world.Row], size: int, share: float) -> Sides:
    """A harmless template opens a share of rows: must be reported, and must not fail."""
    order = rng.permutation(len(rows))
    anchor = [rows[i] for i in order[:size]]
    candidate = [
        world.Row((TEMPLATE if rng.random() < share else "") + rows[i].text, rows[i].label)
        for i in order[size : 2 * size]
    ]
    return anchor, candidate, set()


SCENARIOS = {
    "10 of 150 intents removed, 1,500 a side": (dropped, "clinc150", (1_500, 10), True),
    "10 of 150 intents removed, 3,000 a side": (dropped, "clinc150", (3_000, 10), True),
    "Zipf, 10 rarest removed, 5,000 a side": (zipf, "clinc150", (5_000, 10, 0.0), True),
    "Zipf, 20 rarest halved, 5,000 a side": (zipf, "clinc150", (5_000, 20, 0.5), True),
    "typical half kept, 1,500 a side": (typical, "clinc150", (1_500,), True),
    "typical half kept, 1,500 a side, banking77": (typical, "banking77", (1_500,), True),
    "typical half kept, 1,500 a side, no labels": (typical, "dolly", (1_200,), True),
    "every row 8 times, 1,500 a side": (repeated, "clinc150", (1_500, 8), True),
    "every row 8 times, 1,500 a side, ag_news": (repeated, "ag_news", (1_500, 8), True),
    "template in 30 % of rows, 1,500 a side": (template, "clinc150", (1_500, 0.3), True),
    "template in 30 % of rows, labels predicted": (template, "clinc150", (1_500, 0.3), False),
    "template in 30 % of rows, banking77": (template, "banking77", (1_500, 0.3), True),
    "template in 30 % of rows, ag_news": (template, "ag_news", (1_500, 0.3), True),
    "template in 30 % of rows, no labels": (template, "dolly", (1_200, 0.3), True),
    "labels predicted: 10 of 150 removed, 1,500 a side": (dropped, "clinc150", (1_500, 10), False),
    "labels predicted: 20 of 150 removed, 1,500 a side": (dropped, "clinc150", (1_500, 20), False),
    "labels predicted: 30 of 150 removed, 1,500 a side": (dropped, "clinc150", (1_500, 30), False),
    "labels predicted: 10 of 150 removed, 3,000 a side": (dropped, "clinc150", (3_000, 10), False),
    "labels predicted: 10 of 150 removed, 8,000 a side": (dropped, "clinc150", (8_000, 10), False),
    "labels predicted: typical half kept, 1,500 a side": (typical, "clinc150", (1_500,), False),
} | {
    f"{'labels predicted: ' if not given else ''}Zipf, {rarest} rarest {what}, 1,500 a side": (
        zipf,
        "clinc150",
        (1_500, rarest, kept),
        given,
    )
    for given in (True, False)
    for rarest, kept, what in (
        (10, 0.0, "removed"),
        (20, 0.0, "removed"),
        (40, 0.0, "removed"),
        (20, 0.5, "halved"),
        (75, 0.5, "halved"),
        (75, 0.25, "cut to a quarter"),
    )
}
ROWS: dict = {}


def one(job: tuple[str, int]) -> dict:
    """One audit of a planted loss."""
    name, draw = job
    plant, data, arguments, labels = SCENARIOS[name]
    if data not in ROWS:
        ROWS[data] = world.DATA[data]()
    rng = np.random.default_rng([draw, *map(ord, name[:8])])
    anchor, candidate, lost = plant(rng, ROWS[data], *arguments)
    audit = holdfast.audit(world.records(candidate, labels=labels), real=world.records(anchor), seed=draw)
    named = set(audit.lost)
    deficit = audit.outcome("stratum_deficit")
    return {
        "verdict": audit.verdict,
        "failed": sorted(o.measure.name for o in audit.outcomes if o.verdict == "fail"),
        "found": len(named & lost) / len(lost) if lost else None,
        "wrong": len(named - lost) / len(named) if named and lost else 0.0 if lost else None,
        "artifact": audit.outcome("artifacts").verdict == "warn",
        "detectable": deficit.smallest_detectable,
        "accuracy": audit.sides.accuracy,
    }


def mean(values: list) -> float | None:
    known = [v for v in values if v is not None and np.isfinite(v)]
    return float(np.mean(known)) if known else None


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--draws", type=int, default=100)
    parser.add_argument("--only", default="", help="scenarios whose name holds this")
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--output", type=Path, default=Path(__file__).parent / "results/power.json")
    options = parser.parse_args()
    table = {}
    for name in SCENARIOS:
        if options.only not in name:
            continue
        start = time.time()
        with ProcessPoolExecutor(options.workers) as pool:
            results = list(pool.map(one, [(name, i) for i in range(options.draws)], chunksize=2))
        table[name] = {
            "draws": len(results),
            "failed": mean([r["verdict"] == "fail" for r in results]),
            "named": mean([r["found"] for r in results]),
            "wrong_names": mean([r["wrong"] for r in results]),
            "artifact_reported": mean([r["artifact"] for r in results]),
            "smallest_detectable": mean([r["detectable"] for r in results]),
            "labeller_accuracy": mean([r["accuracy"] for r in results]),
            "failed_measures": {
                m: sum(m in r["failed"] for r in results)
                for m in sorted({m for r in results for m in r["failed"]})
            },
            "seconds": round(time.time() - start),
        }
        print(name, json.dumps(table[name]), flush=True)
        options.output.parent.mkdir(exist_ok=True)
        options.output.write_text(json.dumps(table, indent=1) + "\n")


if __name__ == "__main__":
    main()
