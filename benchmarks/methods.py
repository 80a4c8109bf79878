"""What do rows bring that a method makes of a few real ones? Worth in real rows, and accuracy, beside repeats and fresh real rows.

    HOLDFAST_REAL_DATA=folder python benchmarks/methods.py --store draws.jsonl [--quick] [--seeds 6]    # resumes

A task is a few labelled real rows: 10 a class of intents, 50 of news topics, 40 of film ratings; in a tail, half of the classes have 15
and half have 3. A method makes rows of them, one
for each real row, or as many as lift the classes of the tail to 15. What it made is judged with the rows that it was made of, by real
rows that neither the method nor a learner saw:

    worth      real-equivalent rows of small + made, less those of small alone, per made row (`holdfast.audit`, the smallest of coverage,
               the learner of labels and the learner of the order of words; each also by itself)
    accuracy,  of TF-IDF with logistic regression (the recipe of `BASELINES_tfidf_lr.json`: words and pairs, sublinear, C = 10), small +
    recalls    made against small alone: all rows, the mean over classes, the mean over the classes of the tail

Why not `use="add"`: there the real rows that judge are those that the candidate joins, and the method saw them.

Arms: `repeat`, the same rows again (what more rows bring by their number alone); `fresh`, as many new real rows (what a method could hope
for); `rules`, with weights learnt from the small part, and with the guessed ones; single operations; `back_translation` through Spanish
and Catalan by Apertium, a translator of dictionaries and rules that runs offline as a program (skipped where `apertium` with the pairs
eng-spa and eng-cat is not installed); `chatgpt`, paraphrases of the very same rows that were published with the data (gptaug).
Differences are paired within a seed; intervals are Student's over seeds, which draw classes, rows and everything that is made; the data is finite, so seeds share rows.
"""

from __future__ import annotations

import argparse
import asyncio
import csv
import json
import warnings
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

import world
from apertium import translator
from world import Row

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from apertium import Apertium
    from holdfast.remedies.generate.contract import Draft, Wish

SEEDS = 6
AGAIN = 100  # seeds from here on were looked at once, after the table had said what to try again
CONFIRMED = ("repeat", "rules, learnt")
CONFIRM_ON = "clinc150"
CONFIRM_SEEDS = 12
RESULTS = Path(__file__).parent / "results"
CLASSES = 30  # drawn of 77 and 150, so that one audit takes seconds
EXAM = 1_500
BALANCED, HEAD, TAIL = 10, 15, 3
OPERATIONS = {
    "typos": ("typos",),
    "keyboard": ("keyboard",),
    "casing": ("lower_case", "upper_case", "sentence_case", "small_start"),
    "punctuation": ("no_final_mark", "final_mark", "no_punctuation", "doubled_mark"),
    "whitespace": ("whitespace",),
    "contractions": ("contracted", "expanded", "no_apostrophe"),
    "short forms": ("short_forms", "long_forms"),
    "speech": ("speech",),
    "dialect": ("british", "american"),
    "words left out": ("left_out",),
}
READINGS = ("worth", "coverage", "labels", "language")
MEASURES = ("worth", "coverage", "labels", "language", "accuracy", "recall", "tail")


@dataclass(frozen=True)
class Task:
    """Real rows to start from, real rows that nobody has seen, and paraphrases by the row that they say again."""

    source: Callable[[], tuple[list[Row], list[Row], dict[str, list[str]]]]
    classes: int | None = CLASSES
    each: int = BALANCED
    tail: bool = False
    singles: bool = False


def gptaug(name: str) -> tuple[list[Row], list[Row], dict[str, list[str]]]:
    """Rows of the development set, all other rows, and what ChatGPT made of the former."""

    def rows(part: str) -> list[Row]:
        with (world.folder() / f"gptaug/{name}/{part}.tsv").open(newline="", encoding="utf-8") as file:
            found = csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_MINIMAL)
            return [
                Row(row["text"].strip(), row["label"]) for row in found if row["label"] not in {"oos", "ood"}
            ]

    said: dict[str, list[str]] = {}
    with (world.folder() / f"gptaug/paraphrases/{name}_dev_paraphrases.csv").open(
        newline="", encoding="utf-8"
    ) as file:
        for row in csv.DictReader(file):
            said.setdefault(row["Original Example"].strip(), []).append(row["ChatGPT's Paraphrase"].strip())
    return rows("dev"), rows("train") + rows("test"), said


