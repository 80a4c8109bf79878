"""A table of records as it grows, chunk by chunk."""

from __future__ import annotations

from hashlib import sha256
from operator import itemgetter
from typing import TYPE_CHECKING, Any

import msgspec
import pyarrow as pa

from holdfast.data.columns import id_of, label_of
from holdfast.data.hashes import EXACT, canonical_json, content_hash
from holdfast.data.rows import Row, RowError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from holdfast.data.layout import Layout

# Rows held as Python objects before they become Arrow columns.
_MOST_ROWS = 16_384
_MOST_CHARACTERS = 2**26
_ENCODE = msgspec.json.Encoder(order="sorted").encode


class NoIdsError(Exception):
    """A column that looked like ids does not hold ids after all."""


class GrowingTable:
    """Arrow columns as they grow."""

    def __init__(self, layout: Layout, *, keep_payload: bool, keep_rows: bool) -> None:
        self._layout = layout
        self._shape = layout.shape
        self._only = layout.shape.columns[0] if len(layout.shape.columns) == 1 else None
        self._labels = {label: f"label:{label}" for label in layout.labels}
        fields = [
            ("id", pa.string()),
            ("text", pa.large_string()),
            ("answer_at", pa.int64()),
            ("content_hash", pa.string()),
        ]
        fields += [(column, pa.string()) for column in self._labels.values()]
        fields += [("payload", pa.large_string())] if keep_payload else []
        fields += [("row", pa.large_string())] if keep_rows else []
        self._schema = pa.schema(fields)
        self._batches: list[Any] = []
        self._ids: list[str] = []
        self._texts: list[str] = []
        self._answers: list[int | None] = []
        self._hashes: list[str] = []
        self._strata: dict[str, list[str | None]] = {label: [] for label in layout.labels}
        self._unfit: set[str] = set()
        self._payloads: list[str] | None = [] if keep_payload else None
        self._rows: list[str] | None = [] if keep_rows else None
        self._characters = 0

    def text_of(self, row: Row) -> str | None:
        """The text of a row; None where it has none.

        Raises:
            RowError: The row holds something that is no text.
        """
        text = row.get(self._only) if self._only is not None else None
        if type(text) is not str:
            text = self._shape.text_of(row)
        return None if text is None or not text or text.isspace() else text

    def add(self, row: Row, text: str, prefix: str, line: int) -> None:
        """One more row.

        Raises:
            RowError: It holds something else than it should; nothing of it was added.
            NoIdsError: It has no id, and nobody said that it should.
        """
        # Everything that can fail comes first, so that the columns stay of one length.
        id_column = self._layout.id
        name = f"{prefix}:{line}" if id_column is None else self._id_of(row, id_column)
        digest = content_hash(row, id_column=id_column)
        payload = None if self._payloads is None else canonical_json(row).decode()
        given = None if self._rows is None else as_given(row)
        answer = self._shape.answer_at(row, text)
        labels = [self._label_of(row, label) for label in self._labels]
        self._ids.append(name)
        self._texts.append(text)
        self._answers.append(answer)
        self._hashes.append(digest)
        for values, value in zip(self._strata.values(), labels, strict=True):
            values.append(value)
        if self._payloads is not None and payload is not None:
            self._payloads.append(payload)
            self._characters += len(payload)
        if self._rows is not None and given is not None:
            self._rows.append(given)
            self._characters += len(given)
        self._characters += len(text)
        if len(self._ids) >= _MOST_ROWS or self._characters > _MOST_CHARACTERS:
            self._flush()

    def add_all(self, rows: Sequence[Row], prefix: str, lines: Sequence[int]) -> list[int] | None:
        """Rows of which nothing has to be told, column by column: the same as `add` of each, three times as fast.

        Returns:
            The numbers of the rows that have a text, or None where a row needs a closer look; nothing was added then.
        """
        if self._only is None or self._shape.name != "text":
            return None
        texts: list[Any] = [row.get(self._only) for row in rows]
        if set(map(type, texts)) != {str}:
            return None
        if not all(text and not text.isspace() for text in texts):
            kept = [at for at, text in enumerate(texts) if text and not text.isspace()]
            rows = [rows[at] for at in kept]
            texts = [texts[at] for at in kept]
            lines = [lines[at] for at in kept]
        ids = self._ids_of(rows, prefix, lines)
        labels = [_labels_of(rows, label) for label in self._labels]
        if ids is None or None in labels:
            return None
        try:
            hashes = _hashes_of(rows, self._layout.id)
            payloads = None if self._payloads is None else [canonical_json(row).decode() for row in rows]
            given = None if self._rows is None else [as_given(row) for row in rows]
        except (TypeError, UnicodeEncodeError, RecursionError):
            return None
        self._ids += ids
        self._texts += texts
        self._answers += [None] * len(texts)
        self._hashes += hashes
        for values, found in zip(self._strata.values(), labels, strict=True):
            values.extend(found or ())
        for kept_as, found_as in ((self._payloads, payloads), (self._rows, given)):
            if kept_as is not None and found_as is not None:
                kept_as.extend(found_as)
                self._characters += sum(map(len, found_as))
        self._characters += sum(map(len, texts))
        if len(self._ids) >= _MOST_ROWS or self._characters > _MOST_CHARACTERS:
            self._flush()
        return list(lines)

    def table(self) -> Any:
        """The table, with a column `label:<name>` for every column that may hold labels."""
        self._flush()
        return pa.Table.from_batches(self._batches, schema=self._schema)

    @property
    def unfit(self) -> frozenset[str]:
        """Candidates that hold something other than labels."""
        return frozenset(self._unfit)

    def _ids_of(self, rows: Sequence[Row], prefix: str, lines: Sequence[int]) -> list[str] | None:
        if self._layout.id is None:
            return [f"{prefix}:{line}" for line in lines]
        ids: list[Any] = [row.get(self._layout.id) for row in rows]
        kinds = set(map(type, ids))
        if kinds <= {str}:
            return ids if all(ids) else None
        return list(map(str, ids)) if kinds == {int} else None

    def _id_of(self, row: Row, column: str) -> str:
        found = id_of(row.get(column))
        if found is not None:
            return found
        if self._layout.named_id:
            raise RowError(f"the id column {column!r} holds {row.get(column)!r:.60}, which is no id")
        raise NoIdsError(f"The column {column!r} is not used for ids: not every row has one.")

    def _label_of(self, row: Row, label: str) -> str | None:
        try:
            return label_of(row.get(label))
        except RowError:
            if self._layout.named_label:
                raise
            self._unfit.add(label)  # a column of that name with other things in it is no label column
            return None

    def _flush(self) -> None:
        lists: list[list[Any]] = [self._ids, self._texts, self._answers, self._hashes, *self._strata.values()]
        lists += [values for values in (self._payloads, self._rows) if values is not None]
        arrays = [pa.array(values, field.type) for values, field in zip(lists, self._schema, strict=True)]
        self._batches.append(pa.record_batch(arrays, schema=self._schema))
        for values in lists:
            values.clear()
        self._characters = 0


