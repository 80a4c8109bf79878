"""What is kept of a run: a line of JSON, found again by what it depends on, so that no run is made twice."""

from __future__ import annotations

import json
import os
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pathlib import Path

    from holdfast.lab.collapse.readings import Reading

VERSION = 1
"""Raised where what is done in a run has changed: earlier runs are then made again."""


def key_of(
    *, corpus: str, size: int, tail: float | None, seed: int, arm: str, learner: str
) -> dict[str, Any]:
    return {
        "version": VERSION,
        "corpus": corpus,
        "size": size,
        "tail": tail,
        "seed": seed,
        "arm": arm,
        "learner": learner,
    }


def read_runs(file: Path) -> list[dict[str, Any]]:
    """All runs; a line that was cut short by a kill is left out."""
    if not file.exists():
        return []
    runs = []
    for line in file.read_text(encoding="utf-8").splitlines():
        try:
            runs.append(json.loads(line))
        except ValueError:
            continue
    return runs


def add_run(file: Path, key: dict[str, Any], generations: list[dict[str, Any]], seconds: float) -> None:
    line = json.dumps(
        {"key": key, "seconds": round(seconds), "generations": generations}, separators=(",", ":")
    )
    file.parent.mkdir(parents=True, exist_ok=True)
    # In one write, so that two processes may share a store.
    handle = os.open(file, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o644)
    try:
        os.write(handle, f"{line}\n".encode())
        os.fsync(handle)
    finally:
        os.close(handle)


def plain(reading: Reading, first: Reading) -> dict[str, Any]:
    """A generation, with how many exam rows it gets wrong that generation 0 got right, and the other way round."""
    pairs = list(zip(first.right, reading.right, strict=True))
    found = {
        "generation": reading.generation,
        "rows": reading.rows,
        "real": reading.real,
        "written": reading.written,
        "accuracy": reading.accuracy,
        "weighted_accuracy": reading.weighted_accuracy,
        "rare_recall": reading.rare_recall,
        "bits_per_byte": reading.bits_per_byte,
        "tail_bits_per_byte": reading.tail_bits_per_byte,
        "words": list(reading.words),
        "row_words": reading.row_words,
        "pairs": list(reading.pairs),
        "strata": reading.strata,
        "fell": pairs.count(("1", "0")),
        "rose": pairs.count(("0", "1")),
    }
    if reading.worth is not None:
        found["worth"] = reading.worth
    if reading.gates:
        found["gates"] = dict(reading.gates)
    if reading.halted is not None:
        found["halted"] = reading.halted
    return {name: _short(value) for name, value in found.items()}


def _short(value: Any) -> Any:
    if isinstance(value, float):
        return float(f"{value:.5g}")
    if isinstance(value, list):
        return [_short(one) for one in value]
    return value
