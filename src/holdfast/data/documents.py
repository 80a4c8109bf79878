"""Documents: a folder in which each text file is one document, such as the texts that a house approved."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from holdfast.data.places import is_url, local_path
from holdfast.data.read import read_records
from holdfast.errors import InputError

SUFFIXES = (".txt", ".md", ".markdown", ".rst")
_MOST_BYTES = 50_000_000


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadTexts:
    """Documents as they were found.

    Attributes:
        texts: Their texts.
        ids: How reports name each.
        prompts: The prompt that each answers, where there is one.
        groups: The folder inside the folder, or the label of the record; None without.
    """

    texts: list[str]
    ids: list[str]
    prompts: list[str | None]
    groups: list[str | None]


def read_texts(source: str | Path, *, text: str | None = None) -> ReadTexts:
    """Documents of a folder of text files, or of anything that records are read from.

    A folder (also one inside it) with files named `.txt`, `.md`, `.markdown` or `.rst` gives one document for each of them. Of an
    answer to a prompt only the answer is its text.

    Args:
        source: A folder or a file, or a URL of records.
        text: Column of the text, in files of records.

    Raises:
        InputError: There is no such file, or it cannot be read, or nothing in it is text.

    >>> from tempfile import TemporaryDirectory
    >>> with TemporaryDirectory() as folder:
    ...     _ = (Path(folder) / "about.md").write_text("We grow kelp.", encoding="utf-8")
    ...     read_texts(folder).ids
    ['about.md']
    """
    url = isinstance(source, str) and is_url(source)
    place = (local_path(str(source)) or Path(source)) if url else Path(source)
    files = sorted(file for file in place.rglob("*") if _is_text(file)) if place.is_dir() else []
    if files:
        read = [(_read(file), str(file.relative_to(place))) for file in files]
        kept = [(body, name) for body, name in read if body.strip()]
        if not kept:
            raise InputError("none of its files has any text", where=str(source))
        return ReadTexts(
            texts=[body for body, _ in kept],
            ids=[name for _, name in kept],
            prompts=[None] * len(kept),
            groups=[str(Path(name).parent) if "/" in Path(name).as_posix() else None for _, name in kept],
        )
    records = read_records(source if url else place, text=text)
    answers = records.answers or [None] * len(records)
    labels = records.strata or [None] * len(records)
    found = ReadTexts(texts=[], ids=[], prompts=[], groups=[])
    for body, name, begin, label in zip(records.texts, records.ids, answers, labels, strict=True):
        said = body if begin is None else body[begin:]
        if not said.strip():
            continue
        found.texts.append(said)
        found.ids.append(name)
        found.prompts.append(None if begin is None else body[:begin].strip())
        found.groups.append(label)
    if not found.texts:
        raise InputError("there is no text in it", where=str(source))
    return found


def _is_text(file: Path) -> bool:
    hidden = any(part.startswith(".") for part in file.parts[-2:])
    return file.suffix.lower() in SUFFIXES and not hidden and file.is_file()


def _read(file: Path) -> str:
    try:
        if file.stat().st_size > _MOST_BYTES:
            raise InputError(
                "is larger than 50 MB",
                where=str(file),
                do="One file is one document: cut it into its documents",
            )
        return file.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError as error:
        raise InputError(
            f"is not UTF-8 (byte {error.start})", where=str(file), do="Convert it to UTF-8"
        ) from error
    except OSError as error:
        raise InputError(f"cannot be read: {error.strerror}", where=str(file)) from error
