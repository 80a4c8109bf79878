"""How torch is set while a learner learns: so that the same seed gives the same bytes, and as it was afterwards."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from holdfast.errors import MissingExtra

if TYPE_CHECKING:
    from collections.abc import Iterator


def need_torch(what: str, extra: str = "models") -> Any:
    """The package torch.

    Raises:
        MissingExtra: It is not installed.
    """
    try:
        import torch
    except ImportError as error:
        raise MissingExtra(
            f"{what} needs torch, and it is not there: {error}",
            do=f"Install it: pip install 'holdfast[{extra}]'",
        ) from error
    return torch


def pick_device(asked: str | None) -> str:
    """The device that was asked for, or the GPU where there is one."""
    import torch

    return asked or ("cuda" if torch.cuda.is_available() else "cpu")


@contextmanager
def steady(device: str, threads: int) -> Iterator[None]:
    """Fixes the threads and, on the CPU, the algorithms; both are as before afterwards.

    Sums are cut into as many parts as there are threads: another number of them gives other bytes. On a GPU nothing is promised.
    """
    import torch

    before = torch.get_num_threads()
    strict = torch.are_deterministic_algorithms_enabled()
    only_warn = torch.is_deterministic_algorithms_warn_only_enabled()
    torch.set_num_threads(threads)
    if device == "cpu":
        torch.use_deterministic_algorithms(True)
    try:
        yield
    finally:
        torch.set_num_threads(before)
        torch.use_deterministic_algorithms(strict, warn_only=only_warn)
