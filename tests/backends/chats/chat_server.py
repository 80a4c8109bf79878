"""A server that chats, on this machine, for one test: it does well what it is asked, or badly what it is told to."""

from __future__ import annotations

import asyncio
import json
import socket
import struct
import threading
from collections import Counter
from dataclasses import dataclass, field


@dataclass
class Said:
    """What is answered to one request.

    Attributes:
        status: The status.
        body: JSON, or bytes as they are; None for a right answer.
        headers: More headers.
        delay: Seconds before the first byte.
        drip: Seconds between two bytes of the body.
        reset: Whether the connection is reset in the place of an answer.
        cut: Bytes of the body that come before the connection ends.
    """

    status: int = 200
    body: object = None
    headers: dict[str, str] = field(default_factory=dict)
    delay: float = 0.0
    drip: float = 0.0
    reset: bool = False
    cut: int | None = None


def completion(text="well said", *, model="tiny", finish="stop", tokens=(7, 3)):
    """A right answer."""
    return {
        "id": "chatcmpl-1",
        "object": "chat.completion",
        "model": model,
        "choices": [{"index": 0, "message": {"role": "assistant", "content": text}, "finish_reason": finish}],
        "usage": {
            "prompt_tokens": tokens[0],
            "completion_tokens": tokens[1],
            "total_tokens": sum(tokens),
        },
    }


class ChatServer:
    """Answers what `answer` says: called with the request's JSON and its number, from 0, it returns a `Said` or a body.

    Attributes:
        asked: The JSON of every request.
        heads: Headers of every request, by lower-case name.
        keys: How often each Idempotency-Key was seen.
        most: Requests that were on their way at one moment, at most.
        connections: Connections that were opened.
    """

    def __init__(self, answer=None):
        self.answer = answer or (lambda asked, number: completion(model=asked["model"]))
        self.asked = []
        self.heads = []
        self.keys = Counter()
        self.most = 0
        self.connections = 0
        self._now = 0
        self._loop = asyncio.new_event_loop()
        self._tasks = set()
        self._socket = socket.create_server(("127.0.0.1", 0), backlog=256)
        self._thread = threading.Thread(target=self._serve)
        self._ready = threading.Event()

    @property
    def port(self):
        return self._socket.getsockname()[1]

    @property
    def url(self):
        return f"http://127.0.0.1:{self.port}/v1"

    def __enter__(self):
        self._thread.start()
        self._ready.wait()
        return self

    def __exit__(self, *_):
        self._loop.call_soon_threadsafe(self._end.set)
        self._thread.join()

    def _serve(self):
        asyncio.set_event_loop(self._loop)
        self._loop.run_until_complete(self._main())
        self._loop.close()

    async def _main(self):
        self._end = asyncio.Event()
        server = await asyncio.start_server(self._connected, sock=self._socket)
        self._ready.set()
        await self._end.wait()
        server.close()
        for task in list(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _connected(self, reader, writer):
        self.connections += 1
        task = asyncio.current_task()
        self._tasks.add(task)
        try:
            while await self._one(reader, writer):
                pass
        except (ConnectionError, asyncio.IncompleteReadError):
            pass
        except asyncio.CancelledError:
            pass
        finally:
            self._tasks.discard(task)
            writer.close()

    async def _one(self, reader, writer):
        line, *lines = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").strip().split("\r\n")
        head = {name.lower(): value.strip() for name, _, value in (each.partition(":") for each in lines)}
        asked = json.loads(await reader.readexactly(int(head["content-length"])))
        number = len(self.asked)
        self.asked.append(asked)
        self.heads.append(head)
        self.keys[head.get("idempotency-key")] += 1
        self._now += 1
        self.most = max(self.most, self._now)
        try:
            # A proxy is asked for the whole address.
            if not line.startswith("POST ") or not line.split()[1].endswith("/v1/chat/completions"):
                said = Said(status=404, body={"detail": "Not Found"})
            else:
                said = self.answer(asked, number)
            said = said if isinstance(said, Said) else Said(body=said)
            return await self._say(said, asked, writer)
        finally:
            self._now -= 1

    async def _say(self, said, asked, writer):
        if said.delay:
            await asyncio.sleep(said.delay)
        if said.reset:
            linger = struct.pack("ii", 1, 0)  # the next close sends RST in the place of FIN
            writer.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
            writer.transport.abort()
            return False
        body = completion(model=asked["model"]) if said.body is None else said.body
        data = body if isinstance(body, bytes) else json.dumps(body).encode()
        head = {"Content-Type": "application/json", "Content-Length": str(len(data)), **said.headers}
        shown = "".join(f"{name}: {value}\r\n" for name, value in head.items())
        writer.write(f"HTTP/1.1 {said.status} Said\r\n{shown}\r\n".encode("latin-1"))
        if said.cut is not None:
            writer.write(data[: said.cut])
            await writer.drain()
            return False
        if said.drip:
            for place in range(len(data)):
                writer.write(data[place : place + 1])
                await writer.drain()
                await asyncio.sleep(said.drip)
        else:
            writer.write(data)
        await writer.drain()
        return True
