"""Shapes are found from names and values; preference pairs are refused politely."""

from __future__ import annotations

import pytest

from holdfast.data.rows import RowError
from holdfast.data.shapes import find_shape
from holdfast.errors import InputError, PreferenceInput, UsageError

USER = {"role": "user", "content": "hi"}
BOT = {"role": "assistant", "content": "hello"}
HUMAN = {"from": "human", "value": "hi"}
GPT = {"from": "gpt", "value": "hello"}


@pytest.mark.parametrize(
    ("row", "name", "columns", "text"),
    [
        ({"text": "a", "label": "x"}, "text", ("text",), "a"),
        ({"Sentence": "a b", "idx": 1}, "text", ("Sentence",), "a b"),
        ({"X": "a", "y": 1}, "text", ("X",), "a"),
        ({"instruction": "do"}, "text", ("instruction",), "do"),
        ({"prompt": "a", "completion": "b"}, "prompt_completion", ("prompt", "completion"), "a\nb"),
        ({"question": "a", "answer": "b"}, "prompt_completion", ("question", "answer"), "a\nb"),
        ({"instruction": "a", "response": "b"}, "prompt_completion", ("instruction", "response"), "a\nb"),
        ({"prompt": [USER], "completion": [BOT]}, "prompt_completion", ("prompt", "completion"), "hi\nhello"),
        ({"messages": [USER, BOT]}, "messages", ("messages",), "hi\nhello"),
        ({"text": "templated", "messages": [USER]}, "messages", ("messages",), "hi"),
        ({"odd": [USER, BOT]}, "messages", ("odd",), "hi\nhello"),
        ({"system": "be kind", "conversations": [HUMAN, GPT]}, "sharegpt", ("system", "conversations"), None),
        ({"conversations": [HUMAN, GPT]}, "sharegpt", ("conversations",), "hi\nhello"),
        (
            {"instruction": "a", "input": "", "output": "c"},
            "alpaca",
            ("instruction", "input", "output"),
            "a\nc",
        ),
        (
            {
                "output": "e",
                "instruction": "c",
                "input": "d",
                "history": [["a", "b"]],
                "system": "s",
                "text": "t",
            },
            "alpaca",
            ("system", "history", "instruction", "input", "output"),
            "s\na\nb\nc\nd\ne",
        ),
    ],
)
def test_shapes(row, name, columns, text):
    shape = find_shape([row])
    assert (shape.name, shape.columns) == (name, columns)
    assert text is None or shape.text_of(row) == text


def test_an_unusual_column_is_guessed_with_a_note():
    rows = [
        {"code": f"c{i}", "say": f"some long words {i}", "note": "the same long words again"}
        for i in range(5)
    ]
    shape = find_shape(rows)
    assert shape.columns == ("say",)
    assert "--text" in shape.notes[0]


def test_columns_left_unread_are_named():
    assert "context is not read" in find_shape([{"question": "a", "answer": "b", "context": "c"}]).notes[0]


def test_columns_by_flag():
    rows = [{"a": "x", "b": [USER], "a+b": "z"}]
    assert find_shape(rows, text="b").name == "messages"
    assert find_shape(rows, text="b + a").text_of(rows[0]) == "hi\nx"
    assert find_shape(rows, text="a+b").text_of(rows[0]) == "z"


def test_a_missing_column_names_the_nearest_and_all():
    with pytest.raises(UsageError) as caught:
        find_shape([{"utterance": "a", "intent": "b"}], text="Uterance")
    assert "'utterance'?" in str(caught.value)
    assert "utterance, intent" in str(caught.value)
    assert caught.value.where == "--text"


@pytest.mark.parametrize(
    "row",
    [
        {"prompt": "p", "chosen": "a", "rejected": "b"},
        {"chosen": [USER, BOT], "rejected": [USER, BOT]},
        {"conversations": [HUMAN], "chosen": GPT, "rejected": GPT},
        {"instruction": "a", "input": "", "chosen": "b", "rejected": "c"},
    ],
)
def test_preference_pairs(row):
    with pytest.raises(PreferenceInput, match="--text chosen"):
        find_shape([row])
    assert find_shape([row], text="chosen").text_of(row) in {"a", "b", "hi\nhello", "hello"}


def test_unpaired_preferences():
    rows = [{"prompt": "a", "completion": "b", "label": True}]
    with pytest.raises(PreferenceInput, match=r"prompt\+completion"):
        find_shape(rows)
    with pytest.raises(PreferenceInput):
        find_shape([{"conversations": [HUMAN], "kto_tag": True}])
    assert find_shape(rows, text="prompt+completion").text_of(rows[0]) == "a\nb"
    assert find_shape([{"prompt": "a", "completion": "b", "label": "refund"}]).name == "prompt_completion"


def test_no_text_at_all():
    with pytest.raises(InputError, match=r"price \(numbers\)"):
        find_shape([{"price": 1, "label": "a"}])


@pytest.mark.parametrize(
    ("first", "other", "message"),
    [
        ({"text": "a"}, {"messages": [USER]}, "of shape messages .* of shape text"),
        ({"messages": [USER]}, {"conversations": [HUMAN]}, "of shape sharegpt .* of shape messages"),
        (
            {"messages": [USER]},
            {"messages": [HUMAN]},
            "of shape sharegpt, the first rows are of shape messages",
        ),
        ({"messages": [USER]}, {"text": "a"}, "of shape text"),
        ({"text": "a"}, {"txt": "a"}, "no column 'text'; it has txt"),
        ({"text": "a"}, {"text": 1.5}, "column 'text' holds numbers"),
        ({"text": "a"}, {"text": ["a"]}, "turn 1 of 'text' is a string, not a message"),
    ],
)
def test_rows_of_another_shape(first, other, message):
    with pytest.raises(RowError, match=message):
        find_shape([first]).text_of(other)


def test_of_mixed_rows_the_first_decides():
    rows = [{"text": "a"}, {"messages": [USER]}, {"instruction": "a", "output": "b"}]
    assert [find_shape(rows[at:] + rows[:at]).name for at in range(3)] == ["text", "messages", "alpaca"]


def test_rows_without_a_text_are_empty():
    shape = find_shape([{"text": "a", "id": 1}])
    assert shape.text_of({"text": None}) is None
    assert shape.text_of({"id": 2}) is None
    assert shape.text_of({}) is None


@pytest.mark.parametrize(
    ("row", "answer"),
    [
        ({"text": "a b"}, None),
        ({"prompt": "a", "completion": "b c"}, "b c"),
        ({"prompt": "a", "completion": ""}, None),
        ({"prompt": "", "completion": "b"}, None),
        ({"prompt": [USER], "completion": [BOT, BOT]}, "hello\nhello"),
        ({"instruction": "a", "input": "x", "output": "c"}, "c"),
        ({"messages": [USER, BOT, USER, BOT]}, "hello"),
        ({"messages": [USER, BOT, USER]}, None),
        ({"messages": [BOT]}, None),
        ({"conversations": [HUMAN, GPT]}, "hello"),
        ({"history": [["a", "b"]], "instruction": "c", "output": "d"}, "d"),
    ],
)
def test_answers_are_told_from_prompts(row, answer):
    shape = find_shape([row])
    text = shape.text_of(row)
    at = shape.answer_at(row, text)
    assert (None if at is None else text[at:]) == answer
