"""Claims: what an answer says of a row as a number from 0 to 1, so that rows can be counted by it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from holdfast.reviews.decisions.decision import Decision
    from holdfast.reviews.questions.question import Question, Questionnaire

_RATHER_A = {"a": 1.0, "b": 0.0, "both_good": 0.5, "both_bad": 0.5}
_VERDICT = {"rejected": "reject", "edited": "edit"}
Sort = Literal[
    "rejected", "edited", "labelled otherwise", "rated below the middle", "tagged", "first preferred"
]


@dataclass(frozen=True, slots=True, kw_only=True)
class Claim:
    """Something that an answer to a question may say of a row.

    Attributes:
        question: The question.
        sort: `rejected` (verdict), `edited` (verdict), `labelled otherwise` (another label than the row has), `rated below the middle` (of
            the scale), `tagged` (with `tag`), or `first preferred` (of a pair; no preference is half).
        tag: The tag, or None.
    """

    question: Question
    sort: Sort
    tag: str | None = None

    @property
    def bad(self) -> bool:
        """Whether rows of which it holds are bad ones."""
        return self.sort in ("rejected", "labelled otherwise", "rated below the middle")

    @property
    def words(self) -> str:
        """How it is called.

        >>> from holdfast.reviews.questions.question import Question
        >>> Claim(question=Question(name="faults", kind="tags", ask="?"), sort="tagged", tag="tone").words
        'faults: tone'
        """
        return f"{self.question.name}: {self.sort if self.tag is None else self.tag}"

    def says(self, decision: Decision, label: str | None) -> float | None:
        """How far a decision says it; None where it says nothing of it.

        Args:
            decision: The decision.
            label: The label that the row has.
        """
        answer = decision.answers.get(self.question.name)
        if self.sort == "tagged":  # an item that was decided without tags has none
            return float(self.tag in (answer or ()))
        if answer is None or (self.sort == "labelled otherwise" and label is None):
            return None
        if self.sort == "first preferred":
            return _RATHER_A[answer]
        if self.sort == "rated below the middle":
            return float(answer < (1 + len(self.question.choices)) / 2)
        return float(answer != label if self.sort == "labelled otherwise" else answer == _VERDICT[self.sort])


def claims_of(questions: Questionnaire) -> tuple[Claim, ...]:
    """All claims that answers to these questions can make, the ones about bad rows first."""
    found: list[Claim] = []
    for one in questions.questions:
        if one.kind == "verdict":
            found.append(Claim(question=one, sort="rejected"))
            if "edit" in one.values:
                found.append(Claim(question=one, sort="edited"))
        elif one.kind == "label":
            found.append(Claim(question=one, sort="labelled otherwise"))
        elif one.kind == "rating":
            found.append(Claim(question=one, sort="rated below the middle"))
        elif one.kind == "which":
            found.append(Claim(question=one, sort="first preferred"))
        elif one.kind == "tags":
            found += [Claim(question=one, sort="tagged", tag=str(tag)) for tag in one.values]
    return tuple(sorted(found, key=lambda claim: not claim.bad))


def main_question(questions: Questionnaire) -> Question | None:
    """The question by which people are held against each other: the first with one answer out of several."""
    return next(
        (one for one in questions.questions if one.kind in ("verdict", "label", "rating", "which")), None
    )
