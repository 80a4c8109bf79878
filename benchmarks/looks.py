"""Looking again and again: how often a history raises a false alarm, and how soon a true one.

A history is a loop of 20 looks at two benchmarks of 200 items each; items differ in how hard they are, every generation answers the same ones, and all
looks hold the newest generation against the same earlier ones. Without decline every alarm is false. With decline, one of the two benchmarks falls by so
many points a generation. Beside it stands who tests the newest generation against the best before it at the full rate, look by look
(McNemar's exact test).

    python benchmarks/looks.py --histories 2000 --declines 200

Writes benchmarks/results/looks.json.
"""

from __future__ import annotations

import argparse
import json
import time
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

import numpy as np
from scipy.stats import beta

from holdfast.cycles.history import Figure, Generation, history
from holdfast.data.scores import Items
from holdfast.stats.paired import mcnemar

LOOKS, ITEMS, SERIES, ALPHA = 20, 200, 2, 0.05
START = 0.7
FALLS = (0.005, 0.01, 0.02, 0.04)
"""Points a generation that the first benchmark loses."""
IDS = tuple(str(item) for item in range(ITEMS))


def answers(fall: float, rng: np.random.Generator) -> list[np.ndarray]:
    """0 or 1 by generation and item, one array a benchmark; only the first benchmark falls."""
    found = []
    for series in range(SERIES):
        skill = START - (fall if series == 0 else 0.0) * np.arange(LOOKS + 1)
        hard = rng.normal(size=ITEMS)
        # Half of what decides an answer is the item, half is chance; quantiles of their sum make the skill what it is.
        cut = np.quantile(
            np.add.outer(rng.normal(size=2_000), rng.normal(size=50)).ravel(), np.clip(skill, 0.02, 1)
        )
        found.append((hard + rng.normal(size=(LOOKS + 1, ITEMS)) < cut[:, None]).astype(float))
    return found


def generations(values: list[np.ndarray]) -> list[Generation]:
    return [
        Generation(
            name=f"{at}",
            figures=tuple(
                Figure(
                    group="benchmarks",
                    task=f"task {series}",
                    metric="acc",
                    higher_is_better=True,
                    value=float(array[at].mean()),
                    items=Items(ids=IDS, values=array[at]),
                )
                for series, array in enumerate(values)
            ),
        )
        for at in range(LOOKS + 1)
    ]


def one(job: tuple[float, int]) -> tuple[int | None, int | None]:
    """The first look that alarms, by holdfast and without care; None where none does."""
    fall, seed = job
    values = answers(fall, np.random.default_rng([seed, int(1e4 * fall)]))
    found = history(generations(values), alpha=ALPHA, seed=seed)
    watched = found.skills if fall == 0 else found.skills[:1]
    careful = next(
        (look for look in range(1, LOOKS + 1) if any(s.judged[look].state == "dropped" for s in watched)),
        None,
    )
    return careful, naive(values if fall == 0 else values[:1])


def naive(values: list[np.ndarray]) -> int | None:
    for look in range(1, LOOKS + 1):
        for array in values:
            best, now = array[int(array[:look].mean(axis=1).argmax())], array[look]
            if mcnemar(int((best > now).sum()), int((best < now).sum())) <= ALPHA:
                return look
    return None


def rate(hits: int, draws: int) -> dict:
    low = 0.0 if hits == 0 else float(beta.ppf(0.025, hits, draws - hits + 1))
    high = 1.0 if hits == draws else float(beta.ppf(0.975, hits + 1, draws - hits))
    return {"alarms": hits, "histories": draws, "share": hits / draws, "interval_95": [low, high]}


def delay(looks: list[int | None]) -> dict:
    """Looks until the alarm; a history without one counts as later than all looks."""
    at = sorted(LOOKS + 1 if look is None else look for look in looks)
    middle = at[len(at) // 2]
    return {
        "seen": sum(look is not None for look in looks) / len(looks),
        "median_look": None if middle > LOOKS else middle,
        "nine_in_ten_by_look": None if at[int(0.9 * len(at))] > LOOKS else at[int(0.9 * len(at))],
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--histories", type=int, default=2_000)
    parser.add_argument("--declines", type=int, default=200)
    parser.add_argument("--workers", type=int, default=1)
    parser.add_argument("--out", default=str(Path(__file__).parent / "results" / "looks.json"))
    asked = parser.parse_args()
    start = time.monotonic()
    with ProcessPoolExecutor(asked.workers) as pool:
        still = list(pool.map(one, [(0.0, seed) for seed in range(asked.histories)], chunksize=10))
        falling = {
            fall: list(pool.map(one, [(fall, seed) for seed in range(asked.declines)], chunksize=5))
            for fall in FALLS
        }
    result = {
        "looks": LOOKS,
        "items": ITEMS,
        "series": SERIES,
        "alpha": ALPHA,
        "start": START,
        "false_alarms": {
            "holdfast": rate(sum(a is not None for a, _ in still), len(still)),
            "naive": rate(sum(b is not None for _, b in still), len(still)),
        },
        "declines": [
            {
                "points_a_generation": 100 * fall,
                "histories": len(found),
                "holdfast": delay([a for a, _ in found]),
                "naive": delay([b for _, b in found]),
            }
            for fall, found in falling.items()
        ],
        "seconds": round(time.monotonic() - start),
    }
    Path(asked.out).write_text(json.dumps(result, indent=1) + "\n", encoding="utf-8")
    print(json.dumps(result, indent=1))


if __name__ == "__main__":
    main()
