"""What flows through holdfast: records, where they are read from, how they are known, how results are written."""

from __future__ import annotations

from holdfast.data.blocks import Blocks, Reading, Reference, block_digest, find_blocks, read_block
from holdfast.data.cutting import Size
from holdfast.data.hashes import canonical_json, content_hash, data_hash, digest_of
from holdfast.data.read import read_records
from holdfast.data.records import Detection, Records, SkippedRow
from holdfast.data.survey import Seen, Surveyed, see_block, settle, survey
from holdfast.data.write import write_atomic, write_folder_atomic, write_text_atomic

__all__ = [
    "Blocks",
    "Detection",
    "Reading",
    "Records",
    "Reference",
    "Seen",
    "Size",
    "SkippedRow",
    "Surveyed",
    "block_digest",
    "canonical_json",
    "content_hash",
    "data_hash",
    "digest_of",
    "find_blocks",
    "read_block",
    "read_records",
    "see_block",
    "settle",
    "survey",
    "write_atomic",
    "write_folder_atomic",
    "write_text_atomic",
]
