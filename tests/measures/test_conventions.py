"""What every measure keeps to."""

from __future__ import annotations

import doctest
import math
import pickle
import re
from dataclasses import fields, is_dataclass
from dataclasses import replace as changed

import numpy as np
import pytest
from worlds import Labelled, near_copies, popular, sides, zipf_world

from holdfast import measures
from holdfast.measures import MEASURES, Band, Calibration, Reading, Undetermined
from holdfast.measures.reading import detectable, fewest_hits

NULL = Calibration(draws=199)
every_measure = pytest.mark.parametrize("measure", MEASURES, ids=lambda measure: measure.name)


def labelled(texts, labels="ab"):
    return Labelled(
        texts=tuple(texts), strata=tuple(f"stratum {labels[i % len(labels)]}" for i in range(len(texts)))
    )


@pytest.fixture(scope="module")
def both():
    rng = np.random.default_rng(0)
    world = zipf_world(0, strata=6)
    real = world.rows(250, rng) + popular(world.rows(20, rng), 50, rng)
    candidate = world.rows(120, rng) + popular(world.rows(20, rng), 60, rng) + real.at(range(20))
    found = sides(real, candidate)
    # The first letter of a row is its prompt.
    anchor, made = (
        changed(side, answers=np.ones(len(side), np.int64)) for side in (found.anchor, found.candidate)
    )
    return changed(found, anchor=anchor, candidate=made)


@pytest.fixture(scope="module")
def readings(both):
    """What every measure reads there, each asked once, in the order of the battery."""
    return {measure.name: measure(both, NULL) for measure in MEASURES}


def odd_sides():
    sentence = "what will the weather be like tomorrow morning in the mountains"
    distinct = zipf_world(1, strata=2).rows(150, np.random.default_rng(1))
    one, two, equal = labelled([sentence]), labelled([sentence, "bye"]), labelled([sentence] * 120)
    signs = labelled(["?!", "...", "—"] * 40)
    pairs = {
        "one row each": (one, one),
        "one row against many": (distinct, one),
        "many against one row": (one, distinct),
        "two rows each": (two, two),
        "two rows against many": (distinct, two),
        "equal rows on both sides": (equal, equal),
        "equal rows against many": (distinct, equal),
        "many against equal rows": (equal, distinct),
        "no words at all": (signs, signs),
        "no words against many": (distinct, signs),
        "one stratum": (labelled(distinct.texts, "a"), labelled(distinct.texts, "a")),
        "no common stratum": (labelled(distinct.texts, "a"), labelled(distinct.texts, "b")),
        "near-copies of one row": (
            labelled(distinct.texts[:100]),
            near_copies(labelled([sentence]), 99, np.random.default_rng(2), changed=1),
        ),
        "only numbers": (labelled([str(i) for i in range(100)]), labelled([str(i) for i in range(100, 200)])),
    }
    for name, (real, candidate) in pairs.items():
        for how, options in {
            "given": {},
            "predicted": {"candidate_labels": False},
            "clusters": {"real_labels": False},
            "declared": {"declared": {real.strata[0]: 1.0}},
        }.items():
            yield pytest.param(real, candidate, options, id=f"{name}, {how}")


def numbers(reading):
    yield from (reading.value, reading.p_value, reading.randomized, reading.effect)
    yield from (reading.null.low, reading.null.median, reading.null.high)
    yield from reading.interval or ()


def snapshot(value):
    """A copy of everything that stands in a value, deeply."""
    if isinstance(value, np.ndarray):
        return value.tobytes()
    if is_dataclass(value):
        return {field.name: snapshot(getattr(value, field.name)) for field in fields(value)}
    return value


@every_measure
def test_class_facts(measure):
    assert re.fullmatch(r"[a-z]+(_[a-z]+)*", measure.name)
    assert measure.title[0].isupper()
    assert not measure.title.endswith(".")
    assert isinstance(measure.version, int)
    assert measure.version >= 1
    assert measure.unit
    for fact in (measure.percent, measure.judged, measure.decisive):
        assert isinstance(fact, bool)
    assert measure.judged or not measure.decisive, "what cannot fail cannot decide"
    assert 0 < measure.tolerance < 1
    assert type(measure).__name__ in measures.__all__


def test_names_are_unique_and_something_decides():
    names = [measure.name for measure in MEASURES]
    assert len(set(names)) == len(names)
    assert any(measure.decisive for measure in MEASURES)


@every_measure
def test_the_docstring_is_the_documentation(measure):
    text = type(measure).__doc__
    for heading in ("Reads", "Blind to", "Undetermined", "Cost", "Source"):
        assert re.search(rf"^ *{heading}\n +\S", text, re.MULTILINE), heading
    examples = doctest.DocTestParser().get_examples(text)
    assert any(example.want for example in examples)


