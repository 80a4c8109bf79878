"""Anchor: frozen reality, opened."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec

from holdfast.anchors.split import PARTS
from holdfast.anchors.store import (
    ANSWER,
    COLUMNS,
    SCHEMA,
    manifest_digest,
    read_nulls,
    read_table,
    seal,
    seal_columns,
)
from holdfast.data import Detection
from holdfast.data.lineage.schema import lineage_hash
from holdfast.data.lineage.sidecar import FOLDER_FILE
from holdfast.errors import AnchorError
from holdfast.views.real_part import choose_real
from holdfast.views.reality import Rows, read_reality

if TYPE_CHECKING:
    from collections.abc import Callable

    import pyarrow as pa

    from holdfast.backends.store import Shelf
    from holdfast.views.reality import Reality


@dataclass(frozen=True, slots=True, kw_only=True)
class Anchor:
    """A frozen anchor.

    Attributes:
        path: Its folder.
        manifest: Its manifest, as it stands in `manifest.json`.
    """

    path: Path
    manifest: dict[str, Any]

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
        """Rows in each part."""
        return {part: int(self.manifest["parts"][part]["rows"]) for part in PARTS}

    @property
    def labels(self) -> tuple[str, ...]:
        """Names of the strata, where reality is labelled."""
        return tuple(self.manifest["labels"])

    @property
    def shares(self) -> dict[str, float] | None:
        """Declared population shares of the strata, or None: then the reference's own count."""
        shares = self.manifest.get("shares")
        return None if shares is None else {str(k): float(v) for k, v in shares.items()}

    @property
    def predecessors(self) -> list[dict[str, Any]]:
        """Anchors whose place it took, newest first: name, digest, frozen_at, reason, and the summary of a diff."""
        return list(self.manifest.get("succeeds") or [])

    @property
    def empty_rows(self) -> int:
        """Rows without text that were left out when it was frozen."""
        return int(self.manifest["empty_rows"])

    @property
    def detection(self) -> Detection:
        """How its rows were understood."""
        values = self.manifest["detection"]
        return Detection(
            shape=values["shape"],
            text_column=values["text_column"],
            label_column=values.get("label_column"),
            id_column=values.get("id_column"),
            notes=tuple(values["notes"]),
        )

    def part(self, name: str) -> pa.Table:
        """The rows of one part: id, text, stratum, content_hash, payload and, since it is kept, answer_at.

        Raises:
            AnchorError: It is missing or damaged.
        """
        table = read_table(self.path / f"{name}.parquet")
        missing = set(COLUMNS) - set(table.column_names)
        if missing:
            raise AnchorError(f"column {min(missing)!r} is missing", where=f"{self.path / name}.parquet")
        return table

    def sealed_part(self, name: str) -> pa.Table:
        """The rows of one part, known to be those that were sealed.

        Raises:
            AnchorError: It is missing, damaged or was edited.
        """
        table = self.part(name)
        if seal(table) != self.manifest["parts"][name]["seal"]:
            raise AnchorError(
                f"the {name} is not what was sealed",
                where=str(self.path),
                do="holdfast anchor verify names what changed; restore it or freeze anew",
            )
        return table

    def lineage(self) -> pa.Table | None:
        """What is known of the rows of reference and gold; None where nothing was written down.

        Raises:
            AnchorError: It is missing, damaged or was edited.
        """
        sealed = self.manifest.get("lineage")
        if sealed is None:
            return None
        table = read_table(self.path / FOLDER_FILE)
        if lineage_hash(table) != sealed["seal"]:
            raise AnchorError(
                "lineage is not what was sealed",
                where=str(self.path / FOLDER_FILE),
                do="Restore it or freeze anew",
            )
        return table

    def reality(
        self,
        step: Callable[[str], None] = lambda _: None,
        *,
        bounded: bool = False,
        labelled_candidate: bool = False,
        shelf: Shelf | None = None,
    ) -> Reality:
        """The reference with everything that was learnt from it when it was frozen.

        Args:
            step: Called with a word about what is done next.
            bounded: Of a very large reference only a part that its content decides (see `views/real_part.py`); strata are then learnt
                from the part.
            labelled_candidate: The candidate brings labels of its own, so that a part needs no labeller.
            shelf: Where what is learnt from it besides is kept; None keeps nothing.

        Raises:
            AnchorError: The reference or what was learnt from it is not what was sealed.
        """
        table = self.sealed_part("reference")
        tables = {}
        for name, sealed in self.manifest["learnt"].items():
            tables[name] = read_table(self.path / f"{name}.parquet")
            if seal_columns(tables[name]) != sealed:
                raise AnchorError(
                    "what was learnt from the reference is not what was sealed",
                    where=f"{self.path / name}.parquet",
                    do="Restore it or freeze anew",
                )
        # The seal holds whatever the order of rows; what was learnt stands in the order of its own ids.
        place = {id_: row for row, id_ in enumerate(table.column("id").to_pylist())}
        table = table.take([place[id_] for id_ in tables["nulls"].column("id").to_pylist()])
        strata = table.column("stratum").to_pylist()
        duplicates, learnt = read_nulls(tables, self.labels, strata)
        part = choose_real(table.column("text"), table.column("stratum")) if bounded else None
        units = duplicates.units
        if part is not None:
            table, duplicates = table.take(part.rows), duplicates.at(part.rows)
            strata = table.column("stratum").to_pylist()
        rows = Rows(
            ids=table.column("id").to_pylist(),
            texts=table.column("text").to_pylist(),
            strata=strata if self.labels else None,
            answers=table.column(ANSWER).to_pylist() if ANSWER in table.column_names else None,
        )
        del table, tables
        if part is None:
            return read_reality(rows, duplicates=duplicates, strata=learnt, shelf=shelf, step=step)
        del learnt
        found = read_reality(
            rows,
            labelled_candidate=labelled_candidate,
            duplicates=duplicates,
            part=part,
            shelf=shelf,
            step=step,
        )
        census = None if found.beyond is None else found.beyond.census
        if found.beyond is None or census is None:
            return found
        # Which rows resemble each other was found when it was frozen, for all of them.
        return replace(found, beyond=replace(found.beyond, census=replace(census, units=units)))


