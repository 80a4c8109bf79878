"""A voice audited: five findings on worlds whose truth is known, and what cannot be told."""

import json

import numpy as np
import pytest

from holdfast.audits.voice import voice
from holdfast.audits.voice.judging import judge
from holdfast.audits.voice.wording import UNCLAIMED
from holdfast.errors import InputError, UsageError
from holdfast.measures.model.voice import read_drift, read_moves
from holdfast.measures.model.voice.examples import answer, mixed, rows

PROMPTS = 400
DRAWS = 199


@pytest.fixture(scope="module")
def said():
    """Speaker 0 before, and again; a teacher, three placebos; a stranger."""
    rng = np.random.default_rng(0)
    names = {"before": 0, "again": 0, "teacher": 1, "one": 2, "two": 3, "three": 4, "stranger": 9}
    return {name: answer(speaker, PROMPTS, rng) for name, speaker in names.items()}


def audit(said, after, **more):
    asked = {
        "before": rows(said["before"]),
        "teacher": rows(said["teacher"]),
        "placebo": [rows(said[name]) for name in ("one", "two", "three")],
        "draws": DRAWS,
    } | more
    return voice(rows(after), **asked)


@pytest.fixture(scope="module")
def specific(said):
    return audit(said, mixed(said["again"], said["teacher"], 0.4, np.random.default_rng(1)))


def test_a_planted_share_is_found(specific):
    assert (specific.finding, specific.verdict, specific.exit_code) == ("teacher_specific", "warn", 0)
    main = specific.drifts["voice"]
    assert main.teacher.pull == pytest.approx(0.4, abs=0.12)
    assert main.teacher.alignment >= main.needed_alignment
    assert "teacher's own" in specific.sentence
    assert set(specific.drifts) == {"voice", "plain", "stripped", "matched"}


def test_the_whole_profile_is_plain_data(specific):
    told = json.loads(json.dumps(specific.plain()))
    assert told["schema"] == "holdfast.voice/1"
    assert [one["name"] for one in told["forms"]["voice"]["placebos"]] == [
        "placebo",
        "placebo (2)",
        "placebo (3)",
    ]
    assert told["not_claimed"] == list(UNCLAIMED)
    assert told["nearest"]["reason"] is None
    assert sum(one["kept"] for one in told["nearest"]["voices"]) >= 1
    assert any("control arm" in note for note in told["notes"])
    assert "NaN" not in json.dumps(told)


def test_the_same_model_again_shows_no_drift(said):
    found = audit(said, said["again"])
    assert (found.finding, found.verdict, found.exit_code) == ("no_drift", "pass", 0)
    assert "a smaller one would not" in found.sentence


def test_a_stranger_is_not_taken_for_the_teacher(said):
    found = audit(said, mixed(said["again"], said["stranger"], 0.6, np.random.default_rng(2)))
    assert (found.finding, found.verdict) == ("generic", "warn")
    assert found.judged.reasons


def test_a_placebo_is_not_taken_for_the_teacher(said):
    found = audit(said, mixed(said["again"], said["two"], 0.5, np.random.default_rng(3)))
    assert found.finding == "generic"


def test_longer_outputs_are_no_voice(said):
    found = audit(said, answer(0, PROMPTS, np.random.default_rng(4), words=90))
    assert found.finding == "length_or_format"


def test_against_a_control_arm_what_both_arms_took_on_counts_nothing(said):
    rng = np.random.default_rng(5)
    arms = [mixed(answer(0, PROMPTS, rng), answer(1, PROMPTS, rng), 0.5, rng) for _ in range(2)]
    found = audit(said, arms[0], control=rows(arms[1]))
    assert found.finding in ("no_drift", "cannot_tell")
    assert abs(found.drifts["voice"].teacher.pull) < 0.15
    assert found.control.teacher.pull == pytest.approx(0.5, abs=0.12)
    found = audit(said, arms[0], control=rows(said["again"]))
    assert found.finding == "teacher_specific"
    assert "Against the control arm" in found.sentence
    assert not any("no control arm" in note for note in found.notes)


def test_fewer_than_three_placebos_cannot_tell(said):
    found = audit(said, said["teacher"], placebo=[rows(said["one"]), rows(said["two"])])
    assert (found.finding, found.verdict, found.exit_code) == ("cannot_tell", "undetermined", 3)
    assert "2 placebos" in found.sentence
    assert found.drifts["voice"].teacher.pull > 0.8, "the profile is shown all the same"


