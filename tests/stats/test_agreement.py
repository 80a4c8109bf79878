"""Agreement beyond chance, against worked examples, hand computation and worlds of known truth."""

import time

import numpy as np
import pytest
from sklearn.metrics import cohen_kappa_score
from worlds import fewest_hits

from holdfast.stats.agreement import cohen_kappa, krippendorff_alpha

N = -1
# The worked example of Krippendorff 2011: four observers, twelve units, five values, labels missing.
EXAMPLE = np.array(
    [
        [1, 2, 3, 3, 2, 1, 4, 1, 2, N, N, N],
        [1, 2, 3, 3, 2, 2, 4, 1, 2, 5, N, 3],
        [N, 3, 3, 3, 2, 3, 4, 2, 2, 5, 1, N],
        [1, 2, 3, 3, 2, 4, 4, 1, 2, 5, 1, N],
    ]
)


def tally(labels, size):
    """int64 [items, size], from labels [items, raters], -1 where missing."""
    return np.stack([(labels == label).sum(axis=1) for label in range(size)], axis=1)


def rng(seed=0):
    return np.random.default_rng(seed)


@pytest.mark.parametrize(
    ("level", "published"), [("nominal", 0.743), ("ordinal", 0.815), ("interval", 0.849)]
)
def test_alpha_of_the_worked_example(level, published):
    counts = tally(np.where(EXAMPLE > 0, EXAMPLE - 1, N).T, 5)
    found = krippendorff_alpha(counts, rng(), level=level)
    assert found.value == pytest.approx(published, abs=5e-4)
    assert found.items == 11, "the last unit has one label only"
    assert found.interval[0] < found.value < found.interval[1] <= 1


def test_two_annotators_by_hand():
    # Krippendorff's nominal data with two observers and ten units: alpha .095.
    first = np.array([0, 1, 0, 0, 0, 0, 0, 0, 1, 0])
    second = np.array([1, 1, 1, 0, 0, 1, 0, 0, 0, 0])
    found = krippendorff_alpha(tally(np.stack([first, second], axis=1), 2), rng())
    assert found.value == pytest.approx(0.095, abs=5e-4)


def test_alpha_says_nothing_where_nothing_varies():
    same = krippendorff_alpha(np.array([[3, 0], [2, 0]] * 20), rng())
    assert (same.value, same.interval) == (None, None)
    assert krippendorff_alpha(np.array([[1, 0], [0, 1]]), rng()).value is None, (
        "nobody was asked with another"
    )
    assert krippendorff_alpha(np.zeros((0, 3), int), rng()).items == 0


@pytest.mark.parametrize("level", ["nominal", "ordinal", "interval"])
def test_perfect_agreement_is_not_known_to_be_perfect(level):
    few, many = (
        krippendorff_alpha(np.array([[2, 0, 0], [0, 0, 2]] * n), rng(), level=level) for n in (5, 500)
    )
    assert few.value == many.value == 1.0
    assert few.interval[0] < many.interval[0] < few.interval[1] == 1.0


def test_many_items_are_quick():
    start = time.process_time()
    labels = rng().integers(0, 3, (100_000, 4))
    found = krippendorff_alpha(tally(labels, 3), rng(), level="ordinal")
    assert found.value == pytest.approx(0.0, abs=0.01)
    assert time.process_time() - start < 5


def test_resampling_patterns_is_resampling_items():
    """Drawn item by item, the same interval comes out."""
    labels = answers(rng(3), 150, 0.75)
    counts = tally(labels, 3)
    found = krippendorff_alpha(counts, rng(1), draws=4_000)
    dice = rng(2)
    plain = [
        krippendorff_alpha(counts[dice.integers(0, 150, 150)], dice, draws=1).value for _ in range(1_500)
    ]
    assert found.interval == pytest.approx(np.quantile(plain, [0.025, 0.975]), abs=0.015)


def answers(dice, items, right, raters=3):
    """Each says what is true, or one of three at random."""
    truth = dice.choice(3, items, p=[0.45, 0.45, 0.1])
    guess = dice.choice(3, (items, raters), p=[0.45, 0.45, 0.1])
    return np.where(dice.random((items, raters)) < right, truth[:, None], guess)


def test_coverage_of_alpha_and_kappa():
    # Two raters of that kind agree by chance but for right * right of all items: alpha and kappa are its square.
    trials, right, held = 300, 0.7, np.zeros(2, int)
    for seed in range(trials):
        labels = answers(rng(seed), 200, right, raters=2)
        alpha = krippendorff_alpha(tally(labels, 3), rng(seed), draws=299).interval
        kappa = cohen_kappa(labels[:, 0], labels[:, 1], size=3).interval
        held += [low <= right**2 <= high for low, high in (alpha, kappa)]
    assert (held >= fewest_hits(trials, 0.93)).all(), held


def test_coverage_where_items_repeat_each_other():
    trials, held, naive = 250, 0, 0
    for seed in range(trials):
        labels = np.repeat(answers(rng(seed), 80, 0.7, raters=2), 4, axis=0)
        groups = np.repeat(np.arange(80), 4)
        low, high = cohen_kappa(labels[:, 0], labels[:, 1], size=3, groups=groups).interval
        held += low <= 0.49 <= high
        low, high = krippendorff_alpha(tally(labels, 3), rng(seed), groups=groups, draws=199).interval
        held += low <= 0.49 <= high
        low, high = cohen_kappa(labels[:, 0], labels[:, 1], size=3).interval
        naive += low <= 0.49 <= high
    assert held >= fewest_hits(2 * trials, 0.91)
    assert naive < 0.8 * trials, "what the groups are for"


def test_kappa_is_cohens():
    table = np.array([[40, 9, 3], [6, 30, 8], [2, 11, 25]])
    first, second = (np.repeat(np.indices((3, 3))[k].ravel(), table.ravel()) for k in (0, 1))
    found = cohen_kappa(first, second, size=3)
    assert found.value == pytest.approx(cohen_kappa_score(first, second))
    # Value and interval that statsmodels 0.15 gives for this table (Fleiss, Cohen and Everitt).
    assert found.value == pytest.approx(0.5605449041, abs=1e-9)
    assert found.interval == pytest.approx((0.4451150150, 0.6759747934), abs=1e-9)


def test_kappa_where_one_says_always_the_same():
    varied, constant = np.arange(50) % 2, np.zeros(50, int)
    assert cohen_kappa(varied, constant, size=2).value == pytest.approx(0)
    assert cohen_kappa(varied, constant, size=2).interval is None
    assert cohen_kappa(constant, constant, size=2).value is None
    assert cohen_kappa(constant[:0], constant[:0], size=2).value is None
    low, high = cohen_kappa(varied, varied, size=2).interval
    assert 0.8 < low < high == 1.0


def test_kappa_of_one_who_guesses_is_nothing():
    trials = 400
    wrong = 0
    for seed in range(trials):
        dice = rng(seed)
        low, high = cohen_kappa(
            dice.integers(0, 3, 150), dice.choice(3, 150, p=[0.7, 0.2, 0.1]), size=3
        ).interval
        wrong += low > 0 or high < 0
    assert trials - wrong >= fewest_hits(trials, 0.94)
