"""Does repair pay? Models trained on what curate, plan and blend make of a set, against the set as it is.

    HOLDFAST_REAL_DATA=folder python benchmarks/repair.py run --store store/     # hours; resumes
    HOLDFAST_REAL_DATA=folder python benchmarks/repair.py results --store store/

Every labelled set that a model wrote for intents, topics and reviews, and that is large enough to choose from. Per set and seed: a budget
of N rows (half of the set, at most 1,000), of which 30 % may be real. Four training sets:

    raw      N rows of the set, drawn at random
    random   .3 N real rows and .7 N of the set, both drawn at random
    repaired the same real rows; `plan` tries blends on them alone, `curate` filters the set and selects what the plan asks for,
             `blend` writes both to one file. At most N rows.
    real     the same real rows alone

Two learners read them: TF-IDF with logistic regression (the recipe of agreement/measure.py), and a network with one hidden layer over
the 150 main components of TF-IDF. Both are examined on real rows that nothing else saw: macro F1, and recall in the rarest fifth of the
strata (by the rows that the real draw has of them). Intervals come from resampling seeds and rows of the exam at once.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
import time
import warnings
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

sys.path.insert(0, str(Path(__file__).parent))

from agreement import tasks

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

SEEDS = 10
REAL_SHARE = 0.3
MOST_ROWS = 1_000
LEAST_ROWS = 200  # of a budget: 60 real rows
MOST_EXAM = 2_500
BOOTSTRAPS = 400
ARMS = ("raw", "random", "repaired", "real")
LEARNERS = ("linear", "network")
GROUPS = {
    "clinc150": ("crowd_vs_gpt/clinc150", "gptaug/oos"),
    "banking77": ("gptaug/banking",),
    "topics": ("multiling_cls/*-topic", "llm_div/ag_news"),
    "reviews": ("movie_sentiment->MR", "multiling_cls/en-sentiment", "llm_div/sst5", "llm_div/yelp"),
}


CHOSEN_ON = {
    *(
        ("llm_div/sst5", name)
        for name in ("gpt|prompt", "llama|prompt", "mistral|comb", "play|taboo", "gpt4|chaining")
    ),
    *(
        ("llm_div/yelp", name)
        for name in ("gpt|taboo", "gpt4|hints", "llama|prompt", "gpt|comb", "play|prompt")
    ),
    *(
        ("llm_div/ag_news", name)
        for name in ("gpt|prompt", "gpt4|taboo_ablt", "llama|chaining", "mistral|prompt")
    ),
    *((f"multiling_cls/{name}-topic", "llm") for name in ("en", "de", "cy", "sw")),
    *(("movie_sentiment->MR", name) for name in ("vicuna-7b-1.5v", "gpt2-xl")),
}
"""The sets on which the way of selecting was chosen (design/0004-repair.md)."""


def sets() -> list[tuple[str, str, str]]:
    """Group, task and set of everything that is tried."""
    from fnmatch import fnmatch

    found = []
    for name, task in tasks.load().items():
        for group, patterns in GROUPS.items():
            if any(fnmatch(name, pattern) for pattern in patterns):
                found += [
                    (group, name, made)
                    for made, rows in task.sets.items()
                    if not rows.human and budget(task, made) >= LEAST_ROWS
                ]
    return found


def budget(task: tasks.Task, made: str) -> int:
    """Rows to train on: half of the set, and no more than real rows are there for 30 % of it."""
    return min(
        MOST_ROWS, len(task.fit(task.sets[made].rows)) // 2, int(len(task.fit(task.anchor)) / REAL_SHARE)
    )


def one(group: str, name: str, made: str, seed: int) -> dict[str, Any]:
    """All four training sets of one draw, and what both learners make of them."""
    task = tasks.load()[name]
    real, pool, exam, rows = draw(task, made, seed)
    own = len(real)
    anchor = task.fit(task.anchor)
    started = time.process_time()
    repaired, said = repair(real, pool, rows - own, seed)
    spent = time.process_time() - started
    trained = {
        "raw": pool[:rows],
        "random": real + pool[: rows - own],
        "repaired": repaired,
        "real": real,
    }
    labels = sorted({row.label for row in (*anchor, *exam)})
    place = {label: at for at, label in enumerate(labels)}
    record: dict[str, Any] = {
        "group": group,
        "task": name,
        "set": made,
        "seed": seed,
        "rows": rows,
        "real_rows": own,
        "made_rows": len(pool),
        "exam_rows": len(exam),
        "labels": len(labels),
        "seconds": round(spent, 2),
        **said,
        "truth": [place[row.label] for row in exam],
        "real_counts": np.bincount([place[row.label] for row in real], minlength=len(labels)).tolist(),
    }
    for arm, train in trained.items():
        for learner in LEARNERS:
            guesses = predict(learner, train, exam, task.script, seed)
            record[f"{learner}/{arm}"] = [place.get(guess, -1) for guess in guesses]
    return record


def draw(
    task: tasks.Task, made: str, seed: int
) -> tuple[list[tasks.Row], list[tasks.Row], list[tasks.Row], int]:
    """Real rows, the set in random order, the exam, and the budget."""
    rows = budget(task, made)
    rng = np.random.default_rng([seed, len(made)])
    anchor, pool = task.fit(task.anchor), task.fit(task.sets[made].rows)
    real = [anchor[at] for at in rng.permutation(len(anchor))[: round(REAL_SHARE * rows)]]
    pool = [pool[at] for at in rng.permutation(len(pool))]
    exam = task.test
    if len(exam) > MOST_EXAM:
        # The same rows for every seed and set, so that differences are paired.
        exam = [exam[at] for at in np.random.default_rng(0).permutation(len(exam))[:MOST_EXAM]]
    return real, pool, exam, rows


def repair(
    real: list[tasks.Row], pool: list[tasks.Row], most: int, seed: int
) -> tuple[list[tasks.Row], dict[str, Any]]:
    """The rows that plan, curate and blend leave, through files, as a user would run them."""
    import holdfast

    with tempfile.TemporaryDirectory() as folder:
        at = Path(folder)
        write(real, at / "real.jsonl", "r")
        write(pool, at / "made.jsonl", "m")
        columns: dict[str, Any] = {"text": "text", "label": "label", "id": "id"}
        planned = holdfast.plan(
            at / "made.jsonl", real=at / "real.jsonl", budget=most + len(real), seed=seed, **columns
        )
        pick = planned.trials
        if pick is None:
            raise RuntimeError("a plan with a budget tries blends")
        said = {"picked": pick.made, "mix": pick.mix, "helps": pick.helps}
        if not pick.made:
            return real, said | {"kept": len(real), "filtered": {}}
        curated = holdfast.curate(
            at / "made.jsonl",
            real=at / "real.jsonl",
            output=at / "curated",
            budget=pick.made,
            mix=pick.mix,
            joined=len(real),
            seed=seed,
            **columns,
        )
        (at / "recipe.toml").write_text(
            'text = "text"\nlabel = "label"\nid = "id"\n'
            f'[[source]]\nname = "real"\npath = "real.jsonl"\nrows = {len(real)}\n'
            f'[[source]]\nname = "made"\npath = "curated"\nrows = {len(curated.kept)}\n'
        )
        holdfast.blend(at / "recipe.toml", output=at / "blend")
        lines = (at / "blend/data/train.jsonl").read_text(encoding="utf-8").splitlines()
    rows = [tasks.Row(row["text"], row["label"]) for row in map(json.loads, lines)]
    filtered = {step.name: step.dropped for step in curated.steps if step.dropped}
    return rows, said | {"kept": len(rows), "filtered": filtered}


def write(rows: list[tasks.Row], file: Path, prefix: str) -> None:
    """Rows as JSON Lines."""
    with file.open("w", encoding="utf-8") as handle:
        for at, row in enumerate(rows):
            handle.write(json.dumps({"id": f"{prefix}{at}", "text": row.text, "label": row.label}) + "\n")


def predict(learner: str, train: list[tasks.Row], exam: list[tasks.Row], script: str, seed: int) -> list[str]:
    """What a learner says of the rows of the exam."""
    from sklearn.decomposition import TruncatedSVD
    from sklearn.feature_extraction.text import TfidfVectorizer
    from sklearn.linear_model import LogisticRegression
    from sklearn.neural_network import MLPClassifier
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import Normalizer

    labels = {row.label for row in train}
    if len(labels) == 1:
        return [*labels] * len(exam)
    view: dict[str, Any] = {"ngram_range": (1, 2), "token_pattern": r"(?u)\b\w+\b"}
    if script == "unspaced":
        view = {"ngram_range": (1, 4), "analyzer": "char"}
    words = TfidfVectorizer(sublinear_tf=True, **view)
    if learner == "linear":
        model = make_pipeline(words, LogisticRegression(C=10, max_iter=1_000))
    else:
        size = min(150, len(train) - 1)
        network = MLPClassifier((100,), batch_size=32, max_iter=40, random_state=seed)
        model = make_pipeline(words, TruncatedSVD(size, random_state=seed), Normalizer(), network)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # 40 passes are meant
        model.fit([row.text for row in train], [row.label for row in train])
    return list(model.predict([row.text for row in exam]))


def work_off(
    file: Path, one: Callable[..., dict[str, Any]], workers: int, only: str, seeds: int
) -> Iterator[dict[str, Any]]:
    """Every draw that is not in the file yet, seed by seed, so that a run that is cut short has looked at all sets."""
    file.parent.mkdir(parents=True, exist_ok=True)
    records = map(json.loads, file.read_text().splitlines()) if file.exists() else ()
    done = {(record["task"], record["set"], record["seed"]) for record in records}
    todo = [
        (*entry, seed)
        for seed in range(seeds)
        for entry in sets()
        if only in "|".join(entry) and (*entry[1:], seed) not in done
    ]
    print(f"{len(done)} done, {len(todo)} to do", flush=True)
    with ProcessPoolExecutor(workers) as pool, file.open("a") as handle:
        for record in pool.map(one, *zip(*todo, strict=True)) if todo else ():
            handle.write(json.dumps(record, separators=(",", ":")) + "\n")
            handle.flush()
            yield record


def run(store: Path, workers: int, only: str, seeds: int) -> None:
    """Everything that is not in the store yet."""
    for record in work_off(store / "runs.jsonl", one, workers, only, seeds):
        truth = np.array(record["truth"])
        found = {arm: round(f1(np.array(record[f"linear/{arm}"]), truth), 3) for arm in ARMS}
        about = (record[key] for key in ("task", "set", "seed", "rows", "picked", "mix", "seconds"))
        print(*about, found, flush=True)


def f1(guess: np.ndarray, truth: np.ndarray) -> float:
    """Macro F1 over the labels of the exam."""
    return float(scores(guess, truth, np.ones((len(truth), 1)), np.zeros(int(truth.max()) + 1, bool))[0][0])


def scores(
    guess: np.ndarray, truth: np.ndarray, draws: np.ndarray, rare: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Macro F1 and recall of rare strata, float64 [b] each, for every weighing of the rows of the exam [m, b]."""
    from scipy.sparse import csr_array

    count = len(rare)
    at = np.arange(len(truth))

    def sums(use: np.ndarray, labels: np.ndarray) -> np.ndarray:
        member = csr_array((np.ones(use.sum()), (labels[use], at[use])), shape=(count, len(truth)))
        return np.asarray(member @ draws)

    hits = sums(guess == truth, truth)
    real = sums(truth >= 0, truth)
    said = sums(guess >= 0, guess)
    there = real > 0
    each = np.where(there, 2 * hits / np.maximum(real + said, 1e-12), 0.0)
    recall = np.where(there, hits / np.maximum(real, 1e-12), 0.0)
    of_rare = there & rare[:, None]
    return (
        each.sum(axis=0) / np.maximum(there.sum(axis=0), 1),
        np.where(
            of_rare.any(axis=0),
            (recall * of_rare).sum(axis=0) / np.maximum(of_rare.sum(axis=0), 1),
            np.nan,
        ),
    )


