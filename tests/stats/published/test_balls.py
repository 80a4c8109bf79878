"""Balls, against the definitions written out, and the kernels against their plain counterparts."""

from __future__ import annotations

import numpy as np
import pytest

from holdfast.errors import InputError, UsageError
from holdfast.stats.published.balls import Balls, compare_balls, squared_reaches


def written_out(real, made, k, *, closed):
    """The definitions, in double precision, one pair at a time."""

    def apart(first, second):
        return np.array([((row.astype(float) - second.astype(float)) ** 2).sum(1) for row in first])

    def reach(rows):
        distances = apart(rows, rows)
        np.fill_diagonal(distances, np.inf)
        return np.sort(distances, 1)[:, k - 1]

    between = apart(real, made)
    of_real, of_made = reach(real)[:, None], reach(made)[None]
    in_real = between <= of_real if closed else between < of_real
    in_made = between <= of_made if closed else between < of_made
    return Balls(
        precision=in_real.any(0).mean(),
        recall=in_made.any(1).mean(),
        density=in_real.sum(0).mean() / k,
        coverage=in_real.any(1).mean(),
    )


def sets():
    rng = np.random.default_rng(3)
    few = rng.normal(size=(40, 5))
    yield (
        "normal",
        rng.normal(size=(700, 20)).astype(np.float32),
        rng.normal(size=(900, 20)).astype(np.float32),
    )
    yield "unequal", rng.normal(size=(30, 7)), rng.normal(size=(2_060, 7)) * 0.5
    yield "repeated", np.repeat(few, 9, 0), np.concatenate([few[:20], few[:20], rng.normal(size=(9, 5))])
    yield (
        "grid, many ties",
        rng.integers(0, 3, (600, 4)).astype(np.float32),
        rng.integers(0, 3, (500, 4)).astype(np.float32),
    )
    yield "far from the origin", rng.normal(size=(300, 3)) + 1e6, rng.normal(size=(300, 3)) + 1e6
    yield "huge", rng.normal(size=(60, 3)) * 1e30, rng.normal(size=(60, 3)) * 1e30
    yield "tiny", rng.normal(size=(60, 3)) * 1e-30, rng.normal(size=(60, 3)) * 1e-30
    yield "one value", np.ones((20, 2)), np.ones((30, 2))
    yield "one column", rng.normal(size=(300, 1)), rng.normal(size=(300, 1))


@pytest.mark.parametrize(
    ("name", "real", "made"), list(sets()), ids=lambda part: part if isinstance(part, str) else ""
)
@pytest.mark.parametrize("closed", [True, False])
@pytest.mark.parametrize("k", [1, 5])
def test_equals_the_definitions_with_kernels_and_without(name, real, made, closed, k, monkeypatch):
    expected = written_out(real, made, k, closed=closed)
    for said in ("0", "1"):
        monkeypatch.setenv("HOLDFAST_COMPILED", said)
        for threads in (1, 3):
            assert compare_balls(real, made, neighbours=k, closed=closed, threads=threads) == expected


def test_equals_prdc_0_2():
    # prdc.compute_prdc(real, made, nearest_k=5) of these very arrays.
    rng = np.random.default_rng(7)
    real = rng.normal(size=(300, 8)).astype(np.float32)
    made = (rng.normal(size=(400, 8)) * 0.8 + 0.2).astype(np.float32)
    found = compare_balls(real, made, closed=False)
    assert found == Balls(precision=0.99, recall=224 / 300, density=1.483, coverage=287 / 300)


def test_equal_distributions_have_density_one_and_the_published_coverage():
    rng = np.random.default_rng(0)
    n, k, draws = 100, 5, 100
    found = [
        compare_balls(rng.normal(size=(n, 3)), rng.normal(size=(n, 3)), neighbours=k) for _ in range(draws)
    ]
    expected = 1 - np.prod([(n - i) / (2 * n - i) for i in range(1, k + 1)])  # Naeem et al. 2020, lemma 2
    for values, truth in (([f.density for f in found], 1.0), ([f.coverage for f in found], expected)):
        assert abs(np.mean(values) - truth) < 4 * np.std(values) / np.sqrt(draws)


def test_reaches_by_hand():
    assert squared_reaches(np.array([[0.0], [1.0], [3.0], [3.0]]), neighbours=2).tolist() == [
        9.0,
        4.0,
        4.0,
        4.0,
    ]


def test_bad_input_is_said():
    rows = np.eye(7)
    for wrong in (np.full((7, 7), np.nan), np.full((7, 7), np.inf), np.ones((7, 6)), np.ones((7, 0))):
        with pytest.raises(InputError):
            compare_balls(rows, wrong)
    for neighbours in (0, 7):
        with pytest.raises(UsageError):
            compare_balls(rows, rows, neighbours=neighbours)
    with pytest.raises(UsageError):
        squared_reaches(rows, neighbours=7)
