"""Cells: what stands in one member of a row, as a text, a name, a number or a word; or why it is none."""

from __future__ import annotations

import math
import re
from typing import TYPE_CHECKING, Any

from holdfast.data.preferences.preferences import TIE, A, B
from holdfast.data.rows import Row, RowError
from holdfast.data.turns import is_turn, kind_in_words, texts_of
from holdfast.errors import unknown

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

_SIDES = {"a": A, "b": B}
_LABELS = {**_SIDES, "tie": TIE}
_NO_NUMBER = frozenset({"n/a", "na", "none", "null"})
_EXACT = 2**53
"""Beyond, a double cannot tell whole numbers apart; no preference is that large."""
ONE_PAIR = "Write one row for each pair of responses"
_OTHER_TEXT = "A response is a string, a message or a list of messages"


def text_of(value: Any, column: str) -> str | None:
    r"""A text: a string as it is, messages as their turns joined by line feeds; None where there is nothing.

    Raises:
        RowError: It is something else.

    >>> text_of([{"role": "user", "content": "a"}, {"role": "assistant", "content": "b"}], "x")
    'a\nb'
    """
    if value is None or isinstance(value, str):
        return value
    if isinstance(value, list | tuple) and not value:
        return None
    first = value[0] if isinstance(value, list | tuple) else value
    dialect = is_turn(first)
    if dialect is None and isinstance(value, list | tuple) and all(isinstance(one, str) for one in value):
        if len(value) == 1:
            return str(value[0])
        raise RowError(f"{column!r} holds {len(value)} responses, not one", do=ONE_PAIR)
    if dialect is None and not (isinstance(value, list | tuple) and isinstance(first, list | tuple)):
        raise RowError(f"{column!r} is {kind_in_words(value)}, not text", do=_OTHER_TEXT)
    return "\n".join(texts_of(value, column, shape=dialect or "messages"))


def responses_of(row: Row, column_a: str, column_b: str) -> tuple[str, str]:
    """Both responses of a row; the empty string where one is null, which is set aside later.

    Raises:
        RowError: The row has neither column, or holds something that is no text.
    """
    if column_a not in row and column_b not in row:
        raise RowError(
            f"the row has neither {column_a!r} nor {column_b!r}; it has {', '.join(map(str, row)) or 'nothing'}"
        )
    return text_of(row.get(column_a), column_a) or "", text_of(row.get(column_b), column_b) or ""


def name_of(value: Any, column: str) -> str | None:
    """A name: a string, a whole number, or several joined by a slash; None where there is none.

    Raises:
        RowError: It is something else.
        UnicodeEncodeError: It holds half of a surrogate pair.

    >>> name_of(7, "annotator"), name_of(["gpt-4", "pair-v2"], "judge"), name_of(" ", "judge")
    ('7', 'gpt-4/pair-v2', None)
    """
    if value is None:
        return None
    if isinstance(value, str):
        if not value.isascii():
            value.encode()  # half of a surrogate pair is no character: better known here than when all is written
        return value.strip() or None
    if isinstance(value, int) and not isinstance(value, bool):
        return str(value)
    if isinstance(value, float) and not math.isfinite(value):
        return None
    if isinstance(value, float) and value.is_integer():  # whole numbers with gaps arrive as floats
        return str(int(value))
    if isinstance(value, list | tuple) and all(isinstance(part, str) for part in value):
        return "/".join(value) or None
    raise RowError(f"{column!r} is {kind_in_words(value)}, not a name")


def number_of(value: Any, column: str) -> float | int | None:
    """A number; None where there is none, NaN included.

    Raises:
        RowError: It is no number.

    >>> number_of("1.5", "preference"), number_of("2", "preference"), number_of("", "preference")
    (1.5, 2, None)
    """
    if isinstance(value, str):
        text = value.strip()
        if not text or text.lower() in _NO_NUMBER:
            return None
        try:
            value = int(text) if re.fullmatch(r"[+-]?\d{1,18}", text) else float(text)
        except ValueError:
            raise RowError(f"{column!r} is {value!r:.60}, not a number") from None
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise RowError(f"{column!r} is {kind_in_words(value)}, not a number")
    if isinstance(value, float) and math.isnan(value):
        return None
    if not -_EXACT <= value <= _EXACT:
        raise RowError(f"{column!r} is out of range")
    return value


def word_of(value: Any, column: str, words: Mapping[str, Any], *, kind: str) -> Any:
    """What a word stands for; None where there is none.

    Raises:
        RowError: The word is none of these; the nearest is named.

    >>> word_of("Tie", "label", {"a": 1, "tie": 0}, kind="label")
    0
    """
    if value is None or (isinstance(value, str) and not value.strip()):
        return None
    if not isinstance(value, str):
        raise RowError(
            f"{column!r} is {kind_in_words(value)}, not a word", do=f"There are: {', '.join(words)}"
        )
    found = words.get(value.strip().casefold())
    if found is None:
        error = unknown(kind, value.strip()[:60], list(words))
        raise RowError(f"{error.what} ({column})", do=str(error.do))
    return found


def label_of(value: Any, column: str) -> int | None:
    """A label by its word: `a`, `b` or `tie`."""
    found: int | None = word_of(value, column, _LABELS, kind="label")
    return found


def side_of(value: Any, column: str) -> int | None:
    """Which response by its word: `a` or `b`."""
    found: int | None = word_of(value, column, _SIDES, kind="response")
    return found


def refuse_third(row: Row, columns: Iterable[str]) -> None:
    """Refuses a row with more responses than a pair has.

    Raises:
        RowError: One of the columns holds something.
    """
    for column in columns:
        if row.get(column) not in (None, ""):
            raise RowError(f"the row has a third response, {column!r}", do=ONE_PAIR)
