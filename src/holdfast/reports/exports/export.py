"""Writing what others read of a folder, beside its rows."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, cast

import msgspec

from holdfast.data.write import check_writable, write_text_atomic
from holdfast.errors import InputError, OutputError, UsageError, unknown
from holdfast.reports.exports import card, croissant, openlineage, stages
from holdfast.reports.exports.about import About, read_about
from holdfast.reports.exports.card import license_of
from holdfast.reports.exports.facts import read_facts
from holdfast.reports.summary import SCHEMA, Summary

if TYPE_CHECKING:
    from collections.abc import Sequence

    from holdfast.reports.exports.facts import Facts

Format = Literal["card", "croissant", "openlineage"]
FORMATS: tuple[Format, ...] = ("card", "croissant", "openlineage")
FILES: dict[Format, str] = {
    "card": "README.md",
    "croissant": "croissant.json",
    "openlineage": "openlineage.ndjson",
}
_RECIPE = "holdfast.toml"


@dataclass(frozen=True, slots=True, kw_only=True)
class Export:
    """What was written.

    Attributes:
        files: By format.
        missing: What readers of these formats ask for and nobody has said: keys of the file about the set.
    """

    files: dict[str, Path]
    missing: tuple[str, ...]


def export(
    folder: str | Path,
    *,
    format: Sequence[Format] = FORMATS,
    about: str | Path | None = None,
    audit: str | Path | None = None,
    merge: str | Path | None = None,
) -> Export:
    """Write what is known of a blend, a curated set or a project in the words of others, beside its rows.

    Args:
        folder: The folder that `blend` or `curate` wrote; or a project, of which OpenLineage says every stage of every cycle.
        format: What to write: a dataset card (`README.md`; one that is there keeps what others wrote), Croissant 1.1 with
            Responsible AI and PROV (`croissant.json`), OpenLineage events (`openlineage.ndjson`).
        about: A TOML file with what nobody but the maker knows.
        audit: The audit of the set, as `holdfast audit --json` wrote it.
        merge: A Croissant document of somebody else's about the same set, such as the Hub's own: it is kept and added to.

    Raises:
        InputError: The folder is none of ours, a file cannot be read, or the audit is of another number of rows.
        OutputError: A file cannot be written.
        UsageError: There is no such format, or a project is asked for what only a set of rows has.
    """
    for name in format:
        if name not in FORMATS:
            raise unknown("format", name, list(FORMATS))
    if merge is not None and "croissant" not in format:
        raise UsageError("there is nothing to merge into", where="--merge", do="Add --format croissant")
    if (Path(folder) / _RECIPE).is_file() and not (Path(folder) / "manifest.json").exists():
        return _project(Path(folder), format, about, given={"--audit": audit, "--merge": merge})
    facts = read_facts(folder)
    for name in format:
        check_writable(Path(folder) / FILES[name])
    said = About() if about is None else read_about(about)
    judged = None if audit is None else _read_audit(Path(audit), facts)
    texts: dict[Format, str] = {}
    if "card" in format:
        texts["card"] = card.render(facts, said, judged, _old_card(Path(folder) / FILES["card"]))
    if "croissant" in format:
        old = None if merge is None else _read_croissant(Path(merge))
        texts["croissant"] = (
            json.dumps(croissant.render(facts, said, old), indent=1, ensure_ascii=False, allow_nan=False)
            + "\n"
        )
    if "openlineage" in format:
        texts["openlineage"] = _lines(openlineage.render(facts, said, judged))
    files = {}
    for name, text in texts.items():
        files[name] = Path(folder) / FILES[name]
        write_text_atomic(files[name], text)
    wanted = said.missing({"license": license_of(facts, said)}) if {"card", "croissant"} & set(format) else ()
    return Export(files=cast("dict[str, Path]", files), missing=wanted)


def _project(
    folder: Path, format: Sequence[Format], about: str | Path | None, *, given: dict[str, str | Path | None]
) -> Export:
    """A loop has no rows of its own: it is told stage by stage, and nothing else."""
    from holdfast.cycles.journal import Journal

    do = "Export a blend of it for the rest: work/0001/blend/blend"
    for flag, value in given.items():
        if value is not None:
            raise UsageError("is of a set of rows, and this is a project", where=flag, do=do)
    if tuple(format) != FORMATS and set(format) != {"openlineage"}:
        raise UsageError("a project is exported as openlineage alone", where="--format", do=do)
    file = folder / FILES["openlineage"]
    check_writable(file)
    said = About() if about is None else read_about(about)
    database = folder / ".holdfast" / "project.sqlite"
    events = []
    if database.is_file():
        journal = Journal(database)
        try:
            events = journal.events()
        finally:
            journal.close()
    if not events:
        raise InputError(
            "nothing has happened in this project yet",
            where=str(folder),
            do="holdfast cycle run begins a cycle",
        )
    told = stages.render(
        events,
        name=said.texts.get("name", folder.resolve().name),
        namespace=said.texts.get("namespace", "holdfast"),
    )
    write_text_atomic(file, _lines(told))
    return Export(files={"openlineage": file}, missing=())


def _lines(events: list[dict[str, Any]]) -> str:
    return "".join(json.dumps(event, allow_nan=False) + "\n" for event in events)


def _old_card(file: Path) -> str:
    try:
        return file.read_bytes().decode()  # line ends stay as they are
    except FileNotFoundError:
        return ""
    except (OSError, UnicodeDecodeError) as error:
        raise OutputError(f"cannot be added to: {error}", where=str(file), do="Move it away") from error


def _read_json(file: Path) -> Any:
    try:
        return msgspec.json.decode(file.read_bytes())
    except OSError as error:
        raise InputError(f"cannot be read: {error.strerror or error}", where=str(file)) from error
    except msgspec.DecodeError as error:
        raise InputError(f"is no JSON: {error}", where=str(file)) from error


def _read_audit(file: Path, facts: Facts) -> Summary:
    found = _read_json(file)
    if not isinstance(found, dict) or found.get("schema") != SCHEMA:
        raise InputError("is no audit", where=str(file), do="holdfast audit --json writes one")
    candidate = found.get("candidate")
    if isinstance(candidate, dict):
        candidate.setdefault("data_hash", None)  # audits of earlier releases
    anchor = found.get("anchor")
    if isinstance(anchor, dict):
        anchor.setdefault("data_hash", None)
    try:
        summary = msgspec.convert(found, Summary)
    except msgspec.ValidationError as error:
        raise InputError(f"is no whole audit: {error}", where=str(file), do="Write it anew") from error
    source, do = summary["candidate"], "Audit this folder, and say that one"
    read = source["rows"] + source["empty_rows"] + source["skipped_rows"]
    if read != facts.data.rows:
        raise InputError(f"is of {read:,} rows, the folder holds {facts.data.rows:,}", where=str(file), do=do)
    if read == source["rows"] and source["data_hash"] is not None:
        if source["data_hash"] != facts.data_hash:
            raise InputError("is of other rows than the folder holds", where=str(file), do=do)
    elif not any(
        name.replace("\\", "/").endswith(f"{facts.name}/{facts.data.path}") for name in source["files"]
    ):
        named = ", ".join(source["files"]) or source["name"]
        raise InputError(f"is of {named}, not of this folder", where=str(file), do=do)
    return summary


def _read_croissant(file: Path) -> dict[str, Any]:
    found = _read_json(file)
    if not isinstance(found, dict) or "@context" not in found:
        raise InputError("is no Croissant document: it has no @context", where=str(file))
    for name in ("distribution", "recordSet"):
        members = found.get(name, [])
        if not isinstance(members, list) or not all(isinstance(member, dict) for member in members):
            raise InputError(f"is no Croissant document: {name} is no list of objects", where=str(file))
    return found
