"""Kept: an audit whose question was answered before. Its readings are judged anew, and nothing is read.

What is kept are the readings, a few numbers of every row, and the texts that reports show. The question is known by the content of the files,
the anchor's digest, the measures and everything that readings depend on; tolerances are not among that.
"""

from __future__ import annotations

from dataclasses import dataclass, fields, replace
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from holdfast.anchors import Anchor
from holdfast.audits.judge import Failed
from holdfast.audits.packing import pack, unpack
from holdfast.backends.store import Key, Store, open_store, stamp_of
from holdfast.data.strings import StreamedStrings
from holdfast.errors import HoldfastError, UsageError
from holdfast.version import __version__
from holdfast.views.near import Duplicates
from holdfast.views.sides import Side, Sides
from holdfast.views.streaming.ids import BlockIds, sent_ids

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from holdfast.audits.extent import Extent
    from holdfast.audits.judge import Result
    from holdfast.audits.result import Settings, Source
    from holdfast.measures import Measure

_KIND, _VERSION = "audit", 2
_SHOWN = 1_000
"""Rows behind a reading whose texts are kept: a report shows fewer."""
_BYTES = 2**20
_ROWS = ("answers", "counts", "keys", "strata", "support")
_GROUPS = ("exact", "near", "related", "units")


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    """An audit that was answered before.

    Attributes:
        results: What the measures returned, in the order of the battery.
        sides: Both sides without their words.
        candidate: Where the candidate came from.
        anchor: Where the anchor came from.
        notes: What a reader should know about the reading of the rows.
        expect: How the declared shares are told in the settings.
        extent: How much of both sides was read.
    """

    results: Sequence[Result]
    sides: Sides
    candidate: Source
    anchor: Source
    notes: tuple[str, ...]
    expect: str | None
    extent: Extent


def shelf_of(store: str | Path | Store | None) -> tuple[Store, list[str]]:
    """The store that was asked for, and a list in which it says what it could not do.

    Raises:
        UsageError: It is to stand where a file does.
    """
    if isinstance(store, str | Path) and Path(store).expanduser().is_file():
        raise UsageError(
            "is a file, and a store is a folder", where=f"--store {store}", do="Name another folder"
        )
    lacking: list[str] = []
    if isinstance(store, Store):
        return store, lacking
    return open_store(None if store is None else str(store), tell=lacking.append), lacking


def told(expect: str | Path | Mapping[str, float] | None) -> str | None:
    """Declared shares in a word: what they are, or the hash of the file that holds them."""
    if expect is None or not isinstance(expect, str | Path):
        return None if expect is None else repr(sorted(expect.items()))
    try:
        return sha256(Path(expect).read_bytes()).hexdigest()
    except OSError:  # whoever reads it says what is wrong with it
        return str(expect)


def key_of(
    store: Store,
    candidate: Any,
    known: Any,
    measures: Sequence[Measure],
    settings: Settings,
    options: Mapping[str, Any],
) -> Key | None:
    """What an audit is kept under; None where its sides are not files, whose content can be known without reading rows.

    Args:
        store: Where hashes of files are kept.
        candidate: The candidate as it was given.
        known: The real rows or the anchor.
        measures: The battery.
        settings: What was asked for.
        options: How rows are read, and declared shares.
    """
    if not store.on:
        return None
    try:
        sides = [
            _identity(store, candidate),
            known.digest if isinstance(known, Anchor) else _identity(store, known),
        ]
    except HoldfastError:  # whoever reads it says what is wrong with it
        return None
    if None in sides:
        return None
    asked = {
        field.name: getattr(settings, field.name)
        for field in fields(settings)
        if field.name not in ("tolerance", "on_undetermined", "detectable")
    }
    battery = [(measure.name, measure.version, repr(measure)) for measure in measures]
    said = repr([__version__, battery, sorted(asked.items()), sorted(options.items())])
    return Key(kind=_KIND, version=_VERSION, parts=(*map(str, sides), sha256(said.encode()).hexdigest()))


def find_kept(store: Store, key: Key | None, measures: Sequence[Measure]) -> Kept | None:
    """An audit that was kept, or None."""
    found = None if key is None else store.get(key)
    if found is None:
        return None
    try:
        *results, plain = unpack(bytes(found["packed"]))
        if len(results) != len(measures):
            return None
        return Kept(
            results=results,
            sides=_sides(plain, found),
            candidate=plain["candidate"],
            anchor=plain["anchor"],
            notes=tuple(plain["notes"]),
            expect=plain["expect"],
            extent=replace(plain["extent"], kept=True),
        )
    except (KeyError, TypeError, ValueError):  # written by another release
        return None


