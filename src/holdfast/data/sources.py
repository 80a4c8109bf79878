"""Sources: what the user points at, as a list of things that rows can be read from, again if need be."""

from __future__ import annotations

import glob
import os
import shutil
import stat
import sys
import tempfile
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pyarrow as pa

from holdfast.data.folders import LINEAGE, folder_files
from holdfast.data.formats import file_rows, kind_by_name, piped_rows
from holdfast.data.places import Place, Url, is_url, local_path
from holdfast.data.rows import CHUNK_ROWS, one_by_one
from holdfast.data.table_rows import batch_rows
from holdfast.errors import InputError, UsageError

if TYPE_CHECKING:
    from contextlib import ExitStack

    from holdfast.data.rows import Chunks, NumberedRows


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """Something with numbered rows.

    Attributes:
        where: How errors name it, before the number of the row.
        prefix: How ids name it.
        chunks: Begins to read, each time from the first row.
        place: The file; None for rows in memory.
        named: Whether the name of the file says what is in it.
        values: Rows in memory: a list, or Arrow batches.
    """

    where: str
    prefix: str
    chunks: Callable[[], Chunks]
    place: Place | None = None
    named: bool = True
    values: Sequence[Any] | None = None

    def rows(self) -> NumberedRows:
        """Its rows one by one, each time from the first."""
        return one_by_one(self.chunks())


@dataclass(frozen=True, slots=True, kw_only=True)
class Sources:
    """All sources of a set."""

    items: tuple[Source, ...]
    name: str
    files: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()


def find_sources(source: Any, stack: ExitStack) -> Sources:
    """What `read_records` was given, resolved.

    Args:
        source: A path, URL, glob or folder, several of them, rows in memory, or an Arrow table.
        stack: Closes what had to be opened.

    Raises:
        InputError: A file does not exist, or a folder has no readable file.
        UsageError: The source is nothing that has rows.
    """
    if isinstance(source, str | os.PathLike):
        return _from_paths([source], stack)
    if isinstance(source, pa.Table | pa.RecordBatch):
        batches = source.to_batches() if isinstance(source, pa.Table) else [source]
        return _from_memory(partial(batch_rows, batches), "table", batches)
    if isinstance(source, Mapping | bytes | bytearray) or not isinstance(source, Iterable):
        raise UsageError(
            f"a source cannot be of type {type(source).__name__}",
            do="Give a path, a list of paths, a list of dicts or strings, or an Arrow table",
        )
    if hasattr(source, "columns") and hasattr(
        source, "iloc"
    ):  # iterating a data frame gives its column names
        raise UsageError("a data frame is no source", do="Give pyarrow.Table.from_pandas(frame)")
    # Kept as a list: ids that turn out not to be unique need a second reading.
    values = list(source)
    if any(isinstance(value, os.PathLike) for value in values):
        return _from_paths(values, stack)
    if values and all(isinstance(value, str) for value in values) and _are_paths(values):
        return _from_paths(values, stack)
    return _from_memory(partial(_listed, values), "records", values)


def _listed(values: list[Any]) -> Chunks:
    for start in range(0, len(values), CHUNK_ROWS):
        part = values[start : start + CHUNK_ROWS]
        yield range(start + 1, start + 1 + len(part)), part


@contextmanager
def standard_input_kept() -> Iterator[None]:
    """Whatever the block reads of standard input can be read again after it.

    What comes through a pipe is gone once read: standard input becomes a file with all that came.
    """
    if not sys.stdin.buffer.seekable():
        with tempfile.TemporaryFile() as copy:
            shutil.copyfileobj(sys.stdin.buffer, copy)
            copy.seek(0)
            handle = os.dup(copy.fileno())
        # Like the standard input that it stands for, it is open until the end.
        sys.stdin = open(handle, encoding=sys.stdin.encoding, closefd=False)  # noqa: SIM115
    start = sys.stdin.buffer.tell()
    try:
        yield
    finally:
        sys.stdin.buffer.seek(start)


def _from_memory(chunks: Callable[[], Chunks], name: str, values: Sequence[Any]) -> Sources:
    return Sources(items=(Source(where="row", prefix="row", chunks=chunks, values=values),), name=name)


def _are_paths(values: list[str]) -> bool:
    """A list of strings is a list of texts, unless one is named like a data file or all of them exist.

    Texts may hold links. They are followed only where every string is a file that could be read: data never sends us to the network.
    """
    short = [value for value in values if value and len(value) <= 4096 and not set(value) & set("\n\0")]
    if any(map(is_url, short)):
        return len(short) == len(values) and all(
            value == "-" or _is_data_url(value) or _is_data_name(value) or os.path.lexists(value)
            for value in short
        )
    if any(value == "-" or _is_data_name(value) for value in short):
        return True
    return len(short) == len(values) and all(map(os.path.lexists, values))


