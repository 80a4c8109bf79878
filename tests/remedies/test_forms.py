"""Forms: what was said, by whom, and in which order, survives every form; what a trainer would drop is named."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from holdfast.data import read_records
from holdfast.data.lineage import lineage_of
from holdfast.data.rows import RowError
from holdfast.errors import InputError
from holdfast.remedies.blend import blend
from holdfast.remedies.blend.forms import FORMS, check_turns, in_form

WORDS = st.text(alphabet="abc \n", min_size=1, max_size=12).filter(str.strip)


@st.composite
def talks(draw):
    pairs = draw(st.lists(st.tuples(WORDS, WORDS), min_size=1, max_size=4))
    turns = [
        {"role": role, "content": said}
        for pair in pairs
        for role, said in zip(("user", "assistant"), pair, strict=True)
    ]
    system = draw(st.none() | WORDS)
    return ([{"role": "system", "content": system}] if system else []) + turns


@given(talks())
def test_every_form_comes_back(turns):
    row = {"id": "x", "messages": turns, "intent": "a"}
    for form in ("sharegpt", "alpaca"):
        there = in_form(row, form)
        assert there["intent"] == "a"
        assert "messages" not in there
        assert in_form(there, "messages") == {"id": "x", "intent": "a", "messages": turns}


def test_roles_are_mapped():
    """TRL's own converter renames the members and leaves `human` and `gpt` as roles."""
    row = {"conversations": [{"from": "human", "value": "hi"}, {"from": "gpt", "value": "hello"}]}
    assert in_form(row, "messages") == {
        "messages": [{"role": "user", "content": "hi"}, {"role": "assistant", "content": "hello"}]
    }
    with pytest.raises(RowError, match="unknown role 'narrator'"):
        in_form({"conversations": [{"from": "narrator", "value": "x"}]}, "messages")


def test_a_call_of_a_function_and_what_came_of_it():
    talk = [
        {"from": "human", "value": "weather?"},
        {"from": "function_call", "value": '{"name":"look","arguments":{"at":"Cork"}}'},
        {"from": "observation", "value": "rain"},
        {"from": "gpt", "value": "It rains."},
    ]
    there = in_form({"conversations": talk}, "messages")["messages"]
    assert [turn["role"] for turn in there] == ["user", "assistant", "tool", "assistant"]
    assert there[1]["tool_calls"][0]["function"]["name"] == "look"
    assert in_form({"messages": there}, "sharegpt")["conversations"] == talk
    with pytest.raises(RowError, match="turn 2 is of a tool"):
        in_form({"messages": there}, "alpaca")


def test_a_prompt_and_its_completion():
    row = {"prompt": "2 + 2?", "completion": "4"}
    assert in_form(row, "alpaca") == {"instruction": "2 + 2?", "input": "", "output": "4"}
    row = {
        "prompt": [{"role": "user", "content": "2 + 2?"}],
        "completion": [{"role": "assistant", "content": "4"}],
    }
    assert in_form(row, "sharegpt")["conversations"][1] == {"from": "gpt", "value": "4"}


def test_an_input_stands_below_the_instruction():
    turns = in_form({"instruction": "Sum up", "input": "a text", "output": "t"}, "messages")["messages"]
    assert turns[0]["content"] == "Sum up\na text"
    turns = in_form({"instruction": "Sum up", "input": "", "output": "t"}, "messages")["messages"]
    assert turns[0]["content"] == "Sum up"


def said(roles):
    return [{"role": role, "content": "x"} for role in roles.split()]


@pytest.mark.parametrize(
    ("roles", "why"),
    [
        ("user user assistant", "turn 2 is of the user"),
        ("assistant user", "turn 1 is of the assistant"),
        ("system assistant user", "turn 2 is of the assistant"),
        ("user assistant system", "after the first turn"),
        ("user assistant user", "not answered"),
        ("system", "nobody says"),
    ],
)
def test_turns_that_a_trainer_would_drop_are_named(roles, why):
    with pytest.raises(RowError, match=why):
        check_turns(said(roles))
    in_form({"messages": said(roles)}, "messages")  # chat templates decide for themselves


def test_turns_that_alternate_pass():
    for roles in ("user assistant", "system user assistant tool assistant", "user assistant user assistant"):
        check_turns(said(roles))


@pytest.mark.parametrize("row", [{"text": "a"}, {"chosen": "a", "rejected": "b", "prompt": "c"}])
def test_what_is_no_conversation_is_refused(row):
    with pytest.raises(RowError):
        in_form(row, "messages")
    assert in_form(row, "given") == row


RECIPE = """
form = "{form}"
[[source]]
name = "chat"
path = "chat.jsonl"
rows = 4
[[source]]
name = "tasks"
path = "tasks.jsonl"
rows = 3
"""


@pytest.fixture
def folder(tmp_path):
    chat = [
        {
            "id": f"c{i}",
            "messages": [
                {"role": "user", "content": f"question {i * 7919}"},
                {"role": "assistant", "content": f"answer {i * 104729}"},
            ],
        }
        for i in range(6)
    ]
    tasks = [
        {"id": f"t{i}", "instruction": f"do {i * 7907}", "input": "", "output": f"done {i * 104743}"}
        for i in range(5)
    ]
    for name, rows in (("chat", chat), ("tasks", tasks)):
        (tmp_path / f"{name}.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    return tmp_path


@pytest.mark.parametrize("form", FORMS[1:])
def test_sources_of_different_shapes_are_blended_in_one_form(folder, form):
    (folder / "recipe.toml").write_text(RECIPE.format(form=form))
    found = blend(folder / "recipe.toml", output=folder / "out")
    records = read_records(folder / "out")
    assert len(records) == found.rows == 7
    assert records.detection.shape == form
    assert lineage_of(records) is not None  # ids and hashes fit the rows as they are written
    info = json.loads((folder / "out/dataset_info.json").read_text())["out"]
    assert info["file_name"] == "data/train.jsonl"
    assert "num_samples" not in info


def test_without_a_form_they_are_not(folder):
    (folder / "recipe.toml").write_text(RECIPE.format(form="given"))
    with pytest.raises(InputError, match="different shapes"):
        blend(folder / "recipe.toml")


def test_a_bad_order_of_turns_is_reported_with_its_id(folder):
    rows = (folder / "chat.jsonl").read_text().splitlines()
    broken = json.loads(rows[2])
    broken["messages"].reverse()
    (folder / "chat.jsonl").write_text("\n".join([*rows[:2], json.dumps(broken), *rows[3:]]) + "\n")
    recipe = RECIPE.format(form="sharegpt").replace("rows = 4", "rows = 6")
    (folder / "recipe.toml").write_text(recipe)
    with pytest.raises(InputError, match=r"chat: c2 \(turn 1 is of the assistant"):
        blend(folder / "recipe.toml", output=folder / "out")
    assert not (folder / "out").exists()