def keep(store: Store, key: Key | None, answered: Kept) -> None:
    """Keep an audit, unless a measure broke.

    Args:
        store: Where to.
        key: What it is kept under; None keeps nothing.
        answered: The audit.
    """
    sides, results = answered.sides, answered.results
    if key is None or not store.on or any(isinstance(result, Failed) for result in results):
        return
    plain: dict[str, Any] = {
        "candidate": answered.candidate,
        "anchor": answered.anchor,
        "notes": list(answered.notes),
        "expect": answered.expect,
        "extent": answered.extent,
        "labels": list(sides.labels),
        "origin": sides.origin,
        "accuracy": sides.accuracy,
        "masked": list(sides.masked),
        "use": sides.use,
        "truncated": [sides.anchor.truncated, sides.candidate.truncated],
    }
    facts: dict[str, Any] = {
        "known": sides.known,
        "copied": sides.copied,
        "repeated": sides.repeated,
    }
    facts |= {
        name: value for name in ("declared", "confusion") if (value := getattr(sides, name)) is not None
    }
    shown = _shown(results, sides)
    for name, side, rows in (("anchor", sides.anchor, shown[0]), ("candidate", sides.candidate, shown[1])):
        facts |= {f"{name} {column}": getattr(side, column) for column in _ROWS}
        facts |= {f"{name} {column}": getattr(side.duplicates, column) for column in _GROUPS}
        ids = side.ids.sent() if isinstance(side.ids, BlockIds) else sent_ids(side.ids)
        facts |= {f"{name} {form}": said for form, said in ids.items()}
        facts[f"{name} shown"] = np.array(rows, np.int64)
        facts[f"{name} texts"] = [side.texts[row] for row in rows]
    packed = pack([*results, plain])
    store.put(key, facts | {"packed": np.frombuffer(packed, np.uint8)})


def _shown(results: Sequence[Result], sides: Sides) -> tuple[list[int], list[int]]:
    """Rows of the anchor and of the candidate that reports may show."""
    real: set[int] = set()
    found: set[int] = set()
    for result in results:
        details = getattr(result, "details", {})
        found.update(getattr(result, "rows", ())[:_SHOWN])
        for uncovered in details.get("uncovered", ()):
            real.add(uncovered["row"])
            if uncovered["nearest"] is not None:
                found.add(uncovered["nearest"])
        real.update(details.get("copied_from", {}).values())
    # Of every stratum the real row that says best what was lost, whether it was or not: another tolerance may ask for it.
    strata, support = sides.anchor.strata, sides.anchor.support
    order = np.lexsort((np.arange(len(strata)), -support, strata))
    first = order[np.unique(strata[order], return_index=True)[1]]
    real.update(first.tolist())
    named = {id_ for result in results for id_ in _ids(getattr(result, "details", {}))}
    if named:
        ids = sides.candidate.ids
        if isinstance(ids, BlockIds):
            found.update(ids.find(named))
        else:
            found.update(row for row, id_ in enumerate(ids) if id_ in named)
    return sorted(real), sorted(found)


def _ids(details: Any) -> Iterable[str]:
    """Ids of candidate rows that details name."""
    if isinstance(details, dict):
        for name, value in details.items():
            if name == "record_ids":
                yield from value
            else:
                yield from _ids(value)
    elif isinstance(details, list | tuple):
        for value in details:
            yield from _ids(value)


def _sides(plain: Mapping[str, Any], facts: Mapping[str, Any]) -> Sides:
    from holdfast.views.phrases import no_phrases

    anchor, candidate = (
        _side(name, facts, truncated)
        for name, truncated in zip(("anchor", "candidate"), plain["truncated"], strict=True)
    )
    return Sides(
        anchor=anchor,
        candidate=candidate,
        labels=tuple(plain["labels"]),
        known=facts["known"],
        origin=plain["origin"],
        declared=facts.get("declared"),
        confusion=facts.get("confusion"),
        accuracy=plain["accuracy"],
        copied=facts["copied"],
        repeated=facts["repeated"],
        phrases=no_phrases(),
        written=NotHeld(),
        masked=tuple(plain["masked"]),
        use=plain["use"],
    )


class NotHeld:
    """Words that are not held; whoever asks for them is told."""

    def __getattr__(self, name: str) -> Any:
        raise RuntimeError(
            "this audit was answered before, and its words were not read again: ask with store='off'"
        )


def _side(name: str, facts: Mapping[str, Any], truncated: int) -> Side:
    ids = BlockIds()
    ids.add({form: facts[f"{name} {form}"] for form in ("ids", "numbered")})
    shown = dict(zip(facts[f"{name} shown"].tolist(), facts[f"{name} texts"], strict=True))
    return Side(
        ids=ids,
        texts=StreamedStrings([0, len(ids)], _not_held, shown),
        words=None,
        duplicates=Duplicates(**{column: facts[f"{name} {column}"] for column in _GROUPS}),
        truncated=truncated,
        **{column: facts[f"{name} {column}"] for column in _ROWS},
    )


def _not_held(_: int) -> Sequence[str]:
    raise RuntimeError(
        "this audit was answered before, and its texts were not read again: ask with store='off'"
    )


def _identity(store: Store, source: Any) -> str | None:
    """A hash of the files that a source is; None where it is something else."""
    from contextlib import ExitStack

    from holdfast.data.sources import find_sources, is_read_once

    given = [source] if isinstance(source, str | Path) else source
    if (
        not isinstance(given, list | tuple)
        or not given
        or not all(isinstance(one, str | Path) for one in given)
    ):
        return None
    if any(map(is_read_once, given)):
        return None
    with ExitStack() as stack:
        items = find_sources(source, stack).items
    digest = sha256()
    for item in items:
        # A folder may hold a pipe as well.
        if not isinstance(item.place, Path) or not item.place.is_file():
            return None
        digest.update(f"{item.prefix}\0{_content(store, item.place)}\0".encode())
    return digest.hexdigest()


def _content(store: Store, path: Path) -> str:
    stamp = stamp_of(path)
    found = store.known_hash(stamp)
    if found is None:
        digest = sha256()
        with path.open("rb") as file:
            while part := file.read(_BYTES):
                digest.update(part)
        found = digest.hexdigest()
        store.note_hash(stamp, found)
    return found
