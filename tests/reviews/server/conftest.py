"""A queue, its page, and browsers that are no browsers: they send what they are told to, and nothing they are not."""

import http.client
import json
import re
import threading
from contextlib import contextmanager
from urllib.parse import urlencode, urlsplit

import pytest

from holdfast.data import read_records
from holdfast.data.lineage.schema import lineage_table
from holdfast.data.lineage.sidecar import write_lineage
from holdfast.reviews.decisions.store import Decisions
from holdfast.reviews.desk.desk import Desk
from holdfast.reviews.queues.contract import open_queue
from holdfast.reviews.queues.draw import draw_queue
from holdfast.reviews.server.guard import Guard
from holdfast.reviews.server.reply import Request
from holdfast.reviews.server.site import Site

PORT = 4242
HOSTILE = (
    "<script>alert(1)</script><img src=x onerror=alert(2)> \x1b[31mred\x1b[0m \u202eback \x00 =HYPERLINK(1) "
    "../../etc/passwd </textarea></div> {{ 7 * 7 }} {% raw %} " + "x" * 5_000
)


@pytest.fixture
def folder(tmp_path):
    """A queue of single rows that are all known to be written by one model."""
    made = [{"id": f"r{n}", "text": f"row {n}", "label": "ab"[n % 2], "filter": "reject"} for n in range(40)]
    made[7]["text"] = HOSTILE
    file = write(tmp_path / "rows.jsonl", made)
    records = read_records(file)
    lineage = {
        "id": records.ids,
        "content_hash": records.table.column("content_hash").to_pylist(),
        "source_type": ["synthetic"] * 40,
        "agent": ["secret-model"] * 40,
    }
    write_lineage(lineage_table(lineage, 40), tmp_path / "rows.lineage.parquet")
    queue = draw_queue(file, output=tmp_path / "q", rows=40, again=0.2, suggestion="filter", name="rows")
    assert queue.item(0).agent == "secret-model"
    return tmp_path / "q"


@pytest.fixture
def pairs(tmp_path):
    """What two models answer to the same."""
    sides = []
    for name, word in (("secret-model", "better"), ("other-secret", "worse")):
        made = [
            {"id": f"{word}-{n}", "prompt": f"question {n}", "completion": f" {word} {n}"} for n in range(30)
        ]
        sides.append(write(tmp_path / f"{name}.jsonl", made))
    queue = draw_queue(sides[0], against=sides[1], output=tmp_path / "qp", rows=30, again=1.0)
    assert queue.item(0).agent == "secret-model.jsonl"
    assert "secret-model" in queue.name
    return tmp_path / "qp"


def write(file, rows):
    file.write_text("".join(f"{json.dumps(row)}\n" for row in rows), encoding="utf-8")
    return file


class Visitor:
    """Somebody with the address, who asks a site without a network."""

    def __init__(self, site):
        self.site = site
        self.pages = []

    def get(self, address):
        found = urlsplit(address)
        return self._ask("GET", found.path, found.query, b"", {})

    def post(self, path, fields, **headers):
        body = urlencode({"token": self.site.guard.form, **fields}, doseq=True).encode()
        return self._ask("POST", path, "", body, {"origin": f"http://127.0.0.1:{PORT}", **headers})

    def decide(self, who, item, uuid, **answers):
        fields = {"as": who, "item": item, "uuid": uuid, **answers}
        return self.post("/decide", fields, accept="application/json")

    def _ask(self, method, path, query, body, headers):
        guard = self.site.guard
        sent = {"host": f"127.0.0.1:{PORT}", "cookie": f"{guard.cookie}={guard.session}", **headers}
        request = Request(
            method=method,
            path=path,
            query=query,
            headers={name: (value,) for name, value in sent.items()},
            body=body,
        )
        reply = self.site.answer(request)
        self.pages.append((reply.body.decode(), dict(reply.headers)))
        return reply


@pytest.fixture
def visit():
    """A function that opens the page of a queue."""
    opened = []

    def make(folder, *, read_only=False, reviewers=()):
        queue = open_queue(folder)
        decisions = Decisions(queue.decisions_file, read_only=read_only)
        opened.append(decisions)
        guard = Guard(port=PORT, read_only=read_only)
        return Visitor(Site(Desk(queue, decisions), decisions, guard, reviewers=reviewers))

    yield make
    for one in opened:
        one.close()


class Wire:
    """A page behind a socket, and requests that are written by hand."""

    def __init__(self, page):
        parts = urlsplit(page.address)
        self.port, self.entry = parts.port, parts.query
        self.cookie, self.token = "", ""

    def ask(self, method, path, body=None, **headers):
        """Status, headers and body; `host=None` and the like leave a header out."""
        sent = {"host": f"127.0.0.1:{self.port}", "cookie": self.cookie or None}
        sent |= {name.replace("_", "-"): value for name, value in headers.items()}
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=20)
        try:
            connection.putrequest(method, path, skip_host=True, skip_accept_encoding=True)
            for name, value in sent.items():
                if value is not None:
                    connection.putheader(name, value)
            if body is not None:
                connection.putheader("content-length", str(len(body)))
            connection.endheaders(body)
            reply = connection.getresponse()
            return reply.status, dict(reply.getheaders()), reply.read()
        finally:
            connection.close()

    def enter(self):
        _, headers, _ = self.ask("GET", f"/?{self.entry}")
        self.cookie = headers["set-cookie"].split(";")[0]
        page = self.ask("GET", "/item/0?as=Ada")[2].decode()
        found = re.search('name="token" value="([^"]+)"', page)
        self.token = found.group(1) if found else ""
        return self

    def save(self, uuid="one", **headers):
        headers.setdefault("origin", f"http://127.0.0.1:{self.port}")
        fields = {"as": "Ada", "item": 0, "uuid": uuid, "q-verdict": "accept", "token": self.token}
        return self.ask("POST", "/decide", urlencode(fields).encode(), accept="application/json", **headers)


@pytest.fixture
def wire(folder):
    """A function that serves the page over a real socket."""

    @contextmanager
    def make(**options):
        pytest.importorskip("uvicorn")
        from holdfast.reviews.server.run import serving

        with serving(folder, **options) as page:
            thread = threading.Thread(target=page.run)
            thread.start()
            try:
                yield Wire(page)
            finally:
                page.stop()
                thread.join(20)
            assert not thread.is_alive()

    return make
