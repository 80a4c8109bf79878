"""Rewards against people: made runs whose truth is known, and oracles."""

import dataclasses

import numpy as np
import pytest
from scipy import optimize, stats

from holdfast.measures.model.reward import (
    ChosenLogp,
    RewardAccuracy,
    RewardFall,
    RewardGap,
    RewardLength,
    RewardTeacher,
    SharedErrors,
    TurningPoint,
)
from holdfast.measures.model.reward.accuracy import second_person
from holdfast.measures.model.reward.errors import kappa
from holdfast.measures.model.reward.examples import made_run
from holdfast.measures.model.reward.optimisation import fit_curve, turning_points
from holdfast.measures.model.reward.slopes import partial_slope
from holdfast.measures.reading import Calibration

NULL = Calibration()
EVERY = (
    ChosenLogp(),
    RewardAccuracy(),
    RewardFall(),
    RewardGap(),
    RewardLength(),
    RewardTeacher(),
    SharedErrors(),
    TurningPoint(),
)


def at_most(hits, draws, rate):
    """Whether so many hits are no surprise at this rate, once in a thousand."""
    return hits <= stats.binom.ppf(0.999, draws, rate)


def jittered(seed, pairs=300, steps=6, share=0.7):
    """A run in which every step is as good as any, each drawn anew."""
    run = made_run(human=(share,) * steps, judge=(share,) * steps, pairs=pairs, seed=seed)
    rng = np.random.default_rng([1, seed])
    right = np.where(rng.random(run.margin.shape) < share, 1.0, -1.0)
    truth = np.where(np.isfinite(run.human), run.human, run.judge)
    return dataclasses.replace(run, margin=right * truth)


def test_accuracy_is_the_share_with_its_wilson_interval():
    run = made_run(human=(0.5, 0.75), pairs=400)
    reading = RewardAccuracy()(run, NULL)
    hits = int((np.sign(run.margin[-1]) == run.human).sum())
    assert reading.value == hits / 400
    assert reading.interval == pytest.approx(tuple(stats.binomtest(hits, 400).proportion_ci(method="wilson")))
    assert reading.reality is None
    assert "not known" in reading.evidence[0]
    assert len(reading.details["steps"]) == 2
    assert all(run.margin[-1, row] * run.human[row] < 0 for row in reading.rows)
    tied = dataclasses.replace(run, margin=np.zeros_like(run.margin))
    assert RewardAccuracy()(tied, NULL).value == 0.5


def test_a_second_person_stands_beside():
    run = made_run(human=(0.9,), people=3, pairs=2_000, noise=0.2)
    # The other two agree with each other (and both are right, or both wrong) or are tied.
    assert second_person(run) == pytest.approx((0.8**3 + 0.2**3) / (0.8**2 + 0.2**2), abs=0.02)
    assert second_person(made_run(human=(0.9,), people=2, pairs=2_000)) == pytest.approx(0.68, abs=0.03)
    assert second_person(made_run(human=(0.9,))) is None


def test_nothing_parts_where_nothing_changes():
    gaps, falls = [], []
    for seed in range(30):
        run = jittered(seed)
        gaps.append(RewardGap()(run, NULL))
        falls.append(RewardFall()(run, NULL))
    for readings in (gaps, falls):
        assert at_most(sum(one.state == "beyond" for one in readings), 30, 0.025)
        # The best of six steps is no luck here: it is chosen on other prompts.
        values = np.array([one.value for one in readings])
        assert abs(values.mean()) < 4 * values.std() / np.sqrt(30)
        # Where the last step is the best on both halves, it is compared with itself, and nothing varies.
        missed = [
            one.interval is not None and not one.interval[0] <= 0 <= one.interval[1] for one in readings
        ]
        assert at_most(sum(missed), 30, 0.05)


def test_judge_and_people_that_part_are_seen():
    human, judge = (0.6, 0.75, 0.8, 0.7, 0.6), (0.6, 0.7, 0.8, 0.85, 0.9)
    seen = [RewardGap()(made_run(human=human, judge=judge, seed=seed), NULL) for seed in range(10)]
    assert sum(one.state == "beyond" for one in seen) >= 9
    assert np.mean([one.value for one in seen]) == pytest.approx(0.3, abs=0.03)
    assert seen[0].details["best_step"] == 2.0
    together = made_run(human=(0.6, 0.7, 0.8, 0.85), judge=(0.6, 0.7, 0.8, 0.95))
    assert RewardGap()(together, NULL).state == "within"
    both_fall = made_run(human=(0.6, 0.8, 0.6), judge=(0.6, 0.8, 0.7))
    assert RewardGap()(both_fall, NULL).state == "within"
    assert RewardFall()(both_fall, NULL).state == "beyond"


