import numpy as np
import pytest
from scipy.stats import beta, rankdata, spearmanr

from holdfast.lab.bench.detectors.detector import Detection
from holdfast.lab.bench.metrics import (
    area,
    exceeds,
    macro_f1,
    name_f1,
    noise_ceiling,
    rank_correlation,
    upper_bound,
)
from holdfast.lab.bench.score import cell_harms, score
from holdfast.lab.bench.store import Entry
from holdfast.lab.bench.truth import Truth
from holdfast.lab.bench.yardsticks.coverage import EffectiveRows
from holdfast.lab.bench.yardsticks.exam import Harm

COVERAGE = EffectiveRows(rows=1.0, rare_rows=None, share=1.0, rare_share=None, at_least=False)


def entry(scenario, severity, seed, *, kind="damage", harm=None, says=None, lost=(), causes=(), corpus="c"):
    values = {
        "key": f"{corpus}{scenario}{severity}{seed}{harm is None}",
        "corpus": corpus,
        "size": 10,
        "seed": seed,
        "scenario": scenario,
        "kind": kind,
        "severity": severity,
        "lost": lost,
        "causes": causes,
    }
    if harm is None:
        return Entry(**values, part="d", detections=(Detection(name="d", **says),))
    found = Harm(
        unit="recall",
        overall=0.0,
        overall_error=0.0,
        rare=harm,
        rare_error=0.5,
        base_overall=1.0,
        base_rare=1.0,
    )
    return Entry(**values, part="truth", truth=Truth(retention=None, coverage=COVERAGE, harm=found))


def test_metrics_against_scipy():
    rng = np.random.default_rng(0)
    x, y = rng.integers(0, 5, (2, 40)).astype(float)
    assert rank_correlation(x, y) == pytest.approx(spearmanr(x, y).statistic)
    ranks = rankdata(np.concatenate([x, y]))
    assert area(x, y) == pytest.approx((ranks[40:].sum() - 40 * 41 / 2) / 40 / 40)
    assert upper_bound(3, 200) == pytest.approx(beta.ppf(0.95, 4, 197))
    assert upper_bound(5, 5) == upper_bound(0, 0) == 1
    assert rank_correlation(x[:2], y[:2]) is None
    assert rank_correlation(np.ones(5), y[:5]) is None
    assert area(x, np.array([])) is None


def test_a_threshold_needs_enough_draws_and_keeps_its_level():
    assert exceeds(np.array([9.0]), np.zeros(98)) is None
    assert exceeds(np.array([9.0, 0.0]), np.zeros(99)).tolist() == [True, False]
    nulls = np.arange(1_000.0)
    # Ten of 1,001 is the most that one in a hundred allows: nine null draws may be as strong.
    assert exceeds(np.array([991.0, 990.0]), nulls).tolist() == [True, False]
    rng = np.random.default_rng(1)
    alarms = [exceeds(rng.random(50), rng.random(199), 0.05).mean() for _ in range(200)]
    assert np.mean(alarms) == pytest.approx(0.05, abs=0.01)


def test_names_and_causes_by_hand():
    found = name_f1([(("a", "b"), ("a",)), (("c",), ()), ((), ("d",))])
    assert (found.precision, found.recall, found.f1) == (pytest.approx(1 / 2), pytest.approx(1 / 3), 0.4)
    assert name_f1([((), ())]).f1 == 1
    # bias: right once, missed once: 2/3; artifacts: named wrongly once: 0.
    assert macro_f1([(("bias",), ("bias",)), (("bias",), ("artifacts",))]) == pytest.approx(1 / 3)
    assert noise_ceiling(np.array([0.0, 2.0]), np.array([1.0, 1.0])) == pytest.approx(np.sqrt(0.5))
    assert noise_ceiling(np.array([0.0, 0.1]), np.array([1.0, 1.0])) == 0


def test_harm_is_that_of_a_cell():
    cells = cell_harms(
        [entry("D4", 0.4, 0, harm=0.1), entry("D4", 0.4, 1, harm=0.3), entry("D4", 1.0, 0, harm=0.7)]
    )
    assert cells["c", 10, "D4", 0.4].mean == pytest.approx(0.2)
    assert cells["c", 10, "D4", 0.4].error == pytest.approx(0.1)
    assert cells["c", 10, "D4", 1.0].error == 0.5


