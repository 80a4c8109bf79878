"""A model of this process answers chats: by its template where it has one, and the same to the same request."""

from __future__ import annotations

import asyncio
from dataclasses import replace

import pytest

from holdfast.backends.chats import Chat, ChatRequest, Message, Parameters, Trouble
from holdfast.backends.chats.local import LocalChat
from holdfast.backends.models import ScriptedModel, open_model

TEXTS = ["the sea is calm", "the sun is out", "a calm sea", "out at sea"]
ASKED = ChatRequest(
    record="r-1",
    messages=(Message(role="system", content="be brief"), Message(role="user", content="what is out")),
    parameters=Parameters(seed=7, max_tokens=40),
)
TEMPLATE = (
    "{{ bos_token }}{% for m in messages %}<{{ m['role'] }}>{{ m['content'] }}\n{% endfor %}"
    "{% if add_generation_prompt %}<answer>{% endif %}"
)


def ask(chat, *requests):
    async def all_of_them():
        return await asyncio.gather(*map(chat.complete, requests), return_exceptions=True)

    return asyncio.run(all_of_them())


def with_parameters(**given):
    return replace(ASKED, parameters=replace(ASKED.parameters, **given))


@pytest.fixture
def chat():
    made = LocalChat.of(ScriptedModel.of(TEXTS, order=3))
    yield made
    asyncio.run(made.close())


def test_the_answer_is_what_the_model_samples_after_the_plain_text(chat):
    asked: Chat = chat
    (found,) = ask(asked, ASKED)
    prompt = "be brief\n\nwhat is out\n"
    (sample,) = chat.said_by.sample([prompt], seed=7, most_tokens=40)
    assert found.text == sample.text
    assert found.finish_reason == ("stop" if sample.finished else "length")
    assert found.model == chat.model == chat.name == chat.said_by.name
    assert (found.input_tokens, found.output_tokens) == (len(prompt), len(sample.text.encode()))
    assert found.seconds > 0
    assert (chat.provider, chat.where) == ("scripted", "memory")


def test_the_same_request_has_the_same_answer_whatever_else_is_asked(chat):
    requests = [with_parameters(seed=seed) for seed in range(12)]
    together = ask(chat, *requests)
    assert [each.text for each in ask(chat, *reversed(requests))] == [each.text for each in together][::-1]
    assert len({each.text for each in together}) > 6


def test_without_a_seed_samples_are_different_and_stay_the_same(chat):
    requests = [replace(with_parameters(seed=None), sample=sample) for sample in range(12)]
    texts = [each.text for each in ask(chat, *requests)]
    assert len(set(texts)) > 6
    assert [each.text for each in ask(chat, *requests)] == texts


def test_cut_answers_are_told(chat):
    (cut,) = ask(chat, with_parameters(max_tokens=2))
    assert (cut.finish_reason, cut.output_tokens, cut.cut) == ("length", 2, True)


def test_no_temperature_is_no_chance(chat):
    texts = {each.text for each in ask(chat, *(with_parameters(seed=s, temperature=0.0) for s in range(5)))}
    assert len(texts) == 1


def test_sequences_end_an_answer(chat):
    (whole,) = ask(chat, ASKED)
    end = whole.text[3:5]
    (found,) = ask(chat, with_parameters(stop_sequences=("never said", end)))
    assert found.text == whole.text[: whole.text.find(end)]
    assert found.finish_reason == "stop"


@pytest.mark.parametrize("name", ["top_k", "frequency_penalty", "presence_penalty"])
def test_what_the_model_does_not_know_is_refused_and_never_left_out(chat, name):
    (found,) = ask(chat, with_parameters(**{name: 1}))
    assert isinstance(found, Trouble)
    assert (found.kind, name in found.what) == ("refused", True)


def test_what_nothing_can_be_drawn_with_is_refused(chat):
    for wrong in ({"temperature": -1.0}, {"top_p": 0.0}, {"max_tokens": 0}):
        (found,) = ask(chat, with_parameters(**wrong))
        assert isinstance(found, Trouble)
        assert found.kind == "refused"
    (found,) = ask(chat, with_parameters(seed=-5))
    assert found.text


def test_hostile_messages_are_read(chat):
    for said in ("", "\0", "half \ud83d pair", "x" * 20_000):
        (found,) = ask(chat, replace(ASKED, messages=(Message(role="user", content=said),)))
        assert isinstance(found.text, str)


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    pytest.importorskip("torch")
    pytest.importorskip("transformers")
    from tiny_generators import save_llama

    return save_llama(tmp_path_factory.mktemp("tiny") / "llama", context=256)


def templated(folder, target, template):
    import shutil

    from transformers import AutoTokenizer

    shutil.copytree(folder, target)
    tokenizer = AutoTokenizer.from_pretrained(target)
    tokenizer.chat_template = template
    tokenizer.save_pretrained(target)
    return open_model(target)


@pytest.mark.models
@pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::FutureWarning")
def test_a_model_with_a_template_is_asked_through_it(folder, tmp_path):
    model = templated(folder, tmp_path / "chat", TEMPLATE)
    chat = LocalChat.of(model, name="mine")
    (found,) = ask(chat, ASKED)
    put = "<|begin|><system>be brief\n<user>what is out\n<answer>"
    assert model.told(ASKED.plain_messages()) == put
    # The template has put the token that texts begin with, and a second one is not added.
    tokens = model.reader.tokenizer(put, add_special_tokens=False)["input_ids"]
    assert tokens.count(model.reader.prefix) == 1
    assert found.input_tokens == len(tokens) == model.count_tokens(put)
    (sample,) = model.without_prefix().sample([put], seed=7, most_tokens=40)
    assert found.text == sample.text != model.sample([put], seed=7, most_tokens=40)[0].text
    assert (chat.name, chat.provider, found.model) == ("mine", "hugging_face", model.name)
    assert ask(chat, ASKED)[0].text == found.text
    asyncio.run(chat.close())


@pytest.mark.models
@pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::FutureWarning")
def test_a_template_without_a_system_has_it_said_by_the_user(folder, tmp_path):
    refusing = (
        "{% if messages[0]['role'] == 'system' %}{{ raise_exception('no system') }}{% endif %}" + TEMPLATE
    )
    model = templated(folder, tmp_path / "chat", refusing)
    assert model.told(ASKED.plain_messages()) == "<|begin|><user>be brief\n\nwhat is out\n<answer>"
    broken = templated(folder, tmp_path / "broken", "{{ raise_exception('never') }}")
    (found,) = ask(LocalChat.of(broken), ASKED)
    assert (found.kind, "template" in found.what) == ("refused", True)


@pytest.mark.models
@pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::FutureWarning")
def test_a_model_without_a_template_goes_on_with_the_text(folder):
    model = open_model(folder)
    (found,) = ask(LocalChat.of(model), ASKED)
    (sample,) = model.sample(["be brief\n\nwhat is out\n"], seed=7, most_tokens=40)
    assert found.text == sample.text
    (long,) = ask(LocalChat.of(model), replace(ASKED, messages=(Message(role="user", content="to " * 999),)))
    assert (long.kind, "tokens" in long.what) == ("refused", True)
