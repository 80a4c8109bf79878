"""L16: one real row per round, fresh or replayed."""

import numpy as np
import pytest

from holdfast.lab.published.drift import DRIFT
from holdfast.lab.published.drift.one_real_point import OneRealPoint

SMALL = OneRealPoint(written=(60,), shown=20, replicates=4_000)


@pytest.fixture(scope="module")
def outcome():
    return SMALL.run(np.random.default_rng(1))


def test_reduced_sizes_hold(outcome):
    assert [check.name for check in outcome.checks if not check.holds] == []
    assert outcome.holds


def test_it_stands_in_the_catalogue():
    assert OneRealPoint() in DRIFT
    assert OneRealPoint.id == "L16"


def test_theory_gives_the_published_digits(outcome):
    expected = {check.name.split(", m =")[0]: check.expected for check in outcome.checks}
    assert expected["squared error, a fresh row"] == pytest.approx(0.5, abs=0.01)
    assert expected["squared error, a replayed row"] == pytest.approx(1.5, abs=0.01)
    assert expected["median variance, a fresh row"] == 0.46
    # The mean of F15, for 10 to 1000 synthetic rows: .66.
    means = [OneRealPoint().expected_variances(count, fresh=True)[-1] for count in (10, 100, 1000)]
    assert means == pytest.approx([0.66] * 3, abs=0.02)


def test_the_mean_variance_settles_where_its_equations_say():
    # v (2 m + 1) = m (1 + M + v / m) and M (2 m + 1) = 1 + m v, the fixed point of both recursions.
    for count in (10, 100):
        v = OneRealPoint(learning=12).expected_variances(count, fresh=True)[-1]
        squared = (1 + count * v) / (2 * count + 1)
        apart = 1 + squared + v / count
        assert v == pytest.approx(((count - 1) * v + count / (count + 1) * apart) / (count + 1), rel=1e-6)


def test_few_synthetic_rows_keep_less_than_was_published():
    # A finding: at ten synthetic rows the median is 0.43, and the published 0.46 fails its own tolerance of 5 %.
    outcome = OneRealPoint(written=(10,), shown=10, replicates=40_000).run(np.random.default_rng(3))
    (median,) = [check for check in outcome.checks if check.name.startswith("median variance, a fresh")]
    assert not median.holds
    assert median.measured == pytest.approx(0.43, abs=0.01)
    assert [check for check in outcome.checks if not check.holds] == [median]


def test_a_wrong_theory_fails():
    class Wrong(OneRealPoint):
        def _errors(self, count, rng, *, fresh):
            # The replayed row taken for a fresh one.
            return super()._errors(count, rng, fresh=True)

        def _variances(self, count, steps, rng, *, fresh):
            return super()._variances(count, steps, rng, fresh=True)

    outcome = Wrong(written=(20,), shown=10, replicates=1_000).run(np.random.default_rng(1))
    failing = {
        check.name.split(",")[0] for check in outcome.checks if not check.holds and "replayed" in check.name
    }
    assert failing == {"squared error", "median variance"}


def test_the_figure_follows_its_theory(outcome):
    curves = {curve.name: curve for curve in outcome.figure.curves}
    for name in ("a fresh row", "the same row"):
        found, law = curves[name], curves[f"{name}, theory of the mean"]
        assert found.x == law.x
        assert found.y == pytest.approx(law.y, abs=0.08)
    assert curves["the same row"].high[-1] < 0.01 < curves["a fresh row"].low[-1]


def test_same_seed_same_outcome():
    small = OneRealPoint(written=(5,), shown=5, replicates=200)
    one, two, other = (small.run(np.random.default_rng(seed)) for seed in (1, 1, 2))
    assert one == two != other
