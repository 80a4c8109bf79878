"""Readings of a round: what is true in the made world, and what the product says that does not know it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from holdfast.lab.preferences.hands import PLACEBOS, TEACHER, teacher_share

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from holdfast.audits.preferences.judging import Judged
    from holdfast.lab.preferences.arms import Labelled
    from holdfast.lab.preferences.judges import Pair
    from holdfast.lab.preferences.world import Question

_READ = ("length", "position", "author_preference", "list_items", "exclamations")
"""Readings of labels that are kept of every round, beside agreement."""
_WORDS = 3_000
"""Words of a set of answers in which distinct phrases are counted."""
_PLACES = 6
"""Digits of a figure that is kept: the last ones of a sum may differ from machine to machine."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Panel:
    """What voices are held against, and how they are read.

    Attributes:
        questions: The exam.
        before: The policy's answers before any tuning.
        teacher: The teacher's own answers.
        placebos: Answers in voices that cannot have taught.
        draws: Draws behind intervals of all audits.
    """

    questions: tuple[Question, ...]
    before: tuple[str, ...]
    teacher: tuple[str, ...]
    placebos: tuple[tuple[str, ...], ...]
    draws: int

    def rows(self, answers: Sequence[str]) -> list[dict[str, str]]:
        """Prompts with answers, as the product reads outputs."""
        return [
            {"prompt": question.prompt, "response": answer}
            for question, answer in zip(self.questions, answers, strict=True)
        ]


def read_truth(questions: Sequence[Question], answers: Sequence[str]) -> dict[str, float | None]:
    """What is true of answers: voice, rightness and length, as the world made them.

    Args:
        questions: The questions.
        answers: One answer to each.
    """
    shares = [teacher_share(answer) for answer in answers]
    return {
        "teacher": float(np.mean([share is not None and share > 0.5 for share in shares])),
        "voiceless": float(np.mean([share is None for share in shares])),
        "right": float(
            np.mean([one.is_right(answer) for one, answer in zip(questions, answers, strict=True)])
        ),
        "words": float(np.mean([len(answer.split()) for answer in answers])),
    }


def read_voice(
    panel: Panel, answers: Sequence[str], seed: int, *, control: Sequence[str] | None = None
) -> dict[str, Any]:
    """What `holdfast voice` says of a policy's answers before and after tuning, with the teacher named.

    Args:
        panel: What they are held against.
        answers: The policy's answers now.
        seed: Of all draws.
        control: Answers of the policy that was tuned on people's labels.
    """
    from holdfast.audits.voice import voice

    found = voice(
        panel.rows(answers),
        before=panel.rows(panel.before),
        teacher=panel.rows(panel.teacher),
        placebo=[panel.rows(one) for one in panel.placebos],
        control=None if control is None else panel.rows(control),
        draws=max(panel.draws, 199),
        seed=seed,
    )
    drift = found.drifts.get("voice")
    if drift is None:
        return {"finding": found.finding, "pull": None}
    placebos = [one.pull for one in drift.placebos if one.pull is not None]
    return {
        "finding": found.finding,
        "pull": drift.teacher.pull,
        "interval": drift.teacher.interval,
        "specific": drift.specific,
        "placebo": max(placebos, default=None),
        "alignment": drift.teacher.alignment,
    }


def read_diversity(before: Sequence[str], answers: Sequence[str], seed: int) -> dict[str, float | None]:
    """How varied answers are: beside those before tuning, and by themselves at as many phrases.

    Args:
        before: The policy's answers before any tuning.
        answers: Its answers now.
        seed: Of what is drawn.
    """
    from holdfast.measures.examples import text_sides
    from holdfast.measures.reading import Calibration, Reading
    from holdfast.measures.text.diversity_profile import DiversityProfile
    from holdfast.stats.published.phrases import distinct_shares
    from holdfast.stats.published.words import Words

    some = [answer for answer in answers if answer.strip()]
    sides = text_sides(
        real=list(before),
        candidate=some,
        real_strata=["all"] * len(before),
        candidate_strata=["all"] * len(some),
    )
    profile = DiversityProfile(permutations=99)(sides, Calibration(seed=seed, draws=99))
    # Shares of distinct phrases fall as texts grow, so that all are read at as many words.
    words = " ".join(some).split()[:_WORDS]
    return {
        "profile": profile.value if isinstance(profile, Reading) else None,
        "distinct_3": distinct_shares(Words.of([words]), 3)[2] if len(words) == _WORDS else None,
        "different": len(set(answers)) / len(answers),
    }


