"""Forms: rows of a blend in the shape a trainer reads, whatever shape their source had.

`messages` is what TRL and chat templates read, `sharegpt` and `alpaca` what LLaMA-Factory reads besides. LLaMA-Factory drops rows whose
turns do not alternate with no more than a line in its log; here they are an error that names the turn.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal

import msgspec

from holdfast.data.rows import RowError
from holdfast.data.turns import SHAREGPT_ROLES

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

Form = Literal["given", "messages", "sharegpt", "alpaca"]
FORMS: tuple[Form, ...] = ("given", "messages", "sharegpt", "alpaca")

_TO_ROLE = {
    "human": "user",
    "user": "user",
    "gpt": "assistant",
    "assistant": "assistant",
    "system": "system",
    "observation": "tool",
    "tool": "tool",
    "function_call": "assistant",
}
_FROM_ROLE = {"user": "human", "assistant": "gpt", "system": "system", "tool": "observation"}
_SYSTEM = ("system", "developer")
_TURNS = ("messages", "conversations", "conversation")
_ALPACA = ("instruction", "input", "output", "system", "history")
_PREFERENCES = ("chosen", "rejected")


def in_form(row: Mapping[str, Any], form: Form) -> dict[str, Any]:
    """The same row in another form; members that are no part of the conversation stay.

    Args:
        row: A row with `messages`, `conversations`, `prompt` and `completion`, or `instruction` and `output`.
        form: The form.

    Raises:
        RowError: The row holds no conversation, or one that the form cannot hold.

    >>> in_form({"id": 1, "instruction": "Say hi", "input": "", "output": "Hi"}, "messages")["messages"]
    [{'role': 'user', 'content': 'Say hi'}, {'role': 'assistant', 'content': 'Hi'}]
    """
    if form == "given":
        return dict(row)
    turns, rest = _read(row)
    if form == "messages":
        return rest | {"messages": turns}
    check_turns(turns)
    return rest | (_sharegpt(turns) if form == "sharegpt" else _alpaca(turns))


def check_turns(turns: Sequence[Mapping[str, Any]]) -> None:
    """Whether turns alternate as LLaMA-Factory wants them: user or tool, then assistant, an even number after a system turn.

    Raises:
        RowError: They do not; it names the first turn that is out of order.
    """
    spoken = [(at, turn) for at, turn in enumerate(turns, start=1) if turn["role"] not in _SYSTEM]
    if any(turn["role"] in _SYSTEM for turn in turns[1:]):
        raise RowError("a system turn stands after the first turn")
    for place, (at, turn) in enumerate(spoken):
        wanted = ("user", "tool") if place % 2 == 0 else ("assistant",)
        if turn["role"] not in wanted:
            raise RowError(f"turn {at} is of the {turn['role']}, where {' or '.join(wanted)} should speak")
    if len(spoken) % 2 or not spoken:
        raise RowError(
            "the last turn is not answered" if spoken else "nobody says anything",
            do="Leave such rows out, or write the blend as messages",
        )


def dataset_info(name: str, form: Form) -> dict[str, Any] | None:
    """LLaMA-Factory's entry for the blend; None for rows as they were given.

    No number of samples: above the size of the file LLaMA-Factory repeats rows at random.
    """
    if form == "given":
        return None
    entry: dict[str, Any] = {
        "file_name": "data/train.jsonl",
        "formatting": "alpaca" if form == "alpaca" else "sharegpt",
    }
    if form == "messages":
        entry["columns"] = {"messages": "messages"}
        entry["tags"] = {
            "role_tag": "role",
            "content_tag": "content",
            "user_tag": "user",
            "assistant_tag": "assistant",
            "system_tag": "system",
            "observation_tag": "tool",
        }
    elif form == "sharegpt":
        entry["columns"] = {"messages": "conversations", "system": "system", "tools": "tools"}
    else:
        entry["columns"] = {
            "prompt": "instruction",
            "query": "input",
            "response": "output",
            "system": "system",
            "history": "history",
        }
    return {name: entry}


def _read(row: Mapping[str, Any]) -> tuple[list[dict[str, Any]], dict[str, Any]]:
    """The turns of a row, in TRL's words, and everything else it holds."""
    if any(row.get(name) is not None for name in _PREFERENCES):
        raise RowError("the row holds a preference, which is no conversation to train on")
    for column in _TURNS:
        if isinstance(row.get(column), list):
            turns = [_turn(turn, at) for at, turn in enumerate(row[column], start=1)]
            rest = {name: value for name, value in row.items() if name != column}
            if isinstance(rest.get("system"), str):
                said = rest.pop("system")
                turns = [{"role": "system", "content": said}, *turns] if said else turns
            return turns, rest
    if row.get("prompt") is not None and row.get("completion") is not None:
        rest = {name: value for name, value in row.items() if name not in ("prompt", "completion")}
        return [*_part(row["prompt"], "user"), *_part(row["completion"], "assistant")], rest
    if row.get("instruction") is not None and row.get("output") is not None:
        return _of_alpaca(row)
    raise RowError(
        f"the row holds no conversation: it has the members {', '.join(map(str, row))}",
        do='Rows of one text are written as they are: leave form out, or say form = "given"',
    )


