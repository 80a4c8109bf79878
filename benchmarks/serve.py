"""How quick the review page is with 100,000 items, whether its memory stays flat, and whether a decision that it called saved survives.

python benchmarks/serve.py speed
python benchmarks/serve.py kill --times 30
"""

from __future__ import annotations

import argparse
import http.client
import os
import random
import re
import resource
import signal
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path
from statistics import median
from urllib.parse import urlencode, urlsplit

from holdfast.reviews.decisions.store import Decisions
from holdfast.reviews.queues.draw import draw_queue

SERVE = "import sys; from holdfast.cli import main; main(['serve', *sys.argv[1:], '--no-browser'])"


class Page:
    """A server in a process of its own, and somebody who uses it over one connection."""

    def __init__(self, queue: Path) -> None:
        begun = time.perf_counter()
        self.process = subprocess.Popen(
            [sys.executable, "-c", SERVE, str(queue)], stdout=subprocess.PIPE, text=True
        )
        address = urlsplit(self.process.stdout.readline().strip())
        self.started = time.perf_counter() - begun
        self.base = f"http://{address.netloc}"
        self.line = http.client.HTTPConnection("127.0.0.1", address.port, timeout=30)
        reply, _ = self.ask("GET", f"/?{address.query}")
        self.cookie = reply.headers["set-cookie"].split(";")[0]
        self.token = ""

    cookie = ""

    def ask(self, method, path, fields=None):
        """A reply, and its body."""
        headers = {"cookie": self.cookie, "accept": "application/json"}
        body = None
        if fields is not None:
            body = urlencode(fields)
            headers |= {"origin": self.base, "content-type": "application/x-www-form-urlencoded"}
        self.line.request(method, path, body, headers)
        reply = self.line.getresponse()
        return reply, reply.read().decode()

    def item(self, who):
        """The page of the next item, and its number."""
        reply, _ = self.ask("GET", f"/next?as={who}")
        return self.open(reply.headers["location"])

    def open(self, address):
        """Shows the item of an address; its number."""
        _, body = self.ask("GET", address)
        self.token = re.search('name="token" value="([^"]+)"', body).group(1)
        return int(address.split("/")[2].split("?")[0])

    def save(self, who, item, uuid):
        """Decides an item."""
        fields = {"token": self.token, "as": who, "item": item, "uuid": uuid, "q-verdict": "accept"}
        return self.ask("POST", "/decide", fields)

    def worked(self):
        """Seconds of processor time that the server took."""
        fields = Path(f"/proc/{self.process.pid}/stat").read_text(encoding="ascii").rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def resident(self):
        """MiB that the server holds."""
        text = Path(f"/proc/{self.process.pid}/status").read_text(encoding="ascii")
        return int(re.search(r"VmRSS:\s+(\d+)", text).group(1)) / 1024

    def stop(self, number=signal.SIGTERM):
        """Ends the server."""
        self.process.send_signal(number)
        self.process.wait(30)
        self.process.stdout.close()
        self.line.close()


def speed(rows: int, decisions: int) -> None:
    with tempfile.TemporaryDirectory() as folder:
        queue = Path(folder) / "q"
        words = ["the", "customer", "asks", "where", "parcel", "is", "and", "waits", "for", "an", "answer"]
        rng = random.Random(7)  # noqa: S311 - no secret
        made = [{"id": f"r{n}", "text": f"{n} {' '.join(rng.choices(words, k=40))}"} for n in range(rows)]
        draw_queue(made, output=queue, rows=rows)
        page = Page(queue)
        begun = time.perf_counter()
        page.ask("GET", "/")
        first = time.perf_counter() - begun
        begun = time.perf_counter()
        item = page.item("Ada")
        first_item = time.perf_counter() - begun
        taken, held, worked = [], [], page.worked()
        for number in range(decisions):
            begun = time.perf_counter()
            reply, body = page.save("Ada", item, f"u-{number}")
            if reply.status != 200:
                raise SystemExit(f"not saved: {body}")
            item = page.open(re.search(r'"next": "([^"]+)"', body).group(1))
            taken.append(time.perf_counter() - begun)
            if number % (decisions // 10) == 0:
                held.append(page.resident())
        held.append(page.resident())
        worked = page.worked() - worked
        page.stop()
    taken.sort()
    print(f"{rows:,} items; server up in {page.started:.2f} s")
    print(f"first page {1000 * first:.0f} ms, first item {1000 * first_item:.0f} ms")
    print(
        f"saved and next item shown: median {1000 * median(taken):.1f} ms, 99th of 100 {1000 * taken[int(0.99 * len(taken))]:.1f} ms, "
        f"longest {1000 * taken[-1]:.1f} ms, over {decisions:,} decisions"
    )
    print(
        f"processor time of the server: {1000 * worked / decisions:.1f} ms for each; load of the machine {os.getloadavg()[0]:.1f}"
    )
    print("memory, MiB:", " ".join(f"{one:.1f}" for one in held))
    print(f"this program: {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024:.0f} MiB")


def kill(times: int, seed: int) -> int:
    """Ends the server without a warning, again and again, while somebody decides; counts what was called saved and is not there."""
    rng = random.Random(seed)  # noqa: S311 - no secret
    confirmed: set[str] = set()
    asked = 0
    with tempfile.TemporaryDirectory() as folder:
        queue = Path(folder) / "q"
        draw_queue([{"id": f"r{n}", "text": f"row {n}"} for n in range(20_000)], output=queue, rows=20_000)
        for turn in range(times):
            page = Page(queue)
            item = page.item("Ada")
            timer = threading.Timer(rng.uniform(0.02, 1.0), page.process.kill)
            timer.start()
            try:
                while True:
                    uuid = f"{turn}-{asked}"
                    asked += 1
                    reply, body = page.save("Ada", item, uuid)
                    if reply.status == 200 and '"saved": true' in body:
                        confirmed.add(uuid)
                        item = int(re.search(r"/item/(\d+)", body).group(1))
            except (OSError, http.client.HTTPException):
                pass
            timer.join()
            page.stop(signal.SIGKILL)
        with Decisions(queue / "decisions.sqlite", read_only=True) as decisions:
            kept = [one.uuid for one in decisions.all()]
    lost = confirmed - set(kept)
    print(
        f"killed {times} times: {asked:,} asked, {len(confirmed):,} confirmed, {len(kept):,} kept, {len(lost):,} confirmed and lost"
    )
    return 1 if lost or len(kept) != len(set(kept)) else 0


if __name__ == "__main__":
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    verbs = parser.add_subparsers(dest="verb", required=True)
    verb = verbs.add_parser("speed")
    verb.add_argument("--rows", type=int, default=100_000)
    verb.add_argument("--decisions", type=int, default=1_000)
    verb = verbs.add_parser("kill")
    verb.add_argument("--times", type=int, default=30)
    verb.add_argument("--seed", type=int, default=1)
    given = parser.parse_args()
    sys.exit(kill(given.times, given.seed) if given.verb == "kill" else speed(given.rows, given.decisions))