def is_read_once(given: str | os.PathLike[str]) -> bool:
    """Whether it is standard input or a pipe: whoever looks into it leaves nothing for those who come after."""
    if os.fspath(given) == "-":
        return True
    if isinstance(given, str) and is_url(given):
        return False
    try:
        mode = Path(given).stat().st_mode
    except (OSError, ValueError):  # a text, perhaps, and no path
        return False
    return not stat.S_ISREG(mode) and not stat.S_ISDIR(mode)


def _is_data_name(value: str) -> bool:
    return bool(kind_by_name(value)) and " " not in value


def _is_data_url(value: str) -> bool:
    return is_url(value) and kind_by_name(Url(value).name) is not None and " " not in value


def _from_paths(given: Sequence[str | os.PathLike[str]], stack: ExitStack) -> Sources:
    items: list[Source] = []
    files: list[Place] = []
    notes: list[str] = []
    for one in given:
        text = os.fspath(one)
        # A `Path` is never a URL, whatever its parts are called.
        if isinstance(one, str) and is_url(text) and (place := local_path(text)) is None:
            found, found_notes = _behind_url(Url(text))
            files += found
            notes += found_notes
            continue
        if isinstance(one, str) and is_url(text):
            text = str(place)
        path = Path(text)
        if text == "-":
            items.append(_spooled(sys.stdin.buffer, "standard input", "stdin", stack))
        elif path.is_dir():
            found, found_notes = folder_files(path)
            files += found
            notes += found_notes
        elif path.exists():
            if path.is_file():
                files.append(path)
            else:  # a pipe can be read once only
                with path.open("rb") as pipe:
                    items.append(_spooled(pipe, text, path.name, stack))
        else:
            files += _matches(text)
    files = list(dict.fromkeys(files))
    items += [
        Source(where=str(file), prefix=prefix, chunks=partial(file_rows, file), place=file)
        for file, prefix in zip(files, _prefixes(files), strict=True)
    ]
    if not items:
        raise InputError("no file was given", do="Give at least one file, folder or glob")
    first = os.fspath(given[0])
    named = Url(first).name if isinstance(given[0], str) and is_url(first) else Path(first).name
    name = "stdin" if first == "-" else named or Path(first).resolve().name
    more = f" + {len(given) - 1} more" if len(given) > 1 else ""
    return Sources(items=tuple(items), name=name + more, files=tuple(map(str, files)), notes=tuple(notes))


def _prefixes(files: Sequence[Place]) -> Iterator[str]:
    """How ids name each file: by its name, or by as much of its path as tells it from others of its name."""
    counts = Counter(file.name for file in files)
    paths = [
        file.absolute().as_posix() if isinstance(file, Path) else f"/{file.parents}/{file.name}"
        for file in files
    ]
    parent = os.path.commonpath([os.path.dirname(path) for path in paths]) if paths else ""  # noqa: PTH120 - they may be URLs
    for file, path in zip(files, paths, strict=True):
        yield file.name if counts[file.name] == 1 else Path(os.path.relpath(path, parent)).as_posix()


def _behind_url(url: Url) -> tuple[list[Place], list[str]]:
    try:
        if url.has_magic():
            found = [file for file in url.glob() if not file.name.endswith(LINEAGE)]
            if not found:
                raise InputError(
                    "no file matches", where=str(url), do="Check the pattern, and quote it in the shell"
                )
            return list(found), []
        return folder_files(url) if url.is_dir() else ([url], [])
    except OSError as error:
        raise InputError(
            f"cannot be read: {error}", where=str(url), do="Check the URL, and who may read it"
        ) from error


def _spooled(file: Any, where: str, prefix: str, stack: ExitStack) -> Source:
    """Rows that can be read again, of something that can be read once."""
    copy = stack.enter_context(tempfile.NamedTemporaryFile())  # noqa: SIM115 - the stack closes it
    shutil.copyfileobj(file, copy)
    copy.flush()

    def chunks() -> Chunks:
        if copy.seek(0, os.SEEK_END) == 0:
            raise InputError("the input is empty", where=where, do="Give at least one row")
        yield from piped_rows(copy, where)

    return Source(where=where, prefix=prefix, chunks=chunks, place=Path(copy.name), named=False)


def _matches(pattern: str) -> list[Path]:
    if glob.has_magic(pattern):
        found = [Path(match) for match in sorted(glob.glob(pattern, recursive=True))]  # noqa: PTH207 - may be absolute
        files = [path for path in found if path.is_file() and not path.name.endswith(LINEAGE)]
        if files:
            return files
        raise InputError("no file matches", where=pattern, do="Check the pattern, and quote it in the shell")
    near = _nearest(Path(pattern))
    raise InputError("the file does not exist", where=pattern, do=near or "Check the path")


def _nearest(path: Path) -> str | None:
    import difflib

    try:
        names = [entry.name for entry in path.parent.iterdir()]
    except OSError:
        return f"There is no folder {path.parent}"
    near = difflib.get_close_matches(path.name, names, n=1)
    return f"Did you mean {path.parent / near[0]}?" if near else None
