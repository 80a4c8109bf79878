"""What a brand audit returns."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any, Literal

from holdfast.audits.brand.wording import not_claimed, sentence
from holdfast.measures.reading import Undetermined
from holdfast.version import __version__

if TYPE_CHECKING:
    from holdfast.measures.model.brand.shifts import Shift
    from holdfast.measures.preference.reading import PreferenceReading
    from holdfast.measures.text.phrase_overuse import PhraseOveruse

SCHEMA = "holdfast.brand/1"


@dataclass(frozen=True, slots=True, kw_only=True)
class Set:
    """A set of documents that was read.

    Attributes:
        name: What reports call it.
        documents: How many.
        distinct: How many, near-copies counted once.
        left_out: How many were not read because there were too many.
        ids: Names of the documents read, in order.
    """

    name: str
    documents: int
    distinct: int
    left_out: int
    ids: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class BrandAudit:
    """A model's outputs held against texts that people wrote and approved.

    Attributes:
        sets: The sets by role: `approved`, `outputs` and, where given, `generic` and `before`.
        readings: What is kept, what was lost since, and habits, in the order of the report.
        shifts: Features that pull outputs away, the largest first.
        overuse: Phrases that outputs over-use; or why that is not known.
        features: How many words and marks were read.
        english: Whether the words are the list of English function words.
        seed: Of all draws.
    """

    sets: dict[str, Set]
    readings: tuple[PreferenceReading, ...]
    shifts: tuple[Shift, ...]
    overuse: PhraseOveruse | Undetermined
    features: int
    english: bool
    seed: int

    @property
    def alarms(self) -> tuple[PreferenceReading, ...]:
        """Deciding readings that left reality."""
        return tuple(one for one in self.readings if one.primary and one.state == "beyond")

    @property
    def verdict(self) -> Literal["pass", "warn", "undetermined"]:
        """Voice warns and does not fail: no threshold here has been tested on enough houses."""
        if self.alarms:
            return "warn"
        asked = [one for one in self.readings if one.primary and one.state != "not_asked"]
        return "undetermined" if any(one.state == "undetermined" for one in asked) else "pass"

    @property
    def exit_code(self) -> int:
        """0 for pass and warn, 3 for undetermined."""
        return 3 if self.verdict == "undetermined" else 0

    @property
    def sentence(self) -> str:
        """The answer in a few words."""
        return sentence(self)

    def reading(self, measure: str) -> PreferenceReading | None:
        """The reading of a measure."""
        return next((one for one in self.readings if one.measure == measure), None)

    def plain(self, *, show_text: bool = True) -> dict[str, Any]:
        """Plain data of `holdfast.brand/1`.

        Args:
            show_text: Whether over-used phrases, which are words of records, are in it.
        """
        return {
            "schema": SCHEMA,
            "holdfast": __version__,
            "verdict": self.verdict,
            "sentence": self.sentence,
            "sets": {role: _set(one) for role, one in self.sets.items()},
            "readings": [self._reading(one) for one in self.readings],
            "shifts": [
                {**asdict(one), "interval": list(one.interval), "rows": self._ids(one.rows)}
                for one in self.shifts
            ],
            "overuse": self._overuse(show_text=show_text),
            "features": {
                "count": self.features,
                "words": "English function words" if self.english else "frequent words",
            },
            "not_claimed": list(not_claimed(self)),
            "seed": self.seed,
        }

    def _ids(self, rows: tuple[int, ...]) -> list[str]:
        return [self.sets["outputs"].ids[row] for row in rows]

    def _reading(self, one: PreferenceReading) -> dict[str, Any]:
        body = asdict(one)
        for key in ("interval", "reality_interval", "effect_interval"):
            body[key] = None if body[key] is None else list(body[key])
        return {**body, "rows": self._ids(one.rows), "evidence": list(one.evidence)}

    def _overuse(self, *, show_text: bool) -> dict[str, Any]:
        if isinstance(self.overuse, Undetermined):
            return {"phrases": None, "reason": self.overuse.reason}
        body = asdict(self.overuse)
        for key in ("row_share_interval", "reality_interval"):
            body[key] = list(body[key])
        body["phrases"] = [
            {
                **phrase,
                "phrase": phrase["phrase"] if show_text else None,
                "interval": list(phrase["interval"]),
            }
            | {"rows": self._ids(phrase["rows"])}
            for phrase in body["phrases"]
        ]
        return {**body, "reason": None}


def _set(one: Set) -> dict[str, Any]:
    body = asdict(one)
    del body["ids"]
    return body
