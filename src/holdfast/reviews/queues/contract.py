"""A queue, opened: what people are asked, about which rows, and with which chance each was drawn.

A queue is a folder: `queue.json` and `items.parquet` are written once and never change, `decisions.sqlite` grows beside them.
"""

from __future__ import annotations

import json
import threading
from collections import OrderedDict
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import msgspec
import pyarrow as pa

from holdfast.data.hashes import digest_of
from holdfast.data.write import sha256_of
from holdfast.errors import InputError
from holdfast.reviews.questions.file import questionnaire_of

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from holdfast.reviews.questions.question import Questionnaire

SCHEMA = "holdfast.queue/1"
QUEUE_FILE, ITEMS_FILE, DECISIONS_FILE = "queue.json", "items.parquet", "decisions.sqlite"
Shape = Literal["single", "pair"]
ITEM_COLUMNS = pa.schema(
    [
        pa.field("item", pa.int64(), nullable=False),
        pa.field("id", pa.string(), nullable=False),
        pa.field("content_hash", pa.string(), nullable=False),
        ("id_b", pa.string()),
        ("content_hash_b", pa.string()),
        ("prompt", pa.large_string()),
        pa.field("text", pa.large_string(), nullable=False),
        ("answer_at", pa.int64()),
        ("text_b", pa.large_string()),
        ("label", pa.string()),
        pa.field("row", pa.large_string(), nullable=False),
        ("row_b", pa.large_string()),
        ("stratum", pa.string()),
        ("band", pa.string()),
        ("source_type", pa.string()),
        ("agent", pa.string()),
        ("agent_b", pa.string()),
        pa.field("drawn_by", pa.string(), nullable=False),
        ("chance", pa.float64()),
        ("known", pa.string()),
        ("suggestion", pa.string()),
        pa.field("again", pa.bool_(), nullable=False),
    ]
)
_GROUPS_KEPT = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """What people are asked about: a record, or a pair of them.

    Attributes:
        item: Its number, from 0: the order in which items are shown.
        id: Id of the record; of a pair that stood in one row, the id of the pair.
        content_hash: `sha256:...` of the record (the `pair_hash` of a pair that stood in one row).
        id_b: Id of the other record of a pair that was joined from two sets.
        content_hash_b: Its `sha256:...`.
        prompt: What both of a pair answer; None for a single record, whose text holds its prompt.
        text: Its text, or the first response of a pair.
        answer_at: The character of `text` where the answer to a prompt begins, or None.
        text_b: The other response of a pair.
        label: The label the record has, or None.
        row: The record as it was given, JSON.
        row_b: The other one of a pair, where it had a row of its own.
        stratum: Its stratum, or None.
        band: Its rarity band in reality (see `stats.bands.BANDS`), or None where reality does not know its stratum.
        source_type: Where it came from (lineage), or None.
        agent: The model that wrote it, or `text` of a pair; None where unknown.
        agent_b: The model that wrote `text_b`.
        drawn_by: The first part of the design that drew it: `random`, `tail`, `threshold`, `source`, `disagreement` or `gold`.
        chance: With which it was drawn, by any part; None for gold questions, which carry no weight.
        known: The right answers of a gold question, by the name of the question; None elsewhere.
        suggestion: What a model or a filter says, by the name of the question; None where nobody does.
        again: Whether every reviewer is asked.
    """

    item: int
    id: str
    content_hash: str
    id_b: str | None
    content_hash_b: str | None
    prompt: str | None
    text: str
    answer_at: int | None
    text_b: str | None
    label: str | None
    row: str
    row_b: str | None
    stratum: str | None
    band: str | None
    source_type: str | None
    agent: str | None
    agent_b: str | None
    drawn_by: str
    chance: float | None
    known: dict[str, Any] | None
    suggestion: dict[str, Any] | None
    again: bool

    @property
    def gold(self) -> bool:
        """Whether its right answer is known: it is asked to measure people, and is no draw of the set."""
        return self.drawn_by == "gold"


