"""Report: what the JSON of an audit points at. It names a set, real rows and columns; what is missing is read anew, from rows that steer."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec

from holdfast.anchors import Anchor, open_anchor
from holdfast.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from holdfast.remedies.generate.parts import Parts

_SCHEMA = "holdfast.audit/"


@dataclass(frozen=True, slots=True, kw_only=True)
class Pointed:
    """What a report points at.

    Attributes:
        candidate: The set that was audited.
        real: Real rows, or None.
        anchor: The anchor, or None.
        data_hash: Identity of the candidate's rows; None where the report does not say.
        text: Column of the text.
        label: Column of the strata.
        id: Column of the ids.
        lost: Strata that the report says are lost.
    """

    candidate: Any
    real: Any
    anchor: Any
    data_hash: str | None
    text: str | None
    label: str | None
    id: str | None
    lost: tuple[str, ...]


def read_report(report: str | Path, *, candidate: Any, real: Any, anchor: Any) -> Pointed:
    """Read what an audit said of which rows.

    Args:
        report: The JSON of an audit.
        candidate: Given in place of the files that it names.
        real: The same for real rows.
        anchor: The same for the anchor; a report names a frozen one, and does not say where it lies.

    Raises:
        InputError: It is no report of an audit, or what it names cannot be found.
    """
    file = Path(report)
    body = _body(file)
    one, other = body["candidate"], body["anchor"]
    if candidate is None:
        candidate = _files(
            one["files"], file, "the set that was audited", "Give it: holdfast generate CANDIDATE --for ..."
        )
    if real is None and anchor is None:
        if other["kind"] == "frozen":
            raise InputError(
                f"the audit was held against the frozen anchor {other['name']!r}, and does not say where it lies",
                where=str(file),
                do="Add --anchor FOLDER",
            )
        real = _files(other["files"], file, "the real rows", "Give them: --real FILE")
    if anchor is not None:
        anchor = anchor if isinstance(anchor, Anchor) else open_anchor(anchor)
        if other["kind"] == "frozen" and other["digest"] != anchor.digest:
            raise InputError(
                f"the audit was held against another anchor: {other['name']!r} ({str(other['digest'])[:19]})",
                where=str(anchor.path),
                do="Give that one, or audit again",
            )
    return Pointed(
        candidate=candidate,
        real=real,
        anchor=anchor,
        data_hash=one["data_hash"],
        text=other["text_column"] if real is not None else None,
        label=other["label_column"] if real is not None else None,
        id=None,
        lost=tuple(row["stratum"] for row in body["strata"]["table"] if row["lost"]),
    )


def check_same(pointed: Pointed, parts: Parts, *, where: str) -> None:
    """Refuses a set that is another one than was audited.

    Raises:
        InputError: It has changed since.
    """
    if pointed.data_hash is not None and parts.candidate_hash not in (None, pointed.data_hash):
        raise InputError(
            "the set is not the one that was audited: its rows have changed since",
            where=where,
            do="Audit it again, and generate for that report",
        )


def _body(file: Path) -> dict[str, Any]:
    do = "Write one: holdfast audit CANDIDATE --real FILE --json report.json"
    try:
        body = msgspec.json.decode(file.read_bytes())
    except OSError as error:
        raise InputError(
            f"the report cannot be read: {(error.strerror or str(error)).lower()}", where=str(file), do=do
        ) from error
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise InputError(f"the report is no JSON: {error}", where=str(file), do=do) from error
    if not isinstance(body, dict) or not str(body.get("schema", "")).startswith(_SCHEMA):
        raise InputError("is no report of an audit", where=str(file), do=do)
    try:
        _ = list(body["candidate"]["files"]), list(body["anchor"]["files"])
        _ = [(row["stratum"], row["lost"]) for row in body["strata"]["table"]]
        _ = (
            body["candidate"]["data_hash"],
            body["anchor"]["kind"],
            body["anchor"]["name"],
            body["anchor"]["digest"],
        )
        _ = body["anchor"]["text_column"], body["anchor"]["label_column"]
    except (KeyError, TypeError) as error:
        raise InputError(f"the report lacks what an audit says: {error}", where=str(file), do=do) from error
    return body


def _files(names: Sequence[Any], report: Path, what: str, do: str) -> Any:
    if not names or not all(isinstance(name, str) and name for name in names):
        raise InputError(
            f"the report does not say where {what} lies: it came from memory", where=str(report), do=do
        )
    found = []
    for name in names:
        # As it was given, from where we stand; or from where the report stands.
        places = [place for place in (Path(name), report.parent / name) if _is_there(place)]
        if not places:
            raise InputError(f"the report names {name!r}, which is not there", where=str(report), do=do)
        found.append(places[0])
    return found[0] if len(found) == 1 else found


def _is_there(place: Path) -> bool:
    try:
        return place.exists()
    except OSError:  # a name that no file can have
        return False
