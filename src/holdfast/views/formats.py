"""Formats: how rows are laid out, whatever they say."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

CHARACTERS_READ = 4_000

FORMATS: tuple[tuple[str, re.Pattern[str]], ...] = (
    ("bullet list", re.compile(r"^[ \t]{0,8}[-*•][ \t]+\S", re.MULTILINE)),
    ("numbered list", re.compile(r"^[ \t]{0,8}\d{1,3}[.)][ \t]+\S", re.MULTILINE)),
    ("heading", re.compile(r"^#{1,6}[ \t]+\S", re.MULTILINE)),
    ("bold text", re.compile(r"\*\*[^*\n]{1,200}\*\*")),
    ("code block", re.compile(r"^[ \t]*(?:```|~~~)", re.MULTILINE)),
    ("several paragraphs", re.compile(r"\S[ \t]*\n[ \t]*\n[ \t]*\S")),
    ("several lines", re.compile(r"\S[ \t]*\n[ \t]*\S")),
    ("dash between clauses", re.compile(r"\w ?[—–] ?\w")),
    ("quoted whole", re.compile(r"\A\s*[\"“«].*[\"”»]\s*\Z", re.DOTALL)),
    ("ends with a question mark", re.compile(r"[?？]\s*\Z")),
    ("ends with a full stop", re.compile(r"[.。]\s*\Z")),
    ("ends with an exclamation mark", re.compile(r"[!！]\s*\Z")),
    ("begins with a capital letter", re.compile(r"\A\s*[A-ZÀ-ÖØ-ÞА-ЯΑ-Ω]")),
    ("emoji", re.compile("[\U0001f300-\U0001faff\u2600-\u27bf]")),
    ("link", re.compile(r"https?://\S")),
    ("digits", re.compile(r"\d")),
    ("JSON object", re.compile(r"\A\s*\{.*\}\s*\Z", re.DOTALL)),
)


def read_formats(texts: Sequence[str]) -> NDArray[np.bool_]:
    """Which formats each text shows, bool [n, formats]; the beginning and the end of long texts are read."""
    half = CHARACTERS_READ // 2
    parts = [text if len(text) <= CHARACTERS_READ else text[:half] + text[-half:] for text in texts]
    found = [[pattern.search(part) is not None for _, pattern in FORMATS] for part in parts]
    return np.array(found, bool).reshape(len(texts), len(FORMATS))
