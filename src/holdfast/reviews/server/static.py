"""What pages are drawn with: a fixed set of files, read once, so that no address can name another."""

from __future__ import annotations

from importlib.resources import files

from holdfast.pages.environment import STYLE, style
from holdfast.reviews.server.reply import Reply


def static_files() -> dict[str, Reply]:
    """The answers to the addresses of style and script."""
    folder = files("holdfast.reviews.server") / "static"
    return {
        f"/static/{STYLE}": _text(style(), "text/css"),
        "/static/review.css": _text((folder / "review.css").read_text("utf-8"), "text/css"),
        "/static/review.js": _text((folder / "review.js").read_text("utf-8"), "text/javascript"),
    }


def _text(body: str, kind: str) -> Reply:
    return Reply(body=body.encode(), kind=f"{kind}; charset=utf-8")
