"""inspect_ai: logs as `.json`, or as `.eval` through its own package."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from holdfast.data.scores.numbers import number, table, whole
from holdfast.data.scores.score import Items, Score
from holdfast.errors import InputError, MissingExtra

if TYPE_CHECKING:
    from pathlib import Path

NAME = "inspect_ai"
_LETTERS = {"C": 1.0, "I": 0.0, "P": 0.5, "N": 0.0}
"""Correct, incorrect, partial, no answer."""
_MEANS = ("accuracy", "mean")


def recognises(body: Any) -> bool:
    """Whether a file's content is of this harness."""
    return isinstance(body, dict) and "eval" in body and "status" in body


def unpack(file: Path) -> dict[str, Any]:
    """The content of an `.eval` file.

    Raises:
        InputError: It cannot be read.
        MissingExtra: inspect_ai is not installed.
    """
    try:
        from inspect_ai.log import read_eval_log
    except ImportError as error:
        raise MissingExtra(
            "an .eval file is read by inspect_ai, which is not installed",
            where=str(file),
            do="pip install inspect_ai, or write the log as JSON: inspect log convert --to json",
        ) from error
    try:
        found: dict[str, Any] = read_eval_log(str(file)).model_dump(mode="json")
    except Exception as error:
        raise InputError(f"cannot be read: {error}", where=str(file)) from error
    return found


def read(body: dict[str, Any], file: Path) -> list[Score]:
    """All scores of a log.

    Raises:
        InputError: The run did not end well, or was called invalid.
    """
    if body.get("status") != "success":
        raise InputError(
            f"the run did not succeed, its status is {body.get('status')!r}",
            where=str(file),
            do="Run it again",
        )
    if body.get("invalidated"):
        raise InputError("the run was called invalid by its people", where=str(file))
    about, results = table(body.get("eval")), table(body.get("results"))
    notes = []
    total, done = whole(results.get("total_samples")), whole(results.get("completed_samples"))
    if total is not None and done is not None and done < total:
        notes.append(f"{done:,} of {total:,} samples were completed")
    found = []
    scores = results.get("scores")
    for score in map(table, scores if isinstance(scores, list) else []):
        scorer = str(score.get("scorer") or score.get("name"))
        name = str(score.get("name"))
        metrics = table(score.get("metrics"))
        for metric, entry in metrics.items():
            if metric in ("stderr", "std", "var", "bootstrap_stderr"):
                continue
            # Its standard error is one of the mean; other metrics have none of their own.
            of_mean = metric in _MEANS
            error = (
                (table(metrics.get("stderr")) or table(metrics.get("bootstrap_stderr"))) if of_mean else {}
            )
            rows = whole(score.get("scored_samples"))
            # Items are what the metric is the mean of only where repeats were averaged.
            plain = of_mean and score.get("reducer") in (None, "mean")
            found.append(
                Score(
                    model=str(about.get("model") or "unnamed"),
                    task=str(about.get("task")),
                    metric=metric,
                    filter=scorer if scorer == name else f"{scorer}/{name}",
                    value=number(table(entry).get("value")),
                    standard_error=number(error.get("value")),
                    rows=total if rows is None else rows,
                    conditions=_conditions(about) | {"reducer": score.get("reducer")},
                    notes=tuple(notes),
                    items=_items(body.get("samples"), name) if plain else None,
                    harness=NAME,
                    file=str(file),
                )
            )
    return found


def _conditions(about: dict[str, Any]) -> dict[str, Any]:
    dataset, config = table(about.get("dataset")), table(about.get("config"))
    found = {
        "task_version": about.get("task_version"),
        "task_args": about.get("task_args"),
        "model_generate_config": about.get("model_generate_config"),
        "dataset.name": dataset.get("name"),
        "dataset.location": dataset.get("location"),
        "dataset.samples": dataset.get("samples"),
        "dataset.sample_ids": dataset.get("sample_ids"),
        "dataset.shuffled": dataset.get("shuffled"),
        "config.limit": config.get("limit"),
        "config.epochs": config.get("epochs"),
    }
    return {key: value for key, value in found.items() if value is not None}


def _items(samples: Any, scorer: str) -> Items | None:
    """One value a sample: epochs are repeats of it, and their mean counts."""
    found: dict[str, list[float]] = {}
    for sample in samples if isinstance(samples, list) else []:
        score = table(table(sample).get("scores")).get(scorer)
        value = table(score).get("value")
        read = _LETTERS.get(value) if isinstance(value, str) and value in _LETTERS else number(value)
        if read is None:
            return None
        found.setdefault(str(sample.get("id")), []).append(read)
    if not found:
        return None
    return Items(
        ids=tuple(found), values=np.array([np.mean(values) for values in found.values()], np.float64)
    )
