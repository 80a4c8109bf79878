import pickle

import pytest

from holdfast.backends.chats.opening import open_chat
from holdfast.backends.chats.secrets import Secrets
from holdfast.errors import UsageError


@pytest.fixture(autouse=True)
def _environment(monkeypatch, canary):
    monkeypatch.setenv("THE_KEY", f" {canary}\n")
    monkeypatch.delenv("OPENAI_API_KEY", raising=False)
    monkeypatch.delenv("OPENAI_CUSTOM_HEADERS", raising=False)
    monkeypatch.delenv("NOT_SET", raising=False)


def test_a_key_is_read_when_it_is_needed_and_shown_nowhere(canary):
    secrets = Secrets(variable="THE_KEY", given={"X-Token": "Bearer ${THE_KEY}", "X-Team": "tail"})
    assert secrets.key() == canary
    assert secrets.headers() == {"X-Token": f"Bearer {canary}", "X-Team": "tail"}
    assert canary not in repr(secrets)
    assert canary.encode() not in pickle.dumps((secrets.variable, dict(secrets.given)))


def test_what_servers_quote_is_hidden(monkeypatch, canary):
    monkeypatch.setenv("OPENAI_CUSTOM_HEADERS", "X-Pass: Bearer custom-1234567\nX-Empty:")
    secrets = Secrets(variable="THE_KEY")
    assert secrets.hiding()(f"a {canary} b custom-1234567 c") == "a … b … c"


def test_short_values_are_words(monkeypatch):
    monkeypatch.setenv("THE_KEY", "EMPTY")
    assert Secrets(variable="THE_KEY").hiding()("EMPTY shelves") == "EMPTY shelves"


def test_no_key_is_no_error():
    assert Secrets(variable="NOT_SET").key() == ""
    assert not Secrets(variable="NOT_SET").has_key


@pytest.mark.parametrize(
    ("variable", "given"),
    [
        ("sk-canary-4f1d9a7be20c5513", {}),
        ("", {}),
        ("THE_KEY", {"Authorization": "Bearer sk-canary-4f1d9a7be20c5513"}),
        ("THE_KEY", {"api-key": "sk-canary-4f1d9a7be20c5513"}),
        ("THE_KEY", {"X-Team": "${NOT_SET}"}),
        ("THE_KEY", {"X-Team": "two\r\nX-Other: lines"}),
        ("THE_KEY", {"X Team": "tail"}),
        ("THE_KEY", {"Idempotency-Key": "mine"}),
        ("THE_KEY", {"Host": "elsewhere"}),
    ],
)
def test_what_cannot_be_sent_is_refused_without_being_repeated(variable, given, canary):
    with pytest.raises(UsageError) as caught:
        Secrets(variable=variable, given=given)
    assert canary not in str(caught.value)


def test_a_key_that_is_none_is_refused(monkeypatch):
    monkeypatch.setenv("THE_KEY", "käse")
    with pytest.raises(UsageError, match="THE_KEY holds characters"):
        Secrets(variable="THE_KEY")


@pytest.mark.parametrize(
    "options",
    [
        {"name": None},
        {"extra_body": {"stream": True}},
        {"extra_body": {"n": 4}},
        {"extra_body": {"model": "other"}},
        {"seconds": 0},
        {"seconds": float("nan")},
        {"parallel": 0},
        {"parallel": True},
        {"key": "no such name"},
    ],
)
def test_options_that_cannot_be_used(options):
    with pytest.raises(UsageError):
        open_chat("http://localhost:9/v1", **({"name": "tiny"} | options))


@pytest.mark.parametrize(
    "url", ["ftp://host/v1", "http://user:pass@host/v1", "http://host/v1?key=x", "http://"]
)
def test_urls_that_cannot_be_used(url):
    with pytest.raises(UsageError) as caught:
        open_chat(url, name="tiny")
    assert "pass" not in str(caught.value).replace("password", "")


def test_folders_know_no_headers(tmp_path):
    with pytest.raises(UsageError, match="for servers"):
        open_chat(tmp_path, headers={"X-Team": "tail"})


def test_the_name_says_model_and_host():
    chat = open_chat("http://localhost:9/v1/chat/completions", name="tiny")
    assert (chat.name, chat.where, chat.provider) == ("tiny@localhost:9", "http://localhost:9/v1", "openai")
