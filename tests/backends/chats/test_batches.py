"""Batch files: requests leave and answers come back in any order and state, and several passes make a chat without a server."""

from __future__ import annotations

import asyncio
import json
from dataclasses import replace

import pytest

from holdfast.backends.chats import Answer, Chat, ChatRequest, Message, Parameters, Trouble
from holdfast.backends.chats import batches as batches_module
from holdfast.backends.chats.asker import Asker, Endpoint
from holdfast.backends.chats.batch_files import custom_id, read_asked, read_custom_id
from holdfast.backends.chats.batches import BatchChat, read_batch, write_batch
from holdfast.backends.chats.budget import Budget
from holdfast.backends.chats.store import AnswerStore, Spent
from holdfast.errors import InputError, UsageError

ASKED = ChatRequest(
    record="r-17",
    sample=2,
    messages=(Message(role="system", content="be brief"), Message(role="user", content="é \ud83d\0")),
    parameters=Parameters(temperature=0.9, seed=1702, max_tokens=60, stop_sequences=("\n\n",)),
)
IDS = [
    "r",
    "r-17",
    "a:b:3",
    "r#1",
    "r#1#0",
    "r#1.2",
    "#0",
    "",
    ":",
    "#",
    "é \U0001f600",
    "line\nbreak#3",
    "r#x",
    "r#1.",
    "١#١",
]


def body(text="yes", **given):
    return {
        "id": "c-1",
        "model": "org/model",
        "choices": [{"index": 0, "finish_reason": "stop", "message": {"role": "assistant", "content": text}}],
        "usage": {"prompt_tokens": 9, "completion_tokens": 3},
    } | given


def reply(name, content=None, status=200, **given):
    wrapped = {"status_code": status, "request_id": "q", "body": body() if content is None else content}
    return {"id": "b-1", "custom_id": name, "response": wrapped, "error": None} | given


def write(path, *lines):
    path.parent.mkdir(parents=True, exist_ok=True)
    written = [line if isinstance(line, bytes) else json.dumps(line).encode() for line in lines]
    path.write_bytes(b"\n".join(written) + b"\n")
    return path


def ask(chat, request):
    try:
        return asyncio.run(chat.complete(request))
    except Trouble as trouble:
        return trouble


def server(line):
    """Whoever runs the files."""
    said = line["body"]["messages"][-1]["content"]
    return reply(line["custom_id"], body(f"{said}!"))


def run_file(path, number, answer=server):
    """Answers a file, the last line first."""
    lines = [json.loads(line) for line in path.read_text().splitlines()]
    write(path.parent / f"came-{number}.jsonl", *(answer(line) for line in reversed(lines)))


@pytest.mark.parametrize("record", IDS)
def test_ids_find_their_way_back(record):
    for hop in (0, 1, 12):
        for times in (1, 2):
            name = custom_id(ChatRequest(record=record, sample=3, hop=hop, messages=()), times=times)
            assert read_custom_id(name) == (record, 3, hop, times)


def test_no_two_requests_share_an_id():
    requests = [
        ChatRequest(record=r, sample=s, hop=h, messages=()) for r in IDS for s in (0, 3) for h in (0, 1, 2)
    ]
    names = {custom_id(each, times=times) for each in requests for times in (1, 2)}
    assert len(names) == 2 * len(requests)


@pytest.mark.parametrize("said", ["", "r", "r:", "r:x", "r:-1", "r:²"])
def test_what_is_no_id_is_told(said):
    with pytest.raises(ValueError, match="is no"):
        read_custom_id(said)


def test_a_request_is_written_as_services_take_it(tmp_path):
    path = tmp_path / "in.jsonl"
    later = replace(ASKED, hop=1, parameters=Parameters())
    assert write_batch([ASKED, later], path, model="org/model", extra_body={"min_p": 0.1}) == 2
    first, second = (json.loads(line) for line in path.read_text().splitlines())
    assert first == {
        "custom_id": "r-17:2",
        "method": "POST",
        "url": "/v1/chat/completions",
        "body": {
            "model": "org/model",
            "messages": [
                {"role": "system", "content": "be brief"},
                {"role": "user", "content": "é \ufffd\0"},
            ],
            "temperature": 0.9,
            "seed": 1702,
            "max_tokens": 60,
            "stop": ["\n\n"],
            "min_p": 0.1,
        },
    }
    assert second["custom_id"] == "r-17#1:2"
    assert [line.id for line in read_asked(path)] == ["r-17:2", "r-17#1:2"]


def test_two_requests_of_one_name_are_refused_and_nothing_is_written(tmp_path):
    with pytest.raises(InputError, match="r-17:2"):
        write_batch([ASKED, ASKED], tmp_path / "in.jsonl", model="m")
    assert not (tmp_path / "in.jsonl").exists()


