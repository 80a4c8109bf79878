"""The set that a queue was drawn from, read again and known to be the same."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from holdfast.data import data_hash, read_records
from holdfast.errors import InputError, UsageError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from holdfast.data import Records
    from holdfast.reviews.queues.contract import Queue


def read_source(queue: Queue, rows: Any, options: Mapping[str, Any]) -> Records:
    """Reads the rows, and refuses others.

    Args:
        queue: The queue.
        rows: The set that it was drawn from.
        options: As for `read_records`.

    Raises:
        InputError: The rows cannot be read, or are not those that the queue was drawn from.
    """
    try:
        records = read_records(rows, keep_rows=True, **options)
    except UsageError as error:
        # Labels are no matter here: rows are kept or not as they are.
        if options.get("label") is not None or error.where != "--label":
            raise
        records = read_records(rows, keep_rows=True, **(dict(options) | {"label": None}))
    digest = data_hash(records.ids, records.table.column("content_hash").to_pylist())
    source = queue.sources[0]
    if digest != source["digest"]:
        raise InputError(
            f"these {len(records):,} rows are not the {source['rows']:,} that the queue was drawn from",
            where=records.name,
            do="Give the same rows, with the same --id as when the queue was drawn",
        )
    return records