def _labels_of(rows: Sequence[Row], label: str) -> list[str | None] | None:
    values: list[Any] = [row.get(label) for row in rows]
    kinds = set(map(type, values))
    if not kinds <= {str, type(None), bool, int}:
        return None
    if kinds <= {str, type(None)}:
        return [value if value and not value.isspace() else None for value in values]
    return list(map(label_of, values))


def _hashes_of(rows: Sequence[Row], id_column: str | None) -> list[str]:
    """`content_hash` of each row. Rows with the same columns of strings and numbers need no look at each value."""
    names = set(map(tuple, rows))
    if len(names) != 1:
        return [content_hash(row, id_column=id_column) for row in rows]
    (members,) = names
    kept = [name for name in members if name != id_column]
    columns = {name: list(map(itemgetter(name), rows)) for name in kept}
    if not all(
        type(name) is str and name.isascii() and _is_plain(column) for name, column in columns.items()
    ):
        return [content_hash(row, id_column=id_column) for row in rows]
    if len(kept) != len(members):
        rows = [dict(zip(kept, values, strict=True)) for values in zip(*columns.values(), strict=True)]
    return ["sha256:" + sha256(_ENCODE(row)).hexdigest() for row in rows]


def _is_plain(column: list[Any]) -> bool:
    """Whether JSON has one way only to write these values."""
    kinds = set(map(type, column))
    if int in kinds:
        return kinds == {int} and min(column) >= -EXACT and max(column) <= EXACT
    return kinds <= {str, bool}


def as_given(row: Row) -> str:
    """JSON of a row as it was given; values that JSON has no form for are written as `canonical_json` writes them."""
    try:
        return msgspec.json.encode(row).decode()
    except (TypeError, OverflowError):
        return canonical_json(row).decode()