def test_answers_are_joined_by_name_in_any_order(tmp_path):
    path = write(
        tmp_path / "out.jsonl",
        reply("r-2:0", body("two")),
        {"custom_id": "r-1:0", "response": body("one", choices=body("one")["choices"])},
        reply("r-17#1:2", body("three"), status="200"),
    )
    found = read_batch(path)
    assert {name: each.text for name, each in found.replies.items()} == {
        "r-2:0": "two",
        "r-1:0": "one",
        "r-17#1:2": "three",
    }
    assert found.findings == ()
    assert found.of(replace(ASKED, hop=1)) == Answer(
        text="three", finish_reason="stop", model="org/model", id="c-1", input_tokens=9, output_tokens=3
    )
    assert found.of(ASKED) is None


@pytest.mark.parametrize(
    ("line", "kind", "said"),
    [
        (
            reply("r:0", {"error": {"message": "no such model", "code": "x"}}, 404),
            "missing",
            "404: no such model",
        ),
        (reply("r:0", {"message": "slow down"}, 429), "limited", "slow down"),
        (reply("r:0", None, 500), "unavailable", "500: it does not say why"),
        (reply("r:0", {"error": "too long"}, 400), "refused", "400: too long"),
        (reply("r:0", {"error": {"message": "sk-key"}}, 401), "key", "401"),
        (reply("r:0", {}, 408), "timeout", "408"),
        (reply("r:0", body(choices=[])), "empty", "no choices"),
        (reply("r:0", []), "unreadable", "object"),
        (reply("r:0", body(choices=[{"message": {"refusal": "I will not"}}])), "refused", "I will not"),
        (
            reply("r:0", response=None, error={"code": "batch_expired", "message": "ran out"}),
            "unavailable",
            "ran out",
        ),
        (reply("r:0", response=None, error={"code": "batch_expired"}), "unavailable", "batch_expired"),
        (reply("r:0", response=None), "unreadable", "neither"),
        (reply("r:0", response="yes"), "unreadable", "neither"),
    ],
)
def test_lines_that_failed_are_findings_with_their_place(tmp_path, line, kind, said):
    found = read_batch(write(tmp_path / "out.jsonl", reply("s:0"), line))
    assert found.replies["r:0"].kind == kind
    (finding,) = found.findings
    assert (finding.where, finding.id) == (f"{tmp_path / 'out.jsonl'}:2", "r:0")
    assert said in finding.what
    assert isinstance(found.replies["s:0"], Answer)


def test_damage_is_found_and_the_rest_is_read(tmp_path):
    path = write(
        tmp_path / "out.jsonl",
        b"\xef\xbb\xbf" + json.dumps(reply("a:0")).encode(),
        b"",
        b'{"custom_id": "b:0", "respon',
        b"[1, 2]",
        b"{}",
        b'{"custom_id": 7}',
        b'"' + b"[" * 50,
        b"[" * 100_000,
        json.dumps(reply("c:0", body("bad \xff"))).encode().replace(b"\\u00ff", b"\xff"),
        json.dumps(reply("d:0", body("half \ud83d pair"))).encode(),
        b"\0\0\0",
    )
    found = read_batch(path)
    assert {name: each.text for name, each in found.replies.items()} == {
        "a:0": "yes",
        "c:0": "bad \ufffd",
        "d:0": "half \ufffd pair",
    }
    assert [finding.where.rsplit(":", 1)[1] for finding in found.findings] == [
        "3",
        "4",
        "5",
        "6",
        "7",
        "8",
        "11",
    ]


def test_huge_lines_are_passed_over_and_never_held(tmp_path):
    path = tmp_path / "out.jsonl"
    with path.open("wb") as file:
        file.write(b'{"custom_id": "big:0", "response": "')
        for _ in range(70):
            file.write(b"x" * 2**20)
        file.write(b'"}\n' + json.dumps(reply("a:0")).encode())
    found = read_batch(path)
    assert list(found.replies) == ["a:0"]
    assert [(finding.where, "MiB" in finding.what) for finding in found.findings] == [(f"{path}:1", True)]


def test_doubled_lines_are_found_and_the_first_answer_counts(tmp_path):
    one = write(
        tmp_path / "out.jsonl",
        reply("a:0", {}, 500),
        reply("b:0", body("first")),
        reply("b:0", body("second")),
    )
    two = write(tmp_path / "more.jsonl", reply("a:0", body("after all")))
    found = read_batch(one, two)
    assert found.replies["b:0"].text == "first"
    assert found.replies["a:0"].text == "after all"
    assert [finding.id for finding in found.findings] == ["a:0", "b:0", "a:0"]
    assert f"{one}:2" in found.findings[1].what


