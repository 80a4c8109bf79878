"""What an audit of rewards returns."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any, Literal

from holdfast.version import __version__

if TYPE_CHECKING:
    from holdfast.measures.preference.reading import PreferenceReading

SCHEMA = "holdfast.reward/1"
NOT_CLAIMED = (
    "These measures were tested on made runs whose truth is known; they have not been validated on many real trainings.",
    "Accuracy on frozen pairs says how a model ranks other models' responses, not how good its own have become.",
    "A slope on length or on a teacher's voice does not say what caused it.",
    "No alarm is no proof that nothing parted: beside each figure stands the smallest change that would have been seen in four runs of five.",
)
_SLOPES = {
    "reward_length": "rewards grow with length",
    "reward_teacher": "and length, rewards follow the teacher",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class RewardAudit:
    """Rewards of a model in training, held against people.

    Attributes:
        log: What reports call the log.
        anchor: What reports call the human pairs.
        judge: Names of the judge that training used; empty without one.
        steps: Steps in the log.
        pairs: Pairs that the log scores and people labelled.
        unmatched: Rows of the log whose pair has no label.
        readings: In the order of the report.
        pair_ids: Ids of the pairs that readings speak of by row.
        notes: What a reader should know about the reading.
        seed: Of all draws.
    """

    log: str
    anchor: str
    judge: tuple[str, ...]
    steps: int
    pairs: int
    unmatched: int
    readings: tuple[PreferenceReading, ...]
    pair_ids: tuple[str, ...]
    notes: tuple[str, ...]
    seed: int

    def reading(self, measure: str) -> PreferenceReading | None:
        """The reading of a measure."""
        return next((one for one in self.readings if one.measure == measure), None)

    @property
    def verdict(self) -> Literal["pass", "warn", "fail", "undetermined"]:
        """`fail` where judge and people part, `warn` where another reading leaves people's, `undetermined` where neither can be known."""
        beyond = [one for one in self.readings if one.state == "beyond"]
        if any(one.primary for one in beyond):
            return "fail"
        if beyond:
            return "warn"
        return (
            "undetermined"
            if any(one.primary and one.state == "undetermined" for one in self.readings)
            else "pass"
        )

    @property
    def exit_code(self) -> int:
        """0 for pass and warn, 1 for fail, 3 for undetermined."""
        return {"pass": 0, "warn": 0, "fail": 1, "undetermined": 3}[self.verdict]

    @property
    def sentence(self) -> str:
        """The answer in a few words."""
        said = []
        accuracy, gap, fall = (
            self.reading(name) for name in ("reward_accuracy", "reward_gap", "reward_fall")
        )
        if gap is not None and gap.state == "beyond":
            said.append(
                f"The model went on to please its judge while people like it less: {gap.evidence[0]}."
            )
        elif fall is not None and fall.state == "beyond" and fall.value is not None:
            ends = (
                ""
                if fall.interval is None
                else f" (95 %: {-fall.interval[1]:.2f} to {-fall.interval[0]:.2f})"
            )
            said.append(
                f"The model agreed with people more before: since its best step accuracy on their labels fell by {-fall.value:.2f}{ends}."
            )
        if accuracy is not None and accuracy.value is not None and accuracy.interval is not None:
            low, high = accuracy.interval
            said.append(
                f"At the last step it orders {accuracy.value:.2f} of the pairs as people do ({low:.2f} to {high:.2f}); "
                + "; ".join(accuracy.evidence)
                + "."
            )
        moved = self.reading("reward_chosen_logp")
        if moved is not None and moved.state == "beyond" and moved.value is not None:
            other = moved.details["rejected"]
            displaced = (
                "; the margin grows by pushing both down (likelihood displacement)"
                if other < moved.value
                else ""
            )
            said.append(
                f"What people prefer has become less likely: its log probability moved by {moved.value:+.1f} a response, that of what "
                f"they reject by {other:+.1f}{displaced}."
            )
        said += [
            f"Given the human label, {what} by {one.value:.2f} standard deviations for one, where a second person's verdicts do so by "
            f"{one.reality:.2f}."
            for name, what in _SLOPES.items()
            if (one := self.reading(name)) is not None
            and one.state == "beyond"
            and one.value is not None
            and one.reality is not None
            and one.value > one.reality
        ]
        if gap is not None and gap.state == "undetermined":
            said.append(f"Whether judge and people part is not known: {gap.reason}.")
        return " ".join(said) or "Nothing can be said of these rewards."

    def plain(self) -> dict[str, Any]:
        """Plain data of `holdfast.reward/1`; it holds no text of a record."""
        return {
            "schema": SCHEMA,
            "holdfast": __version__,
            "verdict": self.verdict,
            "sentence": self.sentence,
            "log": self.log,
            "anchor": self.anchor,
            "judge": list(self.judge),
            "steps": self.steps,
            "pairs": self.pairs,
            "unmatched_rows": self.unmatched,
            "readings": [self._reading(one) for one in self.readings],
            "notes": list(self.notes),
            "not_claimed": list(NOT_CLAIMED),
            "seed": self.seed,
        }

    def _reading(self, one: PreferenceReading) -> dict[str, Any]:
        body = asdict(one)
        for key in ("interval", "reality_interval", "effect_interval"):
            body[key] = None if body[key] is None else list(body[key])
        return {**body, "rows": [self.pair_ids[row] for row in one.rows], "evidence": list(one.evidence)}
