"""What a plan says, as plain data."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

State = Literal["lost", "kept", "undetermined"]
Verdict = Literal["plan", "none_needed", "refused"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Range:
    """A number and the 90 % interval around it."""

    median: float
    low: float
    high: float


@dataclass(frozen=True, slots=True, kw_only=True)
class StratumPlan:
    """One stratum, or several rare ones that are planned for as one.

    Attributes:
        name: Its name.
        pooled: How many strata it stands for.
        real: Rows in the anchor.
        made: Rows in the candidate.
        survival: Share of its mass that one generation keeps.
        state: `lost` where that is surely below 1, `kept` where a loss of the size that matters is ruled out, else
            `undetermined`.
        real_share: Real share that keeps the asked retention in the long run, if this stratum alone were to decide.
        quota: By how much its made rows are to be multiplied instead; None where none is made.
        retention: Its retention after the asked rounds at the ratio that is judged.
        rows_needed: Real rows of it that would show a survival like this one, where it is undetermined.
        seen: What this round's survival is read from: rows before, all rows before, rows after, all rows after.
    """

    name: str
    pooled: int
    real: int
    made: int
    survival: Range
    state: State
    real_share: Range
    quota: Range | None
    retention: Range
    rows_needed: int | None = None
    seen: tuple[float, float, float, float] = (0.0, 0.0, 0.0, 0.0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Noise:
    """What finite rounds cost beside any bias, in units of the error of one round's real rows.

    Attributes:
        protocol: What the next model learns from.
        error: After the asked rounds, or in the long run.
        said: How it was computed, in words.
    """

    protocol: str
    error: float
    said: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Trial:
    """One blend that was tried.

    Attributes:
        made: Made rows beside all real rows that may be learnt from.
        mix: How strata share the made rows; empty without any.
        loss: Squared error of the learner on unseen real rows, mean over strata, so that rare ones count as much as others.
        worse: By how much that is above the best trial's.
        error: Standard error of that difference, over strata and rows of the exam.
    """

    made: int
    mix: str
    loss: float
    worse: float
    error: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Pick:
    """What the trials say.

    Attributes:
        made: Made rows of the pick.
        mix: How strata share them.
        helps: Whether made rows help: `yes` where they surely do, `no` where no gain that matters can be, or `undetermined`.
        trials: All trials, the best first.
        real: Real rows with a label.
        exam: Real rows that were examined.
    """

    made: int
    mix: str
    helps: str
    trials: tuple[Trial, ...]
    real: int
    exam: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Moved:
    """What becomes of the ratio, given earlier rounds.

    Attributes:
        before: The ratio of the last round that named one.
        after: The ratio now; None where none is needed or can be named.
        why: Why it moves, or stays.
    """

    before: float | None
    after: float | None
    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """A plan.

    Attributes:
        verdict: `plan` with a ratio, `none_needed` where no loss can be told from chance, or `refused`.
        sentence: The answer in words.
        retention: Share of every stratum that is to be kept.
        rounds: For how many rounds, or None for the long run.
        protocol: What the next model learns from.
        real_share: The real share it takes, where there is a plan.
        fresh: The same for a real set of the candidate's size: what reality itself would have been asked for.
        binding: The stratum that decides.
        judged_share: The real share whose consequences `retention` of the strata shows.
        judged_rounds: After how many rounds; 50 stand for the long run, 5 where nothing holds the loop for longer.
        strata: All strata, the binding one first.
        rows: Real and made rows that were counted, after copies.
        noise: What finite rounds cost.
        slope: How much more a stratum loses when it has become rarer; 0 where that could not be told.
        notes: What is assumed, and what would change the plan.
        moved: What becomes of the ratio, where earlier rounds were given.
        trials: What blends that were tried say, where a budget was given.
    """

    verdict: Verdict
    sentence: str
    retention: float
    rounds: int | None
    protocol: str
    real_share: Range | None
    fresh: Range
    binding: str | None
    judged_share: float
    judged_rounds: int
    strata: tuple[StratumPlan, ...]
    rows: tuple[int, int]
    noise: Noise
    slope: float
    notes: tuple[str, ...] = field(default=())
    moved: Moved | None = None
    trials: Pick | None = None
