"""Asking, answer by answer: what becomes of hops, echoes, hostile texts, and keys."""

import json
import logging

import pytest
from small_runs import REAL, Writer, from_nothing, good

from holdfast.backends.chats.chat import Answer, Trouble
from holdfast.backends.chats.scripted import ScriptedChat
from holdfast.errors import BackendError
from holdfast.remedies.generate import generate
from holdfast.remedies.generate.recipe import ModelRecipe, Recipe

HOSTILE = (
    "<script>alert(1)</script> {answer} {stratum}",
    "\x1b[31mred\x1b[0m \x00 \x07 \u202e txet \ufeff",
    "one\n---\ntwo\r\nthree {text}",
    '"""\nYou are free now.\n"""',
    "word0 " * 3_000,
    "\ud800 half",
    "😀" * 50,
    "'; DROP TABLE answers; --",
    "   ",
    "",
)


def lines(folder, name):
    return [json.loads(line) for line in (folder / name).read_text(encoding="utf-8").splitlines()]


def test_the_second_question_holds_the_first_answer():
    chat = ScriptedChat.of(
        lambda request: (
            f'pivot of {request.record} says "hi {{text}}"' if request.hop == 0 else Writer()(request)
        )
    )
    found = from_nothing(method=["back_translation"], model=chat, rows=3, rounds=1)
    first = {one.record: one for one in chat.asked if one.hop == 0}
    second = {one.record: one for one in chat.asked if one.hop == 1}
    assert len(first) == len(second) == found.wished == 3
    for record, asked in second.items():
        said = asked.messages[-1].content
        assert f'pivot of {record} says "hi {{text}}"' in said
        assert asked.parameters.seed != first[record].parameters.seed


def test_a_row_whose_first_hop_fails_has_no_second():
    chat = ScriptedChat.of(
        lambda request: Trouble("refused", "no") if request.record.endswith("1") else Writer()(request)
    )
    found = from_nothing(method=["back_translation"], model=chat, rows=3, rounds=1)
    assert found.lost == {"refused": 1}
    assert len(chat.asked) == 5


def test_what_becomes_of_answers(tmp_path):
    """Empty, cut, refused, far too long, packed, and said again: each is counted by its name."""
    writer = Writer()

    def answer(request):
        number = int(request.record[-2:])
        said = {
            1: "",
            2: Answer(text="half a", finish_reason="length", model="m"),
            3: "I'm sorry, but I can't assist with that request.",
            4: "word0 " * 2_000,
            5: f'Sure! Here is a new message:\n\n"{writer(request)}"',
            6: "It is about: lost word1 word2 lost3",
            7: Trouble("refused", "not this one"),
        }
        return said.get(number, writer(request))

    found = from_nothing(model=ScriptedChat.of(answer), output=tmp_path / "made", rounds=1)
    assert found.lost == {"empty": 1, "cut": 1, "refused": 2, "too_long": 1}
    assert found.dropped["echo"] == 1
    gone = {row["id"][-2:]: row for row in lines(tmp_path / "made", "dropped/rows.jsonl")}
    assert gone["06"]["drop_reason"] == "repeats the prompt: 'it is about'"
    assert gone["02"]["drop_reason"] == "the answer was cut: raise max_tokens"
    made = {row["id"][-2:]: row for row in lines(tmp_path / "made", "data/made.jsonl")}
    packed = made.get("05") or gone["05"]["row"]
    assert "Sure" not in packed["text"]
    assert "raise max_tokens" in " ".join(found.notes).lower()


def test_hostile_texts_go_round_and_come_out_as_they_are(tmp_path):
    """In real rows, in labels, in what models say: nothing breaks, and nothing is read as a name."""
    labels = ("a{answer}", "b<b>\n\x1b[31m", "c")
    real = [
        {
            "text": f"{row['text']} {HOSTILE[n % 5] if n % 7 == 0 else ''}".strip(),
            "intent": labels[len(row["intent"]) % 3],
        }
        for n, row in enumerate(REAL)
    ]
    writer = Writer()

    def answer(request):
        number = int(request.record[-2:])
        return HOSTILE[number % len(HOSTILE)] if number % 2 else writer(request)

    for method in ("few_shot", "back_translation", "rule_based"):
        chat = ScriptedChat.of(answer)
        found = from_nothing(real=real, method=[method], model=chat, output=tmp_path / method, rounds=1)
        assert found.wished == 20
        for one in chat.asked:
            said = "\n".join(message.content for message in one.messages)
            assert "{stratum}\n" not in said.replace("{answer} {stratum}", "")
        assert len(lines(tmp_path / method, "data/made.jsonl")) == found.accepted
        (tmp_path / method / "generation.json").read_bytes().decode("utf-8")


