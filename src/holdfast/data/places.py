"""Places: where a file stands, on this machine or behind a URL that fsspec can read.

A `Url` answers what a `Path` answers, as far as reading asks. What it is printed as holds no secret: names of users, passwords, and what
follows a question mark (signed links, tokens) are starred out, and so are they in what a library says when it fails.
"""

from __future__ import annotations

import os
import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self
from urllib.parse import unquote

from holdfast.data.discreet import WEB, printable, scrub, without_secrets
from holdfast.errors import InputError, MissingExtra

if TYPE_CHECKING:
    from collections.abc import Iterator

_URL = re.compile(r"[A-Za-z][A-Za-z0-9+.-]+://")

_FETCHED = 2**22  # at a time: libraries ask for up to 50 MB to read a line


def is_url(text: str) -> bool:
    """Whether a text is a URL and no path.

    >>> is_url("s3://bucket/a.jsonl"), is_url("zip://a.csv::s3://bucket/a.zip"), is_url("C://a.csv"), is_url("a/b.csv")
    (True, True, False, False)
    """
    return _URL.match(text) is not None


@dataclass(frozen=True, slots=True)
class Url:
    """A file or folder behind a URL; it is printed without secrets.

    >>> print(Url("https://ann:word@example.org/rows.jsonl?signature=abc"))
    https://***@example.org/rows.jsonl?***
    """

    address: str = field(repr=False)

    def __str__(self) -> str:
        return without_secrets(self.address)

    def __repr__(self) -> str:
        return f"Url({str(self)!r})"

    def __lt__(self, other: Url) -> bool:
        return self.address < other.address

    def __truediv__(self, name: str) -> Url:
        first, link, rest = self.address.partition("::")
        folder = first if first.endswith("/") else f"{first}/"
        return Url(f"{folder}{name}{link}{rest}")

    @property
    def name(self) -> str:
        """The last part of its path."""
        path = _path_of(self.address).rstrip("/").rpartition("/")[2]
        return printable(unquote(path) if self._scheme in WEB else path)

    @property
    def suffix(self) -> str:
        """How its name ends."""
        return Path(self.name).suffix

    @property
    def parents(self) -> str:
        """The folders it stands in, without secrets."""
        return without_secrets(self.address.partition("::")[0]).partition("?***")[0].rpartition("/")[0]

    @property
    def _scheme(self) -> str:
        return self.address.partition("://")[0].lower()

    def open(self, mode: str = "rb", buffering: int = 0) -> Any:
        """A file that fetches what is read of it, and a little more.

        Args:
            mode: Read bytes.
            buffering: Bytes that are fetched at a time.
        """
        with self._told():
            system, path = self._system()
            size = buffering if buffering > 0 else _FETCHED
            return _Told(system.open(path, mode, block_size=size, cache_type="readahead"), self)

    def size(self) -> int | None:
        """Bytes; None where nobody says."""
        with self._told():
            system, path = self._system()
            size = system.size(path)
            return None if size is None else int(size)

    def read_range(self, start: int, stop: int) -> bytes:
        """The bytes of a part."""
        with self._told():
            system, path = self._system()
            found = bytes(system.cat_file(path, start=start, end=stop))
            # A server that knows no ranges sends the whole.
            return found[start:stop] if len(found) > stop - start else found

    def read_text(self, encoding: str = "utf-8") -> str:
        """The whole of it."""
        with self._told():
            system, path = self._system()
            return bytes(system.cat_file(path)).decode(encoding)

    def is_dir(self) -> bool:
        """Whether it is a folder. Of a web server that is never asked: it shows pages."""
        if self._scheme in WEB:
            return False
        with self._told():
            system, path = self._system()
            return bool(system.isdir(path))

    def is_file(self) -> bool:
        """Whether it is a file."""
        with self._told():
            system, path = self._system()
            return bool(system.isfile(path))

    def exists(self) -> bool:
        """Whether it is there."""
        with self._told():
            system, path = self._system()
            return bool(system.exists(path))

    def iterdir(self) -> Iterator[Url]:
        """What stands in the folder."""
        with self._told():
            system, path = self._system()
            found = [str(entry) for entry in system.ls(path, detail=False)]
        inside = (self._inside(path, entry) for entry in found)
        return (url for url in inside if url is not None)

    def has_magic(self) -> bool:
        """Whether it is a pattern."""
        magic = "*[" if self._scheme in WEB else "*?["
        return any(sign in _pattern_of(self.address)[1] for sign in magic)

    def glob(self) -> list[Url]:
        """The files that match, in the order of their names."""
        first, pattern = _pattern_of(self.address)
        _, link, rest = self.address.partition("::")
        base = Url(first + re.split(r"[*?\[]", pattern, maxsplit=1)[0].rpartition("/")[0] + link + rest)
        with self._told():
            system, path = self._system()
            found = sorted(str(entry) for entry in system.glob(path))
            begin = base._system()[1]
            urls = [base._inside(begin, entry) for entry in found]
            return [url for url in urls if url is not None and url.is_file()]

    def _inside(self, path: str, entry: str) -> Url | None:
        """An entry of this folder, by the address that this folder was given by: what it says of the host stays."""
        inside = entry.strip("/").removeprefix(path.strip("/")).strip("/")
        return self / inside if inside and ".." not in inside.split("/") else None

    def _system(self) -> tuple[Any, str]:
        try:
            import fsspec.core
        except ImportError as error:
            raise MissingExtra(
                "a URL is read through fsspec, which is not installed",
                where=str(self),
                do="Install it: pip install 'holdfast[remote]'",
            ) from error
        try:
            system, path = fsspec.core.url_to_fs(self.address)
        except ImportError as error:
            said = self._scrubbed(str(error)) or type(error).__name__
            raise MissingExtra(
                f"{self._scheme}:// needs a package that is not installed: {said}",
                where=str(self),
                do="Install it beside fsspec, for s3:// for example with: pip install s3fs",
            ) from None
        except ValueError as error:
            if "not known" not in str(error):
                raise
            raise InputError(
                f"there is no way to read {printable(self._scheme)}://",
                where=str(self),
                do="Give a path, or a URL that fsspec knows, such as s3://, gs://, hf:// or https://",
            ) from None
        return system, str(path)

    def _told(self) -> _Telling:
        return _Telling(self)

    def _scrubbed(self, text: str) -> str:
        return scrub(text, self.address)


