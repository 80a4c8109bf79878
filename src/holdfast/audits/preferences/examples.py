"""Examples: pairs that show what an audit of preferences says, for people who would rather read than believe figures."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    from holdfast.audits.preferences.judging import Judged
    from holdfast.views.ratings import Rater, Ratings

MOST = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class Example:
    """A pair, what people and a judge said of it, and why it is shown.

    Attributes:
        pair_id: The pair.
        prompt: The prompt, where there is one.
        responses: Response a and response b.
        authors: Who wrote them, where known.
        words: How many words each has.
        human: What most people said: `a`, `b`, `tie`, or None where nobody looked.
        judge: What the judge said.
        judge_name: The judge.
        why: Why it is shown.
    """

    pair_id: str
    prompt: str | None
    responses: tuple[str, str]
    authors: tuple[str | None, str | None]
    words: tuple[int, int]
    human: str | None
    judge: str
    judge_name: str
    why: str

    def plain(self, *, show_text: bool) -> dict[str, Any]:
        """As plain values.

        Args:
            show_text: Whether texts may appear.
        """
        return {
            "pair_id": self.pair_id,
            "prompt": self.prompt if show_text else None,
            "response_a": self.responses[0] if show_text else None,
            "response_b": self.responses[1] if show_text else None,
            "author_a": self.authors[0],
            "author_b": self.authors[1],
            "words_a": self.words[0],
            "words_b": self.words[1],
            "human": self.human,
            "judge": self.judge,
            "judge_name": self.judge_name,
            "why": self.why,
        }


def pick_examples(ratings: Ratings, judges: Sequence[Rater], judged: Sequence[Judged]) -> tuple[Example, ...]:
    """At most ten pairs: those that alarms rest on, in turn; else those on which judges contradict people who agree.

    Args:
        ratings: All ratings.
        judges: Who is held against people.
        judged: The readings.
    """
    by_name = {judge.name: judge for judge in judges}
    queues = []
    for one in sorted((one for one in judged if one.alarm), key=lambda one: one.severity != "fail"):
        if one.reading.rows and one.reading.subject in by_name:
            why = one.title
            queues.append([(row, by_name[one.reading.subject], why) for row in one.reading.rows[:MOST]])
    if not queues:
        queues = [_contradictions(ratings, judge) for judge in judges]
    picked: dict[int, tuple[Rater, str]] = {}
    for turn in range(MOST):
        for queue in queues:
            if turn < len(queue) and len(picked) < MOST:
                row, judge, why = queue[turn]
                picked.setdefault(row, (judge, why))
    return tuple(_example(ratings, row, judge, why) for row, (judge, why) in picked.items())


def _contradictions(ratings: Ratings, judge: Rater) -> list[tuple[int, Rater, str]]:
    human, count = ratings.human
    said = human[judge.rows]
    against = np.nan_to_num(-said * judge.verdict) * np.sqrt(count[judge.rows])
    order = np.lexsort((judge.rows, -against))[:MOST]
    return [
        (int(judge.rows[at]), judge, "The judge contradicts people")
        for at in order.tolist()
        if against[at] > 0
    ]


def _example(ratings: Ratings, row: int, judge: Rater, why: str) -> Example:
    pair = ratings.preferences.pairs.slice(row, 1).to_pylist()[0]
    human, count = ratings.human
    at = int(np.searchsorted(judge.rows, row))
    return Example(
        pair_id=pair["pair_id"],
        prompt=pair["prompt"],
        responses=(pair["response_a"], pair["response_b"]),
        authors=(pair["author_a"], pair["author_b"]),
        words=(len(pair["response_a"].split()), len(pair["response_b"].split())),
        human=_word(float(human[row])) if count[row] else None,
        judge=_word(float(judge.label[at])),
        judge_name=judge.name,
        why=why,
    )


def _word(verdict: float) -> str:
    return "a" if verdict > 0 else "b" if verdict < 0 else "tie"
