"""The columns of lineage: what is known of a record beside what it says, kept in a file of its own.

The record itself stays what a trainer reads; lineage stands beside it, keyed by `id`. A fact that nobody knows is null.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pyarrow as pa

from holdfast.data.hashes import data_hash, digest_of
from holdfast.errors import InputError, unknown

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

SOURCE_TYPES = ("human", "synthetic", "human_edited", "machine_edited", "unknown")
METHODS = (
    "paraphrase",
    "back_translation",
    "rule_based",
    "few_shot",
    "attributed_prompt",
    "distillation",
    "self_instruct",
    "evolve",
    "rewrite",
    "label_only",
    "import",
)
PARTS = ("reference", "gold", "holdout")

_TEXTS = pa.list_(pa.string())
# Names of the OpenTelemetry conventions for generative AI: a dotted path is the name of an attribute.
GEN_AI = pa.struct(
    [
        ("operation", pa.struct([("name", pa.string())])),
        ("provider", pa.struct([("name", pa.string())])),
        (
            "request",
            pa.struct(
                [
                    ("model", pa.string()),
                    ("temperature", pa.float64()),
                    ("top_p", pa.float64()),
                    ("top_k", pa.float64()),
                    ("seed", pa.int64()),
                    ("max_tokens", pa.int64()),
                    ("stop_sequences", _TEXTS),
                    ("frequency_penalty", pa.float64()),
                    ("presence_penalty", pa.float64()),
                    ("choice", pa.struct([("count", pa.int64())])),
                ]
            ),
        ),
        ("response", pa.struct([("model", pa.string()), ("id", pa.string()), ("finish_reasons", _TEXTS)])),
        ("usage", pa.struct([("input_tokens", pa.int64()), ("output_tokens", pa.int64())])),
    ]
)
REVIEW = pa.struct(
    [
        ("timestamp", pa.string()),
        ("author", pa.string()),
        ("decision", pa.string()),
        ("reason", pa.string()),
    ]
)
SCHEMA = pa.schema(
    [
        pa.field("id", pa.string(), nullable=False),
        ("content_hash", pa.string()),
        ("prompt_id", pa.string()),
        ("source", pa.string()),
        ("source_type", pa.string()),
        ("method", pa.string()),
        ("tags", _TEXTS),
        ("parent_ids", _TEXTS),
        ("generation_depth", pa.int16()),
        ("cycle", pa.int32()),
        ("activity_id", pa.string()),
        ("recipe_hash", pa.string()),
        ("template_hash", pa.string()),
        ("sample_index", pa.int32()),
        ("seed", pa.int64()),
        ("cache_hit", pa.bool_()),
        ("agent", pa.string()),
        ("gen_ai", GEN_AI),
        ("cost", pa.float64()),
        ("chosen_agent", pa.string()),
        ("rejected_agent", pa.string()),
        ("judge_agent", pa.string()),
        ("label_source_type", pa.string()),
        ("judge_rationale_hash", pa.string()),
        ("review", pa.list_(REVIEW)),
        ("kept", pa.bool_()),
        ("dropped_by", pa.string()),
        ("drop_reason", pa.string()),
        ("duplicate_of", pa.string()),
        ("strata", pa.map_(pa.string(), pa.string())),
        ("anchor_part", pa.string()),
        ("licenses", _TEXTS),
    ]
)
COLUMNS = tuple(SCHEMA.names)
GROUPS = ("source", "source_type", "method", "agent", "generation_depth", "cycle", "label_source_type")
"""Columns with few values, by which sets are counted, sliced and blamed."""
_WORDS = {
    "source_type": SOURCE_TYPES,
    "label_source_type": SOURCE_TYPES,
    "method": METHODS,
    "anchor_part": PARTS,
}


def lineage_table(columns: Mapping[str, Sequence[Any]], rows: int) -> pa.Table:
    """A lineage table from the columns that are known; the others are null.

    Args:
        columns: Values by column of `SCHEMA`.
        rows: How many rows there are.

    Raises:
        InputError: A column does not exist, or a value is not of its type or not among its words.
    """
    for name in columns:
        if name not in COLUMNS:
            raise InputError(str(unknown("column of lineage", name, list(COLUMNS))))
    arrays = []
    for field in SCHEMA:
        if field.name not in columns:
            arrays.append(pa.nulls(rows, field.type))
            continue
        try:
            arrays.append(pa.array(columns[field.name], field.type))
        except (pa.ArrowInvalid, pa.ArrowTypeError, OverflowError, UnicodeEncodeError) as error:
            raise InputError(f"the column {field.name!r} of lineage: {error}") from error
    table = pa.Table.from_arrays(arrays, schema=SCHEMA)
    check_words(table)
    return table


def check_words(table: pa.Table) -> None:
    """Refuses values outside the words that a column knows.

    Raises:
        InputError: A value is none of them.
    """
    for name, known in _WORDS.items():
        column = table.column(name)
        for value in column.unique().to_pylist():
            if value is not None and value not in known:
                row = column.to_pylist().index(value)
                raise InputError(
                    str(unknown(name, value, list(known))), where=f"id {table.column('id')[row].as_py()}"
                )


def conform(table: pa.Table, where: str) -> pa.Table:
    """A table as `SCHEMA` has it: missing columns are null, unknown ones an error.

    Args:
        table: What a file holds.
        where: How errors name it.

    Raises:
        InputError: It has no ids, an unknown column, or a column of another type.
    """
    strangers = [name for name in table.column_names if name not in COLUMNS]
    if strangers:
        raise InputError(str(unknown("column of lineage", strangers[0], list(COLUMNS))), where=where)
    if "id" not in table.column_names:
        raise InputError("is no lineage: it has no column 'id'", where=where)
    arrays = []
    for field in SCHEMA:
        if field.name not in table.column_names:
            arrays.append(pa.nulls(len(table), field.type))
            continue
        try:
            arrays.append(table.column(field.name).cast(field.type))
        except (pa.ArrowInvalid, pa.ArrowNotImplementedError) as error:
            raise InputError(f"the column {field.name!r} of lineage: {error}", where=where) from error
    table = pa.Table.from_arrays(arrays, schema=SCHEMA)
    if table.column("id").null_count:
        raise InputError("a row of lineage has no id", where=where)
    check_words(table)
    return table


def lineage_hash(table: pa.Table) -> str:
    """`sha256:<hex>` over what is known of the rows, whatever their order and packing."""
    rows = table.to_pylist()
    return data_hash([row["id"] for row in rows], [digest_of(row) for row in rows])


def joined_licenses(parents: Iterable[Sequence[str] | None]) -> list[str] | None:
    """All licences of several parents; null where one of them is unknown.

    >>> joined_licenses([["MIT"], ["CC-BY-4.0", "MIT"]]), joined_licenses([["MIT"], None])
    (['CC-BY-4.0', 'MIT'], None)
    """
    found: set[str] = set()
    for licenses in parents:
        if licenses is None:
            return None
        found.update(licenses)
    return sorted(found)
