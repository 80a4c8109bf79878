"""The server: where it listens, and until when."""

from __future__ import annotations

import socket
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from holdfast.errors import OutputError
from holdfast.reviews.decisions.store import Decisions
from holdfast.reviews.desk.desk import Desk
from holdfast.reviews.queues.contract import open_queue
from holdfast.reviews.server.app import make_app, need_serve
from holdfast.reviews.server.guard import Guard
from holdfast.reviews.server.site import Site

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    import uvicorn

LOOPBACK = "127.0.0.1"
"""The only place where the page can be reached: this machine."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Serving:
    """A page that can be asked for as soon as it runs.

    Attributes:
        address: Its address, with the secret that lets its reader in.
    """

    address: str
    _server: uvicorn.Server = field(repr=False)
    _place: socket.socket = field(repr=False)

    def run(self) -> None:
        """Answers until it is told to stop: by `stop`, or by a signal."""
        self._server.run(sockets=[self._place])

    def stop(self) -> None:
        """Tells it to stop; may be called from another thread."""
        self._server.should_exit = True


@contextmanager
def serving(
    queue: str | Path, *, port: int = 0, read_only: bool = False, reviewers: Sequence[str] = ()
) -> Iterator[Serving]:
    """The page of a queue, on this machine only.

    Args:
        queue: The folder of the queue.
        port: Where it listens; 0 takes one that is free.
        read_only: Whether nothing may be changed.
        reviewers: The people who review; with none, whoever gives a name.

    Raises:
        InputError: It is no queue.
        MissingExtra: What the server is made of is not there.
        OutputError: The port is taken, or decisions cannot be written.
        UsageError: A reviewer's name is none.
    """
    need_serve()
    import uvicorn

    held = open_queue(queue)
    with (
        Decisions(held.decisions_file, read_only=read_only) as decisions,
        closing(_listen(port)) as place,
    ):
        guard = Guard(port=place.getsockname()[1], read_only=read_only)
        site = Site(Desk(held, decisions), decisions, guard, reviewers=reviewers)
        config = uvicorn.Config(
            make_app(site),
            loop="asyncio",
            http="h11",
            ws="none",
            lifespan="off",
            log_level="warning",
            access_log=False,  # addresses hold a secret and names
            proxy_headers=False,
            server_header=False,
            timeout_graceful_shutdown=5,
        )
        yield Serving(address=guard.address, _server=uvicorn.Server(config), _place=place)


def _listen(port: int) -> socket.socket:
    # Named as TCP, for asyncio sends at once only what it knows to be so: otherwise each answer waits 40 ms for the other side to say it is there.
    place = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    try:
        place.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        place.bind((LOOPBACK, port))
        place.listen(128)
    except OSError as error:
        place.close()
        raise OutputError(
            f"cannot listen there: {error.strerror or error}", where=f"port {port}", do="Give another --port"
        ) from error
    return place