class RemoteError(OSError):
    """What stands behind a URL could not be read; nothing is known of the file."""


@dataclass(frozen=True, slots=True)
class _Telling:
    """Turns whatever a library raises into an `OSError` that holds no secret; the original is left behind with what it knows."""

    url: Url

    def __enter__(self) -> None:
        return

    def __exit__(self, kind: object, error: BaseException | None, trace: object) -> None:
        if error is None or isinstance(error, InputError | MissingExtra) or not isinstance(error, Exception):
            return
        said = self.url._scrubbed(str(getattr(error, "strerror", None) or error))  # noqa: SLF001
        lines = said.strip().splitlines()
        told: OSError
        if isinstance(error, FileNotFoundError):
            told = FileNotFoundError("it does not exist")
        elif isinstance(error, PermissionError):
            told = PermissionError(lines[0][:200] if lines else "access is denied")
        else:
            told = RemoteError(f"{type(error).__name__}: {lines[0][:200]}" if lines else type(error).__name__)
        raise told from None


class _Told:
    """A remote file whose errors hold no secret."""

    def __init__(self, file: Any, url: Url) -> None:
        self._file = file
        self._url = url

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    @property
    def closed(self) -> bool:
        return bool(self._file.closed)

    def read(self, size: int = -1) -> bytes:
        with _Telling(self._url):
            return bytes(self._file.read(size))

    def readinto(self, buffer: Any) -> int:
        found = self.read(len(buffer))
        buffer[: len(found)] = found
        return len(found)

    def seek(self, offset: int, whence: int = 0) -> int:
        with _Telling(self._url):
            return int(self._file.seek(offset, whence))

    def tell(self) -> int:
        return int(self._file.tell())

    def readable(self) -> bool:
        return True

    def writable(self) -> bool:
        return False

    def seekable(self) -> bool:
        return bool(self._file.seekable())

    def flush(self) -> None:
        return

    def close(self) -> None:
        with _Telling(self._url):
            self._file.close()


Place = Path | Url


def size_of(place: Place) -> int | None:
    """Bytes of a file; None where nobody says."""
    return place.stat().st_size if isinstance(place, Path) else place.size()


def read_range(place: Place, start: int, stop: int) -> bytes:
    """The bytes of a part of a file."""
    if isinstance(place, Url):
        return place.read_range(start, stop)
    with place.open("rb", buffering=0) as file:
        file.seek(start)
        return _whole(file, stop - start)


def _whole(file: Any, size: int) -> bytes:
    parts = []
    while size > 0 and (part := file.read(size)):
        parts.append(part)
        size -= len(part)
    return parts[0] if len(parts) == 1 else b"".join(parts)


def local_path(url: str) -> Path | None:
    """The path that a `file://` URL names; None for other URLs.

    >>> local_path("file:///tmp/a%20b.jsonl").as_posix(), local_path("s3://bucket/a")
    ('/tmp/a b.jsonl', None)
    """
    if not url.lower().startswith("file://") or "::" in url:
        return None
    text = url[len("file://") :]
    text = text.removeprefix("localhost") if text.startswith("localhost/") else text
    return Path(text if "%" not in text or os.path.lexists(text) else unquote(text))


def _pattern_of(address: str) -> tuple[str, str]:
    """The first link of a URL up to the host, and what of it may be a pattern: a password is none, and neither is a signature."""
    scheme, mark, rest = address.partition("::")[0].partition("://")
    before, at, _ = rest.partition("/")[0].rpartition("@")
    rest = rest[len(before) + len(at) :]
    if scheme.lower() in WEB or "=" in rest.partition("?")[2]:
        rest = rest.partition("?")[0]
    return scheme + mark + before + at, rest


def _path_of(address: str) -> str:
    """The path of the first link, without host and query of the web."""
    scheme, _, rest = address.partition("::")[0].partition("://")
    path = rest.partition("/")[2] or rest
    return (
        re.split(r"[?#]", path, maxsplit=1)[0]
        if scheme.lower() in WEB or "=" in path.partition("?")[2]
        else path
    )
