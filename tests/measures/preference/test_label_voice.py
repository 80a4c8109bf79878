"""A teacher's voice in labels: planted tastes found, people's tastes left alone, scores against an optimiser's."""

import numpy as np
import pytest
from label_tables import preferences
from scipy.optimize import minimize
from scipy.stats import binom

from holdfast.measures.model.voice.examples import answer, rows
from holdfast.measures.preference.label_voice import LabelVoice, VoicePanel, _tables, read_panel
from holdfast.measures.preference.style.effects import share_pairs
from holdfast.measures.preference.voice_panel import score_pairs
from holdfast.measures.reading import Calibration
from holdfast.views.ratings import read_ratings
from holdfast.views.voice import Outputs

PAIRS = 620
NULL = Calibration(draws=299)
TEACHER = 1


@pytest.fixture(scope="module")
def panel():
    rng = np.random.default_rng(0)
    return read_panel(rows(answer(TEACHER, 220, rng)), [rows(answer(one, 220, rng)) for one in (2, 3, 4)])


@pytest.fixture(scope="module")
def texts():
    """Pairs of responses, each in the voice of one of five speakers, and who spoke."""
    rng = np.random.default_rng(1)
    said = {one: answer(one, PAIRS, rng) for one in (0, TEACHER, 2, 3, 4)}
    more = {one: answer(one, PAIRS, rng) for one in said}
    who = rng.choice(list(said), (PAIRS, 2))
    pairs = [
        {"prompt": f"question {at}", "response_a": said[a][at], "response_b": more[b][at]}
        for at, (a, b) in enumerate(who)
    ]
    return pairs, who


def ratings(texts, tastes, people=(0.0, 0.0), seed=2, *, turned=False):
    """Judges and people who see what is better, and like the teacher's voice by so many logits."""
    pairs, who = texts
    rng = np.random.default_rng(seed)
    better = rng.normal(size=PAIRS)
    voice = (who[:, 0] == TEACHER) * 1.0 - (who[:, 1] == TEACHER)
    labels = []
    everybody = [(f"person {at}", "human", taste) for at, taste in enumerate(people)]
    everybody += [(f"judge {at}", "ai_judge", taste) for at, taste in enumerate(tastes)]
    for name, kind, taste in everybody:
        first = rng.integers(0, 2, PAIRS) * 2 - 1
        eta = 1.5 * better + taste * voice + 0.2 * first
        label = np.where(rng.random(PAIRS) < 1 / (1 + np.exp(-eta)), 1, -1)
        labels += [
            {"pair": at, "label": int(one), "annotator": name, "annotator_type": kind, "first": int(slot)}
            for at, (one, slot) in enumerate(zip(label, first, strict=True))
        ]
    if turned:
        pairs = [one | {"response_a": one["response_b"], "response_b": one["response_a"]} for one in pairs]
        labels = [one | {"label": -one["label"], "first": -one["first"]} for one in labels]
    return read_ratings(preferences(pairs, labels))


def read(panel, world, **options):
    return LabelVoice(panel=panel, **options)(world, world.judges, NULL)


@pytest.fixture(scope="module")
def found(panel, texts):
    return read(panel, ratings(texts, (2.0, 0.0)))


def test_a_planted_taste_is_found_and_named(found):
    fond, fair = found
    assert (fond.state, fair.state) == ("beyond", "within")
    assert fond.value > 0.3
    assert fond.interval[0] > 0.1
    assert abs(fair.value) < 0.3
    assert fond.reality == pytest.approx(0.0, abs=0.25)
    assert fond.details["ahead_of_placebos"]["low"] > 0
    assert [one["role"] for one in fond.details["profile"]] == ["teacher", *["placebo"] * 3]
    assert fond.p_value < 1e-4
    assert fond.primary


def test_pairs_that_show_it_go_with_the_voice_and_against_people(found, texts):
    _, who = texts
    shown = list(found[0].rows)
    assert shown
    assert np.mean([TEACHER in who[row] for row in shown]) > 0.7


def test_what_people_like_as_much_is_no_alarm(panel, texts):
    (same,) = read(panel, ratings(texts, (1.5,), people=(1.5, 1.5)))
    assert same.state == "within"
    assert same.reality > 0.2


