"""The application: between the network and the site. Everything the outside sends is bounded here."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any

from holdfast.errors import MissingExtra
from holdfast.reviews.server.guard import HEADERS
from holdfast.reviews.server.reply import Reply, Request

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, MutableMapping

    from holdfast.reviews.server.site import Site

_LOG = logging.getLogger(__name__)


def make_app(site: Site) -> Callable[..., Awaitable[None]]:
    """The ASGI application of a site.

    Raises:
        MissingExtra: Starlette is not there.
    """
    need_serve()
    from starlette.concurrency import run_in_threadpool
    from starlette.requests import Request as Asked
    from starlette.responses import Response

    async def app(scope: MutableMapping[str, Any], receive: Any, send: Any) -> None:
        if scope["type"] != "http":  # nothing of ours speaks otherwise
            return
        asked = Asked(scope, receive)
        body = await _body(asked, site.longest)
        if body is None:
            reply = Reply(status=413, kind="text/plain; charset=utf-8")
        else:
            # Saving waits for the disk, and others are to be answered meanwhile.
            reply = await run_in_threadpool(_answer, site, _request(scope, body))
        response = Response(reply.body, reply.status, {**HEADERS, **reply.headers}, media_type=None)
        response.headers["content-type"] = reply.kind
        await response(scope, receive, send)

    return app


def need_serve() -> None:
    """Asks for what the server is made of.

    Raises:
        MissingExtra: It is not there.
    """
    try:
        import starlette  # noqa: F401 - asked for here, so that every later import succeeds
        import uvicorn  # noqa: F401 - the same
    except ImportError as error:
        raise MissingExtra(
            f"the local page needs starlette and uvicorn, and one is not there: {error}",
            do="Install them: pip install 'holdfast[serve]'",
        ) from error


async def _body(asked: Any, longest: int) -> bytes | None:
    """What was sent, or None where it is longer than anything of ours."""
    held = bytearray()
    async for chunk in asked.stream():
        held += chunk
        if len(held) > longest:
            return None
    return bytes(held)


def _request(scope: MutableMapping[str, Any], body: bytes) -> Request:
    headers: dict[str, tuple[str, ...]] = {}
    for name, value in scope["headers"]:
        key = name.decode("latin-1").lower()
        headers[key] = (*headers.get(key, ()), value.decode("latin-1"))
    return Request(
        method=scope["method"],
        path=scope["path"],
        query=scope["query_string"].decode("latin-1"),
        headers=headers,
        body=body,
    )


def _answer(site: Site, request: Request) -> Reply:
    try:
        return site.answer(request)
    except Exception:  # noqa: BLE001 - one broken page must not take the others with it
        _LOG.exception("a page could not be made")
        return Reply(status=500, body=b"internal error", kind="text/plain; charset=utf-8")