def test_a_file_given_twice_is_one_placebo_and_the_teacher_none(said):
    given = [rows(said[name]) for name in ("one", "one", "two", "teacher")]
    found = audit(said, said["again"], placebo=given)
    assert found.finding == "cannot_tell"
    aside = {party.name for party in found.parties if party.set_aside}
    assert aside == {"placebo (2)", "placebo (4)"}
    assert any("the same outputs" in note for note in found.notes)


def test_too_few_shared_prompts_cannot_tell(said):
    found = audit(said, said["again"][:150])
    assert found.finding == "cannot_tell"
    assert "150 prompts" in found.sentence
    assert found.drifts == {}
    json.dumps(found.plain())


def test_what_is_not_shared_is_counted(said):
    more = [*rows(said["again"])[:150], {"prompt": "only here", "completion": "x"}, rows(said["again"])[0]]
    found = audit(said, said["again"], before=more)
    before = next(party for party in found.parties if party.role == "before")
    assert (before.unshared, before.repeated) == (1, 1)
    assert any("left out" in note for note in found.notes)


def test_a_placebo_that_shares_too_little_takes_no_part(said):
    few = rows(said["three"])[:100]
    found = audit(said, said["again"], placebo=[*(rows(said[name]) for name in ("one", "two")), few])
    assert found.finding == "cannot_tell"
    assert found.drifts["voice"].prompts == PROMPTS
    assert found.parties[-1].set_aside == "answers only 100 prompts of those that the others share"


def test_a_teacher_who_sounds_like_before_cannot_be_looked_for(said):
    found = audit(said, said["stranger"], teacher=rows(said["again"]))
    assert found.finding == "cannot_tell"
    assert "cannot be told" in found.sentence


def test_the_same_seed_gives_the_same_audit(said, specific):
    again = audit(said, mixed(said["again"], said["teacher"], 0.4, np.random.default_rng(1)))
    assert again.plain() == specific.plain()


def test_bad_input_is_said(said):
    with pytest.raises(InputError, match="not one prompt"):
        audit(said, said["again"], teacher=[{"prompt": "else", "completion": "x"}])
    with pytest.raises(InputError, match="no row has a prompt"):
        audit(said, said["again"], teacher=[{"text": "x"}])
    with pytest.raises(UsageError, match="99 %"):
        audit(said, said["again"], draws=99)
    with pytest.raises(UsageError, match="seed"):
        audit(said, said["again"], seed=-1)


def test_a_pull_that_does_not_survive_is_one_of_format():
    """The rule itself, on moves by hand: aimed as a voice, nothing of it in the stripped form."""
    rng = np.random.default_rng(6)
    places = np.vstack([np.zeros((2, 6)), 2.5 * np.eye(4, 6)])

    def drift(share):
        sets = (rng.normal(size=(6, 400, 6)) + places[:, None]).astype(np.float32)
        sets[0] = np.where(rng.random((400, 1)) < share, sets[2], sets[0])
        moves = read_moves(sets, 1, sets[[0, 2, 3, 4, 5]] - sets[1], rng, draws=99)
        return read_drift(moves, ["t", "a", "b", "c"], rng, draws=199)

    aimed, nothing = drift(0.4), drift(0.0)
    assert judge({"voice": aimed, "plain": aimed, "stripped": aimed}).finding == "teacher_specific"
    assert judge({"voice": aimed, "plain": aimed, "stripped": nothing}).finding == "length_or_format"
    assert (
        judge({"voice": aimed, "plain": aimed, "stripped": aimed, "matched": nothing}).finding
        == "teacher_specific"
    ), "prompts with equally long answers are those on which least has happened"
    assert judge({"voice": nothing, "plain": aimed, "stripped": nothing}).finding == "length_or_format"
    assert judge({"voice": nothing, "plain": nothing, "stripped": nothing}).finding == "no_drift"


def test_the_same_outputs_before_and_after_are_no_comparison():
    rows = [{"prompt": f"question {at}?", "response": f"answer {at}"} for at in range(250)]
    with pytest.raises(InputError, match="nothing can have moved"):
        voice(rows, before=rows, teacher=rows, placebo=[rows, rows, rows])
