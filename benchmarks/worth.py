"""Worth: are real-equivalent rows true, can they be gamed, do they fall as the laws of collapse say?

    HOLDFAST_REAL_DATA=folder python benchmarks/worth.py --draws 20

- true: n fresh real rows must be worth n, m rows that stand eight times m; in the rarest tenth too.
- gamed: shuffled words, words drawn by frequency, shuffled labels, junk beside good rows, copies of the anchor.
- lawful: rows drawn again and again from themselves (n g_k of them are left after k draws), a rare part that keeps a
  share s of itself in every generation (s^t), and a bigram model trained on its own output at three temperatures.

Writes benchmarks/results/worth.json and prints the table.
"""

from __future__ import annotations

import argparse
import csv
import json
import math
import time
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

import holdfast
import world
from holdfast.lab.ngram import NgramModel
from holdfast.measures import RealEquivalentRows

if TYPE_CHECKING:
    from collections.abc import Iterable

LARGEST_REFERENCE = 5_000
HEADROOM = 1.3
JUNK = 3
REPEATS = 8
RETENTION = 0.7  # share of the rare strata that each generation keeps


def reviews() -> list[world.Row]:
    """6,920 sentences of film reviews with their sentiment."""
    path = world.folder() / "multiling_cls/sentiment__en-train_human_parsed.csv"
    with path.open(newline="") as file:
        return [world.Row(row["text"], row["intent"]) for row in csv.DictReader(file)]


def thinned_clinc(rng: np.random.Generator) -> list[world.Row]:
    """CLINC150 with weights proportional to rank to the minus one half, without repeats."""
    by_label, order, weights = world.thinned(world.clinc150(), rng)
    rows = []
    for label, weight in zip(order, weights / weights[0], strict=True):
        texts = by_label[label]
        chosen = rng.permutation(len(texts))[: max(round(weight * len(texts)), 2)]
        rows += [world.Row(texts[i], label) for i in chosen]
    return rows


SETS = {
    "clinc150 thinned": thinned_clinc,
    "banking77": lambda _: world.banking77(),
    "dolly": lambda _: world.dolly(),
    "film reviews": lambda _: reviews(),
}
SIZES = (300, 1_000, 3_000)


def value(candidate: list[world.Row], real: list[world.Row], draw: int, **settings: Any) -> dict[str, Any]:
    """The details of the reading."""
    labelled = real[0].label is not None
    audit = holdfast.audit(
        world.records(candidate),
        real=world.records(real),
        label="label" if labelled else None,
        measures=(RealEquivalentRows(),),
        seed=draw,
        **settings,
    )
    reading = audit.outcomes[0].reading
    if reading is None:
        raise SystemExit(audit.outcomes[0].reason)
    return reading.details


def deal(name: str, size: int, rng: np.random.Generator) -> tuple[list[world.Row], list[world.Row]] | None:
    """A reference and so many fresh rows, or None where the set is too small."""
    rows = SETS[name](rng)
    order = rng.permutation(len(rows))
    reference = order[size:][:LARGEST_REFERENCE]
    if len(reference) < HEADROOM * size:
        return None
    return [rows[i] for i in reference], [rows[i] for i in order[:size]]


def shuffled(rows: list[world.Row], rng: np.random.Generator) -> list[world.Row]:
    made = []
    for row in rows:
        words = row.text.split()
        rng.shuffle(words)
        made.append(world.Row(" ".join(words), row.label))
    return made


def soup(real: list[world.Row], rows: list[world.Row], rng: np.random.Generator) -> list[world.Row]:
    """Rows of the same lengths and labels, their words drawn by the anchor's frequencies."""
    words = np.array([word for row in real for word in row.text.split()])
    return [
        world.Row(" ".join(words[rng.integers(0, len(words), len(row.text.split()))]), row.label)
        for row in rows
    ]


def mislabelled(rows: list[world.Row], rng: np.random.Generator) -> list[world.Row]:
    order = rng.permutation(len(rows))
    return [world.Row(row.text, rows[i].label) for row, i in zip(rows, order, strict=True)]


