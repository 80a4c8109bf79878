"""An instance of Ray: one of this process alone, or a cluster that runs already."""

from __future__ import annotations

import hashlib
import os
import platform
import secrets
import shutil
import signal
import socket
import sys
import tempfile
import threading
from contextlib import ExitStack, contextmanager
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from holdfast.errors import BackendError, MissingExtra

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

ONE_CORE = dict.fromkeys(
    (
        "HOLDFAST_THREADS",
        "MKL_NUM_THREADS",
        "NUMBA_NUM_THREADS",
        "OMP_NUM_THREADS",
        "OPENBLAS_NUM_THREADS",
        "VECLIB_MAXIMUM_THREADS",
    ),
    "1",
)
"""Each worker has a core of its own, and libraries that start threads would take those of the others."""
_QUIET = {"RAY_IGNORE_UNHANDLED_ERRORS": "1", "RAY_DEDUP_LOGS_SKIP_REGEX": ".*"}
"""Ray prints errors of jobs that nobody waits for any more, and the end of workers, on standard output, where results belong."""
_PUT_BACK = {"PYTHONBREAKPOINT": "", "RAY_CLIENT_MODE": ""}
"""What Ray sets by itself, and would leave so."""
_JOIN = (
    "Check the address; a cluster that asks for a token is joined with RAY_AUTH_MODE=token and RAY_AUTH_TOKEN"
)
_STORE_BYTES = 8 * 2**30
"""Ray's own bound is nearly a third of all memory, however much that is."""
_SHORT = 8
"""Characters that the usual folder for temporary files may have: its sockets are named with 97 more, and the system allows 107."""
_KNOCK = 10.0
"""Seconds in which a cluster that is there takes a connection."""


@contextmanager
def local_instance(*, workers: int, store_bytes: int | None) -> Iterator[Any]:
    """Starts Ray for this process alone, and ends it and all that it wrote when the block ends.

    It listens to those who know a word that is made up for it, and on this machine only; it has no dashboard, and tells nobody of its use.
    Where the program has imported Ray itself, what it listens on was decided then.

    Args:
        workers: Processes.
        store_bytes: Bound of what is shared and of answers on their way, in bytes; what is more is kept in the folder of the instance.

    Yields:
        The package.

    Raises:
        MissingExtra: Ray is not installed.
        BackendError: It does not start.
    """
    kept = {
        # Whether Ray may be reached from elsewhere; named for other systems, read on all. It counts where Ray is imported.
        "RAY_ENABLE_WINDOWS_OR_OSX_CLUSTER": "0",
        "RAY_USAGE_STATS_ENABLED": "0",
        "RAY_ACCEL_ENV_VAR_OVERRIDE_ON_ZERO": "0",
        **_QUIET,
        **_PUT_BACK,
        "RAY_AUTH_TOKEN": _password(),
        "RAY_AUTH_MODE": "token",
    }
    if "ray" in sys.modules:
        # It has read by now whether a word is asked for, and since 2.59 asks for one unless somebody forbids it.
        kept["RAY_AUTH_MODE"] = os.environ.get("RAY_AUTH_MODE", "")
    with ExitStack() as stack:
        stack.enter_context(_environment(kept))
        ray = import_ray()
        folder = stack.enter_context(_folder())
        stack.enter_context(_handlers())
        stack.callback(ray.shutdown)
        with (
            _environment(ONE_CORE),
            _explained("a local instance of Ray does not start", do="Use the engine `inline`"),
        ):
            ray.init(
                address="local",
                num_cpus=workers,
                num_gpus=0,
                include_dashboard=False,
                object_store_memory=store_bytes or min(_STORE_BYTES, int(0.3 * _memory())),
                log_to_driver=False,
                logging_level="error",
                _node_ip_address="127.0.0.1",
                _temp_dir=str(folder),
            )
        yield ray


