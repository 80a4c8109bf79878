"""A server that is ended without a warning, while somebody decides: what it called saved is saved."""

import http.client
import json
import random
import re
import subprocess
import sys
import threading
from urllib.parse import urlencode, urlsplit

import pytest

from holdfast.reviews.decisions.store import Decisions

SERVE = "import sys; from holdfast.cli import main; main(['serve', *sys.argv[1:], '--no-browser'])"


class Line:
    """One connection to a server in a process of its own."""

    def __init__(self, folder):
        self.process = subprocess.Popen(  # noqa: S603 - this Python and a program written above
            [sys.executable, "-c", SERVE, str(folder)], stdout=subprocess.PIPE, text=True
        )
        address = urlsplit(self.process.stdout.readline().strip())
        self.base = f"http://{address.netloc}"
        self.line = http.client.HTTPConnection("127.0.0.1", address.port, timeout=60)
        self.cookie = ""
        self.cookie = self.ask("GET", f"/?{address.query}")[0].headers["set-cookie"].split(";")[0]
        self.token = re.search('name="token" value="([^"]+)"', self.ask("GET", "/item/0?as=Ada")[1]).group(1)

    def ask(self, method, path, fields=None):
        headers = {"cookie": self.cookie, "accept": "application/json", "origin": self.base}
        self.line.request(method, path, None if fields is None else urlencode(fields), headers)
        reply = self.line.getresponse()
        return reply, reply.read().decode()

    def save(self, item, uuid):
        fields = {"token": self.token, "as": "Ada", "item": item, "uuid": uuid, "q-verdict": "accept"}
        return json.loads(self.ask("POST", "/decide", fields)[1])

    def end(self):
        self.process.kill()
        self.process.wait(30)
        self.process.stdout.close()
        self.line.close()


@pytest.mark.slow
def test_what_was_called_saved_survives_the_end_of_the_server(folder):
    pytest.importorskip("uvicorn")
    rng = random.Random(3)  # noqa: S311 - no secret
    confirmed, asked = [], []
    for turn in range(5):
        line = Line(folder)
        timer = threading.Timer(rng.uniform(0.02, 0.4), line.process.kill)
        timer.start()
        try:
            # The same items are decided again and again: what matters is the events.
            for number in range(100_000):
                asked.append(f"{turn}-{number}")
                if line.save(number % 40, asked[-1])["saved"]:
                    confirmed.append(asked[-1])
        except (OSError, http.client.HTTPException):
            pass
        finally:
            timer.join()
            line.end()
    with Decisions(folder / "decisions.sqlite", read_only=True) as decisions:
        kept = [one.uuid for one in decisions.all()]
    assert set(confirmed) <= set(kept) <= set(asked)
    assert len(kept) == len(set(kept))
    assert confirmed, "somebody decided something"

    # Whoever asks again with the same uuid after a broken line decides nothing twice.
    line = Line(folder)
    try:
        last = asked[-1]
        assert line.save(int(last.partition("-")[2]) % 40, last)["saved"]
        assert line.save(int(last.partition("-")[2]) % 40, last)["saved"]
    finally:
        line.end()
    with Decisions(folder / "decisions.sqlite", read_only=True) as decisions:
        assert [one.uuid for one in decisions.all()].count(last) == 1
