"""One server that chats, connected: requests go through the OpenAI SDK, and what comes back is handed on as it came."""

from __future__ import annotations

import logging
import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from holdfast.backends.chats.secrets import Secrets

SECONDS_TO_CONNECT = 10.0
_ENDING = "/chat/completions"
_NEVER_REACHED = frozenset(
    {"ConnectError", "ConnectTimeout", "PoolTimeout", "ProxyError", "UnsupportedProtocol"}
)
"""What httpx calls a connection that did not come about, whichever of its majors it is."""


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


class Connection:
    """A server, over connections that stay open and lead nowhere else: a redirect is an answer like any other.

    The SDK retries nothing, and reads nothing of an answer: both would be out of our sight.

    Args:
        where: The base URL.
        secrets: The key, and headers.
        seconds: What the SDK is told that it may wait; whoever asks waits less.
        connections: At most.
    """

    def __init__(self, where: str, secrets: Secrets, *, seconds: float, connections: int) -> None:
        from openai import AsyncOpenAI, DefaultAsyncHttpxClient, Timeout

        library = _library()
        _hush(library.__name__)
        self._response = library.Response
        self._client = AsyncOpenAI(
            api_key=secrets.key() or "none",  # the SDK wants one; a server without key does not look at it
            base_url=where,
            timeout=Timeout(seconds, connect=SECONDS_TO_CONNECT),
            max_retries=0,
            default_headers=secrets.headers(),
            http_client=DefaultAsyncHttpxClient(
                follow_redirects=False,
                limits=library.Limits(max_connections=connections, max_keepalive_connections=connections),
            ),
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

    async def close(self) -> None:
        """Ends all connections."""
        await self._client.close()


def _came(response: Any) -> Came:
    headers = [(name.lower(), value) for name, value in response.headers.items()]
    return Came(status=int(response.status_code), headers=headers, content=bytes(response.content))


def _told(error: Exception) -> Exception:
    cause = error.__cause__ or error
    name = type(cause).__name__
    if name in _NEVER_REACHED:
        return Unreached(str(cause) or name)
    return TimeoutError() if name.endswith("Timeout") else Broken(str(cause) or name)


def _hush(library: str) -> None:
    """Below httpx every header of an answer is logged at DEBUG, and a server may quote our key there. Who sets that level by name has it."""
    logger = logging.getLogger(library.replace("httpx", "httpcore"))
    if logger.level == logging.NOTSET:
        logger.setLevel(logging.INFO)


def _library() -> Any:
    """Httpx, or its successor: whichever this SDK is built on."""
    from openai import DefaultAsyncHttpxClient

    (found,) = (kind for kind in DefaultAsyncHttpxClient.__mro__ if kind.__name__ == "AsyncClient")
    return sys.modules[found.__module__.partition(".")[0]]
