from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from holdfast.pages.inert import inert
from holdfast.reports.columns import cells, cut, pad, wrap

FORBIDDEN = [chr(code) for code in (*range(0x20), *range(0x7F, 0xA0))] + list(
    "\u202e\u202d\u2066\u2069\u200f\u2028\ufeff\ud800"
)


@pytest.mark.parametrize("character", FORBIDDEN)
def test_controls_never_survive(character: str) -> None:
    assert character not in inert(f"a{character}b")


def test_escapes_are_visible_evidence() -> None:
    assert inert("a\x1b[31mb\u202ec") == "a\\x1b[31mb\\u202ec"


def test_joiners_that_languages_need_survive() -> None:
    assert inert("می\u200cخواهم 👩\u200d💻") == "می\u200cخواهم 👩\u200d💻"


def test_lines_are_kept_only_where_asked() -> None:
    assert inert("a\r\nb\n\nc") == "a b c"
    assert inert("a\r\nb\n\nc", lines=True) == "a\nb\n\nc"
    assert "\x1b" not in inert("a\n\x1b[2J", lines=True)


@given(text=st.text(max_size=300), limit=st.integers(4, 80), lines=st.booleans())
def test_never_longer_than_asked(*, text: str, limit: int, lines: bool) -> None:
    assert len(inert(text, limit=limit, lines=lines)) <= limit


@given(st.text(max_size=200), st.integers(10, 60))
def test_wrapped_lines_fit_and_lose_nothing(text: str, width: int) -> None:
    plain = inert(text)
    lines = wrap(plain, width, first="- ")
    assert all(cells(line) <= width for line in lines)
    joined = "".join(lines).removeprefix("- ").replace(" ", "")
    assert joined == plain.replace(" ", "")


def test_wide_characters_count_twice() -> None:
    assert cells(cut("漢字漢字", 5)) <= 5
    assert pad("漢字", 6) == "漢字  "
    assert pad("7", 3, right=True) == "  7"
