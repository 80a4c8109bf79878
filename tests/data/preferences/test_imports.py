"""Every shape of file gives the pairs and labels that stand in it."""

import pytest

from holdfast.data.preferences import read_preferences
from holdfast.errors import InputError, PreferenceInput, UsageError


def user(text):
    return {"role": "user", "content": text}


def bot(text):
    return {"role": "assistant", "content": text}


def read(row, **options):
    """One row, as its pair and its labels."""
    found = read_preferences([row], **options)
    assert len(found) == 1
    return found.shape, found.pairs.to_pylist()[0], found.labels.to_pylist()


def texts(pair):
    return pair["prompt"], pair["response_a"], pair["response_b"]


OWN = {
    "pair_id": "p1",
    "prompt": "why?",
    "response_a": "one",
    "response_b": "two",
    "author_a": "org/model@1",
    "author_b": "other",
    "label": "B",
    "strength": 0.8,
    "annotator": "gpt-4",
    "annotator_type": "ai_judge",
    "judge_version": "0613",
    "judge_prompt_hash": "sha256:x",
    "order": "b",
    "swapped_label": "a",
    "cycle": 3,
    "timestamp": "2025-01-01",
    "licence": "MIT",
}


def test_our_own_form():
    shape, pair, labels = read(OWN)
    assert shape == "holdfast"
    assert pair.pop("pair_hash").startswith("sha256:")
    assert pair == {
        name: OWN[name] for name in ("pair_id", "prompt", "response_a", "response_b", "author_a", "author_b")
    }
    assert labels == [
        {
            "pair": 0,
            "label": -1,
            "strength": 0.8,
            "annotator": "gpt-4",
            "annotator_type": "ai_judge",
            "judge_version": "0613",
            "judge_prompt_hash": "sha256:x",
            "first": -1,
            "swapped_label": 1,
            "cycle": 3,
            "timestamp": "2025-01-01",
            "licence": "MIT",
        }
    ]


def test_only_responses_and_label_are_needed():
    _, pair, labels = read({"response_a": "one", "response_b": "two", "label": "tie"})
    assert (pair["pair_id"], pair["prompt"], pair["author_a"]) == ("row:1", None, None)
    assert (labels[0]["label"], labels[0]["annotator_type"], labels[0]["first"]) == (0, "unknown", 0)


@pytest.mark.parametrize(
    ("row", "expected"),
    [
        ({"prompt": "q", "chosen": "x", "rejected": "y"}, ("q", "x", "y")),
        ({"question": "q", "system": "s", "chosen": "x", "rejected": "y"}, ("s\nq", "x", "y")),
        ({"instruction": "q", "input": "i", "chosen": "x", "rejected": "y"}, ("q\ni", "x", "y")),
        (
            {"instruction": "q", "history": [["u", "a"]], "chosen": "x", "rejected": "y"},
            ("u\na\nq", "x", "y"),
        ),
        ({"chosen": "x", "rejected": "y"}, (None, "x", "y")),
        ({"prompt": [user("q")], "chosen": [bot("x")], "rejected": [bot("y")]}, ("q", "x", "y")),
        ({"chosen": [user("q"), bot("x")], "rejected": [user("q"), bot("y")]}, ("q", "x", "y")),
        (
            {"prompt": "q", "chosen": [user("q"), bot("x")], "rejected": [user("q"), bot("y")]},
            ("q", "x", "y"),
        ),
        (
            {
                "prompt": "q",
                "chosen": [{"role": "system", "content": "s"}, user("q"), bot("x")],
                "rejected": [{"role": "system", "content": "s"}, user("q"), bot("y")],
            },
            ("q", "x", "y"),
        ),
        (
            {
                "chosen": [user("q"), bot("r"), user("s"), bot("x")],
                "rejected": [user("q"), bot("r"), user("s"), bot("y")],
            },
            ("q\nr\ns", "x", "y"),
        ),
        (
            {
                "conversations": [{"from": "human", "value": "q"}],
                "chosen": {"from": "gpt", "value": "x"},
                "rejected": {"from": "gpt", "value": "y"},
            },
            ("q", "x", "y"),
        ),
        (
            {
                "prompt": "Explain the whole of it.\n",
                "chosen": "Explain the whole of it.\nx",
                "rejected": "Explain the whole of it.\ny",
            },
            ("Explain the whole of it.\n", "x", "y"),
        ),
        ({"prompt": "\n\nHuman: q\n\nAssistant:", "chosen": " x", "rejected": " y"}, ("q", " x", " y")),
    ],
)
def test_chosen_and_rejected(row, expected):
    shape, pair, labels = read(row)
    assert shape == "trl"
    assert texts(pair) == expected
    assert [one["label"] for one in labels] == [1]
    assert labels[0]["first"] == 0


