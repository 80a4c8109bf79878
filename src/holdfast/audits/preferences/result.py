"""What a preference audit returns."""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import TYPE_CHECKING, Any, Literal

from holdfast.audits.preferences.wording import headline, next_steps, sentence
from holdfast.version import __version__

if TYPE_CHECKING:
    from holdfast.audits.causes.preferences import PreferenceCause
    from holdfast.audits.judge import Verdict
    from holdfast.audits.preferences.examples import Example
    from holdfast.audits.preferences.judging import Judged
    from holdfast.audits.winrates import WinRate
    from holdfast.data.preferences import Preferences

SCHEMA = "holdfast.preferences/1"
_EXIT = {"pass": 0, "warn": 0, "fail": 1}


@dataclass(frozen=True, slots=True, kw_only=True)
class PreferenceSettings:
    """What was asked for.

    Attributes:
        alpha: Rate over all looks.
        look: Which look at this anchor it is, counted from 1.
        level: What this look may spend.
        seed: Seed of all draws.
        draws: Draws behind intervals and controls.
        on_undetermined: What an undetermined verdict means for the exit code.
    """

    alpha: float
    look: int
    level: float
    seed: int
    draws: int
    on_undetermined: Literal["ask", "block", "pass"] = "ask"


@dataclass(frozen=True, slots=True, kw_only=True)
class People:
    """Where the human labels come from.

    Attributes:
        name: What reports call it.
        kind: `frozen`, `one-shot`, or `inside`: the candidate itself holds them.
        pairs: Pairs that people labelled.
        labels: Their labels.
        people: How many annotators.
        shared_pairs: Pairs that people and at least one judge labelled.
        digest: Of a frozen anchor.
        place: The folder or file as it was given, for commands that name it; None where there is none, or there are several.
        reworded: Other pairs of theirs of which the candidate has both responses, to a prompt that is written otherwise.
    """

    name: str
    kind: Literal["frozen", "one-shot", "inside"]
    pairs: int
    labels: int
    people: int
    shared_pairs: int
    digest: str | None = None
    place: str | None = None
    reworded: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Judge:
    """Somebody or something whose labels were held against people's.

    Attributes:
        name: The annotator.
        kind: One of `holdfast.data.preferences.KINDS`.
        labels: Pairs it labelled.
        shared_pairs: Those that people labelled, too.
        informative: Whether it agrees with people beyond chance; None where that is not known.
        contradicted: Labels left out because it had said something else of the same pair.
    """

    name: str
    kind: str
    labels: int
    shared_pairs: int
    informative: bool | None
    contradicted: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class PreferenceAudit:
    """Labels held against what people said of the same pairs.

    Attributes:
        verdict: `pass`, `warn`, `fail` or `undetermined`.
        candidate: The labels under examination.
        people: Where the human labels come from; None where there are none.
        judges: Who was held against them.
        judged: Every reading, judged.
        causes: What would explain the alarms.
        examples: Pairs that show it.
        win_rates: Of each author: the judge's, the people's and the corrected one; empty where nobody is named or nobody can tell.
        settings: What was asked for.
        notes: What a reader should know about the reading of the rows.
    """

    verdict: Verdict
    candidate: Preferences
    people: People | None
    judges: tuple[Judge, ...]
    judged: tuple[Judged, ...]
    causes: tuple[PreferenceCause, ...]
    examples: tuple[Example, ...]
    win_rates: tuple[WinRate, ...]
    settings: PreferenceSettings
    notes: tuple[str, ...] = ()

    @property
    def alarms(self) -> tuple[Judged, ...]:
        """What alarmed, what fails the set first."""
        return tuple(
            sorted((one for one in self.judged if one.alarm), key=lambda one: one.severity != "fail")
        )

    @property
    def sentence(self) -> str:
        """The answer in one sentence."""
        return sentence(self)

    @property
    def exit_code(self) -> int:
        """0 pass or warn, 1 fail, 3 undetermined; `on_undetermined` turns the last into 1 (block) or 0 (pass)."""
        if self.verdict == "undetermined":
            return {"ask": 3, "block": 1, "pass": 0}[self.settings.on_undetermined]
        return _EXIT[self.verdict]

    def reading(self, measure: str, subject: str | None = None) -> Judged | None:
        """The first reading of a measure, of this subject where one is named; None where there is none."""
        return next(
            (
                one
                for one in self.judged
                if one.reading.measure == measure and subject in (None, one.reading.subject)
            ),
            None,
        )

    def plain(self, *, show_text: bool = True) -> dict[str, Any]:
        """Everything as plain values: what reports are made of.

        Args:
            show_text: Whether the texts of pairs may appear.
        """
        pairs = self.candidate.pairs
        ids = pairs.column("pair_id")
        return {
            "schema": SCHEMA,
            "verdict": self.verdict,
            "sentence": self.sentence,
            "holdfast_version": __version__,
            "candidate": {
                "name": self.candidate.name,
                "files": list(self.candidate.files),
                "shape": self.candidate.shape,
                "pairs": len(self.candidate),
                "labels": self.candidate.labels.num_rows,
                "prompts": _prompts(pairs.column("prompt")),
                "set_aside": dict(self.candidate.set_aside),
                "skipped_rows": self.candidate.skipped_count,
                "notes": list(self.candidate.notes),
            },
            "anchor": _plain(self.people),
            "settings": _plain(self.settings),
            "judges": [_plain(judge) for judge in self.judges],
            "readings": [_reading(one, ids) for one in self.judged],
            "findings": [
                {
                    "measure": one.reading.measure,
                    "subject": one.reading.subject,
                    "severity": one.severity,
                    "sentence": headline(one),
                }
                for one in self.alarms
            ],
            "causes": [_plain(cause) for cause in self.causes],
            "voice": self._voice(),
            "win_rates": [_rate(one) for one in self.win_rates] or None,
            "pairs": [one.plain(show_text=show_text) for one in self.examples],
            "notes": list(self.notes),
            "next": next_steps(self),
            "show_text": show_text,
        }

    def _voice(self) -> dict[str, Any] | None:
        found = self.reading("label_voice")
        profile = None if found is None else found.reading.details.get("profile")
        if found is None or not profile:
            return None
        return {
            "teacher": found.reading.details["teacher"],
            "judge": found.reading.subject,
            "profile": profile,
            "reality": found.reading.reality,
        }


