"""What a server's answer says, whatever it is made of: nothing of it is believed before it was looked at."""

from __future__ import annotations

import json
import math
from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING, Any

import msgspec

from holdfast.backends.chats.chat import Answer, Trouble
from holdfast.backends.encoders.distinct import whole_characters
from holdfast.backends.encoders.names import printable

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from holdfast.backends.chats.chat import Kind

_LARGEST = 2**48
"""More tokens than this are nobody's."""
_WORD = 200
"""Characters of a name."""
_ADVICE = "Check that it serves /chat/completions as OpenAI's protocol has it"


def plain(content: bytes) -> object:
    r"""JSON as it came; bytes that are no UTF-8 are read as U+FFFD.

    Raises:
        ValueError: It is no JSON.

    >>> plain(b'{"a": "\xff"}') == {"a": chr(0xFFFD)}
    True
    """
    try:
        return msgspec.json.decode(content)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        try:
            return json.loads(content.decode("utf-8-sig", "replace"))
        except RecursionError:
            raise ValueError("it is nested too deeply") from None


def read_answer(body: object, *, where: str, hide: Callable[[str], str] = str) -> Answer | Trouble:
    """The answer that a chat completion holds, or why there is none.

    Args:
        body: What came, as plain JSON.
        where: The server, for errors.
        hide: Takes secrets out of what a server said.
    """
    if not isinstance(body, dict):
        return Trouble("unreadable", "the server does not answer with an object", where=where, do=_ADVICE)
    if body.get("error") and body.get("choices") is None:
        return _error_inside(body["error"], where, hide)
    used = _usage(body.get("usage"))
    found = _said(body, hide)
    if isinstance(found, tuple):
        kind, what = found
        return Trouble(kind, what, where=where, do=_ADVICE, input_tokens=used[0], output_tokens=used[1])
    return Answer(
        text=hide(whole_characters(found.text)),
        finish_reason=found.ended,
        model=_word(body.get("model"), hide),
        id=_word(body.get("id"), hide),
        input_tokens=used[0],
        output_tokens=used[1],
    )


def retry_after(headers: Mapping[str, str], *, now: float) -> float | None:
    """Seconds that a server asks us to wait: `retry-after-ms`, or `retry-after` as seconds or as a date.

    Args:
        headers: By name; names may be written in any case if the mapping does not mind.
        now: Seconds since 1970.

    >>> retry_after({"retry-after": "1.5"}, now=0.0)
    1.5
    >>> retry_after({"retry-after": "Thu, 01 Jan 1970 00:01:00 GMT"}, now=50.0)
    10.0
    """
    for name, unit in (("retry-after-ms", 0.001), ("retry-after", 1.0)):
        said = headers.get(name)
        if not said:
            continue
        try:
            seconds = float(said) * unit
        except ValueError:
            try:
                seconds = parsedate_to_datetime(said).timestamp() - now
            except (ValueError, TypeError, OverflowError):
                continue
        if math.isfinite(seconds):
            return max(seconds, 0.0)
    return None


def said_in(body: object) -> tuple[str, str]:
    """What an error says, and its code; empty where it does not say it in a known way."""
    inner = body.get("error", body) if isinstance(body, dict) else None
    if isinstance(inner, str):
        return inner, ""
    if not isinstance(inner, dict):
        return "", ""
    words = [inner.get(name) for name in ("message", "detail")]
    code = inner.get("code") or inner.get("type")
    return next((word for word in words if isinstance(word, str)), ""), code if isinstance(code, str) else ""


def _error_inside(error: Any, where: str, hide: Callable[[str], str]) -> Trouble:
    """Gateways send the errors of those behind them as an answer that went well."""
    said, _ = said_in({"error": error})
    code = error.get("code") if isinstance(error, dict) else None
    shown = f": {printable(hide(whole_characters(said)), limit=200)}" if said else ""
    kind: Kind = "unavailable"
    if isinstance(code, int) and not isinstance(code, bool):
        kind = "limited" if code == 429 else "refused" if 400 <= code < 500 and code != 408 else kind
    return Trouble(kind, f"the server answers with an error{shown}", where=where)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Said:
    """A text, and how it ended."""

    text: str
    ended: str | None


def _said(body: dict[str, Any], hide: Callable[[str], str]) -> _Said | tuple[Kind, str]:
    """What was said, or how it failed and what happened."""
    choices = body.get("choices")
    if isinstance(choices, list) and not choices:
        return "empty", "the answer has no choices"
    choice = choices[0] if isinstance(choices, list) else None
    message = choice.get("message") if isinstance(choice, dict) else None
    if not isinstance(choice, dict) or not isinstance(message, dict):
        return "unreadable", "the answer holds no choice with a message"
    ended, content = _word(choice.get("finish_reason"), hide), message.get("content")
    refusal = message.get("refusal")
    if isinstance(refusal, str) and refusal:
        return "refused", f"the model refuses: {printable(hide(whole_characters(refusal)), limit=200)}"
    if ended == "content_filter":
        return "refused", "the server's content filter took the answer"
    # A model that thinks until its tokens end says nothing, and has cost them.
    text = "" if content is None and ended == "length" else _text(content)
    if text is None:
        return (
            ("empty", "the answer has no content")
            if content is None
            else ("unreadable", "its content is no text")
        )
    return _Said(text=text, ended=ended)


def _text(content: Any) -> str | None:
    if isinstance(content, str):
        return content
    if not isinstance(content, list):
        return None
    # Some servers say a text in parts.
    parts = [part.get("text") if isinstance(part, dict) else part for part in content]
    words = [part for part in parts if isinstance(part, str)]
    return "".join(words) if words else None


def _word(value: Any, hide: Callable[[str], str]) -> str | None:
    if not isinstance(value, str) or not value:
        return None
    said = hide(value)
    if len(said) <= _WORD and said.isascii() and said.isprintable() and " " not in said:
        return said  # as almost all are
    return printable(whole_characters(said), limit=_WORD)


def _usage(usage: Any) -> tuple[int | None, int | None]:
    told = usage if isinstance(usage, dict) else {}
    return _count(told.get("prompt_tokens")), _count(told.get("completion_tokens"))


def _count(value: Any) -> int | None:
    fits = isinstance(value, int) and not isinstance(value, bool) and 0 <= value <= _LARGEST
    return value if fits else None