def test_what_is_missing_and_what_nobody_asked_is_found(tmp_path):
    asked = tmp_path / "in.jsonl"
    write_batch([ASKED, replace(ASKED, sample=3)], asked, model="m")
    came = write(tmp_path / "out.jsonl", reply("r-17:3"), reply("stranger:0"))
    found = read_batch(came, asked=read_asked(asked))
    assert [(finding.where, finding.id) for finding in found.findings] == [
        (f"{asked}:1", "r-17:2"),
        (f"{came}:2", "stranger:0"),
    ]


def test_a_file_that_is_not_there_or_no_requests_is_told(tmp_path):
    with pytest.raises(InputError, match="cannot be read"):
        read_batch(tmp_path / "none.jsonl")
    with pytest.raises(InputError, match="no request") as error:
        read_asked(write(tmp_path / "in.jsonl", reply("a:0")))
    assert error.value.where.endswith(":1")


def first(number):
    return ChatRequest(record=f"r-{number}", messages=(Message(role="user", content=f"q{number}"),))


def second(number, answer):
    return replace(first(number), hop=1, messages=(Message(role="user", content=f"and {answer.text}"),))


def make_rows(folder, rows=3, **given):
    """A run of two steps a row, as far as it goes; the files that are to be run."""
    chat: Chat = BatchChat.of(folder, model="org/model", name="mine", **given)
    texts = []
    for number in range(rows):
        found = ask(chat, first(number))
        found = ask(chat, second(number, found)) if isinstance(found, Answer) else found
        texts.append(found.text if isinstance(found, Answer) else found.kind)
    asyncio.run(chat.close())
    return texts, chat.write(), chat


def test_several_passes_make_rows_without_a_server(tmp_path):
    texts, files, chat = make_rows(tmp_path)
    assert texts == ["waiting"] * 3
    assert files == [tmp_path / "mine" / "asked-1.jsonl"]
    assert (chat.name, chat.model, chat.provider, chat.where) == ("mine", "org/model", "openai", "batch")
    # Nobody has run it yet: it is not asked twice.
    again, same, _ = make_rows(tmp_path)
    assert (again, same) == (texts, files)
    assert len(list((tmp_path / "mine").iterdir())) == 1
    run_file(files[0], 1)
    texts, files, _ = make_rows(tmp_path)
    assert (texts, files) == (["waiting"] * 3, [tmp_path / "mine" / "asked-2.jsonl"])
    run_file(files[0], 2)
    texts, files, chat = make_rows(tmp_path)
    assert texts == ["and q0!!", "and q1!!", "and q2!!"]
    assert files == []
    assert chat.findings == ()


def test_rows_that_are_added_are_asked_alone(tmp_path):
    _, files, _ = make_rows(tmp_path, rows=2)
    _, files, _ = make_rows(tmp_path, rows=3)
    assert files == [tmp_path / "mine" / f"asked-{number}.jsonl" for number in (1, 2)]
    assert [line.id for line in read_asked(files[1])] == ["r-2:0"]
    run_file(files[1], 2)
    _, files, _ = make_rows(tmp_path, rows=3)
    assert [line.id for line in read_asked(files[-1])] == ["r-2#1:0"]
    assert files == [tmp_path / "mine" / f"asked-{number}.jsonl" for number in (1, 3)]


def test_what_failed_or_is_missing_is_asked_again_under_another_name(tmp_path):
    _, files, _ = make_rows(tmp_path)

    def answer(line):
        return {"r-0:0": server(line), "r-1:0": reply("r-1:0", {}, 500)}.get(line["custom_id"], b"")

    run_file(files[0], 1, answer)
    texts, files, chat = make_rows(tmp_path)
    assert texts == ["waiting"] * 3
    assert [line.id for line in read_asked(files[0])] == ["r-0#1:0", "r-1#0.2:0", "r-2#0.2:0"]
    assert [(finding.id, finding.what[:12]) for finding in chat.findings] == [
        ("r-1:0", "failed with "),
        ("r-2:0", "was asked, a"),
    ]
    run_file(files[0], 2)
    texts, files, _ = make_rows(tmp_path)
    assert texts == ["and q0!!", "waiting", "waiting"]


def test_what_always_fails_is_given_up(tmp_path):
    for number in range(1, 4):
        texts, files, _ = make_rows(tmp_path, rows=1)
        assert texts == ["waiting"]
        run_file(files[0], number, lambda line: reply(line["custom_id"], body(choices=[])))
    chat = BatchChat.of(tmp_path, model="org/model", name="mine")
    found = ask(chat, first(0))
    assert (found.kind, "no choices" in found.what) == ("refused", True)
    assert chat.write() == []


def test_a_refusal_is_one_at_once(tmp_path):
    _, files, _ = make_rows(tmp_path, rows=1)
    run_file(files[0], 1, lambda line: reply(line["custom_id"], {"error": "too long"}, 400))
    texts, files, _ = make_rows(tmp_path, rows=1)
    assert (texts, files) == (["refused"], [])


