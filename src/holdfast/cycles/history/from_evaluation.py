"""Figures from an evaluation: the folder of `holdfast evaluate`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from holdfast.cycles.history.generation import Figure, Reality
from holdfast.cycles.history.kinds import of_measure
from holdfast.data.scores import Items
from holdfast.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Mapping

    import pyarrow as pa
    from numpy.typing import NDArray

    from holdfast.cycles.history.generation import Group

SCHEMA = "holdfast.evaluation/1"
HARNESS = "holdfast evaluate"
BITS = "bits per byte"
_PERPLEXITIES = {
    "self": "Its own samples, under itself",
    "frozen": "Its own samples, under the frozen reference",
}
_SAMPLING = ("anchor", "frozen", "prompts", "samples", "temperature", "top_p", "most_tokens")
_JUDGING = (*_SAMPLING, "judge", "draws")


def read_evaluation(body: Mapping[str, Any], rows: pa.Table | None, file: str) -> list[Figure]:
    """Figures of an evaluation.

    Args:
        body: `evaluation.json`.
        rows: `rows.parquet`; without it generations are compared by standard errors.
        file: Where the evaluation stands.

    Raises:
        InputError: A key is missing, so it is no evaluation of this schema.
    """
    try:
        return [
            *_holdout(body, rows, file),
            *_perplexities(body, file),
            *_model(body, file),
            *_samples(body, file),
        ]
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise InputError(
            f"is an evaluation that lacks {error}", where=file, do="Evaluate the model again"
        ) from error


def _holdout(body: Mapping[str, Any], rows: pa.Table | None, file: str) -> list[Figure]:
    """Bits per byte of the holdout: overall, in bands, in strata; beside the frozen reference's."""
    found = []
    holdout = body["holdout"]
    lines: list[tuple[Group, str, str | None, Mapping[str, Any]]] = [
        ("perplexity", "Real rows it never saw", None, holdout)
    ]
    lines += [("tail", f"Real rows of the {line['name']}", "band", line) for line in holdout["bands"]]
    lines += [("strata", str(line["name"]), "stratum", line) for line in holdout["strata"]]
    numbers = None if rows is None else _numbers(rows)
    for group, task, column, line in lines:
        figure = line["bits_per_byte"]
        low, high = figure["interval"] or (None, None)
        found.append(
            Figure(
                group=group,
                task=task,
                metric="bits_per_byte",
                unit=BITS,
                higher_is_better=False,
                value=figure["value"],
                low=low,
                high=high,
                standard_error=figure["standard_error"],
                rows=line["rows"],
                items=None
                if rows is None or numbers is None or figure["value"] is None
                else _items(rows, numbers, column, line["name"]),
                reality=_frozen(line["frozen_bits_per_byte"]),
                conditions={
                    **_conditions(body, ("anchor", "frozen", "holdout")),
                    "bytes read": line["bytes"],
                },
                harness=HARNESS,
                file=file,
                notes=(figure["reason"],) if figure["reason"] else (),
            )
        )
    return found


def _numbers(rows: pa.Table) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.int64]]:
    """Bits, bytes and unit of each row; what was not read is 0 of both."""
    size = np.array(rows.column("bytes").to_pylist(), np.float64)
    bits = np.nan_to_num(np.array(rows.column("bits").to_pylist(), np.float64))
    units = (
        np.array(rows.column("unit").to_pylist(), np.int64)
        if "unit" in rows.column_names
        else np.arange(rows.num_rows)
    )
    return bits, np.nan_to_num(size), units


def _items(
    rows: pa.Table,
    numbers: tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.int64]],
    column: str | None,
    name: str,
) -> Items | None:
    """What each independent row adds: its bits, so scaled that their mean is the bits per byte of all."""
    bits, size, units = numbers
    inside = size > 0
    if column is not None:
        inside &= np.array(rows.column(column).to_pylist(), object) == name
    if not inside.any():
        return None
    ids = np.array(rows.column("id").to_pylist(), object)[inside]
    # Rows that repeat each other are one observation, known by the first of them.
    _, first, numbered = np.unique(units[inside], return_index=True, return_inverse=True)
    total = np.bincount(numbered.reshape(-1), bits[inside])
    return Items(
        ids=tuple(str(ids[place]) for place in first), values=total * (len(total) / size[inside].sum())
    )


