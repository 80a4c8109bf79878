"""Alarms that ring on reality, and readings that move by themselves: peers on pairs of sets of one distribution.

    /path/to/environment-a/bin/python benchmarks/peers/broken_alarms.py
    /path/to/environment-d/bin/python benchmarks/peers/broken_alarms.py

Runs whatever the environment can import and keeps what another one found in the same file. Everything is generated from
fixed seeds; nothing is downloaded and no data is needed.
"""

from __future__ import annotations

import argparse
import importlib
import json
import string
import time
import tracemalloc
import warnings
from importlib.metadata import version
from pathlib import Path

import numpy as np

RESULT = Path(__file__).parents[1] / "results" / "broken_alarms.json"
WORDS = 2_000
CATEGORIES, RARE = 80, 20


def texts(rng, count, words=20):
    """Texts of words under Zipf's law."""
    shares = 1.0 / np.arange(1, WORDS + 1)
    drawn = rng.choice(WORDS, (count, words), p=shares / shares.sum())
    return [" ".join(f"w{word}" for word in row) for row in drawn]


def categories(rng, count, lost=0):
    """Draws of categories under Zipf's law, some of the rarest lost."""
    shares = 1.0 / np.arange(1, CATEGORIES + 1)
    shares[CATEGORIES - lost :] = 0
    return rng.choice(CATEGORIES, count, p=shares / shares.sum())


def evidently_embeddings(pairs=40, rows=300, dimensions=16):
    """Alarms on two normal samples of one distribution; nominal 5 %."""
    import pandas as pd
    from evidently.legacy.metrics.data_drift import embedding_drift_methods as methods

    tried = {
        "mmd(bootstrap=True)": methods.mmd(bootstrap=True),
        "mmd(bootstrap=True, quantile_probability=0.95)": methods.mmd(
            bootstrap=True, quantile_probability=0.95
        ),
        "distance(bootstrap=True)": methods.distance(bootstrap=True),
        "model(bootstrap=True)": methods.model(bootstrap=True),
    }
    alarms = dict.fromkeys(tried, 0)
    for seed in range(pairs):
        rng = np.random.default_rng(seed)
        sides = [pd.DataFrame(rng.normal(size=(rows, dimensions))).rename(columns=str) for _ in range(2)]
        for name, method in tried.items():
            alarms[name] += bool(method(sides[0].copy(), sides[1].copy())[1])
    return {"pairs": pairs, "rows": rows, "dimensions": dimensions, "alarms": alarms}


def evidently_text(pairs=15, documents=200, copies=4):
    """Alarms on texts of one distribution, alone and with near-copies of every document in its own set."""
    import pandas as pd
    from evidently.legacy.utils.data_drift_utils import calculate_text_drift_score

    found = {}
    for name, count in (("alone", 0), ("with near-copies", copies)):
        alarms, scores = 0, []
        for seed in range(pairs):
            rng = np.random.default_rng(seed)
            sides = [near_copies(rng, texts(rng, documents), count) for _ in range(2)]
            score, alarm = calculate_text_drift_score(*map(pd.Series, sides), bootstrap=True)
            alarms += bool(alarm)
            scores.append(score)
        found[name] = {"alarms": alarms, "mean_auc": round(float(np.mean(scores)), 3)}
    return {"pairs": pairs, "documents": documents, "copies": copies} | found


def near_copies(rng, documents, count):
    """The documents, and of each so many copies in which two words are others."""
    rows = list(documents)
    for document in documents:
        for _ in range(count):
            words = document.split()
            for at in rng.choice(len(words), 2, replace=False):
                words[at] = f"w{rng.integers(WORDS)}"
            rows.append(" ".join(words))
    return rows


