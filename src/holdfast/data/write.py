"""Writing so that a reader sees the old file, or the new one, and never half of one."""

from __future__ import annotations

import errno
import glob
import hashlib
import json
import os
import platform
import secrets
import shutil
import sys
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

from holdfast.errors import OutputError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

# A folder may be shared: a number of a process means something on its own machine alone.
_HOST = hashlib.blake2b(platform.node().encode(), digest_size=4).hexdigest()
_HERE, _SWAP = -100, 2  # AT_FDCWD; RENAME_EXCHANGE on Linux, RENAME_SWAP on macOS
_CARD = "README.md"
_BESIDE = {"manifest.json", "recipe.toml", "dataset_info.json", "croissant.json", "openlineage.ndjson", _CARD}
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
        if _is_device(path):
            with Path(path).open("wb") as device:
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
def write_folder_atomic(
    path: str | os.PathLike[str], *, replace: bool = False, kind: str = "holdfast."
) -> Iterator[Path]:
    """Yields an empty folder that is renamed to `path` when the block ends well, and removed otherwise.

    Args:
        path: The folder to write; an empty one may exist.
        replace: Swap an existing folder out, and remove it once the new one stands. Only a folder of the same kind is
            replaced, and only if nothing in it is somebody else's; a `README.md` is taken over.
        kind: How the schema begins that the `manifest.json` of such a folder names.

    Raises:
        OutputError: The folder exists and may not be replaced, or it could not be written.
    """
    target = Path(os.path.realpath(path))
    temporary = _sibling(target)
    check_folder(path, replace=replace, kind=kind)
    with _reported(path, target, temporary):
        _sweep(target)
        temporary.mkdir()
        try:
            yield temporary
            _take_over(target, temporary)
            for file in temporary.rglob("*"):
                if file.is_file():
                    _sync(file)
            _swap_in(temporary, target, path, replace=replace, kind=kind)
        except BaseException:
            shutil.rmtree(temporary, ignore_errors=True)
            raise
    _sync_folder(target.parent)


def sha256_of(file: Path) -> str:
    """SHA-256 of a file's content, in hexadecimal."""
    with file.open("rb") as handle:
        return hashlib.file_digest(handle, "sha256").hexdigest()


def describe_file(folder: Path, name: str, rows: int) -> dict[str, str | int]:
    """What a manifest says of a file: its path in the folder, SHA-256, bytes and rows."""
    file = folder / name
    return {"path": name, "sha256": sha256_of(file), "bytes": file.stat().st_size, "rows": rows}


def _refuse_unless_free(target: Path, path: str | os.PathLike[str], *, replace: bool, kind: str) -> None:
    where = os.fspath(path)
    if target.exists() and not target.is_dir():
        raise OutputError("a file stands where the folder should be", where=where, do="Give another path")
    if target.is_dir() and Path.cwd().is_relative_to(target):
        raise OutputError(
            "the folder would be swapped out under your feet: you are in it",
            where=where,
            do="Give the name of a new folder in it",
        )
    if not target.is_dir() or not any(target.iterdir()):
        return
    if not replace:
        raise OutputError(
            "the folder exists and is not empty", where=where, do="Give another path, or add --replace"
        )
    manifest = _manifest_of(target)
    if not str(manifest.get("schema")).startswith("holdfast."):
        raise OutputError(
            "the folder was not written by holdfast and is not replaced",
            where=where,
            do="Give another path, or remove the folder yourself",
        )
    if not str(manifest.get("schema")).startswith(kind):
        raise OutputError(
            f"the folder holds something else ({str(manifest.get('schema'))[:60]}) and is not replaced",
            where=where,
            do="Give another path, or remove the folder yourself",
        )
    strange = _strangers(target, manifest)
    if strange:
        raise OutputError(
            f"holdfast did not write {strange[0]!r} in it, and it would be lost",
            where=where,
            do="Move it elsewhere, or give another path",
        )


def _manifest_of(folder: Path) -> dict[str, Any]:
    """What a folder says of itself: what is replaced is gone, and must be nothing of somebody else's."""
    try:
        manifest = json.loads((folder / "manifest.json").read_bytes())
    except (OSError, ValueError, RecursionError):
        return {}
    return manifest if isinstance(manifest, dict) else {}


def _strangers(folder: Path, manifest: dict[str, Any]) -> list[str]:
    """Files that a manifest with a list of files does not know of; other manifests list none."""
    listed = manifest.get("files")
    if not isinstance(listed, list):
        return []
    if not listed or not all(isinstance(entry, dict) and "sha256" in entry for entry in listed):
        return []
    known = {str(entry["path"]) for entry in listed} | _BESIDE
    files = (file.relative_to(folder).as_posix() for file in sorted(folder.rglob("*")) if not file.is_dir())
    return [name for name in files if name not in known]


def _take_over(target: Path, temporary: Path) -> None:
    """A card belongs to its people, whatever becomes of the rows."""
    if (target / _CARD).is_file() and not (temporary / _CARD).exists():
        shutil.copy2(target / _CARD, temporary / _CARD)


