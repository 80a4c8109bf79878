"""Writing so that a reader sees the old file, or the new one, and never half of one."""

from __future__ import annotations

import errno
import os
import secrets
import shutil
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO, TYPE_CHECKING

from holdfast.errors import OutputError

if TYPE_CHECKING:
    from collections.abc import Iterator

_ADVICE = {
    errno.ENOSPC: "Free some space, or write to another disk",
    errno.EDQUOT: "Free some space, or write to another disk",
    errno.EFBIG: "Raise the file size limit (ulimit -f), or write to another disk",
    errno.EACCES: "Check the permissions of the folder, or write somewhere else",
    errno.EPERM: "Check the permissions of the folder, or write somewhere else",
    errno.EROFS: "Write to a place that is not read-only",
    errno.ENOENT: "Create the folder first",
    errno.ENOTDIR: "A part of the path is a file, not a folder: give another path",
    errno.EISDIR: "The path is a folder: give the name of a file in it",
    errno.ENAMETOOLONG: "Give a shorter name",
}


@contextmanager
def write_atomic(path: str | os.PathLike[str]) -> Iterator[IO[bytes]]:
    """Yields a binary handle whose content takes the place of `path` when the block ends well.

    The content is written beside the target, synced, and moved over it. If anything goes wrong, an interrupt
    included, the target stays as it was and nothing else is left. A link is followed: the file it names is
    replaced. A device or pipe (`/dev/stdout`) cannot be replaced and is written to directly.

    Raises:
        OutputError: The file could not be written.
    """
    target = Path(os.path.realpath(path))
    temporary = _sibling(target)
    with _reported(path, target, temporary):
        if target.is_dir():
            raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR), str(target))
        if target.exists() and not target.is_file():
            with target.open("wb") as device:
                yield device
            return
        # Not `tempfile`: its files are private, a report should have the permissions of any new file.
        descriptor = os.open(
            temporary, os.O_CREAT | os.O_EXCL | os.O_WRONLY | getattr(os, "O_BINARY", 0), 0o666
        )
        handle = os.fdopen(descriptor, "wb")
        try:
            yield handle
            handle.flush()
            os.fsync(handle.fileno())
            handle.close()
            with suppress(FileNotFoundError):
                temporary.chmod(target.stat().st_mode & 0o7777)
            temporary.replace(target)
        except BaseException:
            with suppress(OSError):  # closing flushes once more, onto the same full disk
                handle.close()
            with suppress(OSError):
                temporary.unlink()
            raise
    _sync_folder(target.parent)


def write_text_atomic(path: str | os.PathLike[str], text: str) -> None:
    """Writes a text as UTF-8, whole or not at all.

    Raises:
        OutputError: The file could not be written.
    """
    with write_atomic(path) as handle:
        handle.write(text.encode())


@contextmanager
def write_folder_atomic(path: str | os.PathLike[str], *, replace: bool = False) -> Iterator[Path]:
    """Yields an empty folder that is renamed to `path` when the block ends well, and removed otherwise.

    Args:
        path: The folder to write; an empty one may exist.
        replace: Swap an existing folder out, and remove it once the new one stands.

    Raises:
        OutputError: The folder exists and `replace` is not set, or it could not be written.
    """
    target = Path(os.path.realpath(path))
    temporary = _sibling(target)
    with _reported(path, target, temporary):
        _refuse_unless_free(target, path, replace=replace)
        temporary.mkdir()
        try:
            yield temporary
            for file in temporary.rglob("*"):
                if file.is_file():
                    _sync(file)
            _swap_in(temporary, target, path, replace=replace)
        except BaseException:
            shutil.rmtree(temporary, ignore_errors=True)
            raise
    _sync_folder(target.parent)


def _refuse_unless_free(target: Path, path: str | os.PathLike[str], *, replace: bool) -> None:
    if target.exists() and not target.is_dir():
        raise OutputError("a file stands where the folder should be", where=str(path), do="Give another path")
    if not replace and target.is_dir() and any(target.iterdir()):
        raise OutputError(
            "the folder exists and is not empty",
            where=str(path),
            do="Give another path, or ask to replace it",
        )


def _swap_in(temporary: Path, target: Path, path: str | os.PathLike[str], *, replace: bool) -> None:
    # Asked again: the block may have run for hours.
    _refuse_unless_free(target, path, replace=replace)
    if not target.exists():
        temporary.rename(target)
        return
    old = _sibling(target)
    target.rename(old)
    try:
        temporary.rename(target)
    except BaseException:
        old.rename(target)
        raise
    shutil.rmtree(old, ignore_errors=True)


def _sibling(target: Path) -> Path:
    # Cut, so that a name of the greatest length (255 bytes, 4 a character) still gets a sibling.
    return target.parent / f".{target.name[:40]}.{secrets.token_hex(6)}.tmp"


@contextmanager
def _reported(path: str | os.PathLike[str], target: Path, temporary: Path) -> Iterator[None]:
    """Turns failures to write into an error with advice; failures of the caller's own files pass through."""
    try:
        yield
    except OSError as error:
        # A failing write names no file; opening or moving names ours.
        if isinstance(error.filename, str | bytes):
            file = Path(os.fsdecode(error.filename))
            if file != target and not file.is_relative_to(temporary):
                raise
        raise _output_error(error, path) from error


def _output_error(error: OSError, path: str | os.PathLike[str]) -> OutputError:
    reason = (error.strerror or str(error)).lower()
    advice = _ADVICE.get(error.errno or 0, "Check the path, or write somewhere else")
    return OutputError(f"cannot be written: {reason}", where=os.fspath(path), do=advice)


def _sync(file: Path) -> None:
    with file.open("rb+") as handle:
        os.fsync(handle.fileno())


def _sync_folder(folder: Path) -> None:
    # The rename itself is on disk only once the folder is; some systems cannot open folders, and lose nothing.
    with suppress(OSError):
        descriptor = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)


def check_writable(path: str | os.PathLike[str]) -> None:
    """Refuses a target that cannot be written, before hours of work are put into it.

    Raises:
        OutputError: The folder of the target is missing or may not be written to.
    """
    target = Path(os.path.realpath(path))
    with _reported(path, target, target):
        if not target.parent.exists():
            raise FileNotFoundError(errno.ENOENT, os.strerror(errno.ENOENT), str(target.parent))
        if not target.parent.is_dir():
            raise NotADirectoryError(errno.ENOTDIR, os.strerror(errno.ENOTDIR), str(target.parent))
        if not os.access(target.parent, os.W_OK):
            raise PermissionError(errno.EACCES, os.strerror(errno.EACCES), str(target.parent))