@every_measure
def test_a_measure_can_be_sent_to_another_process(measure):
    assert pickle.loads(pickle.dumps(measure)) == measure  # noqa: S301 - our own bytes


@pytest.mark.parametrize("order", [1, -1], ids=["as before", "backwards"])
def test_the_same_seed_gives_the_same_reading_whatever_was_asked_before(order, both, readings):
    """Asked again, one after the other; backwards, no measure has the same ones before it."""
    for measure in MEASURES[::order]:
        assert snapshot(measure(both, NULL)) == snapshot(readings[measure.name]), measure.name


@every_measure
def test_another_seed_gives_nearly_the_same_reading(measure, both):
    first, second = (measure(both, Calibration(draws=999, seed=seed)) for seed in (1, 2))
    assert isinstance(first, Reading)
    width = first.null.high - first.null.low
    assert abs(first.value - second.value) <= width / 2 + 1e-12
    error = 5 * math.sqrt(max(first.p_value * (1 - first.p_value), 0.001) / 999 * 2)
    # Band retention halves the real rows at random, and so adds some noise of its own to the observation.
    assert abs(first.p_value - second.p_value) <= error + (0.25 if measure.name == "band_retention" else 0.0)


@every_measure
def test_the_sides_are_left_as_they_were(measure, both):
    before = snapshot(both)
    measure(both, NULL)
    assert snapshot(both) == before


@pytest.mark.parametrize(("real", "candidate", "options"), list(odd_sides()))
def test_odd_sides_are_answered(real, candidate, options):
    both = sides(real, candidate, **options)
    for measure in MEASURES:
        answer = measure(both, Calibration(draws=99))
        if isinstance(answer, Undetermined):
            assert answer.reason
            assert answer.needed_rows is None or answer.needed_rows > 0
            continue
        assert all(math.isfinite(number) for number in numbers(answer)), (measure.name, answer)
        assert 0 < answer.p_value <= 1
        assert 0 < answer.randomized <= answer.p_value
        assert not math.isnan(answer.smallest_detectable)
        assert answer.null.low <= answer.null.median <= answer.null.high
        assert all(0 <= row < len(both.candidate) for row in answer.rows)
        if answer.interval:
            assert answer.interval[0] < answer.interval[1]
        if measure.percent:
            assert answer.value >= 0


@every_measure
def test_too_little_data_is_no_answer(measure):
    rows = labelled(["one row of text", "and another one"])
    assert isinstance(measure(sides(rows, rows), NULL), Undetermined)


@every_measure
def test_a_reading_names_its_evidence(measure, readings):
    reading = readings[measure.name]
    assert isinstance(reading, Reading)
    assert len(set(reading.rows)) == len(reading.rows)
    assert reading.evidence or measure.name == "artifacts"
    assert all(sentence and not sentence.endswith(".") for sentence in reading.evidence)
    assert pickle.loads(pickle.dumps(reading)).details == reading.details  # noqa: S301 - our own bytes


def test_each_measure_has_a_stream_of_its_own():
    draws = [Calibration(seed=3).rng(measure.name).random() for measure in MEASURES]
    assert len(set(draws)) == len(draws)
    assert Calibration(seed=3).rng("x").random() == Calibration(seed=3).rng("x").random()
    assert Calibration(seed=3).rng("x").random() != Calibration(seed=4).rng("x").random()


def test_a_band_is_the_middle_of_the_draws():
    band = Band.of(np.arange(1001.0))
    assert (band.low, band.median, band.high) == (25.0, 500.0, 975.0)


def test_the_detectable_effect_is_found_in_four_draws_of_five():
    rng = np.random.default_rng(0)
    null = rng.normal(0, 0.02, 20_000)
    effect = detectable(null, 0.01)
    found = (rng.normal(effect, 0.02, 20_000) > np.quantile(null, 0.99)).mean()
    assert found == pytest.approx(0.8, abs=0.02)
    assert detectable(np.zeros(99), 0.01, least=0.07) == 0.07


@pytest.mark.parametrize("sizes", [(100, 100), (30, 300), (300, 30)])
def test_fewest_hits_are_just_rare_enough(sizes):
    share = sizes[0] / sum(sizes)
    hits = fewest_hits(0.01, *sizes)
    assert share**hits <= 0.01 < share ** (hits - 1)
    assert fewest_hits(0.01, 0, 10) == math.inf


def test_options_of_a_measure_are_its_fields(both, readings):
    for measure in MEASURES:
        strict = changed(measure, tolerance=0.01)
        assert strict.tolerance == 0.01
        assert strict(both, NULL).value == readings[measure.name].value
