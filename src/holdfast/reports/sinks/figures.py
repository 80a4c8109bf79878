"""Figures: what goes out of a loop, as a function of what is on record. A value never goes without what reality scores in its place.

data_gate/<measure>/value, reality_low, reality_median, reality_high, low, high, effect, tolerance
model_gate/<band or task>/<yardstick>/loss, low, high, margin
evaluate/bits_per_byte/<band>/value, low, high, frozen_value, frozen_low, frozen_high
evaluate/samples/<measure>/value, reality_low, ...
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import msgspec

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path

    from holdfast.cycles.journal import Event
    from holdfast.reports.sinks.sink import Role, Value

SCHEMA = "holdfast.evaluation/1"


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    """Something that is kept.

    Attributes:
        path: Its place, relative to the project.
        digest: What it must be.
        role: What it is to its cycle.
    """

    path: str
    digest: str
    role: Role


Found = dict[tuple[int, str], "Value | Kept"]
_Figures = dict[str, "Value | Kept"]


def figures(
    events: Iterable[Event],
    project: Path,
    intervals: Mapping[tuple[int, str], tuple[float, float]] | None = None,
) -> Found:
    """All figures of these events, by cycle and name; what was done again is there once, as it stands now.

    Args:
        events: In their order.
        project: The project's folder: evaluations are read from its stages.
        intervals: Of readings of the data gate, by cycle and measure, where its record has none.
    """
    found: Found = {}
    for event in events:
        if event.cycle is None:
            continue
        for name, value in _of(event, project, intervals or {}).items():
            found[event.cycle, name] = value
    return found


def _of(event: Event, project: Path, intervals: Mapping[tuple[int, str], tuple[float, float]]) -> _Figures:
    body, cycle = event.body, event.cycle or 0
    if event.kind == "gate":
        return _gate(event, intervals)
    if event.kind == "stage_ended":
        return _stage(event, project)
    if event.kind == "model":
        kept = Kept(path=body["where"], digest=body["digest"] or "unknown", role="model")
        return {"model": kept, "train/generation_depth": _known(body["depth"])}
    if event.kind == "snapshot" and event.snapshot is not None:
        short = event.snapshot.removeprefix("sha256:")[:16]
        return {"snapshot": Kept(path=f"snapshots/{short}", digest=event.snapshot, role="snapshot")}
    outcome = "stopped" if event.kind == "cycle_stopped" else body.get("outcome")
    return {} if cycle == 0 or outcome is None else {"cycle/outcome": str(outcome)}


def _gate(event: Event, intervals: Mapping[tuple[int, str], tuple[float, float]]) -> _Figures:
    body, gate = event.body, str(event.stage)
    found: _Figures = {
        f"{gate}/verdict": body["verdict"],
        f"{gate}/look": body["look"]["number"],
        f"{gate}/level": body["look"]["level"],
    }
    read = _loss if gate == "model_gate" else _reading
    for finding in body["findings"]:
        given = finding.get("interval") or intervals.get((event.cycle or 0, finding["name"]))
        found |= {f"{gate}/{name}": value for name, value in read(finding, given).items()}
    return found


def _stage(event: Event, project: Path) -> _Figures:
    cycle = event.cycle or 0
    if event.stage == "blend":
        return _blended(event.body["facts"], cycle)
    if event.stage == "evaluate":
        file = project / "work" / f"{cycle:04d}" / "evaluate" / "evaluation" / "evaluation.json"
        return {f"evaluate/{name}": value for name, value in evaluated(_read(file)).items()}
    return {}


def evaluated(body: Mapping[str, Any] | None) -> _Figures:
    """Figures of an evaluation (`holdfast.evaluation/1`); none where it is none."""
    if body is None or body.get("schema") != SCHEMA:
        return {}
    found: _Figures = {}
    holdout = body["holdout"]
    for line in (holdout, *holdout["bands"]):
        name = f"bits_per_byte/{line['name']}"
        found |= _figure(name, "", line["bits_per_byte"])
        found |= _figure(name, "frozen_", line["frozen_bits_per_byte"])
    for name, pair in body["perplexities"].items():
        if isinstance(pair, dict):
            found |= _figure(f"perplexities/{name}", "", pair["value"])
            found |= _figure(f"perplexities/{name}", "reality_", pair["reality"])
    for name, figure in body["mass"].items():
        found |= _figure(f"mass/{name}", "", figure)
    calibration = body["calibration"]
    found |= _beside("calibration", calibration["error"], _band(calibration["null"]), None)
    samples = body["samples"]
    found["samples/verdict"] = samples["verdict"]
    for reading in samples["readings"]:
        name = f"samples/{reading['name']}"
        found |= _beside(name, reading["value"], _band(reading["null"]), reading["interval"])
        found[f"{name}/effect"] = _known(reading["effect"])
    return found


def _reading(finding: Mapping[str, Any], interval: tuple[float, float] | None) -> _Figures:
    name = str(finding["name"])
    found = _beside(name, finding.get("value"), finding.get("reality"), interval)
    found |= {f"{name}/{key}": _known(finding.get(key)) for key in ("effect", "tolerance")}
    return found | {f"{name}/verdict": finding["verdict"]}


def _loss(finding: Mapping[str, Any], interval: tuple[float, float] | None) -> _Figures:
    name = f"{finding['name']}/{finding['against']}"
    low, high = interval or (None, None)
    return {
        f"{name}/loss": _known(finding["loss"]),
        f"{name}/low": _known(low),
        f"{name}/high": _known(high),
        f"{name}/margin": _known(finding["margin"]),
        f"{name}/verdict": finding["verdict"],
    }


def _blended(facts: Mapping[str, Any], cycle: int) -> _Figures:
    kept = Kept(path=f"work/{cycle:04d}/blend/blend", digest=facts["data_hash"], role="training")
    found: _Figures = {
        "training": kept,
        "blend/rows": _known(facts["rows"]),
        "blend/generation_depth": _known(facts["depth"]),
    }
    return found | {f"blend/source/{name}/rows": _known(rows) for name, rows in facts["realised"].items()}


def _beside(name: str, value: float | None, reality: Any, interval: Any) -> _Figures:
    low, median, high = reality or (None, None, None)
    found: _Figures = {
        f"{name}/value": _known(value),
        f"{name}/reality_low": _known(low),
        f"{name}/reality_median": _known(median),
        f"{name}/reality_high": _known(high),
    }
    if interval is not None:
        found |= {f"{name}/low": _known(interval[0]), f"{name}/high": _known(interval[1])}
    return found


def _figure(name: str, prefix: str, figure: Mapping[str, Any]) -> _Figures:
    low, high = figure["interval"] or (None, None)
    return {
        f"{name}/{prefix}value": _known(figure["value"]),
        f"{name}/{prefix}low": _known(low),
        f"{name}/{prefix}high": _known(high),
    }


def _band(null: Mapping[str, Any] | None) -> tuple[Any, Any, Any] | None:
    return None if null is None else (null["low"], null["median"], null["high"])


def _known(value: float | None) -> float | None:
    return value if value is not None and math.isfinite(value) else None


def _read(file: Path) -> Mapping[str, Any] | None:
    """An evaluation; a program of the user's may have left none, or one of its own."""
    try:
        found = msgspec.json.decode(file.read_bytes())
    except (OSError, msgspec.DecodeError):
        return None
    return found if isinstance(found, dict) else None
