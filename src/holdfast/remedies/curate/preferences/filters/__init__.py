"""Filters of labels; one idea each. Every one is measured on pairs that people labelled before it acts."""

from __future__ import annotations

from holdfast.remedies.curate.preferences.filters.disagreeing import Disagreeing
from holdfast.remedies.curate.preferences.filters.judge_cap import JudgeCap
from holdfast.remedies.curate.preferences.filters.length_matched import LengthMatched
from holdfast.remedies.curate.preferences.filters.swapped import Swapped
from holdfast.remedies.curate.preferences.filters.teacher_cap import TeacherCap

__all__ = ["Disagreeing", "JudgeCap", "LengthMatched", "Swapped", "TeacherCap"]