def test_a_prompt_that_both_strings_begin_with():
    rows = [
        {"chosen": f"### Question {at}: why?\n### Answer: it is", "rejected": f"### Question {at}: why?\nno"}
        for at in range(20)
    ]
    found = read_preferences(rows)
    assert found.pairs.column("prompt").to_pylist()[3] == "### Question 3: why?\n"
    assert found.pairs.column("response_b").to_pylist()[3] == "no"
    assert any("both begin with" in note for note in found.notes)
    # Answers that begin alike now and then have no prompt in common.
    rows = [{"chosen": f"{at} yes, of course", "rejected": f"not at all {at}"} for at in range(20)]
    assert read_preferences(rows).pairs.column("prompt").null_count == 20


def test_models_and_scores_of_chosen_and_rejected():
    row = {"prompt": "q", "chosen": "x", "rejected": "y", "chosen_model": "m", "rejected_model": "n"}
    _, pair, labels = read(row | {"chosen_rating": 5, "rejected_rating": 3.5})
    assert (pair["author_a"], pair["author_b"], labels[0]["strength"]) == ("m", "n", 1.5)
    assert read(row | {"score_chosen": "4", "score_rejected": "4"})[2][0]["strength"] == 0
    assert read(row | {"margin": 2})[2][0]["strength"] == 2
    # A score that contradicts the choice is no strength of it.
    assert read(row | {"chosen_score": 1, "rejected_score": 3})[2][0]["strength"] is None


def test_transcripts():
    start = "\n\nHuman: hello\n\nAssistant: hi\n\nHuman: why?\n\nAssistant:"
    shape, pair, _ = read({"chosen": f"{start} because", "rejected": f"{start} who\n\nknows"})
    assert shape == "hh"
    assert texts(pair) == ("hello\nhi\nwhy?", "because", "who\n\nknows")
    # The same pair in messages is the same pair.
    shared = [user("hello"), bot("hi"), user("why?")]
    again = read({"chosen": [*shared, bot("because")], "rejected": [*shared, bot("who\n\nknows")]})[1]
    assert again["pair_hash"] == pair["pair_hash"]


@pytest.mark.parametrize(
    ("preference", "label", "strength"),
    [
        (1, 1, None),
        (2, -1, None),
        (0, 0, None),
        (1.5, 0, 0.0),
        (1.25, 1, 0.5),
        (1.9, -1, 0.8),
        ("1.25", 1, 0.5),
        ("2", -1, None),
    ],
)
def test_alpaca_eval(preference, label, strength):
    row = {
        "instruction": "q",
        "output_1": "x",
        "output_2": "y",
        "generator_1": "m",
        "generator_2": "n",
        "annotator": "gpt4_fn",
        "preference": preference,
    }
    shape, pair, labels = read(row)
    assert shape == "alpaca_eval"
    assert (texts(pair), pair["author_b"]) == (("q", "x", "y"), "n")
    assert (labels[0]["label"], labels[0]["annotator_type"]) == (label, "ai_judge")
    assert labels[0]["strength"] == (None if strength is None else pytest.approx(strength))
    assert read(row | {"annotator": 7})[2][0]["annotator_type"] == "human"


def test_votes_that_were_not_given_are_set_aside():
    row = {"instruction": "q", "output_1": "x", "output_2": "y", "preference": 1}
    found = read_preferences([row, row | {"output_1": "z", "preference": None}])
    assert (len(found), found.set_aside) == (1, {"no label was given": 1})
    with pytest.raises(InputError, match="row:1: 'preference' is 3"):
        read_preferences([row | {"preference": 3}])


def test_llmbar():
    shape, pair, labels = read({"input": "q", "output_1": "x", "output_2": "y", "label": 2})
    assert (shape, texts(pair), labels[0]["label"]) == ("llmbar", ("q", "x", "y"), -1)
    assert labels[0]["annotator_type"] == "human"
    judged = read({"input": "q", "output_1": "x", "output_2": "y", "label": "1"}, annotator_type="ai_judge")
    assert (judged[2][0]["label"], judged[2][0]["annotator_type"]) == (1, "ai_judge")
    with pytest.raises(InputError, match="'label' is 3"):
        read({"input": "q", "output_1": "x", "output_2": "y", "label": 3})


PANDA = {
    "idx": 4,
    "cmp_key": "bloom-7b_llama-7b",
    "instruction": "q",
    "input": "i",
    "response1": "x",
    "response2": True,
    "annotator1": 2,
    "annotator2": 0,
    "annotator3": 1,
}


def test_pandalm():
    shape, pair, labels = read(PANDA)
    assert shape == "pandalm"
    assert texts(pair) == ("q\ni", "x", "True")
    assert (pair["pair_id"], pair["author_a"], pair["author_b"]) == ("4", "bloom-7b", "llama-7b")
    assert [(one["annotator"], one["label"], one["annotator_type"]) for one in labels] == [
        ("annotator1", -1, "human"),
        ("annotator2", 0, "human"),
        ("annotator3", 1, "human"),
    ]