@dataclass(frozen=True, slots=True, kw_only=True)
class Queue:
    """A queue, opened. Items are read when they are asked for.

    Attributes:
        path: Its folder.
        name: Its name.
        shape: `single` (one record) or `pair`.
        blind: Whether what a model or filter says, and who wrote what, stays hidden after the decision too.
        questions: What is asked.
        design: The parts by which rows were drawn, with their options, as plain data.
        seed: Of all draws, and of left and right.
        people: How many people an item that is not for everybody is shown to.
        sources: The sets that rows came from: name, rows, digest.
        anchor: Name and digest of the anchor, or None.
        population: Rows of every stratum of the whole set that was drawn from, None for those without one.
        bands: The rarity band of strata that reality knows.
        rows: How many items there are, gold questions included.
        notes: One sentence for each decision that was made when it was drawn.
        digest: `sha256:...` over all of this, and through the sum of `items.parquet` over the items.
    """

    path: Path
    name: str
    shape: Shape
    blind: bool
    questions: Questionnaire
    design: tuple[dict[str, Any], ...]
    seed: int
    people: int
    sources: tuple[dict[str, Any], ...]
    anchor: dict[str, str] | None
    population: Mapping[str | None, int]
    bands: Mapping[str, str]
    rows: int
    notes: tuple[str, ...]
    digest: str
    _items: _Items = field(repr=False, compare=False)

    def __len__(self) -> int:
        return self.rows

    @property
    def decisions_file(self) -> Path:
        """Where decisions about it are kept."""
        return self.path / DECISIONS_FILE

    def item(self, number: int) -> Item:
        """One item.

        Raises:
            InputError: There is none of this number, or the file is damaged.
        """
        if not 0 <= number < self.rows:
            raise InputError(f"there is no item {number}: there are {self.rows:,}", where=str(self.path))
        values = self._items.row(number)
        for name in ("known", "suggestion"):
            values[name] = None if values[name] is None else json.loads(values[name])
        return Item(**values)

    def table(self, columns: Sequence[str] | None = None) -> pa.Table:
        """Columns of all items, in the order of their numbers; `known` and `suggestion` are JSON.

        Args:
            columns: Names out of `ITEM_COLUMNS`; None reads all.

        Raises:
            InputError: The file is damaged.
        """
        return self._items.table(columns)

    def numbers(self, id: str) -> tuple[int, ...]:
        """Items about the record of this id, on either side of a pair; empty where it was not drawn."""
        return self._items.numbers(id)

    def verify(self) -> None:
        """Checks that the items are those that were sealed.

        Raises:
            InputError: They are not.
        """
        self._items.verify()


