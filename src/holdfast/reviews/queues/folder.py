"""A queue as a folder: its items and what seals them, written whole or not at all."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import msgspec
import numpy as np
import pyarrow as pa

from holdfast.data import write_folder_atomic
from holdfast.data.write import describe_file
from holdfast.reviews.questions.file import plain as plain_questions
from holdfast.reviews.queues.contract import ITEM_COLUMNS, ITEMS_FILE, QUEUE_FILE, SCHEMA, queue_digest
from holdfast.reviews.queues.parts import plain as plain_part
from holdfast.reviews.queues.pool import codes_of

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from numpy.typing import NDArray

    from holdfast.reviews.questions.question import Questionnaire
    from holdfast.reviews.queues.order import Order
    from holdfast.reviews.queues.parts import Part
    from holdfast.reviews.queues.pool import Pool
    from holdfast.reviews.queues.reality import Reality

# One item is read by reading its group: small in rows, and where rows are huge, small in characters.
_GROUP_ROWS, _GROUP_CHARACTERS = 512, 2**22


@dataclass(frozen=True, slots=True, kw_only=True)
class Drawn:
    """What was drawn.

    Attributes:
        name: The name of the queue.
        pool: What was drawn from.
        rows: int64 [m], the rows of the pool.
        part: The part that drew each first.
        chance: float64 [m], the chance of each.
        suggestions: JSON of what is suggested for each, or None.
        gold: `POOL_COLUMNS` of the gold questions.
        known: The right answers of each.
        order: In which they are shown.
    """

    name: str
    pool: Pool
    rows: NDArray[np.int64]
    part: Sequence[str]
    chance: NDArray[np.float64]
    suggestions: Sequence[str | None]
    gold: pa.Table
    known: Sequence[dict[str, Any]]
    order: Order


def write_queue(
    output: str | Path,
    drawn: Drawn,
    *,
    questions: Questionnaire,
    design: Sequence[Part],
    reality: Reality,
    blind: bool,
    people: int,
    seed: int,
) -> None:
    """Writes the folder of a queue.

    Args:
        output: The folder; it must not exist.
        drawn: The items.
        questions: What is asked.
        design: By which parts they were drawn.
        reality: What is known of reality.
        blind: Whether what is hidden stays hidden after the decision.
        people: How many people see an item that is not for everybody.
        seed: Of the draw, and of left and right.

    Raises:
        OutputError: It exists, or cannot be written.
    """
    items = _items(drawn, reality.bands)
    with write_folder_atomic(output) as folder:
        _write_items(items, folder / ITEMS_FILE)
        values: dict[str, Any] = {
            "schema": SCHEMA,
            "name": drawn.name,
            "shape": drawn.pool.shape,
            "blind": blind,
            "people": people,
            "seed": seed,
            "questions": plain_questions(questions),
            "design": [plain_part(part) for part in design],
            "sources": list(drawn.pool.sources),
            "anchor": reality.anchor,
            "notes": list(drawn.pool.notes),
            "strata": _strata(drawn.pool, reality.bands),
            "items": describe_file(folder, ITEMS_FILE, len(items)),
        }
        values["digest"] = queue_digest(values)
        body = msgspec.json.format(msgspec.json.encode(values), indent=2)
        (folder / QUEUE_FILE).write_bytes(body + b"\n")


def _items(drawn: Drawn, bands: dict[str, str]) -> pa.Table:
    gold = len(drawn.known)
    rows = pa.concat_tables([drawn.pool.table.take(drawn.rows), drawn.gold])
    given = {
        "band": [None if one is None else bands.get(one) for one in rows.column("stratum").to_pylist()],
        "drawn_by": [*drawn.part, *(["gold"] * gold)],
        "chance": [*drawn.chance.tolist(), *([None] * gold)],
        "known": [*([None] * len(drawn.rows)), *(_json(known) for known in drawn.known)],
        "suggestion": [*drawn.suggestions, *([None] * gold)],
    }
    for name, values in given.items():
        rows = rows.append_column(name, pa.array(values, ITEM_COLUMNS.field(name).type))
    rows = rows.take(drawn.order.places)
    rows = rows.append_column("item", pa.array(np.arange(len(rows), dtype=np.int64)))
    rows = rows.append_column("again", pa.array(drawn.order.again))
    return rows.select(ITEM_COLUMNS.names).cast(ITEM_COLUMNS)


def _write_items(items: pa.Table, file: Path) -> None:
    import pyarrow.compute as pc
    import pyarrow.parquet as pq

    sizes = np.zeros(len(items), np.int64)
    for name in ("text", "text_b", "prompt", "row", "row_b"):
        lengths = pc.fill_null(pc.binary_length(items.column(name)), 0)
        sizes += lengths.to_numpy()
    with pq.ParquetWriter(file, ITEM_COLUMNS, compression="zstd") as writer:
        for start, end in _groups(sizes):
            writer.write_table(items.slice(start, end - start), row_group_size=end - start)


def _groups(sizes: NDArray[np.int64]) -> list[tuple[int, int]]:
    """Where groups of rows begin and end.

    >>> _groups(np.array([1, 2**22, 1, 1]))
    [(0, 2), (2, 4)]
    """
    found, start, held = [], 0, 0
    for row, size in enumerate(sizes.tolist()):
        held += size
        if row + 1 - start >= _GROUP_ROWS or held >= _GROUP_CHARACTERS:
            found.append((start, row + 1))
            start, held = row + 1, 0
    if start < len(sizes):
        found.append((start, len(sizes)))
    return found


def _strata(pool: Pool, bands: dict[str, str]) -> list[dict[str, Any]]:
    codes, names = codes_of(pool.strata)
    counts = np.bincount(codes, minlength=len(names)).tolist()
    return [
        {"stratum": name, "band": None if name is None else bands.get(name), "rows": count}
        for name, count in zip(names, counts, strict=True)
    ]


def _json(value: dict[str, Any]) -> str:
    return msgspec.json.encode(value).decode()
