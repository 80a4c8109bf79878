"""Posting to one server over connections that stay open: HTTP/1.1 as far as an answer in one piece needs it, and quick.

httpx spends a millisecond of a core on each request, which at a few hundred requests a second is all there is; and its logs repeat what
servers say in their headers. This says nothing to anybody. Bodies are read whole: chunked, counted, or up to the end of the connection.
"""

from __future__ import annotations

import asyncio
import zlib
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ssl import SSLContext

_HEAD = 2**16
"""Bytes of a head; more is no answer."""
_BODY = 2**26
"""Bytes of a body: 64 MB, far beyond any answer."""
_SECONDS_TO_CONNECT = 10.0
_EITHER = 47
"""Of zlib: gzip or deflate, whichever it is."""
_BODILESS = (204, 304)


class Unreached(Exception):  # noqa: N818 - the name says what happened
    """No connection came about, so that nothing was asked."""


class Broken(Exception):  # noqa: N818 - the same
    """The connection ended, or said what is no HTTP, before the answer was whole."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Came:
    """What came back.

    Attributes:
        status: The status.
        headers: Names in lower case, and values.
        content: The body.
    """

    status: int
    headers: list[tuple[str, str]]
    content: bytes


@dataclass(frozen=True, slots=True)
class _Line:
    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter


class Wire:
    """Connections to one server, which belong to the event loop that they were opened in.

    Args:
        host: The server.
        port: Its port.
        tls: How its certificate is checked; None without TLS.
        connections: At most.
    """

    def __init__(self, host: str, port: int, *, tls: SSLContext | None, connections: int) -> None:
        self._host = host
        self._port = port
        self._tls = tls
        self._room = asyncio.Semaphore(connections)
        self._idle: list[_Line] = []

    async def post(self, head: str, body: bytes) -> Came:
        """Sends one request, and waits for all of the answer. Whoever waits no longer than he wants cancels it.

        Args:
            head: Lines that end with CR and LF, beginning with `POST`; the length of the body is added.
            body: The body.

        Raises:
            Unreached: No connection came about.
            Broken: The answer did not come whole.
        """
        said = f"{head}Content-Length: {len(body)}\r\n\r\n".encode("latin-1", "replace") + body
        async with self._room:
            line = self._take() or await self._open()
            stays = False
            try:
                line.writer.write(said)
                await line.writer.drain()
                came, stays = await _read(line.reader)
            except (OSError, EOFError, ValueError, zlib.error, asyncio.LimitOverrunError) as error:
                raise Broken(_said(error)) from None
            finally:
                if stays:
                    self._idle.append(line)
                else:
                    line.writer.transport.abort()
            return came

    async def close(self) -> None:
        """Ends all connections."""
        while self._idle:
            line = self._idle.pop()
            line.writer.close()
            try:
                await line.writer.wait_closed()
            except OSError:
                continue

    def _take(self) -> _Line | None:
        while self._idle:
            line = self._idle.pop()
            # A server ends connections that were idle for long; what it says unasked makes no sense either.
            if not (line.reader.at_eof() or line.writer.is_closing() or line.reader.exception()):
                return line
            line.writer.transport.abort()
        return None

    async def _open(self) -> _Line:
        try:
            async with asyncio.timeout(_SECONDS_TO_CONNECT):
                reader, writer = await asyncio.open_connection(
                    self._host, self._port, ssl=self._tls, limit=_HEAD, happy_eyeballs_delay=0.25
                )
        except (OSError, ValueError) as error:  # a TimeoutError is an OSError
            raise Unreached(_said(error)) from None
        return _Line(reader, writer)


async def _read(reader: asyncio.StreamReader) -> tuple[Came, bool]:
    """The answer, and whether the connection stays."""
    status = 100
    while status < 200:  # 100 and its like only announce
        first, *lines = (await reader.readuntil(b"\r\n\r\n"))[:-4].decode("latin-1").split("\r\n")
        version, status = first[:8], int(first[9:12])
    if not version.startswith("HTTP/1."):
        raise ValueError("it is no HTTP")
    headers = [(name.lower(), value.strip()) for name, _, value in (line.partition(":") for line in lines)]
    known = dict(headers)
    stays = version == "HTTP/1.1" and known.get("connection", "").lower() != "close"
    if status in _BODILESS:
        content = b""
    elif "chunked" in known.get("transfer-encoding", "").lower():
        content = await _read_chunks(reader)
    elif "content-length" in known:
        length = known["content-length"]
        if not (length.isascii() and length.isdigit()) or int(length) > _BODY:
            raise ValueError("its length is none")
        content = await reader.readexactly(int(length))
    else:
        content, stays = await reader.read(_BODY), False
        while more := await reader.read(_BODY):
            content += more
            if len(content) > _BODY:
                raise ValueError("its length is none")
    if known.get("content-encoding", "").lower() in ("gzip", "deflate"):
        # Nobody asked for it; some gateways do it all the same.
        content = zlib.decompressobj(_EITHER).decompress(content, _BODY)
    return Came(status=status, headers=headers, content=content), stays


async def _read_chunks(reader: asyncio.StreamReader) -> bytes:
    parts, size = [], 0
    while length := int((await reader.readuntil(b"\n")).partition(b";")[0], 16):
        size += length
        if length < 0 or size > _BODY:
            raise ValueError("its length is none")
        parts.append(await reader.readexactly(length))
        await reader.readuntil(b"\n")
    while (await reader.readuntil(b"\n")).strip():
        """Trailers say nothing that we need."""
    return b"".join(parts)


def _said(error: Exception) -> str:
    if isinstance(error, EOFError):
        return "it ended"
    if isinstance(error, (ValueError, zlib.error, asyncio.LimitOverrunError)) and not isinstance(
        error, OSError
    ):
        return "what came is no HTTP"
    return (error.strerror or type(error).__name__) if isinstance(error, OSError) else type(error).__name__
