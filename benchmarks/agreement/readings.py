"""The hook: what a function reads on every pair of anchor and set, kept in a JSON file.

    read_sets(lambda anchor, rows: {"ours": ...}, OUT / "ours.json")

The function gets `n_used` anchor rows and `n_used` rows of the set (seed 0), never a test row, and returns readings by
name. Pairs already in the file are not read again.
"""

from __future__ import annotations

import json
import time
from pathlib import Path
from typing import TYPE_CHECKING

from agreement import tasks

if TYPE_CHECKING:
    from collections.abc import Callable

OUT = Path(__file__).parents[1] / "out/agreement"
"""Figures for each pair are kept here, outside the repository."""

Readings = dict[str, dict[str, dict[str, float]]]


def read_sets(
    fn: Callable[[list[tasks.Row], list[tasks.Row]], dict[str, float]],
    output: Path,
    *,
    seed: int = 0,
    whole_anchor: bool = False,
    only: str = "",
) -> Readings:
    """Readings by task, set and name; `whole_anchor` gives every anchor row instead of as many as the set has."""
    return read_tasks(
        lambda _task, anchor, rows: fn(anchor, rows), output, seed=seed, whole_anchor=whole_anchor, only=only
    )


def read_tasks(
    fn: Callable[[tasks.Task, list[tasks.Row], list[tasks.Row]], dict[str, float]],
    output: Path,
    *,
    seed: int = 0,
    whole_anchor: bool = False,
    only: str = "",
) -> Readings:
    """`read_sets` for functions that want the task too (its script, say)."""
    found: Readings = json.loads(output.read_text()) if output.exists() else {}
    output.parent.mkdir(parents=True, exist_ok=True)
    for task in tasks.load().values():
        if only not in task.name:
            continue
        kept = found.setdefault(task.name, {})
        missing = [name for name in task.sets if name not in kept]
        anchor = task.fit(task.anchor) if whole_anchor else task.draw(task.anchor, seed)
        begun = time.perf_counter()
        for name in missing:
            # another seed than the anchor's: the paraphrases and their sources stand in the same order
            kept[name] = fn(task, anchor, task.draw(task.sets[name].rows, seed + 1))
            output.write_text(json.dumps(found, indent=1) + "\n")
        if missing:
            print(f"{task.name}: {len(missing)} sets in {time.perf_counter() - begun:.0f} s", flush=True)
    return found
