"""Sources: what the user points at, as a list of things that rows can be read from, again if need be."""

from __future__ import annotations

import glob
import json
import os
import re
import shutil
import sys
import tempfile
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pyarrow as pa

from holdfast.data.formats import SUFFIXES, file_rows, kind_by_name, piped_rows
from holdfast.data.table_rows import batch_rows
from holdfast.errors import InputError, UsageError

if TYPE_CHECKING:
    from contextlib import ExitStack

    from holdfast.data.rows import NumberedRows

_FORMATS = "JSON Lines, JSON, CSV, TSV (also .gz, .zst), Parquet and Arrow files"
# What stands beside the data in a Hugging Face folder.
_NOT_DATA = {
    *(
        "dataset_info.json",
        "dataset_infos.json",
        "dataset_dict.json",
        "state.json",
        "metadata.json",
        "config.json",
        "manifest.json",
    ),
}
_LINEAGE = "lineage.parquet"  # what is known of rows stands beside them
_OURS = ("holdfast.blend/", "holdfast.curation/", "holdfast.generation/", "holdfast.snapshot/")
_SPLIT = re.compile(r"^(train|test|validation|valid|val|dev)(?=[-_.\d]|$)", re.IGNORECASE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """Something with numbered rows.

    Attributes:
        where: How errors name it, before the number of the row.
        prefix: How ids name it.
        rows: Begins to read, each time from the first row.
    """

    where: str
    prefix: str
    rows: Callable[[], NumberedRows]


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
        source: A path, glob or folder, several of them, rows in memory, or an Arrow table.
        stack: Closes what had to be opened.

    Raises:
        InputError: A file does not exist, or a folder has no readable file.
        UsageError: The source is nothing that has rows.
    """
    if isinstance(source, str | os.PathLike):
        return _from_paths([os.fspath(source)], stack)
    if isinstance(source, pa.Table | pa.RecordBatch):
        batches = source.to_batches() if isinstance(source, pa.Table) else [source]
        return _from_memory(partial(batch_rows, batches), "table")
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
        return _from_paths([os.fspath(value) for value in values], stack)
    if values and all(isinstance(value, str) for value in values) and _are_paths(values):
        return _from_paths(values, stack)
    return _from_memory(lambda: enumerate(values, start=1), "records")


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


def _from_memory(rows: Callable[[], NumberedRows], name: str) -> Sources:
    return Sources(items=(Source(where="row", prefix="row", rows=rows),), name=name)


def _are_paths(values: list[str]) -> bool:
    """A list of strings is a list of texts, unless one is named like a data file or all of them exist."""
    short = [value for value in values if value and len(value) <= 4096 and not set(value) & set("\n\0")]
    if any(value == "-" or (kind_by_name(Path(value)) and " " not in value) for value in short):
        return True
    return len(short) == len(values) and all(map(os.path.lexists, values))


def _from_paths(given: Sequence[str], stack: ExitStack) -> Sources:
    items: list[Source] = []
    files: list[Path] = []
    notes: list[str] = []
    for text in given:
        path = Path(text)
        if text == "-":
            items.append(_spooled(sys.stdin.buffer, "standard input", "stdin", stack))
        elif path.is_dir():
            found, found_notes = _folder_files(path)
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
    names = [file.name for file in files]
    parent = os.path.commonpath([file.absolute().parent for file in files]) if files else ""
    for file in files:
        alone = names.count(file.name) == 1
        prefix = file.name if alone else Path(os.path.relpath(file.absolute(), parent)).as_posix()
        items.append(Source(where=str(file), prefix=prefix, rows=partial(file_rows, file)))
    if not items:
        raise InputError("no file was given", do="Give at least one file, folder or glob")
    first = Path(given[0]).name or Path(given[0]).resolve().name
    name = "stdin" if given[0] == "-" else first
    more = f" + {len(given) - 1} more" if len(given) > 1 else ""
    return Sources(items=tuple(items), name=name + more, files=tuple(map(str, files)), notes=tuple(notes))


def _spooled(file: Any, where: str, prefix: str, stack: ExitStack) -> Source:
    """Rows that can be read again, of something that can be read once."""
    copy = stack.enter_context(tempfile.TemporaryFile())  # noqa: SIM115 - the stack closes it
    shutil.copyfileobj(file, copy)

    def rows() -> NumberedRows:
        if copy.seek(0, os.SEEK_END) == 0:
            raise InputError("the input is empty", where=where, do="Give at least one row")
        yield from piped_rows(copy, where)

    return Source(where=where, prefix=prefix, rows=rows)


def _matches(pattern: str) -> list[Path]:
    if glob.has_magic(pattern):
        found = [Path(match) for match in sorted(glob.glob(pattern, recursive=True))]  # noqa: PTH207 - may be absolute
        files = [path for path in found if path.is_file() and not path.name.endswith(_LINEAGE)]
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


def _folder_files(folder: Path) -> tuple[list[Path], list[str]]:
    """The data files of a folder, as Hugging Face `datasets` saves it or as the hub shows it."""
    manifest = folder / "manifest.json"
    schema = str(_read_json(manifest).get("schema")) if manifest.is_file() else ""
    if schema.startswith(_OURS) and (folder / "data").is_dir():
        # What was exported about the rows lies beside them, and is none of them.
        return _one_split(_data_files(folder / "data"))
    if schema.startswith(("holdfast.anchor/", "holdfast.preference_anchor/")):
        raise InputError(
            "the folder is a frozen anchor, not a set of rows",
            where=str(folder),
            do="Hold a candidate against it with --anchor",
        )
    if (folder / "dataset_dict.json").is_file():
        return _split_folder(folder)
    arrow = _saved_files(folder)
    if arrow:
        return arrow, []
    for place in (folder, folder / "data"):
        files = _data_files(place) if place.is_dir() else []
        if files:
            return _one_split(files)
    inside = sorted(entry.name for entry in folder.iterdir() if entry.is_dir() and entry.name[0] != ".")
    hint = (
        f"Its folders are {', '.join(inside[:8])}: give one of them" if inside else f"Readable are {_FORMATS}"
    )
    raise InputError("the folder has no readable file", where=str(folder), do=hint)


def _split_folder(folder: Path) -> tuple[list[Path], list[str]]:
    saved = _read_json(folder / "dataset_dict.json").get("splits") or []
    splits = [split for split in saved if isinstance(split, str) and (folder / split).is_dir()]
    if not splits:
        raise InputError("the dataset has no split", where=str(folder), do="Save it again with save_to_disk")
    if "train" not in splits and len(splits) > 1:
        raise InputError(
            f"the dataset has the splits {', '.join(splits)} and none is named train",
            where=str(folder),
            do=f"Give the folder of one split, such as {folder / splits[0]}",
        )
    split = "train" if "train" in splits else splits[0]
    files, notes = _folder_files(folder / split)
    if len(splits) > 1:
        notes = [
            f"Of the splits {', '.join(splits)} only {split!r} is read; the folder of a split can be given."
        ]
    return files, notes


def _saved_files(folder: Path) -> list[Path]:
    """The files of `Dataset.save_to_disk`, in their order."""
    state = folder / "state.json"
    if state.is_file():
        listed = _read_json(state).get("_data_files") or []
        files = [folder / str(entry["filename"]) for entry in listed if "filename" in entry]
        missing = [file for file in files if not file.is_file()]
        if missing:
            raise InputError(
                "a file that state.json lists is missing", where=str(missing[0]), do="Copy it as well"
            )
        return files
    return sorted(folder.glob("data-*.arrow"))


def _data_files(folder: Path) -> list[Path]:
    files = [file for file in sorted(folder.iterdir()) if file.is_file() and file.name[0] not in "._"]
    data = [
        file
        for file in files
        if kind_by_name(file) is not None and file.name not in _NOT_DATA and not file.name.endswith(_LINEAGE)
    ]
    kinds = {kind_by_name(file) for file in data}
    if len(kinds) > 1 and "json" in kinds:  # a lone .json beside data files describes them
        data = [file for file in data if kind_by_name(file) != "json"]
        kinds.discard("json")
    if len(kinds) > 1:
        suffixes = ", ".join(suffix for suffix, kind in SUFFIXES.items() if kind in kinds)
        raise InputError(
            f"the folder holds files of several formats ({suffixes})",
            where=str(folder),
            do=f"Say which with a glob, such as '{folder / ('*' + data[0].suffix)}'",
        )
    return data


def _one_split(files: list[Path]) -> tuple[list[Path], list[str]]:
    splits: dict[str, list[Path]] = {}
    for file in files:
        match = _SPLIT.match(file.name)
        splits.setdefault(match[1].lower() if match else "", []).append(file)
    if "train" not in splits or len(splits) == 1:
        return files, []
    others = ", ".join(sorted(split or "others" for split in splits if split != "train"))
    return splits["train"], [
        f"Only the files of the split 'train' are read, not {others}; a glob changes this."
    ]


def _read_json(path: Path) -> dict[str, Any]:
    try:
        value = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise InputError(f"cannot be read: {error}", where=str(path), do="Save the dataset again") from error
    return value if isinstance(value, dict) else {}
