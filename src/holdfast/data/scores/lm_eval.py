"""lm-evaluation-harness: `results_<time>.json`, and `samples_<task>_<time>.jsonl` beside it."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

import numpy as np

from holdfast.data.scores.numbers import beside, json_lines, number, table, whole
from holdfast.data.scores.score import Items, Score

if TYPE_CHECKING:
    from pathlib import Path

NAME = "lm-evaluation-harness"
_FIXED = {"name", "alias", "sample_len", "sample_count", "samples", " "}
# Kept as the file has them, below the names that the file gives them.
_WHOLE_RUN = ("chat_template_sha", "system_instruction_sha", "fewshot_as_multiturn")
_OF_CONFIG = ("gen_kwargs", "fewshot_seed")


def recognises(body: Any) -> bool:
    """Whether a file's content is of this harness."""
    return (
        isinstance(body, dict)
        and isinstance(body.get("results"), dict)
        and ("versions" in body or "configs" in body or "n-shot" in body)
        and "config_general" not in body
    )


def read(body: dict[str, Any], file: Path) -> list[Score]:
    """All scores of a file; aggregates over tasks are left out."""
    groups = {name for name, members in table(body.get("group_subtasks")).items() if members}
    groups |= set(table(body.get("groups")))
    found = []
    samples: dict[str, list[dict[str, Any]]] = {}
    for task, values in body["results"].items():
        if task in groups or not isinstance(values, dict):
            continue
        for name, value in values.items():
            metric, _, filter_ = name.partition(",")
            if name in _FIXED or metric.endswith("_stderr"):
                continue
            if task not in samples:
                samples[task] = _samples(file, task)
            better = table(table(body.get("higher_is_better")).get(task)).get(metric)
            found.append(
                Score(
                    model=_model(body),
                    task=task,
                    metric=metric,
                    filter=filter_,
                    value=number(value),
                    # Old files have no filter in their keys.
                    standard_error=number(
                        values.get(f"{metric}_stderr,{filter_}" if filter_ else f"{metric}_stderr")
                    ),
                    rows=whole(table(table(body.get("n-samples")).get(task)).get("effective")),
                    higher_is_better=better if isinstance(better, bool) else None,
                    conditions=_conditions(body, task),
                    items=_items(samples[task], metric, filter_),
                    harness=NAME,
                    file=str(file),
                )
            )
    return found


def _model(body: dict[str, Any]) -> str:
    config = table(body.get("config"))
    arguments = config.get("model_args")
    named = body.get("model_name") or (
        table(arguments).get("pretrained") if isinstance(arguments, dict) else arguments
    )
    revision = config.get("model_sha") or config.get("model_revision")
    name = str(named or config.get("model") or "unnamed")
    return f"{name}@{revision}" if revision and revision != "main" else name


def _conditions(body: dict[str, Any], task: str) -> dict[str, Any]:
    config = table(body.get("config"))
    found = {
        "versions": table(body.get("versions")).get(task),
        "n-shot": table(body.get("n-shot")).get(task),
        "n-samples.effective": table(table(body.get("n-samples")).get(task)).get("effective"),
        # Null says that there was none; a file without the key says nothing.
        **{key: "none" if body[key] is None else body[key] for key in _WHOLE_RUN if key in body},
        **{f"config.{key}": config.get(key) for key in _OF_CONFIG},
        "task_hashes": table(body.get("task_hashes")).get(task),
    }
    return {key: None if value in ("N/A", "") else value for key, value in found.items()}


def _samples(file: Path, task: str) -> list[dict[str, Any]]:
    time = file.stem.removeprefix("results_")
    place = file.parent / f"samples_{task}_{time}.jsonl".replace("/", "_")
    return json_lines(place) if beside(place) else []


def _items(samples: list[dict[str, Any]], metric: str, filter_: str) -> Items | None:
    """One value a document; a document is known by its hash, and by its place where two have one."""
    rows = [row for row in samples if str(row.get("filter", "none")) == (filter_ or "none")]
    named = [(str(row.get("doc_hash") or row.get("doc_id")), number(row.get(metric))) for row in rows]
    if not named or any(value is None for _, value in named):
        return None
    seen: Counter[str] = Counter()
    ids = []
    for name, _ in named:
        seen[name] += 1
        ids.append(name if seen[name] == 1 else f"{name}#{seen[name]}")
    return Items(ids=tuple(ids), values=np.array([value for _, value in named], np.float64))