def test_which_response_is_called_a_makes_no_difference(panel, texts, found):
    turned = read(panel, ratings(texts, (2.0, 0.0), turned=True))[0]
    assert turned.value == pytest.approx(found[0].value, abs=1e-3)
    assert turned.state == found[0].state


def test_the_coefficient_is_that_of_an_optimiser(panel, texts, found):
    world = ratings(texts, (2.0, 0.0))
    judge = world.judges[0]
    shared = share_pairs(world, judge, 590)
    table = _tables(shared, score_pairs(panel, world, [shared], NULL.rng("label_voice pairs")))[0]
    people = [one.label[shared.pairs].astype(float) for one in world.people]
    X = np.vstack(
        [np.column_stack([judge.first[shared.pairs], said, table[shared.pairs]]) for said in people]
    ).astype(float)
    y = np.tile((judge.label[shared.pairs] + 1) / 2, 2)
    fit = minimize(lambda b: np.logaddexp(0, X @ b).sum() - y @ (X @ b), np.zeros(X.shape[1]), method="BFGS")
    assert found[0].value == pytest.approx(fit.x[-1], abs=1e-3)


def test_scores_say_who_spoke(panel, texts):
    _, who = texts
    world = ratings(texts, (0.0,))
    shared = share_pairs(world, world.judges[0], 590)
    scores = score_pairs(panel, world, [shared], np.random.default_rng(0))
    only = (who == TEACHER).sum(axis=1) == 1
    right = np.sign(scores[only, 0]) == np.where(who[only, 0] == TEACHER, 1, -1)
    assert right.mean() > 0.8


def test_pairs_of_a_panel_prompt_are_scored_without_it(panel, texts):
    pairs, who = texts
    known = [one | {"prompt": f"prompt {at % 220}"} for at, one in enumerate(pairs)]
    (one,) = read(panel, ratings((known, who), (0.0,)))
    assert one.state == "within"


def test_false_alarms_of_judges_who_do_not_care(panel, texts):
    judges = read(panel, ratings(texts, (0.0,) * 6, seed=5))
    assert sum(one.state == "beyond" for one in judges) <= binom.ppf(0.999, 6, 0.01)
    inside = sum(one.interval[0] <= 0 <= one.interval[1] for one in judges)
    assert inside >= binom.ppf(0.001, 6, 0.93)


def test_one_person_needs_both_forms(panel, texts):
    (one,) = read(panel, ratings(texts, (2.0,), people=(0.0,)))
    assert one.details["form"] == "one_person"
    assert one.state == "beyond"
    (liked,) = read(panel, ratings(texts, (2.0,), people=(2.0,)))
    assert liked.state in ("undetermined", "within")


def test_what_is_missing_is_said(panel, texts):
    world = ratings(texts, (0.0,))
    assert LabelVoice()(world, world.judges, NULL)[0].state == "not_asked"
    two = VoicePanel(voices=panel.voices[:3])
    assert "2 placebos" in read(two, world)[0].reason
    few = VoicePanel(
        voices=tuple(
            Outputs(name=one.name, responses=dict(list(one.responses.items())[:50])) for one in panel.voices
        )
    )
    assert "50 prompts" in read(few, world)[0].reason
    assert "only 620 pairs" in read(panel, world, least_pairs=700)[0].reason
    nobody = ratings(texts, (0.0,), people=())
    assert "no person" in read(panel, nobody)[0].reason
    for reading in (*read(two, world), *read(panel, nobody)):
        assert reading.state == "undetermined"
        assert reading.value is None


def test_a_judge_who_follows_people_without_exception_cannot_be_read(panel, texts):
    pairs, _ = texts
    labels = [
        {"pair": at, "label": 1 if at % 2 else -1, "annotator": name, "annotator_type": kind}
        for name, kind in (("person", "human"), ("copy", "ai_judge"))
        for at in range(PAIRS)
    ]
    world = read_ratings(preferences(pairs, labels))
    (one,) = read(panel, world)
    assert one.state == "undetermined"
    assert "without exception" in one.reason
