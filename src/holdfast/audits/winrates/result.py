"""What is said of win rates."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

from holdfast.version import __version__

SCHEMA = "holdfast.winrates/1"


@dataclass(frozen=True, slots=True, kw_only=True)
class Figure:
    """A share with its interval.

    Attributes:
        value: None where it is not known.
        interval: 95 %; None where it is not known.
        reason: Why something is not known.
    """

    value: float | None = None
    interval: tuple[float, float] | None = None
    reason: str | None = None

    def plain(self) -> dict[str, Any]:
        """As plain data."""
        return {
            "value": self.value,
            "interval": None if self.interval is None else list(self.interval),
            "reason": self.reason,
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class WinRate:
    """How often an author wins, ties counted half.

    Attributes:
        author: The author.
        against: The baseline; None for all others.
        judge: Whose verdicts are corrected.
        judged: By the judge alone, all of its pairs.
        human: By people alone, on the pairs that they and the judge labelled.
        corrected: By both: the judge on all pairs, corrected by where people looked.
        cross_check: The same by how often the judge is right (Rogan and Gladen).
        weight: How much the judge is believed, 0 to 1; None where nothing is corrected.
        effective: Labels of people that would tell as much without the judge; None where that is not known.
        judged_pairs: Pairs of the judge.
        labelled_pairs: Those of them that people labelled.
        judged_prompts: Prompts of the judge's pairs.
        labelled_prompts: Prompts of those that people labelled.
    """

    author: str
    against: str | None
    judge: str
    judged: Figure
    human: Figure
    corrected: Figure
    cross_check: Figure
    weight: float | None
    effective: float | None
    judged_pairs: int
    labelled_pairs: int
    judged_prompts: int
    labelled_prompts: int

    @property
    def misled(self) -> bool:
        """Whether the judge alone says what the corrected interval excludes."""
        if self.corrected.interval is None or self.judged.value is None:
            return False
        low, high = self.corrected.interval
        return not low <= self.judged.value <= high

    def plain(self) -> dict[str, Any]:
        """As plain data."""
        figures = {
            name: getattr(self, name).plain() for name in ("judged", "human", "corrected", "cross_check")
        }
        return asdict(self) | figures | {"misled": self.misled}


@dataclass(frozen=True, slots=True, kw_only=True)
class WinRates:
    """Win rates of all authors that were asked for.

    Attributes:
        candidate: Name of the judged set.
        anchor: Name of what people labelled; None where only the set's own labels of people are there.
        rates: By judge and, of each, by falling corrected rate (the judge's own where there is none).
        weighed: Whether pairs drawn with known chances were weighed back.
        sample: Pairs that people should label next, ready to be written; empty where none were asked for.
        notes: What a reader should know.
        seed: Of all draws.
    """

    candidate: str
    anchor: str | None
    rates: tuple[WinRate, ...]
    weighed: bool
    sample: tuple[dict[str, Any], ...] = ()
    notes: tuple[str, ...] = ()
    seed: int = 0

    @property
    def exit_code(self) -> int:
        """0 where a corrected rate is known, 3 where none is."""
        return 0 if any(rate.corrected.value is not None for rate in self.rates) else 3

    def plain(self) -> dict[str, Any]:
        """As plain data; pairs to label are in a file of their own."""
        return {
            "schema": SCHEMA,
            "holdfast_version": __version__,
            "candidate": self.candidate,
            "anchor": self.anchor,
            "rates": [rate.plain() for rate in self.rates],
            "weighed": self.weighed,
            "sampled_pairs": len(self.sample),
            "notes": list(self.notes),
            "seed": self.seed,
        }