def compared(records: list[dict[str, Any]]) -> dict[str, Any]:
    """One set: scores of every training set, and what repair changes, with errors over draws and rows of the exam at once."""
    truth = np.array(records[0]["truth"])
    rng = np.random.default_rng(0)
    rows = rng.multinomial(len(truth), np.full(len(truth), 1 / len(truth)), BOOTSTRAPS).T.astype(float)
    plain = np.ones((len(truth), 1))
    weights = np.hstack([plain, rows])
    draws = rng.multinomial(len(records), np.full(len(records), 1 / len(records)), BOOTSTRAPS).T / len(
        records
    )
    draws = np.hstack([np.full((len(records), 1), 1 / len(records)), draws])
    found: dict[str, Any] = {
        "group": records[0]["group"],
        "task": records[0]["task"],
        "set": records[0]["set"],
        "seeds": len(records),
        "rows": records[0]["rows"],
        "real_rows": records[0]["real_rows"],
        "picked": float(np.mean([r["picked"] for r in records])),
        "equal": sum(r["mix"] == "equal" for r in records),
        "seconds": float(np.mean([r["seconds"] for r in records])),
    }
    for learner in LEARNERS:
        each: dict[str, np.ndarray] = {}
        for arm in ARMS:
            values = [scores(np.array(r[f"{learner}/{arm}"]), truth, weights, rare_of(r)) for r in records]
            # float64 [measure, b]: draws and rows of the exam are resampled together
            each[arm] = np.stack([(np.array([v[at] for v in values]) * draws).sum(axis=0) for at in (0, 1)])
        found[learner] = {
            "scores": {arm: {"f1": float(v[0, 0]), "rare_recall": float(v[1, 0])} for arm, v in each.items()},
            "gains": {
                arm: {
                    name: gain(each["repaired"][at] - each[arm][at])
                    for at, name in enumerate(("f1", "rare_recall"))
                }
                for arm in ARMS
                if arm != "repaired"
            },
        }
    return found


