"""lighteval: `results_<time>.json`, and Parquet files of details."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from holdfast.data.scores.numbers import beside, number, table, whole
from holdfast.data.scores.score import Items, Score
from holdfast.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

NAME = "lighteval"
_NOTHING = "ef46db3751d8e999"
"""The hash of nothing: what lighteval writes where it hashed no example."""


def recognises(body: Any) -> bool:
    """Whether a file's content is of this harness."""
    return isinstance(body, dict) and "config_general" in body and isinstance(body.get("results"), dict)


def read(body: dict[str, Any], file: Path) -> list[Score]:
    """All scores of a file; means over tasks are left out, and so are their "standard errors", which are means of such."""
    general = table(body.get("config_general"))
    model = general.get("model_name") or table(general.get("model_config")).get("model_name") or "unnamed"
    found = []
    for name, values in body["results"].items():
        if name == "all" or ":_average" in name or not isinstance(values, dict):
            continue
        task, shots = _told(name)
        detail = _details(file, name)
        of_task = table(table(body.get("config_tasks")).get(name))
        rows = whole(of_task.get("effective_num_docs"))
        for metric, value in values.items():
            if metric.endswith("_stderr"):
                continue
            found.append(
                Score(
                    model=str(model),
                    task=task,
                    metric=metric,
                    value=number(value),
                    standard_error=number(values.get(f"{metric}_stderr")),
                    rows=None if rows is not None and rows < 0 else rows,
                    conditions={
                        "versions": table(body.get("versions")).get(name),
                        "shots": shots,
                        "max_samples": general.get("max_samples"),
                        "effective_num_docs": None if rows is not None and rows < 0 else rows,
                        "hash_examples": _hash(body, name),
                    },
                    items=_items(detail, metric),
                    harness=NAME,
                    file=str(file),
                )
            )
    return found


def _told(name: str) -> tuple[str, str]:
    """Task and shots of a key: `suite|task|shots`, with a fourth part in older files that says whether shots may be cut.

    >>> _told("leaderboard|arc:challenge|25"), _told("leaderboard|arc:challenge|25|0"), _told("arc")
    (('leaderboard|arc:challenge', '25'), ('leaderboard|arc:challenge', '25'), ('arc', ''))
    """
    parts = name.split("|")
    if len(parts) == 4:
        parts = parts[:3]
    return ("|".join(parts[:-1]), parts[-1]) if len(parts) > 1 else (name, "")


def _hash(body: dict[str, Any], name: str) -> str | None:
    summary = table(body.get("summary_tasks"))
    hashes = table(table(summary.get(name)).get("hashes"))
    found = hashes.get("hash_examples")
    return None if not found or found == _NOTHING else str(found)


def _details(file: Path, name: str) -> list[dict[str, Any]]:
    """Rows of the details of a task, from the folder where lighteval puts them or from beside the results."""
    time = file.stem.removeprefix("results_")
    wanted = f"details_{name}_{time}.parquet".replace("/", "_")
    # <out>/results/<model>/results_<time>.json and <out>/details/<model>/<time>/details_<task>_<time>.parquet
    places: Sequence[Path] = [file.parent / wanted]
    for above in list(file.parents)[:4]:
        inner = file.parent.relative_to(above).parts
        if inner and inner[0] == "results":
            places = [*places, above.joinpath("details", *inner[1:], time, wanted)]
    place = next((place for place in places if beside(place)), None)
    if place is None:
        return []
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        rows: list[dict[str, Any]] = pq.read_table(place).to_pylist()
    except (OSError, pa.ArrowException) as error:
        raise InputError(f"cannot be read: {error}", where=str(place)) from error
    return rows


def _items(rows: list[dict[str, Any]], metric: str) -> Items | None:
    values, ids = [], []
    for at, row in enumerate(rows):
        # Documented with underscores, written without.
        metrics = table(row.get("metric", row.get("__metric__")))
        doc = table(row.get("doc", row.get("__doc__")))
        value = number(metrics.get(metric))
        if value is None:
            return None
        values.append(value)
        ids.append(str(doc.get("id") or at))
    if not values or len(set(ids)) < len(ids):
        return None
    return Items(ids=tuple(ids), values=np.array(values, np.float64))