def _swap_in(
    temporary: Path, target: Path, path: str | os.PathLike[str], *, replace: bool, kind: str
) -> None:
    # Asked again: the block may have run for hours.
    _refuse_unless_free(target, path, replace=replace, kind=kind)
    if not target.exists():
        temporary.rename(target)
        return
    if _exchange(temporary, target):
        shutil.rmtree(temporary, ignore_errors=True)
        return
    # Without an exchange there is a moment at which neither stands; the old one lies beside it then.
    old = _sibling(target)
    target.rename(old)
    try:
        temporary.rename(target)
    except BaseException:
        old.rename(target)
        raise
    shutil.rmtree(old, ignore_errors=True)


def _exchange(one: Path, other: Path) -> bool:
    """Swaps two folders in one step that nothing can interrupt, where the system has such a step (Linux, macOS)."""
    import ctypes

    try:
        library = ctypes.CDLL(None, use_errno=True)
        names = os.fsencode(one), os.fsencode(other)
        if sys.platform == "darwin":
            return bool(library.renamex_np(*names, ctypes.c_uint(_SWAP)) == 0)
        return bool(library.renameat2(_HERE, names[0], _HERE, names[1], ctypes.c_uint(_SWAP)) == 0)
    except (OSError, AttributeError, TypeError):  # no such function here
        return False


def _sibling(target: Path) -> Path:
    # Cut, so that a name of the greatest length (255 bytes, 4 a character) still gets a sibling.
    return target.parent / f".{target.name[:40]}.{_HOST}-{os.getpid()}-{secrets.token_hex(6)}.tmp"


def _sweep(target: Path) -> None:
    """Removes what writers on this machine left who were killed: nobody else knows that it is there."""
    for left in target.parent.glob(f".{glob.escape(target.name[:40])}.{_HOST}-*-*.tmp"):
        number = left.name.rsplit("-", 2)[1]
        if number.isdigit() and not _runs(int(number)):
            if left.is_dir():
                shutil.rmtree(left, ignore_errors=True)
            else:
                left.unlink(missing_ok=True)


def _runs(process: int) -> bool:
    if os.name == "nt":  # where asking like this would end it
        return True
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except (OSError, OverflowError):  # it is somebody else's, or this system cannot say
        return True
    return True


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
    """Refuses a file that cannot be written, before hours of work are put into it.

    Raises:
        OutputError: The file is a folder or write-protected, or its folder is missing or write-protected.
    """
    if _is_device(path):
        if not os.access(path, os.W_OK):
            raise _output_error(_os_error(errno.EACCES), path)
        return
    target = Path(os.path.realpath(path))
    _check_parent(target, path)
    if target.is_dir():
        raise _output_error(_os_error(errno.EISDIR), path)
    if target.exists() and not os.access(target, os.W_OK):
        raise _output_error(_os_error(errno.EACCES), path)


def check_folder(
    path: str | os.PathLike[str],
    *,
    replace: bool = False,
    kind: str = "holdfast.",
    inputs: Iterable[Any] = (),
) -> None:
    """Refuses a folder that cannot be written, before hours of work are put into it.

    Args:
        path: The folder.
        replace: Whether one that is there may be replaced.
        kind: How the schema of one that may be begins.
        inputs: What is read: paths, lists of such, or anything else; nothing of it may lie in the folder.

    Raises:
        OutputError: The folder exists and may not be replaced, is read from, or the one it is to stand in is missing or
            write-protected.
    """
    target = Path(os.path.realpath(path))
    _check_parent(target, path)
    with _reported(path, target, target):
        _refuse_unless_free(target, path, replace=replace, kind=kind)
    for given in _paths(inputs):
        place = Path(os.path.realpath(given))
        if target == place or target in place.parents:
            raise OutputError(
                f"{given} is read, and would be lost", where=os.fspath(path), do="Give another path"
            )


def _paths(inputs: Iterable[Any]) -> Iterator[str]:
    for given in inputs:
        if isinstance(given, str | os.PathLike):
            yield os.fspath(given)
        elif isinstance(given, list | tuple):
            yield from (os.fspath(one) for one in given if isinstance(one, str | os.PathLike))


def _check_parent(target: Path, path: str | os.PathLike[str]) -> None:
    parent = target.parent
    if not parent.is_dir():
        missing = next(folder for folder in (parent, *parent.parents) if folder.exists()).is_dir()
        raise _output_error(_os_error(errno.ENOENT if missing else errno.ENOTDIR), path)
    if not os.access(parent, os.W_OK):
        raise _output_error(_os_error(errno.EACCES), path)


def _is_device(path: str | os.PathLike[str]) -> bool:
    """Whether the path cannot be replaced: a device, a pipe, or a handle of ours, wherever that was redirected."""
    given = Path(path)
    handles = ("/dev/stdout", "/dev/stderr")
    if str(given) in handles or given.parent in (Path("/dev/fd"), Path("/proc/self/fd")):
        return given.exists()
    return given.exists() and not given.is_file() and not given.is_dir()


def _os_error(number: int) -> OSError:
    return OSError(number, os.strerror(number))
