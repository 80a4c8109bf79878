"""Asking a server that chats: what our client keeps of what a bare load generator achieves, and whether its memory stays flat.

    python benchmarks/chats.py

A fake server, a bare load generator and our client each run in a process of their own, on this machine. The server answers each
request after a declared latency; the load generator writes the same bytes over sockets that stay open, and looks at nothing but the end
of each answer, as `wrk` does. Our client does all that it does in a run: keys, ledger and answers on disk, budget, pace.
Writes benchmarks/results/chats.md.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import platform
import subprocess
import sys
import tempfile
import time
from pathlib import Path

SAID = b'{"id":"chatcmpl-%d","object":"chat.completion","model":"tiny","choices":[{"index":0,"message":{"role":"assistant","content":"I lost my card on holiday and cannot find the number to call, can you block it for me please?"},"finish_reason":"stop"}],"usage":{"prompt_tokens":112,"completion_tokens":23,"total_tokens":135}}'
PROMPT = (
    "Write one message that a customer writes to a bank. It is about: a lost card. The customer is in a hurry, writes on a phone, "
    "and uses few words. These are real ones:\n- my card is gone\n- lost my card yesterday what now\n- please block my card\n"
    "Write only the message, number %d."
)
SECONDS = 20.0
"""A pair of figures takes no longer on each side, and fewer requests where it would."""


class Server(asyncio.Protocol):
    """Answers every request after the same time."""

    latency = 0.0
    count = 0

    def connection_made(self, transport):
        """Nothing has come yet."""
        self.transport, self.got = transport, b""

    def data_received(self, data):
        """Answers whatever is whole."""
        self.got += data
        while True:
            head, end, rest = self.got.partition(b"\r\n\r\n")
            if not end:
                return
            length = int(head.lower().partition(b"content-length: ")[2].partition(b"\r\n")[0])
            if len(rest) < length:
                return
            self.got = rest[length:]
            Server.count += 1
            body = SAID % Server.count
            answer = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n%b" % (
                len(body),
                body,
            )
            if self.latency:
                asyncio.get_running_loop().call_later(self.latency, self.transport.write, answer)
            else:
                self.transport.write(answer)


async def serve(latency: float) -> None:
    Server.latency = latency
    server = await asyncio.get_running_loop().create_server(Server, "127.0.0.1", 0, backlog=512)
    print(server.sockets[0].getsockname()[1], flush=True)
    await server.serve_forever()


class Load(asyncio.Protocol):
    """One connection that sends the next request when an answer has come."""

    def __init__(self, left, done):
        self.left, self.done, self.got = left, done, b""

    def connection_made(self, transport):
        """Sends the first."""
        self.transport = transport
        self.send()

    def send(self):
        """Sends the next, or ends."""
        number = next(self.left, None)
        if number is None:
            self.transport.close()
            self.done.set_result(None)
            return
        body = json.dumps(
            {"model": "tiny", "messages": [{"role": "user", "content": PROMPT % number}]}
        ).encode()
        self.transport.write(
            b"POST /v1/chat/completions HTTP/1.1\r\nHost: here\r\nContent-Type: application/json\r\n"
            b"Content-Length: %d\r\n\r\n%b" % (len(body), body)
        )

    def data_received(self, data):
        """Sends the next when the answer is whole."""
        self.got += data
        head, end, rest = self.got.partition(b"\r\n\r\n")
        if end and len(rest) >= int(head.rpartition(b": ")[2]):
            self.got = b""
            self.send()


async def bare(port: int, width: int, count: int) -> None:
    loop = asyncio.get_running_loop()
    left, ends = iter(range(count)), [loop.create_future() for _ in range(width)]
    for end in ends:
        await loop.create_connection(lambda end=end: Load(left, end), "127.0.0.1", port)
    await asyncio.gather(*ends)


def ours(port: int, width: int, count: int) -> list[tuple[int, float]]:
    """Memory by requests done, in MB."""
    from holdfast.backends.chats import Answer, ChatRequest, Message, Parameters
    from holdfast.backends.chats.asker import Asker, Endpoint, each, run
    from holdfast.backends.chats.budget import Budget, Price
    from holdfast.backends.chats.opening import open_chat
    from holdfast.backends.chats.store import AnswerStore

    answered, memory = 0, []

    def done(found) -> None:
        nonlocal answered
        answered += isinstance(found, Answer)
        if answered % max(count // 10, 1) == 0:
            memory.append((answered, megabytes()))

    with (
        tempfile.TemporaryDirectory() as folder,
        AnswerStore(Path(folder) / "answers.sqlite", run="one") as store,
    ):
        chat = open_chat(f"http://127.0.0.1:{port}/v1", name="tiny", parallel=width)
        endpoint = Endpoint(chat=chat, parallel=width, price=Price(input="0.15", output="0.6"))
        asker = Asker({"a": endpoint}, store, Budget(cost=1_000, tokens=10**9))

        async def work(number):
            messages = (Message(role="user", content=PROMPT % number),)
            parameters = Parameters(temperature=0.8, max_tokens=64, seed=number)
            asked = ChatRequest(record=f"r-{number}", messages=messages, parameters=parameters)
            return await asker.ask(asked, "a")

        run(each(range(count), work, width=width, done=done))
        if answered != count or asker.tally.retried:
            raise SystemExit(f"only {answered} of {count} were answered: {asker.tally.plain()}")
    return memory


def megabytes() -> float:
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 1e6


def client(kind: str, port: int, width: int, count: int) -> None:
    """One side in this process; says requests a second, milliseconds of a core for each, and memory."""
    warm = max(width, 64)
    if kind == "bare":
        asyncio.run(bare(port, width, warm))
    else:
        ours(port, width, warm)
    wall, core = time.perf_counter(), time.process_time()
    memory = asyncio.run(bare(port, width, count)) if kind == "bare" else ours(port, width, count)
    wall, core = time.perf_counter() - wall, time.process_time() - core
    print(json.dumps({"rate": count / wall, "ms": 1_000 * core / count, "memory": memory or []}))


def measured(kind: str, port: int, width: int, count: int) -> dict:
    environment = {name: value for name, value in os.environ.items() if not name.lower().endswith("_proxy")}
    command = [
        sys.executable,
        __file__,
        kind,
        "--port",
        str(port),
        "--width",
        str(width),
        "--count",
        str(count),
    ]
    done = subprocess.run(command, capture_output=True, text=True, check=True, env=environment)
    return json.loads(done.stdout.splitlines()[-1])


def compared(latency: float, width: int, *, requests: int, repeats: int) -> dict:
    """The best of each side over some repeats, taken in turns: what disturbs them is what else runs on the machine."""
    count = min(requests, int(SECONDS * width / latency)) if latency else requests
    found: dict[str, list[dict]] = {"bare": [], "ours": []}
    with subprocess.Popen(
        [sys.executable, __file__, "serve", "--latency", str(latency)], stdout=subprocess.PIPE, text=True
    ) as server:
        try:
            port = int(server.stdout.readline())
            for _ in range(repeats):
                for kind, sides in found.items():
                    sides.append(measured(kind, port, width, count))
        finally:
            server.terminate()
    best = {kind: max(sides, key=lambda side: side["rate"]) for kind, sides in found.items()}
    return {"latency": latency, "width": width, "count": count, **best}


def line(found: dict) -> str:
    one, two = found["bare"], found["ours"]
    return (
        f"| {1_000 * found['latency']:.0f} ms | {found['width']} | {found['count']:,} | {one['rate']:,.0f} | {two['rate']:,.0f} | "
        f"{100 * two['rate'] / one['rate']:.0f} % | {one['ms']:.2f} | {two['ms']:.2f} |"
    )


HEAD = (
    "| latency | at a time | requests | bare, a second | ours, a second | kept | bare, ms of a core | ours, ms of a core |\n"
    "|---|---|---|---|---|---|---|---|"
)


def page(rows: list[dict], repeats: int) -> str:
    longest = max((row for row in rows if row["count"] >= 1_000), key=lambda row: row["count"])
    memory = longest["ours"]["memory"]
    return "\n".join(
        [
            "# Asking a server that chats",
            "",
            f"Written by `benchmarks/chats.py` on {os.cpu_count()} cores of a machine that others used as well ({platform.machine()}, Python "
            f"{platform.python_version()}, one-minute load {os.getloadavg()[0]:.1f}). Server, load generator and client are processes of their own, in Python, on "
            f"one machine; each figure is the best of {repeats}, taken in turns. Ours writes ledger and answers to disk, keeps a budget of tokens and money, "
            "and adapts to 429s.",
            "",
            HEAD,
            *map(line, rows),
            "",
            "A server that takes no time at all answers as fast as the cores allow: there the figure says what a request costs us "
            "beside the bare one, nearly all of it in the SDK and its HTTP library. Servers that write with a model take 0.1 s and more.",
            "",
            f"## Memory of our client, {longest['count']:,} requests, {longest['width']} at a time, {1_000 * longest['latency']:.0f} ms",
            "",
            "| answered | MB |",
            "|---|---|",
            *(f"| {count:,} | {size:.1f} |" for count, size in memory),
            "",
        ]
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("kind", nargs="?", choices=["serve", "bare", "ours"])
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--width", type=int, default=16)
    parser.add_argument("--count", type=int, default=1_000)
    parser.add_argument("--latency", type=float, default=0.0)
    parser.add_argument("--requests", type=int, default=10_000)
    parser.add_argument("--repeats", type=int, default=2)
    parser.add_argument("--out", type=Path, default=Path(__file__).parent / "results" / "chats.md")
    asked = parser.parse_args()
    if asked.kind == "serve":
        asyncio.run(serve(asked.latency))
    elif asked.kind:
        client(asked.kind, asked.port, asked.width, asked.count)
    else:
        rows = []
        for latency in (0.0, 0.02, 0.1, 0.3, 1.0):
            for width in (16, 64):
                rows.append(compared(latency, width, requests=asked.requests, repeats=asked.repeats))
                print(line(rows[-1]), flush=True)
        asked.out.write_text(page(rows, asked.repeats))
        print(asked.out.read_text())


if __name__ == "__main__":
    main()
