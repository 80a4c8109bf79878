"""Preference anchors: what people said of pairs, frozen.

anchor/
├── manifest.json                  what it is, how it was read and split, and the seals
├── reference_pairs.parquet        pairs, as in `Preferences`: serve statistics
├── reference_labels.parquet       people's labels of them, by pair_id
└── holdout_pairs.parquet, holdout_labels.parquet   the same: never trained on, never printed

A prompt is in one part, whatever it was answered; a judge's labels are in none.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import msgspec

from holdfast.anchors.preference_store import AGAIN, numbered, read_part, seal_part, stored_labels
from holdfast.anchors.store import manifest_digest, write_table
from holdfast.data import write_folder_atomic
from holdfast.data.preferences import Preferences, read_preferences
from holdfast.data.preferences.identity import identify_all
from holdfast.errors import AnchorError, InputError, UsageError
from holdfast.version import __version__

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    import pyarrow as pa

SCHEMA = "holdfast.preference_anchor/1"
KIND = "holdfast.preference_anchor/"
PARTS = ("reference", "holdout")
FEW = 100
"""Pairs: below, agreement with people is not judged."""
_NAMED = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class PreferenceAnchor:
    """Frozen labels of people.

    Attributes:
        path: Its folder.
        manifest: Its manifest, as it stands in `manifest.json`.
        preferences: The reference: pairs and people's labels of them.
    """

    path: Path
    manifest: dict[str, Any]
    preferences: Preferences

    @property
    def name(self) -> str:
        """A short name for reports."""
        return str(self.manifest["name"])

    @property
    def digest(self) -> str:
        """`sha256:...` over everything in the anchor."""
        return str(self.manifest["digest"])

    @property
    def files(self) -> tuple[str, ...]:
        """Names of the files it was frozen from."""
        return tuple(self.manifest["files"])

    @property
    def parts(self) -> dict[str, int]:
        """Pairs in each part."""
        return {part: int(self.manifest["parts"][part]["pairs"]) for part in PARTS}

    @property
    def labels(self) -> dict[str, int]:
        """Labels in each part."""
        return {part: int(self.manifest["parts"][part]["labels"]) for part in PARTS}

    @property
    def people(self) -> int:
        """Annotators who have a name of their own."""
        return int(self.manifest["people"])

    @property
    def notes(self) -> tuple[str, ...]:
        """What there was to say when it was frozen."""
        return tuple(self.manifest["notes"])

    def part(self, name: str) -> Preferences:
        """The pairs and labels of one part, known to be those that were sealed.

        Raises:
            AnchorError: It is missing, damaged or was edited.
        """
        return _part(self.path, self.manifest, name)


def freeze_preferences(
    real: Any,
    *,
    output: str | Path,
    holdout: float = 0.1,
    name: str | None = None,
    replace: bool = False,
    annotator: str | None = None,
    annotator_type: str | None = None,
    shape: str | None = None,
    keep_empty: bool = False,
    on_bad_row: Literal["stop", "skip"] = "stop",
    progress: Callable[[str], None] = lambda _: None,
) -> PreferenceAnchor:
    """Freeze what people said of pairs.

    Args:
        real: Pairs with labels: a path, several, a list of dicts, an Arrow table, or `Preferences`.
        output: The folder to write. It appears whole or not at all.
        holdout: Share of the holdout (never trained on, never printed).
        name: A name for reports.
        replace: Take the place of a preference anchor that is already there.
        annotator: Who gave the labels, where the file does not say so.
        annotator_type: What that is. Where the file does not say, and nothing is said here, nobody is taken for a person.
        shape: How the rows are to be understood; detected where not given.
        keep_empty: Keeps pairs of which one response is empty.
        on_bad_row: What to do with a row that cannot be read.
        progress: Called with a word about what is done next.

    Returns:
        The anchor.

    Raises:
        InputError: Rows that cannot be used, or not one label by a person among them.
        OutputError: The folder cannot be written.
        UsageError: A share that does not fit.
    """
    if not 0 <= holdout < 1:
        raise UsageError("the share of the holdout lies between 0 and 1", where="--holdout")
    progress("reading people's labels")
    given = (
        real
        if isinstance(real, Preferences)
        else read_preferences(
            real,
            annotator=annotator,
            annotator_type=annotator_type,
            shape=shape,
            keep_empty=keep_empty,
            on_bad_row=on_bad_row,
        )
    )
    kinds = given.labels.column("annotator_type").to_pylist()
    others = sum(kind != "human" for kind in kinds)
    if others == len(kinds):
        raise InputError(
            f"not one of the {others:,} labels is known to be a person's",
            where=given.name,
            do="If people gave them, say so with --annotator-type human: an anchor holds what people said",
        )
    progress("splitting by prompt")
    tables = {
        part: _rows(given, kinds, at) for part, at in zip(PARTS, _split(given, kinds, holdout), strict=True)
    }
    if not tables["reference"][0].num_rows:
        raise InputError(
            "the holdout leaves no pair for the reference", where=given.name, do="Change --holdout"
        )
    manifest = _manifest(given, tables, others, name, holdout)
    progress("writing")
    with write_folder_atomic(output, replace=replace, kind=KIND) as folder:
        for part, (pairs, labels) in tables.items():
            write_table(pairs, folder / f"{part}_pairs.parquet")
            write_table(labels, folder / f"{part}_labels.parquet")
        (folder / "manifest.json").write_bytes(
            msgspec.json.format(msgspec.json.encode(manifest), indent=2) + b"\n"
        )
    reference = _preferences(manifest, *tables["reference"])
    return PreferenceAnchor(path=Path(output), manifest=manifest, preferences=reference)


def is_preference_anchor(path: str | Path) -> bool:
    """Whether a folder says of itself that it is an anchor of people's preferences, whatever its state."""
    try:
        manifest = msgspec.json.decode((Path(path) / "manifest.json").read_bytes())
    except (OSError, ValueError, RecursionError):
        return False
    return isinstance(manifest, dict) and str(manifest.get("schema")).startswith(KIND)


