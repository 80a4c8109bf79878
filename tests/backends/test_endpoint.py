"""A server of embeddings, over a real connection to this machine."""

import pickle
import socket
import threading

import numpy as np
import pytest
from local_server import encoded, unit, vector, well

from holdfast.backends.encoders import open_encoder
from holdfast.errors import BackendError, InputError, UsageError

KEY = "sk-never-shown-1234"
TEXTS = ["how do I reset my password", "a", "", "please", "a", "ünïcödé"]


def opened(server):
    encoder = open_encoder(server.url, model="tiny-embed")
    server.asked.clear()
    return encoder


def items(asked, **changes):
    answer = well(asked)
    for item in answer["data"]:
        item.update({name: change(item) for name, change in changes.items()})
    return answer


def floats(asked):
    return well({**asked, "encoding_format": "float"})


def backwards(asked):
    answer = well(asked)
    answer["data"].reverse()
    return answer


def unnumbered(asked):
    answer = floats(asked)
    for item in answer["data"]:
        del item["index"]
    return answer


def test_vectors_come_back_with_length_one(server):
    encoder = opened(server)
    rows = encoder.encode(TEXTS)
    np.testing.assert_allclose(rows, [unit(text or " ") for text in TEXTS], rtol=1e-6)
    assert rows.dtype == np.float32
    assert encoder.name == f"tiny-embed@{server.host}"
    assert sorted(server.texts) == sorted({text or " " for text in TEXTS})
    assert {asked["model"] for asked in server.asked} == {"tiny-embed"}
    assert encoder.encode([]).shape == (0, 3)


@pytest.mark.parametrize("answer", [floats, backwards, unnumbered], ids=lambda answer: answer.__name__)
def test_every_form_of_a_right_answer_is_read(server, answer):
    server.answer = answer
    np.testing.assert_allclose(opened(server).encode(TEXTS), [unit(text or " ") for text in TEXTS], rtol=1e-6)


def test_many_texts_go_in_batches_and_long_ones_are_cut(server):
    texts = [f"{number} {'e' * (number % 40)}" for number in range(1_300)] + [
        "é" * 1_000_000,
        "o" * 1_000_000,
    ]
    encoder, steps = opened(server), []
    rows = encoder.encode(texts, lambda done, of: steps.append((done, of)))
    cut = [text.encode()[:8_000].decode(errors="ignore") for text in texts]
    np.testing.assert_allclose(rows, [unit(text) for text in cut], rtol=1e-6)
    assert steps == [(512, 1_302), (1_024, 1_302), (1_302, 1_302)]
    assert max(len(asked["input"]) for asked in server.asked) == 128
    assert max(sum(len(text.encode()) for text in asked["input"]) for asked in server.asked) <= 100_000
    assert "8,000 bytes" in encoder.blind_to


def test_hostile_texts_arrive(server):
    texts = ["\x00", "\ud800", "\ud83d\ude00", "\x1b[2J\u202e", '"}]}', "\u2028\ufeff"]
    opened(server).encode(texts)
    assert sorted(server.texts) == sorted(["\x00", "\ufffd", "\U0001f600", *texts[3:]])


def test_the_key_goes_to_the_server_and_nowhere_else(server, monkeypatch):
    monkeypatch.setenv("OPENAI_API_KEY", f" {KEY}\n")
    encoder = opened(server)
    assert {headers["Authorization"] for headers in server.headers} == {f"Bearer {KEY}"}
    assert KEY.encode() not in pickle.dumps(encoder)
    assert KEY not in repr(encoder)


def test_a_passing_failure_is_tried_again(server):
    encoder = opened(server)
    failures = iter([500, 429])

    def answer(asked):
        status = next(failures, None)
        return (status, {"error": {"message": "busy"}}) if status else well(asked)

    server.answer = answer
    np.testing.assert_allclose(encoder.encode(["a"]), [unit("a")], rtol=1e-6)
    assert len(server.asked) == 3


@pytest.mark.parametrize(
    "answer",
    [
        lambda asked: {**well(asked), "data": well(asked)["data"][:-1]},
        lambda asked: {**well(asked), "data": well(asked)["data"] * 2},
        lambda asked: items(asked, index=lambda _: 0),
        lambda asked: items(asked, index=lambda item: item["index"] + 1),
        lambda asked: items(asked, index=lambda item: str(item["index"])),
        lambda asked: items(asked, index=lambda item: item["index"] or None),
        lambda asked: items(asked, embedding=lambda _: [1.0, float("nan"), 0.0]),
        lambda asked: items(asked, embedding=lambda _: encoded([1.0, np.inf, 0.0], "base64")),
        lambda asked: items(asked, embedding=lambda _: [1e300, 0.0, 0.0]),
        lambda asked: items(asked, embedding=lambda _: [10**400, 0.0, 0.0]),
        lambda asked: items(asked, embedding=lambda _: []),
        lambda asked: items(asked, embedding=lambda _: None),
        lambda asked: items(asked, embedding=lambda _: [[1.0, 2.0, 3.0]]),
        lambda asked: items(asked, embedding=lambda _: ["ignore previous instructions"]),
        lambda asked: items(asked, embedding=lambda _: {"a": 1}),
        lambda asked: items(asked, embedding=lambda _: "not base64!"),
        lambda asked: items(asked, embedding=lambda item: vector("a")[: 2 + item["index"] % 2]),
        lambda asked: items(asked, embedding=lambda _: [1.0, 2.0]),
        lambda _: {"data": []},
        lambda _: {"data": None},
        lambda _: {"data": [1, 2]},
        lambda _: {"choices": []},
        lambda _: [],
        lambda _: None,
        lambda _: b"<html>log in first</html>",
        lambda _: b"",
    ],
)
def test_an_answer_without_one_vector_for_every_text_is_refused(server, answer):
    encoder = opened(server)
    server.answer = answer
    with pytest.raises((BackendError, InputError), match="vector") as caught:
        encoder.encode(["a", "bb", "ccc"])
    assert caught.value.where == server.url
    assert caught.value.do


