"""One server that chats, connected: how requests get there, and who we say we are."""

from __future__ import annotations

import ssl
import sys
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, urlsplit
from urllib.request import getproxies, proxy_bypass

import msgspec

from holdfast.backends.chats.wire import Broken, Came, Unreached, Wire

if TYPE_CHECKING:
    from holdfast.backends.chats.secrets import Secrets

SECONDS_TO_CONNECT = 10.0
_ENDING = "/chat/completions"
_PLAIN = "/%:@!$&'()*+,;=~"
"""What a path may hold as it is, beside letters and digits."""
_NEVER_REACHED = frozenset(
    {"ConnectError", "ConnectTimeout", "PoolTimeout", "ProxyError", "UnsupportedProtocol"}
)
"""What httpx calls a connection that did not come about, whichever of its majors it is."""


class Connection:
    """A server, over connections that stay open and lead nowhere else: a redirect is an answer like any other.

    The client is the OpenAI SDK's. It says who we are and how certificates are checked; requests go through it where a proxy stands
    in between, and over a `Wire` where none does: there the SDK and what is below it would take ten times as long over each request
    as the request itself, and log what servers say in their headers.

    Args:
        where: The base URL.
        secrets: The key, and headers.
        seconds: What the SDK is told that it may wait; whoever asks waits less.
        connections: At most.
    """

    def __init__(self, where: str, secrets: Secrets, *, seconds: float, connections: int) -> None:
        from openai import AsyncOpenAI, DefaultAsyncHttpxClient, Timeout

        library = _library()
        parts = urlsplit(where)
        host, secure = str(parts.hostname), parts.scheme == "https"
        proxied = _proxied(parts.scheme, host)
        # To read all authorities takes a while: where no certificate will be seen, none is trusted.
        needed = secure or proxied
        tls = library.create_ssl_context() if needed else ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        self._response = library.Response
        self._client = AsyncOpenAI(
            api_key=secrets.key() or "none",  # the SDK wants one; a server without key does not look at it
            base_url=where,
            timeout=Timeout(seconds, connect=SECONDS_TO_CONNECT),
            max_retries=0,
            default_headers=secrets.headers(),
            http_client=DefaultAsyncHttpxClient(
                verify=tls,
                follow_redirects=False,
                limits=library.Limits(max_connections=connections, max_keepalive_connections=connections),
            ),
        )
        self._wire = None
        if not proxied:
            port = parts.port or (443 if secure else 80)
            self._wire = Wire(_ascii(host), port, tls=tls if secure else None, connections=connections)
        sent = {**self._client.default_headers, **self._client.auth_headers}
        lines = [f"{name}: {value}\r\n" for name, value in sent.items() if isinstance(value, str)]
        # Bodies are small, and read as they come.
        self._head = (
            f"POST {quote(parts.path, safe=_PLAIN)}{_ENDING} HTTP/1.1\r\nHost: {_ascii(parts.netloc)}\r\n"
            f"Accept-Encoding: identity\r\n{''.join(lines)}"
        )

    async def post(self, body: dict[str, Any], *, key: str) -> Came:
        """What is answered to a request, whatever its status.

        Args:
            body: What is asked.
            key: Its `Idempotency-Key`.

        Raises:
            Unreached: No connection came about.
            Broken: The answer did not come whole.
            TimeoutError: It did not come in time.
        """
        if self._wire is None:
            return await self._through_sdk(body, key)
        return await self._wire.post(f"{self._head}Idempotency-Key: {key}\r\n", msgspec.json.encode(body))

    async def close(self) -> None:
        """Ends all connections."""
        if self._wire is not None:
            await self._wire.close()
        await self._client.close()

    async def _through_sdk(self, body: dict[str, Any], key: str) -> Came:
        import openai

        raised: Exception
        try:
            response: Any = await self._client.post(
                _ENDING,
                body=body,
                cast_to=self._response,  # the SDK hands it on as it came
                options={"headers": {"Idempotency-Key": key}},
            )
            return _came(response)
        except openai.APIStatusError as error:
            return _came(error.response)
        except TimeoutError:
            raise
        except Exception as error:  # noqa: BLE001 - the SDK trips over whatever is not of the form it expects
            raised = _told(error)
        # Not where it was caught: what the SDK raises holds the request with its headers.
        raise raised


def _came(response: Any) -> Came:
    headers = [(name.lower(), value) for name, value in response.headers.items()]
    return Came(status=int(response.status_code), headers=headers, content=bytes(response.content))


def _told(error: Exception) -> Exception:
    cause = error.__cause__ or error
    name = type(cause).__name__
    if name in _NEVER_REACHED:
        return Unreached(str(cause) or name)
    return TimeoutError() if name.endswith("Timeout") else Broken(str(cause) or name)


def _proxied(scheme: str, host: str) -> bool:
    """Whether the environment, or the system, has requests to this host go through a proxy."""
    proxies = getproxies()
    return bool(proxies.get(scheme) or proxies.get("all")) and not proxy_bypass(host)


def _ascii(host: str) -> str:
    return host if host.isascii() else host.encode("idna").decode()


def _library() -> Any:
    """Httpx, or its successor: whichever this SDK is built on."""
    from openai import DefaultAsyncHttpxClient

    (found,) = (kind for kind in DefaultAsyncHttpxClient.__mro__ if kind.__name__ == "AsyncClient")
    return sys.modules[found.__module__.partition(".")[0]]
