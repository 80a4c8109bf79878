"""The guard: who is let in, what may be changed, and what a browser may do with what it gets. All of it stands here, and nowhere else."""

from __future__ import annotations

import secrets
from dataclasses import dataclass, field
from hmac import compare_digest
from typing import TYPE_CHECKING

from holdfast.reviews.server.reply import Reply

if TYPE_CHECKING:
    from holdfast.reviews.server.reply import Request

HEADERS = {
    "content-security-policy": "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; "
    "form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
    "x-content-type-options": "nosniff",
    "referrer-policy": "no-referrer",
    "cache-control": "no-store",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
}
"""What every answer says, whatever else it says."""
TOKEN = "token"  # noqa: S105 - its name
"""The field of an address or form in which a secret comes."""
_LOOKING = ("GET", "HEAD")
_DEFAULT_PORT = 80


@dataclass(frozen=True, slots=True, kw_only=True)
class Guard:
    """Lets in whoever has the address that was printed at the start, and changes nothing for anybody else.

    Attributes:
        port: Where the server listens.
        read_only: Whether nothing may be changed by anybody.
        entry: The secret in the address.
        session: The secret in the cookie that it is exchanged for.
        form: The secret that forms of our own pages bring back.
    """

    port: int
    read_only: bool = False
    entry: str = field(default_factory=lambda: secrets.token_urlsafe(32), repr=False)
    session: str = field(default_factory=lambda: secrets.token_urlsafe(32), repr=False)
    form: str = field(default_factory=lambda: secrets.token_urlsafe(32), repr=False)

    @property
    def address(self) -> str:
        """The address that lets somebody in."""
        return f"http://127.0.0.1:{self.port}/?{TOKEN}={self.entry}"

    @property
    def cookie(self) -> str:
        """The name of the cookie: browsers keep one set of cookies for all ports, and two reviews may be open."""
        return f"holdfast-{self.port}"

    def stop(self, request: Request) -> Reply | None:
        """The answer to a request that is not let in, or that asks to be; None lets it pass."""
        if request.header("host") not in self._hosts():
            return _refused()
        if request.method == "GET" and request.path == "/" and TOKEN in request.asked:
            return self._let_in(request)
        if not _same(request.cookies.get(self.cookie, ""), self.session):
            return _refused()
        return None if request.method in _LOOKING or self._may_change(request) else _refused()

    def _may_change(self, request: Request) -> bool:
        """Whether a request that is not GET or HEAD may do what it asks: it was made by a page of ours, and by nobody else's."""
        if self.read_only or request.method != "POST":
            return False
        return self._from_here(request) and _same(_one(request.form.get(TOKEN)), self.form)

    def _let_in(self, request: Request) -> Reply:
        if not _same(_one(request.asked.get(TOKEN)), self.entry):
            return _refused()
        cookie = f"{self.cookie}={self.session}; Path=/; HttpOnly; SameSite=Strict"
        return Reply(status=303, headers={"location": "/", "set-cookie": cookie})

    def _hosts(self) -> tuple[str, ...]:
        # A page from elsewhere can make its own name point here; it cannot make a browser send one of these.
        named = tuple(f"{host}:{self.port}" for host in ("127.0.0.1", "localhost", "[::1]"))
        return (*named, "127.0.0.1", "localhost", "[::1]") if self.port == _DEFAULT_PORT else named

    def _from_here(self, request: Request) -> bool:
        origin = request.header("origin")
        if origin == "null":
            # So a browser calls a page of ours that posts a form, since it is told to name no referrer.
            return request.header("sec-fetch-site") == "same-origin"
        return origin == f"http://{request.header('host')}"


def _refused() -> Reply:
    return Reply(status=403, kind="text/plain; charset=utf-8")


def _one(values: list[str] | None) -> str:
    return values[0] if values is not None and len(values) == 1 else ""


def _same(given: str, secret: str) -> bool:
    return compare_digest(given.encode("utf-8", "replace"), secret.encode())