def one_true(job: tuple[str, int, int]) -> dict[str, Any] | None:
    name, size, draw = job
    rng = np.random.default_rng([draw, size, len(name)])
    dealt = deal(name, size, rng)
    if dealt is None:
        return None
    real, fresh = dealt
    details = value(fresh, real, draw)
    repeated = value(fresh[: size // REPEATS] * REPEATS, real, draw)
    return {"fresh": details, "repeated": repeated, "reference": len(real)}


def one_game(job: tuple[str, int]) -> dict[str, Any]:
    name, draw = job
    rng = np.random.default_rng([draw, 7, len(name)])
    dealt = deal(name, 1_000, rng)
    if dealt is None:
        raise SystemExit(f"{name} is too small")
    real, fresh = dealt
    games = {
        "fresh": fresh,
        "words shuffled": shuffled(fresh, rng),
        "word soup": soup(real, fresh, rng),
        "fresh and 3 soup rows each": fresh + soup(real, fresh * JUNK, rng),
        "fresh and 3 shuffled rows each": fresh + [row for _ in range(JUNK) for row in shuffled(fresh, rng)],
        "copies of the anchor": real[: len(fresh)],
    }
    if real[0].label is not None:
        games["labels shuffled"] = mislabelled(fresh, rng)
        games["fresh and 3 mislabelled soup rows each"] = fresh + mislabelled(
            soup(real, fresh * JUNK, rng), rng
        )
    return {game: value(rows, real, draw) for game, rows in games.items()}


def survivors(steps: int) -> list[float]:
    """Share of rows left after k draws with replacement (Suresh et al. 2025): 1, .632, .469, ..."""
    shares = [1.0]
    for _ in range(steps - 1):
        shares.append(1.0 - math.exp(-shares[-1]))
    return shares


def one_law(job: tuple[str, int]) -> dict[str, Any]:
    name, draw = job
    rng = np.random.default_rng([draw, 11, len(name)])
    dealt = deal(name, 1_000, rng)
    if dealt is None:
        raise SystemExit(f"{name} is too small")
    real, fresh = dealt
    laws: dict[str, list[dict[str, Any]]] = {"drawn again": [], "rare part thinned": []}
    rows = fresh
    for share in survivors(5):
        laws["drawn again"].append({"law": share * len(fresh)} | value(rows, real, draw)["headline"])
        rows = [rows[i] for i in rng.integers(0, len(rows), len(rows))]
    if real[0].label is not None:
        sizes: dict[str, int] = {}
        for row in real:
            sizes[str(row.label)] = sizes.get(str(row.label), 0) + 1
        order, mass, rare = sorted(sizes, key=lambda label: sizes[label]), 0, set()
        for label in order:
            if mass < len(real) / 2:
                rare.add(label)
                mass += sizes[label]
        rest = [row for row in fresh if str(row.label) not in rare]
        kept = [row for row in fresh if str(row.label) in rare]
        start = len(kept)
        for generation in range(4):
            details = value(rest + kept, real, draw, only=sorted(rare)) if len(rare) > 1 else None
            if details is not None:
                laws["rare part thinned"].append({"law": start * RETENTION**generation} | details["headline"])
            kept = [row for row in kept if rng.random() < RETENTION]
    for temperature in (1.0, 0.8, 0.6):
        texts = [row.text for row in fresh]
        generations = []
        for _ in range(4):
            model = NgramModel.train(texts, order=2)
            texts = model.sample(len(fresh), rng=rng, temperature=temperature)
            made = [world.Row(text, None) for text in texts if text.strip()]
            unlabelled = [world.Row(row.text, None) for row in real]
            generations.append(value(made, unlabelled, draw)["headline"])
        laws[f"bigrams at temperature {temperature}"] = generations
    return laws


def by_learner(details: Iterable[dict[str, Any]]) -> dict[str, list[float]]:
    """What each learner reads, wherever it can tell."""
    found: dict[str, list[float]] = {}
    for one in details:
        for learner in one["learners"]:
            found.setdefault(learner["name"], []).append(learner["real_rows"])
    return found


def inside(worth: dict[str, Any], truth: float) -> bool:
    return worth["low"] <= truth and (worth["high"] is None or truth <= worth["high"])


def summarise_true(size: int, results: list[dict[str, Any]]) -> dict[str, Any]:
    part = size // REPEATS
    rarest = [
        band
        for result in results
        for band in result["fresh"]["bands"]
        if band["band"] == "rarest tenth" and band["reason"] is None
    ]
    row = {
        "draws": len(results),
        "reference": results[0]["reference"],
        "value_per_row": float(np.median([r["fresh"]["headline"]["real_rows"] for r in results])) / size,
        "coverage_per_row": float(np.median([r["fresh"]["coverage"]["real_rows"] for r in results])) / size,
        "learners_per_row": {
            name: float(np.median(values)) / size
            for name, values in by_learner(r["fresh"] for r in results).items()
        },
        "interval_holds": float(np.mean([inside(r["fresh"]["headline"], size) for r in results])),
        "repeated_per_distinct_row": float(
            np.median([r["repeated"]["headline"]["real_rows"] for r in results])
        )
        / part,
        "repeated_interval_holds": float(np.mean([inside(r["repeated"]["headline"], part) for r in results])),
        "rarest_draws": len(rarest),
        "added_per_row": float(np.median([r["fresh"]["added"]["real_rows"] for r in results])) / size,
        "added_fresh_per_row": float(np.median([r["fresh"]["added"]["fresh"] for r in results])) / size,
    }
    if rarest:
        row["rarest_per_row"] = float(np.median([band["real_rows"] for band in rarest])) / size
        row["rarest_interval_holds"] = float(np.mean([inside(band, size) for band in rarest]))
    return row


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--draws", type=int, default=20)
    parser.add_argument("--only", nargs="*", default=["true", "gamed", "lawful"])
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--output", type=Path, default=Path(__file__).parent / "results/worth.json")
    options = parser.parse_args()
    table: dict[str, Any] = json.loads(options.output.read_text()) if options.output.exists() else {}
    options.output.parent.mkdir(exist_ok=True)

    def keep(part: str, row: str, figures: Any) -> None:
        table.setdefault(part, {})[row] = figures
        print(part, row, json.dumps(figures), flush=True)
        options.output.write_text(json.dumps(table, indent=1) + "\n")

    start = time.time()
    with ProcessPoolExecutor(options.workers) as pool:
        if "true" in options.only:
            for name in SETS:
                for size in SIZES:
                    jobs = [(name, size, draw) for draw in range(options.draws)]
                    results = [r for r in pool.map(one_true, jobs) if r is not None]
                    if results:
                        keep("true", f"{name}, {size:,}", summarise_true(size, results))
        if "gamed" in options.only:
            for name in SETS:
                games = list(pool.map(one_game, [(name, draw) for draw in range(max(options.draws // 4, 3))]))
                for game in games[0]:
                    figures: dict[str, Any] = {
                        reading: float(np.median([g[game][reading]["real_rows"] for g in games])) / 1_000
                        for reading in ("headline", "coverage", "added")
                    }
                    figures |= {
                        f"learner of {name}": float(np.median(values)) / 1_000
                        for name, values in by_learner(g[game] for g in games).items()
                    }
                    figures["added_low"] = float(np.median([g[game]["added"]["low"] for g in games])) / 1_000
                    keep("gamed", f"{name}: {game}", figures | {"draws": len(games)})
        if "lawful" in options.only:
            for name in SETS:
                laws = list(pool.map(one_law, [(name, draw) for draw in range(max(options.draws // 4, 3))]))
                for law in (law for law in laws[0] if laws[0][law]):
                    generations = [
                        {
                            "law": round(generation[0]["law"]) if "law" in generation[0] else None,
                            "real_rows": round(float(np.median([g["real_rows"] for g in generation]))),
                            "interval_holds": float(np.mean([inside(g, g["law"]) for g in generation]))
                            if "law" in generation[0]
                            else None,
                        }
                        for generation in zip(*[one[law] for one in laws], strict=True)
                    ]
                    keep("lawful", f"{name}: {law}", generations)
    print(f"{time.time() - start:.0f} seconds")


if __name__ == "__main__":
    main()