def test_an_answer_to_another_question_is_never_given(tmp_path):
    _, files, _ = make_rows(tmp_path, rows=1)
    run_file(files[0], 1)
    chat = BatchChat.of(tmp_path, model="org/model", name="mine")
    other = replace(first(0), messages=(Message(role="user", content="something else"),))
    assert ask(chat, other).kind == "waiting"
    assert "something else" in chat.write()[0].read_text()
    (finding,) = chat.findings
    assert (finding.id, "anew" in finding.what) == ("r-0:0", True)
    run_file(tmp_path / "mine" / "asked-2.jsonl", 2)
    chat = BatchChat.of(tmp_path, model="org/model", name="mine")
    assert ask(chat, other).text == "something else!"
    assert ask(chat, first(0)).text == "q0!"  # and the first one is known still
    # Another model, or other parameters, is another question.
    assert ask(BatchChat.of(tmp_path, model="other", name="mine"), first(0)).kind == "waiting"


def test_two_questions_of_one_name_are_told_apart(tmp_path):
    chat = BatchChat.of(tmp_path, model="m")
    assert ask(chat, first(0)).kind == "waiting"
    assert ask(chat, first(0)).kind == "waiting"
    other = replace(first(0), messages=(Message(role="user", content="something else"),))
    assert ask(chat, other).kind == "refused"
    assert len(chat.to_ask) == 1


def test_answers_to_a_file_that_somebody_else_wrote_are_taken(tmp_path):
    write(tmp_path / "m" / "batch_output.jsonl", reply("r-0:0", body("theirs")))
    assert ask(BatchChat.of(tmp_path, model="m"), first(0)).text == "theirs"


def test_a_model_that_calls_the_limit_otherwise_is_asked_so(tmp_path):
    asked = replace(first(0), parameters=Parameters(max_tokens=60))
    chat = BatchChat.of(tmp_path, model="m")
    ask(chat, asked)
    (file,) = chat.write()
    said = {"error": {"message": "'max_tokens' is not supported. Use 'max_completion_tokens' instead."}}
    run_file(file, 1, lambda line: reply(line["custom_id"], said, 400))
    chat = BatchChat.of(tmp_path, model="m")
    assert ask(chat, asked).kind == "waiting"
    (file,) = chat.write()
    assert json.loads(file.read_text())["body"]["max_completion_tokens"] == 60
    run_file(file, 2)
    assert ask(BatchChat.of(tmp_path, model="m"), asked).text == "q0!"


def test_many_requests_are_written_in_files_that_services_take(tmp_path):
    chat = BatchChat.of(tmp_path, model="m")
    most = batches_module._MOST_LINES
    chat.to_ask.update({str(n): {"custom_id": f"{n}:0", "body": {"messages": []}} for n in range(most + 1)})
    files = chat.write()
    assert [file.name for file in files] == ["asked-1.jsonl", "asked-2.jsonl"]
    assert files[1].read_text().count("\n") == 1


def test_models_have_folders_of_their_own(tmp_path):
    for name in ("a", "org/model", "../out", "b c"):
        chat = BatchChat.of(tmp_path, model="m", name=name)
        ask(chat, first(0))
        assert all(file.parent.parent == tmp_path for file in chat.write())
    assert sorted(place.name for place in tmp_path.iterdir()) == [".._out", "a", "b_c", "org_model"]
    with pytest.raises(UsageError, match="another name"):
        BatchChat.of(tmp_path, model="m", name="..")


def test_passes_share_one_ledger_and_nothing_is_counted_before_it_came_back(tmp_path):
    requests = [first(number) for number in range(4)]

    def one_pass():
        chat = BatchChat.of(tmp_path / "batch", model="m")
        with AnswerStore(tmp_path / "answers.sqlite", run="a") as store:

            async def go():
                endpoint = Endpoint(chat=chat)
                async with Asker({"m": endpoint}, store, Budget(requests=4)) as asker:
                    return [await asker.ask(request, "m") for request in requests]

            return asyncio.run(go()), chat.write(), store.spent()

    found, files, spent = one_pass()
    assert [each.kind for each in found] == ["waiting"] * 4
    assert spent == Spent()
    one_pass()
    run_file(files[0], 1)
    for _ in range(2):
        found, files, spent = one_pass()
        assert [each.text for each in found] == ["q0!", "q1!", "q2!", "q3!"]
        assert (files, spent) == ([], Spent(requests=4, input_tokens=36, output_tokens=12))
    for file in (tmp_path / "batch" / "m").iterdir():
        file.unlink()
    assert [each.cache_hit for each in one_pass()[0]] == [True] * 4
