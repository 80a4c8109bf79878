"""Causes of what labels show: one file, one cause."""

from __future__ import annotations

from typing import TYPE_CHECKING

from holdfast.audits.causes.preferences.author_favouritism import AuthorFavouritism
from holdfast.audits.causes.preferences.cause import PreferenceCause, PreferenceSuspect, hold
from holdfast.audits.causes.preferences.judge_taste import JudgeTaste
from holdfast.audits.causes.preferences.position_driven import PositionDriven
from holdfast.audits.causes.preferences.teacher_voice import TeacherVoice
from holdfast.audits.causes.preferences.uninformative_judge import UninformativeJudge
from holdfast.audits.causes.preferences.unknown_makers import UnknownMakers

if TYPE_CHECKING:
    from collections.abc import Sequence

    from holdfast.audits.preferences.judging import Judged

__all__ = ["PREFERENCE_SUSPECTS", "PreferenceCause", "explain"]

PREFERENCE_SUSPECTS: tuple[PreferenceSuspect, ...] = (
    UninformativeJudge(),
    PositionDriven(),
    JudgeTaste(),
    AuthorFavouritism(),
    TeacherVoice(),
    UnknownMakers(),
)


def explain(judged: Sequence[Judged]) -> tuple[PreferenceCause, ...]:
    """Causes of what the readings show, likely ones first."""
    found = [cause for suspect in PREFERENCE_SUSPECTS if (cause := hold(suspect, judged)) is not None]
    return tuple(sorted(found, key=lambda cause: cause.state != "likely"))
