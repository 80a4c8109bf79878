"""How much of a voice is kept: worlds whose truth is known."""

from collections import Counter

import numpy as np
import pytest
from scipy import stats

from holdfast.measures.model.brand import (
    BrandRetention,
    Documents,
    Habits,
    RetentionSince,
    ToldApart,
    read_documents,
    read_shifts,
    read_voices,
)
from holdfast.measures.model.brand.distances import squared_distance, tau
from holdfast.measures.model.brand.examples import SUBJECTS, plain_voices, write
from holdfast.measures.model.brand.features import MARKS, choose_words, count_words, read_rates
from holdfast.measures.model.brand.habits import moving_ratio, sentence_lengths
from holdfast.measures.model.brand.subjects import find_subjects
from holdfast.measures.reading import Calibration

NULL = Calibration()


def distinct(texts, *, prompts=()):
    """Documents of which none is a copy: looking for copies costs more than all else here."""
    return Documents(
        texts=tuple(texts),
        ids=tuple(map(str, range(len(texts)))),
        prompts=tuple(prompts),
        counted=count_words(texts),
        units=np.arange(len(texts)),
    )


def voices(rng, *, approved=240, outputs=120, generic=150, share=0.0, before=None, prompts=False, **options):
    """Approved texts, generic texts, and outputs that went a share of the way."""
    how = [f"prompt {i}" for i in range(outputs)] if prompts else ()
    return read_voices(
        distinct(write(rng, approved, words=40)),
        distinct(write(rng, outputs, share=share, words=40, **options), prompts=how),
        generic=distinct(write(rng, generic, share=1.0, words=40)) if generic else None,
        before=None if before is None else distinct(write(rng, outputs, share=before, words=40), prompts=how),
        rng=rng,
    )


def at_most(hits, draws, rate):
    """Whether so many hits are no surprise at this rate, once in a thousand."""
    return hits <= stats.binom.ppf(0.999, draws, rate)


@pytest.fixture(scope="module")
def faithful():
    return [BrandRetention()(voices(np.random.default_rng(seed)), NULL) for seed in range(24)]


def test_a_voice_that_is_kept_raises_no_alarm(faithful):
    for turn in (0, 1):
        readings = [pair[turn] for pair in faithful]
        assert at_most(sum(one.state == "beyond" for one in readings), len(readings), 0.025)
        assert all(one.state != "undetermined" for one in readings)


def test_intervals_cover_what_was_planted(faithful):
    found = [(1.0, along.interval) for along, _ in faithful]
    for seed in range(16):
        along, _ = BrandRetention()(voices(np.random.default_rng(seed), share=0.3), NULL)
        found.append((0.7, along.interval))
    missed = sum(not low <= truth <= high for truth, (low, high) in found)
    assert at_most(missed, len(found), 0.05)


def test_reality_s_band_holds_what_reality_scores(faithful):
    inside = [
        pair[0].reality_interval[0] <= pair[0].value <= pair[0].reality_interval[1] for pair in faithful
    ]
    assert sum(inside) >= 18


def test_a_third_of_the_way_is_seen_and_read_rightly():
    readings = [BrandRetention()(voices(np.random.default_rng(seed), share=0.35), NULL) for seed in range(6)]
    assert sum(along.state == "beyond" for along, _ in readings) >= 5
    assert np.mean([along.value for along, _ in readings]) == pytest.approx(0.65, abs=0.03)
    assert np.mean([other.value for _, other in readings]) == pytest.approx(0.65, abs=0.05)


def test_length_is_no_voice():
    rng = np.random.default_rng(1)
    approved, generic = (read_documents(write(rng, 240, share=share, words=80), rng) for share in (0.0, 1.0))
    short = read_documents(write(rng, 200, words=16), rng)
    along, other = BrandRetention()(read_voices(approved, short, generic=generic, rng=rng), NULL)
    assert along.state == other.state == "within"
    assert along.value == pytest.approx(1.0, abs=0.1)


def test_another_subject_in_the_same_voice_is_no_drift():
    for seed in range(4):
        found = voices(np.random.default_rng(seed), subject=1)
        along, other = BrandRetention()(found, NULL)
        assert along.state == other.state == "within", seed


def test_a_direction_that_is_not_generic_is_seen():
    along, other = BrandRetention()(voices(np.random.default_rng(2), marks=0.6), NULL)
    assert other.state == "beyond"
    assert other.value < along.value


