"""Empirical mode: train a cheap learner on candidate blends, and pick by its loss on real rows that nothing else used."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from holdfast.errors import InputError, UsageError
from holdfast.remedies.curate.select import ask_learner, choose, quotas
from holdfast.remedies.curate.stock import stock_of
from holdfast.remedies.plan.contract import Pick, Trial
from holdfast.remedies.plan.learner import squared_losses
from holdfast.stats.ridge import fold_columns
from holdfast.views.features import narrow, unit_frequencies, weigh

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from numpy.typing import NDArray

    from holdfast.remedies.curate.select import Mix
    from holdfast.remedies.curate.stock import Stock
    from holdfast.views.sides import Sides

_PARTS = 5
"""Real rows are dealt into so many parts; each is the exam of a learner that never saw it."""
_LEAST_ROWS = 40
_ENOUGH = 2_000
"""Examined rows after which no further part is asked."""
_BOOTSTRAPS = 400
_LEVEL = 0.05
_LEAST_GAIN = 0.01
"""Of the loss of real rows alone."""


def pick_blend(
    sides: Sides,
    *,
    sizes: Sequence[int],
    mixes: Sequence[Mix] = ("equal", "candidate"),
    seed: int = 0,
    progress: Callable[[str], None] = lambda _: None,
) -> Pick:
    """Try blends of real rows with more and more made rows, and pick the one a learner does best on.

    The learner is a ridge regression on the labels. Real rows are dealt into parts, whole groups of near-copies at a time; each part
    is the exam of learners that saw nothing of it, neither to learn from nor to choose made rows by. Of the
    blends within one standard error of the least loss the largest is picked; real rows alone only where no blend does better.

    Args:
        sides: Made rows beside real ones, both with labels of their own.
        sizes: Numbers of made rows to try; 0 is tried in any case.
        mixes: How strata share them.
        seed: Decides which rows are in which part.
        progress: Called with a word about what is done next.

    Raises:
        InputError: Rows have no labels, or there are too few to examine.
        UsageError: A size is below 1.
    """
    if sides.origin != "column":
        raise InputError(
            "labels on both sides are needed to try blends",
            do="Name their column with --label, or plan without --budget",
        )
    if any(size < 1 for size in sizes):
        raise UsageError("numbers of made rows are at least 1", where="sizes")
    rng = np.random.default_rng(seed)
    units = sides.anchor.duplicates.units
    count = int(units.max(initial=-1)) + 1
    labelled = int((sides.known >= 0).sum())
    if min(count, labelled) < _LEAST_ROWS:
        raise InputError(
            f"only {min(count, labelled):,} real rows can be examined, {_LEAST_ROWS} are needed",
            do="Give more labelled real rows",
        )
    part = (rng.permutation(count) % _PARTS)[units]
    stock = stock_of(sides)
    # A made row that repeats a real one could have seen the exam, and teaches nothing that is not there.
    new = (stock.strata < stock.count) & (sides.copied < 0)
    losses: dict[tuple[int, str], list[tuple[NDArray[np.float64], ...]]] = {}
    truths: list[NDArray[np.int64]] = []
    groups: list[NDArray[np.int64]] = []
    for turn in range(_PARTS):
        progress(f"trying blends, part {turn + 1} of {_PARTS}")
        exam = np.flatnonzero((part == turn) & (sides.known >= 0))
        students = np.flatnonzero((part != turn) & (sides.known >= 0))
        left_out = np.flatnonzero((part == turn) | (sides.known < 0))
        rows, asked = _weighed(sides, students, exam)
        truth = sides.known[exam]
        for key, chosen in _blends(stock.without(left_out), new, sizes, mixes):
            use = np.concatenate([np.arange(len(students)), len(students) + chosen])
            strata = np.concatenate([sides.known[students], stock.strata[chosen]])
            found = squared_losses(rows[use], strata, asked, truth, stock.count)
            losses.setdefault(key, []).append(found)
        truths.append(truth)
        groups.append(units[exam])
        if sum(map(len, truths)) >= _ENOUGH:
            break
    keys = list(losses)
    tables = [np.stack([np.concatenate([part[at] for part in losses[key]]) for key in keys]) for at in (0, 1)]
    return _pick(keys, tables[0], tables[1], np.concatenate(truths), np.concatenate(groups), rng, labelled)


def _weighed(sides: Sides, students: NDArray[np.int64], exam: NDArray[np.int64]) -> tuple[Any, Any]:
    """Students and made rows, one below the other, and the exam. What weighs words never sees the exam."""
    from scipy.sparse import vstack

    units = sides.anchor.duplicates.units[students]
    count = len(np.unique(units))
    features = sides.anchor.features.select(students)
    frequencies = unit_frequencies(features, np.unique(units, return_inverse=True)[1])
    own, new, asked = narrow(
        weigh(features, frequencies, count, own=True),
        weigh(sides.candidate.features, frequencies, count, own=False),
        weigh(sides.anchor.features.select(exam), frequencies, count, own=False),
    )
    every = fold_columns(vstack([own, new, asked]).tocsr(), own.shape[0] + new.shape[0])
    cut = own.shape[0] + new.shape[0]
    return every[:cut], every[cut:]


def _blends(
    stock: Stock, open_: NDArray[np.bool_], sizes: Sequence[int], mixes: Sequence[Mix]
) -> Iterator[tuple[tuple[int, str], NDArray[np.int64]]]:
    """The made rows of each blend, by its number of them and its mix."""
    joined = np.bincount(stock.known, minlength=stock.count)
    use = ask_learner(stock, open_)
    yield (0, ""), np.empty(0, np.int64)
    for size in sorted({min(size, int(open_.sum())) for size in sizes} - {0}):
        for mix in mixes:
            quota = quotas(stock, open_, size, mix, joined)
            score = None if use is None else use.score
            yield (size, mix), np.flatnonzero(choose(stock, open_, quota, score))


def _pick(
    keys: Sequence[tuple[int, str]],
    table: NDArray[np.float64],
    alike_table: NDArray[np.float64],
    truth: NDArray[np.int64],
    units: NDArray[np.int64],
    rng: np.random.Generator,
    real: int,
) -> Pick:
    present = np.unique(truth)
    member = (truth[:, None] == present[None, :]).astype(np.float64)
    draws = rng.multinomial(len(truth), np.full(len(truth), 1 / len(truth)), _BOOTSTRAPS).astype(np.float64)
    as_is = np.ones((1, len(truth)))
    mean, spread = _macro(table, member, as_is)[:, 0], _macro(table, member, draws)
    best = int(mean.argmin())
    worse = mean - mean[best]
    error = (spread - spread[best]).std(axis=1)
    alone = keys.index((0, ""))
    helps = _helps(alike_table, truth, units, alone, rng)
    if best == alone and helps == "yes":
        helps = "undetermined"  # only where classes start alike, which no learner of the trials does
    # Where made rows are best, of blends that cannot be told from the best the largest: other learners have more use for rows.
    alike = [at for at in range(len(keys)) if worse[at] <= error[at]]
    picked = alone if helps == "no" or best == alone else min(alike, key=lambda at: (-keys[at][0], worse[at]))
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
        real=real,
        exam=len(truth),
    )


def _helps(
    table: NDArray[np.float64],
    truth: NDArray[np.int64],
    units: NDArray[np.int64],
    alone: int,
    rng: np.random.Generator,
) -> str:
    """Whether some blend is better than real rows alone, by more than the best of so many would be by chance.

    The largest gain in standard errors is held against its own distribution (max-t, Romano and Wolf 2005; drawn by Gaussian
    multipliers, one for a group of near-copies, within strata). A gain below one part in a hundred of the loss is none.
    """
    others = [at for at in range(len(table)) if at != alone]
    if not others:
        return "no"
    loss, spread = _macro_errors(table, truth, units, rng)
    gains, noise = loss[alone] - loss[others], spread[alone] - spread[others]
    error = np.maximum(noise.std(axis=1), 1e-12)
    chance = float(np.quantile((noise / error[:, None]).max(axis=0), 1 - _LEVEL))
    matters = _LEAST_GAIN * float(loss[alone])
    if ((gains > chance * error) & (gains >= matters)).any():
        return "yes"
    return "no" if (gains + chance * error < matters).all() else "undetermined"


def _macro_errors(
    values: NDArray[np.float64],
    truth: NDArray[np.int64],
    units: NDArray[np.int64],
    rng: np.random.Generator,
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """float64 [b], mean over strata of the mean value; and draws of its error, float64 [b, draws].

    Rows of one unit err together. A stratum of one unit shows no spread of its own: it is taken to differ as strata do.
    """
    strata, place = np.unique(truth, return_inverse=True)
    # A group of near-copies may stand in two strata: there it is two.
    _, unit = np.unique(place * (int(units.max(initial=0)) + 1) + units, return_inverse=True)
    of_unit = np.zeros(int(unit.max()) + 1, np.int64)
    of_unit[unit] = place
    rows = np.bincount(unit).astype(np.float64)
    means = np.stack([np.bincount(unit, weights=row) for row in values]) / rows
    share = rows / np.bincount(place)[of_unit]
    mean = np.stack([np.bincount(of_unit, weights=share * row) for row in means])
    found = mean.mean(axis=1)
    count = np.bincount(of_unit)[of_unit]
    centre = np.where(count > 1, mean[:, of_unit], found[:, None])
    widen = np.where(count > 1, np.sqrt(count / np.maximum(count - 1, 1)), 1.0)
    left = (means - centre) * share * widen / len(strata)
    return found, left @ rng.normal(size=(left.shape[1], _BOOTSTRAPS))


def _macro(
    table: NDArray[np.float64], member: NDArray[np.float64], draws: NDArray[np.float64]
) -> NDArray[np.float64]:
    """float64 [trials, draws], mean over strata of the mean loss, where rows of the exam are drawn so often."""
    sizes = draws @ member
    sums = np.stack([(draws * losses) @ member for losses in table])
    there = sizes > 0
    means = np.where(there, sums / np.maximum(sizes, 1.0), 0.0)
    return np.asarray(means.sum(axis=-1) / np.maximum(there.sum(axis=-1), 1))
