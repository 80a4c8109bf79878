"""Every published file that can be read is read alike in blocks and as a whole."""

from __future__ import annotations

from contextlib import ExitStack
from typing import TYPE_CHECKING

import pyarrow as pa
import pytest

from holdfast.data import Size, data_hash, find_blocks, read_block, read_records, survey
from holdfast.errors import HoldfastError

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.real


def test_files_in_blocks(real_data: Path) -> None:
    read = 0
    for file in sorted(real_data.rglob("*")):
        if not file.is_file() or file.stat().st_size > 120_000:
            continue
        try:
            whole = read_records(file, on_bad_row="skip")
        except HoldfastError as error:
            said = str(error)
        else:
            said = None
        if said is not None:
            with pytest.raises(HoldfastError) as caught, ExitStack() as stack:
                survey(find_blocks(file, stack, on_bad_row="skip"), on_bad_row="skip")
            assert str(caught.value) == said, file
            continue
        with ExitStack() as stack:
            blocks = find_blocks(file, stack, on_bad_row="skip", size=Size(rows=500, bytes=100_000))
            found = survey(blocks, on_bad_row="skip")
            parts = [read_block(one, found.reading, on_bad_row="skip") for one in blocks.references]
        assert pa.concat_tables([part.table for part in parts]).equals(whole.table), file
        assert found.reading.detection == whole.detection, file
        assert (found.empty_rows, found.skipped) == (whole.empty_rows, whole.skipped), file
        hashes = whole.table.column("content_hash").to_pylist()
        assert found.data_hash == data_hash(whole.ids, hashes), file
        read += 1
    assert read > 10