def incentives(name: str) -> tuple[list[Row], list[Row], dict[str, list[str]]]:
    """Halves of a set that has no parts."""
    with (world.folder() / f"llm_div_incts/real/{name}.csv").open(newline="", encoding="utf-8") as file:
        rows = [Row(row["text"].strip(), row["label"]) for row in csv.DictReader(file)]
    order = np.random.default_rng(0).permutation(len(rows))
    half = len(rows) // 3
    return [rows[at] for at in order[:half]], [rows[at] for at in order[half:]], {}


TASKS = {
    "clinc150": Task(lambda: gptaug("oos"), singles=True),
    "clinc150, tail": Task(lambda: gptaug("oos"), tail=True),
    "banking77": Task(lambda: gptaug("banking")),
    "banking77, tail": Task(lambda: gptaug("banking"), tail=True),
    "news topics": Task(lambda: incentives("ag_news__test_agnews"), classes=None, each=50),
    "film ratings": Task(lambda: incentives("sst5__test_sst"), classes=None, each=40),
}


@dataclass(frozen=True)
class Parts:
    """One draw of a task."""

    small: list[Row]
    wanted: list[str]  # the label of each row that is to be made
    fresh: list[Row]
    exam: list[Row]
    rare: frozenset[str]
    said: dict[str, list[str]] = field(default_factory=dict)


