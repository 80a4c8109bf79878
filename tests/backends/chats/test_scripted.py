"""The public fake says what it was told to, and remembers what it was asked."""

from __future__ import annotations

import asyncio
from dataclasses import replace

import pytest

from holdfast.backends.chats import Answer, Chat, ChatRequest, Message, Trouble
from holdfast.backends.chats.scripted import ScriptedChat

ASKED = ChatRequest(record="r-1", messages=(Message(role="user", content="say it again"),))


def ask(chat, *requests):
    async def all_of_them():
        return await asyncio.gather(*map(chat.complete, requests), return_exceptions=True)

    return asyncio.run(all_of_them())


def test_a_text_is_an_answer_that_ended():
    chat: Chat = ScriptedChat.of(lambda request: f"{request.record} {request.sample}", name="echo")
    (found,) = ask(chat, ASKED)
    assert found == Answer(
        text="r-1 0", finish_reason="stop", model="echo", input_tokens=3, output_tokens=2, seconds=0.0
    )
    assert (chat.name, chat.model, chat.provider, chat.where) == ("echo", "echo", "scripted", "memory")


def test_an_answer_is_given_as_it_is():
    answer = Answer(text="it is", finish_reason="length", model="another")
    assert ask(ScriptedChat.of(lambda _: answer), ASKED) == [answer]


def test_trouble_is_raised():
    chat = ScriptedChat.of(lambda _: Trouble("limited", "too many", retry_after=2.0))
    (found,) = ask(chat, ASKED)
    assert (found.kind, found.retry_after) == ("limited", 2.0)


def test_a_list_is_told_in_order_and_ends():
    chat = ScriptedChat.telling(["one", Trouble("timeout", "slow"), "two"])
    others = [replace(ASKED, sample=number) for number in range(5)]
    one, slow, two, *over = ask(chat, *others)
    assert (one.text, slow.kind, two.text) == ("one", "timeout", "two")
    assert [each.kind for each in over] == ["missing", "missing"]
    assert "more answers" in str(over[0])
    assert chat.asked == others


def test_it_takes_its_time_and_others_have_theirs():
    chat = ScriptedChat.of(lambda _: "yes", seconds=0.1)

    async def timed():
        begin = asyncio.get_running_loop().time()
        await asyncio.gather(*(chat.complete(replace(ASKED, sample=each)) for each in range(20)))
        await chat.close()
        return asyncio.get_running_loop().time() - begin

    assert 0.09 < asyncio.run(timed()) < 1.0


def test_a_script_that_breaks_is_no_trouble_of_a_server():
    chat = ScriptedChat.of(lambda _: {}["nothing"])
    with pytest.raises(KeyError):
        asyncio.run(chat.complete(ASKED))
