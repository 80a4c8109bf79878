r"""Inert text: what a stranger wrote, made safe to look at.

Labels, ids and texts come from files nobody has read. Before any of them is shown, control characters, terminal
escapes and bidirectional overrides become visible escapes such as `\x1b` (they are evidence, so they are not
silently dropped), and the length is bounded. Escaping for HTML, XML or Markdown comes after this, never instead.
"""

from __future__ import annotations

import re

# C0 and C1 controls, DEL; bidi marks, embeddings, overrides and isolates; line separators; zero-width space and
# BOM; interlinear annotation; surrogates; non-characters; tag characters. Joiners (U+200C, U+200D) stay: Persian,
# Indic scripts and emoji need them. Soft hyphen stays out: it hides inside words.
_UNSAFE = (
    "\x00-\x1f\x7f-\x9f\xad\u061c\u180e\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff0-\ufffb"
    "\ufdd0-\ufdef\ufffe\uffff\ud800-\udfff\U000e0000-\U000e007f"
)
_CONTROL = re.compile(f"[{_UNSAFE}]")
_CONTROL_BUT_NEWLINE = re.compile(f"(?!\n)[{_UNSAFE}]")
_SPACES = re.compile(r"[ \t\r\n\f\v\u0085\u2028\u2029]+")
# Stacked combining marks ("zalgo") climb over neighbouring lines; no script needs more than six on one letter.
_STACKED = re.compile(
    "([\u0300-\u036f\u0483-\u0489\u1ab0-\u1aff\u1dc0-\u1dff\u20d0-\u20ff]{6})[\u0300-\u036f\u0483-\u0489\u1ab0-\u1aff\u1dc0-\u1dff\u20d0-\u20ff]+"
)

LABEL = 80
"""Characters shown of a label or id."""


def inert(text: str, *, limit: int = 1_000, lines: bool = False) -> str:
    r"""Make text from a file safe to show, on one line unless `lines` is set.

    Args:
        text: Anything, a megabyte included; only its beginning is looked at.
        limit: Most characters returned, the ellipsis included.
        lines: Keep line breaks.

    Returns:
        Text without control characters, at most `limit` characters long.

    >>> inert("red \x1b[31malert\x1b[0m")
    'red \\x1b[31malert\\x1b[0m'
    >>> inert("one\r\n\ttwo", limit=20)
    'one two'
    >>> inert("a long sentence", limit=8)
    'a long…'
    """
    head = text[: 2 * limit + 64]
    whole = len(head) == len(text)
    if lines:
        head = head.replace("\r\n", "\n").replace("\r", "\n").replace("\t", "    ").strip("\n")
        head = _CONTROL_BUT_NEWLINE.sub(_visible, head)
    else:
        head = _CONTROL.sub(_visible, _SPACES.sub(" ", head).strip())
    head = _STACKED.sub(r"\1", head)
    if whole and len(head) <= limit:
        return head
    return head[: limit - 1].rstrip() + "…"


def without_controls(text: str) -> str:
    r"""Text that a person may go on writing: what cannot be seen is left out, for an escape in its place would stay in the text.

    Args:
        text: Anything; all of it is kept but what is unsafe.

    >>> without_controls("a\r\nb\x1b[0m\u202e")
    'a\nb[0m'
    """
    lines = text.replace("\r\n", "\n").replace("\r", "\n")
    return re.sub(f"(?![\n\t])[{_UNSAFE}]", "", lines)


def _visible(match: re.Match[str]) -> str:
    code = ord(match.group())
    if code < 0x100:
        return f"\\x{code:02x}"
    return f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"
