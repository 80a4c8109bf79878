"""Are filters that eat the tail caught, and what does that cost?

    HOLDFAST_REAL_DATA=folder python benchmarks/guard.py

Typicality, confidence and outlier filters, as people run them, and as controls the usual filters that cut a score at 1 % of reality, on fresh real rows of eight data sets and on what models wrote for them. The
guard sees the anchor alone. What a filter really takes of the rarest tenth is counted on the fresh rows, which are all good. *Caught* means
relaxed or stopped. The cost: rows that a model made and that the filter may not take any more, and seconds. Writes results/guard.json.
"""

from __future__ import annotations

import json
import sys
import time
from pathlib import Path
from typing import Any

import numpy as np

sys.path.insert(0, str(Path(__file__).parent))
from agreement import tasks
from holdfast.remedies.curate.filters import DEFAULTS, ON_REQUEST
from holdfast.remedies.curate.guard import guard
from holdfast.remedies.sides import read_beside
from holdfast.stats.bands import membership

TOLERANCE = 0.05
DRAWS = 5
ROWS = 1_000
FILTERS = [one for one in ON_REQUEST if one.name != "paraphrases"]
CONTROLS = [one for one in DEFAULTS if one.name in ("off_topic", "label_noise", "surprisal")]
SETS = {
    "clinc150": "crowd_vs_gpt/clinc150",
    "banking77": "gptaug/banking",
    "ag_news": "llm_div/ag_news",
    "topics": "multiling_cls/en-topic",
    "films": "movie_sentiment->MR",
    "sst5": "llm_div/sst5",
    "yelp": "llm_div/yelp",
    "sentiment": "multiling_cls/en-sentiment",
}


def rows_of(rows: list[tasks.Row]) -> list[dict[str, str]]:
    """As records."""
    return [{"id": str(at), "text": row.text, "label": row.label} for at, row in enumerate(rows)]


def uneven(rows: list[tasks.Row], rng: np.random.Generator) -> tuple[list[tasks.Row], list[tasks.Row]]:
    """Two disjoint draws whose strata are uneven: by the root of their rank, so that there is a tail."""
    by: dict[str, list[tasks.Row]] = {}
    for at in rng.permutation(len(rows)):
        by.setdefault(rows[at].label, []).append(rows[at])
    names = [sorted(by)[at] for at in rng.permutation(len(by))]
    weights = np.arange(1, len(names) + 1) ** -0.5
    most = min(ROWS, len(rows) // 2)
    take = np.minimum(np.ceil(weights / weights.sum() * most), [len(by[name]) // 2 for name in names])
    first = [row for name, count in zip(names, take.astype(int), strict=True) for row in by[name][:count]]
    second = [
        row
        for name, count in zip(names, take.astype(int), strict=True)
        for row in by[name][count : 2 * count]
    ]
    return first, second


def rarest(strata: np.ndarray, known: np.ndarray, count: int) -> np.ndarray:
    """bool [n], rows of the rarest tenth, by the anchor's counts."""
    sizes = np.bincount(known[known >= 0], minlength=count).astype(float)
    return (strata >= 0) & (membership(sizes)[np.maximum(strata, 0)] == 0)


def one(task: tasks.Task, seed: int) -> list[dict[str, Any]]:
    """Every filter on one draw."""
    rng = np.random.default_rng(seed)
    every = [*task.fit(task.anchor), *task.test]
    real, fresh = uneven(every, rng)
    made = [row for entry in task.sets.values() if not entry.human for row in task.fit(entry.rows)]
    made = [made[at] for at in rng.permutation(len(made))[:ROWS]]
    columns = {"text": "text", "label": "label", "id": "id"}
    new = read_beside(rows_of(fresh), real=rows_of(real), seed=seed, **columns).sides
    written = read_beside(rows_of(made), real=rows_of(real), seed=seed, **columns).sides
    tail = rarest(new.candidate.strata, new.known, len(new.labels))
    found = []
    for filter_ in (*FILTERS, *CONTROLS):
        started = time.perf_counter()
        marks = filter_(new)
        read = time.perf_counter() - started
        if isinstance(marks, str):
            found.append({"filter": filter_.name, "unable": marks})
            continue
        started = time.perf_counter()
        guarded = guard(new, marks, tolerance=TOLERANCE, on_tail="relax")
        spent = time.perf_counter() - started
        theirs = filter_(written)
        spared = guard(written, theirs, tolerance=TOLERANCE, on_tail="relax")
        found.append(
            {
                "filter": filter_.name,
                "tail_rows": int(tail.sum()),
                "strata": len(new.labels),
                "toll": guarded.tolls[0].share,
                "decision": guarded.decision,
                "taken_of_tail": float(marks.candidate[tail].mean()),
                "taken_after": float(guarded.marks[tail].mean()),
                "taken": float(marks.candidate.mean()),
                "made_marked": float(theirs.candidate.mean()),
                "made_spared": spared.spared / len(written.candidate),
                "filter_seconds": read,
                "guard_seconds": spent,
            }
        )
    return found


def main() -> None:
    """Runs everything."""
    loaded = tasks.load()
    found: dict[str, Any] = {}
    for name, task in SETS.items():
        draws = [one(loaded[task], seed) for seed in range(DRAWS)]
        for at, filter_ in enumerate((*FILTERS, *CONTROLS)):
            cells = [draw[at] for draw in draws if "unable" not in draw[at]]
            if not cells:
                found[f"{name}, {filter_.name}"] = {"unable": draws[0][at]["unable"]}
                continue
            eats = [cell["taken_of_tail"] > TOLERANCE for cell in cells]
            caught = [cell["decision"] in ("relaxed", "stopped") for cell in cells]
            means = {
                key: float(np.mean([cell[key] for cell in cells]))
                for key in cells[0]
                if key not in ("filter", "decision")
            }
            found[f"{name}, {filter_.name}"] = {
                "draws": len(cells),
                "eats_the_tail": sum(eats),
                "caught": sum(caught),
                "missed": sum(e and not c for e, c in zip(eats, caught, strict=True)),
                "caught_wrongly": sum(c and not e for e, c in zip(eats, caught, strict=True)),
                "strata": cells[0]["strata"],
                **means,
            }
            print(
                f"{name}, {filter_.name}: takes {means['taken']:.0%} of fresh rows and {means['taken_of_tail']:.0%} of their rarest tenth; "
                f"caught {sum(caught)} of {len(cells)}, missed {found[f'{name}, {filter_.name}']['missed']}; then {means['taken_after']:.1%}; "
                f"of made rows {means['made_marked']:.0%} marked, {means['made_spared']:.0%} spared; guard {1000 * means['guard_seconds']:.1f} ms",
                flush=True,
            )
    (Path(__file__).parent / "results/guard.json").write_text(
        json.dumps({"machine": {"cores": 2}, "sets": found}, indent=1) + "\n"
    )


if __name__ == "__main__":
    main()
