"""Conversations as text: the turns of a chat, in order, without the names of the roles."""

from __future__ import annotations

from typing import Any

from holdfast.data.hashes import canonical_json
from holdfast.data.rows import RowError

# LLaMA-Factory's tags, FastChat's names, and `tool`; TRL leaves `human` and `gpt` as they are.
SHAREGPT_ROLES = frozenset(
    {"human", "user", "gpt", "assistant", "system", "function_call", "observation", "tool"}
)
_ASSISTANTS = frozenset({"assistant", "gpt"})
_Values = list[str]


def texts_of(value: Any, column: str, *, shape: str) -> _Values:
    """The texts that a column's value holds, in order: a string, one message, or several.

    Args:
        value: A string, a message, a list of messages, a list of `[user, assistant]` pairs, or None.
        column: The column's name, for errors.
        shape: The shape of the set; messages of the other dialect are refused.

    Raises:
        RowError: The value is none of these, or a role is unknown.
    """
    if value is None:
        return []
    if isinstance(value, str):
        return [str(value)]
    if isinstance(value, dict):
        return _turn(value, f"column {column!r}", shape)
    if isinstance(value, list | tuple):
        texts: _Values = []
        for number, turn in enumerate(value, start=1):
            if isinstance(turn, dict):
                texts += _turn(turn, f"turn {number} of {column!r}", shape)
            elif isinstance(turn, list | tuple) and all(isinstance(part, str | None) for part in turn):
                texts += [part for part in turn if part]
            else:
                raise RowError(f"turn {number} of {column!r} is {kind_in_words(turn)}, not a message")
        return texts
    raise RowError(f"column {column!r} holds {kind_in_words(value, many=True)}, not text", do=_OTHER_COLUMN)


def answer_of(value: Any, column: str, *, shape: str) -> _Values:
    """The texts of a conversation's last turn, where an assistant speaks it and something was said before.

    Args:
        value: A list of messages, or a list of `[user, assistant]` pairs.
        column: The column's name, for errors.
        shape: The shape of the set.

    >>> answer_of([{"role": "user", "content": "hi"}, {"role": "assistant", "content": "hello"}], "m", shape="messages")
    ['hello']
    """
    if not isinstance(value, list | tuple) or not value:
        return []
    last = value[-1]
    if isinstance(last, list | tuple):
        return [last[-1]] if len(last) == 2 and last[-1] else []
    if not isinstance(last, dict) or last.get("role", last.get("from")) not in _ASSISTANTS:
        return []
    return texts_of(last, column, shape=shape)


_OTHER_COLUMN = "Name the column that holds the text with --text, or save the values as strings"


def is_turn(value: Any) -> str | None:
    """`messages` or `sharegpt` where the value is a message of that dialect."""
    if isinstance(value, dict):
        if "from" in value and "value" in value:
            return "sharegpt"
        if "role" in value:
            return "messages"
    return None


def _turn(turn: dict[str, Any], where: str, shape: str) -> _Values:
    dialect = is_turn(turn)
    if dialect is None:
        raise RowError(f"{where} is no message: it has the members {', '.join(map(str, turn)) or 'none'}")
    if shape in ("messages", "sharegpt") and dialect != shape:
        raise RowError(f"{where} is of shape {dialect}, the first rows are of shape {shape}")
    if dialect == "sharegpt":
        role = turn["from"]
        if role not in SHAREGPT_ROLES:
            known = ", ".join(sorted(SHAREGPT_ROLES))
            raise RowError(f"{where} has the unknown role {role!r}", do=f"Known roles are {known}")
        return _content(turn["value"], where)
    texts = _content(turn.get("content"), where)
    for call in turn.get("tool_calls") or ():
        texts += _call(call, where)
    if turn.get("function_call"):  # what tool calls were before they were several
        texts += _call(turn["function_call"], where)
    return texts


def _content(content: Any, where: str) -> _Values:
    """A string, or parts of which the textual ones count."""
    if content is None:
        return []
    if isinstance(content, str):
        return [content] if content else []
    if isinstance(content, list | tuple):
        parts = [part.get("text") if isinstance(part, dict) else part for part in content]
        if all(part is None or isinstance(part, str) for part in parts):
            return [part for part in parts if part]
    raise RowError(f"{where} has a content that is {kind_in_words(content)}, not text")


def _call(call: Any, where: str) -> _Values:
    function = call.get("function") or call if isinstance(call, dict) else None
    if not isinstance(function, dict) or not isinstance(function.get("name"), str):
        raise RowError(f"{where} has a tool call without a function name")
    arguments = function.get("arguments")
    if arguments is None:
        return [function["name"]]
    if not isinstance(arguments, str):
        arguments = canonical_json(arguments).decode()
    return [f"{function['name']} {arguments}"]


def kind_in_words(value: Any, *, many: bool = False) -> str:
    """What a value is, in words of JSON.

    >>> kind_in_words(3), kind_in_words([], many=True)
    ('a number', 'lists')
    """
    singular, plural = {
        bool: ("a truth value", "truth values"),
        int: ("a number", "numbers"),
        float: ("a number", "numbers"),
        dict: ("an object", "objects"),
        list: ("a list", "lists"),
        tuple: ("a list", "lists"),
        str: ("a string", "strings"),
        type(None): ("null", "nulls"),
    }.get(type(value), (f"of type {type(value).__name__}", f"values of type {type(value).__name__}"))
    return plural if many else singular
