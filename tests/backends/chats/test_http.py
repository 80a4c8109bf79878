import asyncio
import json
import logging
import socket
import time
import traceback
from email.utils import formatdate

import pytest
from chat_server import Said, completion

from holdfast.backends.chats import ChatRequest, Message, Parameters, Trouble
from holdfast.backends.chats.opening import open_chat
from holdfast.backends.chats.together import run


@pytest.fixture(params=["direct", "through a proxy"])
def way(request, chats, monkeypatch):
    """The server's address: as it is, or behind a proxy, which the server then is itself."""
    if request.param == "direct":
        return chats.url
    for name in ("NO_PROXY", "no_proxy"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("HTTP_PROXY", f"http://127.0.0.1:{chats.port}")
    monkeypatch.setenv("http_proxy", f"http://127.0.0.1:{chats.port}")
    return "http://chats.example/v1"


def request(text="Say something.", **parameters):
    return ChatRequest(
        record="r-1",
        messages=(Message(role="system", content="Be brief."), Message(role="user", content=text)),
        parameters=Parameters(**parameters),
    )


def ask(chats, answer=None, *, seconds=5.0, asked=None, url=None, **options):
    """The answer, or the trouble."""
    if answer is not None:
        chats.answer = (lambda *_: answer) if not callable(answer) else answer
    chat = open_chat(url or chats.url, name="tiny", seconds=seconds, **options)

    async def once():
        try:
            return await chat.complete(asked or request())
        except Trouble as trouble:
            return trouble

    return run(once())


def test_a_right_answer(chats, way, canary):
    found = ask(
        chats,
        url=way,
        asked=request(temperature=0.7, top_p=0.9, seed=3, max_tokens=20, stop_sequences=("END",)),
        extra_body={"min_p": 0.1},
    )
    assert (found.text, found.finish_reason, found.model, found.id) == (
        "well said",
        "stop",
        "tiny",
        "chatcmpl-1",
    )
    assert (found.input_tokens, found.output_tokens, found.cut, found.cost) == (7, 3, False, None)
    assert found.seconds > 0
    assert chats.asked == [
        {
            "model": "tiny",
            "messages": [
                {"role": "system", "content": "Be brief."},
                {"role": "user", "content": "Say something."},
            ],
            "temperature": 0.7,
            "top_p": 0.9,
            "seed": 3,
            "max_tokens": 20,
            "stop": ["END"],
            "min_p": 0.1,
        }
    ]
    assert chats.heads[0]["authorization"] == f"Bearer {canary}"
    assert chats.heads[0]["idempotency-key"].startswith("sha256:")


def test_the_request_is_known_by_its_key(chats):
    chat = open_chat(chats.url, name="tiny")
    other = open_chat(chats.url, name="tiny", extra_body={"min_p": 0.1})
    assert request().key(chat) != request().key(other)
    run(chat.complete(request()))
    assert list(chats.keys) == [request().key(chat)]


def with_choice(**changes):
    body = completion()
    body["choices"][0] |= changes
    return body


def with_message(**message):
    return with_choice(message={"role": "assistant", **message})


def with_fields(**fields):
    return completion() | fields


TROUBLES = {
    "429": (Said(status=429, body={"error": {"message": "slow down"}}), "limited", "slow down"),
    "429 without quota": (
        Said(status=429, body={"error": {"message": "pay", "code": "insufficient_quota"}}),
        "key",
        "nothing left",
    ),
    "500": (Said(status=500, body=b"<html>oops"), "unavailable", "the server fails (500)"),
    "502": (Said(status=502, body=b""), "unavailable", "502"),
    "503": (Said(status=503, body={"detail": "loading"}), "unavailable", "loading"),
    "504": (Said(status=504, body={"error": "late"}), "unavailable", "late"),
    "408": (Said(status=408), "timeout", "408"),
    "409": (Said(status=409), "unavailable", "409"),
    "400": (
        Said(status=400, body={"error": {"message": "no such parameter"}}),
        "refused",
        "no such parameter",
    ),
    "422": (Said(status=422, body=[1]), "refused", "422"),
    "501": (Said(status=501), "refused", "501"),
    "401": (Said(status=401, body={"error": {"message": "bad key"}}), "key", "OPENAI_API_KEY (401)"),
    "403": (Said(status=403), "key", "403"),
    "404": (Said(status=404, body={"detail": "Not Found"}), "missing", "'tiny'"),
    "405": (Said(status=405), "missing", "405"),
    "redirect": (
        Said(status=307, headers={"Location": "http://127.0.0.1:9/v1"}),
        "missing",
        "another address",
    ),
    "empty body": (Said(body=b""), "unreadable", "no JSON"),
    "page": (Said(body=b"<html>hello</html>"), "unreadable", "no JSON"),
    "truncated JSON": (Said(body=json.dumps(completion()).encode()[:-20]), "unreadable", "cut off"),
    "truncated body": (Said(cut=30), "unreadable", "connection broke"),
    "reset": (Said(reset=True), "unreadable", "connection broke"),
    "deep": (Said(body=b"[" * 100_000), "unreadable", "no JSON"),
    "list": (Said(body=[]), "unreadable", "object"),
    "null": (Said(body=b"null"), "unreadable", "object"),
    "no choices": (Said(body={"id": "1"}), "unreadable", "no choice"),
    "empty choices": (with_fields(choices=[]), "empty", "no choices"),
    "choices of another kind": (with_fields(choices={"0": 1}), "unreadable", "no choice"),
    "choice of another kind": (with_fields(choices=["yes"]), "unreadable", "no choice"),
    "no message": (with_choice(message=None), "unreadable", "no choice"),
    "null content": (with_message(content=None), "empty", "no content"),
    "number for content": (with_message(content=7), "unreadable", "no text"),
    "refusal": (with_message(content=None, refusal="I can't"), "refused", "I can't"),
    "content filter": (with_choice(finish_reason="content_filter"), "refused", "content filter"),
    "error inside": (Said(body={"error": {"message": "upstream", "code": 502}}), "unavailable", "upstream"),
    "429 inside": (Said(body={"error": {"message": "upstream", "code": 429}}), "limited", "upstream"),
}


@pytest.mark.parametrize("name", TROUBLES)
def test_every_trouble_has_its_kind(chats, way, name):
    answer, kind, said = TROUBLES[name]
    found = ask(chats, answer, url=way)
    assert isinstance(found, Trouble), found
    assert found.kind == kind
    assert said in str(found)
    assert found.where == way
    assert len(chats.asked) == 1


SURVIVED = {
    "other model": (with_fields(model="large-2026"), {"model": "large-2026"}),
    "no model": (with_fields(model=None), {"model": None}),
    "model of another kind": (with_fields(model=["x"]), {"model": None}),
    "no usage": (with_fields(usage=None), {"input_tokens": None, "output_tokens": None}),
    "usage of another kind": (with_fields(usage=[7]), {"input_tokens": None, "output_tokens": None}),
    "usage of nobody": (
        with_fields(usage={"prompt_tokens": -1, "completion_tokens": 10**30}),
        {"input_tokens": None, "output_tokens": None},
    ),
    "usage that is true": (
        with_fields(usage={"prompt_tokens": True, "completion_tokens": "3"}),
        {"input_tokens": None, "output_tokens": None},
    ),
    "cut": (with_choice(finish_reason="length"), {"cut": True}),
    "thought until the end": (
        with_choice(finish_reason="length", message={"role": "assistant", "content": None}),
        {"text": "", "cut": True, "output_tokens": 3},
    ),
    "no reason": (with_choice(finish_reason=None), {"finish_reason": None}),
    "nothing said": (with_message(content=""), {"text": ""}),
    "parts": (
        with_message(content=[{"type": "text", "text": "one "}, {"type": "text", "text": "two"}]),
        {"text": "one two"},
    ),
    "half a pair": (
        Said(body=json.dumps(completion("x \ud83d y")).encode()),
        {"text": "x � y"},
    ),
    "both halves": (Said(body=json.dumps(completion("\U0001f600")).encode()), {"text": "\U0001f600"}),
    "invalid UTF-8": (
        Said(body=json.dumps(completion("caf@")).encode().replace(b"@", b"\xe9")),
        {"text": "caf�"},
    ),
    "byte order mark": (
        Said(body=b"\xef\xbb\xbf" + json.dumps(completion()).encode()),
        {"text": "well said"},
    ),
    "not a number": (
        Said(body=json.dumps(with_choice(logprobs=float("nan"))).encode()),
        {"text": "well said"},
    ),
    "called a page": (Said(headers={"Content-Type": "text/html"}), {"text": "well said"}),
    "unheard-of charset": (
        Said(headers={"Content-Type": "application/json; charset=klingon"}),
        {"text": "well said"},
    ),
    "control characters in the model": (with_fields(model="a\x1b[31m\nb"), {"model": "a [31m b"}),
}


@pytest.mark.parametrize("name", SURVIVED)
def test_what_can_be_read_is_read(chats, way, name):
    answer, expected = SURVIVED[name]
    found = ask(chats, answer, url=way)
    assert {field: getattr(found, field) for field in expected} == expected


def test_half_pairs_can_be_asked(chats):
    assert ask(chats, asked=request("x \ud83d y")).text == "well said"
    assert chats.asked[0]["messages"][1]["content"] == "x � y"


def test_a_server_that_drips_is_not_waited_for(chats, way):
    began = time.monotonic()
    found = ask(chats, Said(drip=0.05), seconds=0.4, url=way)
    assert (found.kind, time.monotonic() - began < 3) == ("timeout", True)
    assert "0.4 seconds" in str(found)


def test_a_server_that_is_silent_is_not_waited_for(chats):
    assert ask(chats, Said(delay=5), seconds=0.3).kind == "timeout"


def test_nobody_there(chats):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    chat = open_chat(f"http://127.0.0.1:{port}/v1", name="tiny", seconds=5)
    with pytest.raises(Trouble) as caught:
        run(chat.complete(request()))
    assert caught.value.kind == "unreachable"


@pytest.mark.parametrize(
    ("headers", "low", "high"),
    [
        ({"Retry-After": "7"}, 7, 7),
        ({"Retry-After": "1.5"}, 1.5, 1.5),
        ({"retry-after-ms": "250", "Retry-After": "9"}, 0.25, 0.25),
        ({"Retry-After": "-3"}, 0, 0),
    ],
)
def test_how_long_to_wait(chats, headers, low, high):
    assert low <= ask(chats, Said(status=429, headers=headers)).retry_after <= high


@pytest.mark.parametrize(("ahead", "low", "high"), [(3600, 1800, 3601), (-3600, 0, 0)])
def test_how_long_to_wait_until_a_date(chats, ahead, low, high):
    """The date is made here: one made when the tests are collected is old by the time a long run comes to it."""
    headers = {"Retry-After": formatdate(time.time() + ahead, usegmt=True)}
    assert low <= ask(chats, Said(status=429, headers=headers)).retry_after <= high


@pytest.mark.parametrize("said", ["soon", "nan", "inf", "", "9" * 400, "Thu, 99 Jan 2026 00:00:00 GMT"])
def test_no_sense_in_how_long_to_wait(chats, said):
    assert ask(chats, Said(status=503, headers={"Retry-After": said})).retry_after is None


def test_max_tokens_has_a_newer_name(chats):
    def answer(asked, number):
        if "max_tokens" in asked:
            return Said(
                status=400, body={"error": {"message": "Unsupported: use 'max_completion_tokens' instead."}}
            )
        return completion()

    chats.answer = answer
    chat = open_chat(chats.url, name="tiny")

    async def twice():
        with pytest.raises(Trouble) as caught:
            await chat.complete(request(max_tokens=9))
        return caught.value.kind, await chat.complete(request(max_tokens=9))

    kind, found = run(twice())
    assert (kind, found.text) == ("unavailable", "well said")
    assert chats.asked[1]["max_completion_tokens"] == 9


def test_connections_are_kept_and_closed(chats):
    chat = open_chat(chats.url, name="tiny", parallel=4)

    async def many():
        await asyncio.gather(*(chat.complete(request(f"{at}")) for at in range(40)))

    run(many())
    assert chats.connections <= 4
    run(many())  # in another event loop
    assert len(chats.asked) == 80


LEAKS = {
    "401": lambda key: Said(status=401, body={"error": {"message": f"Incorrect API key: {key}"}}),
    "400": lambda key: Said(status=400, body={"error": {"message": f"you sent Bearer {key}."}}),
    "500": lambda key: Said(status=500, body={"detail": key}),
    "429": lambda key: Said(status=429, body={"error": {"message": key, "code": key}}),
    "page": lambda key: Said(status=500, body=f"<html>{key}".encode()),
    "no JSON": lambda key: Said(body=f"{key}{{".encode()),
    "redirect": lambda key: Said(status=302, headers={"Location": f"http://127.0.0.1:9/{key}"}),
    "refusal": lambda key: with_message(content=None, refusal=f"who is {key}"),
    "error inside": lambda key: Said(body={"error": {"message": f"{key}", "code": key}}),
    "broken head": lambda key: Said(headers={"Content-Length": key}),
    "encoding": lambda key: Said(headers={"Content-Encoding": "gzip", "X-Key": key}, body=key.encode()),
    "reset": lambda key: Said(reset=True),
    "timeout": lambda key: Said(delay=5),
    "answer": lambda key: completion(f"The key is {key}.", model=key, finish=key) | {"id": key},
}


@pytest.mark.parametrize("name", LEAKS)
def test_no_secret_is_repeated(chats, way, canary, monkeypatch, caplog, name):
    monkeypatch.setenv("GATEWAY_PASS", "gw-canary-77aa0b31")
    caplog.set_level(logging.DEBUG)
    chats.answer = lambda *_: LEAKS[name](canary)
    chat = open_chat(
        way,
        name="tiny",
        seconds=0.5 if name == "timeout" else 5.0,
        headers={"X-Gateway-Key": "${GATEWAY_PASS}"},
    )

    async def once():
        try:
            return await chat.complete(request())
        except Trouble as trouble:
            # Values of local variables too, which some programs show.
            frames = traceback.TracebackException.from_exception(trouble, capture_locals=True)
            behind = repr((trouble.__cause__, trouble.__context__))
            return repr(trouble), str(trouble), "".join(frames.format()), behind

    found = run(once())
    assert chats.heads[0]["x-gateway-key"] == "gw-canary-77aa0b31"
    seen = [repr(found), str(found), repr(chat), str(vars(chat))]
    seen += [record.getMessage() for record in caplog.records]
    if isinstance(found, tuple):
        assert found[3] == "(None, None)"
        seen += found
    assert [text for text in seen if canary in text or "gw-canary" in text] == []
