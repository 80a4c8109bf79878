"""Generation without a server: requests go out as batch files, and answers come back as such, in several passes."""

import json

import pytest
from small_runs import Writer, from_nothing

from holdfast.backends.chats.chat import ChatRequest, Message
from holdfast.errors import Waiting
from holdfast.remedies.generate.recipe import ModelRecipe, Recipe

RECIPE = Recipe(models=(ModelRecipe(name="tiny", model="http://localhost:1/v1", model_name="tiny"),))


def answered(folder, number, *, spoil=()):
    """Answers the newest file of requests, as a service would."""
    newest = max(folder.glob("asked-*.jsonl"), key=lambda file: int(file.stem.split("-")[1]))
    writer, out = Writer(), []
    for place, line in enumerate(newest.read_text().splitlines()):
        asked = json.loads(line)
        record, hop = asked["custom_id"].split(":")[0], 0
        if "#" in record:
            record, hop = record.split("#")[0], 1
        messages = tuple(Message(**one) for one in asked["body"]["messages"])
        said = writer(ChatRequest(record=record, hop=hop, messages=messages))
        body = {
            "model": "tiny-2026",
            "choices": [
                {"index": 0, "message": {"role": "assistant", "content": said}, "finish_reason": "stop"}
            ],
            "usage": {"prompt_tokens": 9, "completion_tokens": 5},
        }
        reply = {
            "custom_id": asked["custom_id"],
            "response": {"status_code": 200, "body": body},
            "error": None,
        }
        out.append(spoil[place] if place < len(spoil) else json.dumps(reply))
    (folder / f"back-{number}.jsonl").write_text("\n".join(out) + "\n")
    return len(out)


def test_batch_files_in_several_passes(tmp_path):
    """Two rounds of rows with two hops, each hop a pass; and the same rows as where they are answered at once."""
    given = {"recipe": RECIPE, "method": ["back_translation"], "model": None, "rows": 45}
    folder, passes = tmp_path / "batches" / "tiny", []
    given |= {"batch": tmp_path / "batches", "output": tmp_path / "made"}
    for number in range(1, 5):
        with pytest.raises(Waiting, match="1 batch file waits to be answered") as caught:
            from_nothing(**given)
        assert str(folder / f"asked-{number}.jsonl") in str(caught.value)
        assert not (tmp_path / "made").exists()
        passes.append(answered(folder, number))
    found = from_nothing(**given)
    assert passes == [40, 40, found.wished - 40, found.wished - 40]
    assert len(found.rounds) == 2
    assert found.spent["requests"] == sum(passes)
    assert found.requests["other_models"] == {"tiny": {"tiny-2026": sum(passes)}}
    assert found.lost == {}


def test_nothing_is_asked_twice_while_it_waits(tmp_path):
    given = {"recipe": RECIPE, "model": None, "batch": tmp_path / "batches", "output": tmp_path / "made"}
    for _ in range(3):
        with pytest.raises(Waiting):
            from_nothing(**given)
    assert [file.name for file in (tmp_path / "batches" / "tiny").iterdir()] == ["asked-1.jsonl"]


def test_what_is_wrong_with_what_came_back_is_said(tmp_path):
    given = {
        "recipe": RECIPE,
        "model": None,
        "batch": tmp_path / "batches",
        "output": tmp_path / "made",
        "rounds": 1,
    }
    with pytest.raises(Waiting):
        from_nothing(**given)
    folder = tmp_path / "batches" / "tiny"
    answered(folder, 1, spoil=("{ no json",))
    with pytest.raises(Waiting, match="What came back") as caught:  # one line is lost: it is asked again
        from_nothing(**given)
    assert "back-1.jsonl:1" in str(caught.value)
    answered(folder, 2)
    found = from_nothing(**given)
    assert any("back-1.jsonl:1" in note for note in found.notes)
    assert found.lost == {}
