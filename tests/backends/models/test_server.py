"""Servers: what they say of given text is read as it is meant, and those that say nothing are refused with the reason."""

from __future__ import annotations

from functools import partial

import pytest
from completions import Completions, bits_of, echo, prompt_logprobs, written

from holdfast.backends.models import Sample, open_model
from holdfast.errors import BackendError, UsageError

pytest.importorskip("openai")
TEXTS = ["the sea is calm", "", "a", "nothing new under the sun", "an \U0001f600 smile", "half \ud83d pair"]


@pytest.fixture
def serve(monkeypatch):
    for name in ("OPENAI_API_KEY", "OPENAI_CUSTOM_HEADERS", "OPENAI_ORG_ID", "OPENAI_PROJECT_ID"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("NO_PROXY", "127.0.0.1,localhost")
    running = []

    def start(answer):
        server = Completions(answer)
        server.__enter__()
        running.append(server)
        return server

    yield start
    for server in running:
        server.__exit__()


def whole(text):
    return text.replace("\ud83d", "\ufffd")


@pytest.mark.parametrize(
    ("answer", "begin"),
    [
        (echo, True),
        (partial(echo, begin=""), False),
        (partial(echo, least=1), True),
        (partial(echo, begin="", least=1), False),
        (prompt_logprobs, True),
    ],
    ids=["echo", "echo, no beginning", "echo, one token", "echo, neither", "prompt_logprobs"],
)
def test_given_text_is_scored(serve, answer, begin):
    model = open_model(serve(answer).url, name="tiny")
    found = model.score(TEXTS)
    for row, text in enumerate(map(whole, TEXTS)):
        if len(text.split()) > 1 or begin:
            assert found.row_bits[row] == pytest.approx(bits_of(text, begin=begin))
            first = 0 if begin else len(text.split(" ")[0].encode())
            assert found.bytes[row] == len(text.encode()) - first
    assert found.unread.tolist() == [False, False, not begin, False, False, False]
    assert (found.entropy, found.top) == (None, None)
    assert len(found.confidence) == len(found.bits) == len(found.right)
    assert not found.right.all()


def test_the_name_tells_model_and_host(serve):
    server = serve(echo)
    model = open_model(server.url + "/completions", name="tiny")
    assert model.name == f"tiny@{server.url.removeprefix('http://').removesuffix('/v1')}"
    assert (model.kind, model.digest, model.where) == ("server", None, server.url)


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        (written, "does not give the text back"),
        (None, "only chats"),
        (lambda _: {"choices": []}, "another form"),
        (lambda _: (400, {"error": {"message": "no logprobs here"}}), "no logprobs here"),
        (lambda asked: echo(asked) | {"choices": [{"text": asked["prompt"]}]}, "no probabilities"),
        (lambda _: [], "object"),
    ],
    ids=["ignores echo", "chats", "empty", "refuses", "no logprobs", "list"],
)
def test_servers_that_say_nothing_are_refused(serve, answer, said):
    with pytest.raises(BackendError, match=said):
        open_model(serve(answer).url, name="tiny")


def test_a_server_that_is_busy_is_asked_again(serve):
    seen = []

    def busy(asked):
        seen.append(asked)
        return (
            (429 if len(seen) % 3 == 1 else 503, {"error": {"message": "wait"}})
            if len(seen) % 3
            else echo(asked)
        )

    server = serve(echo)
    model = open_model(server.url, name="tiny")
    server.answer = busy
    assert model.score(["the sea"]).row_bits[0] == pytest.approx(bits_of("the sea", begin=True))


def test_texts_that_are_too_long_are_not_read_and_counted(serve):
    def short(asked):
        return (400, {"message": "too long"}) if len(asked["prompt"]) > 60 else echo(asked)

    model = open_model(serve(short).url, name="tiny")
    found = model.score(["the sea", "the sea " * 20])
    assert found.unread.tolist() == [False, True]
    assert found.bytes.tolist() == [7, 0]
    assert "too long" in found.notes[0]
    with pytest.raises(BackendError, match="none of 1 texts"):
        model.score(["the sea " * 20])


def test_samples_have_a_seed_each(serve):
    server = serve(echo)
    model = open_model(server.url, name="tiny")
    prompts = ["the", "the", ""]
    found = model.sample(prompts, seed=1)
    assert len({sample.text for sample in found}) == 3
    assert found == model.sample(prompts, seed=1)
    assert found[:1] == model.sample(["the"], seed=1)
    assert found[0] != model.sample(["the"], seed=2)[0]
    assert isinstance(found[0], Sample)
    assert all(sample.finished for sample in found)
    assert {asked["max_tokens"] for asked in server.asked[-3:]} == {256}


def test_a_server_that_begins_no_text_asks_for_prompts(serve):
    def full(asked):
        return echo(asked) if asked["prompt"] else (400, {"message": "empty prompt"})

    model = open_model(serve(full).url, name="tiny")
    with pytest.raises(BackendError, match="--prompts"):
        model.sample([""], seed=0)


def test_a_name_is_needed_and_urls_are_checked(serve):
    with pytest.raises(UsageError, match="tiny"):
        open_model(serve(echo).url)
    for url in ("ftp://host", "http://user:word@host/v1", "http://host/v1?key=1", "http://a b"):
        with pytest.raises(UsageError):
            open_model(url, name="tiny")
    with pytest.raises(BackendError, match="cannot be reached"):
        open_model("http://127.0.0.1:9/v1", name="tiny")
