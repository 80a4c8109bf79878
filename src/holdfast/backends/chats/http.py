"""A model behind an OpenAI-compatible server that chats.

What a server says may quote the key it was sent, and what a library raises holds the request with its headers. So nothing of either
leaves this file as it is: errors are told anew, outside of the block that caught them, and texts go through `Secrets.hide`.
"""

from __future__ import annotations

import asyncio
import time
from typing import TYPE_CHECKING, Any

from holdfast.backends.chats.chat import Answer, Trouble, plain_parameters
from holdfast.backends.chats.meanings import meaning_of
from holdfast.backends.chats.reading import plain, read_answer, retry_after, said_in
from holdfast.backends.chats.together import at_end
from holdfast.backends.encoders.distinct import whole_characters
from holdfast.backends.encoders.names import printable

if TYPE_CHECKING:
    from collections.abc import Mapping

    from openai import APIStatusError, AsyncOpenAI

    from holdfast.backends.chats.chat import ChatRequest, Kind
    from holdfast.backends.chats.secrets import Secrets

_SECONDS_TO_CONNECT = 10.0
_NEVER_REACHED = frozenset(
    {"ConnectError", "ConnectTimeout", "PoolTimeout", "UnsupportedProtocol", "ProxyError"}
)
"""What httpx calls a connection that did not come about, whichever of its majors it is."""
_NEW_LIMIT = "max_completion_tokens"
"""What OpenAI calls max_tokens for models that think."""
_START = "Start it, or check its address"


