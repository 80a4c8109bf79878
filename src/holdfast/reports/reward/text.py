"""An audit of rewards in the terminal: step by step, judge beside people."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from holdfast.pages.inert import LABEL, inert
from holdfast.reports.columns import pad, wrap
from holdfast.reports.wording import count, hold, plain

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

_NARROWEST = 72
_STEPS = 12
_WORDS = {"pass": "PASS", "warn": "WARN", "fail": "FAIL", "undetermined": "UNDETERMINED"}
_COLORS = {"pass": "32", "warn": "33", "fail": "31", "undetermined": "36"}
_STATES = {
    "beyond": "alarm",
    "within": "no alarm",
    "undetermined": "not known",
    "not_asked": "not asked",
}
TITLES = {
    "reward_gap": "Judge and people part",
    "reward_accuracy": "Pairs ordered as people order them",
    "reward_fall": "Last step less best step for people",
    "reward_chosen_logp": "log p of what people prefer, moved by",
    "reward_turning_point": "Distance where people stop gaining",
    "reward_length": "Slope on length, given the human label",
    "reward_teacher": "Slope on the teacher, given human, length",
    "reward_errors": "Errors shared with the judge (kappa)",
}
_WIDE = 42
_WITH_SEEN = 96
"""Columns from which on what could have been seen has one of its own."""


def render(found: Mapping[str, Any], *, width: int = 100, color: bool = False) -> str:
    """Render an audit of rewards for a terminal.

    Args:
        found: Plain data of `holdfast.reward/1`.
        width: Columns to fill; never fewer than 72.
        color: Colour the verdict. Nothing is said by colour alone.
    """
    width = max(_NARROWEST, width)
    word = _WORDS[found["verdict"]]
    lines = wrap(hold(f"{word}  {inert(found['sentence'], limit=900)}"), width)
    if color:
        lines[0] = lines[0].replace(word, f"\x1b[1;{_COLORS[found['verdict']]}m{word}\x1b[0m", 1)
    judge = ", ".join(inert(name, limit=LABEL) for name in found["judge"]) or "not given"
    head = (
        f"{inert(found['log'], limit=LABEL)}: {count(found['steps'])} step{'' if found['steps'] == 1 else 's'} on {count(found['pairs'])} pairs that people of "
        f"{inert(found['anchor'], limit=LABEL)} decided; judge of the training: {judge}."
    )
    lines += [
        "",
        *wrap(hold(head), width),
        "",
        *_table(found["readings"], min(_WIDE, width - 44), seen=width >= _WITH_SEEN),
        *_steps(found["readings"]),
    ]
    said = [
        f"{TITLES.get(one['measure'], one['measure'])}: {inert(one['reason'], limit=300)}."
        for one in found["readings"]
        if one["reason"]
    ]
    said += [inert(note, limit=300) for note in found["notes"]]
    lines += _section("Not known, and notes", said, width)
    lines += _section("What this does not show", found["not_claimed"], width)
    return plain("\n".join(line.rstrip(" ") for line in lines) + "\n")


def _table(readings: Sequence[Mapping[str, Any]], wide: int, *, seen: bool) -> list[str]:
    lines = [_row("Reading", "value", "95 % interval", "people", "", wide, "could see" if seen else "")]
    lines += [
        _row(
            TITLES.get(one["measure"], one["measure"]),
            _figure(one["value"]),
            _span(one["interval"]),
            _figure(one["reality"]),
            _STATES[one["state"]],
            wide,
            _figure(one["smallest_detectable"]) if seen else "",
        )
        for one in readings
    ]
    return lines


def _row(name: str, value: str, interval: str, people: str, state: str, wide: int, seen: str) -> str:
    return (
        f"{pad(name, wide)} {pad(value, 7, right=True)}  {pad(interval, 15)} {pad(people, 6, right=True)}  {pad(state, 9)} "
        f"{pad(seen, 9, right=True)}"
    )


def _steps(readings: Sequence[Mapping[str, Any]]) -> list[str]:
    """The newest steps: accuracy on people's labels and on the judge's, and the margin."""
    by = {one["measure"]: one["details"].get("steps") or [] for one in readings}
    steps = by.get("reward_accuracy", [])
    if len(steps) < 2:
        return []
    judged = {step["step"]: step["judge"] for step in by.get("reward_gap", [])}
    shown = steps if len(steps) <= _STEPS else [steps[0], *steps[-_STEPS + 1 :]]
    lines = ["", _step("Step", "people", "95 % interval", "judge", "margin", "pairs")]
    lines += [
        _step(
            f"{one['step']:g}",
            _figure(one["accuracy"]),
            _span(one["interval"]),
            _figure(judged.get(one["step"])),
            "-" if one["margin"] is None else f"{one['margin']:+.3g}",
            count(one["pairs"]),
        )
        for one in shown
    ]
    return lines


def _step(step: str, people: str, interval: str, judge: str, margin: str, pairs: str) -> str:
    return (
        f"{pad(step, 10)} {pad(people, 7, right=True)}  {pad(interval, 15)} {pad(judge, 7, right=True)} "
        f"{pad(margin, 9, right=True)} {pad(pairs, 7, right=True)}"
    )


def _figure(value: float | None) -> str:
    return "-" if value is None else f"{value:.2f}"


def _span(ends: Sequence[float] | None) -> str:
    return "" if ends is None else f"{ends[0]:.2f} to {ends[1]:.2f}"


def _section(title: str, said: Sequence[str], width: int) -> list[str]:
    if not said:
        return []
    lines = ["", title]
    for one in said:
        lines += wrap(hold(one), width, first="  - ")
    return lines
