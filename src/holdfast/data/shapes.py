"""Shapes: where the text of a row stands, found from the first rows or named by the user."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from holdfast.data.columns import LABEL_NAMES, check_column, columns_of
from holdfast.data.paired import are_unpaired, name_columns, one_side
from holdfast.data.rows import Row, RowError
from holdfast.data.turns import answer_of, is_turn, texts_of
from holdfast.errors import InputError, PreferenceInput

if TYPE_CHECKING:
    from collections.abc import Sequence

_CHATS = ("messages", "conversations", "conversation", "dialog", "dialogue", "chat", "turns")
# Question and answer by the names that published sets use; the first pair that is there counts.
_PAIRS = tuple(
    (first, second)
    for first in ("prompt", "question", "instruction", "query", "problem", "input", "user")
    for second in ("completion", "response", "answer", "output", "solution", "assistant")
)
_TEXTS = (
    *(
        "text",
        "sentence",
        "content",
        "utterance",
        "query",
        "question",
        "instruction",
        "prompt",
        "message",
        "x",
    ),
    *(
        "body",
        "document",
        "passage",
        "review",
        "comment",
        "tweet",
        "article",
        "input",
        "completion",
        "response",
    ),
    *("output", "answer"),
)
_NO_TEXT = frozenset({"id", "_id", "uuid", "idx", "url", "uri", "link", "path", "date", "timestamp", "hash"})
# A value this long, or with a space in it, is rather prose than a code or a label.
_LONG = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Shape:
    """How the text of a row is put together.

    Attributes:
        name: `text`, `prompt_completion`, `messages`, `sharegpt` or `alpaca`.
        columns: The columns that hold the text, in the order in which they are joined.
        known: All columns of the first rows of this shape.
        notes: What a reader may want to override.
    """

    name: str
    columns: tuple[str, ...]
    known: frozenset[str] = frozenset()
    notes: tuple[str, ...] = ()

    def text_of(self, row: Row) -> str | None:
        """The row's turns, joined by line feeds; None where there is no text.

        Raises:
            RowError: The row is of another shape, or holds something that is no text.
        """
        if not any(column in row for column in self.columns):
            self._refuse_stranger(row)
            return None
        if self.name == "alpaca" and any(is_turn(row.get(column)) for column in self.columns):
            raise RowError("the row holds messages, the first rows are of shape alpaca")
        texts: list[str] = []
        for column in self.columns:
            texts += texts_of(row.get(column), column, shape=self.name)
        return "\n".join(text for text in texts if text) or None

    def answer_at(self, row: Row, text: str) -> int | None:
        """Where in the text of a row the answer to what stands before it begins; None where there is no prompt.

        The answer is the last column of a pair or an instruction, and the assistant's last turn of a conversation.

        Args:
            row: The row.
            text: Its text.
        """
        last = self.columns[-1]
        if self.name in ("prompt_completion", "alpaca"):
            parts = texts_of(row.get(last), last, shape=self.name)
        elif self.name in ("messages", "sharegpt"):
            parts = answer_of(row.get(last), last, shape=self.name)
        else:
            return None
        answer = "\n".join(part for part in parts if part)
        return len(text) - len(answer) if answer and text.endswith(f"\n{answer}") else None

    def _refuse_stranger(self, row: Row) -> None:
        """A row of known columns without the text is an empty one (writers leave nulls out); others are not."""
        other = _find([row])
        if other is not None and other.columns != self.columns:
            raise RowError(
                f"the row is of shape {other.name} ({' + '.join(other.columns)}), the first rows are of "
                f"shape {self.name} ({' + '.join(self.columns)})",
                do="Read files of different shapes one by one, or leave such rows out with --on-bad-row skip",
            )
        if not self.known.issuperset(row):
            raise RowError(f"the row has no column {self.columns[0]!r}; it has {', '.join(map(str, row))}")


def find_shape(rows: Sequence[Row], *, text: str | None = None) -> Shape:
    """The shape of a set, from its first rows.

    Args:
        rows: The first rows.
        text: The column, or the columns joined by `+`, that the user named.

    Raises:
        UsageError: A named column does not exist.
        PreferenceInput: The rows are preference data, and no side was named.
        InputError: No column holds text.
    """
    columns = columns_of(rows)
    if text is not None:
        shape = _named(rows, columns, text)
    else:
        _refuse_preferences(rows, columns)
        shape = _find_first(rows) or _guess(rows, columns)
    own = [row for row in rows if any(column in row for column in shape.columns)]
    return replace(shape, known=frozenset(columns_of(own)))


def _named(rows: Sequence[Row], columns: Sequence[str], text: str) -> Shape:
    names = (text,) if text in columns else tuple(part.strip() for part in text.split("+"))
    for name in names:
        check_column(name, columns, flag="--text")
    if len(names) > 1:
        lowered = tuple(name.lower() for name in names)
        return Shape(name="prompt_completion" if lowered in _PAIRS else "text", columns=names)
    held = _held(rows, names[0])
    return Shape(name=held if held in ("messages", "sharegpt") else "text", columns=names)


def _refuse_preferences(rows: Sequence[Row], columns: Sequence[str]) -> None:
    named = name_columns(columns)
    side = one_side(named)
    if side is not None:
        what = "chosen, rejected" if side == named.get("chosen") else f"{side} and another, with a verdict"
        raise PreferenceInput(
            f"the rows are preference pairs ({what}), not single records",
            do=f"holdfast audit and holdfast.audit_preferences read pairs; one side alone is read with --text {side}",
        )
    if are_unpaired(rows, named):
        text = "prompt+completion" if "completion" in named else "<column>"
        raise PreferenceInput(
            "the rows are unpaired preferences (a text with a verdict), which no command audits as preferences yet",
            do=f"Give the text with --text {text}; holdfast.audit_preferences reads pairs",
        )


def _find_first(rows: Sequence[Row]) -> Shape | None:
    """The shape of all rows; where they differ, the shape of the first, so that the others are the strangers."""
    shape = _find(rows)
    if shape is None:
        return None
    first = next(filter(None, (_find([row]) for row in rows)), shape)
    if set(first.columns).isdisjoint(shape.columns):
        return _find([row for row in rows if not set(first.columns).isdisjoint(row)])
    return shape


def _find(rows: Sequence[Row]) -> Shape | None:
    """A shape that the names of the columns, and what they hold, make plain."""
    columns = columns_of(rows)
    named = {column.lower(): column for column in reversed(columns)}
    held = {name: _held(rows, column) for name, column in named.items()}
    shape = (
        _chat(named, held)
        or _alpaca(named, held)
        or _text(named, held)
        or _pair(named, held)
        or _single(named, held)
    )
    if shape is None:
        return None
    others = [
        column for column in columns if held[column.lower()] != "nothing" and column not in shape.columns
    ]
    rest = [column for column in others if column.lower() in (*_TEXTS, *_CHATS, "context")]
    if not rest:
        return shape
    note = (
        f"The text is taken from {' + '.join(shape.columns)}; {', '.join(rest)} "
        f"{'is' if len(rest) == 1 else 'are'} not read; --text changes this."
    )
    return replace(shape, notes=(note,))


def _chat(named: dict[str, str], held: dict[str, str]) -> Shape | None:
    for name in _CHATS:
        if held.get(name) in ("messages", "sharegpt"):
            before = (named["system"],) if held.get("system") == "text" else ()
            return Shape(name=held[name], columns=(*before, named[name]))
    return None


def _alpaca(named: dict[str, str], held: dict[str, str]) -> Shape | None:
    if held.get("instruction") != "text" or "output" not in named:
        return None
    parts = ("system", "history", "instruction", "input", "output")
    return Shape(name="alpaca", columns=tuple(named[part] for part in parts if part in named))


def _text(named: dict[str, str], held: dict[str, str]) -> Shape | None:
    # Whatever it holds: a number in a column of this name is an error worth a line number, not a reason to look on.
    return Shape(name="text", columns=(named["text"],)) if held.get("text", "nothing") != "nothing" else None


def _pair(named: dict[str, str], held: dict[str, str]) -> Shape | None:
    for pair in _PAIRS:
        if all(held.get(name) in ("text", "messages") for name in pair):
            return Shape(name="prompt_completion", columns=tuple(named[name] for name in pair))
    return None


def _single(named: dict[str, str], held: dict[str, str]) -> Shape | None:
    for name in _TEXTS:
        if held.get(name) == "text":
            return Shape(name="text", columns=(named[name],))
    return None


def _guess(rows: Sequence[Row], columns: Sequence[str]) -> Shape:
    """Messages by any name, else the column of strings with the most distinct long values."""
    held = {column: _held(rows, column) for column in columns}
    for column, kind in held.items():
        if kind in ("messages", "sharegpt"):
            return Shape(name=kind, columns=(column,), notes=(_guess_note(column, "holds messages"),))
    ranks = []
    for column in columns:
        if held[column] == "text" and column.lower() not in (*LABEL_NAMES, *_NO_TEXT):
            values = {row[column] for row in rows if isinstance(row.get(column), str)}
            long = sum(len(value) >= _LONG or " " in value.strip() for value in values)
            ranks.append((long, sum(map(len, values)), column))
    if ranks:
        best = max(ranks, key=lambda rank: rank[:2])[2]
        return Shape(
            name="text", columns=(best,), notes=(_guess_note(best, "has the most distinct long values"),)
        )
    # A column of the right name without a text: its rows are empty, or their errors say what it holds.
    for column in columns:
        if column.lower() in (*_TEXTS, *_CHATS):
            return Shape(name="text", columns=(column,))
    listed = ", ".join(f"{column} ({kind})" for column, kind in held.items()) or "none"
    raise InputError(f"no column holds text; the columns are {listed}", do="Name one with --text")


def _guess_note(column: str, reason: str) -> str:
    return f"No column has a usual name for text; {column!r} {reason}; --text changes this."


def _held(rows: Sequence[Row], column: str) -> str:
    """What the first filled value of a column is."""
    for row in rows:
        value = row.get(column)
        if value is None or value in ("", [], {}):
            continue
        if isinstance(value, str):
            return "text"
        if isinstance(value, int | float):
            return "numbers"
        turn = value[0] if isinstance(value, list | tuple) else value
        return is_turn(turn) or "other values"
    return "nothing"
