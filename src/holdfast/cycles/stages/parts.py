"""Which rows of reality steer, and which judge. A row that judges is handed to no stage.

The reference is dealt by content: near-duplicates go together, so that nothing which judges lies next to something that steered. The same
rows judge however often they are dealt; another deal of the same anchor would hand out rows that judged, and is refused.
"""

from __future__ import annotations

from dataclasses import dataclass
from hashlib import sha256
from typing import TYPE_CHECKING, Any

import msgspec

from holdfast.anchors.deal import deal as deal_rows
from holdfast.data import digest_of, write_folder_atomic
from holdfast.data.lineage.sidecar import sidecar_of, write_lineage
from holdfast.data.write import describe_file, write_atomic
from holdfast.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from holdfast.anchors import Anchor
    from holdfast.cycles.project.project import Project
    from holdfast.cycles.project.recipe import Recipe

SCHEMA = "holdfast.parts/1"
_LEAST = 100
"""Rows: below, a part carries no null."""
STEERING = "steering.jsonl"
_JUDGED = "judged.txt"


@dataclass(frozen=True, slots=True, kw_only=True)
class Parts:
    """The rows of an anchor, dealt.

    Attributes:
        folder: Where they lie.
        digest: Of the anchor's rows.
        number: Parts that judge.
        before: Names of earlier deals whose rows judge here again: their looks were looks at these rows.
    """

    folder: Path
    digest: str
    number: int
    before: frozenset[str] = frozenset()

    @property
    def steering(self) -> Path:
        """Rows that stages may see."""
        return self.folder / STEERING

    def turn(self, cycle: int) -> int:
        """The part that judges a cycle, counted from 1."""
        return (cycle - 1) % self.number + 1

    def name(self, part: int) -> str:
        """What a part is called where its looks are counted."""
        return f"{self.digest[7:19]}/{part}"

    def judging(self, part: int) -> list[dict[str, Any]]:
        """The rows that judge.

        Raises:
            InputError: They are not what was dealt.
        """
        return _rows(self.folder / f"judge-{part}.jsonl")

    def judged(self) -> frozenset[str]:
        """Content hashes of all rows that judge, in whatever part."""
        return _hashes(self.folder)

    def elsewhere(self, part: int) -> frozenset[str]:
        """Ids of the holdout's rows that judge in other turns."""
        others = (other for other in range(1, self.number + 1) if other != part)
        return frozenset(id_ for other in others for id_ in self.holdout(other))

    def holdout(self, part: int) -> frozenset[str]:
        """Ids of the holdout's rows that judge."""
        return frozenset(row["id"] for row in _rows(self.folder / f"holdout-{part}.jsonl"))


def deal(project: Project, recipe: Recipe, progress: Callable[[str], None] = lambda _: None) -> Parts:
    """The parts of the project's anchor, dealt where they are not.

    Raises:
        AnchorError: The anchor is not what was frozen.
        InputError: A part would be too small, or the same anchor was dealt otherwise before.
    """
    anchor = project.anchor(recipe)
    # Gold that joins changes the anchor, and neither who judges nor how often they did.
    key = digest_of([anchor.manifest["parts"][part]["seal"] for part in ("reference", "holdout")])
    asked = {"rows": key, "share": recipe.judge.share, "parts": recipe.judge.parts}
    folder = project.parts() / key.partition(":")[2][:16]
    for event in project.journal.events("dealt"):
        if event.body["rows"] == key:
            _check_asked(event.body, asked)
    if folder.is_dir():
        return _found(project, folder, asked)
    progress("dealing the anchor: rows that steer, and rows that judge")
    project.parts().mkdir(parents=True, exist_ok=True)
    reference = anchor.sealed_part("reference").to_pylist()
    units = _units(anchor)
    hashes = [row["content_hash"] for row in reference]
    dealt = deal_rows(hashes, units, recipe.judge.share, recipe.judge.parts)
    before = _judge_again(project, hashes, units, dealt, recipe.judge.parts)
    sizes = [dealt.count(part) for part in range(recipe.judge.parts + 1)]
    if min(sizes) < _LEAST:
        raise InputError(
            f"the reference has {len(reference):,} rows, and a part of it would have {min(sizes)}; {_LEAST} are needed",
            where="[judge]",
            do="Give fewer parts, or another share, or freeze an anchor of more rows",
        )
    with write_folder_atomic(folder) as fresh:
        names = [STEERING, *(f"judge-{part}.jsonl" for part in range(1, recipe.judge.parts + 1))]
        for part, name in enumerate(names):
            chosen = [row for row, at in zip(reference, dealt, strict=True) if at == part]
            lines = [_given(row, anchor) for row in chosen]
            (fresh / name).write_bytes(b"".join(msgspec.json.encode(line) + b"\n" for line in lines))
        _write_lineage(
            anchor, [row for row, at in zip(reference, dealt, strict=True) if at == 0], fresh / STEERING
        )
        judging = sorted(hash_ for hash_, at in zip(hashes, dealt, strict=True) if at)
        (fresh / _JUDGED).write_text("".join(f"{hash_}\n" for hash_ in judging), encoding="ascii")
        sealed = anchor.sealed_part("holdout")
        rows = list(
            zip(sealed.column("id").to_pylist(), sealed.column("content_hash").to_pylist(), strict=True)
        )
        for part in range(recipe.judge.parts):
            mine = [
                id_
                for id_, hash_ in rows
                if int(sha256(f"holdout {hash_}".encode()).hexdigest()[:15], 16) % recipe.judge.parts == part
            ]
            (fresh / f"holdout-{part + 1}.jsonl").write_bytes(
                b"".join(msgspec.json.encode({"id": id_}) + b"\n" for id_ in mine)
            )
        files = sorted(file.name for file in fresh.iterdir())
        body = {
            "schema": SCHEMA,
            **asked,
            "before": sorted(before),
            "sizes": dict(zip(names, sizes, strict=True)),
            "files": [describe_file(fresh, name, 0) for name in files],
        }
        (fresh / "manifest.json").write_bytes(
            msgspec.json.format(msgspec.json.encode(body), indent=1) + b"\n"
        )
    return _found(project, folder, asked)