def draw(name: str, seed: int) -> Parts:
    """Classes, a small part, as many fresh rows as will be made, and an exam; no text stands in two of them."""
    task = TASKS[name]
    rng = np.random.default_rng([seed, *name.encode()])
    start, others, said = task.source()
    by_label: dict[str, list[Row]] = {}
    for row in start:
        by_label.setdefault(str(row.label), []).append(row)
    least = HEAD if task.classes is None else (HEAD if task.tail else BALANCED)
    labels = sorted(label for label, rows in by_label.items() if len(rows) >= min(least, 12))
    labels = [labels[at] for at in rng.permutation(len(labels))[: task.classes]]
    head, low = (HEAD, TAIL) if task.classes else (task.each, task.each // 5)
    counts = {label: (low if at % 2 else head) if task.tail else task.each for at, label in enumerate(labels)}
    small = [
        by_label[label][at]
        for label in labels
        for at in rng.permutation(len(by_label[label]))[: counts[label]]
    ]
    rare = frozenset(label for label in labels if counts[label] == low) if task.tail else frozenset()
    wanted = [label for label in sorted(rare) for _ in range(head - low)] or [str(row.label) for row in small]
    seen = {row.text.lower() for row in small}
    pool: dict[str, list[Row]] = {label: [] for label in labels}
    for at in rng.permutation(len(others)):
        row = others[at]
        if row.label in pool and row.text.lower() not in seen:
            seen.add(row.text.lower())
            pool[str(row.label)].append(row)
    fresh = [pool[label].pop() for label in wanted]
    rest = [row for rows in pool.values() for row in rows]
    exam = [rest[at] for at in rng.permutation(len(rest))[:EXAM]]
    return Parts(small=small, wanted=wanted, fresh=fresh, exam=exam, rare=rare, said=said)


def make(method: Any, parts: Parts, seed: int) -> list[Draft]:
    """One draft for each row that is wanted, as the product draws them."""
    from holdfast.remedies.generate.contract import Arm, Material, Seed, Wish

    arm = Arm(name=method.name, method=method.name, model=None, share=1.0)
    seeds: dict[str | None, list[Seed]] = {}
    for at, row in enumerate(parts.small):
        seeds.setdefault(row.label, []).append(
            Seed(id=str(at), text=row.text, stratum=row.label, origin="reference")
        )
    material = Material(seeds=seeds, strata={str(label): "" for label in seeds})
    wishes: list[Wish] = [
        Wish(id=str(at), stratum=label, arm=arm, round=1) for at, label in enumerate(parts.wanted)
    ]
    drafts = [method(wish, material, np.random.default_rng([seed, at])) for at, wish in enumerate(wishes)]
    return [draft for draft in drafts if draft is not None]


def by_rules(parts: Parts, seed: int, names: Sequence[str] | None, *, learnt: bool) -> list[Row]:
    """Rows by the rules: all with learnt or guessed weights, or these names alone."""
    from holdfast.remedies.generate.methods.rules import WEIGHTS, RuleBased

    weights = dict.fromkeys(names, 1.0) if names else WEIGHTS
    drafts = make(RuleBased(weights=weights, learnt=learnt), parts, seed)
    return [Row(str(draft.text), draft.parents[0].stratum) for draft in drafts]


def by_translation(parts: Parts, seed: int, chat: Apertium) -> list[Row]:
    """Rows through another language and back, hop after hop."""
    from holdfast.backends.chats import ChatRequest
    from holdfast.remedies.generate.methods.back_translation import BackTranslation
    from holdfast.remedies.generate.templates import parse

    there = parse("{language} > {pivot}\n---\n{text}", name="there")
    back = parse("{pivot} > {language}\n---\n{answer}", name="back")
    method = BackTranslation(pivots=("Spanish", "Catalan"), templates=(there, back))
    drafts = make(method, parts, seed)
    texts = [row.text for row in parts.small]
    for pair in ("eng-spa", "eng-cat"):
        chat.learn("-".join(reversed(pair.split("-"))), chat.learn(pair, texts))

    async def answer(draft: Draft) -> str:
        said = ""
        for number, hop in enumerate(draft.hops):
            messages = hop.template.messages(dict(hop.values) | {"answer": said})
            said = (await chat.complete(ChatRequest(record="r", messages=messages, hop=number))).text
        return said

    made = []
    for draft in drafts:
        text = asyncio.run(answer(draft))
        if text.strip() and text.lower() != draft.parents[0].text.lower():
            made.append(Row(text, draft.parents[0].stratum))
    return made


def by_chatgpt(parts: Parts, seed: int) -> list[Row]:
    """Published paraphrases of rows of the small part."""
    rng = np.random.default_rng([seed, 5])
    by_label: dict[str, list[Row]] = {}
    for row in parts.small:
        by_label.setdefault(str(row.label), []).extend(
            Row(said, row.label) for said in parts.said.get(row.text, ())
        )
    return [
        by_label[label][int(rng.integers(len(by_label[label])))]
        for label in parts.wanted
        if by_label.get(label)
    ]


def arms(name: str, parts: Parts, seed: int) -> dict[str, list[Row]]:
    """What each method makes."""
    rng = np.random.default_rng([seed, 9])
    by_label: dict[str, list[Row]] = {}
    for row in parts.small:
        by_label.setdefault(str(row.label), []).append(row)
    found = {
        "repeat": [by_label[label][int(rng.integers(len(by_label[label])))] for label in parts.wanted],
        "rules, learnt": by_rules(parts, seed, None, learnt=True),
        "rules, guessed": by_rules(parts, seed, None, learnt=False),
    }
    chat = translator()
    if chat is not None:
        found["back_translation"] = by_translation(parts, seed, chat)
    if parts.said:
        found["chatgpt"] = by_chatgpt(parts, seed)
    found["fresh"] = parts.fresh
    if TASKS[name].singles:
        found |= {
            f"rules: {title}": by_rules(parts, seed, names, learnt=False)
            for title, names in OPERATIONS.items()
        }
    return found


def worth(rows: list[Row], exam: list[Row]) -> dict[str, float]:
    """Real-equivalent rows by everything that reads them."""
    import holdfast
    from holdfast.measures.text.real_equivalent_rows import RealEquivalentRows

    outcome = holdfast.audit(
        world.records(rows),
        real=world.records(exam),
        text="text",
        label="label",
        measures=[RealEquivalentRows()],
        draws=99,
    )
    details = outcome.outcomes[0].reading.details
    found = {"worth": details["headline"]["real_rows"], "coverage": details["coverage"]["real_rows"]}
    return found | {learner["name"]: learner["real_rows"] for learner in details["learners"]}


def learn(rows: list[Row], parts: Parts) -> dict[str, float]:
    """Accuracy in the exam, mean recall over classes, and over the classes of the tail; in points."""
    from sklearn.feature_extraction.text import TfidfVectorizer
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import make_pipeline

    model = make_pipeline(
        TfidfVectorizer(sublinear_tf=True, ngram_range=(1, 2), token_pattern=r"(?u)\b\w+\b"),  # noqa: S106 - words
        LogisticRegression(C=10, max_iter=1_000),
    )
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        model.fit([row.text for row in rows], [row.label for row in rows])
    truth = np.array([row.label for row in parts.exam])
    right = model.predict([row.text for row in parts.exam]) == truth
    recall = {label: float(right[truth == label].mean()) for label in sorted(set(truth))}
    found = {"accuracy": float(right.mean()), "recall": float(np.mean([*recall.values()]))}
    if parts.rare:
        found["tail"] = float(np.mean([share for label, share in recall.items() if label in parts.rare]))
    return {name: 100 * value for name, value in found.items()}


def one(name: str, seed: int) -> list[dict[str, Any]]:
    """All arms of one draw, or those that are tried again."""
    parts = draw(name, seed)
    base = worth(parts.small, parts.exam) | learn(parts.small, parts)
    records = [{"task": name, "seed": seed, "arm": "small", "rows": len(parts.small), "made": 0, **base}]
    for arm, made in arms(name, parts, seed).items():
        if seed >= AGAIN and arm not in CONFIRMED:
            continue
        rows = parts.small + made
        found = worth(rows, parts.exam) | learn(rows, parts)
        gain = {
            key: (found[key] - base[key]) / (len(made) if key in READINGS else 1)
            for key in found
            if key in base
        }
        records.append({"task": name, "seed": seed, "arm": arm, "rows": len(rows), "made": len(made), **gain})
    print(name, seed, flush=True)
    return records


def interval(values: Sequence[float]) -> tuple[float, float, float] | None:
    """Mean and 95 % bounds by Student; None where one value cannot tell."""
    from scipy.stats import t

    if len(values) < 2:
        return None
    mean = float(np.mean(values))
    half = float(t.ppf(0.975, len(values) - 1) * np.std(values, ddof=1) / np.sqrt(len(values)))
    return mean, mean - half, mean + half


def written(values: Sequence[float], digits: int) -> str:
    found = interval(values)
    if found is None:
        return ""
    mean, low, high = (f"{value:+.{digits}f}" for value in found)
    return f"{mean} ({low} to {high})"


def line(rows: list[dict[str, Any]], repeats: dict[int, dict[str, Any]]) -> str:
    """One method on one task: every figure with its interval, and accuracy beyond that of repeats."""
    cells = [
        written([row[key] for row in rows if key in row], 2 if key in READINGS else 1) for key in MEASURES
    ]
    beyond = [row["accuracy"] - repeats[row["seed"]]["accuracy"] for row in rows if row["seed"] in repeats]
    own = "" if rows[0]["arm"] == "repeat" else written(beyond, 1)
    return " | ".join([*cells[:5], own, *cells[5:]])


def table(records: list[dict[str, Any]], names: Sequence[str], *, singles: bool) -> list[str]:
    """All methods, task after task; or single operations."""
    lines = [
        "| rows from | method | rows made | worth per made row | by coverage | by labels | by order of words | accuracy"
        " | accuracy beyond repeats | recall of classes | recall of the tail |",
        "|" + "---|" * 11,
    ]
    for name in names:
        mine = [record for record in records if record["task"] == name and record["arm"] != "small"]
        repeats = {record["seed"]: record for record in mine if record["arm"] == "repeat"}
        for arm in dict.fromkeys(record["arm"] for record in mine):
            rows = [record for record in mine if record["arm"] == arm]
            if arm.startswith("rules: ") == singles:
                made = np.mean([row["made"] for row in rows])
                lines.append(f"| {name} | {arm} | {made:.0f} | {line(rows, repeats)} |")
    return lines


def verdicts(records: list[dict[str, Any]], names: Sequence[str]) -> list[str]:
    """On which tasks each method surely raises, and surely costs."""
    lines = [
        "| method | raises worth | raises coverage | raises accuracy | raises accuracy beyond repeats | costs accuracy |",
        "|" + "---|" * 6,
    ]
    arms = dict.fromkeys(
        r["arm"] for r in records if r["arm"] != "small" and not r["arm"].startswith("rules: ")
    )
    for arm in arms:
        sure: dict[str, list[str]] = {key: [] for key in ("worth", "coverage", "accuracy", "beyond", "costs")}
        for name in names:
            rows = [r for r in records if r["task"] == name and r["arm"] == arm]
            repeats = {
                r["seed"]: r["accuracy"] for r in records if r["task"] == name and r["arm"] == "repeat"
            }
            values = {key: [row[key] for row in rows] for key in ("worth", "coverage", "accuracy")}
            values["beyond"] = [row["accuracy"] - repeats[row["seed"]] for row in rows]
            values["costs"] = [-row["accuracy"] for row in rows]
            for key, found in values.items():
                bounds = interval(found)
                if bounds is not None and bounds[1] > 0:
                    sure[key].append(name)
        lines.append(f"| {arm} | {' | '.join('; '.join(found) or 'none' for found in sure.values())} |")
    return lines


def held(again: list[dict[str, Any]]) -> str:
    """Whether what the table hinted at came up again."""
    rows = [record for record in again if record["arm"] == CONFIRMED[-1]]
    worth, coverage, accuracy = (
        interval([row[key] for row in rows]) for key in ("worth", "coverage", "accuracy")
    )
    if worth is None or coverage is None or accuracy is None:
        return "Too few seeds to tell."
    return " ".join(
        [
            "Worth is raised again." if worth[1] > 0 else "Worth is not raised again: the hint did not hold.",
            "Coverage is." if coverage[1] > 0 else "Nor is coverage.",
            "Accuracy is lost." if accuracy[2] < 0 else "Accuracy is not lost.",
        ]
    )


def report(records: list[dict[str, Any]], names: Sequence[str], seeds: int) -> str:
    """The page."""
    again = [record for record in records if record["seed"] >= AGAIN]
    records = [record for record in records if record["seed"] < AGAIN]
    alone = [
        f"{name}, {np.mean([r['rows'] for r in mine]):.0f} rows: accuracy {np.mean([r['accuracy'] for r in mine]):.1f}"
        for name in names
        for mine in [[r for r in records if r["task"] == name and r["arm"] == "small"]]
    ]
    return "\n".join(
        [
            "# What do rows bring that a method makes of a few real ones?",
            "",
            f"{seeds} seeds; what is measured, and how, stands in `benchmarks/methods.py`. Means with 95 % intervals over seeds, each seed"
            " against its own small part. Worth is in real rows per made row: 1 is a fresh real row, 0 is nothing new. Accuracy and recalls"
            " are in points above the small part alone; repeats show what more rows bring by their number alone.",
            "",
            f"Small parts alone. {'; '.join(alone)}.",
            "",
            "## Surely, and where",
            "",
            "Tasks on which the interval lies wholly above 0 (for costs, below). One interval in forty does so by chance on either side, so that"
            " a single task in a row of the table is a hint; whether rules raise worth was tried again below, on seeds of their own.",
            "",
            *verdicts(records, names),
            *(
                [
                    "",
                    "## Tried again",
                    "",
                    f"{CONFIRM_SEEDS} new seeds for the one reading that the table only hinted at.",
                    "",
                    *table(again, [CONFIRM_ON], singles=False),
                    "",
                    held(again),
                ]
                if again
                else []
            ),
            "",
            "## Methods",
            "",
            *table(records, names, singles=False),
            "",
            "## Rules one by one",
            "",
            *table(records, names, singles=True),
            "",
        ]
    )


def work_off(file: Path, todo: list[tuple[str, int]], workers: int) -> list[dict[str, Any]]:
    """Every draw that is not in the file yet, seed by seed, so that a run that is cut short has looked at all tasks."""
    records = [json.loads(row) for row in file.read_text().splitlines()] if file.exists() else []
    done = {(record["task"], record["seed"]) for record in records}
    left = [entry for entry in todo if entry not in done]
    print(f"{len(todo) - len(left)} done, {len(left)} to do", flush=True)
    with ProcessPoolExecutor(workers) as pool, file.open("a") as handle:
        for found in pool.map(one, *zip(*left, strict=True)) if left else ():
            handle.writelines(json.dumps(record) + "\n" for record in found)
            handle.flush()
            records += found
    return [record for record in records if (record["task"], record["seed"]) in todo]


def main() -> None:
    """Run what is not there yet, and write the page."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument(
        "--store", type=Path, required=True, help="a file that keeps every draw; a run resumes from it"
    )
    parser.add_argument(
        "--quick", action="store_true", help="two tasks, two seeds; prints, and writes no page"
    )
    parser.add_argument("--seeds", type=int, default=SEEDS)
    parser.add_argument("--workers", type=int, default=2)
    arguments = parser.parse_args()
    seeds = 2 if arguments.quick else arguments.seeds
    names = ["clinc150, tail", "banking77, tail"] if arguments.quick else list(TASKS)
    todo = [(name, seed) for seed in range(seeds) for name in names]
    if not arguments.quick:
        todo += [(CONFIRM_ON, AGAIN + seed) for seed in range(CONFIRM_SEEDS)]
    text = report(work_off(arguments.store, todo, arguments.workers), names, seeds)
    print(text)
    if not arguments.quick:
        RESULTS.mkdir(exist_ok=True)
        (RESULTS / "methods.md").write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