ARENA = {
    "question_id": "x",
    "model_a": "m",
    "model_b": "n",
    "winner": "model_b",
    "conversation_a": [user("q"), bot("x")],
    "conversation_b": [user("q"), bot("y")],
    "tstamp": 1.5,
}


@pytest.mark.parametrize(
    ("winner", "label"), [("model_a", 1), ("model_b", -1), ("tie", 0), ("tie (bothbad)", 0), ("both_bad", 0)]
)
def test_arena(winner, label):
    shape, pair, labels = read(ARENA | {"winner": winner, "judge": "arena_user_9"})
    assert (shape, texts(pair), pair["author_a"]) == ("arena", ("q", "x", "y"), "m")
    assert (labels[0]["label"], labels[0]["first"], labels[0]["timestamp"]) == (label, 1, "1.5")
    assert (labels[0]["annotator"], labels[0]["annotator_type"]) == ("arena_user_9", "human")


@pytest.mark.parametrize(
    ("judge", "kind"), [(None, "human"), (["gpt-4", "pair-v2"], "ai_judge"), ("somebody", "unknown")]
)
def test_who_judges_in_an_arena(judge, kind):
    assert read(ARENA | {"judge": judge})[2][0]["annotator_type"] == kind


def scored(*scores):
    return {
        "instruction": "q",
        "completions": [
            {"model": f"m{at}", "response": f"r{at}", "overall_score": score}
            for at, score in enumerate(scores)
        ],
    }


def test_up_to_four_scored_responses_make_all_pairs():
    found = read_preferences([scored(5, 3, 5, None)])
    assert found.shape == "ultrafeedback"
    pairs = found.pairs.to_pylist()
    assert [(one["response_a"], one["response_b"]) for one in pairs] == [
        ("r0", "r1"),
        ("r0", "r2"),
        ("r1", "r2"),
    ]
    assert [(one["label"], one["strength"]) for one in found.labels.to_pylist()] == [(1, 2), (0, 0), (-1, 2)]
    assert pairs[0]["author_b"] == "m1"
    assert found.set_aside == {"no label was given": 3}
    assert pairs[1]["pair_id"] == "row:1#2"


def test_more_scored_responses_hold_the_best_against_each_other_one():
    found = read_preferences([scored(1, 4, 3, 4, 2)])
    pairs = [(one["response_a"], one["response_b"]) for one in found.pairs.to_pylist()]
    assert pairs == [("r0", "r1"), ("r1", "r2"), ("r1", "r3"), ("r1", "r4")]
    assert found.labels.column("label").to_pylist() == [-1, 1, 0, 1]


def test_lists_beside_each_other():
    row = {"prompt": "q", "responses": ["x", "y"], "scores": [1, 2], "models": ["m", "n"]}
    assert read(row)[2][0]["label"] == -1
    ranked = {"prompt": "q", "responses": ["x", "y"], "ranks": [1, 2]}
    assert read(ranked)[2][0]["label"] == 1
    with pytest.raises(InputError, match="'responses' has 2 entries, 'scores' 1"):
        read({"prompt": "q", "responses": ["x", "y"], "scores": [1]})


def test_a_shape_can_be_named():
    row = {
        "prompt": "q",
        "chosen": "\n\nHuman: q\n\nAssistant: x",
        "rejected": "\n\nHuman: q\n\nAssistant: y",
    }
    assert read(row)[0] == "hh"
    assert read(row, shape="trl")[0] == "trl"
    with pytest.raises(UsageError, match="not of shape arena, which has model_a"):
        read(row, shape="arena")
    with pytest.raises(UsageError, match="Did you mean 'pandalm'"):
        read(row, shape="pandaml")


@pytest.mark.parametrize(
    ("row", "message"),
    [
        ({"prompt": "q", "completion": "x", "label": True}, "unpaired preferences"),
        ({"idx": 1, "gpt_result": "1", "gpt_reason": "r"}, "verdicts by number"),
        ({"instruction": "q", "generator_1": "m", "preference": 1}, "annotations without the outputs"),
        ({"judge": "m", "i": 1, "winner": "1", "winner_swapped": "2"}, "verdicts without the texts"),
        ({"model_a": "m", "model_b": "n", "winner": "tie"}, "verdicts without the texts"),
        ({"prompt": "q", "chosen": "x"}, "no column 'rejected'"),
        ({"text": "t"}, "no preference pairs; the columns are text"),
    ],
)
def test_what_is_no_pair_says_why(row, message):
    with pytest.raises(InputError, match=f"row:1: .*{message}") as caught:
        read_preferences([row])
    assert isinstance(caught.value, PreferenceInput) == ("unpaired" in message)
