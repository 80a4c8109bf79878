"""What flows through holdfast: records, where they are read from, how they are known, how results are written."""

from __future__ import annotations

from holdfast.data.hashes import canonical_json, content_hash, data_hash, digest_of
from holdfast.data.read import read_records
from holdfast.data.records import Detection, Records, SkippedRow
from holdfast.data.write import write_atomic, write_folder_atomic, write_text_atomic

__all__ = [
    "Detection",
    "Records",
    "SkippedRow",
    "canonical_json",
    "content_hash",
    "data_hash",
    "digest_of",
    "read_records",
    "write_atomic",
    "write_folder_atomic",
    "write_text_atomic",
]
