"""Real-equivalent rows: how many fresh real rows would have been worth as much as the candidate?"""

from __future__ import annotations

from dataclasses import dataclass
from math import exp, isinf
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np

from holdfast.measures.reading import Band, Calibration, Reading, Undetermined, too_few
from holdfast.measures.worth.coverage import Bench, added, cover, uncovered
from holdfast.measures.worth.estimate import Estimate, Headline, Worth, smallest_of
from holdfast.measures.worth.labels import Labels
from holdfast.measures.worth.learners import Language
from holdfast.measures.worth.learning import learn
from holdfast.measures.worth.rarity import benches_by_band
from holdfast.stats.bands import BANDS
from holdfast.views.closeness import Closeness, likeness_of
from holdfast.views.label_lessons import LabelLessons
from holdfast.views.reading import read_view
from holdfast.views.word_lessons import WordLessons, draw_salt

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from holdfast.measures.worth.learners import Learner
    from holdfast.views.likeness import Likeness
    from holdfast.views.sides import Sides
    from holdfast.views.view import View

LEAST_BAND_ROWS = 200
"""Real rows that a rarity band needs to be valued."""
LEAST_STRATUM_ROWS = 40
_LOST = 0.001  # chance below which a real row counts as covered by nobody any more
_SHOWN = 200
_SHOWN_PER_STRATUM = 20
_LEAST_CLOSENESS = 0.01
_BY = {
    "coverage": "by coverage",
    "labels": "by what a learner of labels takes from it",
    "language": "by what a learner of the order of words takes from it",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class RealEquivalentRows:
    """Number of fresh real rows that would have scored as much as the candidate.

    Two or three readings, and the smallest is the number: how close the candidate comes to unseen real rows (word
    pairs and triples in common with the nearest row, or nearness in a sentence encoder's space), and what cheap learners
    take from it to unseen real rows (the order of words, and labels where both sides have them). Each is held against
    the same reading of real sets of every size.

    Reads
        the number of rows for fresh real rows; an eighth of it where every row stands eight times; almost nothing for
        shuffled words.
    Blind to
        meaning in other words: a paraphrase that shares no pair of neighbouring words with reality counts little.
    Undetermined
        with fewer than `least_rows` real or candidate rows.
    Cost
        linear in words; a row meets only those of the real rows that judge (at most 3,000) that it shares a word pair with.
    Source
        Rarefaction of the nearest-neighbour curve and of the learning curve; `design/0002-worth.md`.

    >>> from holdfast.measures.examples import text_sides
    >>> from random import Random
    >>> dice = Random(1)
    >>> words = "where can i find my new card please tell me about the old account today".split()
    >>> rows = [" ".join(dice.choices(words, k=6)) for _ in range(450)]
    >>> sides = text_sides(real=rows[:300], candidate=rows[300:] * 4)
    >>> 100 < RealEquivalentRows()(sides, Calibration()).value < 225
    True
    """

    name: ClassVar[str] = "real_equivalent_rows"
    title: ClassVar[str] = "Real-equivalent rows"
    version: ClassVar[int] = (
        2  # near-copies share one row's weight in the whole candidate, whatever part of it is left out
    )
    unit: ClassVar[str] = "real rows"
    percent: ClassVar[bool] = False
    judged: ClassVar[bool] = True
    decisive: ClassVar[bool] = False
    of_shares: ClassVar[bool] = False

    tolerance: float = 0.5
    least_rows: int = 50

    def views(self, sides: Sides, null: Calibration) -> tuple[View, ...]:
        """What is asked of every row."""
        entropy, salt = null.entropy(self.name), draw_salt(null.rng(self.name))
        labels = (LabelLessons(salt=salt),) if sides.origin == "column" and len(sides.labels) > 1 else ()
        return Closeness(salt=salt), *labels, WordLessons(entropy=entropy)

    def __call__(self, sides: Sides, null: Calibration) -> Reading | Undetermined:
        """Value the candidate."""
        real, count = len(sides.anchor), len(sides.candidate)
        if min(real, count) < self.least_rows:
            return too_few(real, count, self.least_rows)
        entropy, rng = null.entropy(self.name), null.rng(self.name)
        salt = draw_salt(rng)
        closeness = read_view(sides, Closeness(salt=salt))
        likeness, representation = likeness_of(closeness.real, closeness.candidate), closeness.model.by
        others = likeness.pool.sum(axis=(1, 2))
        if float(np.median(others)) < self.least_rows:
            return Undetermined(
                reason="the real rows repeat each other: hardly any has another one that is not its copy",
                needed_rows=None,
            )
        everyone = Bench(judges=np.flatnonzero(others > 0))
        coverage = cover(likeness, [everyone], count)
        if coverage.curve.scores[-1] < _LEAST_CLOSENESS:
            return Undetermined(
                reason="the real rows have next to nothing in common with each other, so that closeness says nothing",
                needed_rows=None,
            )
        learnt = _learn(sides, salt, entropy, rng)
        readings = {"coverage": coverage} | learnt
        head = smallest_of(readings)
        gain, fresh_gain = added(likeness, count)
        chances = uncovered(likeness, count)
        worth = head.worth
        value = gain.rows if sides.use == "add" else worth.rows
        known = worth.limit
        p_value, effect = worth.p_value, max(0.0, 1.0 - worth.rows / count)
        if worth.at_least or sides.use == "add":
            p_value, effect = 1.0, 0.0
        smallest = 1.0 - min(exp(-(_quantile(null.level) + 0.8416) * worth.error), known / count)
        return Reading(
            value=value,
            null=_null(fresh_gain if sides.use == "add" else float(count), head),
            interval=_interval(gain if sides.use == "add" else worth),
            p_value=p_value,
            randomized=p_value,
            effect=effect,
            smallest_detectable=float(np.clip(smallest, 0.0, 1.0)),
            rows=(),
            evidence=_evidence(readings, head),
            details={
                "rows": count,
                "headline": _plain(worth) | {"by": list(head.by), "above": list(head.above)},
                "coverage": _plain(coverage.worth),
                "learners": [_plain(found.worth) | {"name": name} for name, found in learnt.items()],
                "added": _plain(gain) | {"fresh": fresh_gain},
                "bands": _bands(sides, likeness),
                "strata": _strata(sides, likeness),
                "curve": {
                    "sizes": coverage.curve.sizes.tolist(),
                    "closeness": coverage.curve.scores.tolist(),
                    "candidate": coverage.score,
                },
                "learning": {
                    name: {
                        "sizes": found.curve.sizes.tolist(),
                        "scores": found.curve.scores.tolist(),
                        "candidate": found.score,
                    }
                    for name, found in learnt.items()
                },
                "representation": representation.name,
                "blind_to": representation.blind_to,
            }
            | _uncovered(sides, likeness, chances),
        )


def _interval(worth: Worth) -> tuple[float, float] | None:
    """The interval where both ends are known; `details` hold the known end of the others."""
    return None if isinf(worth.high) else (worth.low, worth.high)


def _quantile(level: float) -> float:
    from scipy.special import ndtri

    return -float(ndtri(level))


def _null(fresh: float, head: Headline) -> Band:
    low, high = head.null
    return Band(median=fresh, low=fresh * low, high=fresh * high)


def _learn(
    sides: Sides, salt: int, entropy: tuple[int, ...], rng: np.random.Generator
) -> dict[str, Estimate]:
    """What learners make of the candidate.

    Labels where both sides have them; and the order of words, since labels can be learnt without it.
    """
    learners: list[Learner] = []
    if sides.origin == "column" and len(sides.labels) > 1:
        learners.append(Labels(sides, read_view(sides, LabelLessons(salt=salt))))
    words = read_view(sides, WordLessons(entropy=entropy))
    rng.random(len(words.model.exam.rows))  # the words of the exam were shuffled with these
    learners.append(Language(sides, words))
    found = {}
    for learner in learners:
        learnt = learn(sides, learner, rng)
        if learnt is not None:
            found[learner.name] = learnt
    return found


def _plain(worth: Worth) -> dict[str, Any]:
    return {
        "real_rows": worth.rows,
        "low": worth.low,
        "high": None if isinf(worth.high) else worth.high,
        "at_least": worth.at_least,
        "judges": worth.judges,
    }


def _bands(sides: Sides, likeness: Likeness) -> list[dict[str, Any]]:
    """The worth in each rarity band, where enough real rows can judge it."""
    if len(sides.labels) < 2:
        return []
    found = []
    for (name, _, _), benches in zip(BANDS, benches_by_band(sides, likeness), strict=True):
        seated = len(np.unique(np.concatenate([b.judges for b in benches]))) if benches else 0
        seats = sum(len(b.judges) for b in benches) / max(len(benches), 1)
        if seats < LEAST_BAND_ROWS:
            have = len(sides.anchor)
            need = int(np.ceil(have * LEAST_BAND_ROWS / max(seats, 1) / 100) * 100)
            reason = f"only {seats:,.0f} real rows judge this band; {LEAST_BAND_ROWS} are needed, about {need:,} real rows in all"
            found.append({"band": name, "judges": seated, "reason": reason})
            continue
        worth = cover(likeness, benches, len(sides.candidate)).worth
        found.append({"band": name} | _plain(worth) | {"reason": None})
    return found


def _strata(sides: Sides, likeness: Likeness) -> list[dict[str, Any]]:
    """The worth in each stratum that enough real rows judge, least first."""
    judged = sides.known[likeness.judges]
    found = []
    for number, label in enumerate(sides.labels):
        judges = np.flatnonzero(judged == number)
        if len(judges) >= LEAST_STRATUM_ROWS:
            worth = cover(likeness, [Bench(judges=judges)], len(sides.candidate)).worth
            found.append({"stratum": label} | _plain(worth))
    return sorted(found, key=lambda row: float(row["real_rows"]))


def _uncovered(sides: Sides, likeness: Likeness, chances: NDArray[np.float64]) -> dict[str, Any]:
    """Real rows that the candidate comes less close to than a real set of its size would in 999 of 1,000 draws."""
    order = np.argsort(chances, kind="stable")
    order = order[chances[order] < _LOST]
    judged = sides.known[likeness.judges]
    shown: list[int] = []
    of_stratum: dict[int, int] = {}
    for i in order.tolist():
        number = int(judged[i])
        of_stratum[number] = of_stratum.get(number, 0) + 1
        if of_stratum[number] <= _SHOWN_PER_STRATUM and len(shown) < _SHOWN:
            shown.append(i)
    return {
        "uncovered_count": len(order),
        "uncovered_by_chance": _LOST * len(likeness.judges),
        "uncovered": [
            {
                "row": int(likeness.judges[i]),
                "stratum": sides.labels[judged[i]] if judged[i] >= 0 else None,
                "chance": float(chances[i]),
                "nearest": int(likeness.source[i]) if likeness.source[i] >= 0 else None,
            }
            for i in shown
        ],
    }


def _evidence(readings: dict[str, Estimate], head: Headline) -> tuple[str, ...]:
    lines = [f"{_BY[name]}: {_words(reading.worth)}" for name, reading in readings.items()]
    if "coverage" in head.above:
        lines.append("it comes close to real rows and teaches little")
    elif head.above:
        lines.append("it teaches more than it covers: part of reality is not there")
    return tuple(lines)


def _words(worth: Worth) -> str:
    if worth.at_least:
        return f"at least {worth.rows:,.0f} real rows"
    if isinf(worth.high):
        return f"{worth.rows:,.0f} real rows (95 % interval from {worth.low:,.0f} up)"
    return f"{worth.rows:,.0f} real rows (95 % interval {worth.low:,.0f} to {worth.high:,.0f})"
