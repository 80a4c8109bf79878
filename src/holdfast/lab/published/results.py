"""Results: an experiment is carried out, and what came of it turns into plain data and back (`holdfast.laboratory/1`).

The plain data say nothing of time or machine: two runs of one seed are the same. What they say of holding is for readers;
read back, it is judged anew from the numbers.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from hashlib import sha256
from typing import TYPE_CHECKING, Any, Literal

import msgspec

from holdfast.errors import InputError
from holdfast.lab.published.experiment import Outcome  # noqa: TC001 - msgspec reads the types
from holdfast.version import __version__

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    import numpy as np

    from holdfast.lab.published.experiment import Check, Curve, Experiment

SCHEMA = "holdfast.laboratory/1"
_MOST = 1_000
"""Experiments, or numbers, curves or notes of one, beyond which a file is none of ours."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """An experiment, as it was run and as it came out: enough for a page that stands alone.

    Attributes:
        id: `L1` to `L18`.
        title: What happens in it.
        question: What one wants to know by it.
        setup: What was drawn, how often and how large.
        source: Who published what was expected.
        seed: Seed it was run with.
        holdfast_version: Version it was run with.
        outcome: What came out.
    """

    id: str
    title: str
    question: str
    setup: str
    source: str
    seed: int
    holdfast_version: str
    outcome: Outcome


@dataclass(frozen=True, slots=True, kw_only=True)
class _File:
    schema: Literal["holdfast.laboratory/1"]
    experiments: tuple[dict[str, Any], ...]


def generator(seed: int, id: str) -> np.random.Generator:
    """The generator of one experiment: it depends on the seed and the experiment, and not on what else is run.

    >>> int(generator(0, "L5").integers(1000)) == int(generator(0, "L5").integers(1000))
    True
    >>> int(generator(0, "L5").integers(1000)) == int(generator(0, "L6").integers(1000))
    False
    """
    import numpy as np

    return np.random.default_rng([seed, int.from_bytes(sha256(id.encode()).digest()[:8], "big")])


def carry_out(experiment: Experiment, seed: int, progress: Callable[[str], None]) -> Result:
    """Run an experiment with a generator of its own."""
    outcome = experiment.run(generator(seed, experiment.id), progress)
    return Result(
        id=experiment.id,
        title=experiment.title,
        question=experiment.question,
        setup=experiment.setup,
        source=experiment.source,
        seed=seed,
        holdfast_version=__version__,
        outcome=outcome,
    )


def plain_results(results: Iterable[Result]) -> dict[str, Any]:
    """Results as plain data, in the order of the catalogue."""
    ordered = sorted(results, key=lambda result: place(result.id))
    return {"schema": SCHEMA, "experiments": [_plain(result) for result in ordered]}


def place(id: str) -> tuple[int, str]:
    """Where an experiment stands in the catalogue.

    >>> sorted(["L10", "L9", "aside"], key=place)
    ['L9', 'L10', 'aside']
    """
    number = id[1:]
    return (int(number) if number.isascii() and number.isdigit() else 10**9, id)


def read_results(body: object, where: str) -> tuple[Result, ...]:
    """Results from plain data.

    Args:
        body: What a file of ours held.
        where: Its name, for a message.

    Raises:
        InputError: The data are not ours, or damaged.
    """
    try:
        entries = msgspec.convert(body, _File).experiments
        results = tuple(_result(entry) for entry in entries)
        _check(results)
    except (msgspec.ValidationError, ValueError) as error:
        raise InputError(
            f"these are no results of the laboratory: {error}", where=where, do="Give another folder with -o"
        ) from error
    return results


def _check(results: tuple[Result, ...]) -> None:
    if len({result.id for result in results}) < len(results):
        raise ValueError("an experiment stands there twice")
    for result in results:
        outcome = result.outcome
        parts = (outcome.checks, outcome.notes, outcome.figure.curves)
        if len(results) > _MOST or any(len(part) > _MOST for part in parts):
            raise ValueError("there are too many of them")
        for curve in outcome.figure.curves:
            bands = {len(curve.low), len(curve.high)}
            if len(curve.x) != len(curve.y) or (bands != {0} and bands != {len(curve.x)}):
                raise ValueError(f"a curve of {result.id} has more places than values, or fewer")


def _plain(result: Result) -> dict[str, Any]:
    outcome = result.outcome
    return {
        "id": result.id,
        "title": result.title,
        "question": result.question,
        "setup": result.setup,
        "source": result.source,
        "seed": int(result.seed),
        "holdfast_version": result.holdfast_version,
        "holds": bool(outcome.checks) and all(map(_holds, outcome.checks)),
        "checks": [
            {
                "name": check.name,
                "relation": check.relation,
                "expected": _finite(check.expected),
                "measured": _finite(check.measured),
                "standard_error": None if check.standard_error is None else _finite(check.standard_error),
                "floor": _finite(check.floor),
                "tolerance": _finite(check.tolerance),
                "holds": _holds(check),
            }
            for check in outcome.checks
        ],
        "figure": {
            "x": outcome.figure.x,
            "y": outcome.figure.y,
            "log_x": bool(outcome.figure.log_x),
            "log_y": bool(outcome.figure.log_y),
            "curves": [_plain_curve(curve) for curve in outcome.figure.curves],
        },
        "notes": list(outcome.notes),
    }


def _plain_curve(curve: Curve) -> dict[str, Any]:
    numbers = {name: [_finite(value) for value in getattr(curve, name)] for name in ("x", "y", "low", "high")}
    return {"name": curve.name, "kind": curve.kind, **numbers}


def _holds(check: Check) -> bool:
    """Whether a check holds as far as its file can say: what is not finite is null there, and holds nowhere."""
    numbers = (check.expected, check.measured, check.tolerance)
    return all(map(math.isfinite, numbers)) and bool(check.holds)


def _finite(value: float) -> float | None:
    """A number, or None where there is none: JSON has neither NaN nor infinity."""
    number = float(value)
    return number if math.isfinite(number) else None


def _result(entry: Mapping[str, Any]) -> Result:
    filled = _filled(entry)
    return msgspec.convert(filled | {"outcome": filled}, Result)


def _filled(entry: Mapping[str, Any]) -> dict[str, Any]:
    """An entry in which numbers that are not known are NaN again."""
    made = dict(entry)
    checks = msgspec.convert(made.get("checks"), list[dict[str, Any]])
    made["checks"] = [
        {name: _number(value) if name in ("expected", "measured") else value for name, value in check.items()}
        for check in checks
    ]
    figure = dict(msgspec.convert(made.get("figure"), dict[str, Any]))
    curves = msgspec.convert(figure.get("curves"), list[dict[str, Any]])
    figure["curves"] = [
        {
            name: [_number(number) for number in value] if isinstance(value, list) else value
            for name, value in curve.items()
        }
        for curve in curves
    ]
    return made | {"figure": figure}


def _number(value: object) -> object:
    return math.nan if value is None else value
