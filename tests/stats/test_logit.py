"""Logistic fits against published code, optimisers, closed forms and their own coverage."""

import numpy as np
import pytest
from scipy.optimize import minimize
from scipy.stats import binom

from holdfast.stats.logit import Unfit, fit_logit, resample


def logistic(eta):
    return 1 / (1 + np.exp(-eta))


def small():
    i = np.arange(60)
    X = np.column_stack([np.where(i % 2, 1.0, -1.0), np.sin(1.7 * i), np.cos(0.9 * i) * (1 + i % 3)])
    y = ((7 * i * i + 3 * i) % 11 > 4).astype(float)
    y[i % 13 == 0] = 0.5
    return X, y, i // 2


def world(rng, clusters=300, each=1, shared=0.0, b=(0.3, 0.9, 0.4)):
    """Rows in clusters; `shared` is what a cluster's rows have in common beyond the columns."""
    n = clusters * each
    cluster = np.repeat(np.arange(clusters), each)
    common = rng.standard_normal((clusters, 2))[cluster]
    X = np.column_stack(
        [
            rng.choice([-1.0, 1.0], n),
            rng.choice([-1.0, 1.0], n),
            common[:, 0] * 0.8 + rng.standard_normal(n) * 0.6,
        ]
    )
    eta = X @ np.array(b) + shared * common[:, 1]
    return X, (rng.random(n) < logistic(eta)).astype(float), cluster


def test_coefficients_and_cluster_errors_of_statsmodels():
    # statsmodels 0.14, GLM(Binomial) with cov_type="cluster"; its errors without correction, times sqrt(30 / 29).
    X, y, cluster = small()
    fit = fit_logit(X, y, cluster)
    np.testing.assert_allclose(fit.coefficients, [-0.1629608599, 0.1137959336, 0.2306608781], atol=1e-8)
    np.testing.assert_allclose(fit.errors, [0.3006238139, 0.3923628374, 0.1568792646], atol=1e-8)
    assert (fit.rows, fit.clusters) == (60, 30)


def test_average_effects_of_statsmodels():
    # statsmodels 0.14, Logit.get_margeff, ties left out.
    X, y, cluster = small()
    kept = y != 0.5
    fit = fit_logit(X[kept], y[kept], cluster[kept])
    np.testing.assert_allclose(fit.effects, [-0.0411914103, 0.0274737581, 0.0575672695], atol=1e-8)


def test_the_same_optimum_as_a_general_optimiser():
    rng = np.random.default_rng(3)
    X, y, cluster = world(rng, 200)
    y[:20] = 0.5
    weights = rng.random(200)

    def loss(b):
        eta = X @ b
        return -(weights * (y * eta - np.logaddexp(0, eta))).sum() + 0.7 / 2 * (b @ b)

    found = fit_logit(X, y, cluster, weights=weights, ridge=0.7)
    np.testing.assert_allclose(
        found.coefficients, minimize(loss, np.zeros(3), method="BFGS", tol=1e-9).x, atol=1e-5
    )


def test_an_intercept_alone_is_the_log_odds_and_its_error_the_textbook_one():
    y = np.repeat([1.0, 0.0], [70, 30])
    fit = fit_logit(np.ones((100, 1)), y, np.arange(100))
    assert fit.coefficients[0] == pytest.approx(np.log(7 / 3))
    assert fit.errors[0] == pytest.approx(np.sqrt(1 / 70 + 1 / 30) * np.sqrt(100 / 99))


def test_a_and_b_may_change_places():
    X, y, cluster = world(np.random.default_rng(0))
    turned = np.random.default_rng(1).random(len(y)) < 0.5
    sign = np.where(turned, -1.0, 1.0)
    one, other = fit_logit(X, y, cluster), fit_logit(sign[:, None] * X, np.where(turned, 1 - y, y), cluster)
    np.testing.assert_allclose(one.coefficients, other.coefficients, atol=1e-9)
    np.testing.assert_allclose(one.effect_errors, other.effect_errors, atol=1e-9)


def test_a_weight_of_two_is_the_row_twice():
    X, y, cluster = world(np.random.default_rng(0), 100)
    weights = np.where(np.arange(100) < 30, 2.0, 1.0)
    twice = np.concatenate([np.arange(100), np.arange(30)])
    one, other = fit_logit(X, y, cluster, weights=weights), fit_logit(X[twice], y[twice], cluster[twice])
    np.testing.assert_allclose(one.coefficients, other.coefficients, atol=1e-9)
    np.testing.assert_allclose(one.errors, other.errors, atol=1e-9)
    np.testing.assert_allclose(one.effect_errors, other.effect_errors, atol=1e-9)


