"""What a Ray worker does: one job. It is sent by its name, so workers have the same holdfast installed."""

from __future__ import annotations

import platform
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from holdfast.version import __version__

if TYPE_CHECKING:
    from collections.abc import Callable

_held: dict[str, Any] = {}
"""What jobs share, by the name it was sent under: unpacked once for each worker, not once for each job."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Stranger:
    """An answer of a worker on which nothing was done, since its programs are others.

    Attributes:
        node: Where it runs.
        versions: Of holdfast and Python there.
    """

    node: str
    versions: tuple[str, str]


def versions_here() -> tuple[str, str]:
    """Of holdfast, and of Python as far as pickles and compiled code depend on it."""
    return __version__, ".".join(platform.python_version_tuple()[:2])


def do_job(
    versions: tuple[str, str],
    name: str,
    held: list[Any],
    work: Callable[[Any, Any], Any],
    job: Any,
) -> Any:
    """The answer to a job.

    Args:
        versions: Of who asks: with others, the same rows would be read differently.
        name: Of what jobs share.
        held: A reference to it, in a list, since Ray would unpack a bare one for each job.
        work: What to do.
        job: The job.
    """
    if versions != versions_here():
        return Stranger(node=platform.node(), versions=versions_here())
    if name not in _held:
        import ray

        _held.clear()
        _held[name] = ray.get(held[0])
    return work(_held[name], job)
