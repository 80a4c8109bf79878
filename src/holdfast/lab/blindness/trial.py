"""Trial: one loss planted once, and what the audit made of it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from holdfast.audits import audit
from holdfast.audits.needs import need
from holdfast.errors import UsageError
from holdfast.lab.bench.instance import plant
from holdfast.lab.bench.plan import stream
from holdfast.lab.blindness.losses import FRESH, LOSSES

if TYPE_CHECKING:
    from collections.abc import Sequence

    from holdfast.audits import Audit
    from holdfast.audits.judge import Verdict
    from holdfast.lab.bench.corpus import Row
    from holdfast.lab.blindness.deal import Ground

_LABEL = "label"
_EVEN = "all labels are about equally frequent, so none can be favoured"


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """What is planted: a loss by name, its dose, and the number of the deal."""

    loss: str
    dose: float
    repeat: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Trial:
    """What became of a job.

    Attributes:
        job: What was planted.
        verdict: The audit's; None where the loss could not be planted.
        failed: Judged measures that failed the candidate.
        warned: Measures that warned.
        reason: Why it is undetermined, or was not planted.
    """

    job: Job
    verdict: Verdict | None
    failed: tuple[str, ...] = ()
    warned: tuple[str, ...] = ()
    reason: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Bench:
    """Everything a trial needs but its job."""

    ground: Ground
    alpha: float
    draws: int
    seed: int

    def try_out(self, job: Job) -> Trial:
        """Plant a loss and audit what came of it.

        The deal depends on the number of the repeat alone: all losses and doses of one repeat stand on the same anchor.
        """
        digest = self.ground.corpus.digest
        pools = self.ground.deal(stream("deal", digest, self.ground.size, self.seed, job.repeat))
        candidate: tuple[Row, ...] = pools.source
        if job.loss != FRESH:
            loss = next(loss for loss in LOSSES if loss.name == job.loss)
            if loss.of_frequency and self.ground.even:
                return Trial(job=job, verdict=None, reason=_EVEN)
            rng = stream("plant", digest, self.seed, job.loss, job.dose, job.repeat)
            try:
                candidate = plant(loss.scenario, pools, job.dose, rng).candidate
            except UsageError as error:
                return Trial(job=job, verdict=None, reason=error.what)
        label = _LABEL if pools.labelled else None
        found = audit(
            _plain(candidate),
            real=_plain(pools.anchor),
            text="text",
            label=label,
            alpha=self.alpha,
            draws=self.draws,
            seed=int(stream("audit", self.seed, job.repeat).integers(2**31)),
        )
        return Trial(
            job=job,
            verdict=found.verdict,
            failed=tuple(o.measure.name for o in found.outcomes if o.verdict == "fail"),
            warned=tuple(o.measure.name for o in found.outcomes if o.verdict == "warn"),
            reason=_reason(found) if found.verdict == "undetermined" else None,
        )


def _plain(rows: Sequence[Row]) -> list[dict[str, Any]]:
    # Unlabelled rows carry no label key at all: an audit must not take an empty column for strata.
    return [{"text": row.text} | ({} if row.label is None else {_LABEL: row.label}) for row in rows]


def _reason(found: Audit) -> str:
    silent = [o for o in found.outcomes if o.verdict == "undetermined" and o.measure.judged]
    first = next((o for o in silent if o.measure.decisive), silent[0])
    needed = need(first, found)
    return f"{first.measure.title}: {first.reason}{f'; {needed}' if needed else ''}"