class HttpChat:
    """A model of a server. It is asked over connections that stay open, by one event loop at a time.

    Args:
        where: The base URL, without secrets.
        model: What the server calls the model.
        name: What reports call it.
        secrets: Where the key stands, and headers that may hold others.
        extra_body: What every request says beside messages and parameters.
        seconds: How long an answer may take, from sending the request to its last byte.
        parallel: Connections at most.
    """

    provider = "openai"

    def __init__(
        self,
        where: str,
        model: str,
        *,
        name: str,
        secrets: Secrets,
        extra_body: Mapping[str, Any],
        seconds: float,
        parallel: int,
    ) -> None:
        self.where = where
        self.model = model
        self.name = name
        self.extra_body = dict(extra_body)
        self._secrets = secrets
        self._seconds = seconds
        self._parallel = parallel
        self._limit_name = "max_tokens"
        self._client: AsyncOpenAI | None = None
        self._loop: asyncio.AbstractEventLoop | None = None

    def __repr__(self) -> str:
        return f"HttpChat({self.name!r}, where={self.where!r})"

    async def complete(self, request: ChatRequest, /) -> Answer:
        """One answer; one request is sent, and nothing is retried.

        Raises:
            Trouble: There is none.
        """
        began = time.perf_counter()
        found = await self._ask(request)
        if isinstance(found, Trouble):
            # Nothing was caught here, so nothing that holds the request hangs on what is raised.
            raise found
        seconds = time.perf_counter() - began
        return Answer(
            text=found.text,
            finish_reason=found.finish_reason,
            model=found.model,
            id=found.id,
            input_tokens=found.input_tokens,
            output_tokens=found.output_tokens,
            seconds=seconds,
        )

    async def close(self) -> None:
        """Puts connections away; what is asked afterwards opens new ones."""
        client, self._client = self._client, None
        if client is not None:
            await client.close()

    async def _ask(self, request: ChatRequest) -> Answer | Trouble:
        came = await self._post(request)
        if isinstance(came, Trouble):
            return came
        try:
            body = plain(came)
        except ValueError:
            return self._trouble("unreadable", "the server's answer is no JSON, or was cut off")
        return read_answer(body, where=self.where, hide=self._secrets.hide)

    async def _post(self, request: ChatRequest) -> bytes | Trouble:
        """What came, as it came."""
        client = self._connected()
        try:
            # The library's own limits begin anew with every byte: a server that drips would hold them for ever.
            async with asyncio.timeout(self._seconds):
                response: Any = await client.post(
                    "/chat/completions",
                    body=self._body(request),
                    cast_to=_library().Response,  # the SDK hands it on as it came
                    options={"headers": {"Idempotency-Key": request.key(self)}},
                )
                return bytes(response.content)
        except Exception as error:  # noqa: BLE001 - the SDK trips over whatever is not of the form it expects
            return self._trouble_of(error)

    def _connected(self) -> AsyncOpenAI:
        """The client of this event loop: connections belong to the one that they were opened in."""
        loop = asyncio.get_running_loop()
        if self._client is None or self._loop is not loop:
            self._client, self._loop = (
                _connect(self.where, self._secrets, seconds=self._seconds, connections=self._parallel),
                loop,
            )
            at_end(self.close)
        return self._client

    def _body(self, request: ChatRequest) -> dict[str, Any]:
        values = dict(plain_parameters(request.parameters))
        if "max_tokens" in values:
            values[self._limit_name] = values.pop("max_tokens")
        messages = [
            {"role": message.role, "content": whole_characters(message.content)}
            for message in request.messages
        ]
        return {"model": self.model, "messages": messages, **values, **self.extra_body}

    def _trouble_of(self, error: Exception) -> Trouble:
        """What is behind something that was raised; it is told anew, for it holds the request with its headers."""
        import openai

        if isinstance(error, openai.APIStatusError):
            return self._refusal(error)
        reason = printable(self._secrets.hide(str(error.__cause__ or error)))
        if type(error.__cause__).__name__ in _NEVER_REACHED:
            return self._trouble(
                "unreachable", f"the server cannot be reached ({reason or 'in time'})", do=_START
            )
        if isinstance(error, (TimeoutError, openai.APITimeoutError)):
            what = f"the server did not answer within {self._seconds:g} seconds"
            return self._trouble("timeout", what, do="Allow more seconds, or ask for less at a time")
        if isinstance(error, openai.APIConnectionError):
            what = f"the connection broke before the answer was whole ({reason})"
            return self._trouble("unreadable", what, do="Try again later")
        return self._trouble("unreadable", f"the server's answer cannot be read ({reason})")

    def _refusal(self, error: APIStatusError) -> Trouble:
        """What a status means, and whether it can pass."""
        code = error.status_code
        try:
            said, name = said_in(plain(error.response.content))
        except ValueError:
            said, name = "", ""
        if code == 400 and _NEW_LIMIT in said and self._limit_name != _NEW_LIMIT:
            self._limit_name = _NEW_LIMIT
            return self._trouble(
                "unavailable", f"the server calls max_tokens {_NEW_LIMIT}", do="It is asked again so"
            )
        meaning = meaning_of(code, name)
        shown = (
            f"{code}: {printable(self._secrets.hide(whole_characters(said)), limit=300)}"
            if said
            else f"{code}"
        )
        what, do = meaning.what, meaning.do
        if code in (401, 403):
            # What it says is not repeated: servers quote the key, or parts of it.
            variable = self._secrets.variable
            what = (
                f"the server refuses the key in {variable}"
                if self._secrets.has_key
                else "the server wants a key"
            )
            shown, do = f"{code}", f"Put its key into the environment variable {variable}"
        if meaning.kind == "missing":
            what = f"{what} (asked for {printable(self.model)!r})"
        wait = retry_after(error.response.headers, now=time.time())
        return self._trouble(meaning.kind, f"{what} ({shown})", do=do, wait=wait)

    def _trouble(self, kind: Kind, what: str, *, do: str | None = None, wait: float | None = None) -> Trouble:
        return Trouble(kind, what, where=self.where, do=do, retry_after=wait)


def _connect(where: str, secrets: Secrets, *, seconds: float, connections: int) -> AsyncOpenAI:
    """A client that talks to this server and to no other, and retries nothing."""
    from openai import AsyncOpenAI, DefaultAsyncHttpxClient, Timeout

    return AsyncOpenAI(
        api_key=secrets.key() or "none",  # the SDK wants one; a server without key does not look at it
        base_url=where,
        timeout=Timeout(seconds, connect=min(seconds, _SECONDS_TO_CONNECT)),
        max_retries=0,
        default_headers=secrets.headers(),
        http_client=DefaultAsyncHttpxClient(
            follow_redirects=False,
            limits=_library().Limits(max_connections=connections, max_keepalive_connections=connections),
        ),
    )


def _library() -> Any:
    """Httpx, or its successor: whichever this SDK is built on."""
    import sys

    from openai import DefaultAsyncHttpxClient

    (found,) = (kind for kind in DefaultAsyncHttpxClient.__mro__ if kind.__name__ == "AsyncClient")
    return sys.modules[found.__module__.partition(".")[0]]