def _part(value: Any, role: str) -> list[dict[str, Any]]:
    if isinstance(value, str):
        return [{"role": role, "content": value}]
    if isinstance(value, list):
        return [_turn(turn, at) for at, turn in enumerate(value, start=1)]
    raise RowError(f"what the {role} says is neither a text nor messages")


def _turn(turn: Any, at: int) -> dict[str, Any]:
    if not isinstance(turn, dict):
        raise RowError(f"turn {at} is no message")
    if "from" in turn:
        name = turn["from"]
        if name not in SHAREGPT_ROLES:
            raise RowError(
                f"turn {at} has the unknown role {name!r}",
                do=f"Known roles are {', '.join(sorted(SHAREGPT_ROLES))}",
            )
        if name == "function_call":
            return {"role": "assistant", "content": "", "tool_calls": _calls(turn.get("value"), at)}
        return {"role": _TO_ROLE[name], "content": _text(turn.get("value"), at)}
    role = turn.get("role")
    if role not in {*_FROM_ROLE, *_SYSTEM}:
        raise RowError(f"turn {at} has the unknown role {role!r}")
    return dict(turn)


def _calls(value: Any, at: int) -> list[dict[str, Any]]:
    try:
        found = msgspec.json.decode(value) if isinstance(value, str) else value
    except msgspec.DecodeError:
        raise RowError(f"turn {at} calls a function in words that are no JSON") from None
    calls = found if isinstance(found, list) else [found]
    if not all(isinstance(call, dict) and isinstance(call.get("name"), str) for call in calls):
        raise RowError(f"turn {at} calls a function without a name")
    return [{"type": "function", "function": call} for call in calls]


def _text(value: Any, at: int) -> str:
    if value is None:
        return ""
    if not isinstance(value, str):
        raise RowError(f"turn {at} holds something that is no text")
    return value


def _of_alpaca(row: Mapping[str, Any]) -> tuple[list[dict[str, Any]], dict[str, Any]]:
    turns: list[dict[str, Any]] = []
    if row.get("system"):
        turns.append({"role": "system", "content": _text(row["system"], 1)})
    for pair in row.get("history") or []:
        if not isinstance(pair, list | tuple) or len(pair) != 2:
            raise RowError("history holds something other than pairs of question and answer")
        turns += [
            {"role": role, "content": _text(said, len(turns) + 1)}
            for role, said in zip(("user", "assistant"), pair, strict=True)
        ]
    asked = _text(row["instruction"], len(turns) + 1)
    given = _text(row.get("input"), len(turns) + 1)
    turns.append({"role": "user", "content": f"{asked}\n{given}" if given else asked})
    turns.append({"role": "assistant", "content": _text(row["output"], len(turns) + 1)})
    return turns, {name: value for name, value in row.items() if name not in _ALPACA}


def _sharegpt(turns: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    system, spoken = _apart(turns)
    found: dict[str, Any] = {"conversations": [_to_sharegpt(turn, at) for at, turn in spoken]}
    return found | ({"system": system} if system else {})


def _to_sharegpt(turn: Mapping[str, Any], at: int) -> dict[str, Any]:
    calls = turn.get("tool_calls")
    if calls:
        if turn.get("content"):
            raise RowError(f"turn {at} speaks and calls a function at once, which ShareGPT cannot hold")
        functions = [call.get("function") or call for call in calls]
        value = functions[0] if len(functions) == 1 else functions
        return {"from": "function_call", "value": msgspec.json.encode(value).decode()}
    return {"from": _FROM_ROLE[turn["role"]], "value": _content(turn, at)}


def _content(turn: Mapping[str, Any], at: int) -> str:
    content = turn.get("content")
    if isinstance(content, list):
        parts = [part.get("text") if isinstance(part, dict) else part for part in content]
        texts = [part for part in parts if isinstance(part, str)]
        if len(texts) == len(parts):
            return "".join(texts)
        raise RowError(f"turn {at} holds something that is no text, which this form cannot hold")
    return _text(content, at)


def _apart(turns: Sequence[Mapping[str, Any]]) -> tuple[str, list[tuple[int, Mapping[str, Any]]]]:
    """What the system says, and the other turns with their places."""
    numbered = list(enumerate(turns, start=1))
    if numbered and numbered[0][1]["role"] in _SYSTEM:
        return _content(numbered[0][1], 1), numbered[1:]
    return "", numbered


def _alpaca(turns: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    system, spoken = _apart(turns)
    for at, turn in spoken:
        if turn["role"] == "tool" or turn.get("tool_calls"):
            raise RowError(f"turn {at} is of a tool, which Alpaca cannot hold")
    said = [_content(turn, at) for at, turn in spoken]
    found: dict[str, Any] = {"instruction": said[-2], "input": "", "output": said[-1]}
    if system:
        found["system"] = system
    if len(said) > 2:
        found["history"] = [list(pair) for pair in zip(said[:-2:2], said[1:-2:2], strict=True)]
    return found
