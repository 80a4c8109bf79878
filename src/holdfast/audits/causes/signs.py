"""Signs: what a battery's readings say, each on one scale, so that patterns can be compared.

A sign is an effect over the smallest effect that would be found in four draws of five: 1 is just visible, 0 is what
reality shows, below 0 is better than reality. It is None where the measure could not answer.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from holdfast.audits.judge import Outcome
    from holdfast.measures.reading import Reading

MOST = 3.0
LEAST = -1.0
"""Signs are cut here: how far beyond visible says nothing more about the cause."""
_VISIBLE = 3.2
"""Standard errors found in four draws of five at one in a hundred: 2.33 + 0.84."""

Signs = dict[str, float | None]


def read_signs(outcomes: Sequence[Outcome], rows: tuple[int, int]) -> Signs:
    """The signs of a battery, by name.

    Args:
        outcomes: The battery.
        rows: Real and candidate rows.

    Most carry the name of their measure. Some measures hold several signs: strata that are lost (`rare_strata`: the rarer,
    the more; `uneven_strata`: whatever their rarity), the ends of `surprisal`, the orders of `diversity_profile`.
    """
    per_row = sum(1.0 / max(count, 1) for count in rows)
    readings = {outcome.measure.name: outcome.reading for outcome in outcomes}
    signs: Signs = {name: _of(reading) for name, reading in readings.items()}
    signs.update(_of_strata(readings.get("stratum_deficit")))
    signs.update(_of_ends(readings.get("surprisal"), per_row))
    signs.update(_of_worth(readings.get("real_equivalent_rows")))
    return signs


def _of(reading: Reading | None) -> float | None:
    if reading is None or not 0 < reading.smallest_detectable < float("inf"):
        return None
    return _cut(reading.effect / reading.smallest_detectable)


def _cut(value: float) -> float:
    return float(np.clip(value, LEAST, MOST))


def _of_strata(reading: Reading | None) -> Signs:
    """Whether rare strata are the ones that lost, and whether strata moved apart whatever their rarity."""
    if reading is None:
        return {"rare_strata": None, "uneven_strata": None}
    known = [row for row in reading.details["strata"] if row["expected_rows"] > 0]
    expected = np.array([row["expected_rows"] for row in known])
    found = np.array([row["candidate_rows"] for row in known], np.float64)
    real = np.array([row["real_rows"] for row in known], np.float64)
    if len(known) < 3 or found.sum() == 0:
        return {"rare_strata": None, "uneven_strata": None}
    declared = bool(reading.details.get("declared"))
    # Both counts are samples, as the expected ones are real rows, scaled; declared shares are known.
    variance = expected if declared else expected * (1.0 + expected / np.maximum(real, 1.0))
    difference = expected - found
    # By both sides together: a stratum that is rare on one of them by accident would seem to change.
    rarity = -np.log(expected if declared else real + found)
    rarity -= (variance * rarity).sum() / variance.sum()
    tilt = float((difference * rarity).sum() / np.sqrt(max((variance * rarity**2).sum(), 1e-9)))
    spread = float((difference**2 / variance).sum()) - tilt**2
    freedom = len(known) - 2
    uneven = (spread - freedom) / np.sqrt(2.0 * freedom)
    return {"rare_strata": _cut(tilt / _VISIBLE), "uneven_strata": _cut(float(uneven) / _VISIBLE)}


def _of_ends(reading: Reading | None, per_row: float) -> Signs:
    names = {"stranger": "strange_rows", "without order": "disordered_rows", "more ordinary": "ordinary_rows"}
    if reading is None:
        return dict.fromkeys(names.values())
    found: Signs = {}
    for end in reading.details["ends"]:
        share = min(max(end["real_share"], 1e-3), 0.999)
        error = np.sqrt(share * (1.0 - share) * per_row)
        found[names[end["end"]]] = _cut((end["candidate_share"] - share) / (error * _VISIBLE))
    return found


def _of_worth(reading: Reading | None) -> Signs:
    """How far coverage and each learner fall short, in doublings of rows."""
    names = ("coverage", "labels", "language")
    if reading is None:
        return {f"worth_by_{name}": None for name in names}
    rows = reading.details["rows"]
    worths: Mapping[str, Any] = {
        "coverage": reading.details["coverage"],
        **{found["name"]: found for found in reading.details["learners"]},
    }
    found: Signs = {}
    for name in names:
        value = worths.get(name, {}).get("real_rows")
        found[f"worth_by_{name}"] = None if not value else _cut(float(np.log2(rows / value)))
    return found