def _perplexities(body: Mapping[str, Any], file: str) -> list[Figure]:
    """Two perplexities of what it wrote. Neither is better lower or higher: a model that draws together lowers both."""
    found = []
    for key, task in _PERPLEXITIES.items():
        value, reality = body["perplexities"][key]["value"], body["perplexities"][key]["reality"]
        low, high = value["interval"] or (None, None)
        found.append(
            Figure(
                group="perplexity",
                task=task,
                metric="bits_per_byte",
                filter=key,
                unit=BITS,
                value=value["value"],
                low=low,
                high=high,
                standard_error=value["standard_error"],
                rows=body["samples"]["rows"],
                reality=_frozen(reality),
                conditions=_conditions(body, _SAMPLING),
                harness=HARNESS,
                file=file,
                notes=(value["reason"],) if value["reason"] else (),
            )
        )
    return found


def _model(body: Mapping[str, Any], file: str) -> list[Figure]:
    """How often its guesses come true, and whether it knows."""
    found = []
    among = body["mass"]["among"]
    if among["value"] is not None:
        low, high = among["interval"] or (None, None)
        found.append(
            Figure(
                group="benchmarks",
                task="Next token among its ten likeliest",
                metric="accuracy",
                filter="real rows",
                percent=True,
                higher_is_better=True,
                value=among["value"],
                low=low,
                high=high,
                standard_error=among["standard_error"],
                conditions=_conditions(body, ("anchor", "holdout")),
                harness=HARNESS,
                file=file,
            )
        )
    known = body["calibration"]
    if known["error"] is not None:
        null = known["null"]
        found.append(
            Figure(
                group="other",
                task="Calibration error",
                metric="calibration",
                percent=True,
                higher_is_better=False,
                value=known["error"],
                rows=known["tokens"],
                reality=Reality(value=null["median"], low=null["low"], high=null["high"]),
                conditions=_conditions(body, ("anchor", "holdout")),
                harness=HARNESS,
                file=file,
            )
        )
    return found


def _samples(body: Mapping[str, Any], file: str) -> list[Figure]:
    """What an audit of its samples read, each beside what reality scores."""
    found = []
    percents = _percents()
    for reading in body["samples"]["readings"]:
        name = str(reading["name"])
        group, upward = of_measure(name)
        low, high = reading["interval"] or (None, None)
        null = reading["null"]
        found.append(
            Figure(
                group=group,
                task=str(reading["title"]),
                metric=name,
                filter="samples",
                unit=str(reading["unit"]),
                percent=percents.get(name, False),
                higher_is_better=upward,
                value=reading["value"],
                low=low,
                high=high,
                standard_error=(high - low) / (2 * 1.96)
                if low is not None and high is not None and high > low
                else None,
                rows=body["samples"]["rows"],
                reality=None
                if null is None
                else Reality(value=null["median"], low=null["low"], high=null["high"]),
                conditions=_conditions(body, _JUDGING),
                harness=HARNESS,
                file=file,
                verdict=reading["verdict"],
                notes=(reading["reason"],) if reading["reason"] else (),
            )
        )
    each = body["samples"].get("per_prompt")
    if each is not None and each["distinct_share"] is not None:
        found.append(
            Figure(
                group="diversity",
                task="Different answers to one prompt",
                metric="distinct_share",
                percent=True,
                higher_is_better=True,
                value=each["distinct_share"],
                rows=each["prompts"],
                reality=None if each["reality"] is None else Reality(value=each["reality"]),
                conditions=_conditions(body, _SAMPLING),
                harness=HARNESS,
                file=file,
            )
        )
    return found


def _percents() -> dict[str, bool]:
    from holdfast.measures import MEASURES as READ

    return {measure.name: measure.percent for measure in READ}


def _conditions(body: Mapping[str, Any], names: tuple[str, ...]) -> dict[str, Any]:
    """None stands for "there was none" here, which is a condition like any other."""
    given = body["conditions"]
    return {name: "none" if given[name] is None else given[name] for name in names if name in given}


def _frozen(figure: Mapping[str, Any]) -> Reality | None:
    if figure["value"] is None:
        return None
    low, high = figure["interval"] or (None, None)
    return Reality(value=figure["value"], low=low, high=high)