def read_labels(labelled: Labelled, draws: int, seed: int) -> dict[str, Any]:
    """What `holdfast audit` says of the labels a round was tuned on, held against people's labels of the same pairs.

    Args:
        labelled: The labels.
        draws: Draws behind intervals.
        seed: Of all draws.
    """
    from holdfast.audits.preferences import audit_preferences

    found = audit_preferences(list(labelled.rows), real=list(labelled.people), draws=draws, seed=seed)
    agreement = found.reading("agreement", labelled.judge)
    told: dict[str, Any] = {
        "verdict": found.verdict,
        "alarms": sorted({one.reading.measure for one in found.alarms}),
        "labels": len(labelled.rows),
        "offered": labelled.offered,
        "filters": {name: list(decision) for name, decision in labelled.decisions.items()},
        "agreement": None if agreement is None else agreement.reading.value,
        "kappa": None if agreement is None else agreement.reading.details.get("kappa"),
        "one_person": None if agreement is None else agreement.reading.reality,
    }
    for measure in _READ:
        told[measure] = _told(found.reading(measure, labelled.judge))
    return told


def _told(one: Judged | None) -> dict[str, Any] | None:
    if one is None:
        return None
    reading = one.reading
    return {
        "state": reading.state,
        "value": reading.value,
        "people": reading.reality,
        "effect": reading.effect,
        "interval": reading.effect_interval,
        "alarm": one.alarm,
    }


def read_reward(
    log: Sequence[Mapping[str, Any]],
    people: Sequence[dict[str, Any]],
    judge: Sequence[dict[str, Any]],
    seed: int,
) -> dict[str, Any]:
    """What `holdfast reward` says of the policy's implicit rewards on the frozen pairs that people judged.

    Args:
        log: Log probabilities of both answers, pair by pair and round by round.
        people: People's labels of the frozen pairs.
        judge: The judge's labels of them.
        seed: Of all draws.
    """
    from holdfast.audits.reward import audit_rewards
    from holdfast.data.preferences import read_preferences

    found = audit_rewards(list(log), real=list(people), judge=read_preferences(list(judge)), seed=seed)
    told: dict[str, Any] = {"verdict": found.verdict}
    for measure in ("reward_accuracy", "reward_gap", "reward_length", "reward_chosen_logp"):
        one = found.reading(measure)
        told[measure] = (
            None
            if one is None
            else {"state": one.state, "value": one.value, "people": one.reality, "interval": one.interval}
        )
    return told


def reward_rows(
    pairs: Sequence[Pair], step: int, beta: float, now: Sequence[np.ndarray], start: Sequence[np.ndarray]
) -> list[dict[str, Any]]:
    """Rows of a log of implicit rewards.

    Args:
        pairs: The frozen pairs.
        step: The round.
        beta: Of the tuning.
        now: Log probabilities of the first and of the second answers, float64 [n] each.
        start: The same before any tuning.
    """
    return [
        {
            "pair_id": pair.pair_id,
            "step": step,
            "beta": beta,
            "logp_a": float(now[0][at]),
            "logp_b": float(now[1][at]),
            "ref_logp_a": float(start[0][at]),
            "ref_logp_b": float(start[1][at]),
        }
        for at, pair in enumerate(pairs)
    ]


def rounded(value: Any) -> Any:
    """Plain values with figures cut to the digits that are kept."""
    if isinstance(value, bool) or value is None or isinstance(value, str | int):
        return value
    if isinstance(value, float | np.floating):
        return round(float(value), _PLACES)
    if isinstance(value, dict):
        return {name: rounded(one) for name, one in value.items()}
    return [rounded(one) for one in value]


def make_panel(
    questions: tuple[Question, ...], before: Sequence[str], answers: Mapping[str, Sequence[str]], draws: int
) -> Panel:
    """A panel of the answers of the teacher and of the placebos, by name."""
    return Panel(
        questions=questions,
        before=tuple(before),
        teacher=tuple(answers[TEACHER.name]),
        placebos=tuple(tuple(answers[one.name]) for one in PLACEBOS),
        draws=draws,
    )