def open_anchor(path: str | Path) -> Anchor:
    """Open an anchor's folder; the manifest is checked, the parts when they are read.

    Raises:
        AnchorError: It is no anchor, or its manifest was edited.
    """
    folder = Path(path)
    where = str(folder / "manifest.json")
    if folder.is_file():
        raise AnchorError(
            "is a file, not an anchor",
            where=str(folder),
            do="Hold it against with --real, or freeze it first",
        )
    if not folder.exists():
        raise AnchorError(
            "there is no such folder", where=str(folder), do="Make one with holdfast anchor freeze"
        )
    try:
        manifest = msgspec.json.decode((folder / "manifest.json").read_bytes())
    except FileNotFoundError:
        raise AnchorError(
            "is not an anchor: it has no manifest.json",
            where=str(folder),
            do="Make one with holdfast anchor freeze",
        ) from None
    except (OSError, msgspec.DecodeError) as error:
        raise AnchorError(f"cannot be read ({error})", where=where, do="Restore it or freeze anew") from error
    if not isinstance(manifest, dict) or manifest.get("schema") != SCHEMA:
        found = manifest.get("schema") if isinstance(manifest, dict) else None
        if str(found).startswith("holdfast.preference_anchor/"):
            raise AnchorError(
                "is an anchor of people's preferences, and single records cannot be held against it",
                where=str(folder),
                do="Give preference pairs, or an anchor that was frozen from single records",
            )
        raise AnchorError(f"is not a {SCHEMA} manifest (found {found!r})", where=where)
    missing = {"name", "digest", "files", "parts", "labels", "learnt", "detection", "empty_rows"} - set(
        manifest
    )
    if missing:
        raise AnchorError(f"lacks {min(missing)!r}", where=where, do="Restore it or freeze anew")
    if manifest.get("digest") != manifest_digest(manifest):
        raise AnchorError("was edited: its digest does not fit", where=where, do="Restore it or freeze anew")
    return Anchor(path=folder, manifest=manifest)
