"""Lineage: who made a record, how, from what, and what became of it."""

from __future__ import annotations

from holdfast.data.lineage.depth import depth_of
from holdfast.data.lineage.query import Share, Summary, Trace, query, summarise, trace
from holdfast.data.lineage.schema import COLUMNS, GROUPS, METHODS, SCHEMA, SOURCE_TYPES, lineage_table
from holdfast.data.lineage.sidecar import lineage_of, read_lineage, sidecar_of, write_lineage
from holdfast.data.lineage.slices import slice_records
from holdfast.data.lineage.tag import Declared, Tagged, tag

__all__ = [
    "COLUMNS",
    "GROUPS",
    "METHODS",
    "SCHEMA",
    "SOURCE_TYPES",
    "Declared",
    "Share",
    "Summary",
    "Tagged",
    "Trace",
    "depth_of",
    "lineage_of",
    "lineage_table",
    "query",
    "read_lineage",
    "sidecar_of",
    "slice_records",
    "summarise",
    "tag",
    "trace",
    "write_lineage",
]
