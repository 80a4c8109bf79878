"""Corrected means: against a reference, and against worlds whose truth is known."""

import numpy as np
import pytest
from worlds import fewest_hits

from holdfast.stats.prediction_powered import corrected_mean, rogan_gladen

HUMAN = np.array([1, 0, 1, 1, 0, 1, 0, 0, 1, 1, 0.5, 1, 0, 1, 1, 0, 1, 0, 0.5, 1])
JUDGED = np.array([1, 0, 1, 0, 0, 1, 1, 0, 1, 1, 0.5, 1, 0, 0.5, 1, 0, 1, 1, 0, 1])
OTHERS = np.tile([1, 1, 0, 0.5, 1, 0, 1], 30).astype(float)


def test_it_gives_what_the_reference_gives():
    """Values of ppi_py 0.2.3 (`ppi_mean_pointestimate`, `ppi_mean_ci` at 5 %, `_calc_lam_glm`) for these inputs."""
    found = corrected_mean(HUMAN, JUDGED, OTHERS)
    assert found.weight == pytest.approx(0.5917840941994018)
    assert found.value == pytest.approx(0.62536218, abs=1e-8)
    # The reference divides by n where n - 1 is right, and takes the normal distribution.
    error = (0.79273914 - 0.45798521) / 2 / 1.959963985
    assert found.standard_error == pytest.approx(error * np.sqrt(20 / 19), rel=1e-6)
    assert found.interval[0] < 0.45798521 < 0.79273914 < found.interval[1]
    # A judge who says the opposite is not believed.
    turned = corrected_mean(HUMAN, 1 - JUDGED, 1 - OTHERS)
    assert turned.weight == 0.0
    assert turned.value == turned.human_value == pytest.approx(0.6)
    assert turned.effective == pytest.approx(20)


def test_by_hand():
    human, judged, others = np.array([1.0, 0, 1, 0]), np.array([1.0, 0, 0, 0]), np.array([1.0, 1, 1, 0])
    found = corrected_mean(human, judged, others)
    # cov = .125; variance of all eight judgements = 8 / 7 * .25; (1 + 4 / 4) doubles it.
    assert found.weight == pytest.approx(0.125 / (2 * 8 / 7 * 0.25))
    assert found.value == pytest.approx(0.5 + found.weight * 0.5)


def draw(dice, n, others, *, noise, lean, share=0.6):
    truth = (dice.random(n + others) < share).astype(float)
    judge = np.where(dice.random(n + others) < noise, dice.random(n + others) < lean, truth)
    return truth[:n], judge[:n], judge[n:]


@pytest.mark.parametrize(
    ("noise", "lean"),
    [(0.0, 0.5), (0.3, 0.5), (0.4, 1.0), (1.0, 0.9)],
    ids=["right", "noisy", "leans", "guesses"],
)
def test_coverage(noise, lean):
    trials, held, wide = 400, 0, []
    for seed in range(trials):
        found = corrected_mean(*draw(np.random.default_rng(seed), 60, 600, noise=noise, lean=lean))
        held += found.interval[0] <= 0.6 <= found.interval[1]
        wide.append(found.effective)
    assert held >= fewest_hits(trials, 0.94)
    if noise == 0.0:
        assert np.mean(wide) > 300, "a judge who is always right is worth all of its labels"
    if noise == 1.0:
        assert np.mean(wide) == pytest.approx(60, rel=0.1), "and one who guesses is worth nothing"


def test_items_of_one_prompt_are_one_draw():
    trials, held, naive = 300, 0, 0
    for seed in range(trials):
        dice = np.random.default_rng(seed)
        human, judged, others = (np.repeat(part, 5) for part in draw(dice, 40, 100, noise=0.3, lean=0.7))
        groups, rest = np.repeat(np.arange(40), 5), np.repeat(np.arange(40, 140), 5)
        low, high = corrected_mean(human, judged, others, groups=groups, unlabelled_groups=rest).interval
        held += low <= 0.6 <= high
        low, high = corrected_mean(human, judged, others).interval
        naive += low <= 0.6 <= high
    assert held >= fewest_hits(trials, 0.93)
    assert naive < 0.8 * trials


