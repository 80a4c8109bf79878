"""Each reviewer: how fast, how right, how steady, and whether they read what they judge."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from holdfast.measures.reading import Undetermined
from holdfast.reviews.results.chance import against_half, between_thirds
from holdfast.reviews.results.claims import claims_of, main_question
from holdfast.stats.intervals import exact_share, newcombe, wilson
from holdfast.stats.multiplicity import holm

if TYPE_CHECKING:
    from collections.abc import Sequence

    from holdfast.reviews.decisions.decision import Decision
    from holdfast.reviews.questions.question import Question
    from holdfast.reviews.results.said import Said

# Brysbaert 2019, Journal of Memory and Language 109:104047: adults read 238 words of English non-fiction a minute, in silence, on average.
_WORDS_A_SECOND = 238 / 60
# Readers differ: only who was three times as fast as the average is said not to have read.
_TOO_FAST = 3.0
_LEVEL = 0.05
_FEWEST_OF_EACH = 5
_FIRST = "first preferred"


@dataclass(frozen=True, slots=True, kw_only=True)
class Counted:
    """A share with what it was counted from.

    Attributes:
        hits: Of how many it holds; a fraction where an item was shared with several others.
        of: Out of how many.
        interval: 95 %.
    """

    hits: float
    of: int
    interval: tuple[float, float]

    @property
    def value(self) -> float:
        """The share."""
        return self.hits / self.of


@dataclass(frozen=True, slots=True, kw_only=True)
class Tested:
    """A share beside what chance gives.

    Attributes:
        what: `accepted` (`first preferred` of pairs), `gold right` and `agreement` are held against each other in thirds of the work; `left`
            against a half.
        shares: In each third, or the one share.
        of: Decisions it rests on.
        p_value: How often chance alone gives as much.
        p_adjusted: The same, over all such tests of all reviewers (Holm).
    """

    what: str
    shares: tuple[float, ...]
    of: int
    p_value: float
    p_adjusted: float

    @property
    def stands_out(self) -> bool:
        """Whether chance does not explain it."""
        return self.p_adjusted <= _LEVEL


@dataclass(frozen=True, slots=True, kw_only=True)
class Haste:
    """Decisions too quick to have read the text, and what they say.

    Attributes:
        quick: Decisions that took less than a third of the time in which people read as many words on average.
        timed: Decisions whose time is known.
        quick_agree: Of quick ones in which a suggestion was open, those that say what it says, and out of how many.
        slow_agree: The same of the others.
        gap: 95 % interval of how much more often quick ones agree; None where there are too few of either.
    """

    quick: int
    timed: int
    quick_agree: tuple[int, int]
    slow_agree: tuple[int, int]
    gap: tuple[float, float] | None

    @property
    def stands_out(self) -> bool:
        """Whether quick decisions follow suggestions more often than others do, beyond chance."""
        return self.gap is not None and self.gap[0] > 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Reviewer:
    """A reviewer.

    Attributes:
        name: Who.
        decided: Items decided.
        seconds: Middle time for an item (median), or None where nobody measured it.
        agreement: With others, on the main question, over items that both answered.
        gold: Gold questions that were answered right.
        tests: Drift over thirds of the work, and the side taken; those that could be tested.
        haste: Decisions too quick to have read the text.
    """

    name: str
    decided: int
    seconds: float | None
    agreement: Counted | Undetermined
    gold: Counted | Undetermined
    tests: tuple[Tested, ...]
    haste: Haste


def reviewers(said: Said, rng: np.random.Generator) -> tuple[Reviewer, ...]:
    """Every reviewer, in the order of their names.

    Args:
        said: What was said.
        rng: Draws what chance gives.
    """
    main = main_question(said.queue.questions)
    found = [_reviewer(said, name, decisions, main, rng) for name, decisions in said.by_reviewer.items()]
    adjusted = iter(holm([test.p_value for one in found for test in one.tests]))
    return tuple(
        replace(one, tests=tuple(replace(test, p_adjusted=next(adjusted)) for test in one.tests))
        for one in found
    )


def _reviewer(
    said: Said, name: str, decisions: Sequence[Decision], main: Question | None, rng: np.random.Generator
) -> Reviewer:
    seconds = [one.seconds for one in decisions if one.seconds is not None]
    shared = _shared(said, decisions, main)
    right = _right(said, decisions)
    tests = [
        between_thirds(np.array(values, bool), rng, what=what)
        for what, values in (
            (
                _FIRST if main is not None and main.kind == "which" else "accepted",
                _accepted(said, decisions, main),
            ),
            ("gold right", right),
            # Half of the others or more: a share of several is no yes or no.
            ("agreement", [one >= 0.5 for one in shared]),
        )
    ]
    tests.append(against_half(_lefts(decisions, main)))
    return Reviewer(
        name=name,
        decided=len(decisions),
        seconds=float(np.median(seconds)) if seconds else None,
        agreement=Counted(hits=sum(shared), of=len(shared), interval=wilson(sum(shared), len(shared)))
        if shared
        else Undetermined(reason="no item was answered by anybody else as well", needed_rows=1),
        gold=Counted(hits=sum(right), of=len(right), interval=exact_share(sum(right), len(right)))
        if right
        else Undetermined(reason="no gold question was answered", needed_rows=1),
        tests=tuple(
            Tested(what=test.what, shares=test.shares, of=test.of, p_value=test.p_value, p_adjusted=1.0)
            for test in tests
            if test is not None
        ),
        haste=_haste(said, decisions, main),
    )


def _shared(said: Said, decisions: Sequence[Decision], main: Question | None) -> list[float]:
    """For each item that others answered, too: the share of them who said the same."""
    if main is None:
        return []
    found = []
    for one in decisions:
        own = one.answers.get(main.name)
        others = [
            other.answers[main.name]
            for other in said.by_item[one.item]
            if other.reviewer != one.reviewer and main.name in other.answers
        ]
        if own is not None and others:
            found.append(sum(other == own for other in others) / len(others))
    return found


def _right(said: Said, decisions: Sequence[Decision]) -> list[bool]:
    """For each gold question: whether all that is known of it was answered so."""
    found = []
    for one in decisions:
        known = said.columns["known"][one.item]
        if known:
            found.append(all(one.answers.get(name) == value for name, value in known.items()))
    return found


def _accepted(said: Said, decisions: Sequence[Decision], main: Question | None) -> list[bool]:
    """Whether each row was found good, gold questions left out: whoever drew them knew what they are."""
    claim = next((one for one in claims_of(said.queue.questions) if one.question == main), None)
    if claim is None:
        return []
    told = [claim.says(one, said.columns["label"][one.item]) for one in decisions if not said.gold(one.item)]
    return [(one == 0.0 if claim.bad else one == 1.0) for one in told if one is not None]


def _lefts(decisions: Sequence[Decision], main: Question | None) -> list[bool]:
    if main is None or main.kind != "which":
        return []
    return [
        one.answers[main.name] == one.shown["left"]
        for one in decisions
        if one.answers.get(main.name) in ("a", "b") and one.shown.get("left") in ("a", "b")
    ]


def _haste(said: Said, decisions: Sequence[Decision], main: Question | None) -> Haste:
    quick_count = timed = 0
    agree = {True: [0, 0], False: [0, 0]}
    for one in decisions:
        if one.seconds is None:
            continue
        timed += 1
        words = sum(len((said.columns[name][one.item] or "").split()) for name in ("text", "text_b"))
        needed = words / (_TOO_FAST * _WORDS_A_SECOND)
        quick = one.seconds < needed
        quick_count += quick
        suggested = said.columns["suggestion"][one.item] or {}
        if main is None or one.shown.get("suggestion") != "open" or main.name not in suggested:
            continue
        agree[quick][0] += one.answers.get(main.name) == suggested[main.name]
        agree[quick][1] += 1
    (quick_same, quick_of), (slow_same, slow_of) = agree[True], agree[False]
    enough = min(quick_of, slow_of) >= _FEWEST_OF_EACH
    return Haste(
        quick=quick_count,
        timed=timed,
        quick_agree=(quick_same, quick_of),
        slow_agree=(slow_same, slow_of),
        gap=newcombe(quick_same, quick_of, slow_same, slow_of) if enough else None,
    )
