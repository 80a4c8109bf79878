"""Auditing rewards: read the log, line it up with people's labels, take the readings."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from holdfast.audits.reward.result import RewardAudit
from holdfast.data.preferences import Preferences, joined, read_preferences
from holdfast.data.rewards import RewardLog, read_rewards
from holdfast.errors import UsageError, unknown
from holdfast.measures.model.reward import (
    ChosenLogp,
    RewardAccuracy,
    RewardFall,
    RewardGap,
    RewardLength,
    RewardTeacher,
    SharedErrors,
    TurningPoint,
    line_up,
)
from holdfast.measures.reading import Calibration
from holdfast.views.ratings import read_ratings

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

MEASURES = (
    RewardGap(),
    RewardAccuracy(),
    RewardFall(),
    ChosenLogp(),
    TurningPoint(),
    RewardLength(),
    RewardTeacher(),
    SharedErrors(),
)


def audit_rewards(
    log: Any,
    *,
    people: Preferences,
    judge: str | Path | Preferences | None = None,
    teacher: str | None = None,
    beta: float | None = None,
    seed: int = 0,
    progress: Callable[[str], None] = lambda _: None,
) -> RewardAudit:
    """Hold rewards of a model in training against people's labels of the same pairs.

    Args:
        log: Whatever `read_rewards` takes, or a log.
        people: Pairs and labels of a frozen anchor, or any pairs that people labelled.
        judge: Labels by the judge that training used, of the anchor's pairs or of others that the log scores.
        teacher: The judge's name among the annotators, where there are several; by default all that are no people, of `judge`
            or, without it, of none.
        beta: Of implicit rewards, where the log does not give it.
        seed: Of all draws.
        progress: Called with a word about what is done next.

    Raises:
        InputError: A file cannot be read, or the log scores no pair that people labelled.
        UsageError: There is no such teacher.
    """
    if seed < 0:
        raise UsageError("the seed is a number of at least 0", where="--seed")
    progress("reading rewards")
    read = log if isinstance(log, RewardLog) else read_rewards(log, beta=beta)
    union, names = _with_judge(people, judge, teacher)
    progress("lining up")
    run = line_up(read, union, names)
    null = Calibration(seed=seed)
    readings = []
    for measure in MEASURES:
        progress(measure.title.lower())
        readings.append(measure(run, null))
    return RewardAudit(
        log=read.name,
        anchor=people.name,
        judge=tuple(sorted(names)),
        steps=len(run.steps),
        pairs=int(run.decided.sum()),
        unmatched=run.unmatched,
        readings=tuple(readings),
        pair_ids=tuple(union.pairs.column("pair_id").to_pylist()),
        notes=(*read.notes, *_notes(run.unmatched)),
        seed=seed,
    )


def _with_judge(
    people: Preferences, judge: str | Path | Preferences | None, teacher: str | None
) -> tuple[Preferences, frozenset[str]]:
    """Pairs and labels of both, and the names of the judge's annotators."""
    if judge is None:
        known = [rater.name for rater in read_ratings(people).judges]
        if teacher is not None and teacher not in known:
            raise unknown("annotator", teacher, known or ["(none; give the judge's labels with --judge)"])
        return people, frozenset(() if teacher is None else (teacher,))
    labels = judge if isinstance(judge, Preferences) else read_preferences(judge, annotator_type="ai_judge")
    names = [rater.name for rater in read_ratings(labels).judges]
    if not names:
        raise UsageError(
            "all labels in it are by people",
            where="--judge",
            do="Give the labels of the judge that training used",
        )
    if teacher is not None and teacher not in names:
        raise unknown("annotator", teacher, names)
    # The anchor's pairs come first and keep their rows.
    union, _ = joined(people, labels)
    return union, frozenset(names if teacher is None else (teacher,))


def _notes(unmatched: int) -> tuple[str, ...]:
    return (
        (f"{unmatched:,} rows of the log speak of no labelled pair and were left out.",) if unmatched else ()
    )
