"""Auditing rewards: read the log, line it up with people's labels, take the readings."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from holdfast.anchors.preferences import PreferenceAnchor, open_preference_anchor
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
    anchor: str | Path | PreferenceAnchor | None = None,
    real: Any = None,
    judge: str | Path | Preferences | None = None,
    judge_name: str | None = None,
    beta: float | None = None,
    seed: int = 0,
    progress: Callable[[str], None] = lambda _: None,
) -> RewardAudit:
    """Hold rewards of a model in training against people's labels of the same pairs.

    Args:
        log: Whatever `read_rewards` takes, or a log.
        anchor: A frozen anchor of people's labels, its folder or opened: all its parts are read, the holdout, too; or
        real: pairs that people labelled, as `read_preferences` reads them. Exactly one of the two.
        judge: Labels by the judge that training used, of the anchor's pairs or of others that the log scores.
        judge_name: The judge's name among the annotators, where there are several; by default all that are no people, of `judge`
            or, without it, of none.
        beta: Of implicit rewards, where the log does not give it.
        seed: Of all draws.
        progress: Called with a word about what is done next.

    Raises:
        InputError: A file cannot be read, or the log scores no pair that people labelled.
        UsageError: There is no such judge, or not exactly one of `anchor` and `real`.
    """
    if seed < 0:
        raise UsageError("the seed is a number of at least 0", where="--seed")
    if (anchor is None) == (real is None):
        raise UsageError(
            "give either a frozen anchor or pairs that people labelled", where="--anchor / --real"
        )
    people = _people(anchor, real)
    progress("reading rewards")
    read = log if isinstance(log, RewardLog) else read_rewards(log, beta=beta)
    union, names = _with_judge(people, judge, judge_name)
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


def _people(anchor: str | Path | PreferenceAnchor | None, real: Any) -> Preferences:
    if anchor is None:
        return real if isinstance(real, Preferences) else read_preferences(real, annotator_type="human")
    opened = anchor if isinstance(anchor, PreferenceAnchor) else open_preference_anchor(anchor)
    # What nobody may train on is what a reward should be held against; nothing of its texts is shown.
    held = opened.preferences
    return joined(held, opened.part("holdout"))[0] if opened.parts["holdout"] else held


def _with_judge(
    people: Preferences, judge: str | Path | Preferences | None, judge_name: str | None
) -> tuple[Preferences, frozenset[str]]:
    """Pairs and labels of both, and the names of the judge's annotators."""
    if judge is None:
        known = [rater.name for rater in read_ratings(people).judges]
        if judge_name is not None and judge_name not in known:
            raise unknown("annotator", judge_name, known or ["(none; give the judge's labels with --judge)"])
        return people, frozenset(() if judge_name is None else (judge_name,))
    labels = judge if isinstance(judge, Preferences) else read_preferences(judge, annotator_type="ai_judge")
    names = [rater.name for rater in read_ratings(labels).judges]
    if not names:
        raise UsageError(
            "all labels in it are by people",
            where="--judge",
            do="Give the labels of the judge that training used",
        )
    if judge_name is not None and judge_name not in names:
        raise unknown("annotator", judge_name, names)
    # The anchor's pairs come first and keep their rows.
    union, _ = joined(people, labels)
    return union, frozenset(names if judge_name is None else (judge_name,))


def _notes(unmatched: int) -> tuple[str, ...]:
    return (
        (f"{unmatched:,} rows of the log speak of no labelled pair and were left out.",) if unmatched else ()
    )
