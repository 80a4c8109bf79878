"""The store: a folder of files, each written once and read whole.

Nobody has to ask whether the store works: what is not there, is damaged or cannot be read is read anew from the rows, and what cannot be
written is not kept. Several programs may share a folder; each file is put in its place in one step, and of two that write the same facts
either may be the last.
"""

from __future__ import annotations

import os
import secrets
import stat
import time
from contextlib import suppress
from dataclasses import dataclass
from threading import Lock
from typing import IO, TYPE_CHECKING, Any, TypeVar

from holdfast.backends.store.key import Key
from holdfast.backends.store.room import Room, remove, walk
from holdfast.backends.store.stamp import Stamp, stamp_of

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from holdfast.backends.store.forms import Facts

T = TypeVar("T")
_FORM = "v1"
"""The folder of files of this form: another release may write others beside it."""
_TAG = "CACHEDIR.TAG"
"""Says to programs that make backups that nothing here is worth one (bford.info/cachedir)."""
_TAG_TEXT = "Signature: 8a477f597d28d172789f06886806bc55\n# Facts that holdfast has read of rows, and can read again.\n"
_FRESH = 60.0
"""Seconds within which a file that is used again is not marked as used again."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Holding:
    """What a store holds of a kind.

    Attributes:
        kind: The word for it.
        files: How many.
        bytes: What they take on the disk.
        oldest: When the one that was not used for longest was last used, in seconds since 1970.
        newest: When the one that was used last was used.
    """

    kind: str
    files: int
    bytes: int
    oldest: float
    newest: float


class Store:
    """Facts and records on disk. Threads may share it, and it may be sent to other processes.

    Args:
        folder: Where; None keeps nothing.
        bound: Bytes, about, that it may take.
        tell: Called with a sentence when nothing can be kept; once.
        passing: Whether the folder is somebody's who removes it soon: sent to a machine that does not have it, it keeps nothing there.

    >>> import tempfile, numpy as np
    >>> from pathlib import Path
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     store, key = Store(Path(folder), bound=10**6), Key(kind="letters", version=1, parts=("sha256:ab",))
    ...     store.put(key, {"counts": np.arange(3), "script": "Latn"})
    ...     store.get(key)
    {'counts': array([0, 1, 2]), 'script': 'Latn'}
    """

    def __init__(
        self,
        folder: Path | None,
        *,
        bound: int,
        tell: Callable[[str], None] = lambda _: None,
        passing: bool = False,
    ) -> None:
        self.folder = folder
        self.bound = bound
        self.hits = 0
        self.misses = 0
        self._tell = tell
        self._passing = passing
        self._lock = Lock()
        self._root: Path | None = None
        self._writes = False
        if folder is not None:
            self._open(folder)

    def __reduce__(self) -> tuple[Any, ...]:
        return (_found_again if self._passing else _reopened), (self.folder, self.bound)

    @property
    def on(self) -> bool:
        """Whether anything can be kept."""
        return self._root is not None and self._writes

    @property
    def reads(self) -> bool:
        """Whether what is kept is read."""
        return self._root is not None

    def get(self, key: Key) -> dict[str, Any] | None:
        """The facts under a key, or None; arrays cannot be written to.

        Args:
            key: Of the facts.
        """
        if self._root is None:
            return None
        from holdfast.backends.store.forms import read_facts

        path = self._path(self._root, key, ".arrow")
        try:
            found = read_facts(path, about=key.text)
        except OSError:
            found = None
        return self._counted(path, found)

    def put(self, key: Key, facts: Facts) -> None:
        """Keeps facts: arrays of numbers, truth values or fixed-width strings; texts; lists of texts.

        Args:
            key: Of the facts.
            facts: The facts.

        Raises:
            TypeError: Something else is among them.
        """
        if self.on:
            from holdfast.backends.store.forms import write_facts

            self._write(key, ".arrow", lambda file: write_facts(file, facts, about=key.text))

    def get_record(self, key: Key, kind: type[T]) -> T | None:
        """The record under a key, or None.

        Args:
            key: Of the record.
            kind: What it is: a dataclass, or whatever else msgspec decodes.
        """
        if self._root is None:
            return None
        from holdfast.backends.store.forms import decode_record

        path = self._path(self._root, key, ".json")
        try:
            found = decode_record(path.read_bytes(), kind, about=key.text)
        except OSError:
            found = None
        return self._counted(path, found)

    def put_record(self, key: Key, record: Any) -> None:
        """Keeps a record as JSON.

        Args:
            key: Of the record.
            record: Whatever msgspec encodes.

        Raises:
            TypeError: It is something else.
        """
        if self.on:
            from holdfast.backends.store.forms import encode_record

            content = encode_record(record, about=key.text)
            self._write(key, ".json", lambda file: file.write(content))

    def known_hash(self, stamp: Stamp | None) -> str | None:
        """The content hash of a file that is as it was when it was noted, or None: then it is to be read.

        Args:
            stamp: Of the file (`stamp_of`), as it is now.
        """
        return None if stamp is None else self.get_record(_noted(stamp), str)

    def note_hash(self, stamp: Stamp | None, content_hash: str) -> bool:
        """Notes the content hash of a file, unless the file was written to too shortly before it was read, or since.

        Args:
            stamp: Of the file, taken before it was read.
            content_hash: Of what was read.

        Returns:
            Whether it was noted.
        """
        if stamp is None or not stamp.settled:
            return False
        now = stamp_of(stamp.path)
        if now is None or now.parts != stamp.parts:
            return False
        self.put_record(_noted(stamp), content_hash)
        return self.on

    def holdings(self) -> tuple[Holding, ...]:
        """What it holds, kind by kind."""
        kinds: dict[str, list[Any]] = {}
        for file in walk(self._root) if self._root is not None else ():
            kinds.setdefault(file.kind, []).append(file)
        return tuple(
            Holding(
                kind=kind,
                files=len(files),
                bytes=sum(file.bytes for file in files),
                oldest=min(file.used for file in files),
                newest=max(file.used for file in files),
            )
            for kind, files in sorted(kinds.items())
        )

    def empty(self, *, kind: str | None = None) -> tuple[int, int]:
        """Removes its files; what is not its own stays.

        Args:
            kind: Those of one kind alone.

        Returns:
            Files and bytes that are gone.
        """
        files = 0
        freed = 0
        for file in list(walk(self._root)) if self._root is not None else ():
            if kind in (None, file.kind) and remove(file.path):
                files += 1
                freed += file.bytes
        return files, freed

    def _open(self, folder: Path) -> None:
        root = folder / _FORM
        try:
            # Texts of records may be kept: they are nobody else's to read.
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            root.mkdir(mode=0o700, exist_ok=True)
            about = root.stat()
        except OSError as error:
            self._give_up(error)
            return
        if hasattr(os, "geteuid") and (
            about.st_uid != os.geteuid() or about.st_mode & (stat.S_IWGRP | stat.S_IWOTH)
        ):
            self._tell(f"nothing is kept in {folder}, and nothing there is believed: others may write to it")
            return
        self._root, self._writes = root, True
        self._room = Room(root, bound=self.bound)
        if not os.access(root, os.W_OK):
            self._give_up(PermissionError(13, "it is write-protected"))
            return
        tag = folder / _TAG
        with suppress(OSError):
            if not tag.exists():
                tag.write_text(_TAG_TEXT, encoding="ascii")

    def _write(self, key: Key, form: str, fill: Callable[[IO[bytes]], int]) -> None:
        if self._root is None:
            return
        path = self._path(self._root, key, form)
        # Not synced: what a power cut leaves halfway has the wrong sum, and is read anew.
        temporary = path.with_name(f".{secrets.token_hex(8)}.tmp")
        try:
            for folder in (self._root, path.parent.parent, path.parent):
                folder.mkdir(mode=0o700, exist_ok=True)
            flags = os.O_CREAT | os.O_EXCL | os.O_WRONLY | getattr(os, "O_BINARY", 0)
            with os.fdopen(os.open(temporary, flags, 0o600), "wb", buffering=2**16) as file:
                count = fill(file)
            if count > self.bound:
                remove(temporary)
                return
            temporary.replace(path)
        except OSError as error:
            remove(temporary)
            self._give_up(error)
            return
        except BaseException:
            remove(temporary)
            raise
        self._room.add(count)

    def _path(self, root: Path, key: Key, form: str) -> Path:
        return root / key.folder / key.file[:2] / f"{key.file}{form}"

    def _counted(self, path: Path, found: T | None) -> T | None:
        with self._lock:
            self.hits += found is not None
            self.misses += found is None
        if found is not None:
            with suppress(OSError):  # somebody else's, or gone meanwhile
                if time.time() - path.stat().st_mtime > _FRESH:
                    os.utime(path)
        return found

    def _give_up(self, error: OSError) -> None:
        """Keeps nothing from now on, and says so; what is there is still read."""
        with self._lock:
            told, self._writes = not self._writes and self._root is not None, False
        if not told:
            reason = (error.strerror or str(error)).lower()
            self._tell(f"nothing more is kept in {self.folder}: {reason}. All is read anew next time")


def _reopened(folder: Path | None, bound: int) -> Store:
    return Store(folder, bound=bound)


def _found_again(folder: Path | None, bound: int) -> Store:
    """Of a folder that is removed soon: where it is not, nobody would remove what was made there."""
    there = folder if folder is not None and folder.is_dir() else None
    return Store(there, bound=bound, passing=True)


def _noted(stamp: Stamp) -> Key:
    return Key(kind="files", version=1, parts=stamp.parts)
