"""Harm: the accuracy of a model trained on a set, over that of one trained on as many real rows.

    HOLDFAST_REAL_DATA=folder python -m agreement.measure --check   # the published figures again, their rows, their sizes
    HOLDFAST_REAL_DATA=folder python -m agreement.measure           # writes harm.json; finished tasks are not measured again

The recipe is that of BASELINES_tfidf_lr.json (it gives its figures exactly where no rows are drawn at random): TF-IDF
of word 1-2-grams, one-letter words kept, sublinear; logistic regression with C = 10. Thai, which does not separate
words, takes character 1-4-grams.
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from typing import Any

import numpy as np
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline

from agreement import tasks
from agreement.readings import OUT

SEEDS = 5


def right(train: list[tasks.Row], test: list[tasks.Row], script: str) -> np.ndarray:
    """Whether each test row is labelled rightly by a model trained on the rows."""
    view: dict[str, Any] = {"ngram_range": (1, 2), "token_pattern": r"(?u)\b\w+\b"}
    if script == "unspaced":
        view = {"ngram_range": (1, 4), "analyzer": "char"}
    model = make_pipeline(
        TfidfVectorizer(sublinear_tf=True, **view), LogisticRegression(C=10, max_iter=1_000)
    )
    model.fit([row.text for row in train], [row.label for row in train])
    return np.asarray(model.predict([row.text for row in test]) == np.array([row.label for row in test]))


def trained(task: tasks.Task, rows: list[tasks.Row], seeds: int) -> np.ndarray:
    """`right` for each seed's draw of `n_used` rows; one seed where the draw takes every row."""
    count = 1 if len(task.fit(rows)) == task.n_used else seeds
    return np.array([right(task.draw(rows, seed), task.test, task.script) for seed in range(count)])


def harm(task: tasks.Task, name: str, real: np.ndarray, seeds: int) -> dict[str, Any]:
    """One set's measured ratio.

    `sd` is over draws of training rows (0 where neither side is drawn), `se_test` over resampled test rows (paired).
    `halves` are ratios from every other test row, and from every other draw where both sides were drawn: how well they
    agree says how much of the ratio is measured and how much is chance.
    """
    made = task.sets[name]
    found = trained(task, made.rows, seeds)
    spread_of_draws = found.mean(axis=1) / real.mean(
        axis=1
    )  # as many draws on both sides, or one that is every row
    counts = np.random.default_rng(0).multinomial(
        len(task.test), np.full(len(task.test), 1 / len(task.test)), 400
    )
    halves = [
        float(found[part::2][:, part::2].mean() / real[part::2][:, part::2].mean())
        if len(found) > 1 and len(real) > 1
        else float(found[:, part::2].mean() / real[:, part::2].mean())
        for part in (0, 1)
    ]
    spread = (counts @ found.mean(axis=0)) / (counts @ real.mean(axis=0))
    return {
        "task": task.name,
        "family": task.family,
        "set": name,
        "human": made.human,
        "n_used": task.n_used,
        "rows": len(made.rows),
        "accuracy": float(found.mean()),
        "accuracy_sd": float(found.mean(axis=1).std()),
        "real_accuracy": float(real.mean()),
        "ratio": float(found.mean() / real.mean()),
        "sd": float(spread_of_draws.std()),
        "se_test": float(spread.std()),
        "halves": halves,
        "published": made.accuracy,
        "published_ratio": made.accuracy / made.real_accuracy
        if made.accuracy and made.real_accuracy
        else None,
    }


def check(seeds: int) -> None:
    """The published figures again: published rows and sizes, nothing dropped."""
    errors = []
    for task in tasks.load().values():
        for name, made in task.sets.items():
            if made.rows_used is None or made.accuracy is None:
                continue
            every = made.rows_used == len(made.rows)
            values = []
            for seed in range(1 if every else seeds):
                order = np.random.default_rng(seed).permutation(len(made.rows))[: made.rows_used]
                values.append(right([made.rows[i] for i in order], task.test, task.script).mean())
            errors.append(100 * (float(np.mean(values)) - made.accuracy))
            print(
                f"{task.name} {name}: {100 * np.mean(values):.1f} +- {100 * np.std(values):.1f}, "
                f"published {100 * made.accuracy:.1f}, error {errors[-1]:+.1f}{'' if every else ' (drawn)'}",
                flush=True,
            )
    size = np.abs(errors)
    print(
        f"{len(size)} sets: mean error {size.mean():.2f}, largest {size.max():.2f}, {int((size > 1.5).sum())} above 1.5"
    )


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--check", action="store_true")
    parser.add_argument("--seeds", type=int, default=SEEDS)
    parser.add_argument("--only", default="", help="tasks whose name contains this")
    parser.add_argument("--output", type=Path, default=OUT / "harm.json")
    options = parser.parse_args()
    options.output.parent.mkdir(parents=True, exist_ok=True)
    if options.check:
        check(options.seeds)
        return
    done: list[dict[str, Any]] = json.loads(options.output.read_text()) if options.output.exists() else []
    known = {(record["task"], record["set"]) for record in done}
    for task in tasks.load().values():
        missing = [name for name in task.sets if (task.name, name) not in known]
        if not missing or options.only not in task.name:
            continue
        real = trained(task, task.anchor, options.seeds)
        found = [harm(task, name, real, options.seeds) for name in missing]
        done += found
        options.output.write_text(json.dumps(done, indent=1) + "\n")
        ratios = [record["ratio"] for record in found]
        print(
            f"{task.name}: {len(found)} sets, real {real.mean():.3f}, ratios {min(ratios):.3f} to {max(ratios):.3f}",
            flush=True,
        )


if __name__ == "__main__":
    main()
