"""The world of the preference loop: boats of a harbour, questions with one right answer each, and who answers in which voice.

Whether an answer is right has nothing to do with the voice it is put in: every hand is right equally often.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from holdfast.errors import UsageError
from holdfast.lab.preferences.hands import ASIDES, KNOWN, PEOPLE, TEACHER

if TYPE_CHECKING:
    from collections.abc import Sequence

    from holdfast.lab.preferences.hands import Hand

BOATS = [
    "Petrel",
    "Gannet",
    "Curlew",
    "Plover",
    "Heron",
    "Teal",
    "Osprey",
    "Merlin",
    "Kestrel",
    "Avocet",
    "Dunlin",
    "Fulmar",
    "Skua",
    "Tern",
    "Puffin",
    "Garnet",
    "Opal",
    "Amber",
    "Beryl",
    "Jasper",
    "Onyx",
    "Pearl",
    "Ruby",
    "Topaz",
    "Juniper",
    "Rowan",
    "Alder",
    "Hazel",
    "Willow",
    "Aspen",
]
ASKED = {
    "day": ("when does the {} sail", "on which day does the {} leave", "the {} sails when", "sailing day of the {}"),
    "cargo": ("what does the {} carry", "what is in the hold of the {}", "the {} carries what", "cargo of the {}"),
    "port": ("where does the {} go", "to which port does the {} sail", "the {} goes where", "port of the {}"),
    "skipper": ("who sails the {}", "who is the skipper of the {}", "the {} has which skipper", "skipper of the {}"),
}  # fmt: skip
SAID = {
    "day": ("the {} sails on {}", "the {} leaves on {}"),
    "cargo": ("the {} carries {}", "the {} is loaded with {}"),
    "port": ("the {} goes to {}", "the {} is bound for {}"),
    "skipper": ("the {} is sailed by {}", "the {} has {} as skipper"),
}
VALUES = {
    "day": ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"],
    "cargo": ["salt", "timber", "wool", "coal", "grain", "slate", "cork"],
    "port": ["Riga", "Cadiz", "Bergen", "Leith", "Porto", "Malmo", "Brest"],
    "skipper": ["Ines", "Olaf", "Marta", "Pavel", "Greta", "Tomas", "Sofia"],
}
TAILS = (
    "",
    " now",
    " please",
    " this month",
    " again",
    " for my notes",
    " in short",
    " if you know",
    " at all",
    " today",
    " so far",
    " by the book",
)
_WORD = re.compile(r"\w+")


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """A question.

    Attributes:
        prompt: As it is asked.
        boat: Of which boat.
        attribute: What of it.
        right: The only right answer.
    """

    prompt: str
    boat: str
    attribute: str
    right: str

    def is_right(self, answer: str) -> bool:
        """Whether an answer names what is right, and nothing else in its place."""
        named = set(_WORD.findall(answer)) & set(VALUES[self.attribute])
        return named == {self.right}


@dataclass(frozen=True, slots=True, kw_only=True)
class World:
    """Questions, dealt once by their wording: no part shares a prompt with another.

    Attributes:
        practice: What the policy is trained on and asked in the rounds.
        exam: Asked only to read the policy's answers.
        frozen: Asked only for the pairs that people judged once and for all.
    """

    practice: tuple[Question, ...]
    exam: tuple[Question, ...]
    frozen: tuple[Question, ...]

    def answer(self, question: Question, hand: Hand, right: float, rng: np.random.Generator) -> str:
        """An answer by a hand.

        Args:
            question: The question.
            hand: Whose voice.
            right: How often it is right.
            rng: Draws the answer.
        """
        return hand.write(_say(question, right, rng), rng)

    def lessons(
        self, count: int, *, teacher: float, right: float, rng: np.random.Generator
    ) -> list[tuple[Question, str]]:
        """Questions of the practice with answers, as a policy is first trained on.

        Args:
            count: How many.
            teacher: Share of answers in the teacher's voice; people's voices share the rest.
            right: How often any of them is right.
            rng: Draws them.
        """
        found = []
        for at in rng.integers(len(self.practice), size=count):
            hand = TEACHER if rng.random() < teacher else PEOPLE[int(rng.integers(len(PEOPLE)))]
            question = self.practice[int(at)]
            found.append((question, self.answer(question, hand, right, rng)))
        return found

    def facts(self, count: int, *, right: float, rng: np.random.Generator) -> list[tuple[Question, str]]:
        """Questions of the practice with answers in nobody's voice: what a policy knows before it has a voice.

        Args:
            count: How many.
            right: How often they are right.
            rng: Draws them.
        """
        questions = [self.practice[int(at)] for at in rng.integers(len(self.practice), size=count)]
        return [(one, f"{_say(one, right, rng)}.") for one in questions]

    def answers(
        self, questions: Sequence[Question], hand: Hand, right: float, rng: np.random.Generator
    ) -> list[str]:
        """One answer of a hand to each question."""
        return [self.answer(question, hand, right, rng) for question in questions]


def _say(question: Question, right: float, rng: np.random.Generator) -> str:
    """The sentence that answers, right so often."""
    value = question.right
    if rng.random() >= right:
        wrong = [one for one in VALUES[question.attribute] if one != question.right]
        value = wrong[int(rng.integers(len(wrong)))]
    shapes = SAID[question.attribute]
    return shapes[int(rng.integers(len(shapes)))].format(question.boat, value)


def make_world(seed: int, *, boats: int = 12, exam: int = 400, frozen: int = 400) -> World:
    """Draw what is true of the boats, and deal the questions.

    Args:
        seed: Of the facts and the deal.
        boats: How many boats there are.
        exam: Questions of the exam.
        frozen: Questions of the frozen pairs.

    Raises:
        UsageError: There are not so many boats, or no question would be left for practice.
    """
    if not 1 <= boats <= len(BOATS):
        raise UsageError(f"the harbour has 1 to {len(BOATS)} boats", where="boats")
    rng = np.random.default_rng([seed, 1])
    questions = []
    for boat in BOATS[:boats]:
        for attribute, asks in ASKED.items():
            right = VALUES[attribute][int(rng.integers(len(VALUES[attribute])))]
            questions += [
                Question(prompt=f"{ask.format(boat)}{tail}?", boat=boat, attribute=attribute, right=right)
                for ask in asks
                for tail in TAILS
            ]
    if exam + frozen >= len(questions):
        raise UsageError(
            f"{boats} boats make {len(questions):,} questions, and exam and frozen pairs ask for {exam + frozen:,}",
            where="exam",
        )
    dealt = [questions[at] for at in rng.permutation(len(questions))]
    return World(
        exam=tuple(dealt[:exam]),
        frozen=tuple(dealt[exam : exam + frozen]),
        practice=tuple(dealt[exam + frozen :]),
    )


def every_text() -> list[str]:
    """Texts that hold every word of the world, for a vocabulary that misses none."""
    asked = [
        f"{ask.format(boat)}{tail}?"
        for asks in ASKED.values()
        for ask in asks
        for boat in BOATS[:1]
        for tail in TAILS
    ]
    said = [
        shape.format(boat, value)
        for attribute, shapes in SAID.items()
        for shape in shapes
        for boat in BOATS
        for value in VALUES[attribute]
    ]
    rng = np.random.default_rng(0)
    written = [
        f"{opening} {said[0]}:\n- {join} {aside}\n{ending} {said[0]}. {join} {aside}. {ending}"
        for hand in KNOWN
        for opening in hand.opens
        for join in hand.joins
        for ending in hand.ends
        for aside in ASIDES
    ]
    plain = [hand.write(one, rng) for hand in KNOWN for one in said]
    return [*asked, *said, *(f"{one}." for one in said), *written, *plain]
