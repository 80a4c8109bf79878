"""Empirical mode: train a cheap learner on candidate blends, and pick by its loss on real rows that nothing else used."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from holdfast.errors import InputError, UsageError
from holdfast.remedies.curate.select import choose, quotas
from holdfast.views import label_learner
from holdfast.views.compare import compare
from holdfast.views.features import narrow, unit_frequencies, weigh
from holdfast.views.reality import Rows, read_reality

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from numpy.typing import NDArray

    from holdfast.remedies.curate.select import Mix
    from holdfast.views.sides import Sides

_EXAM = 0.3
"""Share of the real rows that only the exam sees."""
_LEAST_EXAM = 40
_BOOTSTRAPS = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class Trial:
    """One blend that was tried.

    Attributes:
        made: Made rows beside all real rows that may be learnt from.
        mix: How strata share the made rows; empty without any.
        loss: Bits it takes the learner to name the label of an unseen real row, mean over strata, so that rare ones count.
        worse: By how much that is above the best trial's.
        error: Standard error of that difference, over strata and rows of the exam.
    """

    made: int
    mix: str
    loss: float
    worse: float
    error: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Pick:
    """What the trials say.

    Attributes:
        made: Made rows of the pick.
        mix: How strata share them.
        helps: Whether made rows surely help: `yes`, `no` where real rows alone are as good or better, or `undetermined`.
        trials: All trials, the best first.
        students: Real rows that were learnt from.
        exam: Real rows of the exam.
    """

    made: int
    mix: str
    helps: str
    trials: tuple[Trial, ...]
    students: int
    exam: int


def pick_blend(
    made: Rows,
    real: Rows,
    *,
    sizes: Sequence[int],
    mixes: Sequence[Mix] = ("equal", "candidate"),
    seed: int = 0,
    progress: Callable[[str], None] = lambda _: None,
) -> Pick:
    """Try blends of real rows with more and more made rows, and pick the one a learner does best on.

    The learner is naive Bayes over weighed words: of another family than the linear models and networks that people train, so that
    what helps it is no property of one of them. Of trials that cannot be told from the best, the one with the fewest made rows is
    picked: rows that bring nothing are not added.

    Args:
        made: Labelled made rows.
        real: Labelled real rows; 30 % of them are set aside for the exam, whole groups of near-copies at a time.
        sizes: Numbers of made rows to try; 0 is tried in any case.
        mixes: How strata share them.
        seed: Decides which rows are set aside.
        progress: Called with a word about what is done next.

    Raises:
        InputError: Rows have no labels, or there are too few to set any aside.
        UsageError: A size is below 1.
    """
    if real.strata is None or made.strata is None:
        raise InputError(
            "labels on both sides are needed to try blends",
            do="Name their column with --label, or plan without trials",
        )
    if any(size < 1 for size in sizes):
        raise UsageError("numbers of made rows are at least 1", where="--sizes")
    rng = np.random.default_rng(seed)
    every = read_reality(real, labelled_candidate=True, salt=seed, step=progress)
    units = every.duplicates.units
    held = rng.permutation(int(units.max()) + 1) < _EXAM * (int(units.max()) + 1)
    exam = np.flatnonzero(held[units])
    students = np.flatnonzero(~held[units])
    if min(len(exam), len(students)) < _LEAST_EXAM:
        raise InputError(
            f"only {len(exam):,} real rows can be set aside, {_LEAST_EXAM} are needed",
            do=f"Give about {int(np.ceil(_LEAST_EXAM / _EXAM)):,} labelled real rows or more",
        )
    # What chooses made rows and weighs words never sees the exam.
    reality = read_reality(_at(real, students), labelled_candidate=True, salt=seed, step=progress)
    sides = compare(reality, made, step=progress)
    asked = compare(reality, _at(real, exam), step=progress)
    return _tried(sides, asked, sizes, mixes, rng, progress)


def _tried(
    sides: Sides,
    asked: Sides,
    sizes: Sequence[int],
    mixes: Sequence[Mix],
    rng: np.random.Generator,
    progress: Callable[[str], None],
) -> Pick:
    from scipy.sparse import vstack

    anchor = sides.anchor
    frequencies = unit_frequencies(anchor.features, anchor.duplicates.units)
    own, new, exam = narrow(
        weigh(anchor.features, frequencies, anchor.units, own=True),
        weigh(sides.candidate.features, frequencies, anchor.units, own=False),
        weigh(asked.candidate.features, frequencies, anchor.units, own=False),
    )
    rows = vstack([own, new]).tocsr()
    # Both comparisons number their strata alike as far as the students go; others cannot be asked about.
    place = {name: at for at, name in enumerate(sides.labels)}
    numbers = np.array([place.get(name, -1) for name in asked.labels])
    truth = numbers[asked.candidate.strata] if len(numbers) else np.empty(0, np.int64)
    known = (asked.candidate.strata >= 0) & (truth >= 0)
    exam, truth = exam[np.flatnonzero(known)], truth[known]
    kept = np.ones(len(sides.candidate), bool)
    joined = np.bincount(anchor.strata[anchor.strata >= 0], minlength=len(sides.labels))
    losses: dict[tuple[int, str], NDArray[np.float64]] = {}
    for size in sorted({0, *(min(size, len(sides.candidate)) for size in sizes)}):
        progress(f"trying {size:,} made rows")
        if not size:
            losses[0, ""] = _losses(sides, rows, exam, truth, ~kept)
            continue
        for mix in mixes:
            chosen = choose(sides, kept, quotas(sides, kept, size, mix, joined))
            losses[size, mix] = _losses(sides, rows, exam, truth, chosen)
    return _pick(losses, truth, rng, len(anchor))


def _losses(
    sides: Sides,
    rows: object,
    exam: object,
    truth: NDArray[np.int64],
    chosen: NDArray[np.bool_],
) -> NDArray[np.float64]:
    strata = np.concatenate([sides.anchor.strata, sides.candidate.strata])
    groups = sides.anchor.duplicates.near
    weight = np.concatenate([1.0 / np.bincount(groups)[groups], chosen.astype(np.float64)])
    weight[strata < 0] = 0.0
    sums = label_learner.train(rows, np.maximum(strata, 0), len(sides.labels), weight)
    return label_learner.losses(sums, exam, truth)


def _pick(
    losses: dict[tuple[int, str], NDArray[np.float64]],
    truth: NDArray[np.int64],
    rng: np.random.Generator,
    students: int,
) -> Pick:
    present = np.unique(truth)
    member = (truth[:, None] == present[None, :]).astype(np.float64)
    keys = list(losses)
    table = np.stack([losses[key] for key in keys])
    mean = _macro(table, member, np.ones((1, len(truth))))[:, 0]
    draws = rng.multinomial(len(truth), np.full(len(truth), 1 / len(truth)), _BOOTSTRAPS).astype(np.float64)
    spread = _macro(table, member, draws)
    best = int(mean.argmin())
    worse = mean - mean[best]
    error = (spread - spread[best]).std(axis=1)
    alike = [at for at in range(len(keys)) if worse[at] <= error[at]]
    picked = min(alike, key=lambda at: (keys[at][0], worse[at]))
    alone = keys.index((0, ""))
    gain = mean[alone] - mean[best]
    doubt = float((spread[alone] - spread[best]).std())
    helps = "no" if best == alone or keys[picked][0] == 0 else "yes" if gain > 2 * doubt else "undetermined"
    trials = [
        Trial(
            made=keys[at][0],
            mix=keys[at][1],
            loss=float(mean[at]),
            worse=float(worse[at]),
            error=float(error[at]),
        )
        for at in np.argsort(mean, kind="stable").tolist()
    ]
    return Pick(
        made=keys[picked][0],
        mix=keys[picked][1],
        helps=helps,
        trials=tuple(trials),
        students=students,
        exam=len(truth),
    )


def _macro(
    table: NDArray[np.float64], member: NDArray[np.float64], draws: NDArray[np.float64]
) -> NDArray[np.float64]:
    """float64 [trials, draws], mean over strata of the mean loss, where rows of the exam are drawn so often."""
    sizes = draws @ member
    sums = np.stack([(draws * losses) @ member for losses in table])
    there = sizes > 0
    means = np.where(there, sums / np.maximum(sizes, 1.0), 0.0)
    return np.asarray(means.sum(axis=-1) / np.maximum(there.sum(axis=-1), 1))


def _at(rows: Rows, chosen: NDArray[np.int64]) -> Rows:
    return replace(
        rows,
        ids=[rows.ids[at] for at in chosen],
        texts=[rows.texts[at] for at in chosen],
        strata=None if rows.strata is None else [rows.strata[at] for at in chosen],
        answers=None if rows.answers is None else [rows.answers[at] for at in chosen],
    )