def _judge_again(
    project: Project, hashes: list[str], units: list[int], dealt: list[int], parts: int
) -> set[str]:
    """Has rows that judged in an earlier deal judge again, with what lies next to them: what judged never steers.

    Returns:
        Names of those earlier deals, and of those before them.
    """
    before: set[str] = set()
    for folder in sorted(project.parts().iterdir()):
        if not (folder / _JUDGED).is_file():
            continue
        old = _hashes(folder)
        again = {unit for unit, hash_ in zip(units, hashes, strict=True) if hash_ in old}
        if not again:
            continue
        body = msgspec.json.decode((folder / "manifest.json").read_bytes())
        before |= {str(body["rows"])[7:19], *body["before"]}
        for row, unit in enumerate(units):
            if unit in again and not dealt[row]:
                dealt[row] = 1 + unit % parts
    return before


def _hashes(folder: Path) -> frozenset[str]:
    try:
        return frozenset((folder / _JUDGED).read_text(encoding="ascii").split())
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(
            f"cannot be read: {error}", where=str(folder / _JUDGED), do="Restore it from a copy"
        ) from error


def _check_asked(body: Any, asked: dict[str, Any]) -> None:
    for name in ("share", "parts"):
        if body.get(name) != asked[name]:
            raise InputError(
                f"{name} was {body.get(name)} when this anchor was dealt, and is {asked[name]} now: rows that judged would steer",
                where="[judge]",
                do=f"Say {name} = {body.get(name)}",
            )


def _found(project: Project, folder: Path, asked: dict[str, Any]) -> Parts:
    file = folder / "manifest.json"
    do = "Restore it from a copy"
    try:
        body = msgspec.json.decode(file.read_bytes())
    except (OSError, msgspec.DecodeError) as error:
        raise InputError(f"cannot be read: {error}", where=str(file), do=do) from error
    _check_asked(body, asked)
    digest = digest_of(body)
    said = [event for event in project.journal.events("dealt") if event.body["rows"] == body["rows"]]
    if said and said[0].body["digest"] != digest:
        raise InputError("is not what was dealt", where=str(file), do=do)
    for entry in body["files"]:
        try:
            same = describe_file(folder, entry["path"], 0) == entry
        except OSError:
            same = False
        if not same:
            raise InputError("is not what was dealt", where=str(folder / entry["path"]), do=do)
    if not said:
        project.journal.add(
            "dealt", rows=body["rows"], share=body["share"], parts=body["parts"], digest=digest
        )
    return Parts(
        folder=folder, digest=str(body["rows"]), number=int(body["parts"]), before=frozenset(body["before"])
    )


def write_gold(project: Project, anchor: Anchor) -> Path:
    """The anchor's gold part as a file, as its rows were given; for programs that want real rows to train or stop by."""
    sealed = anchor.sealed_part("gold")
    file = project.parts() / f"gold-{anchor.manifest['parts']['gold']['seal'].partition(':')[2][:16]}.jsonl"
    if not file.exists():
        rows = [_given(row, anchor) for row in sealed.to_pylist()]
        with write_atomic(file) as handle:
            handle.write(b"".join(msgspec.json.encode(row) + b"\n" for row in rows))
    return file


def _units(anchor: Anchor) -> list[int]:
    """Groups of near-duplicates, in the order of the reference's rows."""
    reality = anchor.reality()
    unit = dict(zip(reality.ids, reality.duplicates.units.tolist(), strict=True))
    return [unit[id_] for id_ in anchor.sealed_part("reference").column("id").to_pylist()]


def _given(row: dict[str, Any], anchor: Anchor) -> dict[str, Any]:
    """A row as it was given, with its id."""
    payload: dict[str, Any] = msgspec.json.decode(row["payload"])
    return {(anchor.detection.id_column or "id"): row["id"]} | payload


def _write_lineage(anchor: Anchor, rows: list[dict[str, Any]], file: Path) -> None:
    import pyarrow as pa

    from holdfast.data.lineage import lineage_table

    known = anchor.lineage()
    ids = [row["id"] for row in rows]
    columns: dict[str, Any] = {
        "id": ids,
        "content_hash": [row["content_hash"] for row in rows],
        "anchor_part": pa.array(["reference"] * len(rows), pa.string()),
    }
    if known is not None:
        place = {id_: at for at, id_ in enumerate(known.column("id").to_pylist())}
        taken = known.take(pa.array([place.get(id_) for id_ in ids], pa.int64()))
        columns |= {
            name: taken.column(name).to_pylist() for name in taken.column_names if name not in columns
        }
    write_lineage(lineage_table(columns, len(rows)), sidecar_of(file))


def _rows(file: Path) -> list[dict[str, Any]]:
    try:
        return [msgspec.json.decode(line) for line in file.read_bytes().splitlines() if line]
    except (OSError, msgspec.DecodeError) as error:
        raise InputError(f"cannot be read: {error}", where=str(file), do="Restore it from a copy") from error
