"""Looks at a training: what the same real rows cost the model now and cost it before, and whether that is too much.

Each look spends its share of the error rate, so that a training which loses nothing is stopped by chance in at most `alpha` of cases,
however long it is watched.
"""

from __future__ import annotations

import base64
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal, get_args

import numpy as np

from holdfast.audits.generation import paired_losses
from holdfast.audits.generation.losses import OVERALL
from holdfast.cycles.gates.margins import Lost, judge_loss, sum_up
from holdfast.errors import InputError, UsageError, unknown
from holdfast.measures.model.rates import Rate, ratio_of_sums
from holdfast.stats.bands import BANDS
from holdfast.stats.looks import level_at

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from holdfast.audits.generation import Loss
    from holdfast.cycles.gates.verdict import Verdict
    from holdfast.cycles.watch.rows import Steering

Against = Literal["start", "best"]
_SIGN = {"pass": 1.0, "undetermined": 0.0, "fail": -1.0}


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """What may be lost.

    Attributes:
        margin: Bits per byte by band; empty where nothing is judged.
        alpha: The error rate over all looks at one training.
        against: `start` for the model before its first step, `best` for the look so far at which rows overall cost least.
    """

    margin: Mapping[str, float]
    alpha: float
    against: Against

    def check(self, rows: Steering) -> None:
        """Refuses what cannot be judged by these rows.

        Raises:
            UsageError: A number or a name that does not fit.
            InputError: A band is asked for, and the rows have none.
        """
        if not 0 < self.alpha < 1:
            raise UsageError("an error rate lies between 0 and 1", where="alpha", do="For example 0.05")
        if self.against not in get_args(Against):
            raise unknown("yardstick", str(self.against), list(get_args(Against)))
        for name, margin in self.margin.items():
            if name not in (OVERALL, *(band for band, _, _ in BANDS)):
                raise unknown("band", str(name), [OVERALL, *(band for band, _, _ in BANDS)])
            if isinstance(margin, bool) or not isinstance(margin, int | float) or not 0 < margin < np.inf:
                raise UsageError(
                    "a margin is a number of bits per byte above 0", where=f"margin, {name}", do="Such as 0.1"
                )
            if name != OVERALL and rows.unbanded:
                raise InputError(
                    f"{rows.unbanded}, and {name!r} is a band of them",
                    where=rows.name,
                    do="Give rows with a label, or a margin for overall alone",
                )


@dataclass(frozen=True, slots=True, kw_only=True)
class Costs:
    """What the rows cost a model at one step.

    Attributes:
        step: Steps of training it had.
        bits: float64 [n].
        bytes: int64 [n].
    """

    step: int
    bits: NDArray[np.float64]
    bytes: NDArray[np.int64]


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """What one look found.

    Attributes:
        number: Looks at this training, this one included.
        step: Steps of training the model had.
        level: The error rate that it may spend; None where nothing is judged.
        against: The step of the model that it is held against.
        rates: Bits per byte, overall and by band, where there are rows enough.
        losses: What is lost, overall and by band.
        verdict: The verdict; None where nothing is judged.
    """

    number: int
    step: int
    level: float | None
    against: int
    rates: Mapping[str, Rate]
    losses: tuple[Loss, ...]
    verdict: Verdict | None

    @property
    def failed(self) -> bool:
        """Whether a loss surely exceeds its margin."""
        return self.verdict is not None and self.verdict.verdict == "fail"

    def figures(self) -> dict[str, float]:
        """Numbers for a trainer's log; what is not known is not in it."""
        found = flat_rates(self.rates)
        judged = {one["name"]: one for one in self.verdict.findings} if self.verdict else {}
        for loss in self.losses:
            if loss.loss is None:
                continue
            place = _place(loss.band)
            found[f"{place}loss"] = loss.loss
            interval = judged.get(loss.band, {}).get("interval")
            if interval is not None:
                found[f"{place}loss_low"], found[f"{place}loss_high"] = interval
        if self.verdict is not None:
            found["holdfast/verdict"] = _SIGN[self.verdict.verdict]
        found["holdfast/look"] = float(self.number)
        return found


