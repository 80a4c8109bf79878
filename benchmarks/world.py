"""Real data for the benchmarks, read from the folder that HOLDFAST_REAL_DATA names."""

from __future__ import annotations

import csv
import json
import os
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable


@dataclass(frozen=True, slots=True)
class Row:
    """A real row."""

    text: str
    label: str | None


def folder() -> Path:
    """The folder with the real data."""
    if "HOLDFAST_REAL_DATA" not in os.environ:
        sys.exit("set HOLDFAST_REAL_DATA to the folder with the real data")
    return Path(os.environ["HOLDFAST_REAL_DATA"])


def clinc150() -> list[Row]:
    """150 intents, 150 rows each, short English requests."""
    data = json.loads((folder() / "clinc150/data_full.json").read_text())
    return [Row(text, label) for part in ("train", "val", "test") for text, label in data[part]]


def banking77() -> list[Row]:
    """77 intents of bank customers, 13,083 rows, uneven."""
    rows = []
    for name in ("train", "test"):
        with (folder() / f"banking77/{name}.csv").open(newline="") as file:
            rows += [Row(row["text"], row["category"]) for row in csv.DictReader(file)]
    return rows


def ag_news() -> list[Row]:
    """News leads in four topics, 7,600 rows of about 40 words."""
    with (folder() / "llm_div_incts/real/ag_news__test_agnews.csv").open(newline="") as file:
        return [Row(row["text"], row["label"]) for row in csv.DictReader(file)]


def dolly() -> list[Row]:
    """Human-written instructions with answers, 3,742 rows, no labels: strata are clusters."""
    with (folder() / "dolly_openqa/open_qa.jsonl").open() as file:
        rows = [json.loads(line) for line in file]
    return [Row(f"{row['instruction']}\n{row['output']}", None) for row in rows]


DATA: dict[str, Callable[[], list[Row]]] = {
    "clinc150": clinc150,
    "banking77": banking77,
    "ag_news": ag_news,
    "dolly": dolly,
}


def records(rows: list[Row], *, labels: bool = True) -> list[dict[str, str]]:
    """Rows as records, with their label or without."""
    return [
        {"text": row.text} | ({"label": row.label} if labels and row.label is not None else {})
        for row in rows
    ]


def thinned(rows: list[Row], rng: np.random.Generator) -> tuple[dict[str, list[str]], list[str], np.ndarray]:
    """Texts by label, labels in random order of rarity, and weights proportional to rank to the minus one half."""
    by_label: dict[str, list[str]] = {}
    for row in rows:
        by_label.setdefault(str(row.label), []).append(row.text)
    order = [sorted(by_label)[i] for i in rng.permutation(len(by_label))]
    weights = np.arange(1, len(order) + 1) ** -0.5
    return by_label, order, weights / weights.sum()
