"""Do gates fire before the loss exceeds their margin, and do they let a managed loop go on?

    python benchmarks/collapse_gates.py run [--runs 100] [--arm managed]
    python benchmarks/collapse_gates.py page

Two arms, of the same worlds and seeds: `replace behind gates` trains each model on nothing but what the last one wrote, `managed` is the managed loop of the figure. Both
have the same gates. What a gate sees are rows that judge; what is held against it here is the loss on a sealed exam that no gate sees. A run fails if a model counted
whose loss on the exam exceeds the margin of the gates; a stop is false if no model, the one that was stopped included, exceeded it and the arm is managed. Each run is a line of
results/collapse_gates.jsonl, and is not made again.
"""

from __future__ import annotations

import argparse
import json
import shutil
import tempfile
import time
from pathlib import Path
from typing import Any

from collapse.store import add_run, read_runs
from holdfast.lab.bench.corpus import generate_corpus
from holdfast.lab.collapse.generation import Scene
from holdfast.lab.collapse.managed import Managed
from holdfast.lab.collapse.readings import Examiner
from holdfast.lab.collapse.running import recur
from holdfast.lab.collapse.world import deal_world
from holdfast.lab.learners.learner import Decoding
from holdfast.lab.learners.ngrams import NgramLearner
from holdfast.stats.intervals import exact_share

RESULTS = Path(__file__).resolve().parent / "results"
STORE = RESULTS / "collapse_gates.jsonl"
SIZE, TOPICS, GENERATIONS = 1_500, 8, 8
MARGIN = (0.15, 0.15)
HOLDOUT = 0.4
"""Of the anchor: a gate that must be sure needs rows."""
ARMS = {
    "replace behind gates": Managed(filtered=False, margin=MARGIN, on_undetermined="block"),
    "managed": Managed(margin=MARGIN, on_undetermined="block"),
}
FIRST_SEED = 1_001


def run_one(arm: str, seed: int, store: Path) -> None:
    begun = time.monotonic()
    work = Path(tempfile.mkdtemp(prefix="gates-"))
    try:
        corpus = generate_corpus(strata=TOPICS, rows_per_stratum=600, seed=seed, name="grammar")
        world = deal_world(corpus, size=SIZE, folder=work / "world", seed=seed, holdout=HOLDOUT)
        scene = Scene(world=world, learner=NgramLearner(), decoding=Decoding(), seed=seed, folder=work)
        kept: list[dict[str, Any]] = []
        for told in recur(scene, ARMS[arm], generations=GENERATIONS, examiner=Examiner(world=world)):
            one = told.reading
            kept.append(
                {
                    "accuracy": one.accuracy,
                    "bits_per_byte": one.bits_per_byte,
                    "gates": dict(one.gates),
                    "halted": one.halted,
                }
            )
            if one.halted is not None:
                break
        key = {"arm": arm, "seed": seed, "size": SIZE, "topics": TOPICS, "margin": list(MARGIN)}
        add_run(store, key, kept, time.monotonic() - begun)
        print(
            f"{arm} {seed}: {kept[-1]['halted'] or 'went on'}, generation {len(kept) - 1}, {time.monotonic() - begun:.0f} s",
            flush=True,
        )
    finally:
        shutil.rmtree(work, ignore_errors=True)


def exceeded(run: dict[str, Any]) -> bool:
    """Whether a model counted that lost more than the margin on the exam."""
    first = run["generations"][0]
    return any(
        first["accuracy"] - one["accuracy"] > MARGIN[0]
        or one["bits_per_byte"] - first["bits_per_byte"] > MARGIN[1]
        for one in run["generations"][1:]
        if one["halted"] is None
    )


def write_page(store: Path, output: Path) -> None:
    runs = read_runs(store)
    lines = [
        "# Gates against the exam that they never see",
        "",
        f"`python benchmarks/collapse_gates.py run`: worlds of a grammar with {TOPICS} topics, {SIZE:,} rows a generation, {GENERATIONS} generations, n-grams of order 3 at temperature 1. A model may lose"
        f" {MARGIN[0]:g} in accuracy and {MARGIN[1]:g} bits per byte against the first model, and the gate stops it where that is not sure; the data gate judges the rows by the audit's judging measures; all looks of a run share an error rate of 5 %.",
        "",
        "| arm | runs | stopped | a model counted that lost more than the margin | 95 % interval | median cycle of the stop | stopped by |",
        "|---|---|---|---|---|---|---|",
    ]
    for arm in ARMS:
        mine = [run for run in runs if run["key"]["arm"] == arm]
        if not mine:
            lines.append(f"| {arm} | none yet | | | | | |")
            continue
        stops = [run for run in mine if run["generations"][-1]["halted"]]
        bad = sum(map(exceeded, mine))
        low, high = exact_share(bad, len(mine))
        cycles = sorted(len(run["generations"]) - 1 for run in stops)
        by: dict[str, int] = {}
        for run in stops:
            gate = run["generations"][-1]["halted"].split(": ")[1]
            by[gate] = by.get(gate, 0) + 1
        said = ", ".join(f"{gate} {count}" for gate, count in sorted(by.items()))
        lines.append(
            f"| {arm} | {len(mine)} | {len(stops)} | {bad} | {100 * low:.1f} to {100 * high:.1f} % | {cycles[len(cycles) // 2] if cycles else '-'} | {said or '-'} |"
        )
    output.mkdir(parents=True, exist_ok=True)
    (output / "collapse_gates.md").write_text("\n".join(lines) + "\n", encoding="utf-8")
    print("\n".join(lines))


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    verbs = parser.add_subparsers(dest="verb", required=True)
    for verb in ("run", "page"):
        one = verbs.add_parser(verb)
        one.add_argument("--store", type=Path, default=STORE)
        if verb == "run":
            one.add_argument("--runs", type=int, default=100)
            one.add_argument("--arm", action="append", choices=list(ARMS))
        else:
            one.add_argument("--output", type=Path, default=RESULTS)
    given = parser.parse_args()
    if given.verb == "page":
        write_page(given.store, given.output)
        return
    for seed in range(FIRST_SEED, FIRST_SEED + given.runs):
        for arm in given.arm or ARMS:
            key = {"arm": arm, "seed": seed, "size": SIZE, "topics": TOPICS, "margin": list(MARGIN)}
            if not any(
                json.dumps(one["key"], sort_keys=True) == json.dumps(key, sort_keys=True)
                for one in read_runs(given.store)
            ):
                run_one(arm, seed, given.store)


if __name__ == "__main__":
    main()