def open_preference_anchor(path: str | Path) -> PreferenceAnchor:
    """Open a preference anchor; every part is checked against its seal.

    Raises:
        AnchorError: It is no such anchor, or something in it is missing, damaged or was edited.
    """
    folder = Path(path)
    manifest = _read_manifest(folder)
    parts = {part: _part(folder, manifest, part) for part in PARTS}
    return PreferenceAnchor(path=folder, manifest=manifest, preferences=parts["reference"])


def verify_preference_anchor(path: str | Path) -> list[str]:
    """Check every part of a preference anchor against its seals.

    Args:
        path: The anchor's folder.

    Returns:
        What is wrong, one sentence each; empty when everything is as it was sealed. Pairs of the holdout are counted,
        never named.

    Raises:
        AnchorError: It is no such anchor, or its manifest was edited.
    """
    folder = Path(path)
    manifest = _read_manifest(folder)
    problems = []
    for part in PARTS:
        try:
            pairs, labels = read_part(folder, part)
        except AnchorError as error:
            problems.append(str(error))
            continue
        changed = _changed(pairs)
        if changed:
            more = " ..." if len(changed) > _NAMED else ""
            names = "" if part == "holdout" else f": {', '.join(changed[:_NAMED])}{more}"
            problems.append(f"{part}: {len(changed)} pairs have other texts than were sealed{names}")
        elif seal_part(pairs, labels) != manifest["parts"][part]["seal"]:
            problems.append(f"{part}: pairs, authors or labels are not what was sealed")
    return problems


def _read_manifest(folder: Path) -> dict[str, Any]:
    where = str(folder / "manifest.json")
    try:
        manifest = msgspec.json.decode((folder / "manifest.json").read_bytes())
    except (FileNotFoundError, NotADirectoryError):
        raise AnchorError(
            "is no anchor: it has no manifest.json",
            where=str(folder),
            do="Make one with holdfast anchor freeze, or hold a file of labels against it with --real",
        ) from None
    except (OSError, msgspec.DecodeError) as error:
        raise AnchorError(f"cannot be read ({error})", where=where, do=AGAIN) from error
    found = manifest.get("schema") if isinstance(manifest, dict) else None
    if str(found).startswith("holdfast.anchor/"):
        raise AnchorError(
            "is an anchor of single records, and preference pairs cannot be held against it",
            where=str(folder),
            do="Freeze pairs that people labelled with holdfast anchor freeze, or hold one side of the pairs against it with "
            "--text chosen",
        )
    if not isinstance(manifest, dict) or found != SCHEMA:
        raise AnchorError(
            f"is not a {SCHEMA} manifest (found {found!r})",
            where=where,
            do="Pairs are held against people's labels: freeze such with holdfast anchor freeze",
        )
    missing = {"name", "digest", "files", "parts", "people", "notes", "shape"} - set(manifest)
    if missing:
        raise AnchorError(f"lacks {min(missing)!r}", where=where, do=AGAIN)
    if manifest["digest"] != manifest_digest(manifest):
        raise AnchorError("was edited: its digest does not fit", where=where, do=AGAIN)
    return manifest


