"""Who is let in, what may be changed, and what a browser may do with a page: asked over a real socket."""

import socket
from urllib.parse import urlencode

import pytest

from holdfast.reviews.decisions.store import Decisions
from holdfast.reviews.server.guard import HEADERS

SECRETS = (b"row", b"holdfast", b"Ada")


@pytest.fixture
def door(wire):
    with wire() as made:
        yield made


def saved(folder):
    with Decisions(folder / "decisions.sqlite", read_only=True) as held:
        return len(held.all())


def test_the_token_is_exchanged_for_a_cookie_and_leaves_the_address(door):
    status, headers, body = door.ask("GET", f"/?{door.entry}")
    assert (status, headers["location"], body) == (303, "/", b"")
    assert headers["set-cookie"].endswith("; Path=/; HttpOnly; SameSite=Strict")
    assert door.entry.removeprefix("token=") not in headers["set-cookie"]
    door.cookie = headers["set-cookie"].split(";")[0]
    status, _, body = door.ask("GET", "/")
    assert status == 200
    assert b"Who are you?" in body
    assert b"token=" not in body


@pytest.mark.parametrize(
    "path", ["/", "/item/0?as=Ada", "/static/review.js", "/results", "/none", "/?token=wrong"]
)
def test_without_the_token_there_is_nothing(door, path):
    for method in ("GET", "HEAD", "POST", "PUT", "OPTIONS", "DELETE"):
        status, headers, body = door.ask(method, path)
        assert (status, body) == (403, b"")
        assert "set-cookie" not in headers
    door.cookie = "holdfast-1=guess; other=x"
    assert door.ask("GET", path)[0] == 403


@pytest.mark.parametrize(
    "host", [None, "", "evil.example", "127.0.0.1", "127.0.0.1:1", "localhost.evil.example"]
)
def test_a_name_from_elsewhere_does_not_lead_here(door, host):
    door.enter()
    assert door.ask("GET", "/", host=host)[0] in (400, 403)
    assert door.ask("GET", f"/?{door.entry}", host=host)[0] in (400, 403)


def test_this_machine_has_three_names(door):
    door.enter()
    for host in ("localhost", "127.0.0.1", "[::1]"):
        assert door.ask("GET", "/", host=f"{host}:{door.port}")[0] == 200


def test_it_listens_on_this_machine_only(door):
    with socket.socket() as other:
        other.settimeout(2)
        # Another address of this machine: all of 127.0.0.0/8 is loopback, and only one of them is listened on.
        assert other.connect_ex(("127.0.0.2", door.port)) != 0


@pytest.mark.parametrize(
    "headers",
    [
        {"origin": None},
        {"origin": "http://evil.example"},
        {"origin": "null"},
        {"origin": "null", "sec_fetch_site": "cross-site"},
        {"origin": "http://127.0.0.1:1"},
        {"origin": "https://127.0.0.1"},
    ],
)
def test_another_page_cannot_save(door, folder, headers):
    door.enter()
    assert door.save(**headers)[0] == 403
    assert saved(folder) == 0


@pytest.mark.parametrize("token", ["", "guess", None])
def test_a_form_must_be_ours(door, folder, token):
    door.enter()
    fields = {"as": "Ada", "item": 0, "uuid": "x", "q-verdict": "accept"}
    fields |= {} if token is None else {"token": token}
    origin = f"http://127.0.0.1:{door.port}"
    assert door.ask("POST", "/decide", urlencode(fields).encode(), origin=origin)[0] == 403
    assert saved(folder) == 0


def test_our_own_pages_can_save(door, folder):
    door.enter()
    assert door.save()[0] == 200
    assert door.save("two", origin="null", sec_fetch_site="same-origin")[0] == 200
    assert saved(folder) == 2


def test_read_only_changes_nothing(wire, folder):
    with wire() as first:
        assert first.enter().save()[0] == 200
    with wire(read_only=True) as door:
        door.enter()
        door.token = door.entry
        for method in ("POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE"):
            for path in ("/decide", "/undo", "/item/0", "/"):
                assert door.ask(method, path, b"", origin=f"http://127.0.0.1:{door.port}")[0] == 403
        assert door.save("two")[0] == 403
        page = door.ask("GET", "/item/0?as=Ada")[2]
        assert b"row" in page
        assert b'method="post"' not in page
        assert door.ask("GET", "/next?as=Ada")[1]["location"] == "/item/0?as=Ada"
    assert saved(folder) == 1


@pytest.mark.parametrize(
    "path",
    [
        "/static/../queue.json",
        "/static/..%2f..%2fqueue.json",
        "/static/%2e%2e/review.js",
        "/static//etc/passwd",
        "/static/",
        "/../../etc/passwd",
        "//evil.example/",
        "/item/../queue.json?as=Ada",
        "/item/-1?as=Ada",
        "/item/٣?as=Ada",
        "/item/999999999?as=Ada",
        "/item/0/0?as=Ada",
        "/decisions.sqlite",
    ],
)
def test_no_address_names_a_file(door, path):
    door.enter()
    status, _, body = door.ask(
        "GET", path.encode("utf-8").decode("latin-1") if path.isascii() else "/item/x?as=Ada"
    )
    assert status in (400, 404)
    assert b"root:" not in body
    assert b"holdfast.queue/1" not in body


def test_every_answer_says_what_a_browser_may_do(door):
    door.enter()
    for path in ("/", "/item/0?as=Ada", "/none", "/static/review.css", "/results", "/item/0"):
        _, headers, body = door.ask("GET", path)
        assert {name: headers[name] for name in HEADERS} == HEADERS
        assert b" style=" not in body
        assert b"onclick" not in body
        assert b"<script>" not in body
    door.cookie = ""
    assert HEADERS.items() <= door.ask("GET", "/")[1].items()


def test_what_is_too_long_is_not_read(door, folder):
    door.enter()
    status, _, _ = door.ask("POST", "/decide", b"x" * 2_000_000, origin=f"http://127.0.0.1:{door.port}")
    assert status == 413
    assert saved(folder) == 0
    assert door.ask("GET", "/")[0] == 200
