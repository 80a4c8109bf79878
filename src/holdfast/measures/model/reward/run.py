"""A run: what a model in training gives to pairs that people judged, step by step, lined up with their labels."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from holdfast.errors import InputError
from holdfast.views.ratings import read_ratings

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from holdfast.data.preferences import Preferences
    from holdfast.data.rewards import RewardLog
    from holdfast.views.ratings import Rater, Ratings

LEAST_PAIRS = 100
"""At an accuracy of 0.75 the interval is 17 points wide at 100 pairs."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """Margins and labels, a column for each pair that the log speaks of.

    Attributes:
        steps: float64 [s], ascending.
        pair: int64 [p], rows of the ratings' pairs.
        margin: float64 [s, p], reward of a less reward of b; NaN where a step has no row.
        logp: float64 [s, p, 2], of a and b; NaN where not given.
        reference: float64 [s, p, 2], the same under the model training began with.
        kl: float64 [s], NaN where not given.
        voice: float64 [p], closeness to a teacher's voice, a less b; NaN without.
        human: float64 [p] in -1..1, mean verdict of people; NaN where nobody looked.
        judge: float64 [p] in -1..1, mean verdict of the judge that training used; NaN where it did not look.
        length: float64 [p], difference of log(1 + words), a less b.
        cluster: int64 [p], pairs of one prompt share it.
        people: Human annotators, their labels by column: each float64 [p], NaN where they did not look.
        implicit: Whether rewards are made of log probabilities.
        unmatched: Rows of the log whose pair has no label.
    """

    steps: NDArray[np.float64]
    pair: NDArray[np.int64]
    margin: NDArray[np.float64]
    logp: NDArray[np.float64]
    reference: NDArray[np.float64]
    kl: NDArray[np.float64]
    voice: NDArray[np.float64]
    human: NDArray[np.float64]
    judge: NDArray[np.float64]
    length: NDArray[np.float64]
    cluster: NDArray[np.int64]
    people: tuple[NDArray[np.float64], ...]
    implicit: bool
    unmatched: int

    @property
    def decided(self) -> NDArray[np.bool_]:
        """bool [p], people prefer one of the two."""
        return np.asarray(np.nan_to_num(self.human) != 0)

    def hits(self, label: NDArray[np.float64]) -> NDArray[np.float64]:
        """float64 [s, p], 1 where the margin says what the label says, 1/2 where it says nothing; NaN without either."""
        known = np.nan_to_num(label) != 0
        agreed = (np.sign(self.margin) * np.sign(np.where(known, label, 0.0)) + 1.0) / 2.0
        return np.where(known & np.isfinite(self.margin), agreed, np.nan)


def line_up(log: RewardLog, preferences: Preferences, judge_names: frozenset[str] = frozenset()) -> Run:
    """Line a log up with labels.

    A row that gives texts is turned as its texts stand in the pair. A row without texts that speaks of chosen and rejected speaks
    of what people chose; where they are tied, it is left out.

    Args:
        log: The log.
        preferences: Pairs and labels, of people and of the judge that training used.
        judge_names: Names of that judge among the annotators; without, no proxy is read.

    Raises:
        InputError: No row speaks of a pair that people labelled, or one pair has two rows at a step.
    """
    ratings = read_ratings(preferences)
    people, _ = ratings.human
    row_of = _rows(log, preferences)
    a_first = _orientation(log, row_of, preferences, people)
    used = np.flatnonzero((row_of >= 0) & (a_first != 0))
    pair = np.unique(row_of[used])
    if len(pair) == 0 or not np.isfinite(people[pair]).any():
        raise InputError(
            "no row of the log speaks of a pair that people labelled",
            where=log.name,
            do="Score the pairs of the anchor: pair_id, or the same prompt and responses, must be in the log",
        )
    steps, at = np.unique(log.step[used], return_inverse=True)
    column = np.searchsorted(pair, row_of[used])
    _check_once(log, used, at, column)
    shape = len(steps), len(pair)
    margin, voice = np.full(shape, np.nan), np.full(len(pair), np.nan)
    margin[at, column] = (log.reward[used, 0] - log.reward[used, 1]) * a_first[used]
    closeness = (log.voice[used, 0] - log.voice[used, 1]) * a_first[used]
    voice[column] = closeness
    logp, reference = (np.full((*shape, 2), np.nan) for _ in range(2))
    for table, given in ((logp, log.logp), (reference, log.reference)):
        table[at, column] = np.where((a_first[used] > 0)[:, None], given[used], given[used][:, ::-1])
    words = [np.log1p(side[pair, 0]) for side in ratings.counts]
    return Run(
        steps=steps,
        pair=pair,
        margin=margin,
        logp=logp,
        reference=reference,
        kl=np.array([_mean(log.kl[used[at == one]]) for one in range(len(steps))]),
        voice=voice,
        human=people[pair],
        judge=_verdicts(ratings, [rater for rater in ratings.judges if rater.name in judge_names])[pair],
        length=words[0] - words[1],
        cluster=np.unique(ratings.prompt[pair], return_inverse=True)[1].astype(np.int64),
        people=tuple(_verdicts(ratings, [rater])[pair] for rater in ratings.people),
        implicit=log.implicit,
        unmatched=len(log) - len(used),
    )


def _rows(log: RewardLog, preferences: Preferences) -> NDArray[np.int64]:
    """int64 [n], the pair of each row of the log; -1 where there is none."""
    pairs = preferences.pairs
    by_hash = {value: row for row, value in enumerate(pairs.column("pair_hash").to_pylist())}
    by_id = {value: row for row, value in enumerate(pairs.column("pair_id").to_pylist())}
    found = []
    for name, digest in zip(log.pair_id, log.pair_hash, strict=True):
        row = by_hash.get(digest, -1) if digest is not None else -1
        # A row with texts is known by them: the same id in another file may be another pair.
        found.append(by_id.get(name, -1) if row < 0 and digest is None and name is not None else row)
    return np.array(found, np.int64)


def _orientation(
    log: RewardLog, row_of: NDArray[np.int64], preferences: Preferences, people: NDArray[np.float64]
) -> NDArray[np.int64]:
    """int64 [n], 1 where the first response is a, -1 where it is b, 0 where that is not known."""
    texts = preferences.pairs.column("response_a").to_pylist()
    found = np.zeros(len(log), np.int64)
    for at, row in enumerate(row_of):
        if row < 0:
            continue
        first = log.first[at]
        if first is not None:
            found[at] = 1 if first == texts[row].strip() else -1
        elif log.chosen[at]:
            found[at] = int(np.sign(np.nan_to_num(people[row])))
        else:
            found[at] = 1
    return found


def _check_once(
    log: RewardLog, used: NDArray[np.int64], at: NDArray[np.int64], column: NDArray[np.int64]
) -> None:
    key = at * (int(column.max()) + 1) + column
    order = np.argsort(key, kind="stable")
    twice = np.flatnonzero(np.diff(key[order]) == 0)
    if len(twice):
        row = int(used[order[twice[0] + 1]])
        raise InputError(
            f"the pair has two rows at step {log.step[row]:g}",
            where=f"{log.name}, row {row + 1}",
            do="A log has one row for each pair and step; give different steps different numbers",
        )


def _verdicts(ratings: Ratings, raters: list[Rater]) -> NDArray[np.float64]:
    total, count = np.zeros(len(ratings)), np.zeros(len(ratings))
    for rater in raters:
        total[rater.rows] += rater.verdict
        count[rater.rows] += 1
    return np.where(count > 0, total / np.maximum(count, 1), np.nan)


def _mean(values: NDArray[np.float64]) -> float:
    known = values[np.isfinite(values)]
    return float(known.mean()) if len(known) else float("nan")