def _part(folder: Path, manifest: dict[str, Any], part: str) -> Preferences:
    pairs, labels = read_part(folder, part)
    if seal_part(pairs, labels) != manifest["parts"][part]["seal"]:
        raise AnchorError(
            f"the {part} is not what was sealed",
            where=str(folder),
            do="holdfast anchor verify names what changed; restore it or freeze anew",
        )
    return _preferences(manifest, pairs, labels)


def _preferences(manifest: dict[str, Any], pairs: pa.Table, labels: pa.Table) -> Preferences:
    row = {id_: at for at, id_ in enumerate(pairs.column("pair_id").to_pylist())}
    return Preferences(
        pairs=pairs,
        labels=numbered(labels, [row[id_] for id_ in labels.column("pair_id").to_pylist()]),
        name=str(manifest["name"]),
        shape=str(manifest["shape"]),
        files=tuple(manifest["files"]),
        notes=tuple(manifest["notes"]),
    )


def _rows(given: Preferences, kinds: Sequence[str], rows: Sequence[int]) -> tuple[pa.Table, pa.Table]:
    """These pairs, and people's labels of them."""
    import pyarrow as pa

    pairs = given.pairs.take(pa.array(rows, pa.int64()))
    inside = set(rows)
    own = given.labels.column("pair").to_pylist()
    kept = [at for at, row in enumerate(own) if row in inside and kinds[at] == "human"]
    labels = given.labels.take(pa.array(kept, pa.int64()))
    ids = given.pairs.column("pair_id").to_pylist()
    columns = [pa.array([ids[own[at]] for at in kept], pa.string()), *labels.columns[1:]]
    return pairs, pa.Table.from_arrays(columns, schema=stored_labels())


def _split(given: Preferences, kinds: Sequence[str], holdout: float) -> tuple[list[int], list[int]]:
    """Pairs that people labelled, by part. A prompt's own hash places it, whatever else there is."""
    labelled = {
        row
        for row, kind in zip(given.labels.column("pair").to_pylist(), kinds, strict=True)
        if kind == "human"
    }
    parts: tuple[list[int], list[int]] = ([], [])
    for row, own in enumerate(identify_all(given.pairs)):
        if row in labelled:
            place = sha256(b"part" + (own.prompt or own.responses)).digest()
            # 52 bits: every such number is a float.
            uniform = (int.from_bytes(place[:8]) >> 12) / 2**52
            parts[uniform < holdout].append(row)
    return parts


def _changed(pairs: pa.Table) -> list[str]:
    """Ids of the pairs whose texts no longer have the hash that stands beside them."""
    rows = zip(
        pairs.column("pair_id").to_pylist(),
        pairs.column("pair_hash").to_pylist(),
        identify_all(pairs),
        strict=True,
    )
    return [id_ for id_, sealed, own in rows if own.pair_hash != sealed]


def _manifest(
    given: Preferences,
    tables: dict[str, tuple[pa.Table, pa.Table]],
    others: int,
    name: str | None,
    holdout: float,
) -> dict[str, Any]:
    pairs = sum(own.num_rows for own, _ in tables.values())
    notes = list(given.notes)
    if others:
        notes.append(f"{others:,} labels that are not known to be people's are left out.")
    if pairs < len(given):
        notes.append(f"{len(given) - pairs:,} pairs without a person's label are left out.")
    if tables["reference"][0].num_rows < FEW:
        notes.append(
            f"The reference has {tables['reference'][0].num_rows} pairs; agreement with people is judged from {FEW} on."
        )
    people = {
        who
        for _, labels in tables.values()
        for who in labels.column("annotator").to_pylist()
        if who is not None
    }
    manifest: dict[str, Any] = {
        "schema": SCHEMA,
        "name": name or given.name,
        "created_at": datetime.now(UTC).isoformat(timespec="seconds"),
        "holdfast_version": __version__,
        # Names alone: a folder of the machine it was frozen on helps nobody and may say too much.
        "files": [Path(file).name for file in given.files],
        "shape": given.shape,
        "notes": notes,
        "set_aside": dict(given.set_aside),
        "skipped_rows": given.skipped_count,
        "labels_left_out": others,
        "people": len(people),
        "split": {"by": "hash of the prompt", "holdout": holdout},
        "parts": {
            part: {"pairs": own.num_rows, "labels": labels.num_rows, "seal": seal_part(own, labels)}
            for part, (own, labels) in tables.items()
        },
    }
    return manifest | {"digest": manifest_digest(manifest)}