def test_subjects_that_write_differently_raise_what_must_be_exceeded():
    rng = np.random.default_rng(3)
    house = write(rng, 200, words=40) + write(rng, 200, share=0.5, words=40, subject=1)
    outputs = write(rng, 120, share=0.5, words=40, subject=1)
    approved = read_documents(house, rng)
    generic = read_documents(write(rng, 200, share=1.0, words=40), rng)
    found = read_voices(approved, read_documents(outputs, rng), generic=generic, rng=rng)
    along, _ = BrandRetention()(found, NULL)
    assert along.control > 0.1
    assert along.floor == along.control
    assert along.state == "within"


def test_a_grouping_of_the_house_s_own_is_taken():
    counted = count_words(
        [f"of {word} and {word}" for subject in SUBJECTS for word in subject for _ in range(5)]
    )
    groups = ["x"] * 120 + ["y"] * 120
    found = find_subjects(counted, frozenset({"of", "and"}), np.random.default_rng(0), groups)
    assert found.count == 2
    assert found.approved.tolist() == [0] * 120 + [1] * 120
    assert find_subjects(counted, frozenset({"of", "and"}), np.random.default_rng(0), ["x"] * 240).count != 2


def test_copies_are_one_piece_of_evidence():
    rng = np.random.default_rng(4)
    outputs = write(rng, 10, words=40) * 30
    generic = read_documents(write(rng, 100, share=1.0), rng)
    found = read_voices(
        read_documents(write(rng, 220), rng), read_documents(outputs, rng), generic=generic, rng=rng
    )
    assert found.outputs.distinct == 10
    along, other = BrandRetention()(found, NULL)
    assert along.state == other.state == "undetermined"
    assert "only 10 different outputs; 50 are needed" in along.reason


@pytest.mark.parametrize(
    ("options", "reason"),
    [
        ({"approved": 199}, "199 different approved documents; 200 are needed"),
        ({"generic": 0}, "--generic"),
        ({"generic": 20}, "only 20 different generic texts"),
    ],
)
def test_what_is_missing_is_said(options, reason):
    found = voices(np.random.default_rng(5), **options)
    for reading in (*BrandRetention()(found, NULL), RetentionSince()(found, NULL)):
        assert reading.state in {"undetermined", "not_asked"}
        assert reading.value is None
        assert reading.state == "not_asked" or reason in reading.reason


def test_generic_texts_that_nobody_can_tell_are_no_yardstick():
    rng = np.random.default_rng(6)
    sides = [read_documents(write(rng, 220, words=40), rng) for _ in range(3)]
    along, other = BrandRetention()(read_voices(sides[0], sides[1], generic=sides[2], rng=rng), NULL)
    for reading in (along, other):
        assert reading.state == "undetermined"
        assert "cannot be told" in reading.reason


def test_what_was_lost_since_is_paired_by_prompt():
    lost = RetentionSince()(voices(np.random.default_rng(7), share=0.5, before=0.0, prompts=True), NULL)
    assert lost.state == "beyond"
    assert lost.value == pytest.approx(-0.5, abs=0.1)
    assert lost.details["paired_prompts"] == 120
    kept = [
        RetentionSince()(voices(np.random.default_rng(seed), share=0.3, before=0.3, prompts=True), NULL)
        for seed in range(6)
    ]
    assert at_most(sum(one.state == "beyond" for one in kept), 6, 0.025)
    apart = RetentionSince()(voices(np.random.default_rng(7), share=0.5, before=0.0), NULL)
    assert apart.details["paired_prompts"] == 0
    assert "not paired" in apart.evidence[0]


def test_told_apart_by_chance_and_not():
    same = ToldApart()(voices(np.random.default_rng(8)), NULL)
    assert same.state == "within"
    assert same.reality_interval[0] <= same.value <= same.reality_interval[1]
    other = ToldApart()(voices(np.random.default_rng(8), share=0.5), NULL)
    assert other.state == "beyond"
    assert 0.0 < other.details["retention"] < 1.0
    assert ToldApart()(voices(np.random.default_rng(8), generic=0), NULL).details["retention"] is None