def evidently_psi(draws=200):
    """Mean population stability index of two samples of one distribution, by rows; limit .1."""
    import pandas as pd
    from evidently.legacy.calculations.stattests.psi import psi_stat_test
    from evidently.legacy.core import ColumnType

    def psi(seed, rows, lost):
        rng = np.random.default_rng([seed, rows, lost])
        sides = [pd.Series(categories(rng, rows, part).astype(str)) for part in (0, lost)]
        found = psi_stat_test(*sides, ColumnType.Categorical, 0.1)
        return found.drift_score, found.drifted

    null = {}
    for rows in (100, 300, 1_000, 2_000):
        scores, alarms = zip(*(psi(seed, rows, 0) for seed in range(draws)), strict=True)
        null[rows] = {"mean": round(float(np.mean(scores)), 3), "alarms": int(np.sum(alarms))}
    lost = [psi(seed, 2_000, RARE)[0] for seed in range(draws)]
    return {"draws": draws, "null": null, "20 of 80 lost, 2000 rows": round(float(np.mean(lost)), 3)}


def sdmetrics_shares(draws=100):
    """Coverage and total variation of one distribution against itself, by rows, and where 20 of 80 are lost."""
    import pandas as pd
    from sdmetrics.single_column import CategoryCoverage, TVComplement

    def mean(metric, rows, lost):
        values = []
        for seed in range(draws):
            rng = np.random.default_rng([seed, rows])
            real, made = (pd.Series(categories(rng, rows, part).astype(str)) for part in (0, lost))
            values.append(metric.compute(real, made))
        return round(float(np.mean(values)), 3)

    return {
        "draws": draws,
        "coverage, nothing lost": {
            rows: mean(CategoryCoverage, rows, 0) for rows in (100, 300, 1_000, 5_000)
        },
        "tv, 2000 rows": {
            "nothing lost": mean(TVComplement, 2_000, 0),
            "20 lost": mean(TVComplement, 2_000, RARE),
        },
    }


def prdc_identical():
    """Readings of a set against itself where all rows are equal; time and memory of 4,000 a side."""
    from prdc import compute_prdc

    equal = np.ones((50, 8))
    found = compute_prdc(real_features=equal, fake_features=equal, nearest_k=5)
    rng = np.random.default_rng(0)
    sides = [rng.normal(size=(4_000, 64)) for _ in range(2)]
    tracemalloc.start()
    start = time.perf_counter()
    compute_prdc(real_features=sides[0], fake_features=sides[1], nearest_k=5)
    seconds = time.perf_counter() - start
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    return {
        "equal rows": {name: float(value) for name, value in found.items()},
        "4000 a side": {"seconds": round(seconds, 1), "MB": round(peak / 2**20)},
    }


def vendi_orders():
    """Whether the order q reaches the score."""
    from vendi_score import vendi

    rows = np.random.default_rng(0).normal(size=(60, 20))
    rows /= np.linalg.norm(rows, axis=1, keepdims=True)

    def tried(call):
        try:
            value = float(call())
            return round(value, 3) if np.isfinite(value) else str(value)
        except Exception as error:  # noqa: BLE001 - that it breaks is the finding
            return f"{type(error).__name__}: {error}"[:120]

    similar = lambda a, b: float(a @ b)  # noqa: E731
    return {
        "score_X, q=1": tried(lambda: vendi.score_X(rows, q=1)),
        "score_X, q=2": tried(lambda: vendi.score_X(rows, q=2)),
        "score_dual, q=2": tried(lambda: vendi.score_dual(rows, q=2)),
        "score, q=inf": tried(lambda: vendi.score(list(rows), similar, q=np.inf)),
        "intdiv_X": tried(lambda: vendi.intdiv_X(rows)),
    }


