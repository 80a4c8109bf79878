import numpy as np
import pytest

from holdfast.lab.bench.corpus import Corpus, Row
from holdfast.lab.bench.instance import Instance, plant
from holdfast.lab.bench.pools import Pools, deal_pools
from holdfast.lab.bench.scenarios import (
    FreshReal,
    LabelNoise,
    NewTopic,
    RareThinning,
    Recursion,
    Repeating,
    Template,
)
from holdfast.lab.bench.truth import Yardstick, read_truth
from holdfast.lab.bench.yardsticks.classifier import Lessons, read_texts, recalls
from holdfast.lab.bench.yardsticks.coverage import survey
from holdfast.lab.bench.yardsticks.exam import SITTINGS, LabelExam, TextExam, compare, parts_of, set_exam
from holdfast.lab.words import split_words


@pytest.fixture(scope="module")
def yardstick(pools):
    return Yardstick.make(pools)


def truth(pools, scenario, severity, yardstick=None):
    return read_truth(pools, plant(scenario, pools, severity, np.random.default_rng(0)), yardstick)


def test_fresh_rows_do_no_harm_and_cover_what_they_should(pools, yardstick):
    found = truth(pools, FreshReal(), 0.0, yardstick)
    assert found.harm.overall == found.harm.rare == 0
    assert found.coverage.share == 1
    assert found.coverage.rows == pytest.approx(pools.size, rel=0.2)
    assert 0.2 < found.harm.base_rare <= found.harm.base_overall < 1


def test_a_template_is_harmless(pools, yardstick):
    found = truth(pools, Template(), 1.0, yardstick)
    assert abs(found.harm.overall) < 0.03
    assert found.coverage.share == pytest.approx(1, abs=0.05)


def test_without_the_rare_strata_nothing_is_known_of_them(pools, yardstick):
    found = truth(pools, RareThinning(), 1.0, yardstick)
    assert found.harm.rare == pytest.approx(found.harm.base_rare)
    assert found.harm.overall > 0.02
    assert found.coverage.rare_rows == 0
    assert set(found.retention) == set(pools.strata)


def test_repeats_are_worth_their_distinct_rows(pools, yardstick):
    found = truth(pools, Repeating(), 1.0, yardstick)
    assert found.coverage.rows == pytest.approx(50, rel=0.3)
    assert found.harm.overall > 0.05


def test_wrong_labels_harm(pools, yardstick):
    assert truth(pools, LabelNoise(), 1.0, yardstick).harm.overall > 0.05


def test_what_the_anchor_does_not_know_is_not_asked(pools, yardstick):
    found = plant(NewTopic(), pools, 1.0, np.random.default_rng(0))
    assert not yardstick.fits(pools, found)
    read = read_truth(pools, found, yardstick)
    assert set(read.retention) < set(pools.strata)
    assert read.coverage.share == pytest.approx(1)
    assert abs(read.harm.overall) < 0.15


def test_unlabelled_text_is_read_in_bits(plain):
    exam = set_exam(plain, {""})
    assert isinstance(exam, TextExam)
    flat = [rare for text in exam.rare for rare in text]
    assert 0.1 <= np.mean(flat) < 0.4
    found = truth(plain, Recursion(), 0.3)
    assert found.retention is None
    assert found.harm.unit == "bits_per_byte"
    assert found.harm.rare > found.harm.overall > 0.05
    assert found.harm.base_rare > found.harm.base_overall
    assert found.coverage.rare_rows is None
    assert found.coverage.share < 0.8


def test_harm_and_its_error_by_hand():
    exam = LabelExam(strata=("a",), rare=np.array([True]), test=read_texts(["x"]), classes=np.array([0]))
    base = np.array([[0.9, 0.8]] * SITTINGS)
    candidate = np.array([[0.8, 0.5], [0.7, 0.5], [0.6, 0.5], [0.7, 0.5], [0.7, 0.5]])
    harm = compare(exam, base, candidate)
    assert harm.overall == pytest.approx(0.2)
    # Jackknife: squared deviations .01 + .01, times 4/5.
    assert harm.overall_error == pytest.approx(np.sqrt(0.016))
    assert (harm.rare, harm.rare_error) == (pytest.approx(0.3), pytest.approx(0))
    assert (harm.base_overall, harm.base_rare) == (pytest.approx(0.9), pytest.approx(0.8))
    candidate[:, 1] = base[:, 1] = np.nan
    assert compare(exam, base, candidate).rare is None


def test_the_classifier_learns_and_guesses_no_class_it_never_read():
    texts = ["red apple", "green apple", "fast car", "slow car"] * 5
    lessons = Lessons.read(texts, np.array([0, 0, 1, 1] * 5), 3)
    fits = lessons.answer(lessons.ask(read_texts(["apple pie", "car park"])))
    assert fits.argmax(axis=1).tolist() == [0, 1]
    assert np.isneginf(fits[:, 2]).all()
    half = lessons.answer(lessons.ask(read_texts(["apple pie"])), np.flatnonzero(np.arange(20) % 4 < 2))
    assert np.isneginf(half[:, 1]).all()
    assert recalls(np.array([0, 2, 1]), np.array([0, 0, 1]), 2).tolist() == [0.5, 1.0]


def test_what_was_made_from_one_row_sits_out_together():
    row = Row(id="5", text="a")
    assert len(set(parts_of([row, row.edited("x"), row.edited("y").edited("z")]).tolist())) == 1
    assert set(parts_of([Row(id=str(i), text="a") for i in range(60)]).tolist()) == set(range(SITTINGS))


def test_coverage_by_hand():
    # Four kinds of rows, equally frequent; every real row shows one of them.
    def rows(name, count):
        return tuple(Row(id=f"{name}{i}", text=("a b", "c d", "e f", "g h")[i % 4]) for i in range(count))

    pools = Pools(
        corpus="x",
        labelled=False,
        anchor=rows("a", 40),
        source=rows("s", 40),
        reserve=rows("r", 40),
        test=rows("t", 20),
        shares={"": 1.0},
    )
    ground = survey(pools, {""}, np.random.default_rng(0))
    # k of four kinds have been seen after about n rows with 1 - (3/4)^n = k / 4.
    for kinds in (1, 2, 3):
        found = ground.read(rows("c", 4)[:kinds])
        assert found.rows == pytest.approx(np.log(1 - kinds / 4) / np.log(3 / 4), abs=1.2)
    assert ground.read((Row(id="x", text="z z"),)).rows == 0
    assert not ground.read(rows("c", 4)).at_least
    assert isinstance(Instance(anchor=(), candidate=(), retention=None), Instance)


def test_rare_words_are_those_that_real_rows_teach():
    rows = [
        Row(id=f"{i}", text=f"so the {'abcdefghij'[i % 10]}word is here once{i % 190}") for i in range(760)
    ]
    pools = deal_pools(Corpus.of("plain", rows), size=150, exponent=None, rng=np.random.default_rng(0))
    exam = set_exam(pools, ())
    taught = {word for row in pools.source for word in split_words(row.text)}
    rare = {
        token
        for tokens, flags in zip(exam.texts, exam.rare, strict=True)
        for token, flag in zip(tokens, flags, strict=True)
        if flag
    }
    assert rare
    assert rare <= taught
    # Common words stay, rare ones go: harm is where the rare ones are.
    plain = [Row(id=row.id, text=row.text.rsplit(" ", 1)[0]) for row in pools.source]
    base = exam.sit(pools.source)
    harm = compare(exam, base, exam.sit(plain))
    assert harm.rare > 1.0
    assert harm.rare > 2 * harm.overall
