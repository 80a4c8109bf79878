"""The loop: write, label, tune, read, and again; every run is a function of its settings, its arm and its seed."""

from __future__ import annotations

import zlib
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from holdfast.errors import UsageError
from holdfast.lab.preferences.arms import label
from holdfast.lab.preferences.hands import KNOWN, PLACEBOS, TEACHER
from holdfast.lab.preferences.judges import COIN, JUDGE, PEOPLE, STAND_IN, STUDENT, Pair
from holdfast.lab.preferences.policy import Policy, Size, teach
from holdfast.lab.preferences.readings import (
    Panel,
    make_panel,
    read_diversity,
    read_labels,
    read_reward,
    read_truth,
    read_voice,
    reward_rows,
    rounded,
)
from holdfast.lab.preferences.tuning import Course, PlainDpo, TrlDpo, Tuner
from holdfast.lab.preferences.world import World, every_text, make_world

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from numpy.typing import NDArray

    from holdfast.lab.preferences.arms import Arm
    from holdfast.lab.preferences.world import Question

_TUNERS: Mapping[str, Callable[..., Tuner]] = {"plain": PlainDpo, "trl": TrlDpo}


@dataclass(frozen=True, slots=True, kw_only=True)
class Start:
    """Where all arms of one seed begin.

    Attributes:
        seed: The seed.
        world: What is true.
        policy: The policy before any tuning.
        panel: Its answers to the exam, beside those of the teacher and the placebos.
        frozen: Pairs that people judged once and for all; nobody is tuned on them.
        people: Their labels of them.
        judge: The judge's labels of them.
        logs: float64 [n] twice, the policy's log probability of their answers.
    """

    seed: int
    world: World
    policy: Policy
    panel: Panel
    frozen: tuple[Pair, ...]
    people: tuple[dict[str, Any], ...]
    judge: tuple[dict[str, Any], ...]
    logs: tuple[NDArray[np.float64], NDArray[np.float64]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Round:
    """A finished round.

    Attributes:
        row: Everything that was read, as plain values.
        answers: The policy's answers to the exam.
    """

    row: dict[str, Any]
    answers: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class PreferenceLoop:
    """A policy that is tuned, round after round, on labels of its own answers.

    Attributes:
        size: The policy.
        course: How it is tuned in a round.
        tuner: By whom: `plain`, or `trl`.
        rounds: How many rounds.
        pairs: Pairs that are labelled in a round.
        seen: Of these, how many people label, too: the anchor of the round.
        against_teacher: Share of pairs in which the teacher wrote one answer.
        boats: Boats of the world.
        facts: Lessons without a voice that the policy is trained on first.
        lessons: Lessons in a voice that it is trained on then.
        teacher: Share of lessons in the teacher's voice.
        right: How often lessons are right, in every voice.
        exam: Questions on which answers are read.
        frozen: Pairs that people judged once and for all.
        draws: Draws behind the audits' intervals.
    """

    size: Size = field(default_factory=Size)
    course: Course = field(default_factory=Course)
    tuner: Literal["plain", "trl"] = "plain"
    rounds: int = 3
    pairs: int = 900
    seen: int = 450
    against_teacher: float = 0.5
    boats: int = 12
    facts: int = 3_000
    lessons: int = 3_000
    teacher: float = 0.25
    right: float = 0.65
    exam: int = 300
    frozen: int = 400
    draws: int = 299

    def __post_init__(self) -> None:
        """Refuse what cannot be run."""
        if self.tuner not in _TUNERS:
            raise UsageError(f"there is no tuner {self.tuner!r}", do=f"There are: {', '.join(_TUNERS)}")
        if not 0 < self.seen <= self.pairs:
            raise UsageError("people see some of the pairs, and at most all of them", where="seen")

    def start(self, seed: int) -> Start:
        """Train the policy that all arms of a seed begin with, and freeze what it is held against.

        Args:
            seed: Of the world, the policy and the frozen labels.

        Raises:
            MissingExtra: torch or transformers is not installed.
        """
        world = make_world(seed, boats=self.boats, exam=self.exam, frozen=self.frozen)
        rng = _stream(seed, "lessons")
        facts = world.facts(self.facts, right=self.right, rng=rng)
        lessons = world.lessons(self.lessons, teacher=self.teacher, right=self.right, rng=rng)
        stages = [[(one.prompt, answer) for one, answer in part] for part in (facts, lessons)]
        policy = teach(stages, every_text(), self.size, seed)
        rng = _stream(seed, "voices")
        answers = {
            hand.name: world.answers(world.exam, hand, self.right, rng) for hand in (TEACHER, *PLACEBOS)
        }
        before = policy.write([one.prompt for one in world.exam], _number(seed, "exam", 0))
        frozen = self._freeze(world, _stream(seed, "frozen"))
        return Start(
            seed=seed,
            world=world,
            policy=policy,
            panel=make_panel(world.exam, before, answers, self.draws),
            frozen=frozen,
            people=tuple(
                row for one in PEOPLE for row in one.label(frozen, _stream(seed, f"frozen {one.name}"))
            ),
            judge=tuple(JUDGE.label(frozen, _stream(seed, f"frozen {JUDGE.name}"))),
            logs=_logs(policy, frozen),
        )

    def _freeze(self, world: World, rng: np.random.Generator) -> tuple[Pair, ...]:
        """Pairs of answers in two of the known voices, whoever is right."""
        found = []
        for at, question in enumerate(world.frozen):
            hands = [KNOWN[int(one)] for one in rng.choice(len(KNOWN), 2, replace=False)]
            a, b = (world.answer(question, hand, self.right, rng) for hand in hands)
            if question.is_right(a) == question.is_right(b):
                b = world.answer(question, hands[1], self.right, rng)
            found.append(
                Pair(
                    pair_id=f"frozen-{at}",
                    question=question,
                    a=a,
                    b=b,
                    author_a=hands[0].name,
                    author_b=hands[1].name,
                )
            )
        return tuple(found)

    def read_start(self, start: Start) -> Round:
        """The policy before any tuning, as round 0."""
        truth = read_truth(start.world.exam, start.panel.before)
        row = {
            "arm": "start",
            "seed": start.seed,
            "round": 0,
            "tuner": None,
            "weights": start.policy.weights,
            "truth": truth,
            "diversity": read_diversity(start.panel.before, start.panel.before, start.seed),
        }
        return Round(row=rounded(row), answers=start.panel.before)

    def run(
        self, arm: Arm, start: Start, *, control: Sequence[Sequence[str]] | None = None
    ) -> Iterator[Round]:
        """Run an arm, round after round.

        Args:
            arm: Whose labels are tuned on.
            start: Where it begins.
            control: Answers of the arm of people, round by round; None where this is that arm.
        """
        policy, log = start.policy, reward_rows(start.frozen, 0, self.course.beta, start.logs, start.logs)
        tune = _TUNERS[self.tuner](course=self.course)
        for number in range(1, self.rounds + 1):
            names = ("eyes", *(one.name for one in PEOPLE), STAND_IN.name, COIN.name, JUDGE.name)
            streams = {name: _stream(start.seed, f"round {number} {name}") for name in names}
            pairs = self._pair(policy, start, number)
            labelled = label(
                arm,
                pairs,
                seen=min(self.seen, len(pairs)),
                seed=_number(start.seed, "curate", number),
                streams=streams,
            )
            policy = tune(policy, labelled.preferred(), _stream(start.seed, f"round {number} tuning"))
            answers = policy.write(
                [one.prompt for one in start.world.exam], _number(start.seed, "exam", number)
            )
            log = [
                *log,
                *reward_rows(start.frozen, number, self.course.beta, _logs(policy, start.frozen), start.logs),
            ]
            read = _number(start.seed, "readings", number)
            row = {
                "arm": arm,
                "seed": start.seed,
                "round": number,
                "tuner": self.tuner,
                "pairs": len(pairs),
                "truth": read_truth(start.world.exam, answers) | {"nats": self._away(policy, start, answers)},
                "labels": read_labels(labelled, self.draws, read),
                "voice": read_voice(start.panel, answers, read),
                "beside_people": None
                if control is None
                else read_voice(start.panel, answers, read, control=control[number - 1]),
                "diversity": read_diversity(start.panel.before, answers, read),
                "reward": read_reward(log, start.people, start.judge, read),
            }
            yield Round(row=rounded(row), answers=tuple(answers))

    def _pair(self, policy: Policy, start: Start, number: int) -> list[Pair]:
        """The pairs of a round: two answers of the policy, or one of its and one of the teacher's.

        Where two of the policy's are equally right the second is written anew, once, and the teacher says the contrary as often as it may:
        else people would have little to choose between. In all the teacher is right as often as the policy is, so that its voice says
        nothing of what is right.
        """
        rng = _stream(start.seed, f"round {number} pairs")
        world = start.world
        questions = [world.practice[int(at)] for at in rng.integers(len(world.practice), size=self.pairs)]
        theirs = rng.random(self.pairs) < self.against_teacher
        one = self._ask(policy, start, questions, f"answers 1 of {number}")
        own = [int(at) for at in np.flatnonzero(~theirs)]
        two = dict(
            zip(
                own,
                self._ask(policy, start, [questions[at] for at in own], f"answers 2 of {number}"),
                strict=True,
            )
        )
        alike = [at for at in own if questions[at].is_right(one[at]) == questions[at].is_right(two[at])]
        again = self._ask(policy, start, [questions[at] for at in alike], f"answers 3 of {number}")
        two |= dict(zip(alike, again, strict=True))
        right = float(np.mean([q.is_right(answer) for q, answer in zip(questions, one, strict=True)]))
        found = []
        for at, question in enumerate(questions):
            if theirs[at]:
                told = rng.random() < _beside(question.is_right(one[at]), right)
                other = world.answer(question, TEACHER, float(told), rng)
                sides = [(one[at], STUDENT), (other, TEACHER.name)]
            else:
                sides = [(one[at], STUDENT), (two[at], STUDENT)]
            (a, author_a), (b, author_b) = (sides[int(place)] for place in rng.permutation(2))
            # Two answers that are the same, or none at all, are nothing to choose between.
            if a.strip() and b.strip() and a != b:
                found.append(
                    Pair(
                        pair_id=f"{number}-{at}",
                        question=question,
                        a=a,
                        b=b,
                        author_a=author_a,
                        author_b=author_b,
                    )
                )
        return found

    def _ask(self, policy: Policy, start: Start, questions: Sequence[Question], name: str) -> list[str]:
        return policy.write([one.prompt for one in questions], _number(start.seed, name, 0))

    def _away(self, policy: Policy, start: Start, answers: Sequence[str]) -> float:
        """How far the policy is from where it began: nats of divergence of an answer, read on its own."""
        prompts = [one.prompt for one in start.world.exam]
        apart = policy.log_likelihood(prompts, answers) - start.policy.log_likelihood(prompts, answers)
        return float(apart.mean())


def _beside(right: bool, share: float) -> float:  # noqa: FBT001 - one of the two cases
    """How often the teacher is right beside an answer: right as often in all, and as rarely along with it as that allows.

    >>> [round(_beside(one, 0.8), 2) for one in (True, False)]
    [0.75, 1.0]
    """
    if share > 0.5:
        return (2 * share - 1) / share if right else 1.0
    return 0.0 if right else share / (1 - share)


def _logs(policy: Policy, pairs: Sequence[Pair]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    prompts = [pair.question.prompt for pair in pairs]
    return (
        policy.log_likelihood(prompts, [pair.a for pair in pairs]),
        policy.log_likelihood(prompts, [pair.b for pair in pairs]),
    )


def _stream(seed: int, name: str) -> np.random.Generator:
    """A stream of its own for each use, so that adding one changes no other, and arms share what they may share."""
    return np.random.default_rng([seed, zlib.crc32(name.encode())])


def _number(seed: int, name: str, number: int) -> int:
    """A seed of its own for each use."""
    return int(_stream(seed, f"{name} {number}").integers(2**31))