def small_world():
    """99 null draws from 0 to .98; D1 does harm .06 and is seen once in two, D4 harm .5, seen always; D7 none."""
    entries = [
        entry("ND1", 0.0, seed, kind="control", says={"strength": seed / 100, "alarm": seed >= 98})
        for seed in range(99)
    ]
    planted = [
        ("D1", 0.2, (0.06, 0.06), (0.5, 2.0)),
        ("D4", 0.2, (0.4, 0.6), (3.0, 4.0)),
        ("D7", 0.2, (0.0, 0.0), (0.985, None)),
        ("D7", 1.0, (0.01, 0.01), (5.0, 5.0)),
    ]
    for scenario, severity, harms, strengths in planted:
        for seed in (0, 1):
            entries.append(entry(scenario, severity, seed, harm=harms[seed]))
            named = ("x",) if scenario == "D4" else ()
            says = {
                "strength": strengths[seed],
                "alarm": strengths[seed] is not None and strengths[seed] > 3.5,
            }
            entries.append(
                entry(
                    scenario,
                    severity,
                    seed,
                    says={**says, "strata": named, "causes": ("bias",)},
                    lost=("x", "y") if scenario == "D4" else (),
                    causes=("no_novelty",) if scenario == "D7" else ("bias",),
                )
            )
    entries.append(entry("D5", 1.0, 0, kind="harmless", says={"strength": 9.0, "alarm": True}))
    entries.append(entry("ND4", 1.0, 0, kind="control", says={"strength": 9.0, "alarm": False}))
    return entries


def test_a_scorecard_by_hand():
    (card,) = score(small_world())
    assert card.detector == "d"
    assert (card.false_alarms.hits, card.false_alarms.draws) == (1, 99)
    assert card.false_alarms.upper == pytest.approx(beta.ppf(0.95, 2, 98))
    assert {name: rate.share for name, rate in card.controls.items()} == {"D5": 1.0, "ND4": 0.0}
    two, five, ten = card.power
    assert {name: rate.share for name, rate in five.by_scenario.items()} == {"D1": 0.5, "D4": 1.0}
    assert (five.worst, five.worst_share, five.mean_share) == ("D1", 0.5, 0.75)
    assert two.by_scenario == five.by_scenario
    assert (ten.worst, ten.worst_share) == ("D4", 1.0)
    # By its own rule D4 is seen in one draw of two, D1 never.
    assert [power.worst_share for power in card.power_by_rule] == [0.0, 0.0, 0.5]
    # .5 is above 50 null draws and ties with one; 2, 3, 4 and .985 are above all; no answer is below all.
    assert card.auc_early == pytest.approx((50.5 / 99 + 4) / 6)
    assert card.auc == pytest.approx((50.5 / 99 + 6) / 8)
    assert card.unanswered == 1
    # Cells by harm D7 .2, D7 1, D1, D4; by mean strength .985, 5, 1.25, 3.5: 1 - 6 (0 + 4 + 1 + 1) / 60.
    assert card.correlation.pooled == pytest.approx(0.4)
    assert card.correlation.within is None
    assert (card.naming.precision, card.naming.recall) == (1.0, 0.5)
    # bias: four right of eight named: 2 * 4 / (4 + 8); no_novelty: never named.
    assert card.cause_f1 == pytest.approx((2 / 3 + 0) / 2)


def test_without_nulls_there_is_no_measured_threshold():
    (card,) = score([e for e in small_world() if e.severity > 0])
    assert card.power == ()
    assert card.auc is None
    assert card.false_alarms.draws == 0
    assert [power.worst_share for power in card.power_by_rule] == [0.0, 0.0, 0.5]


def test_correlation_within_scenarios_and_its_ceiling():
    entries = []
    for scenario, sign in (("D1", 1), ("D4", -1)):
        for at, severity in enumerate((0.1, 0.4, 1.0)):
            for seed, noise in enumerate((-0.01, 0.01)):
                entries.append(entry(scenario, severity, seed, harm=0.1 * at + noise))
                entries.append(entry(scenario, severity, seed, says={"strength": float(sign * at)}))
    correlation = score(entries)[0].correlation
    assert correlation.within == pytest.approx(0)
    assert correlation.ceiling_within == pytest.approx(np.sqrt(1 - 0.01**2 / 0.01))
    assert correlation.ceiling == pytest.approx(np.sqrt(1 - 0.01**2 / 0.008))
