"""Does `plan --budget` pick the right blend? The pick beside the best blend, on real rows that nothing else used.

    HOLDFAST_REAL_DATA=folder python benchmarks/regret.py run --store store/     # an hour; resumes
    HOLDFAST_REAL_DATA=folder python benchmarks/regret.py results --store store/

Sets, draws and budgets as in repair.py. Of every blend that the plan tries, the real rows alone included, the rows are curated and a
model (TF-IDF and logistic regression) is trained on them. Regret is the macro F1 of the best blend minus that of the pick. Which blend is
best is decided on one half of the exam and measured on the other, both ways round: a best one that is found and measured on the
same rows is always too good. Errors come from resampling draws and rows of the exam.
"""

from __future__ import annotations

import argparse
import json
import tempfile
from pathlib import Path
from typing import Any

import numpy as np

import repair
from agreement import tasks

SEEDS = 2
BOOTSTRAPS = 200


def one(group: str, name: str, made: str, seed: int) -> dict[str, Any]:
    """What the plan picks of one draw, and what a model makes of every blend."""
    import holdfast

    task = tasks.load()[name]
    real, pool, exam, rows = repair.draw(task, made, seed)
    columns: dict[str, Any] = {"text": "text", "label": "label", "id": "id"}
    labels = sorted({row.label for row in (*task.fit(task.anchor), *exam)})
    place = {label: at for at, label in enumerate(labels)}
    blends: dict[str, list[int]] = {}
    with tempfile.TemporaryDirectory() as folder:
        at = Path(folder)
        repair.write(real, at / "real.jsonl", "r")
        repair.write(pool, at / "made.jsonl", "m")
        pick = holdfast.plan(
            at / "made.jsonl", real=at / "real.jsonl", budget=rows, seed=seed, **columns
        ).trials
        if pick is None:
            raise RuntimeError("a plan with a budget tries blends")
        for trial in pick.trials:
            train = list(real)
            if trial.made:
                curated = holdfast.curate(
                    at / "made.jsonl",
                    real=at / "real.jsonl",
                    budget=trial.made,
                    mix=trial.mix,
                    joined=len(real),
                    seed=seed,
                    **columns,
                )
                train += [pool[int(id_[1:])] for id_ in curated.kept]
            guesses = repair.predict("linear", train, exam, task.script, seed)
            blends[f"{trial.made} {trial.mix}".strip()] = [place.get(guess, -1) for guess in guesses]
    return {
        "group": group,
        "task": name,
        "set": made,
        "seed": seed,
        "truth": [place[row.label] for row in exam],
        "picked": f"{pick.made} {pick.mix}".strip(),
        "helps": pick.helps,
        "order": [f"{trial.made} {trial.mix}".strip() for trial in pick.trials],
        "blends": blends,
    }


def run(store: Path, workers: int, only: str, seeds: int) -> None:
    """Everything that is not in the store yet."""
    for record in repair.work_off(store / "regret.jsonl", one, workers, only, seeds):
        print(record["task"], record["set"], record["seed"], record["picked"], flush=True)


def regret_of(records: list[dict[str, Any]]) -> dict[str, Any]:
    """One set: regret with its standard error, and how often the pick was the best of its draw."""
    truth = np.array(records[0]["truth"])
    rng = np.random.default_rng(0)
    half = rng.permutation(len(truth)) < len(truth) // 2
    names = [name for name in records[0]["blends"] if all(name in record["blends"] for record in records)]
    draws = rng.integers(0, len(records), (BOOTSTRAPS, len(records)))
    draws = np.vstack([np.arange(len(records)), draws])

    def scored(use: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Macro F1 on part of the exam: of each blend [b, draw, name], and of the pick [b, draw]; b = 0 is the exam as it is."""
        rows = np.flatnonzero(use)
        again = rng.multinomial(len(rows), np.full(len(rows), 1 / len(rows)), BOOTSTRAPS).T
        weights = np.hstack([np.ones((len(rows), 1)), again])
        none = np.zeros(int(truth.max()) + 1, bool)

        def each(guess: list[int]) -> np.ndarray:
            return repair.scores(np.array(guess)[rows], truth[rows], weights, none)[0]

        blends = np.stack(
            [np.stack([each(record["blends"][name]) for name in names], axis=-1) for record in records],
            axis=1,
        )
        picks = np.stack([each(record["blends"][record["picked"]]) for record in records], axis=1)
        return blends, picks

    parts = [scored(half), scored(~half)]
    values = np.zeros(BOOTSTRAPS + 1)
    for choose, judge in (parts, parts[::-1]):
        for at, drawn in enumerate(draws):
            best = choose[0][at][drawn].mean(axis=0).argmax()
            values[at] += (judge[0][at][drawn][:, best] - judge[1][at][drawn]).mean() / 2
    return {
        "group": records[0]["group"],
        "task": records[0]["task"],
        "set": records[0]["set"],
        "draws": len(records),
        "regret": float(values[0]),
        "error": float(values[1:].std()),
        "picked": [record["picked"] for record in records],
        "helps": [record["helps"] for record in records],
    }


def results(store: Path, output: Path) -> None:
    """Writes regret.json, and prints the summary."""
    by: dict[tuple[str, str], list[dict[str, Any]]] = {}
    for line in (store / "regret.jsonl").read_text().splitlines():
        record = json.loads(line)
        by.setdefault((record["task"], record["set"]), []).append(record)
    found = [regret_of(records) for records in by.values()]
    regrets = np.array([entry["regret"] for entry in found])
    errors = np.array([entry["error"] for entry in found])
    groups = {
        group: float(np.mean([entry["regret"] for entry in found if entry["group"] == group]))
        for group in {entry["group"]: None for entry in found}
    }
    summary = {
        "sets": len(found),
        "fewest_draws": min(entry["draws"] for entry in found),
        "mean": float(regrets.mean()),
        "median": float(np.median(regrets)),
        "within": float((regrets <= 0.01 + 2 * errors).mean()),
        "under_one_point": float((regrets <= 0.01).mean()),
        "largest": float(regrets.max()),
        "groups": groups,
    }
    (output / "regret.json").write_text(json.dumps({"summary": summary, "results": found}, indent=1) + "\n")
    print(json.dumps(summary, indent=1))


def main() -> None:
    """Reads the command line."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("what", choices=["run", "results"])
    parser.add_argument("--store", type=Path, default=Path("repair"))
    parser.add_argument("--workers", type=int, default=1)
    parser.add_argument("--only", default="", help="sets whose group|task|name contains this")
    parser.add_argument("--seeds", type=int, default=SEEDS)
    parser.add_argument("--output", type=Path, default=Path(__file__).parent / "results")
    options = parser.parse_args()
    if options.what == "results":
        results(options.store, options.output)
    else:
        run(options.store, options.workers, options.only, options.seeds)


if __name__ == "__main__":
    main()
