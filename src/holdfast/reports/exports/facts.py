"""Facts: what a folder that holdfast wrote says of itself, read once for every format."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec

from holdfast.data import data_hash
from holdfast.data.lineage.schema import joined_licenses
from holdfast.data.lineage.sidecar import FOLDER_FILE, read_table
from holdfast.data.write import describe_file
from holdfast.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Mapping

MADE = ("synthetic", "machine_edited")
"""Source types in which a model wrote."""
_KINDS = {
    "holdfast.blend/1": ("blend", "data/train.jsonl"),
    "holdfast.curation/1": ("curation", "data/kept.jsonl"),
}
_TYPES = {str: "text", bool: "boolean", int: "integer", float: "number"}
# Columns of lineage that are plain enough for every reader.
_SHOWN = (
    "id",
    "content_hash",
    "source",
    "source_type",
    "method",
    "parent_ids",
    "generation_depth",
    "cycle",
    "agent",
    "label_source_type",
    "judge_agent",
    "duplicate_of",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class File:
    """A file of the folder.

    Attributes:
        path: Relative to the folder.
        sha256: Hex digest of its bytes.
        bytes: Its size.
        rows: Its rows.
    """

    path: str
    sha256: str
    bytes: int
    rows: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """A column of the rows.

    Attributes:
        type: `text`, `boolean`, `integer`, `number`; `mixed` where rows differ; `object` where it has members; `nested` where it is
            deeper than that.
        array: Whether each row holds a list of such values.
        members: Of an object, each with its type, plain or mixed.
    """

    type: str
    array: bool = False
    members: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """What is known of a folder.

    Attributes:
        name: Its name.
        kind: `blend` or `curation`.
        manifest: What stands in `manifest.json`.
        written_at: When the manifest was written, UTC.
        data: The file of rows.
        lineage: The file of lineage.
        columns: Columns of the rows.
        keyed: Whether the column `id` of the rows is the id that lineage has.
        lineage_columns: Columns of lineage in which something is known.
        data_hash: Identity of the rows.
        source_types: Rows by who made them; None where nobody knows.
        depths: Rows by generation depth.
        agents: Rows by the model or person that wrote them.
        judges: Models that judged rows.
        licenses: All licences, or None where those of one row are unknown.
    """

    name: str
    kind: str
    manifest: dict[str, Any]
    written_at: str
    data: File
    lineage: File
    columns: dict[str, Column]
    keyed: bool
    lineage_columns: tuple[str, ...]
    data_hash: str
    source_types: dict[str | None, int]
    depths: dict[int | None, int]
    agents: dict[str, int]
    judges: tuple[str, ...]
    licenses: tuple[str, ...] | None

    @property
    def synthetic(self) -> bool | None:
        """Whether a model wrote any of it; None where nobody knows."""
        if any(kind in MADE for kind in self.source_types):
            return True
        return None if {None, "unknown"} & set(self.source_types) else False


def read_facts(folder: str | Path) -> Facts:
    """Read what a folder says of itself.

    Raises:
        InputError: It was not written by `blend` or `curate`, or is not whole.
    """
    place = Path(folder)
    manifest = _manifest(place)
    kind, file = _KINDS[manifest["schema"]]
    data, lineage = (_sealed(place, manifest, name) for name in (file, FOLDER_FILE))
    columns, ids = _columns(place / file)
    table = read_table(place / FOLDER_FILE)
    import pyarrow.compute as pc

    # A curated folder keeps the lineage of what it dropped.
    kept = table.filter(pc.fill_null(table.column("kept"), fill_value=True)) if kind == "curation" else table
    hashed = data_hash(kept.column("id").to_pylist(), kept.column("content_hash").to_pylist())
    licenses = joined_licenses(kept.column("licenses").to_pylist())
    judges = kept.column("judge_agent").unique().to_pylist()
    return Facts(
        name=place.resolve().name,
        kind=kind,
        manifest=manifest,
        written_at=_time(place / "manifest.json"),
        data=data,
        lineage=lineage,
        columns=columns,
        keyed=sorted(ids) == sorted(kept.column("id").to_pylist()),
        lineage_columns=tuple(name for name in _SHOWN if table.column(name).null_count < len(table)),
        data_hash=hashed,
        source_types=_counted(kept.column("source_type").to_pylist()),
        depths=_counted(kept.column("generation_depth").to_pylist()),
        agents=_counted(name for name in kept.column("agent").to_pylist() if name is not None),
        judges=tuple(sorted(name for name in judges if name is not None)),
        licenses=None if licenses is None else tuple(licenses),
    )


def named(counts: Mapping[Any, int]) -> dict[str, int]:
    """Counts by name; what is not known and what is known to be unknown are one."""
    found: dict[str, int] = {}
    for value, rows in counts.items():
        name = "unknown" if value is None else str(value)
        found[name] = found.get(name, 0) + rows
    return found


def _manifest(place: Path) -> dict[str, Any]:
    file = place / "manifest.json"
    if not place.is_dir():
        raise InputError(
            "is no folder" if place.exists() else "there is no such folder",
            where=str(place),
            do="Give a folder that holdfast blend or holdfast curate wrote",
        )
    try:
        manifest = msgspec.json.decode(file.read_bytes())
    except FileNotFoundError:
        raise InputError(
            "is no folder of holdfast: it has no manifest.json",
            where=str(place),
            do="Give a folder that holdfast blend or holdfast curate wrote",
        ) from None
    except (OSError, msgspec.DecodeError) as error:
        raise InputError(
            f"cannot be read: {getattr(error, 'strerror', None) or error}", where=str(file)
        ) from error
    if not isinstance(manifest, dict) or manifest.get("schema") not in _KINDS:
        raise InputError(
            "is neither a blend nor a curated set",
            where=str(file),
            do="Give a folder that holdfast blend or holdfast curate wrote",
        )
    return manifest


def _sealed(place: Path, manifest: dict[str, Any], name: str) -> File:
    """A file as the manifest has it; nobody is told that a file is what it no longer is."""
    said = next((entry for entry in manifest.get("files", ()) if entry["path"] == name), None)
    do = "Write the folder anew: holdfast blend or holdfast curate, with --replace"
    if said is None:
        raise InputError(f"its manifest does not speak of {name}", where=str(place), do=do)
    try:
        found = describe_file(place, name, said["rows"])
    except OSError as error:
        raise InputError(f"cannot be read: {error.strerror or error}", where=str(place / name)) from error
    if found != said:
        raise InputError("was edited since the folder was written", where=str(place / name), do=do)
    return File(**said)


def _columns(file: Path) -> tuple[dict[str, Column], list[str]]:
    """The columns of rows, and what stands in `id`, read line by line."""
    seen: dict[str, _Seen] = {}
    ids = []
    with file.open("rb") as handle:
        for line in handle:
            row = msgspec.json.decode(line, type=dict[str, Any])
            ids.append(str(row.get("id")))
            for key, value in row.items():
                seen.setdefault(key, _Seen()).look(value)
    return {key: found.column() for key, found in seen.items()}, ids


class _Seen:
    """What the rows hold in one column."""

    def __init__(self) -> None:
        self._types: set[str] = set()
        self._arrays: set[bool] = set()
        self._members: dict[str, set[str]] = {}

    def look(self, value: Any) -> None:
        if value is None:
            return
        array = isinstance(value, list)
        self._arrays.add(array)
        for member in value if array else [value]:
            if isinstance(member, dict):
                self._types.add("object")
                for key, inner in member.items():
                    self._members.setdefault(key, set()).update(
                        () if inner is None else (_TYPES.get(type(inner), "nested"),)
                    )
            elif member is not None:
                self._types.add(_TYPES.get(type(member), "nested"))

    def column(self) -> Column:
        members = {key: _common(types) for key, types in self._members.items()}
        kind = _common(self._types)
        if len(self._arrays) > 1 or (kind == "mixed" and {"object", "nested"} & self._types):
            return Column(type="nested")
        if "nested" in members.values() or kind == "nested":
            return Column(type="nested", array=True in self._arrays)
        return Column(type=kind, array=True in self._arrays, members=members if kind == "object" else {})


def _common(types: set[str]) -> str:
    """One type for all; a column of nulls is text that nobody has written yet."""
    if types == {"integer", "number"}:
        return "number"
    if len(types) > 1:
        return "nested" if "nested" in types else "mixed"
    return next(iter(types), "text")


def _time(file: Path) -> str:
    found = dt.datetime.fromtimestamp(file.stat().st_mtime, dt.UTC)
    return found.replace(microsecond=0).isoformat().replace("+00:00", "Z")


def _counted(values: Any) -> dict[Any, int]:
    return dict(sorted(Counter(values).items(), key=lambda item: (-item[1], str(item[0]))))
