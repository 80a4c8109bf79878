"""A model behind an OpenAI-compatible server that chats.

What a server says may quote the key it was sent, and what a library raises holds the request with its headers. So nothing of either
leaves this file as it is: errors are told anew, outside of the block that caught them, and texts go through `Secrets.hide`.
"""

from __future__ import annotations

import asyncio
import time
from typing import TYPE_CHECKING, Any

from holdfast.backends.chats.chat import Answer, Trouble, plain_parameters
from holdfast.backends.chats.connection import SECONDS_TO_CONNECT, Broken, Connection, Unreached
from holdfast.backends.chats.meanings import meaning_of
from holdfast.backends.chats.reading import plain, read_answer, retry_after, said_in
from holdfast.backends.chats.together import at_end
from holdfast.backends.encoders.distinct import whole_characters
from holdfast.backends.encoders.names import printable

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from holdfast.backends.chats.chat import ChatRequest, Kind
    from holdfast.backends.chats.connection import Came
    from holdfast.backends.chats.secrets import Secrets

_NEW_LIMIT = "max_completion_tokens"
"""What OpenAI calls max_tokens for models that think."""


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
        self._hide: Callable[[str], str] = str
        self._limit_name = "max_tokens"
        self._connection: Connection | None = None
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
        connection, self._connection = self._connection, None
        if connection is not None:
            await connection.close()

    async def _ask(self, request: ChatRequest) -> Answer | Trouble:
        came = await self._post(request)
        if isinstance(came, Trouble):
            return came
        if not 200 <= came.status < 300:
            return self._refusal(came)
        try:
            body = plain(came.content)
        except ValueError:
            return self._trouble("unreadable", "the server's answer is no JSON, or was cut off")
        return read_answer(body, where=self.where, hide=self._hide)

    async def _post(self, request: ChatRequest) -> Came | Trouble:
        connection = self._connected()
        try:
            # Limits of each step begin anew with every byte: a server that drips would hold them for ever.
            async with asyncio.timeout(self._seconds):
                return await connection.post(self._body(request), key=request.key(self))
        except Unreached as error:
            reason = printable(self._hide(str(error)))
            return self._trouble(
                "unreachable", f"the server cannot be reached ({reason})", do="Start it, or check its address"
            )
        except Broken as error:
            reason = printable(self._hide(str(error)))
            what = f"the connection broke before the answer was whole ({reason})"
            return self._trouble("unreadable", what, do="Try again later")
        except TimeoutError:
            what = f"the server did not answer within {self._seconds:g} seconds"
            return self._trouble("timeout", what, do="Allow more seconds, or ask for less at a time")

    def _connected(self) -> Connection:
        """The connection of this event loop: sockets belong to the one that they were opened in."""
        loop = asyncio.get_running_loop()
        if self._connection is None or self._loop is not loop:
            self._connection, self._loop = (
                Connection(
                    self.where,
                    self._secrets,
                    seconds=max(self._seconds, SECONDS_TO_CONNECT),
                    connections=self._parallel,
                ),
                loop,
            )
            self._hide = self._secrets.hiding()
            at_end(self.close)
        return self._connection

    def _body(self, request: ChatRequest) -> dict[str, Any]:
        values = dict(plain_parameters(request.parameters))
        if "max_tokens" in values:
            values[self._limit_name] = values.pop("max_tokens")
        return {"model": self.model, "messages": request.plain_messages(), **values, **self.extra_body}

    def _refusal(self, came: Came) -> Trouble:
        """What a status means, and whether it can pass."""
        code = came.status
        try:
            said, name = said_in(plain(came.content))
        except ValueError:
            said, name = "", ""
        if code == 400 and _NEW_LIMIT in said and self._limit_name != _NEW_LIMIT:
            self._limit_name = _NEW_LIMIT
            return self._trouble(
                "unavailable", f"the server calls max_tokens {_NEW_LIMIT}", do="It is asked again so"
            )
        meaning = meaning_of(code, name)
        shown = f"{code}: {printable(self._hide(whole_characters(said)), limit=300)}" if said else f"{code}"
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
        wait = retry_after(dict(came.headers), now=time.time())
        return self._trouble(meaning.kind, f"{what} ({shown})", do=do, wait=wait)

    def _trouble(self, kind: Kind, what: str, *, do: str | None = None, wait: float | None = None) -> Trouble:
        return Trouble(kind, what, where=self.where, do=do, retry_after=wait)
