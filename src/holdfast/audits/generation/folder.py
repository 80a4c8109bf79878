"""The folder of an evaluation."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec

from holdfast.audits.generation.evaluation import SCHEMA
from holdfast.audits.generation.losses import ROWS_FILE
from holdfast.backends.encoders.distinct import whole_characters
from holdfast.data.write import describe_file, write_folder_atomic
from holdfast.version import __version__

if TYPE_CHECKING:
    from pathlib import Path

    from holdfast.audits.generation.evaluation import Evaluation

KIND = "holdfast.evaluation/"
_FILES = ("evaluation.json", ROWS_FILE, "samples.jsonl", "audit.json")


def write_evaluation(evaluation: Evaluation, output: str | Path, *, replace: bool) -> None:
    """Write evaluation.json, rows.parquet, samples.jsonl, audit.json, and a manifest of them.

    Raises:
        OutputError: The folder exists and may not be replaced, or it could not be written.
    """
    import pyarrow.parquet as pq

    written = evaluation.written
    rows = [
        {**row, "finished": sample.finished} | ({"prompt": prompt} if prompt else {})
        for row, prompt, sample in zip(written.rows, written.prompts, written.samples, strict=True)
    ]
    with write_folder_atomic(output, replace=replace, kind=KIND) as folder:
        (folder / "evaluation.json").write_bytes(_json(evaluation.plain()))
        pq.write_table(evaluation.rows, folder / ROWS_FILE)
        lines = b"".join(msgspec.json.encode(_sayable(row)) + b"\n" for row in rows)
        (folder / "samples.jsonl").write_bytes(lines)
        (folder / "audit.json").write_bytes(_json(evaluation.audit()))
        counts = (1, evaluation.rows.num_rows, len(rows), 1)
        manifest = {
            "schema": SCHEMA,
            "holdfast_version": __version__,
            "model": evaluation.model.name,
            "anchor": evaluation.anchor.digest,
            "files": [describe_file(folder, name, count) for name, count in zip(_FILES, counts, strict=True)],
        }
        (folder / "manifest.json").write_bytes(_json(manifest))


def _json(body: dict[str, Any]) -> bytes:
    return msgspec.json.format(msgspec.json.encode(body), indent=1) + b"\n"


def _sayable(row: dict[str, Any]) -> dict[str, Any]:
    return {name: whole_characters(value) if isinstance(value, str) else value for name, value in row.items()}
