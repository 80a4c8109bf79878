"""What an audit of a voice returns."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

from holdfast.audits.voice.judging import VERDICTS
from holdfast.audits.voice.wording import UNCLAIMED, sentence
from holdfast.measures.reading import Undetermined
from holdfast.version import __version__

if TYPE_CHECKING:
    from collections.abc import Mapping

    from holdfast.audits.judge import Verdict
    from holdfast.audits.voice.judging import Finding, Judged, Reading
    from holdfast.measures.model.voice import Drift, Nearest

SCHEMA = "holdfast.voice/1"


@dataclass(frozen=True, slots=True, kw_only=True)
class Party:
    """One set of outputs.

    Attributes:
        name: What reports call it.
        role: `after`, `before`, `control`, `teacher` or `placebo`.
        prompts: Prompts it answers.
        unshared: Those that not all sets answer, left out.
        repeated: Further responses to one prompt, left out.
        silent: Rows without a prompt or a response, left out.
        set_aside: Why it takes no part; None where it does.
    """

    name: str
    role: str
    prompts: int
    unshared: int
    repeated: int
    silent: int
    set_aside: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class VoiceSettings:
    """What was asked for."""

    seed: int
    draws: int
    prompts_read: int
    control: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class VoiceAudit:
    """Outputs before and after, held against a named teacher and against placebos.

    Attributes:
        judged: The finding, and why.
        parties: All sets of outputs.
        drifts: The movement in each form that was read; empty where nothing could be.
        control: Pulls of the control arm, in the form `voice`; None without one.
        nearest: Whose voice the outputs after stand near; a different question, and no evidence of a teacher.
        settings: What was asked for.
        notes: What a reader should know about the reading.
    """

    judged: Judged
    parties: tuple[Party, ...]
    drifts: Mapping[Reading, Drift]
    control: Drift | None
    nearest: Nearest | Undetermined
    settings: VoiceSettings
    notes: tuple[str, ...] = ()

    @property
    def finding(self) -> Finding:
        """`no_drift`, `generic`, `teacher_specific`, `length_or_format` or `cannot_tell`."""
        return self.judged.finding

    @property
    def verdict(self) -> Verdict:
        """`pass`, `warn` or `undetermined`; it does not fail, as thresholds were not confirmed on trainings that were run for it."""
        return VERDICTS[self.finding]

    @property
    def exit_code(self) -> int:
        """0 pass or warn, 3 undetermined."""
        return 3 if self.verdict == "undetermined" else 0

    @property
    def sentence(self) -> str:
        """The answer in a sentence or two."""
        return sentence(self)

    def name_of(self, role: str) -> str:
        """The first set with this role."""
        return next(party.name for party in self.parties if party.role == role)

    def plain(self) -> dict[str, Any]:
        """As plain data (`holdfast.voice/1`); what is not known is None, with a reason."""
        unread = self.nearest.reason if isinstance(self.nearest, Undetermined) else None
        return {
            "schema": SCHEMA,
            "holdfast_version": __version__,
            "verdict": self.verdict,
            "finding": self.finding,
            "exit_code": self.exit_code,
            "sentence": self.sentence,
            "reasons": list(self.judged.reasons),
            "parties": [asdict(party) for party in self.parties],
            "forms": {form: _plain(drift) for form, drift in self.drifts.items()},
            "control": None if self.control is None else _plain(self.control),
            "nearest": {
                "voices": []
                if isinstance(self.nearest, Undetermined)
                else [asdict(one) for one in self.nearest.voices],
                "reason": unread,
            },
            "not_claimed": list(UNCLAIMED),
            "settings": asdict(self.settings),
            "notes": list(self.notes),
        }


def _plain(drift: Drift) -> dict[str, Any]:
    return {
        **asdict(drift),
        "share_of_way": drift.share_of_way,
        "floor": drift.floor,
        "needed_alignment": drift.needed_alignment,
        "pulled": drift.pulled,
        "aimed": drift.aimed,
    }
