"""MAUVE and its k-means, against hand computation, scikit-learn and the package's own figures."""

from __future__ import annotations

import math

import numpy as np
import pytest

from holdfast.errors import InputError, UsageError
from holdfast.stats.published.clusters import _Run, cluster_rows
from holdfast.stats.published.mauve import area_below, compute_mauve, divergence_curve

APART = 0.0040720962619612555
PACKAGE = (0.2658052429129152, 0.9695324569766228, 0.010463272105179106)


def lloyd(rows, centres):
    """The published iterations, all rows with all centres, until nothing changes."""
    rows, centres = rows.astype(float), centres.astype(float)
    labels = None
    while True:
        apart = ((rows[:, None] - centres[None]) ** 2).sum(2)
        if labels is not None and (apart.argmin(1) == labels).all():
            return apart.min(1).sum(), labels
        labels = apart.argmin(1)
        centres = np.stack([rows[labels == at].mean(0) for at in range(len(centres))])


@pytest.mark.parametrize("said", ["0", "1"])
def test_k_means_is_lloyds(said, monkeypatch):
    monkeypatch.setenv("HOLDFAST_COMPILED", said)
    rng = np.random.default_rng(0)
    rows = np.concatenate([rng.normal(size=(300, 5)), rng.normal(size=(300, 5)) + 2]).astype(np.float32)
    for _ in range(3):
        centres = rows[rng.choice(600, 25, replace=False)]
        expected, labels = lloyd(rows, centres)
        for threads in (1, 2):
            loss, found = _Run(rows, threads).settle(centres, 500)
            assert (found == labels).all()
            assert loss == pytest.approx(expected, rel=1e-5)


def test_kernels_equal_their_plain_counterparts(monkeypatch):
    rng = np.random.default_rng(1)
    hostile = [
        rng.normal(size=(700, 3)),
        rng.integers(0, 3, (400, 4)),
        np.ones((50, 2)),
        np.repeat(rng.normal(size=(4, 2)), 25, 0),
        rng.normal(size=(1, 6)),
    ]
    for rows in hostile:
        found = []
        for said in "01":
            monkeypatch.setenv("HOLDFAST_COMPILED", said)
            count = min(20, len(rows))
            found.append(cluster_rows(rows.astype(np.float32), count, np.random.default_rng(2), starts=3))
        assert (found[0] == found[1]).all()


def test_no_cluster_stays_empty_where_rows_differ():
    rows = np.concatenate([np.zeros((90, 2)), np.random.default_rng(0).normal(size=(10, 2)) + 5]).astype(
        np.float32
    )
    for seed in range(5):
        assert len(set(cluster_rows(rows, 11, np.random.default_rng(seed), starts=1).tolist())) == 11


def test_the_curve_by_hand():
    # All apart: R = w P + (1 - w) Q gives KL(Q | R) = -log(1 - w) and KL(P | R) = -log w.
    curve = divergence_curve(np.array([1.0, 0]), np.array([0, 1.0]))
    weights = np.linspace(1e-6, 1 - 1e-6, 25)
    assert curve[1:-1] == pytest.approx(np.stack([(1 - weights) ** 5, weights**5], 1))
    assert area_below(curve) == pytest.approx(APART, rel=1e-9)
    assert divergence_curve(np.array([0.3, 0.7]), np.array([0.3, 0.7]))[1:-1] == pytest.approx(1)
    # The same from either axis, and with the sides exchanged.
    p, q = np.random.default_rng(0).dirichlet(np.ones(9), 2)
    curve = divergence_curve(p, q)
    assert area_below(curve) == pytest.approx(area_below(curve[::-1, ::-1]), rel=1e-12)
    assert area_below(curve) == pytest.approx(area_below(divergence_curve(q, p)), rel=1e-12)


def test_the_curve_equals_mauve_text_0_4_0():
    p, q = np.random.default_rng(0).dirichlet(np.ones(9), 2)
    assert area_below(divergence_curve(p, q)) == pytest.approx(PACKAGE[0], rel=1e-9)


def test_equals_mauve_text_0_4_0_within_the_spread_of_its_seeds():
    # mauve.compute_mauve(p_features=real, q_features=made, seed=s).mauve, s from 100 to 129: mean and standard deviation.
    rng = np.random.default_rng(8)
    real = np.concatenate([rng.normal(size=(250, 6)), rng.normal(size=(250, 6)) + 1]).astype(np.float32)
    made = np.concatenate([rng.normal(size=(350, 6)), rng.normal(size=(150, 6)) + 1.2]).astype(np.float32)
    found = [compute_mauve(real, made, np.random.default_rng(seed)).area for seed in range(20)]
    _, mean, spread = PACKAGE
    assert abs(np.mean(found) - mean) < 3 * spread * math.sqrt(1 / 20 + 1 / 30)
    assert np.std(found) < 2 * spread


def test_equal_and_apart():
    rng = np.random.default_rng(0)
    rows = rng.normal(size=(400, 5))
    assert compute_mauve(rows, rows, rng).area == pytest.approx(1)
    apart = compute_mauve(np.abs(rows), -np.abs(rows), rng)
    assert apart.area == pytest.approx(APART)
    assert apart.clusters == 40
    assert compute_mauve(np.ones((30, 2)), np.ones((30, 2)), rng).area == pytest.approx(1)


def test_threads_do_not_matter():
    rng = np.random.default_rng(3)
    real, made = rng.normal(size=(900, 8)), rng.normal(size=(800, 8)) + 0.2
    assert (
        compute_mauve(real, made, np.random.default_rng(1)).area
        == compute_mauve(real, made, np.random.default_rng(1), threads=3).area
    )


def test_bad_input_is_said():
    rng = np.random.default_rng(0)
    for wrong in (np.zeros((5, 2)), np.full((5, 2), np.nan), np.ones((5, 3)), np.empty((0, 2))):
        with pytest.raises(InputError):
            compute_mauve(np.ones((5, 2)), wrong, rng)
    with pytest.raises(UsageError):
        compute_mauve(np.ones((5, 2)), np.ones((5, 2)), rng, clusters=11)
    with pytest.raises(UsageError):
        cluster_rows(np.ones((5, 2), np.float32), 0, rng)
    with pytest.raises(UsageError):
        cluster_rows(np.ones((5, 2), np.float32), 2, rng, starts=0)