@dataclass(slots=True)
class _Items:
    """The items on disk, read a group of rows at a time; some groups are kept."""

    file: Path
    sha256: str
    _lock: threading.RLock = field(default_factory=threading.RLock)
    _opened: Any = None
    _starts: list[int] = field(default_factory=list)
    _groups: OrderedDict[int, pa.Table] = field(default_factory=OrderedDict)
    _index: dict[str, tuple[int, ...]] | None = None

    def row(self, number: int) -> dict[str, Any]:
        from bisect import bisect_right

        with self._lock:
            self._open()
            group = bisect_right(self._starts, number) - 1
            if group in self._groups:
                self._groups.move_to_end(group)
            else:
                self._groups[group] = self._damaged(lambda: self._opened.read_row_group(group))
                while len(self._groups) > _GROUPS_KEPT:
                    self._groups.popitem(last=False)
            table = self._groups[group]
            found: dict[str, Any] = table.slice(number - self._starts[group], 1).to_pylist()[0]
            return found

    def table(self, columns: Sequence[str] | None) -> pa.Table:
        with self._lock:
            self._open()
            wanted = None if columns is None else list(columns)
            return self._damaged(lambda: self._opened.read(columns=wanted)).select(
                wanted or ITEM_COLUMNS.names
            )

    def numbers(self, id: str) -> tuple[int, ...]:
        with self._lock:
            if self._index is None:
                table = self.table(["id", "id_b"])
                index: dict[str, tuple[int, ...]] = {}
                both = zip(*(table.column(name).to_pylist() for name in ("id", "id_b")), strict=True)
                for number, ids in enumerate(both):
                    for one in dict.fromkeys(one for one in ids if one is not None):
                        index[one] = (*index.get(one, ()), number)
                self._index = index
            return self._index.get(id, ())

    def verify(self) -> None:
        if self._damaged(lambda: sha256_of(self.file)) != self.sha256:
            raise InputError(
                "the items are not those that were sealed",
                where=str(self.file),
                do="Restore the folder, or draw a new queue",
            )

    def _open(self) -> None:
        if self._opened is not None:
            return
        import pyarrow.parquet as pq

        self._opened = self._damaged(lambda: pq.ParquetFile(self.file))
        missing = set(ITEM_COLUMNS.names) - set(self._opened.schema_arrow.names)
        if missing:
            raise InputError(f"the column {min(missing)!r} is missing", where=str(self.file))
        start = 0
        for group in range(self._opened.metadata.num_row_groups):
            self._starts.append(start)
            start += self._opened.metadata.row_group(group).num_rows

    def _damaged(self, read: Any) -> Any:
        try:
            return read()
        except (OSError, pa.ArrowException) as error:
            raise InputError(
                f"cannot be read: {error}", where=str(self.file), do="Restore it from a copy"
            ) from error


def open_queue(folder: str | Path) -> Queue:
    """Opens a queue; its items are not read yet.

    Args:
        folder: The folder of the queue.

    Raises:
        InputError: It is no queue, one of a later release, or was edited.
    """
    path = Path(folder)
    file = path / QUEUE_FILE
    try:
        values = msgspec.json.decode(file.read_bytes())
    except FileNotFoundError:
        raise InputError(
            "is no queue: it has no queue.json", where=str(folder), do="holdfast review draw writes one"
        ) from None
    except (OSError, msgspec.DecodeError, UnicodeDecodeError) as error:
        raise InputError(f"cannot be read: {error}", where=str(file), do="Restore it from a copy") from error
    if not isinstance(values, dict) or values.get("schema") != SCHEMA:
        found = values.get("schema") if isinstance(values, dict) else None
        raise InputError(f"is not a {SCHEMA} (found {found!r})", where=str(file), do="Update holdfast")
    if values.get("digest") != queue_digest(values):
        raise InputError("was edited: its digest does not fit", where=str(file), do="Restore it from a copy")
    items = values["items"]
    if not (path / ITEMS_FILE).is_file() or (path / ITEMS_FILE).stat().st_size != items["bytes"]:
        raise InputError(
            "the items are missing or not those that were sealed",
            where=str(path / ITEMS_FILE),
            do="Restore the folder, or draw a new queue",
        )
    strata = values["strata"]
    return Queue(
        path=path,
        name=values["name"],
        shape=values["shape"],
        blind=values["blind"],
        questions=questionnaire_of(values["questions"], where=str(file)),
        design=tuple(values["design"]),
        seed=values["seed"],
        people=values["people"],
        sources=tuple(values["sources"]),
        anchor=values["anchor"],
        population={one["stratum"]: one["rows"] for one in strata},
        bands={one["stratum"]: one["band"] for one in strata if one["band"] is not None},
        rows=items["rows"],
        notes=tuple(values["notes"]),
        digest=values["digest"],
        _items=_Items(file=path / ITEMS_FILE, sha256=items["sha256"]),
    )


def queue_digest(values: Mapping[str, Any]) -> str:
    """`sha256:...` over what `queue.json` says, its own digest left out."""
    return digest_of({name: value for name, value in values.items() if name != "digest"})