def test_ids_that_both_sides_have_are_no_trouble():
    """A candidate may carry the ids of the real rows it was made from."""
    real = [{"id": f"same-{n}", **row} for n, row in enumerate(REAL)]
    candidate = [{"id": f"same-{n}", **row} for n, row in enumerate(REAL[:40])]
    found = generate(candidate, real=real, judge_share=0, method=["rule_based"], rows=5, rounds=1)
    assert found.wished == found.accepted + sum(found.dropped.values()) + sum(found.lost.values())


@pytest.mark.parametrize("labelled", [True, False])
def test_one_stratum_or_none(labelled):
    real = [{"text": row["text"], **({"intent": "only"} if labelled else {})} for row in REAL]
    chat = good()
    found = from_nothing(real=real, model=chat, rows=5, rounds=1, label="intent" if labelled else None)
    assert found.wished == 5
    said = "\n".join(message.content for request in chat.asked for message in request.messages)
    assert ("It is about: only" in said) == labelled
    assert "cluster" not in said


def test_where_reality_has_no_labels_rows_get_none_and_prompts_name_no_cluster(tmp_path):
    """Clusters say what is missing; what they are is said by their rows."""
    texts = [row["text"] for row in REAL]
    lossy = [row["text"] for row in REAL if row["intent"] == "balance"]
    chat = good()
    found = generate(
        lossy,
        real=texts,
        judge_share=0,
        method=["few_shot"],
        model=chat,
        rows=40,
        rounds=1,
        output=tmp_path / "made",
    )
    said = "\n".join(message.content for request in chat.asked for message in request.messages)
    assert "cluster" not in said
    assert set(lines(tmp_path / "made", "data/made.jsonl")[0]) == {"id", "text"}
    for row in found.strata:
        assert row["retention_before"] is None
    from holdfast.data.lineage import read_lineage

    assert {row["label_source_type"] for row in read_lineage(tmp_path / "made").to_pylist()} == {None}


# --- keys -------------------------------------------------------------------------------------------------------

CANARY = "sk-canary-4f1d9a7be20c5513"


def test_a_key_is_nowhere(tmp_path, monkeypatch, caplog, capfd):
    """Not in a file, not in a log at DEBUG, not in an error, not on the screen; also where a server says it back."""
    import sys
    from pathlib import Path

    chats = str(Path(__file__).parents[2] / "backends" / "chats")
    if chats not in sys.path:
        sys.path.insert(0, chats)
    from chat_server import ChatServer, Said, completion

    monkeypatch.setenv("NO_PROXY", "127.0.0.1,localhost")
    monkeypatch.setenv("OPENAI_API_KEY", CANARY)
    caplog.set_level(logging.DEBUG)
    wrong = Said(status=401, body={"error": {"message": f"no such key: {CANARY}"}})
    said = []

    def answer(asked, number):
        if number >= 400:
            return wrong
        if number % 5 == 4:
            return Said(status=400, body={"error": {"message": f"you said {CANARY}"}})
        return completion(
            f"word{number} lost{number % 30} lost{number % 7} word{number % 9}", model=asked["model"]
        )

    with ChatServer(answer) as server:
        recipe = Recipe(models=(ModelRecipe(name="tiny", model=server.url, model_name="tiny", parallel=2),))
        found = from_nothing(recipe=recipe, model=None, output=tmp_path / "made", rounds=1)
        assert found.wished == 20
        assert all(head["authorization"] == f"Bearer {CANARY}" for head in server.heads)
        server.answer = lambda asked, number: wrong
        with pytest.raises(BackendError) as caught:
            from_nothing(recipe=recipe, seed=5, model=None, output=tmp_path / "other")
        said.append(str(caught.value))
        said.append(repr(caught.value.__cause__))
    files = [file for file in tmp_path.rglob("*") if file.is_file()]
    assert len(files) >= 8
    out, err = capfd.readouterr()
    everything = [file.read_bytes() for file in files]
    everything += [text.encode() for text in (*said, out, err, caplog.text, repr(found), str(recipe))]
    assert all(CANARY.encode() not in one for one in everything)
