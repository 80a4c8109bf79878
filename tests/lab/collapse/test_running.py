"""A run is a function of its settings; each protocol does what it says, and nothing else."""

import numpy as np
import pytest

from holdfast.lab.collapse.generation import Scene
from holdfast.lab.collapse.protocols import (
    Accumulate,
    Filtered,
    MixIn,
    Quotas,
    RealAlone,
    Replace,
    Steered,
    shares_of,
)
from holdfast.lab.collapse.readings import Examiner, answer
from holdfast.lab.collapse.running import recur
from holdfast.lab.learners.learner import Decoding
from holdfast.lab.learners.ngrams import NgramLearner


@pytest.fixture(scope="module")
def examiner(world):
    return Examiner(world=world)


@pytest.fixture
def scene(world, tmp_path):
    return Scene(world=world, learner=NgramLearner(), decoding=Decoding(), seed=5, folder=tmp_path)


def tell(scene, examiner, protocol, generations=2):
    return list(recur(scene, protocol, generations=generations, examiner=examiner))


def test_generation_0_learns_from_real_rows_whatever_the_protocol(scene, examiner, world):
    replaced, mixed = (tell(scene, examiner, one, 1)[0] for one in (Replace(), MixIn()))
    assert replaced.rows == mixed.rows == world.origin
    assert replaced.reading == mixed.reading


def test_replacement_loses_words_and_knowledge(scene, examiner):
    first, *_, last = tell(scene, examiner, Replace(), 5)
    assert last.reading.rows == first.reading.rows
    assert last.reading.real == 0
    assert last.reading.words[0] < 0.9 * first.reading.words[0]
    assert last.reading.tail_bits_per_byte > first.reading.tail_bits_per_byte
    assert last.reading.accuracy < first.reading.accuracy


@pytest.mark.parametrize(
    "protocol", [MixIn(share=0.1), MixIn(share=0.2), Quotas(), Steered(), Filtered(), Accumulate(fixed=True)]
)
def test_totals_are_equal(scene, examiner, world, protocol):
    for told in tell(scene, examiner, protocol, 1):
        assert len(told.rows) == world.size
        assert len({row.id for row in told.rows}) == world.size


def test_real_rows_are_mixed_in_to_the_row(scene, examiner, world):
    step = tell(scene, examiner, MixIn(share=0.2), 1)[1]
    real = {row.id for row in world.at_hand}
    assert sum(row.id in real for row in step.rows) == step.reading.real == round(0.2 * world.size)
    most = tell(scene, examiner, MixIn(share=0.9), 1)[1]
    assert most.reading.real == len(world.at_hand)


def test_accumulation_keeps_everything(scene, examiner, world):
    told = tell(scene, examiner, Accumulate(), 2)
    assert [one.reading.rows for one in told] == [world.size, 2 * world.size, 3 * world.size]
    assert set(told[0].rows) < set(told[1].rows) < set(told[2].rows)


def test_a_fixed_budget_is_drawn_from_all_that_was_ever_written(scene, examiner, world):
    told = tell(scene, examiner, Accumulate(fixed=True), 3)
    for generation, one in enumerate(told[1:], start=1):
        share = 1 / (generation + 1)
        assert one.reading.real == pytest.approx(share * world.size, abs=4 * np.sqrt(share * world.size))
        written = {row.id.split("-")[0] for row in one.rows if row.id.startswith("g")}
        assert len(written & {f"g{at}" for at in range(1, generation + 1)}) == generation


def test_real_rows_alone_are_the_rows_at_hand(scene, examiner, world):
    assert tell(scene, examiner, RealAlone(), 1)[1].rows == world.at_hand


def test_quotas_ask_for_each_stratum_as_reality_has_it(scene, examiner, world):
    found = shares_of(tell(scene, examiner, Quotas(), 1)[1].rows)
    for stratum, share in shares_of(world.at_hand).items():
        assert found[stratum] == pytest.approx(share, abs=4 * np.sqrt(share / world.size))


def test_the_same_seed_gives_the_same_run(scene, examiner):
    again = [tell(scene, examiner, Steered(), 1)[1] for _ in range(2)]
    assert again[0].rows == again[1].rows
    assert again[0].reading == again[1].reading


def test_what_is_passed_on_as_generation_0_changes_nothing(scene, examiner):
    first, second = tell(scene, examiner, Replace(), 1)
    passed = list(recur(scene, Replace(), generations=1, examiner=examiner, start=first))
    assert passed[1].reading == second.reading


def test_an_audit_knows_reality_from_its_imitation(scene, examiner):
    told = list(recur(scene, Replace(), generations=3, audited=(0, 3), examiner=examiner))
    assert told[1].reading.worth is None
    first, last = told[0].reading.worth, told[3].reading.worth
    assert first["verdict"] != "fail"
    assert last["rows"] < first["rows"]


def test_the_classifier_by_steps_is_the_classifier_at_once(world, monkeypatch):
    texts, labels = [row.text for row in world.origin], [row.stratum for row in world.origin]
    asked = [row.text for row in world.exam]
    once = answer(texts, labels, asked)
    monkeypatch.setattr("holdfast.lab.collapse.readings._DENSE", 10)
    stepped = answer(texts, labels, asked)
    assert (once == stepped).mean() > 0.99