def test_the_word_that_was_planted_is_named():
    rng = np.random.default_rng(9)
    approved, generic = (read_documents(write(rng, 220, share=share), rng) for share in (0.0, 1.0))
    outputs = [f"However, {text}" for text in write(rng, 100)]
    plain = write(rng, 100)
    found = read_voices(approved, read_documents(outputs, rng), generic=generic, rng=rng)
    names = {shift.feature: shift for shift in read_shifts(found)}
    assert "," in names
    assert names[","].outputs > names[","].approved == 0.0
    assert names[","].interval[0] > 0
    same = read_voices(approved, read_documents(plain, rng), generic=generic, rng=rng)
    assert len(read_shifts(same)) <= 1


def test_the_same_seed_gives_the_same_reading():
    found = voices(np.random.default_rng(10))
    assert BrandRetention()(found, NULL) == BrandRetention()(found, NULL)


def test_the_squared_distance_is_unbiased():
    rng = np.random.default_rng(0)
    null = [squared_distance(rng.normal(size=(20, 5)), rng.normal(size=(30, 5))) for _ in range(2_000)]
    assert np.mean(null) == pytest.approx(0.0, abs=4 * np.std(null) / np.sqrt(2_000))
    moved = [squared_distance(rng.normal(size=(20, 5)) + 1.0, rng.normal(size=(30, 5))) for _ in range(500)]
    assert np.mean(moved) == pytest.approx(5.0, abs=4 * np.std(moved) / np.sqrt(500))


def test_tau_finds_what_was_planted():
    rng = np.random.default_rng(0)
    found = [tau(rng.normal(0, 0.5, 200) + rng.normal(0, 0.3, 200), np.full(200, 0.3)) for _ in range(50)]
    assert np.mean(found) == pytest.approx(0.5, abs=0.03)


def test_habits_stand_beside_the_house_s_own():
    rng = np.random.default_rng(11)
    found = voices(rng)
    by = {one.measure: one for one in Habits(lexicon=("gardena", "no such term"))(found, NULL)}
    assert by["brand_sentences_50"].value == by["brand_sentences_50"].reality == 8.0
    assert by["brand_lexicon"].value == pytest.approx(0.5)
    assert by["brand_lexicon"].reality == pytest.approx(0.5)
    assert by["brand_lexicon"].interval == pytest.approx((0.0945, 0.9055), abs=1e-4)
    assert by["brand_variety"].state == "undetermined"
    lost = voices(rng, subject=1)
    by = {one.measure: one for one in Habits(lexicon=SUBJECTS[0])(lost, NULL)}
    assert by["brand_lexicon"].state == "beyond"
    assert by["brand_lexicon"].value == 0.0
    assert by["brand_lexicon"].details["terms"][0]["approved_share"] > 0


def test_windows_are_counted_as_by_hand():
    words = ["a", "b", "a", "c", "a", "d", "a", "e", "f", "a", "b"]
    ratio = np.mean([len(set(words[i : i + 4])) / 4 for i in range(len(words) - 3)])
    assert moving_ratio(" ".join(words), window=4) == pytest.approx(ratio)
    assert sentence_lengths("Yes. It is so (really)!\nA list item\n").tolist() == [1.0, 4.0, 3.0]


def test_rates_are_counted_as_by_hand():
    texts = ["The cat, the dog - and I'd say: no!", "It isn\N{RIGHT SINGLE QUOTATION MARK}t the end..."]
    counted = count_words(texts * 3)
    vocabulary = choose_words(counted)
    assert vocabulary.english
    rates = dict(zip(vocabulary.names, read_rates(counted, vocabulary)[0], strict=True))
    words = Counter(["the", "cat", "the", "dog", "and", "i'd", "say", "no"])
    assert rates["the"] == words["the"] / 8
    assert rates[","] == rates["!"] == rates[":"] == rates["dash"] == 1 / 8
    assert "isn't" in vocabulary.words
    assert "cat" not in vocabulary.words
    assert dict(zip(MARKS, counted.marks[1], strict=True))["…"] == 1


def test_other_languages_are_read_by_the_words_that_most_documents_hold():
    texts = [f"el perro {word} y la casa de {word}" for word in ("rojo", "verde", "azul", "gris")]
    vocabulary = choose_words(count_words(texts))
    assert not vocabulary.english
    assert set(vocabulary.words) >= {"el", "y", "la", "de"}
    assert "rojo" not in vocabulary.words


def test_a_plain_world_is_what_it_says():
    along, other = BrandRetention()(plain_voices(share=1.0), NULL)
    assert along.value == pytest.approx(0.0, abs=0.05)
    assert other.value == pytest.approx(0.0, abs=0.05)
