"""Preference audits on worlds of known truth."""

import json

import pytest
from preference_worlds import labels, pairs

from holdfast.anchors import freeze_preferences
from holdfast.audits.preferences import audit_preferences
from holdfast.audits.preferences.judging import judge
from holdfast.data.preferences import read_preferences
from holdfast.errors import UsageError
from holdfast.measures.preference import PreferenceReading
from holdfast.measures.preference.style import Length
from holdfast.views.ratings import read_ratings

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


def test_pairs_of_few_prompts_say_nothing_of_the_judge():
    """One prompt's pairs vary together: an interval from one cluster has no width, and looked like a judge of one word."""
    made = pairs(300)
    for at, one in enumerate(made):
        one["row"]["prompt"] = f"question {at % 3}?"
    people = labels(made, "ana", "human") + labels(made, "ben", "human")
    found = audit_preferences(labels(made, "judge", "ai_judge"), real=people, draws=DRAWS)
    assert found.verdict == "undetermined"
    assert "only 3 prompts; 30 are needed" in found.sentence


def test_the_sentence_says_what_leaves_the_verdict_open():
    # A judge who says what the person says: nothing is left for length to explain, and nobody knows the authors either.
    found = audit_preferences(labels(MADE, "ana", "ai_judge"), real=labels(MADE, "ana", "human"), draws=DRAWS)
    length = found.reading("length", "ana").reading
    assert (found.verdict, length.state) == ("undetermined", "undetermined")
    assert length.reason in found.sentence


def test_labels_of_the_nameless_are_one_persons_and_that_is_said():
    nameless = [{key: one[key] for key in one if key != "annotator"} for one in PEOPLE]
    found = audit_preferences(labels(MADE, "judge", "ai_judge"), real=nameless, draws=DRAWS)
    assert (found.people.people, found.people.labels) == (1, 900)
    assert any("Name them, and each counts" in note for note in found.notes)
    assert not any("Name them" in note for note in asked(labels(MADE, "judge", "ai_judge")).notes)


def reading(name, p_value, state):
    return Length(), PreferenceReading(
        measure=name, subject="judge", unit="", primary=True, p_value=p_value, state=state
    )


def test_what_cannot_alarm_makes_it_no_easier_for_others():
    """A tiny p-value below its floor is no discovery, and Benjamini and Hochberg must not count it as one."""
    results = [reading("position", 1e-9, "within"), reading("length", 0.015, "beyond")]
    order, length = judge(results, level=0.02, beyond_chance={})
    assert not length.alarm
    assert length.adjusted_p == pytest.approx(0.03)
    assert order.adjusted_p == pytest.approx(2e-9), "what is shown of it is its own"


def test_white_space_at_the_ends_makes_no_other_prompt():
    one, other = (labels(pairs(2), name, "human") for name in ("ana", "ben"))
    for row, prompt in zip(one + other, ("why?", "why? ", "why?", "why? "), strict=True):
        row["prompt"] = prompt
    assert len(set(read_ratings(read_preferences(one + other)).prompt.tolist())) == 1


def lines(path, rows):
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    return str(path)


def test_what_is_advised_can_be_typed(tmp_path):
    few = pairs(150)
    judged = lines(tmp_path / "by a judge.jsonl", labels(few, "judge", "ai_judge"))
    people = lines(tmp_path / "people.jsonl", labels(few, "ana", "human"))
    folder = tmp_path / "frozen people"
    freeze_preferences(people, output=folder, holdout=0)
    for given, place in (
        ({"anchor": folder}, f"--anchor '{folder}'"),
        ({"real": people}, f"--real {people}"),
    ):
        steps = audit_preferences(judged, draws=DRAWS, **given).plain()["next"]
        assert f"holdfast curate '{judged}' {place} -o curated/" in steps
    inside = audit_preferences(labels(few, "judge", "ai_judge") + labels(few, "ana", "human"), draws=DRAWS)
    assert not [step for step in inside.plain()["next"] if "--real" in step or "--anchor" in step]
    nobody = audit_preferences(judged, draws=DRAWS).plain()["next"]
    assert nobody[0].startswith(f"holdfast winrate '{judged}' --label-next 400 -o next.jsonl")
    assert nobody[1].startswith("holdfast anchor freeze next.jsonl")
    assert "--teacher" not in "".join(audit_preferences(people, draws=DRAWS).plain()["next"])


def test_the_same_responses_to_prompts_written_otherwise_are_pointed_at():
    few = pairs(120)
    templated = [
        row | {"prompt": f"System: be brief.\n{row['prompt']}"} for row in labels(few, "ana", "human")
    ]
    found = audit_preferences(labels(few, "judge", "ai_judge"), real=templated, draws=DRAWS).plain()
    assert found["anchor"] is None or found["anchor"]["shared_pairs"] == 0
    assert any(
        "120 more pairs have the same two responses and another prompt" in note for note in found["notes"]
    )
    assert found["next"][0].startswith("Write prompts alike in both files: 120 pairs")


def test_a_name_keeps_its_letters():
    found = asked(labels(MADE, "judge-x", "ai_judge", always="a")).plain()
    assert found["sentence"].startswith("judge-x cannot tell good from bad")
