"""The folder of curated labels: what is kept, as it came, what was dropped and why, and how it went."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec
import numpy as np

from holdfast.data import digest_of, write_folder_atomic
from holdfast.data.write import describe_file
from holdfast.errors import UsageError
from holdfast.remedies.curate.folder import KEPT, KIND
from holdfast.version import __version__

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from holdfast.remedies.curate.preferences.contract import PreferenceCuration
    from holdfast.remedies.curate.preferences.label_rows import LabelRows

SCHEMA = f"{KIND}preferences-1"
DROPPED, CURATION, MANIFEST = "dropped.parquet", "curation.json", "manifest.json"
_KEPT_IDS = "kept.parquet"


def write_label_folder(
    found: PreferenceCuration,
    rows: LabelRows,
    kept: NDArray[np.bool_],
    lines: Sequence[Sequence[str]],
    asked: dict[str, Any],
    *,
    replace: bool,
) -> None:
    """Write curated labels, whole or not at all.

    Args:
        found: The curation; its `output` is the folder.
        rows: The labels.
        kept: bool [n], labels that are kept.
        lines: JSON of the rows of each label.
        asked: The options.
        replace: Whether a curated folder that is there may be replaced.

    Raises:
        OutputError: It cannot be written.
    """
    import pyarrow as pa
    import pyarrow.parquet as pq

    assert found.output is not None  # noqa: S101 - for the type checker; the caller has looked
    pair_ids = rows.preferences.pairs.column("pair_id").to_pylist()
    gone, left = np.flatnonzero(~kept).tolist(), np.flatnonzero(kept).tolist()
    reasons = [found.dropped[rows.ids[at]] for at in gone]
    text = pa.string()
    dropped = pa.table(
        {
            "id": pa.array([rows.ids[at] for at in gone], text),
            "pair_id": pa.array([pair_ids[rows.pair[at]] for at in gone], text),
            "annotator": pa.array([rows.who[at][1] for at in gone], text),
            "dropped_by": pa.array([by for by, _ in reasons], text),
            "drop_reason": pa.array([why for _, why in reasons], text),
            "row": pa.array([lines[at][0] for at in gone], pa.large_string()),
        }
    )
    body = {
        "schema": SCHEMA,
        "holdfast_version": __version__,
        "asked": asked,
        "input": {"files": list(rows.preferences.files), "digest": _digest(rows)},
    } | found.plain()
    with write_folder_atomic(found.output, replace=replace, kind=KIND) as folder:
        (folder / "data").mkdir()
        with (folder / KEPT).open("wb") as handle:
            for at in left:
                for line in lines[at]:
                    handle.write(line.encode() + b"\n")
        pq.write_table(dropped, folder / DROPPED)
        pq.write_table(pa.table({"id": pa.array([rows.ids[at] for at in left], text)}), folder / _KEPT_IDS)
        (folder / CURATION).write_bytes(_json(body))
        counts = {
            KEPT: sum(len(lines[at]) for at in left),
            DROPPED: len(gone),
            _KEPT_IDS: len(left),
            CURATION: 1,
        }
        manifest = {
            "schema": SCHEMA,
            "holdfast_version": __version__,
            "rows": body["labels"],
            "files": [describe_file(folder, name, count) for name, count in counts.items()],
        }
        (folder / MANIFEST).write_bytes(_json(manifest))


def is_label_folder(folder: str | Path) -> bool:
    """Whether a folder holds curated labels."""
    try:
        manifest = msgspec.json.decode((Path(folder) / MANIFEST).read_bytes())
    except (OSError, msgspec.DecodeError):
        return False
    return isinstance(manifest, dict) and manifest.get("schema") == SCHEMA


def explain_label(folder: str | Path, id: str) -> str:
    """Why a label was dropped, or that it is kept, as a folder of curated labels tells it.

    Args:
        folder: The folder.
        id: Id of the label; that of its pair is enough where it tells all that is asked.

    Raises:
        UsageError: There is no such label.
    """
    import pyarrow.parquet as pq

    gone = pq.read_table(
        Path(folder) / DROPPED, columns=["id", "pair_id", "dropped_by", "drop_reason"]
    ).to_pylist()
    found = [
        f"{row['id']} was dropped by {row['dropped_by']}: {row['drop_reason']}"
        for row in gone
        if id in (row["id"], row["pair_id"])
    ]
    stays = pq.read_table(Path(folder) / _KEPT_IDS).column("id").to_pylist()
    found += [f"{one} is kept" for one in stays if one == id or one.startswith(f"{id}#")]
    if not found:
        raise UsageError(
            f"there is no label {id!r} in it",
            where="--explain",
            do="Ids are those of the pairs, with #annotator where a pair has several labels",
        )
    return "\n".join(found)


def _digest(rows: LabelRows) -> str:
    hashes = rows.preferences.pairs.column("pair_hash").to_pylist()
    return digest_of([[hashes[pair], int(label)] for pair, label in zip(rows.pair, rows.label, strict=True)])


def _json(body: dict[str, Any]) -> bytes:
    return msgspec.json.format(msgspec.json.encode(body), indent=1) + b"\n"