def test_groups_of_one_item_change_little():
    plain = corrected_mean(HUMAN, JUDGED, OTHERS)
    grouped = corrected_mean(
        HUMAN, JUDGED, OTHERS, groups=np.arange(20), unlabelled_groups=np.arange(20, 20 + len(OTHERS))
    )
    assert grouped.value == pytest.approx(plain.value, abs=0.005)
    assert grouped.standard_error == pytest.approx(plain.standard_error, rel=0.01)


def test_a_sample_that_was_chosen_is_weighed_back():
    """Pairs that the judge calls lost are labelled more often; the share of all is still found."""
    trials, held, naive = 300, 0, 0
    for seed in range(trials):
        dice = np.random.default_rng(seed)
        truth = (dice.random(1_500) < 0.6).astype(float)
        judge = np.where(dice.random(1_500) < 0.3, dice.random(1_500) < 0.5, truth)
        chance = np.where(judge == 1, 0.05, 0.15)
        taken = dice.random(1_500) < chance
        rows = np.arange(1_500)
        found = corrected_mean(
            truth[taken],
            judge[taken],
            judge.astype(float),
            sampling=1 / chance[taken],
            groups=rows[taken],
            unlabelled_groups=rows,
        )
        held += found.interval[0] <= 0.6 <= found.interval[1]
        low, high = corrected_mean(truth[taken], judge[taken], judge.astype(float)).human_interval
        naive += low <= 0.6 <= high
    assert held >= fewest_hits(trials, 0.93)
    assert naive < 0.5 * trials


def test_nothing_varies():
    found = corrected_mean(np.ones(10), np.ones(10), np.ones(50))
    assert (found.value, found.interval, found.effective) == (1.0, None, None)


def test_too_little():
    with pytest.raises(ValueError, match="two labelled"):
        corrected_mean(np.ones(1), np.ones(1), np.ones(5))
    with pytest.raises(ValueError, match="two independent"):
        corrected_mean(
            np.ones(4), np.ones(4), np.ones(5), groups=np.zeros(4, int), unlabelled_groups=np.arange(5)
        )
    with pytest.raises(ValueError, match="groups of the unlabelled"):
        corrected_mean(np.ones(4), np.ones(4), np.ones(5), groups=np.arange(4))


def test_rogan_and_gladen_by_hand():
    found = rogan_gladen(620, 1_000, right_yes=90, human_yes=100, right_no=80, human_no=100)
    assert found.value == pytest.approx((0.62 + 0.8 - 1) / (0.9 + 0.8 - 1))
    assert (found.sensitivity, found.specificity) == (0.9, 0.8)
    assert rogan_gladen(620, 1_000, right_yes=50, human_yes=100, right_no=50, human_no=100) is None
    assert rogan_gladen(620, 1_000, right_yes=20, human_yes=100, right_no=20, human_no=100) is None
    assert rogan_gladen(5, 10, right_yes=0, human_yes=0, right_no=5, human_no=5) is None
    assert rogan_gladen(990, 1_000, right_yes=80, human_yes=100, right_no=80, human_no=100).value == 1.0


@pytest.mark.parametrize(
    ("share", "tp", "tn"), [(0.5, 0.9, 0.8), (0.7, 0.75, 0.7), (0.9, 0.95, 0.6), (0.6, 1.0, 0.8)]
)
def test_coverage_of_rogan_and_gladen(share, tp, tn):
    trials, held, known = 800, 0, 0
    dice = np.random.default_rng(7)
    for _ in range(trials):
        yes = dice.binomial(80, share)
        found = rogan_gladen(
            dice.binomial(600, share * tp + (1 - share) * (1 - tn)),
            600,
            right_yes=dice.binomial(yes, tp),
            human_yes=yes,
            right_no=dice.binomial(80 - yes, tn),
            human_no=80 - yes,
        )
        if found is not None:
            known += 1
            assert found.interval[0] <= found.value <= found.interval[1]
            held += found.interval[0] <= share <= found.interval[1]
    assert known > 0.6 * trials
    assert held >= fewest_hits(known, 0.93)