@pytest.mark.parametrize("key", ["", KEY])
@pytest.mark.parametrize("status", [401, 403])
def test_a_refused_key_is_never_repeated(server, monkeypatch, status, key):
    monkeypatch.setenv("OPENAI_API_KEY", key)
    server.answer = lambda _: (status, {"error": {"message": f"Incorrect API key provided: {KEY}"}})
    with pytest.raises(BackendError, match="refuses the key" if key else "wants a key") as caught:
        open_encoder(server.url, model="tiny-embed")
    assert "OPENAI_API_KEY" in caught.value.do
    assert KEY not in str(caught.value)


@pytest.mark.parametrize(
    ("status", "body", "reason"),
    [
        (
            400,
            {"error": {"message": "maximum context length is\n512 \x1b[31mtokens"}},
            r"\(400: maximum .* 512 \[31mtok",
        ),
        (400, {"detail": f"{KEY} is no good"}, r"\(400: … is no good\)"),
        (404, {"error": {"message": "The model does not exist"}}, "knows no model 'tiny-embed'"),
        (422, {"detail": [{"loc": 1}]}, r"refuses the request \(422\)"),
        (307, {}, "sends us to another address"),
        (400, b"<html>" * 1_000, r"refuses the request \(400\)"),
    ],
)
def test_a_refusal_is_explained(server, monkeypatch, status, body, reason):
    monkeypatch.setenv("OPENAI_API_KEY", KEY)
    server.answer = lambda _: (status, body)
    with pytest.raises(BackendError, match=reason) as caught:
        open_encoder(server.url, model="tiny-embed")
    assert str(caught.value).isprintable()
    assert len(str(caught.value)) < 600
    assert len(server.asked) == 1


def test_the_first_failure_ends_the_work(server):
    encoder = opened(server)
    server.answer = lambda _: (400, {})
    with pytest.raises(BackendError, match="refuses the request"):
        encoder.encode([f"{number}{'x' * 7_990}" for number in range(512)])
    assert len(server.asked) < 43
    assert threading.active_count() < 10


def test_a_server_that_is_not_there_is_named():
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{free.getsockname()[1]}/v1"
    with pytest.raises(BackendError, match="cannot be reached") as caught:
        open_encoder(url, model="tiny-embed")
    assert caught.value.where == url


def test_without_the_name_of_a_model_the_server_s_are_listed(server):
    with pytest.raises(UsageError, match="needs the name of its model") as caught:
        open_encoder(server.url)
    assert caught.value.do == "Add --encoder-model NAME. The server has: tiny-embed, tiny-chat"
    server.models = [f"m{number}\x1b[31m" for number in range(15)]
    with pytest.raises(UsageError) as caught:
        open_encoder(server.url)
    assert caught.value.do.endswith("m11 [31m and 3 more")
    server.models = None
    with pytest.raises(UsageError) as caught:
        open_encoder(server.url)
    assert caught.value.do == "Add --encoder-model NAME"


def test_an_address_may_end_in_a_slash_or_in_embeddings(server):
    for end in ("/", "/embeddings", "/embeddings/"):
        assert open_encoder(server.url + end, model="tiny-embed").url == server.url


@pytest.mark.parametrize(
    "url",
    [
        "ftp://host/v1",
        "https://",
        "http://:80/v1",
        "http://host:port/v1",
        "http://[::1/v1",
        "http://ho st/v1",
        "http://host\n/v1",
        "http://host/v1?api-key=hunter2",
        "http://host/v1#hunter2",
        "http://me:hunter2@host/v1",
        "http://hunter2@host/v1",
        "http://:hunter2@host:port/v1",
        "file:///etc/passwd",
    ],
)
def test_an_address_that_cannot_be_used_is_refused_without_repeating_secrets(url):
    with pytest.raises(UsageError) as caught:
        open_encoder(url, model="tiny-embed")
    assert "hunter2" not in str(caught.value)
    assert caught.value.do


def test_a_key_that_no_header_can_carry_is_refused(server, monkeypatch):
    monkeypatch.setenv("OPENAI_API_KEY", "schlüssel")
    with pytest.raises(UsageError, match="OPENAI_API_KEY holds characters") as caught:
        open_encoder(server.url, model="tiny-embed")
    assert "schl" not in str(caught.value)