def rare_of(record: dict[str, Any]) -> np.ndarray:
    """The fifth of the strata, one at least, of which the real draw has the fewest rows."""
    counts = np.array(record["real_counts"])
    rare = np.zeros(len(counts), bool)
    rare[np.lexsort((np.arange(len(counts)), counts))[: max(1, len(counts) // 5)]] = True
    return rare


def gain(values: np.ndarray) -> dict[str, float]:
    """A difference, its standard error, and a two-sided p-value."""
    from scipy.special import ndtr

    error = float(np.nanstd(values[1:]))
    return {
        "gain": float(values[0]),
        "error": error,
        "p": float(2 * ndtr(-abs(values[0]) / max(error, 1e-12))),
    }


def results(store: Path, output: Path) -> None:
    """Writes repair.json and repair.md: all sets, Holm over sets."""
    from holdfast.stats.multiplicity import holm

    by: dict[tuple[str, str], list[dict[str, Any]]] = {}
    for line in (store / "runs.jsonl").read_text().splitlines():
        record = json.loads(line)
        by.setdefault((record["task"], record["set"]), []).append(record)
    fewest = min(len(records) for records in by.values())
    found = [compared(records) for records in by.values()]
    for learner in LEARNERS:
        for arm in ("raw", "random", "real"):
            for name in ("f1", "rare_recall"):
                cells = [entry[learner]["gains"][arm][name] for entry in found]
                for cell, adjusted in zip(cells, holm([cell["p"] for cell in cells]), strict=True):
                    cell["holm"] = float(adjusted)
    summary = {
        learner: {
            arm: {name: told(found, learner, arm, name) for name in ("f1", "rare_recall")}
            for arm in ("raw", "random", "real")
        }
        for learner in LEARNERS
    }
    fresh = [entry for entry in found if (entry["task"], entry["set"]) not in CHOSEN_ON]
    unseen = {learner: told(fresh, learner, "random", "f1") for learner in LEARNERS}
    body = {
        "sets": len(found),
        "fewest_seeds": fewest,
        "summary": summary,
        "sets_not_chosen_on": len(fresh),
        "not_chosen_on": unseen,
        "results": found,
    }
    (output / "repair.json").write_text(json.dumps(body, indent=1) + "\n")
    (output / "repair.md").write_text(page(body))
    print(page(body).split("## All sets")[0])


def told(found: list[dict[str, Any]], learner: str, arm: str, name: str) -> dict[str, float]:
    """How many sets gain by repair, and how many surely do or lose (5 %, Holm over sets)."""
    cells = [entry[learner]["gains"][arm][name] for entry in found]
    return {
        "mean": float(np.mean([cell["gain"] for cell in cells])),
        "better": float(np.mean([cell["gain"] > 0 for cell in cells])),
        "surely_better": sum(cell["holm"] <= 0.05 and cell["gain"] > 0 for cell in cells),
        "surely_worse": sum(cell["holm"] <= 0.05 and cell["gain"] < 0 for cell in cells),
        "lowest": float(min(cell["gain"] for cell in cells)),
    }


def page(body: dict[str, Any]) -> str:
    """The results as Markdown."""
    names = {"f1": "macro F1", "rare_recall": "recall of rare strata"}
    lines = [
        "# Does repair pay?",
        "",
        f"{body['sets']} sets, {body['fewest_seeds']} draws or more of each; what it is about stands in `benchmarks/repair.py`. "
        "Points, repaired minus the other; *surely* is 5 % by Holm over sets.",
        "",
        "| learner | against | measure | mean | sets that gain | surely gain | surely lose | lowest |",
        "|---|---|---|---|---|---|---|---|",
    ]
    for learner, arms in body["summary"].items():
        for arm, measures in arms.items():
            for name, cell in measures.items():
                lines.append(
                    f"| {learner} | {arm} | {names[name]} | {100 * cell['mean']:+.1f} | {100 * cell['better']:.0f} % | "
                    f"{cell['surely_better']} | {cell['surely_worse']} | {100 * cell['lowest']:+.1f} |"
                )
    fresh = "; ".join(
        f"{learner} {100 * cell['mean']:+.1f} points, {100 * cell['better']:.0f} % gain"
        for learner, cell in body["not_chosen_on"].items()
    )
    lines += [
        "",
        f"The way of selecting was chosen on {body['sets'] - body['sets_not_chosen_on']} of the sets. Macro F1 against random on the "
        f"other {body['sets_not_chosen_on']}: {fresh}.",
        "",
        "## All sets",
        "",
        "Macro F1 of both learners, linear / network; gain over random with its standard error, in points.",
        "",
        "| set | rows | raw | real alone | random | repaired | gain, linear | gain, network | rare recall, linear |",
        "|---|---|---|---|---|---|---|---|---|",
    ]
    for entry in sorted(body["results"], key=lambda e: (e["group"], e["task"], e["set"])):
        cells = [
            " / ".join(f"{entry[learner]['scores'][arm]['f1']:.3f}" for learner in LEARNERS)
            for arm in ("raw", "real", "random", "repaired")
        ]
        gains = [entry[learner]["gains"]["random"]["f1"] for learner in LEARNERS]
        gains.append(entry["linear"]["gains"]["random"]["rare_recall"])
        said = " | ".join(f"{100 * g['gain']:+.1f} ± {100 * g['error']:.1f}" for g in gains)
        name = f"{entry['task']} {entry['set']}".replace("|", ", ")
        lines.append(f"| {name} | {entry['rows']} | {' | '.join(cells)} | {said} |")
    return "\n".join(lines) + "\n"


def main() -> None:
    """Reads the command line."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("what", choices=["run", "results", "list"])
    parser.add_argument("--store", type=Path, default=Path("repair"))
    parser.add_argument("--workers", type=int, default=1)
    parser.add_argument("--only", default="", help="sets whose group|task|name contains this")
    parser.add_argument("--seeds", type=int, default=SEEDS)
    parser.add_argument("--output", type=Path, default=Path(__file__).parent / "results")
    options = parser.parse_args()
    if options.what == "list":
        for entry in sets():
            print(*entry)
        print(len(sets()))
    elif options.what == "results":
        results(options.store, options.output)
    elif options.what == "run":
        run(options.store, options.workers, options.only, options.seeds)


if __name__ == "__main__":
    main()
