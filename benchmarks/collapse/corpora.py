"""Corpora of the figure: real rows with known rare classes, and one that is made by a grammar, so that anybody has it."""

from __future__ import annotations

import csv
import json
import os
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from holdfast.lab.bench.corpus import generate_corpus, read_corpus
from holdfast.lab.docstrings import read_docstrings

if TYPE_CHECKING:
    from holdfast.lab.bench.corpus import Corpus


@dataclass(frozen=True, slots=True, kw_only=True)
class Setting:
    """A corpus and how it is dealt.

    Attributes:
        name: Its name.
        size: Rows of every generation.
        tail: Power of the tail that is imposed, or None where strata stay as frequent as they are.
    """

    name: str
    size: int
    tail: float | None


SETTINGS = (
    Setting(name="clinc150", size=5_000, tail=0.5),
    Setting(name="grammar", size=5_000, tail=0.5),
    Setting(name="banking77", size=5_000, tail=0.5),
    Setting(name="docstrings", size=2_500, tail=None),
)
REDUCED = (
    Setting(name="grammar", size=1_500, tail=0.5),
    Setting(name="docstrings", size=1_500, tail=None),
)
"""What is drawn without any data at hand."""


def read(name: str) -> Corpus:
    """The rows of a corpus; those of `HOLDFAST_REAL_DATA` where it is not made on the spot."""
    if name == "grammar":
        return generate_corpus(strata=20, rows_per_stratum=800, name=name)
    if name == "docstrings":
        return read_corpus(read_docstrings(), name=name, text="text", label="module")
    data = Path(os.environ["HOLDFAST_REAL_DATA"])
    if name == "clinc150":
        parts = json.loads((data / "clinc150/data_full.json").read_text(encoding="utf-8"))
        rows = [
            {"text": text, "label": label} for part in ("train", "val", "test") for text, label in parts[part]
        ]
    else:
        rows = []
        for part in ("train", "test"):
            with (data / f"banking77/{part}.csv").open(newline="", encoding="utf-8") as file:
                rows += [
                    {"text": row["text"].strip(), "label": row["category"]} for row in csv.DictReader(file)
                ]
        rows = list({row["text"].lower(): row for row in rows}.values())
    return read_corpus(rows, name=name, text="text", label="label")