def test_separated_verdicts_have_no_finite_coefficient():
    x = np.random.default_rng(0).standard_normal(100)
    noise = np.random.default_rng(1).standard_normal(100)
    X, who = np.column_stack([x, noise]), np.arange(100)
    assert fit_logit(X, (x > 0).astype(float), who) == Unfit(reason="separated")
    # Only one column tells them apart, and only where it is not 0.
    part = np.where(x > 1, 1.0, 0.0)
    y = np.where(part > 0, 1.0, np.random.default_rng(2).integers(0, 2, 100))
    assert fit_logit(np.column_stack([part, noise]), y, who) == Unfit(reason="separated")
    assert abs(fit_logit(X, (x > 0).astype(float), who, ridge=1.0).coefficients[0]) < 10


def test_columns_that_repeat_each_other_have_no_coefficients():
    x = np.random.default_rng(0).standard_normal(100)
    y = np.random.default_rng(1).integers(0, 2, 100).astype(float)
    assert fit_logit(np.column_stack([x, -2 * x]), y, np.arange(100)) == Unfit(reason="dependent")
    assert fit_logit(np.column_stack([x, 0 * x]), y, np.arange(100)) == Unfit(reason="dependent")


def test_nothing_and_too_few_clusters():
    assert fit_logit(np.zeros((0, 2)), np.zeros(0), np.zeros(0, np.int64)) == Unfit(reason="empty")
    X, y, _ = world(np.random.default_rng(0), 100)
    assert fit_logit(X, y, np.arange(100) % 3) == Unfit(reason="empty")


@pytest.mark.parametrize(("each", "shared"), [(1, 0.0), (4, 1.0)])
def test_intervals_cover_the_truth(each, shared):
    rng = np.random.default_rng(each)
    huge = world(np.random.default_rng(99), 100_000, each, shared)
    truth = fit_logit(*huge)
    worlds, hits = 300, np.zeros(2, int)
    for _ in range(worlds):
        fit = fit_logit(*world(rng, 150, each, shared))
        hits += [
            abs(fit.coefficients[2] - truth.coefficients[2]) < 1.96 * fit.errors[2],
            abs(fit.effects[2] - truth.effects[2]) < 1.96 * fit.effect_errors[2],
        ]
    assert (hits >= binom.ppf(0.001, worlds, 0.94)).all(), hits
    assert (hits <= binom.ppf(0.999, worlds, 0.96)).all(), hits


@pytest.mark.parametrize("each", [1, 3])
def test_one_step_from_the_fit_is_as_good_as_fitting_anew(each):
    X, y, cluster = world(np.random.default_rng(5), 200, each)
    fit = fit_logit(X, y, cluster)
    draws = resample([fit], np.random.default_rng(0), 4_000)[0]
    rng, anew = np.random.default_rng(1), []
    for _ in range(600):
        counts = np.bincount(rng.integers(0, 200, 200), minlength=200)
        again = fit_logit(X, y, cluster, weights=counts[cluster].astype(float))
        anew.append(np.concatenate([again.coefficients, again.effects]))
    full = np.array(anew)
    quick = np.hstack([draws.coefficients, draws.effects])
    # 600 draws know a standard deviation to 3 %.
    np.testing.assert_allclose(quick.std(axis=0), full.std(axis=0), rtol=0.12)
    ends = [np.quantile(part, [0.025, 0.975], axis=0) for part in (quick, full)]
    np.testing.assert_allclose(ends[0], ends[1], atol=0.35 * full.std(axis=0).max())
    # And what it says of one resample, it says of the same one fitted anew: the step is the error, not the draw.
    errors = np.concatenate([fit.errors, fit.effect_errors])
    np.testing.assert_allclose(quick.std(axis=0), errors, rtol=0.1)


def test_resamples_are_shared_by_the_fits():
    X, y, cluster = world(np.random.default_rng(5))
    fit, part = fit_logit(X, y, cluster), fit_logit(X[:, 1:], y, cluster)
    one, two, three = resample([fit, part, fit], np.random.default_rng(0), 50)
    np.testing.assert_allclose(one.effects, three.effects, rtol=1e-5)  # single precision
    assert np.corrcoef(one.coefficients[:, 2], two.coefficients[:, 1])[0, 1] > 0.9
    assert resample([], np.random.default_rng(0)) == []


def test_clusters_without_rows_change_nothing():
    X, y, cluster = world(np.random.default_rng(5))
    one, other = fit_logit(X, y, cluster), fit_logit(X, y, 3 * cluster + 1, clusters=2_000)
    np.testing.assert_allclose(one.errors, other.errors)
    a, b = (resample([fit], np.random.default_rng(0), 50)[0] for fit in (one, other))
    np.testing.assert_allclose(a.coefficients, b.coefficients)


def test_a_column_that_one_cluster_alone_has_breaks_no_resample():
    rng = np.random.default_rng(0)
    X = np.column_stack([rng.standard_normal(60), np.arange(60) < 6]).astype(float)
    cluster = np.where(np.arange(60) < 6, 0, np.arange(60))
    y = np.where(np.arange(60) < 6, np.arange(60) % 2, rng.integers(0, 2, 60)).astype(float)
    draws = resample([fit_logit(X, y, cluster)], rng, 200)[0]
    assert np.isfinite(draws.coefficients).all()
    assert np.isfinite(draws.effects).all()
