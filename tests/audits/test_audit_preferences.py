"""Preference audits on worlds of known truth."""

import json

import pytest
from preference_worlds import labels, pairs

from holdfast.audits.preferences import audit_preferences
from holdfast.errors import UsageError

DRAWS = 199
MADE = pairs(900)
PEOPLE = labels(MADE, "ana", "human") + labels(MADE, "ben", "human")


def asked(*sets, **options):
    return audit_preferences([row for one in sets for row in one], real=PEOPLE, draws=DRAWS, **options)


def states(found):
    return {(one.reading.measure, one.reading.subject): one.reading.state for one in found.judged}


def test_a_judge_like_a_third_person_passes_and_says_what_it_could_have_seen():
    found = asked(labels(MADE, "judge", "ai_judge", both=True))
    assert found.verdict in ("pass", "warn")
    assert not [one for one in found.alarms if one.severity == "fail"]
    length = found.reading("length", "judge")
    assert length.reading.state == "within"
    assert length.reading.smallest_detectable > 0
    assert found.exit_code == 0


def test_a_taste_for_length_beyond_peoples_fails_and_is_named():
    found = asked(labels(MADE, "judge", "ai_judge", taste=4.0, both=True))
    assert found.verdict == "fail"
    assert found.exit_code == 1
    assert found.reading("length", "judge").alarm
    assert not found.reading("position", "judge").alarm
    assert found.causes[0].name == "judge_taste"
    assert found.examples
    assert all(example.judge_name == "judge" for example in found.examples)


def test_verdicts_that_follow_the_order_are_position_and_not_taste():
    found = asked(labels(MADE, "judge", "ai_judge", slot=2.5, both=True))
    assert found.verdict == "fail"
    assert found.reading("position", "judge").alarm
    assert not found.reading("length", "judge").alarm
    assert next(cause.name for cause in found.causes if cause.state == "likely") == "position_driven"


def test_a_judge_of_constant_verdict_is_uninformative_and_not_biased():
    found = asked(labels(MADE, "judge", "ai_judge", always="a"))
    assert found.verdict == "fail"
    assert found.judges[0].informative is False
    assert found.reading("length", "judge").reading.state == "undetermined"
    assert found.causes[0].name == "uninformative_judge"


def test_without_people_nothing_is_cleared_and_what_can_be_said_is_said():
    found = audit_preferences(labels(MADE, "judge", "ai_judge", both=True), draws=DRAWS)
    assert found.verdict == "undetermined"
    assert found.exit_code == 3
    assert found.people is None
    assert found.reading("label_sources") is not None
    assert found.reading("position", "judge").reading.value is not None
    assert "person" in found.sentence


def test_labels_of_people_alone_have_no_judge_to_hold():
    found = audit_preferences(PEOPLE, draws=DRAWS)
    assert found.judges == ()
    assert found.verdict in ("pass", "warn")


def test_pairs_that_nobody_labelled_are_no_evidence():
    other = labels(pairs(300, seed=5), "judge", "ai_judge")
    found = asked(other)
    assert found.verdict == "undetermined"
    assert any("Not one" in note for note in found.notes)


def test_a_later_look_may_spend_less():
    found = asked(labels(MADE[:300], "judge", "ai_judge"), look=3)
    assert found.settings.level < 0.01 / 9


def test_everything_is_plain_and_texts_can_be_left_out():
    found = asked(labels(MADE, "judge", "ai_judge", taste=4.0, both=True))
    text = json.dumps(found.plain(show_text=False))
    assert MADE[0]["row"]["response_a"] not in text
    assert json.loads(text)["schema"] == "holdfast.preferences/1"
    assert json.loads(json.dumps(found.plain()))["pairs"][0]["response_a"]


@pytest.mark.parametrize(
    ("option", "value"), [("alpha", 1.0), ("look", 0), ("draws", 5), ("seed", -1), ("on_undetermined", "x")]
)
def test_options_are_checked(option, value):
    with pytest.raises(UsageError):
        audit_preferences(PEOPLE, **{option: value})


def test_real_and_anchor_exclude_each_other(tmp_path):
    with pytest.raises(UsageError, match="either"):
        audit_preferences(PEOPLE, real=PEOPLE, anchor=tmp_path)
