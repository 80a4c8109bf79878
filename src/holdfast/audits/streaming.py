"""Streaming: a candidate larger than what is held, read block by block, here or on a cluster."""

from __future__ import annotations

import os
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Literal
from uuid import uuid4

from holdfast.audits.given import FEW_UNLABELLED
from holdfast.audits.result import Source
from holdfast.audits.surveying import KeptSurvey, places_of
from holdfast.backends.engines import open_engine
from holdfast.backends.store import Store
from holdfast.data.blocks import block_digest, find_blocks, layout_text, read_block
from holdfast.data.cutting import SIZE
from holdfast.data.places import Url, size_of
from holdfast.data.scratch import scratch_folder
from holdfast.data.sources import find_sources, is_read_once
from holdfast.data.survey import survey
from holdfast.errors import HoldfastError, UsageError
from holdfast.views.streaming.streamed import Stream
from holdfast.views.streaming.words import BlockWords

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from holdfast.backends.engines import Engine
    from holdfast.data import Records
    from holdfast.data.blocks import Reading, Reference
    from holdfast.data.cutting import Size

HELD_BYTES = 60_000_000
"""Bytes of files up to which a candidate is held in memory."""
_SPOOL = 2**42  # bytes that the words of one run may take where no store is kept


@dataclass(frozen=True, slots=True, kw_only=True)
class SetReader:
    """Reads the blocks of a set, wherever they are read.

    Attributes:
        reading: How the set is read.
        on_bad_row: What to do with a row that cannot be read.
        run: A name of this run, for rows in memory that have no other.
    """

    reading: Reading
    on_bad_row: Literal["stop", "skip"]
    run: str

    def read(self, block: Reference) -> Records:
        """The rows of a block."""
        return read_block(block, self.reading, on_bad_row=self.on_bad_row)

    def digest(self, block: Reference) -> str:
        """A hash of what a block is read from, and of how."""
        found = block_digest(block)
        how = f"{layout_text(self.reading.layout)} {self.on_bad_row} {places_of(block)}"
        return f"{self.run}:{block.number}" if found is None else f"{found} {how}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Opened:
    """A candidate that is going to be read block by block.

    Attributes:
        stream: Its blocks, and where they are read.
        source: What a report says of it.
    """

    stream: Stream
    source: Source


def asked_engine(
    engine: str | Engine | None, address: str | None, workers: int | None, *, plain: bool
) -> Engine | None:
    """The engine that was asked for; None where none was.

    Args:
        engine: Its word, or the engine itself.
        address: Of a cluster that runs.
        workers: How many blocks are read at once.
        plain: Whether the candidate is read whole, and by no encoder.

    Raises:
        UsageError: It cannot do what is asked.
    """
    if engine is None:
        if address is not None or workers is not None:
            raise UsageError(
                "there is no engine that it is meant for",
                where="--address" if address is not None else "--workers",
                do="Give --engine as well",
            )
        return None
    if not plain:
        raise UsageError(
            "a candidate that is read block by block cannot be cut by --where or --only, nor read by an encoder",
            where="--engine",
            do="Leave one of them out",
        )
    return open_engine(engine, address=address, workers=workers) if isinstance(engine, str) else engine


def is_large(candidate: Any) -> bool:
    """Whether a candidate stands in files too large to be held, or behind URLs, where nobody knows."""
    given = [candidate] if isinstance(candidate, str | os.PathLike) else candidate
    if not isinstance(given, list | tuple) or not all(isinstance(one, str | os.PathLike) for one in given):
        return False
    if any(map(is_read_once, given)):
        return False
    try:
        with ExitStack() as stack:
            places = [item.place for item in find_sources(candidate, stack).items]
            sizes = [None if place is None or isinstance(place, Url) else size_of(place) for place in places]
    except HoldfastError:  # whoever reads it says what is wrong with it
        return False
    if any(isinstance(place, Url) for place in places):
        return True
    return sum(size or 0 for size in sizes) > HELD_BYTES


@contextmanager
def open_stream(
    candidate: Any,
    *,
    text: str | None,
    label: str | None,
    id: str | None,
    on_bad_row: Literal["stop", "skip"],
    may_lack_label: bool,
    labels: bool,
    engine: Engine,
    store: Store,
    progress: Callable[[str], None],
    size: Size = SIZE,
) -> Iterator[Opened]:
    """Cut a candidate into blocks and go through it once.

    Args:
        candidate: Its source.
        text: Column of the text.
        label: Column of the strata.
        id: Column of the ids.
        on_bad_row: What to do with a row that cannot be read.
        may_lack_label: Whether a named column of the strata may be missing.
        labels: Whether reality has labels.
        engine: Where blocks are read.
        store: Where their words are kept; where it keeps nothing, they are kept while the audit runs.
        progress: Called with a word about what is done next.
        size: How large blocks are.
    """
    with ExitStack() as stack:
        opened = stack.enter_context(engine)
        kept = store
        if not kept.on:
            kept = Store(stack.enter_context(scratch_folder()), bound=_SPOOL, passing=True)
        run = _runner(opened, progress)
        notes: tuple[str, ...] = ()
        try:
            blocks = find_blocks(
                candidate, stack, text=text, label=label, id=id, on_bad_row=on_bad_row, run=run, size=size
            )
        except UsageError as error:
            if not may_lack_label or error.where != "--label":
                raise
            blocks = find_blocks(
                candidate, stack, text=text, id=id, on_bad_row=on_bad_row, run=run, size=size
            )
            notes = (f"the candidate has no column {label!r}; its strata are predicted",)
        surveyed = survey(blocks, on_bad_row=on_bad_row, run=run, see=KeptSurvey(store=store))
        labelled = not notes and surveyed.reading.detection.label_column is not None
        if labelled and labels and surveyed.unlabelled > FEW_UNLABELLED * len(surveyed):
            labelled = False
            notes = (
                f"{surveyed.unlabelled:,} of {len(surveyed):,} candidate rows have no label; the strata of all are predicted",
            )
        detection = surveyed.reading.detection
        if notes:
            detection = replace(detection, label_column=None, notes=(*detection.notes, *notes))
        reader = SetReader(reading=surveyed.reading, on_bad_row=on_bad_row, run=uuid4().hex)
        source = Source(
            name=blocks.name,
            files=blocks.files,
            detection=detection,
            empty_rows=surveyed.empty_rows,
            skipped=surveyed.skipped,
            skipped_rows=surveyed.skipped_count,
            kind="candidate",
            data_hash=surveyed.data_hash,
        )
        yield Opened(
            stream=Stream(
                blocks=blocks.references,
                labelled=labelled,
                words=BlockWords(reader=reader, store=kept, facts=store),
                engine=opened,
            ),
            source=source,
        )


def _runner(
    engine: Engine, progress: Callable[[str], None]
) -> Callable[[Callable[[Any], Any], Any], list[Any]]:
    def run(work: Callable[[Any], Any], jobs: Any) -> list[Any]:
        def told(done: int, all_: int | None) -> None:
            progress(f"reading candidate, block {done:,} of {all_:,}" if all_ else "reading candidate")

        return [answer for _, answer in engine.map(_call, jobs, work, progress=told)]

    return run


def _call(work: Callable[[Any], Any], job: Any) -> Any:
    return work(job)