@contextmanager
def joined_cluster(address: str) -> Iterator[Any]:
    """Connects to a cluster that runs, and leaves it running.

    Args:
        address: `ray://host:port`, `host:port` or `auto`.

    Yields:
        The package.

    Raises:
        MissingExtra: Ray is not installed.
        BackendError: No cluster answers there.
    """
    with ExitStack() as stack:
        stack.enter_context(_environment(_QUIET | _PUT_BACK))
        ray = import_ray()
        stack.enter_context(_handlers())
        # Ray knocks twenty times, for forty seconds each, where the address is one of a cluster that is gone.
        patience = _environment({"RAY_gcs_server_port_wait_time_s": "1"})
        with patience, _explained(f"no Ray cluster answers at {address}", do=_JOIN):
            _knock(address)
            ray.init(
                address=address,
                log_to_driver=False,
                logging_level="error",
                runtime_env={"env_vars": {**ONE_CORE, **_QUIET}},
            )
        stack.callback(ray.shutdown)
        yield ray


def import_ray() -> Any:
    """The package.

    Raises:
        MissingExtra: Ray is not installed.
    """
    try:
        import ray
    except ModuleNotFoundError as error:
        raise MissingExtra(
            "Ray is not installed", where="engine", do="Install holdfast[ray], or use the engine `inline`"
        ) from error
    return ray


@contextmanager
def _environment(variables: Mapping[str, str]) -> Iterator[None]:
    """Sets variables of the environment while the block runs: processes that are started meanwhile inherit them.

    An empty value leaves a variable as it is; whoever sets it meanwhile, it is put back.
    """
    before = {name: os.environ.get(name) for name in variables}
    for name, value in variables.items():
        if value:
            os.environ[name] = value
    try:
        yield
    finally:
        for name, old in before.items():
            if old is None:
                os.environ.pop(name, None)
            else:
                os.environ[name] = old


def _knock(address: str) -> None:
    """Raises at once where nobody listens."""
    host, _, port = address.removeprefix("ray://").strip("/").rpartition(":")
    if host and port.isdigit():
        socket.create_connection((host.strip("[]"), int(port)), timeout=_KNOCK).close()


@cache
def _password() -> str:
    """One for all instances of a process: Ray reads it once."""
    return os.environ.get("RAY_AUTH_TOKEN") or secrets.token_hex(32)


@contextmanager
def _folder() -> Iterator[Path]:
    """A folder that is removed; Ray opens its own to everybody, so that stands in one that is closed."""
    usual = tempfile.gettempdir()
    place = Path(usual if len(usual) <= _SHORT else "/tmp")  # noqa: S108 - a folder with a random name is made there
    # A place may be shared by machines, and a number of a process means something on its own alone.
    host = hashlib.blake2b(platform.node().encode(), digest_size=2).hexdigest()
    for left in place.glob(f"holdfast-{host}-*-*"):  # by programs that were killed
        number = left.name.split("-")[2]
        if number.isdigit() and not _runs(int(number)) and (left / "r" / "session_latest").is_symlink():
            shutil.rmtree(left, ignore_errors=True)
    outer = Path(tempfile.mkdtemp(prefix=f"holdfast-{host}-{os.getpid()}-", dir=place))
    try:
        yield outer / "r"
    finally:
        shutil.rmtree(outer, ignore_errors=True)


def _runs(process: int) -> bool:
    if os.name == "nt":  # where asking like this would end it
        return True
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except (OSError, OverflowError):  # it is somebody else's
        return True
    return True


@contextmanager
def _handlers() -> Iterator[None]:
    """Gives back what was to happen on signals: Ray sets its own when it starts."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = {number: signal.getsignal(number) for number in (signal.SIGTERM, signal.SIGINT)}
    try:
        yield
    finally:
        for number, handler in before.items():
            if handler is not None:
                signal.signal(number, handler)


@contextmanager
def _explained(what: str, *, do: str) -> Iterator[None]:
    try:
        yield
    except Exception as error:
        raise BackendError(
            f"{what}: {type(error).__name__}: {error!s:.300}",
            where="engine",
            do=do,
        ) from error


def _memory() -> int:
    try:
        return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    except (AttributeError, ValueError, OSError):  # systems that do not say
        return 4 * 2**30
