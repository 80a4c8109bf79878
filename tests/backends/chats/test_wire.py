import asyncio
import gzip
import shutil
import ssl
import subprocess

import pytest

from holdfast.backends.chats.together import run
from holdfast.backends.chats.wire import Broken, Unreached, Wire

PACKED = gzip.compress(b"hello", mtime=0)
ANSWERS = {
    "counted": (b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello", 200, b"hello", True),
    "no reason": (b"HTTP/1.1 200\r\ncontent-length:5\r\n\r\nhello", 200, b"hello", True),
    "chunked": (
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nhel\r\n2;x=y\r\nlo\r\n0\r\nTrailer: t\r\n\r\n",
        200,
        b"hello",
        True,
    ),
    "announced": (
        b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello",
        200,
        b"hello",
        True,
    ),
    "packed": (
        b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: %d\r\n\r\n%b" % (len(PACKED), PACKED),
        200,
        b"hello",
        True,
    ),
    "nothing": (b"HTTP/1.1 204 No Content\r\n\r\n", 204, b"", True),
    "to the end": (b"HTTP/1.1 200 OK\r\n\r\nhello", 200, b"hello", False),
    "old": (b"HTTP/1.0 200 OK\r\nContent-Length: 5\r\n\r\nhello", 200, b"hello", False),
    "last": (b"HTTP/1.1 500 No\r\nConnection: close\r\nContent-Length: 2\r\n\r\nno", 500, b"no", False),
}
WRONG = {
    "nothing at all": b"",
    "no HTTP": b"SSH-2.0-OpenSSH\r\n\r\n",
    "no status": b"HTTP/1.1 many\r\n\r\n",
    "half a head": b"HTTP/1.1 200 OK\r\nContent-",
    "half a body": b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhello",
    "half a chunk": b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n9\r\nhello",
    "no chunk": b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nxyz\r\nhello",
    "negative chunk": b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n-5\r\nhello",
    "no length": b"HTTP/1.1 200 OK\r\nContent-Length: five\r\n\r\nhello",
    "negative length": b"HTTP/1.1 200 OK\r\nContent-Length: -5\r\n\r\nhello",
    "not packed": b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 5\r\n\r\nhello",
    "huge length": b"HTTP/1.1 200 OK\r\nContent-Length: 99999999999\r\n\r\nhello",
    "endless head": b"HTTP/1.1 200 OK\r\nX: " + b"x" * 200_000,
}


async def served(said, work, *, tls=None, client_tls=None):
    """What `work` makes of a wire to a server that says the same to everybody, and how many connections there were."""
    connections, tasks = [], set()

    async def answer(reader, writer):
        connections.append(writer)
        tasks.add(asyncio.current_task())
        try:
            while True:
                head = await reader.readuntil(b"\r\n\r\n")
                await reader.readexactly(int(head.lower().split(b"content-length: ")[1].split(b"\r\n")[0]))
                if b"/slow" in head:
                    await asyncio.sleep(60)
                writer.write(said)
                await writer.drain()
                # Whatever is not whole by now ends here.
                if said not in [each[0] for each in ANSWERS.values() if each[3]]:
                    break
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        finally:
            writer.close()

    server = await asyncio.start_server(answer, "127.0.0.1", 0, ssl=tls)
    wire = Wire("127.0.0.1", server.sockets[0].getsockname()[1], tls=client_tls, connections=2)
    try:
        return await work(wire), len(connections)
    finally:
        await wire.close()
        server.close()
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


async def post(wire):
    return await asyncio.wait_for(wire.post("POST /v1 HTTP/1.1\r\nHost: here\r\n", b"{}"), 5)


@pytest.mark.parametrize("name", ANSWERS)
def test_answers_are_read(name):
    said, status, content, stays = ANSWERS[name]

    async def thrice(wire):
        return [await post(wire) for _ in range(3)]

    found, connections = run(served(said, thrice))
    assert [(came.status, came.content) for came in found] == [(status, content)] * 3
    assert connections == (1 if stays else 3)


@pytest.mark.parametrize("name", WRONG)
def test_what_is_not_whole_is_broken(name):
    async def once(wire):
        with pytest.raises(Broken) as caught:
            await post(wire)
        return caught.value

    error, _ = run(served(WRONG[name], once))
    assert error.__cause__ is None


def test_no_more_connections_than_allowed():
    async def many(wire):
        return await asyncio.gather(*(post(wire) for _ in range(20)))

    found, connections = run(served(ANSWERS["counted"][0], many))
    assert (len(found), connections) == (20, 2)


def test_who_waits_no_longer_leaves_nothing_behind():
    async def work(wire):
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.1):
                await wire.post("POST /slow HTTP/1.1\r\n", b"{}")
        return await post(wire)

    found, connections = run(served(ANSWERS["counted"][0], work))
    assert (found.content, connections) == (b"hello", 2)


def test_nobody_there():
    async def once():
        server = await asyncio.start_server(lambda *_: None, "127.0.0.1", 0)
        port = server.sockets[0].getsockname()[1]
        server.close()
        await server.wait_closed()
        with pytest.raises(Unreached):
            await post(Wire("127.0.0.1", port, tls=None, connections=1))

    run(once())


@pytest.mark.skipif(shutil.which("openssl") is None, reason="needs openssl to make a certificate")
def test_certificates_are_checked(tmp_path):
    made = ["-keyout", tmp_path / "key.pem", "-out", tmp_path / "cert.pem", "-days", "2", "-nodes"]
    subject = ["-subj", "/CN=127.0.0.1", "-addext", "subjectAltName=IP:127.0.0.1"]
    subprocess.run(  # noqa: S603 - a certificate for this test
        ["openssl", "req", "-x509", "-newkey", "rsa:2048", *made, *subject],  # noqa: S607
        check=True,
        capture_output=True,
    )
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    tls.load_cert_chain(tmp_path / "cert.pem", tmp_path / "key.pem")
    known = ssl.create_default_context(cafile=tmp_path / "cert.pem")
    found, _ = run(served(ANSWERS["counted"][0], post, tls=tls, client_tls=known))
    assert found.content == b"hello"

    async def refused(wire):
        with pytest.raises(Unreached):
            await post(wire)

    run(served(ANSWERS["counted"][0], refused, tls=tls, client_tls=ssl.create_default_context()))
