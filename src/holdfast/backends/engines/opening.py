"""Opening: an engine by its word."""

from __future__ import annotations

from typing import TYPE_CHECKING

from holdfast.errors import UsageError, unknown

if TYPE_CHECKING:
    from holdfast.backends.engines.engine import Engine

ENGINES = ("inline", "ray")


def open_engine(engine: str, *, address: str | None = None, workers: int | None = None) -> Engine:
    """An engine that is not begun: use it as a context manager.

    Args:
        engine: `inline` or `ray`.
        address: Of a Ray cluster that runs: `ray://host:port`, `host:port` or `auto`.
        workers: How many jobs are done at once.

    Raises:
        UsageError: There is no such engine, or it has no address.

    >>> open_engine("inline", workers=2).workers
    2
    """
    if engine == "ray":
        from holdfast.backends.engines.ray_engine import RayEngine

        return RayEngine(address=address, workers=workers)
    if engine != "inline":
        raise unknown("engine", engine, list(ENGINES))
    if address is not None:
        raise UsageError(
            "only the engine `ray` has an address", where="address", do="Leave it out, or use `--engine ray`"
        )
    from holdfast.backends.engines.inline import InlineEngine

    return InlineEngine(threads=workers)
