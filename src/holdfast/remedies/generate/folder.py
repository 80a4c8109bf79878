"""The folder of a generation: what is kept, what was dropped and why, every request, every prompt, every round.

made/
├── data/made.jsonl        rows that are kept
├── dropped/rows.jsonl     rows that were not, with their reason; and what never became a row
├── lineage.parquet        of all rows that have a text
├── calls.parquet          every request: who was asked, who answered, parameters, tokens, cost
├── prompts.jsonl          what was said, by `prompt_id`
├── rounds.jsonl           what each round lacked, asked for, got, and moved
├── generation.json        what the command said, as plain data
└── manifest.json
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

import msgspec

from holdfast.data import data_hash, write_folder_atomic
from holdfast.data.lineage import write_lineage
from holdfast.data.lineage.sidecar import FOLDER_FILE
from holdfast.data.write import describe_file
from holdfast.version import __version__

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    import pyarrow as pa

    from holdfast.remedies.generate.contract import Generation, Made

KIND = "holdfast.generation/"
SCHEMA = f"{KIND}1"
KEPT, DROPPED, CALLS = "data/made.jsonl", "dropped/rows.jsonl", "calls.parquet"
PROMPTS, ROUNDS, SAID = "prompts.jsonl", "rounds.jsonl", "generation.json"


@dataclass(frozen=True, slots=True, kw_only=True)
class Columns:
    """How rows are written.

    Attributes:
        text: Column of the text.
        label: Column of the stratum, or None.
        labels: Labels that are no texts, by stratum, as real rows have them.
    """

    text: str
    label: str | None
    labels: Mapping[str, Any]


def row_of(made: Made, columns: Columns) -> dict[str, Any]:
    """A row as it is written."""
    row: dict[str, Any] = {"id": made.id, columns.text: made.text}
    if columns.label is not None and made.stratum is not None:
        row[columns.label] = columns.labels.get(made.stratum, made.stratum)
    return row


def write_folder(
    found: Generation,
    output: Path,
    made: Sequence[Made],
    lineage: pa.Table,
    prompts: Mapping[str, list[dict[str, str]]],
    *,
    columns: Columns,
    asked: Mapping[str, Any],
    recipe: str,
    replace: bool,
) -> None:
    """Write a generation, whole or not at all.

    Args:
        found: What is said.
        output: The folder.
        made: All rows, kept or not.
        lineage: Of those with a text.
        prompts: Messages by prompt id.
        columns: Where text and stratum stand.
        asked: What was asked, for the manifest.
        recipe: Text of the recipe; empty without one.
        replace: Whether a folder of ours that is there may be replaced.

    Raises:
        OutputError: It cannot be written.
    """
    import pyarrow.parquet as pq

    kept = [one for one in made if one.kept]
    gone = [one for one in made if not one.kept]
    rows = [row_of(one, columns) for one in kept]
    calls = calls_table(made)
    known = dict(
        zip(lineage.column("id").to_pylist(), lineage.column("content_hash").to_pylist(), strict=True)
    )
    with write_folder_atomic(output, replace=replace, kind=KIND) as folder:
        (folder / "data").mkdir()
        (folder / "dropped").mkdir()
        _lines(folder / KEPT, rows)
        _lines(folder / DROPPED, [_dropped(one, columns) for one in gone])
        write_lineage(lineage, folder / FOLDER_FILE)
        pq.write_table(calls, folder / CALLS, compression="zstd")
        _lines(
            folder / PROMPTS,
            [{"prompt_id": name, "messages": said} for name, said in sorted(prompts.items())],
        )
        _lines(folder / ROUNDS, [asdict(one) for one in found.rounds])
        plain = asdict(found) | {"schema": "holdfast.generate/1", "output": None}
        (folder / SAID).write_bytes(msgspec.json.format(msgspec.json.encode(plain), indent=1) + b"\n")
        counts = {
            KEPT: len(kept),
            DROPPED: len(gone),
            FOLDER_FILE: len(lineage),
            CALLS: len(calls),
            PROMPTS: len(prompts),
            ROUNDS: len(found.rounds),
            SAID: 1,
        }
        if recipe:
            (folder / "recipe.toml").write_text(recipe, encoding="utf-8")
            counts["recipe.toml"] = 1
        manifest = {
            "schema": SCHEMA,
            "holdfast_version": __version__,
            "asked": dict(asked),
            "ended": found.ended,
            "sentence": found.sentence,
            "rows": {"wished": found.wished, "written": found.written, "kept": len(kept)},
            "data_hash": data_hash([one.id for one in kept], [known[one.id] for one in kept]),
            "requests": dict(found.requests),
            "spent": dict(found.spent),
            "files": [describe_file(folder, name, count) for name, count in counts.items()],
        }
        (folder / "manifest.json").write_bytes(
            msgspec.json.format(msgspec.json.encode(manifest), indent=1) + b"\n"
        )


def calls_table(made: Sequence[Made]) -> pa.Table:
    """Every request of every row, in order."""
    import pyarrow as pa

    rows = [
        {name: value for name, value in asdict(call).items() if name != "parameters"}
        | {"parameters": msgspec.json.encode(dict(call.parameters)).decode()}
        for one in made
        for call in one.calls
    ]
    return pa.Table.from_pylist(rows, schema=_schema())


def _schema() -> pa.Schema:
    import pyarrow as pa

    texts = (
        "key", "row", "arm", "asked", "answered", "prompt_id", "template_hash", "finish_reason", "failed", "said", "answer_id", "parameters"
    )  # fmt: skip
    return pa.schema(
        [
            *((name, pa.string()) for name in texts),
            ("hop", pa.int32()),
            ("input_tokens", pa.int64()),
            ("output_tokens", pa.int64()),
            ("cost", pa.float64()),
            ("seconds", pa.float64()),
            ("cache_hit", pa.bool_()),
        ]
    )


def _dropped(made: Made, columns: Columns) -> dict[str, Any]:
    line: dict[str, Any] = {
        "id": made.id,
        "dropped_by": made.dropped_by or made.lost,
        "drop_reason": made.drop_reason,
    }
    if made.text is None:
        failed = next((call.said for call in made.calls if call.said), None)
        return line | {
            "drop_reason": failed or LOST.get(made.lost or ""),
            "stratum": made.stratum,
            "arm": made.arm,
        }
    return line | {"row": row_of(made, columns)}


LOST = {
    "failed": "no answer came",
    "empty": "the answer holds no text",
    "cut": "the answer was cut: raise max_tokens",
    "refused": "the model refused",
    "too_long": "the answer is far longer than real rows are",
    "no_seed": "there is no row that it could be made from",
}
"""Why a row never had a text, in words."""


def _lines(file: Path, rows: Sequence[Mapping[str, Any]]) -> None:
    with file.open("wb") as handle:
        for row in rows:
            handle.write(msgspec.json.encode(row) + b"\n")
