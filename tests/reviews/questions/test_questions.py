"""Questions: read strictly, answered strictly."""

import pytest

from holdfast.errors import InputError, UsageError
from holdfast.reviews.questions.file import plain, questionnaire_of, read_questions
from holdfast.reviews.questions.shipped import SHIPPED, find_questions

FILE = """
title = "Fit for the till?"
guide = "Take your time."

[questions.verdict]
kind = "verdict"
ask = "Would you keep it?"
keys = {accept = "y", reject = "n", edit = "e"}

[questions.intent]
kind = "label"
labels = "strata"

[questions.tone]
kind = "rating"
words = ["rude", "cold", "plain", "warm"]
required = false

[questions.faults]
kind = "tags"
tags = ["wrong facts", "off topic"]

[questions.words]
kind = "tags"
free = true

[questions.remark]
kind = "note"
limit = 20
"""


@pytest.fixture
def asked(tmp_path):
    file = tmp_path / "questions.toml"
    file.write_text(FILE)
    return read_questions(file, strata=["refund", "limit"])


def test_a_file_is_read_in_its_order(asked):
    assert [one.name for one in asked.questions] == ["verdict", "intent", "tone", "faults", "words", "remark"]
    assert [one.required for one in asked.questions] == [True, True, False, False, False, False]
    verdict, intent, tone = asked.questions[:3]
    assert [(choice.value, choice.key) for choice in verdict.choices] == [
        ("accept", "y"),
        ("reject", "n"),
        ("edit", "e"),
    ]
    assert intent.values == ("refund", "limit")
    assert [(choice.value, choice.words, choice.key) for choice in tone.choices] == [
        (1, "rude", "1"),
        (2, "cold", "2"),
        (3, "plain", "3"),
        (4, "warm", "4"),
    ]


def test_plain_data_is_read_back(asked):
    assert questionnaire_of(plain(asked), where="back") == asked
    for name in SHIPPED:
        found = find_questions(name, strata=["a", "b"])
        assert questionnaire_of(plain(found), where="back") == found


def test_answers_are_kept_in_the_order_of_the_questions(asked):
    said = {
        "remark": "",
        "tone": 3,
        "intent": "limit",
        "verdict": "accept",
        "faults": [" off topic", "off topic"],
    }
    assert list(asked.check(said).items()) == [
        ("verdict", "accept"),
        ("intent", "limit"),
        ("tone", 3),
        ("faults", ["off topic"]),
    ]
    edit = {"verdict": "edit", "edited": "Better.\x00\u202e", "intent": "refund", "words": ["my own"]}
    assert asked.check(edit)["edited"] == "Better.\x00\u202e"
    assert "edited" not in asked.check(edit | {"verdict": "reject"})


@pytest.mark.parametrize(
    ("answers", "said"),
    [
        ({"intent": "refund"}, "verdict: has no answer"),
        ({"verdict": None, "intent": "refund"}, "verdict: has no answer"),
        ({"verdict": "accept", "intent": "refnd"}, "Did you mean 'refund'"),
        ({"verdict": "keep", "intent": "refund"}, "no answer 'keep'"),
        ({"verdict": ["accept"], "intent": "refund"}, "no answer"),
        ({"verdict": "accept", "intent": "refund", "tone": 5}, "no answer '5'"),
        ({"verdict": "accept", "intent": "refund", "tone": True}, "no answer 'True'"),
        ({"verdict": "accept", "intent": "refund", "faults": "off topic"}, "list of texts"),
        ({"verdict": "accept", "intent": "refund", "faults": ["of topic"]}, "Did you mean 'off topic'"),
        ({"verdict": "accept", "intent": "refund", "words": ["x" * 101]}, "1 to 100"),
        ({"verdict": "accept", "intent": "refund", "words": [" "]}, "1 to 100"),
        ({"verdict": "accept", "intent": "refund", "remark": "x" * 21}, "20 characters"),
        ({"verdict": "accept", "intent": "refund", "remark": 7}, "is a text"),
        ({"verdict": "accept", "intent": "refund", "verdit": "reject"}, "Did you mean 'verdict'"),
        ({"verdict": "edit", "intent": "refund"}, "an edit has a text"),
        ({"verdict": "edit", "intent": "refund", "edited": "  "}, "an edit has a text"),
        ({"verdict": "edit", "intent": "refund", "edited": "x" * 20_001}, "20,000 characters"),
    ],
)
def test_what_is_no_answer_is_refused(asked, answers, said):
    with pytest.raises(InputError, match=said):
        asked.check(answers)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "asks nothing"),
        ("tittle = 'x'", "Did you mean 'title'"),
        ("[questions]", "asks nothing"),
        ("[questions.Verdict]\nkind = 'verdict'", "no name for a question"),
        ("[questions.edited]\nkind = 'note'", "no name for a question"),
        ("[questions]\nx = 1", "is a table"),
        ("[questions.x]\nask = 'why'", "has no kind"),
        ("[questions.x]\nkind = 'verdikt'", "Did you mean 'verdict'"),
        ("[questions.x]\nkind = 'note'\nlimt = 3", "Did you mean 'limit'"),
        ("[questions.x]\nkind = 'label'", "there are 0"),
        ("[questions.x]\nkind = 'label'\nlabels = ['a']", "at least two"),
        ("[questions.x]\nkind = 'label'\nlabels = ['a', 'a']", "twice"),
        ("[questions.x]\nkind = 'rating'\nsteps = 1", "at least 2"),
        ("[questions.x]\nkind = 'rating'\nsteps = 11", "2 to 10"),
        ("[questions.x]\nkind = 'rating'\nsteps = 3\nwords = ['a', 'b']", "3 steps and 2 words"),
        ("[questions.x]\nkind = 'tags'", "no tag to choose"),
        ("[questions.x]\nkind = 'verdict'\nanswers = ['accept']", "at least two"),
        ("[questions.x]\nkind = 'verdict'\nanswers = ['accept', 'rejct']", "Did you mean 'reject'"),
        ("[questions.x]\nkind = 'verdict'\nkeys = {accept = 'ab'}", "one character"),
        ("[questions.x]\nkind = 'verdict'\nkeys = {accept = 'a', reject = 'a'}", "one key"),
        ("[questions.x]\nkind = 'verdict'\n[questions.y]\nkind = 'verdict'", "two verdicts"),
        ("[questions.x]\nkind = 'note'\nrequired = 'yes'", "true or false"),
    ],
)
def test_a_file_that_makes_no_sense_is_refused(tmp_path, text, said):
    file = tmp_path / "questions.toml"
    file.write_text(text)
    with pytest.raises(InputError, match=said):
        read_questions(file)


def test_shipped_sets_go_by_name():
    assert find_questions("which").question("which").values == ("a", "b", "both_good", "both_bad")
    with pytest.raises(UsageError, match="Did you mean 'rating'"):
        find_questions("ratin")
    with pytest.raises(InputError, match="no such file of questions"):
        find_questions("nowhere.toml")