class Watch:
    """A training that is looked at: its yardstick, and how often it was looked at.

    Args:
        rows: The rows that steer.
        rule: What may be lost.
    """

    def __init__(self, rows: Steering, rule: Rule) -> None:
        rule.check(rows)
        self.rows, self.rule = rows, rule
        self.taken = 0
        self._start: Costs | None = None
        self._best: Costs | None = None

    @property
    def begun_at(self) -> int | None:
        """The step at which the yardstick was taken; None before."""
        return None if self._start is None else self._start.step

    def begin(self, costs: Costs) -> dict[str, Rate]:
        """Takes the yardstick; what the rows cost it, per byte."""
        self.taken, self._start, self._best = 0, costs, costs
        return self._rates(costs)

    def look(self, costs: Costs) -> Look:
        """Takes a look."""
        start, best = self._start, self._best
        if start is None or best is None:
            raise ValueError("a training is looked at after its yardstick was taken")
        self.taken += 1
        yardstick = start if self.rule.against == "start" else best
        losses = paired_losses(
            self.rows.table(yardstick.bits, yardstick.bytes), self.rows.table(costs.bits, costs.bytes)
        )
        if costs.bits.sum() < best.bits.sum():
            self._best = costs
        level = level_at(self.taken, self.rule.alpha) if self.rule.margin else None
        return Look(
            number=self.taken,
            step=costs.step,
            level=level,
            against=yardstick.step,
            rates=self._rates(costs),
            losses=losses,
            verdict=None if level is None else self._judge(losses, level, yardstick.step),
        )

    def _judge(self, losses: tuple[Loss, ...], level: float, step: int) -> Verdict:
        # The best of several looks was partly lucky. Any of them could have been it, and each pair has its share.
        yardsticks = 1 if self.rule.against == "start" else self.taken
        each = level / (len(self.rule.margin) * yardsticks)
        found = {loss.band: loss for loss in losses}
        name = "the model before training" if step == 0 else f"step {step:,}"
        return sum_up(
            [
                judge_loss(
                    Lost(
                        kind="band",
                        name=band,
                        against=name,
                        loss=found[band].loss,
                        standard_error=found[band].standard_error,
                        rows=found[band].rows,
                        reason=found[band].reason,
                    ),
                    margin,
                    each,
                )
                for band, margin in self.rule.margin.items()
            ]
        )

    def _rates(self, costs: Costs) -> dict[str, Rate]:
        bands = np.array(self.rows.bands, object)
        inside = {OVERALL: np.ones(len(bands), bool)} | {name: bands == name for name, _, _ in BANDS}
        found = {
            name: ratio_of_sums(costs.bits[own], costs.bytes[own].astype(np.float64), self.rows.units[own])
            for name, own in inside.items()
        }
        return {name: rate for name, rate in found.items() if isinstance(rate, Rate)}

    def state(self) -> dict[str, Any]:
        """What a checkpoint must hold so that looking goes on where it was, as JSON."""
        return {
            "rows": self.rows.digest,
            "taken": self.taken,
            "start": _packed(self._start),
            "best": _packed(self._best),
        }

    def restore(self, state: Mapping[str, Any]) -> bool:
        """Goes on where a checkpoint was; False where it was watched by other rows, or not at all."""
        if state.get("rows") != self.rows.digest or not state.get("start") or not state.get("best"):
            return False
        self._start, self._best = _unpacked(state["start"]), _unpacked(state["best"])
        self.taken = int(state["taken"])
        return True


def flat_rates(rates: Mapping[str, Rate]) -> dict[str, float]:
    """Bits per byte for a trainer's log."""
    return {f"{_place(name)}bits_per_byte": rate.value for name, rate in rates.items()}


def _place(band: str) -> str:
    return "holdfast/" if band == OVERALL else f"holdfast/{band.replace(' ', '_')}/"


def _packed(costs: Costs | None) -> dict[str, Any] | None:
    if costs is None:
        return None
    bits, size = (
        base64.b64encode(values.astype(kind).tobytes()).decode()
        for values, kind in ((costs.bits, "<f8"), (costs.bytes, "<i8"))
    )
    return {"step": costs.step, "bits": bits, "bytes": size}


def _unpacked(state: Mapping[str, Any]) -> Costs:
    bits = np.frombuffer(base64.b64decode(state["bits"]), "<f8").astype(np.float64)
    size = np.frombuffer(base64.b64decode(state["bytes"]), "<i8").astype(np.int64)
    return Costs(step=int(state["step"]), bits=bits, bytes=size)