@pytest.mark.parametrize(
    ("options", "reason"),
    [
        ({"human": (0.6, 0.7), "judge": (0.6, 0.7)}, "2 steps"),
        ({"human": (0.6, 0.7, 0.7)}, "--judge"),
        ({"human": (0.6, 0.7, 0.7), "judge": (0.6, 0.7, 0.8), "pairs": 60}, "60 human and 60 judge pairs"),
    ],
)
def test_what_the_gap_lacks_is_said(options, reason):
    reading = RewardGap()(made_run(**options), NULL)
    assert reading.state == "undetermined"
    assert reason in reading.reason


def with_logps(run, moved, rejected=0.0):
    rng = np.random.default_rng(0)
    steps, pairs = run.margin.shape
    start = rng.normal(-50, 10, (pairs, 2))
    logp = np.repeat(start[None], steps, axis=0)
    preferred = np.where(run.human > 0, 0, 1)
    logp[-1, np.arange(pairs), preferred] += moved + rng.normal(0, 2, pairs)
    logp[-1, np.arange(pairs), 1 - preferred] += rejected
    return dataclasses.replace(run, logp=logp)


def test_a_chosen_response_that_grows_unlikely_is_seen():
    run = made_run(human=(0.5, 0.8))
    fell = ChosenLogp()(with_logps(run, -5.0, -9.0), NULL)
    assert fell.state == "beyond"
    assert fell.value == pytest.approx(-5.0, abs=0.4)
    assert fell.details["rejected"] == pytest.approx(-9.0)
    assert "-9.00" in fell.evidence[0]
    assert ChosenLogp()(with_logps(run, 0.0), NULL).state == "within"
    assert ChosenLogp()(with_logps(run, -0.5), NULL).state == "within"
    run = with_logps(made_run(human=(0.8,)), -5.0)
    assert ChosenLogp()(run, NULL).state == "undetermined"
    begun = dataclasses.replace(run, reference=run.logp + 5.0)
    assert ChosenLogp()(begun, NULL).value == pytest.approx(-5.0)


def test_the_partial_slope_is_that_of_least_squares():
    rng = np.random.default_rng(0)
    X = rng.normal(size=(300, 3))
    y = X @ [0.4, -0.2, 1.0] + rng.normal(size=300)
    expected = np.linalg.lstsq(X, y, rcond=None)[0][0] * np.sqrt((X[:, 0] ** 2).mean() / (y**2).mean())
    assert partial_slope(y, tuple(X.T), np.ones((1, 300)))[0] == pytest.approx(expected)
    assert np.isnan(partial_slope(y, (X[:, 0], X[:, 0]), np.ones((1, 300)))[0])


def test_people_who_like_length_too_stand_beside():
    lengthy = RewardLength()(made_run(human=(0.8,), length=0.8, people=2, pairs=800), NULL)
    assert lengthy.state == "beyond"
    assert lengthy.effect > 0.3
    alone = RewardLength()(made_run(human=(0.8,), length=0.8), NULL)
    assert alone.state == "undetermined"
    assert alone.value > 0.3
    assert "no two people" in alone.reason


def test_a_model_that_likes_length_as_people_do_is_let_be():
    alarms = 0
    for seed in range(24):
        rng = np.random.default_rng(seed)
        length = rng.normal(size=400)
        # Everybody, the model too, hears one taste in which length counts, each with a noise of its own.
        taste = rng.normal(size=400) + 0.7 * length
        heard = [np.sign(taste + rng.normal(size=400)) for _ in range(3)]
        run = made_run(human=(0.5,), people=2, pairs=400, seed=seed)
        run = dataclasses.replace(
            run,
            margin=heard[2][None],
            human=(heard[0] + heard[1]) / 2,
            people=tuple(heard[:2]),
            length=length,
        )
        alarms += RewardLength()(run, NULL).state == "beyond"
    assert at_most(alarms, 24, 0.05)


def test_a_reward_for_a_teacher_s_voice_is_seen():
    rng = np.random.default_rng(0)
    run = made_run(human=(0.8,), people=2, pairs=600)
    voice = rng.normal(size=600)
    paid = dataclasses.replace(run, margin=run.margin + voice, voice=voice)
    assert RewardTeacher()(paid, NULL).state == "beyond"
    assert "voice score" in RewardTeacher()(paid, NULL).evidence[0]
    assert RewardTeacher()(dataclasses.replace(run, voice=voice), NULL).state == "within"
    shunned = dataclasses.replace(run, voice=voice, margin=run.margin - 4.0 * voice)
    assert RewardTeacher()(shunned, NULL).effect < -0.1
    assert RewardTeacher()(shunned, NULL).state == "within", (
        "who follows the teacher less than people do echoes nothing"
    )
    judged = dataclasses.replace(run, judge=np.sign(run.margin[-1]))
    assert RewardTeacher()(judged, NULL).state == "beyond"


