from types import SimpleNamespace

import numpy as np
import pytest
from scipy.stats import chi2_contingency

from holdfast.lab.bench.detectors import (
    DETECTORS,
    Compression,
    Distinct,
    HoldfastAudit,
    LabelShares,
    Vocabulary,
)
from holdfast.lab.bench.detectors.audits import likely, strength_of
from holdfast.lab.bench.detectors.detector import Shown
from holdfast.lab.bench.instance import plant
from holdfast.lab.bench.plan import Setting
from holdfast.lab.bench.run import look
from holdfast.lab.bench.scenarios import DeclaredMix, RareThinning, Repeating
from holdfast.measures import MEASURES, NearDuplicates, StratumDeficit


def shown(*texts, labels=None):
    return Shown(texts=texts, labels=labels)


def ask(detector, anchor, candidate, **options):
    return detector(anchor, candidate, np.random.default_rng(0), **options)


def test_distinct_pairs_at_equal_numbers():
    varied, stuck = shown("a b c", "d e f"), shown(*["a b c"] * 4)
    # Four pairs on each side: four distinct ones against two.
    assert ask(Distinct(), varied, stuck)[0].strength == 0.5
    assert ask(Distinct(), varied, varied)[0].strength == 0
    assert ask(Distinct(), varied, shown("a"))[0].strength is None


def test_vocabulary_that_is_not_used():
    assert ask(Vocabulary(), shown("a b c d"), shown("b x", "a"))[0].strength == 0.5


def test_label_counts():
    anchor = shown(*"xxxxxx", labels=tuple("aaabbc"))
    candidate = shown(*"xxxxxxxx", labels=tuple("aaaaaabb"))
    found = ask(LabelShares(), anchor, candidate)[0]
    statistic, p_value, freedom, _ = chi2_contingency([[3, 2, 1], [6, 2, 0]], correction=False)
    assert found.strength == pytest.approx(statistic / freedom)
    assert found.p_value == pytest.approx(p_value)
    declared = ask(LabelShares(), anchor, candidate, declared={"a": 0.75, "b": 0.25, "c": 0.0})[0]
    assert declared.strength == 0
    assert ask(LabelShares(), shown("a"), shown("b"))[0].strength is None


@pytest.mark.parametrize("packer", ["gzip", "lzma"])
def test_repeats_compress(packer):
    rng = np.random.default_rng(0)
    words = [f"w{i}" for i in range(500)]
    rows = [" ".join(rng.choice(words, 10)) for _ in range(100)]
    assert ask(Compression(packer=packer), shown(*rows), shown(*rows[:10] * 10))[0].strength > 0.1
    assert ask(Compression(packer=packer), shown(*rows), shown(*rows))[0].strength == pytest.approx(
        0, abs=0.02
    )


def setting(scenario, severity):
    return Setting(
        corpus=0, digest="d", size=200, anchor=200, exponent=0.5, seed=0, scenario=scenario, severity=severity
    )


def test_an_audit_answers_for_its_measures(pools):
    detector = HoldfastAudit(measures=(StratumDeficit(), NearDuplicates()), draws=999)
    scenario = Repeating()
    found = {
        d.name: d
        for d in look(detector, plant(scenario, pools, 1.0, np.random.default_rng(0)), setting(scenario, 1.0))
    }
    assert list(found) == ["holdfast", "holdfast:stratum_deficit", "holdfast:near_duplicates"]
    assert found["holdfast"].alarm
    assert found["holdfast:near_duplicates"].alarm
    # Both are significant or one is: losses compound, and nothing else moves the strength by more than a thousandth.
    effects = [found[f"holdfast:{name}"].strength for name in ("stratum_deficit", "near_duplicates")]
    least, most = effects[1], 1 - (1 - max(effects[0], 0)) * (1 - effects[1])
    assert least <= found["holdfast"].strength <= most + 0.001
    assert found["holdfast:near_duplicates"].strength == pytest.approx(0.75, abs=0.1)
    again = look(detector, plant(scenario, pools, 1.0, np.random.default_rng(0)), setting(scenario, 1.0))
    assert again == tuple(found.values())


def test_losses_that_are_sure_compound_and_others_break_ties():
    def told(effect, p_value, p_adjusted):
        reading = SimpleNamespace(effect=effect, p_value=p_value)
        return SimpleNamespace(reading=reading, p_adjusted=p_adjusted)

    sure, other = told(0.5, 0.0005, 0.005), told(0.2, 0.001, 0.009)
    unsure, chance, gain = told(0.4, 0.03, 0.3), told(0.9, 0.2, 1.0), told(-0.3, 0.001, 0.009)
    assert strength_of([sure, other, gain], 0.01) == pytest.approx(1 - 0.5 * 0.8 + 0.001 * (1 - 0.5 * 0.8))
    assert strength_of([unsure, chance], 0.01) == pytest.approx(0.001 * 0.4)
    assert strength_of([chance], 0.01) == 0
    assert strength_of([sure, unsure], 0.01) > strength_of([sure], 0.01)


def test_an_audit_names_what_is_lost_and_hears_what_is_declared(pools):
    detector = HoldfastAudit(measures=(StratumDeficit(),), draws=999)
    scenario = RareThinning()
    lost = plant(scenario, pools, 1.0, np.random.default_rng(0))
    named = look(detector, lost, setting(scenario, 1.0))[0].strata
    assert set(named) <= set(lost.lost)
    mix = plant(DeclaredMix(), pools, 1.0, np.random.default_rng(0))
    assert look(detector, mix, setting(DeclaredMix(), 1.0))[0].strata == ()


def test_versions_hold_what_would_change_an_answer():
    assert len({detector.name for detector in DETECTORS}) == len(DETECTORS)
    version = HoldfastAudit().version
    assert all(f"{measure.name} {measure.version}" in version for measure in MEASURES)


def test_causes_are_those_that_an_audit_finds_likely():
    states = {"drift": "likely", "bias": "possible", "artifacts": "likely", "mismatch": "unknown"}
    causes = tuple(SimpleNamespace(id=id_, state=state) for id_, state in states.items())
    assert likely(SimpleNamespace(causes=causes)) == ("drift", "artifacts")
    assert likely(SimpleNamespace()) == ()
