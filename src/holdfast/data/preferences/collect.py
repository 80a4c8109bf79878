"""Pairs and labels as they grow: each pair once, each label turned to how the pair was first given."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import pyarrow as pa

from holdfast.data.preferences.identity import Identity, identify
from holdfast.data.preferences.preferences import LABELS, PAIRS, A
from holdfast.data.rows import RowError

if TYPE_CHECKING:
    from holdfast.data.preferences.given import Given, Said
    from holdfast.data.preferences.sidecars import Origin

SAME = "both responses are the same"
EMPTY = "a response is empty"
UNLABELLED = "no label was given"
# Texts held as Python strings before they become Arrow columns.
_CHUNK_ROWS = 16_384
_CHUNK_CHARACTERS = 2**25
_TEXTS = pa.schema([PAIRS.field(name) for name in ("prompt", "response_a", "response_b")])


@dataclass(slots=True)
class _Kept:
    """A pair that was met; authors may be learnt from a later row."""

    pair_id: str
    named: bool
    identity: Identity
    place: tuple[int, int]
    author_a: str | None
    author_b: str | None


@dataclass(slots=True, kw_only=True)
class Collector:
    """What was collected so far.

    Attributes:
        annotator: Who labelled, where neither the file nor its lineage says so.
        annotator_type: What that is.
        keep_empty: Whether a pair with one empty response is a pair.
    """

    annotator: str | None
    annotator_type: str | None
    keep_empty: bool
    set_aside: Counter[str] = field(default_factory=Counter)
    nameless: int = 0
    promptless: int = 0
    label_count: int = 0
    _kept: list[_Kept] = field(default_factory=list)
    _by_id: dict[str, int] = field(default_factory=dict)
    _by_hash: dict[str, list[int]] = field(default_factory=dict)
    _hashes: list[str] = field(default_factory=list)
    _texts: list[tuple[str | None, str, str]] = field(default_factory=list)
    _characters: int = 0
    _batches: list[Any] = field(default_factory=list)
    _labels: list[tuple[Any, ...]] = field(default_factory=list)
    _label_batches: list[Any] = field(default_factory=list)

    def add(self, given: Given, *, auto_id: str, place: tuple[int, int], origin: Origin | None) -> None:
        """Takes a pair in, or sets it aside.

        Args:
            given: The pair.
            auto_id: Its id where it has none of its own.
            place: Number of the source, and line.
            origin: What its lineage says.

        Raises:
            RowError: Its id belongs to another pair.
            UnicodeEncodeError: A text holds half of a surrogate pair.
        """
        blank_a, blank_b = not given.response_a.strip(), not given.response_b.strip()
        if (blank_a or blank_b) and not (self.keep_empty and blank_a != blank_b):
            self.set_aside[EMPTY] += 1
            return
        identity = identify(given.prompt, given.response_a, given.response_b)
        if identity.a == identity.b:
            self.set_aside[SAME] += 1
            return
        if not given.said:
            self.set_aside[UNLABELLED] += 1
            return
        authors = _authors(given, origin)
        row = self._find(given, identity, authors)
        if row is None:
            row = self._keep(given, identity, authors, auto_id, place)
        turned = self._kept[row].identity.a != identity.a
        self._learn(row, authors[::-1] if turned else authors)
        for said in given.said:
            self._label(row, said, origin, -1 if turned else 1)

    def where(self, pair_id: str) -> tuple[int, int]:
        """Where a pair was first given."""
        return self._kept[self._by_id[pair_id]].place

    def tables(self) -> tuple[pa.Table, pa.Table]:
        """Pairs and labels."""
        self._flush()
        texts = pa.Table.from_batches(self._batches, schema=_TEXTS)
        own = {
            "pair_id": [kept.pair_id for kept in self._kept],
            "pair_hash": self._hashes,
            "author_a": [kept.author_a for kept in self._kept],
            "author_b": [kept.author_b for kept in self._kept],
        }
        arrays = [
            pa.array(own[column.name], column.type) if column.name in own else texts.column(column.name)
            for column in PAIRS
        ]
        return (
            pa.Table.from_arrays(arrays, schema=PAIRS),
            pa.Table.from_batches(self._label_batches, schema=LABELS),
        )

    def _find(self, given: Given, identity: Identity, authors: tuple[str | None, str | None]) -> int | None:
        """The row of a pair that was met before.

        An id says which; without one, texts and authors do: two models may have given the same answers, which are two pairs.
        """
        if given.pair_id is not None and given.pair_id in self._by_id:
            row = self._by_id[given.pair_id]
            kept = self._kept[row]
            prompts = {kept.identity.prompt, identity.prompt} - {None}
            if kept.identity.responses != identity.responses or len(prompts) > 1:
                raise TwiceError(given.pair_id)
            return row
        for row in self._by_hash.get(identity.pair_hash, ()):
            kept = self._kept[row]
            known = (kept.author_a, kept.author_b)
            if kept.identity.a != identity.a:
                known = known[::-1]
            alike = all(
                one is None or two is None or one == two for one, two in zip(known, authors, strict=True)
            )
            if alike and (given.pair_id is None or not kept.named):
                return row
        return None

    def _keep(
        self,
        given: Given,
        identity: Identity,
        authors: tuple[str | None, str | None],
        auto_id: str,
        place: tuple[int, int],
    ) -> int:
        id_ = given.pair_id
        if id_ is None:
            id_ = auto_id
            while id_ in self._by_id:  # somebody's own id reads like a place
                id_ += "'"
        row = len(self._kept)
        self._kept.append(
            _Kept(
                pair_id=id_,
                named=given.pair_id is not None,
                identity=identity,
                place=place,
                author_a=authors[0],
                author_b=authors[1],
            )
        )
        self._by_id[id_] = row
        digest = identity.pair_hash
        self._hashes.append(digest)
        self._by_hash.setdefault(digest, []).append(row)
        prompt = given.prompt if identity.prompt is not None else None
        self.promptless += prompt is None
        self._texts.append((prompt, given.response_a, given.response_b))
        self._characters += len(given.response_a) + len(given.response_b) + len(prompt or "")
        if len(self._texts) >= _CHUNK_ROWS or self._characters >= _CHUNK_CHARACTERS:
            self._flush()
        return row

    def _learn(self, row: int, authors: tuple[str | None, str | None]) -> None:
        kept = self._kept[row]
        kept.author_a = kept.author_a or authors[0]
        kept.author_b = kept.author_b or authors[1]

    def _label(self, row: int, said: Said, origin: Origin | None, sign: int) -> None:
        name, kind = said.annotator, said.annotator_type
        if origin is not None:
            name, kind = name or origin.annotator, kind or origin.annotator_type
        name = name or self.annotator
        kind = kind or self.annotator_type or said.presumed or "unknown"
        self.nameless += name is None and kind == "unknown"
        swapped = None if said.swapped_label is None else sign * said.swapped_label
        self.label_count += 1
        self._labels.append(
            (
                row,
                sign * said.label,
                said.strength,
                name,
                kind,
                said.judge_version,
                said.judge_prompt_hash,
                sign * said.first,
                swapped,
                said.cycle,
                said.timestamp,
                said.licence,
            )
        )

    def _flush(self) -> None:
        if self._texts:
            columns = zip(*self._texts, strict=True)
            self._batches.append(_batch(columns, _TEXTS))
            self._texts.clear()
            self._characters = 0
        if self._labels:
            self._label_batches.append(_batch(zip(*self._labels, strict=True), LABELS))
            self._labels.clear()


class TwiceError(RowError):
    """An id that belongs to another pair; whoever knows the places says where that stands."""

    def __init__(self, pair_id: str) -> None:
        super().__init__(f"the pair_id {pair_id!r} has other texts", do="Give every pair its own pair_id")
        self.pair_id = pair_id


def _authors(given: Given, origin: Origin | None) -> tuple[str | None, str | None]:
    """Who wrote a and b; lineage knows who wrote the chosen one and the rejected one."""
    authors = (given.author_a, given.author_b)
    if origin is None or len(given.said) != 1 or given.said[0].label == 0:
        return authors
    agents = (origin.chosen_agent, origin.rejected_agent)
    if given.said[0].label != A:
        agents = agents[::-1]
    return authors[0] or agents[0], authors[1] or agents[1]


def _batch(columns: Any, schema: pa.Schema) -> pa.RecordBatch:
    arrays = [pa.array(values, column.type) for values, column in zip(columns, schema, strict=True)]
    return pa.record_batch(arrays, schema=schema)