def test_kappa_is_cohen_s():
    rng = np.random.default_rng(0)
    one, other = rng.random(200) < 0.3, rng.random(200) < 0.4
    table = np.array([[(a & b).sum() for b in (other, ~other)] for a in (one, ~one)]) / 200
    observed, chance = np.trace(table), table.sum(1) @ table.sum(0)
    found = kappa(np.array([(one & other).mean()]), np.array([one.mean()]), np.array([other.mean()]))
    assert found[0] == pytest.approx((observed - chance) / (1 - chance))


def test_shared_errors_are_seen_and_independent_ones_are_not():
    run = made_run(human=(0.75,), people=3, pairs=800)
    truth = made_run(human=(0.75,), pairs=800).human
    model = np.sign(run.margin[-1])
    alike = dataclasses.replace(
        run, judge=np.where(np.random.default_rng(1).random(800) < 0.9, model, -model)
    )
    apart = np.random.default_rng(2).random(800) < 0.75
    shared = SharedErrors()(alike, NULL)
    assert shared.state == "beyond"
    assert shared.effect > 0.2
    none = SharedErrors()(dataclasses.replace(run, judge=np.where(apart, truth, -truth)), NULL)
    assert none.state == "within"
    # Everybody is read against one noisy person, so that the errors of that person are shared by all.
    assert none.value == pytest.approx(none.reality, abs=0.15)
    one = made_run(human=(0.75,), pairs=800)
    one = dataclasses.replace(one, judge=np.sign(one.margin[-1]))
    assert SharedErrors()(one, NULL).value == 1.0
    assert SharedErrors()(one, NULL).state == "undetermined"


@pytest.mark.parametrize("form", ["best_of_n", "training"])
def test_curves_are_fitted_and_turn_where_they_are_highest(form):
    rng = np.random.default_rng(0)
    d = np.linspace(0.2, 6.0, 12)

    def curve(at, c, alpha, beta):
        return c + at * (alpha - beta * (at if form == "best_of_n" else np.log(at)))

    values = curve(d, 0.5, 0.2, 0.03 if form == "best_of_n" else 0.1) + rng.normal(0, 0.01, 12)
    fit = fit_curve(d, values[None], form)[0]
    expected, _ = optimize.curve_fit(curve, d, values)
    assert fit == pytest.approx(expected, rel=1e-4)
    turn = turning_points(fit[None], form)[0]
    highest = optimize.minimize_scalar(lambda at: -curve(at, *fit), bounds=(0.01, 50), method="bounded").x
    assert turn == pytest.approx(highest, rel=1e-3)
    assert np.isnan(turning_points(np.array([[0.5, 0.1, -0.1]]), form)[0])


def test_the_turning_point_is_found_with_its_interval():
    d = np.linspace(0.5, 5.0, 10)
    human = 0.6 + d * (0.2 - 0.04 * d)  # highest at 2.5
    covered = 0
    for seed in range(20):
        run = made_run(human=tuple(human), pairs=400, kl=tuple(d**2), seed=seed)
        reading = TurningPoint(form="best_of_n")(run, NULL)
        assert reading.state == "beyond"
        covered += reading.interval[0] <= 2.5 <= reading.interval[1]
    assert at_most(20 - covered, 20, 0.05)


@pytest.mark.parametrize(
    ("human", "kl", "reason"),
    [
        ((0.6, 0.65, 0.7, 0.75, 0.8, 0.85), (1, 4, 9, 16, 25, 36), "does not surely turn"),
        ((0.6, 0.7, 0.6), (1, 4, 9), "only 3 different distances"),
        ((0.6, 0.7, 0.6), (), "no divergence"),
    ],
)
def test_a_curve_that_does_not_turn_in_range_has_no_turning_point(human, kl, reason):
    reading = TurningPoint()(made_run(human=human, kl=kl, pairs=300), NULL)
    assert reading.state == "undetermined"
    assert reason in reading.reason
    assert reading.value is None


@pytest.mark.parametrize("measure", EVERY, ids=lambda measure: measure.name)
def test_too_little_is_no_answer_and_the_same_seed_says_the_same(measure):
    few = made_run(human=(0.6, 0.7, 0.7), judge=(0.6, 0.7, 0.7), pairs=20, people=2, kl=(1, 4, 9))
    reading = measure(few, NULL)
    assert reading.state == "undetermined"
    assert reading.reason
    assert reading.value is None
    run = made_run(human=(0.6, 0.7, 0.7), judge=(0.6, 0.7, 0.7), people=3, kl=(1, 4, 9))
    assert measure(run, NULL) == measure(run, NULL)