def _rate(one: WinRate) -> dict[str, Any]:
    return {
        "author": one.author,
        "judge_name": one.judge,
        "judge": one.judged.value,
        "human": one.human.value,
        "human_interval": _listed(one.human.interval),
        "corrected": one.corrected.value,
        "interval": _listed(one.corrected.interval),
        "worth_labels": one.effective,
    }


def _listed(interval: tuple[float, float] | None) -> list[float] | None:
    return None if interval is None else list(interval)


def _prompts(column: Any) -> int:
    import pyarrow.compute as pc

    # Pairs without a prompt are a prompt each, as ratings have it.
    distinct: int = pc.count_distinct(column, mode="only_valid").as_py()
    return distinct + int(column.null_count)


def _reading(one: Judged, ids: Any) -> dict[str, Any]:
    found = _plain(one.reading)
    rows = found.pop("rows")
    return {
        **found,
        "title": one.title,
        "adjusted_p": one.adjusted_p,
        "alarm": one.alarm,
        "pair_ids": [ids[row].as_py() for row in rows[:100] if row < len(ids)],
    }


def _plain(value: Any) -> Any:
    """A dataclass as a mapping, tuples as lists."""
    if value is None:
        return None
    return {
        field.name: list(held) if isinstance(held := getattr(value, field.name), tuple) else held
        for field in fields(value)
    }
