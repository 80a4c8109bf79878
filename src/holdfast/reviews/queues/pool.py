"""The pool: all that can be drawn, as columns of items that lack a number and a chance."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import msgspec
import numpy as np
import pyarrow as pa

from holdfast.data.hashes import data_hash
from holdfast.data.lineage.sidecar import lineage_of
from holdfast.errors import UsageError, unknown
from holdfast.reviews.queues.contract import ITEM_COLUMNS

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from holdfast.data import Records
    from holdfast.data.preferences.preferences import Preferences
    from holdfast.reviews.queues.contract import Shape

DRAWN = ("item", "band", "drawn_by", "chance", "known", "suggestion", "again")
"""Columns of an item that the draw gives."""
POOL_COLUMNS = pa.schema([field for field in ITEM_COLUMNS if field.name not in DRAWN])


@dataclass(frozen=True, slots=True, kw_only=True)
class Pool:
    """What can be drawn.

    Attributes:
        shape: `single` or `pair`.
        table: `POOL_COLUMNS`, one row for each record or pair.
        sources: The sets: name, rows, digest.
        said: What the labels of preference pairs say, `a`, `b` or `both_good`, None where they say nothing; None for other sets.
        notes: One sentence for each decision a reader may want to know of.
    """

    shape: Shape
    table: pa.Table
    sources: tuple[dict[str, Any], ...]
    said: tuple[str | None, ...] | None = None
    notes: tuple[str, ...] = ()

    def __len__(self) -> int:
        return int(self.table.num_rows)

    @property
    def strata(self) -> list[str | None]:
        """The stratum of each row."""
        values: list[str | None] = self.table.column("stratum").to_pylist()
        return values

    def values(self, names: Sequence[str]) -> list[list[Any]]:
        """Members of the rows as they were given, one list for each name; a name may be a path such as `scores.fluency`.

        Raises:
            UsageError: No row has one of them.
        """
        found: list[list[Any]] = [[] for _ in names]
        seen: dict[str, None] = {}
        decode = msgspec.json.Decoder().decode
        for batch in self.table.column("row").chunks:
            for text in batch.to_pylist():
                row = decode(text)
                if len(seen) < 1_000:  # what a row may be called by, for the error
                    seen |= dict.fromkeys(row)
                for column, name in zip(found, names, strict=True):
                    column.append(_member(row, name))
        for column, name in zip(found, names, strict=True):
            if all(value is None for value in column):
                raise unknown("column", name, list(seen))
        return found


def pool_of_records(records: Records) -> Pool:
    """A set of single records; they were read with `keep_rows`."""
    columns = dict.fromkeys(POOL_COLUMNS.names, None) | _columns(records)
    columns["text"] = records.table.column("text")
    columns["answer_at"] = records.table.column("answer_at")
    return Pool(shape="single", table=_table(columns, len(records)), sources=(source_of(records),), notes=())


def pool_of_preferences(preferences: Preferences) -> Pool:
    """Pairs that stand in one row each; they were read with `keep_rows`."""
    pairs, labels = preferences.pairs, preferences.labels
    if preferences.written is None:
        raise TypeError("preferences are read with their rows")
    count = len(preferences)
    rows: list[str] = ["{}"] * count
    sums = np.zeros(count)
    told = np.zeros(count, bool)
    owners = labels.column("pair").to_pylist()
    for place, (pair, label) in enumerate(zip(owners, labels.column("label").to_pylist(), strict=True)):
        if not told[pair]:
            rows[pair] = preferences.written.rows[preferences.written.row[place]]
        told[pair] = True
        sums[pair] += label
    said = tuple(
        None if not known else "a" if total > 0 else "b" if total < 0 else "both_good"
        for known, total in zip(told.tolist(), sums.tolist(), strict=True)
    )
    columns = dict.fromkeys(POOL_COLUMNS.names, None) | {
        "id": pairs.column("pair_id"),
        "content_hash": pairs.column("pair_hash"),
        "prompt": pairs.column("prompt"),
        "text": pairs.column("response_a"),
        "text_b": pairs.column("response_b"),
        "agent": pairs.column("author_a"),
        "agent_b": pairs.column("author_b"),
        "row": rows,
    }
    source = {
        "name": preferences.name,
        "rows": count,
        "digest": data_hash(pairs.column("pair_id").to_pylist(), pairs.column("pair_hash").to_pylist()),
    }
    left = tuple(f"{rows:,} left out: {why}." for why, rows in sorted(preferences.set_aside.items()))
    return Pool(
        shape="pair",
        table=_table(columns, count),
        sources=(source,),
        said=said,
        notes=(*preferences.notes, *left),
    )


def pool_of_two(records: Records, other: Records, *, by: str | None = None) -> Pool:
    """What two sets answer to the same: each pair has one record of either.

    Args:
        records: The one; its answers are `text`.
        other: The other; its answers are `text_b`.
        by: `id` or `prompt`; None takes ids where they meet, and prompts otherwise.

    Raises:
        UsageError: Nothing in the one meets anything in the other.
    """
    keys: dict[str, tuple[Sequence[str | None], Sequence[str | None]]] = {
        "id": (list(records.ids), list(other.ids)),
        "prompt": (_prompts(records), _prompts(other)),
    }
    if by is not None and by not in keys:
        raise unknown("way to join two sets", by, list(keys))
    names = [by] if by is not None else list(keys)
    chosen, pairs = names[0], []
    for chosen in names:
        pairs = _joined(*keys[chosen])
        if pairs:
            break
    if not pairs:
        raise UsageError(
            f"no row of {other.name} has the {' or the '.join(names)} of a row of {records.name}",
            where="--against",
            do="Blind pairs are answers to the same: give both sets ids or prompts that meet",
        )
    texts, others = records.texts, other.texts
    differ = [(one, two) for one, two in pairs if texts[one] != others[two]]
    notes = [f"{len(differ):,} pairs were joined by {chosen}."]
    if len(differ) < len(pairs):
        notes.append(f"{len(pairs) - len(differ):,} pairs left out: both texts are the same.")
    if not differ:
        raise UsageError("all pairs are of equal texts", where="--against", do="Give another set")
    return _paired(records, other, differ, tuple(notes))


def source_of(records: Records) -> dict[str, Any]:
    """What is said of a set: its name, rows and digest."""
    hashes = records.table.column("content_hash").to_pylist()
    return {"name": records.name, "rows": len(records), "digest": data_hash(records.ids, hashes)}


def codes_of(values: Sequence[Any]) -> tuple[NDArray[np.int64], list[Any]]:
    """int64 [n], the place of each value among the distinct ones, which are sorted with None first; and these."""
    names = sorted(set(values), key=lambda value: "" if value is None else "x" + str(value))
    place = {name: number for number, name in enumerate(names)}
    return np.fromiter((place[value] for value in values), np.int64, len(values)), names


def _columns(records: Records) -> dict[str, Any]:
    table = records.table
    lineage = lineage_of(records)
    return {
        "id": table.column("id"),
        "content_hash": table.column("content_hash"),
        "label": table.column("stratum"),
        "stratum": table.column("stratum"),
        "row": table.column("row"),
        "source_type": None if lineage is None else lineage.column("source_type"),
        "agent": None if lineage is None else lineage.column("agent"),
    }


def _paired(
    records: Records, other: Records, pairs: Sequence[tuple[int, int]], notes: tuple[str, ...]
) -> Pool:
    mine, theirs = (pa.array([pair[side] for pair in pairs], pa.int64()) for side in (0, 1))
    one = _table(
        dict.fromkeys(POOL_COLUMNS.names, None) | _columns(records) | _text(records), len(records)
    ).take(mine)
    two = _table(dict.fromkeys(POOL_COLUMNS.names, None) | _columns(other) | _text(other), len(other)).take(
        theirs
    )
    prompts, answers, answers_b = [], [], []
    for first, second in zip(_split(one), _split(two), strict=True):
        # Where prompts differ, or one side has none, people see both texts whole.
        same = first[0] is not None and first[0] == second[0]
        prompts.append(first[0] if same else None)
        answers.append(first[1] if same else (first[0] or "") + first[1])
        answers_b.append(second[1] if same else (second[0] or "") + second[1])
    columns = {name: one.column(name) for name in POOL_COLUMNS.names} | {
        "prompt": prompts,
        "text": answers,
        "answer_at": None,
        "text_b": answers_b,
        "id_b": two.column("id"),
        "content_hash_b": two.column("content_hash"),
        "row_b": two.column("row"),
        "agent": [agent or records.name for agent in one.column("agent").to_pylist()],
        "agent_b": [agent or other.name for agent in two.column("agent").to_pylist()],
    }
    return Pool(
        shape="pair",
        table=_table(columns, len(pairs)),
        sources=(source_of(records), source_of(other)),
        notes=notes,
    )


def _text(records: Records) -> dict[str, Any]:
    return {"text": records.table.column("text"), "answer_at": records.table.column("answer_at")}


def _split(table: pa.Table) -> list[tuple[str | None, str]]:
    """Prompt and answer of each row."""
    columns = (table.column(name).to_pylist() for name in ("text", "answer_at"))
    return [(None, text) if at is None else (text[:at], text[at:]) for text, at in zip(*columns, strict=True)]


def _prompts(records: Records) -> list[str | None]:
    answers = records.answers or [None] * len(records)
    return [
        None if at is None else text[:at].strip() for text, at in zip(records.texts, answers, strict=True)
    ]


def _joined(mine: Sequence[str | None], theirs: Sequence[str | None]) -> list[tuple[int, int]]:
    """Places that have one key; of several with the same, the first meets the first, and so on."""
    waiting: dict[str, list[int]] = {}
    for place, key in enumerate(theirs):
        if key is not None:
            waiting.setdefault(key, []).append(place)
    for places in waiting.values():
        places.reverse()
    return [
        (place, waiting[key].pop()) for place, key in enumerate(mine) if key is not None and waiting.get(key)
    ]


def _table(columns: dict[str, Any], rows: int) -> pa.Table:
    arrays = []
    for field in POOL_COLUMNS:
        values = columns[field.name]
        if values is None:
            arrays.append(pa.nulls(rows, field.type))
        elif isinstance(values, list):
            arrays.append(pa.array(values, field.type))
        else:
            arrays.append(values.cast(field.type))
    # Nullable here, whatever an item may lack: the fields that must not be null are seen to when a queue is written.
    return pa.Table.from_arrays(arrays, names=POOL_COLUMNS.names)


def _member(row: Any, name: str) -> Any:
    if isinstance(row, dict) and name in row:
        return row[name]
    value = row
    for part in name.split("."):
        value = value.get(part) if isinstance(value, dict) else None
    return value
