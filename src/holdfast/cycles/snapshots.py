"""Snapshots: states of the data, each under the hash of its content, and the one that counts.

snapshots/<first 16 digits of the hash>/
├── manifest.json      hashes, files with their checksums, parents, anchor, mixture, depths
├── data/*             the rows
├── lineage.parquet    where each comes from
├── recipe.toml        how they were brought together
└── evidence/*         what was measured of them and of the model that was trained on them, where there is one
refs/current           the hash of the snapshot that counts

The hash covers what rows say, where they come from, the recipe, the parents, the cycle, the anchor, the model (by its digest) and the evidence: not how rows are packed, and
nothing that is said of the snapshot later. Going back moves `refs/current` and removes nothing.
"""

from __future__ import annotations

import os
import re
import shutil
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec

from holdfast.data.hashes import data_hash, digest_of
from holdfast.data.identified import hash_of_written
from holdfast.data.lineage.schema import lineage_hash
from holdfast.data.lineage.sidecar import FOLDER_FILE, read_table
from holdfast.data.write import describe_file, sha256_of, write_folder_atomic, write_text_atomic
from holdfast.errors import InputError, unknown
from holdfast.version import __version__

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

SCHEMA = "holdfast.snapshot/1"
_DIGITS = 16
_HASH = re.compile(r"sha256:[0-9a-f]{64}")
_LEAST_PREFIX = 4
_EVIDENCE = "evidence"
DERIVED = frozenset({"README.md", "croissant.json", "openlineage.ndjson", "report.html"})
"""Files that may be written beside what is sealed: they can be written again at any time."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Snapshot:
    """A sealed state of the data.

    Attributes:
        hash: `sha256:...` of its content.
        folder: Where it lies.
        manifest: What stands in `manifest.json`.
    """

    hash: str
    folder: Path
    manifest: dict[str, Any]

    @property
    def parents(self) -> tuple[str, ...]:
        """Hashes of the snapshots it was made from."""
        return tuple(self.manifest["parents"])

    @property
    def rows(self) -> int:
        """Its rows."""
        return int(self.manifest["rows"])

    @property
    def short(self) -> str:
        """The first digits of its hash, for people."""
        return self.hash.removeprefix("sha256:")[:_DIGITS]


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """What tells two snapshots apart.

    Attributes:
        added: Ids that only the second one has.
        removed: Ids that only the first one has.
        edited: Ids whose row says something else.
        same: Rows that are equal.
        files: Other things that differ: recipe, anchor, parents.
    """

    added: tuple[str, ...]
    removed: tuple[str, ...]
    edited: tuple[str, ...]
    same: int
    files: tuple[str, ...]


class Snapshots:
    """The snapshots of a project.

    Args:
        project: The project's folder.
    """

    def __init__(self, project: Path) -> None:
        self._folder = project / "snapshots"
        self._current = project / "refs" / "current"

    def seal(
        self,
        blend: str | Path,
        *,
        parents: Sequence[str] = (),
        cycle: int | None = None,
        anchor: dict[str, Any] | None = None,
        model: dict[str, Any] | None = None,
        evidence: Mapping[str, Path] | None = None,
    ) -> Snapshot:
        """Seals what a blend holds. Sealed twice, it is one snapshot.

        Args:
            blend: A folder that `blend` wrote, as it wrote it.
            parents: Hashes of the snapshots its rows were made from.
            cycle: The turn of the loop.
            anchor: Name and digest of the anchor it is held against; by default the blend's own.
            model: The model that was trained on it: `name`, `where`, `digest`, `depth`. Its weights stay where they are.
            evidence: Files that say what was measured, by the names they get.

        Raises:
            InputError: The folder is no blend, was edited since it was written, or a parent is not there.
            OutputError: The snapshot cannot be written.
        """
        place = Path(blend)
        source = _read_manifest(place, "holdfast.blend/1", "is no blend")
        for entry in source.get("files", ()):
            _check_file(place, entry)
        for parent in parents:
            self.open(parent)
        table = read_table(place / FOLDER_FILE)
        recipe = (place / "recipe.toml").read_text(encoding="utf-8")
        rows = data_hash(table.column("id").to_pylist(), table.column("content_hash").to_pylist())
        if rows != source.get("data_hash"):
            raise InputError("its lineage is not of its rows", where=str(place), do="Write the blend anew")
        parts = {
            "format_version": 1,
            "data_hash": rows,
            "lineage_hash": lineage_hash(table),
            "recipe_hash": digest_of(recipe),
            "parents": sorted(parents),
        }
        kept = {f"{_EVIDENCE}/{name}": file for name, file in sorted((evidence or {}).items())}
        if model is not None or kept:
            parts |= {
                "model": model,
                "cycle": cycle,
                "anchor": anchor,
                "evidence": {name: _sha256(file) for name, file in kept.items()},
            }
        hash_ = digest_of(parts)
        folder = self._folder / hash_.removeprefix("sha256:")[:_DIGITS]
        if folder.is_dir():
            return self.open(hash_)
        folder.parent.mkdir(parents=True, exist_ok=True)
        with write_folder_atomic(folder) as fresh:
            names = [entry["path"] for entry in source["files"]]
            for name in (*names, "recipe.toml"):
                target = fresh / name
                target.parent.mkdir(parents=True, exist_ok=True)
                shutil.copyfile(place / name, target)
            for name, file in kept.items():
                (fresh / name).parent.mkdir(parents=True, exist_ok=True)
                shutil.copyfile(file, fresh / name)
            counts = {entry["path"]: entry["rows"] for entry in source["files"]}
            manifest = {
                "schema": SCHEMA,
                **{key: value for key, value in parts.items() if key not in ("model", "cycle", "anchor")},
                "snapshot_hash": hash_,
                "rows": source["rows"],
                "files": [
                    describe_file(fresh, name, counts.get(name, 0)) for name in (*names, "recipe.toml", *kept)
                ],
                "anchor": anchor if anchor is not None else source.get("anchor"),
                "cycle": cycle,
                "model": model,
                "mixture": {
                    key: source.get(key) for key in ("planned_share", "realised_rows", "realised_share")
                },
                "depth_rows": source["realised_rows"]["generation_depth"],
                "tools": {"holdfast": __version__},
                "created_at": datetime.now(UTC).isoformat(timespec="seconds"),
            }
            text = msgspec.json.format(msgspec.json.encode(manifest), indent=1)
            (fresh / "manifest.json").write_bytes(text + b"\n")
        return Snapshot(hash=hash_, folder=folder, manifest=manifest)

    def open(self, name: str) -> Snapshot:
        """The snapshot of a hash, or of the first digits of one.

        Raises:
            InputError: There is none, or several.
        """
        wanted = name.removeprefix("sha256:")
        known = {snapshot.hash.removeprefix("sha256:"): snapshot for snapshot in self.all()}
        found = [snapshot for digits, snapshot in known.items() if digits.startswith(wanted)]
        if len(wanted) >= _LEAST_PREFIX and len(found) == 1:
            return found[0]
        if len(found) > 1:
            raise InputError(f"{len(found)} snapshots begin with {name!r}", do="Give more digits")
        shorts = [digits[:_DIGITS] for digits in known]
        raise InputError(str(unknown("snapshot", name, shorts)))

    def all(self) -> list[Snapshot]:
        """All snapshots, in the order of their making.

        Raises:
            InputError: The manifest of one cannot be read.
        """
        if not self._folder.is_dir():
            return []
        found = []
        for folder in sorted(self._folder.iterdir()):
            if folder.name.startswith(".") or not folder.is_dir():
                continue
            found.append(read_snapshot(folder))
        return sorted(
            found, key=lambda one: (one.manifest["created_at"], one.manifest["cycle"] or 0, one.hash)
        )

    def current(self) -> Snapshot | None:
        """The snapshot that counts, or None before there is one.

        Raises:
            InputError: What is named is not there.
        """
        try:
            name = self._current.read_text(encoding="utf-8").strip()
        except FileNotFoundError:
            return None
        if not _HASH.fullmatch(name):
            raise InputError(
                "names no snapshot", where=str(self._current), do="holdfast cycle rollback names one again"
            )
        return self.open(name)

    def point_to(self, snapshot: Snapshot | None) -> None:
        """Makes a snapshot the one that counts, in one step; None: none counts, as before the first.

        Raises:
            InputError: It is not what was sealed.
            OutputError: It could not be written.
        """
        if snapshot is None:
            self._current.unlink(missing_ok=True)
            return
        problems = self.verify(snapshot)
        if problems:
            raise InputError(
                f"is not what was sealed: {problems[0]}",
                where=str(snapshot.folder),
                do="Restore it from a copy",
            )
        self._current.parent.mkdir(parents=True, exist_ok=True)
        write_text_atomic(self._current, snapshot.hash + "\n")

    def verify(self, snapshot: Snapshot) -> list[str]:
        """What is wrong with a snapshot, one sentence each; empty where it is what was sealed."""
        manifest, problems = snapshot.manifest, []
        parts = {
            key: manifest.get(key)
            for key in ("format_version", "data_hash", "lineage_hash", "recipe_hash", "parents")
        }
        model, evidence = manifest.get("model"), manifest.get("evidence")
        if model is not None or evidence:
            parts |= {
                "model": model,
                "cycle": manifest.get("cycle"),
                "anchor": manifest.get("anchor"),
                "evidence": {
                    entry["path"]: entry["sha256"]
                    for entry in manifest["files"]
                    if entry["path"].startswith(f"{_EVIDENCE}/")
                },
            }
        if digest_of(parts) != snapshot.hash:
            problems.append("manifest.json: its hashes are not those it is named after")
        known = {entry["path"] for entry in manifest["files"]} | {"manifest.json"} | DERIVED
        for entry in manifest["files"]:
            try:
                _check_file(snapshot.folder, entry)
            except InputError as error:
                problems.append(f"{entry['path']}: {error.what}")
        for file in sorted(snapshot.folder.rglob("*")):
            name = file.relative_to(snapshot.folder).as_posix()
            if file.is_file() and name not in known:
                problems.append(f"{name}: nobody sealed this file")
        if not problems:
            table = read_table(snapshot.folder / FOLDER_FILE)
            ids, hashes = table.column("id").to_pylist(), table.column("content_hash").to_pylist()
            if (
                data_hash(ids, hashes) != manifest["data_hash"]
                or lineage_hash(table) != manifest["lineage_hash"]
            ):
                problems.append(f"{FOLDER_FILE}: it is not the lineage that was sealed")
            elif sorted(_hashes_of_rows(snapshot)) != sorted(hashes):
                problems.append("data: its rows are not those of its lineage")
        return problems

    def descendants(self, snapshot: Snapshot) -> list[Snapshot]:
        """Snapshots that were made from it, near or far, in the order of their making."""
        every = self.all()
        reached = {snapshot.hash}
        # Several may bear one time, so their order says nothing of who is whose parent.
        while found := {one.hash for one in every if reached & set(one.parents)} - reached:
            reached |= found
        return [one for one in every if one.hash in reached and one.hash != snapshot.hash]

    def change(self, one: Snapshot, other: Snapshot) -> Change:
        """What tells two snapshots apart, row by row."""
        before, after = _contents(one), _contents(other)
        both = before.keys() & after.keys()
        edited = [id_ for id_ in both if before[id_] != after[id_]]
        differ = [
            f"{name}: {_said(one.manifest.get(key))}, then {_said(other.manifest.get(key))}"
            for name, key in (
                ("recipe", "recipe_hash"),
                ("anchor", "anchor"),
                ("parents", "parents"),
                ("model", "model"),
            )
            if one.manifest.get(key) != other.manifest.get(key)
        ]
        return Change(
            added=tuple(sorted(after.keys() - before.keys())),
            removed=tuple(sorted(before.keys() - after.keys())),
            edited=tuple(sorted(edited)),
            same=len(both) - len(edited),
            files=tuple(differ),
        )

    def holding(self, records: Iterable[tuple[str, str]]) -> list[Snapshot]:
        """Snapshots that hold one of these records, each an id and a content hash."""
        wanted = set(records)
        return [snapshot for snapshot in self.all() if wanted & set(_contents(snapshot).items())]

    def withdrawn(self, to: Snapshot | None) -> set[tuple[str, str]]:
        """Records of what counts now that the given snapshot does not have: what going back to it withdraws. All, where it is None."""
        now = self.current()
        if now is None:
            return set()
        # Real rows of the anchor are nobody's fault: another draw of them withdraws nothing.
        return _made(now) - (set() if to is None else _made(to))

    def unreferenced(self, kept: Iterable[str] = ()) -> list[Snapshot]:
        """Snapshots that neither count nor are the parent of one that is kept.

        Args:
            kept: Hashes that something else refers to, such as a model that was trained on them.
        """
        every = {snapshot.hash: snapshot for snapshot in self.all()}
        now = self.current()
        waiting = [*kept, *([now.hash] if now else [])]
        needed: set[str] = set()
        while waiting:
            name = waiting.pop()
            if name in needed or name not in every:
                continue
            needed.add(name)
            waiting += every[name].parents
        return [snapshot for name, snapshot in every.items() if name not in needed]

    def remove(self, snapshot: Snapshot, kept: Iterable[str] = ()) -> None:
        """Removes a snapshot that nothing refers to.

        Raises:
            InputError: Something does.
        """
        if snapshot.hash not in {one.hash for one in self.unreferenced(kept)}:
            raise InputError("is referred to and stays", where=str(snapshot.folder))
        for left in self._folder.glob(".*.removed-*"):
            shutil.rmtree(left, ignore_errors=True)
        # First out of sight, in one step: half a snapshot must never be seen.
        gone = snapshot.folder.with_name(f".{snapshot.folder.name}.removed-{os.getpid()}")
        snapshot.folder.rename(gone)
        shutil.rmtree(gone)


def _hashes_of_rows(snapshot: Snapshot) -> list[str]:
    """What the rows themselves say they are."""
    found = []
    for entry in snapshot.manifest["files"]:
        if entry["path"].startswith("data/"):
            with (snapshot.folder / entry["path"]).open("rb") as handle:
                found += [hash_of_written(line.decode("utf-8", "replace")) for line in handle if line.strip()]
    return found


def _made(snapshot: Snapshot) -> set[tuple[str, str]]:
    table = read_table(snapshot.folder / FOLDER_FILE)
    columns = (table.column(name).to_pylist() for name in ("id", "content_hash", "anchor_part"))
    return {(id_, hash_) for id_, hash_, part in zip(*columns, strict=True) if part is None}


def read_snapshot(folder: Path) -> Snapshot:
    """A snapshot by its folder; its files are read when they are needed.

    Raises:
        InputError: It is none.
    """
    manifest = _read_manifest(folder, SCHEMA, "is no snapshot")
    return Snapshot(hash=manifest["snapshot_hash"], folder=folder, manifest=manifest)


def _contents(snapshot: Snapshot) -> dict[str, str]:
    table = read_table(snapshot.folder / FOLDER_FILE)
    return dict(zip(table.column("id").to_pylist(), table.column("content_hash").to_pylist(), strict=True))


def _read_manifest(folder: Path, schema: str, wrong: str) -> dict[str, Any]:
    file = folder / "manifest.json"
    try:
        manifest = msgspec.json.decode(file.read_bytes())
    except FileNotFoundError:
        raise InputError(f"{wrong}: it has no manifest.json", where=str(folder)) from None
    except (OSError, msgspec.DecodeError) as error:
        raise InputError(f"cannot be read: {error}", where=str(file), do="Restore it from a copy") from error
    if not isinstance(manifest, dict) or manifest.get("schema") != schema:
        raise InputError(wrong, where=str(folder))
    return manifest


def _check_file(folder: Path, entry: dict[str, Any]) -> None:
    try:
        found = describe_file(folder, entry["path"], entry["rows"])
    except OSError as error:
        raise InputError(
            f"cannot be read: {error.strerror or error}", where=str(folder / entry["path"])
        ) from error
    if found != entry:
        raise InputError("is not what was sealed", where=str(folder / entry["path"]))


def _sha256(file: Path) -> str:
    try:
        return sha256_of(file)
    except OSError as error:
        raise InputError(f"cannot be read: {error.strerror or error}", where=str(file)) from error


def _said(value: Any) -> str:
    if isinstance(value, dict):
        return str(value.get("name") or value.get("digest"))
    if isinstance(value, list):
        return ", ".join(str(one)[7:19] for one in value) or "none"
    return "none" if value is None else str(value)[7:19]
