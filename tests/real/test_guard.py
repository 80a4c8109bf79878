"""Filters that people use are caught where they eat the tail of real rows that are new to them. All draws: benchmarks/guard.py."""

import csv
import json

import numpy as np
import pytest

from holdfast.remedies.curate.filters import ON_REQUEST
from holdfast.remedies.curate.guard import guard
from holdfast.remedies.sides import read_beside
from holdfast.stats.bands import membership

pytestmark = pytest.mark.real
TOLERANCE = 0.05


def table(file, text, label):
    with file.open(newline="") as handle:
        return [(row[text], row[label]) for row in csv.DictReader(handle)]


def load(name, folder):
    if name == "clinc150":
        data = json.loads((folder / "clinc150/data_full.json").read_text())
        return [pair for part in ("train", "val", "test") for pair in data[part]]
    if name == "banking77":
        return table(folder / "banking77/train.csv", "text", "category")
    files = {
        "news": "ag_news__test_agnews.csv",
        "films": "sst5__test_sst.csv",
        "shops": "yelp__test_yelp.csv",
    }
    return table(folder / "llm_div_incts/real" / files[name], "text", "label")


@pytest.mark.parametrize("name", ["clinc150", "banking77", "news", "films", "shops"])
def test_filters_that_eat_the_tail_are_caught(real_data, name):
    rng = np.random.default_rng(0)
    by = {}
    rows = load(name, real_data)
    for at in rng.permutation(len(rows)):
        text, label = rows[at]
        by.setdefault(label, []).append({"text": text, "label": str(label)})
    weights = np.arange(1, len(by) + 1) ** -0.5
    counts = np.minimum(
        np.ceil(1_000 * weights / weights.sum()), [len(own) // 2 for own in by.values()]
    ).astype(int)
    real = [row for own, count in zip(by.values(), counts, strict=True) for row in own[:count]]
    fresh = [row for own, count in zip(by.values(), counts, strict=True) for row in own[count : 2 * count]]
    sides = read_beside(fresh, real=real).sides
    strata = sides.candidate.strata
    tail = (strata >= 0) & (membership(np.bincount(sides.known).astype(float))[np.maximum(strata, 0)] == 0)
    # The guard looks at real rows, the test at new ones: a filter that takes as much as is let pass takes a little more or less.
    chance = 3 * np.sqrt(TOLERANCE / tail.sum())
    eaten = 0
    for one in ON_REQUEST:
        if one.name == "paraphrases":
            continue
        marks = one(sides)
        guarded = guard(sides, marks, tolerance=TOLERANCE, on_tail="relax")
        if marks.candidate[tail].mean() > TOLERANCE + chance:
            eaten += 1
            assert guarded.decision == "relaxed", one.name
        assert guarded.marks[tail].mean() <= TOLERANCE + chance, one.name
        if guarded.decision == "relaxed":
            assert not guard(sides, marks, tolerance=TOLERANCE, on_tail="stop").marks.any()
    assert eaten >= 2
