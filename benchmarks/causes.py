"""Causes: fit what each sign says about each cause, on sets into which known causes were planted, and test it elsewhere.

    HOLDFAST_REAL_DATA=folder python benchmarks/causes.py patterns --output folder [--corpus clinc150 ...]
    python benchmarks/causes.py fit --output folder

`patterns` plants every scenario of the bench in every corpus, audits the sets, and keeps signs and truths, one JSON line for
each; interrupted, it goes on where it stopped. `fit` writes `src/holdfast/audits/causes/weights.py` and
`benchmarks/results/causes.json`: F1 of each cause on corpora that were left out of the fit, and how often a stated
confidence was right there.
"""

from __future__ import annotations

import argparse
import csv
import itertools
import json
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

import holdfast
import world
from holdfast.audits.causes.signs import read_signs
from holdfast.errors import UsageError
from holdfast.lab.bench.corpus import Corpus, Row, generate_corpus
from holdfast.lab.bench.instance import name_of, plant
from holdfast.lab.bench.metrics import macro_f1
from holdfast.lab.bench.pools import deal_pools
from holdfast.lab.bench.scenarios import (
    SCENARIOS,
    Filtering,
    Homogenising,
    LabelNoise,
    RareThinning,
    Recursion,
    Repeating,
    Template,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from holdfast.lab.bench.instance import Instance, Scenario
    from holdfast.lab.bench.pools import Pools

CAUSES = ("no_novelty", "amplified_errors", "mismatch", "artifacts", "homogenization", "drift", "bias")
SEVERITIES = (0.4, 1.0)
PAIRS = (
    (Repeating(), Template()),
    (RareThinning(), Template(form="suffix")),
    (LabelNoise(), Template(form="list")),
    (Homogenising(), Template()),
    (Recursion(), Template(form="suffix")),
    (RareThinning(), LabelNoise()),
    (RareThinning(), Repeating(near=True)),
    (LabelNoise(), Repeating()),
    (Filtering(), LabelNoise()),
)
"""Two at once: the second is planted in what the first has left."""
RIDGE = 1.0
LARGEST = 4.0
"""No sign decides alone: three times its visible strength adds at most twelve nats."""
HERE = Path(__file__).parent
WEIGHTS = HERE.parent / "src/holdfast/audits/causes/weights.py"


def film_reviews() -> list[world.Row]:
    """Sentences of film reviews with their sentiment."""
    with (world.folder() / "multiling_cls/sentiment__en-train_human_parsed.csv").open(newline="") as file:
        return [world.Row(row["text"], row["intent"]) for row in csv.DictReader(file) if row["text"].strip()]


CORPORA: dict[str, tuple[Callable[[], list[world.Row]] | None, int, float | None]] = {
    # where from, rows of a side, and the power of the tail (None: as it is)
    "clinc150": (world.clinc150, 1_000, 0.3),
    "banking77": (world.banking77, 1_000, None),
    "film_reviews": (film_reviews, 1_000, None),
    "dolly": (world.dolly, 700, None),
    "ag_news": (world.ag_news, 1_000, None),
    "generated": (None, 1_000, 0.3),
}


def corpus_of(name: str) -> Corpus:
    """A corpus by name."""
    source = CORPORA[name][0]
    if source is None:
        return generate_corpus(strata=40, rows_per_stratum=300, seed=1)
    seen = {row.text: row for row in source()}
    return Corpus.of(
        name, [Row(id=str(i), text=row.text, label=row.label) for i, row in enumerate(seen.values())]
    )


def patterns(output: Path, names: Sequence[str], seeds: Sequence[int], *, pairs_only: bool) -> None:
    """Plant, audit, keep."""
    output.mkdir(parents=True, exist_ok=True)
    for name in names:
        file = output / f"{name}.jsonl"
        done = {json.dumps(line["key"]) for line in _lines(file)}
        corpus = corpus_of(name)
        _, size, power = CORPORA[name]
        for seed in seeds:
            pools = deal_pools(corpus, size=size, rng=np.random.default_rng([seed, size]), exponent=power)
            alone = () if pairs_only else tuple((scenario,) for scenario in SCENARIOS)
            for planted in (*alone, *PAIRS):
                if any(scenario.needs_labels for scenario in planted) and not pools.labelled:
                    continue
                for severity in SEVERITIES:
                    key = [name, size, " and ".join(map(name_of, planted)), severity, seed]
                    if json.dumps(key) in done:
                        continue
                    try:
                        made = _plant(planted, pools, severity, seed)
                    except UsageError as error:
                        print(*key, "left out:", error)
                        continue
                    with file.open("a") as out:
                        out.write(json.dumps({"key": key, **_audit(made, seed)}) + "\n")
                    print(*key, flush=True)


def _plant(planted: Sequence[Scenario], pools: Pools, severity: float, seed: int) -> Instance:
    rng = np.random.default_rng([seed, int(100 * severity)])
    made = plant(planted[0], pools, severity, rng)
    for scenario in planted[1:]:
        then = plant(scenario, replace(pools, source=made.candidate), severity, rng)
        made = replace(then, causes=made.causes | then.causes, retention=None)
    return made


def _audit(made: Any, seed: int) -> dict[str, Any]:
    known = {row.label for row in made.anchor}
    expect = None if made.declared is None else {s: v for s, v in made.declared.items() if s in known}
    found = holdfast.audit(_records(made.candidate), real=_records(made.anchor), expect=expect, seed=seed)
    rows = len(found.sides.anchor), len(found.sides.candidate)
    return {
        "truth": sorted(made.causes),
        "verdict": found.verdict,
        "signs": read_signs(found.outcomes, rows),
    }


def _records(rows: Sequence[Row]) -> list[dict[str, str]]:
    return [{"text": row.text} | ({} if row.label is None else {"label": row.label}) for row in rows]


def _lines(file: Path) -> list[dict[str, Any]]:
    if not file.exists():
        return []
    found = []
    for line in file.read_text().splitlines():
        try:
            found.append(json.loads(line))
        except json.JSONDecodeError:  # cut off by an interrupt: done again
            continue
    return found


def fit(output: Path) -> None:
    """Fit on all corpora, and on all but one to be tested on that one."""
    lines = [line for file in sorted(output.glob("*.jsonl")) for line in _lines(file)]
    names = sorted({sign for line in lines for sign in line["signs"]})
    seen = np.array([[max(line["signs"].get(sign) or 0.0, 0.0) for sign in names] for line in lines])
    corpora = np.array([line["key"][0] for line in lines])
    scenarios = [line["key"][2] for line in lines]
    # A set without any finding asks for no explanation: damage that nobody saw teaches nothing about causes.
    shown = np.array([line["verdict"] != "pass" or not line["truth"] for line in lines])
    # Every scenario counts alike, however many variants of it were planted.
    weight = shown * np.array([len(lines) / (len(set(scenarios)) * scenarios.count(s)) for s in scenarios])
    held = np.full((len(lines), len(CAUSES)), np.nan)
    weights: dict[str, tuple[float, dict[str, float]]] = {}
    for column, cause in enumerate(CAUSES):
        true = np.array([cause in line["truth"] for line in lines], float)
        for corpus in np.unique(corpora):
            train, test = corpora != corpus, corpora == corpus
            found = _regress(seen[train], true[train], weight[train])
            held[test, column] = _confidence(seen[test], found)
        found = _regress(seen, true, weight)
        weights[cause] = (
            round(float(found[0]), 2),
            {sign: round(float(w), 2) for sign, w in zip(names, found[1:], strict=True) if abs(w) >= 0.05},
        )
    truths = [set(line["truth"]) for line in lines]
    said = [
        {c for c, p in zip(CAUSES, row, strict=True) if p >= 0.5 and line["verdict"] in ("warn", "fail")}
        for line, row in zip(lines, held, strict=True)
    ]
    visible = np.flatnonzero(shown)
    result = {
        "patterns": len(lines),
        "corpora": {str(c): int((corpora == c).sum()) for c in np.unique(corpora)},
        "left_out": {
            "macro_f1": macro_f1(zip(truths, said, strict=True)),
            "macro_f1_of_visible": macro_f1((truths[i], said[i]) for i in visible),
            "f1": {
                c: macro_f1(((t & {c}, s & {c}) for t, s in zip(truths, said, strict=True))) for c in CAUSES
            },
            "rates": _rates(lines, truths, said),
            "macro_f1_by_corpus": {
                str(c): macro_f1((t, s) for t, s, of in zip(truths, said, corpora, strict=True) if of == c)
                for c in np.unique(corpora)
            },
            "reliability": _reliability(
                held[shown], np.array([[c in t for c in CAUSES] for t in truths])[shown]
            ),
        },
        "confusions": _confusions(lines, truths, said),
    }
    (HERE / "results/causes.json").write_text(json.dumps(result, indent=2) + "\n")
    body = "".join(f"    {c!r}: ({b}, {w!r}),\n" for c, (b, w) in weights.items())
    head = WEIGHTS.read_text().split("WEIGHTS:", maxsplit=1)[0]
    WEIGHTS.write_text(f"{head}WEIGHTS: dict[str, tuple[float, dict[str, float]]] = {{\n{body}}}\n")
    print(json.dumps({k: v for k, v in result.items() if k != "confusions"}, indent=2))


def _regress(seen: np.ndarray, true: np.ndarray, weight: np.ndarray) -> np.ndarray:
    """Ridge logistic regression; base first."""
    from scipy.optimize import minimize

    def loss(found: np.ndarray) -> tuple[float, np.ndarray]:
        total = found[0] + seen @ found[1:]
        p = 1.0 / (1.0 + np.exp(-np.clip(total, -40, 40)))
        value = float(
            (weight * (np.logaddexp(0.0, total) - true * total)).sum() + RIDGE * (found[1:] ** 2).sum()
        )
        slope = weight * (p - true)
        return value, np.concatenate([[slope.sum()], seen.T @ slope + 2 * RIDGE * found[1:]])

    bounds = [(None, None)] + [(-LARGEST, LARGEST)] * seen.shape[1]
    start = np.zeros(seen.shape[1] + 1)
    return minimize(loss, start, jac=True, method="L-BFGS-B", bounds=bounds, options={"maxiter": 2_000}).x


def _confidence(seen: np.ndarray, found: np.ndarray) -> np.ndarray:
    return 1.0 / (1.0 + np.exp(-np.clip(found[0] + seen @ found[1:], -40, 40)))


def _rates(
    lines: Sequence[dict[str, Any]], truths: Sequence[set[str]], said: Sequence[set[str]]
) -> dict[str, dict[str, int]]:
    """How often each cause was named where it was planted and found, where another was, and in controls."""
    table: dict[str, dict[str, int]] = {}
    for cause in CAUSES:
        row = table[cause] = dict.fromkeys(
            ("planted", "named", "others", "named_in_others", "controls", "named_in_controls"), 0
        )
        for line, true, named in zip(lines, truths, said, strict=True):
            hit = int(cause in named)
            if not true:
                row["controls"] += 1
                row["named_in_controls"] += hit
            elif line["verdict"] != "pass":
                kind = ("planted", "named") if cause in true else ("others", "named_in_others")
                row[kind[0]] += 1
                row[kind[1]] += hit
    return table


def _reliability(stated: np.ndarray, true: np.ndarray) -> list[dict[str, float]]:
    edges = (0.0, 0.05, 0.2, 0.5, 0.8, 0.95, 1.01)
    table = []
    for low, high in itertools.pairwise(edges):
        at = (stated >= low) & (stated < high)
        if at.any():
            table.append(
                {
                    "from": low,
                    "to": min(high, 1.0),
                    "stated": float(stated[at].mean()),
                    "true": float(true[at].mean()),
                    "count": int(at.sum()),
                }
            )
    return table


def _confusions(
    lines: Sequence[dict[str, Any]], truths: Sequence[set[str]], said: Sequence[set[str]]
) -> list[Any]:
    return [
        {"set": line["key"], "true": sorted(t), "said": sorted(s)}
        for line, t, s in zip(lines, truths, said, strict=True)
        if t != s and line["verdict"] != "pass"
    ]


def main() -> None:
    """Read the command line."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("step", choices=["patterns", "fit"])
    parser.add_argument("--output", type=Path, required=True)
    parser.add_argument("--corpus", nargs="*", choices=list(CORPORA), default=list(CORPORA))
    parser.add_argument("--pairs-only", action="store_true", help="plant only two at once")
    parser.add_argument("--seeds", nargs="*", type=int, default=[0, 1])
    options = parser.parse_args()
    if options.step == "patterns":
        patterns(options.output, options.corpus, options.seeds, pairs_only=options.pairs_only)
    else:
        fit(options.output)


if __name__ == "__main__":
    main()
