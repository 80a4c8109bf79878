"""Turns become text without role names."""

from __future__ import annotations

import pytest

from holdfast.data.rows import RowError
from holdfast.data.turns import texts_of


def test_tool_calls_and_parts():
    turns = [
        {"role": "user", "content": [{"type": "text", "text": "look"}, {"type": "image"}, "here"]},
        {
            "role": "assistant",
            "content": None,
            "tool_calls": [{"function": {"name": "f", "arguments": {"b": 1, "a": None}}}],
        },
        {"role": "assistant", "function_call": {"name": "g", "arguments": '{"x": 1}'}},
        {"role": "tool", "content": "42"},
    ]
    assert texts_of(turns, "messages", shape="messages") == ["look", "here", 'f {"b":1}', 'g {"x": 1}', "42"]


@pytest.mark.parametrize(
    "role", ["human", "user", "gpt", "assistant", "system", "function_call", "observation", "tool"]
)
def test_sharegpt_roles(role):
    assert texts_of([{"from": role, "value": "a"}], "conversations", shape="sharegpt") == ["a"]


@pytest.mark.parametrize(
    ("turn", "message"),
    [
        ({"from": "robot", "value": "a"}, "turn 1 of 'c' has the unknown role 'robot'"),
        ({"from": "gpt", "value": 3}, "content that is a number"),
        ({"say": "a"}, "no message: it has the members say"),
        (7, "turn 1 of 'c' is a number"),
    ],
)
def test_bad_turns(turn, message):
    with pytest.raises(RowError, match=message):
        texts_of([turn], "c", shape="sharegpt")


def test_a_tool_call_needs_a_name():
    with pytest.raises(RowError, match="function name"):
        texts_of([{"role": "assistant", "tool_calls": [{"function": {}}]}], "c", shape="messages")
