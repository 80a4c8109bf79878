"""A small model, created and trained here, really served over HTTP by a server that is not ours."""

from __future__ import annotations

import asyncio
import time
from dataclasses import replace

import pytest
from served_model import served
from tiny_chat import SAID, asked, save_chat

from holdfast.backends.chats import ChatRequest, Message, Parameters, Trouble
from holdfast.backends.chats.local import LocalChat
from holdfast.backends.chats.opening import open_chat
from holdfast.backends.models import open_model

for package in ("torch", "transformers", "fastapi", "uvicorn", "openai"):
    pytest.importorskip(package)
pytestmark = [
    pytest.mark.models,
    # The libraries' own, of parts of Python that they still use.
    pytest.mark.filterwarnings("ignore::DeprecationWarning"),
    pytest.mark.filterwarnings("ignore::FutureWarning"),
]


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return save_chat(tmp_path_factory.mktemp("served") / "tiny-bank")


@pytest.fixture(scope="module")
def url(folder):
    with served(folder) as running:
        yield running


@pytest.fixture(autouse=True)
def alone(monkeypatch):
    """No key and no proxy of whoever runs the tests."""
    monkeypatch.delenv("OPENAI_API_KEY", raising=False)
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")


def about(what, sample=0, **given):
    messages = tuple(Message(**each) for each in asked(what))
    parameters = Parameters(**{"seed": 1, "temperature": 1.0, "max_tokens": 24} | given)
    return ChatRequest(record=what, sample=sample, messages=messages, parameters=parameters)


def ask(url, folder, *requests):
    """One after the other: the server's chance is one for all that it is asked at a time."""

    async def one_by_one():
        chat = open_chat(url, name=str(folder))
        found = []
        try:
            for request in requests:
                try:
                    found.append(await chat.complete(request))
                except Trouble as trouble:
                    found.append(trouble)
        finally:
            await chat.close()
        return found

    return asyncio.run(one_by_one())


def test_what_was_learned_comes_back_with_what_it_cost(url, folder):
    subjects = [what for what in SAID for _ in range(4)]
    requests = [about(what, seed=seed, temperature=0.5) for seed, what in enumerate(subjects)]
    found = ask(url, folder, *requests)
    tokenizer = open_model(folder).reader.tokenizer
    for answer, what in zip(found, subjects, strict=True):
        assert answer.finish_reason == "stop"
        assert answer.model.startswith(str(folder))  # and the revision that it was loaded from
        assert answer.id
        put = tokenizer.apply_chat_template(asked(what), tokenize=False, add_generation_prompt=True)
        assert answer.input_tokens == len(tokenizer(put, add_special_tokens=False)["input_ids"])
        assert 1 <= answer.output_tokens <= 24
        assert answer.seconds > 0
    right = sum(answer.text in SAID[what] for answer, what in zip(found, subjects, strict=True))
    assert right >= 8  # of 12; a model that does not listen gets 4


def test_seed_and_temperature_do_what_they_say(url, folder):
    often = [about("card", seed=seed) for seed in range(8)]
    texts = [answer.text for answer in ask(url, folder, *often)]
    assert [answer.text for answer in ask(url, folder, *often)] == texts
    assert len(set(texts)) >= 3
    still = ask(url, folder, *(about("card", seed=seed, temperature=0.0) for seed in range(4)))
    assert len({answer.text for answer in still}) == 1
    wild = ask(url, folder, *(about("card", seed=seed, temperature=8.0) for seed in range(8)))
    assert sum(answer.text in SAID["card"] for answer in wild) < sum(text in SAID["card"] for text in texts)


def test_cut_answers_and_ends_are_told(url, folder):
    cut, stopped = ask(
        url, folder, about("loan", max_tokens=2), about("loan", stop_sequences=("loan",), temperature=0.0)
    )
    assert (cut.finish_reason, cut.output_tokens) == ("length", 2)
    assert stopped.finish_reason == "stop"
    assert stopped.text.count("loan") <= 1


def test_what_the_server_does_not_know_is_refused_with_its_words_or_not_heard(url, folder):
    refused, ignored, plain = ask(
        url, folder, about("fee", top_k=5), about("fee", presence_penalty=1.0), about("fee")
    )
    assert isinstance(refused, Trouble)
    assert refused.kind == "refused"
    assert "top_k" in str(refused)
    # This one it passes over in silence: only what it did to the texts can tell.
    assert ignored.text == plain.text


def test_the_same_model_in_this_process_says_the_same(url, folder):
    requests = [about(what, temperature=0.0) for what in SAID]
    over_http = [answer.text for answer in ask(url, folder, *requests)]
    chat = LocalChat.of(open_model(folder))
    for request, text in zip(requests, over_http, strict=True):
        assert asyncio.run(chat.complete(request)).text == text
    asyncio.run(chat.close())


def test_many_at_a_time_come_back_each_to_its_own(url, folder):
    requests = [about(what, sample=sample, temperature=0.0) for sample in range(4) for what in SAID]

    async def together():
        chat = open_chat(url, name=str(folder))
        begin = time.monotonic()
        found = await asyncio.gather(*map(chat.complete, requests))
        await chat.close()
        return found, time.monotonic() - begin

    found, _ = asyncio.run(together())
    by_subject = {
        what: {
            answer.text for answer, asked_for in zip(found, requests, strict=True) if asked_for.record == what
        }
        for what in SAID
    }
    assert all(len(texts) == 1 for texts in by_subject.values())
    assert len({text for texts in by_subject.values() for text in texts}) == len(SAID)


def test_a_server_that_has_gone_is_not_reached(folder):
    (found,) = ask("http://127.0.0.1:9/v1", folder, replace(about("fee"), record="gone"))
    assert found.kind == "unreachable"