def mauve_sizes(draws=5):
    """The reading of one true shift, by rows."""
    import mauve

    found = {}
    for rows in (100, 300, 1_000, 3_000):
        values = []
        for seed in range(draws):
            rng = np.random.default_rng([seed, rows])
            real, made = rng.normal(size=(rows, 16)), rng.normal(0.1, 1.0, size=(rows, 16))
            values.append(mauve.compute_mauve(p_features=real, q_features=made, seed=25).mauve)
        found[rows] = {
            "mean": round(float(np.mean(values)), 3),
            "sd": round(float(np.std(values, ddof=1)), 3),
        }
    return {"draws": draws, "shift of .1 in 16 dimensions": found}


def soup_halves(draws=20):
    """Alarms of the drift alarm, at its default .2, on short texts of one distribution."""
    from soup_cli.utils.drift_alarm import compute_token_distribution, rolling_kl

    found = {}
    for rows in (500, 1_500, 5_000):
        values = []
        for seed in range(draws):
            rng = np.random.default_rng([seed, rows])
            live, reference = (compute_token_distribution(texts(rng, rows, words=8)) for _ in range(2))
            values.append(rolling_kl(live, reference))
        found[rows] = {
            "mean_kl": round(float(np.mean(values)), 2),
            "alarms": int(np.sum(np.array(values) >= 0.2)),
        }
    return {"draws": draws, "same distribution": found}


def diversity_homogenization():
    """Homogenization of disjoint and of identical texts, and its time."""
    from diversity import homogenization_score

    def score(rows):
        start = time.perf_counter()
        return float(homogenization_score(rows, "rougel")), round(time.perf_counter() - start, 1)

    disjoint = [" ".join(letter + str(at) for at in range(10)) for letter in string.ascii_lowercase[:20]]
    times = {
        count: score(texts(np.random.default_rng(count), count, words=60))[1] for count in (50, 100, 200)
    }
    return {
        "disjoint": score(disjoint)[0],
        "identical": score([disjoint[0]] * 20)[0],
        "seconds by rows of 60 words": times,
    }


def diversity_compression():
    """Compression ratios when every text stands there twice, far apart and side by side, and by number of texts."""
    from diversity import compression_ratio, ngram_diversity_score

    rows = texts(np.random.default_rng(0), 1_000)
    sets = {
        "once": rows,
        "twice, far apart": rows * 2,
        "twice, side by side": [t for t in rows for _ in range(2)],
    }
    found = {
        name: {packer: float(compression_ratio(given, packer)) for packer in ("gzip", "xz")}
        for name, given in sets.items()
    }
    sizes = {
        count: {
            "gzip": float(compression_ratio(rows[:count], "gzip")),
            "n-grams": float(ngram_diversity_score(rows[:count], 4)),
        }
        for count in (10, 100, 1_000)
    }
    return {"ratio": found, "by texts": sizes}


CASES = {
    evidently_embeddings: ("evidently", "evidently"),
    evidently_text: ("evidently", "evidently"),
    evidently_psi: ("evidently", "evidently"),
    sdmetrics_shares: ("sdmetrics", "sdmetrics"),
    prdc_identical: ("prdc", "prdc"),
    vendi_orders: ("vendi_score", "vendi-score"),
    mauve_sizes: ("mauve", "mauve-text"),
    soup_halves: ("soup_cli", "soup-cli"),
    diversity_homogenization: ("diversity", "diversity"),
    diversity_compression: ("diversity", "diversity"),
}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("-o", "--output", type=Path, default=RESULT)
    output = parser.parse_args().output
    warnings.simplefilter("ignore")
    found = json.loads(output.read_text()) if output.exists() else {}
    for case, (module, package) in CASES.items():
        try:
            importlib.import_module(module)
        except ImportError:
            continue
        start = time.perf_counter()
        reading = case()
        found[case.__name__] = {"peer": f"{package} {version(package)}", "what": case.__doc__} | reading
        print(f"{case.__name__}: {time.perf_counter() - start:.0f} s {json.dumps(reading)}", flush=True)
    output.parent.mkdir(parents=True, exist_ok=True)
    output.write_text(json.dumps(found, indent=2) + "\n")


if __name__ == "__main__":
    main()
