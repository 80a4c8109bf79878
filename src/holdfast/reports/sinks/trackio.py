"""Trackio: a tracker on this machine. Nothing is sent anywhere, whatever stands in the environment."""

from __future__ import annotations

import io
from contextlib import contextmanager, redirect_stdout
from importlib import import_module
from typing import TYPE_CHECKING, Any

from holdfast.reports.sinks.board import Board
from holdfast.reports.sinks.environment import environment

if TYPE_CHECKING:
    from collections.abc import Iterator

# These make `trackio.init` send figures to a Space or a server, which the recipe does not name.
_ELSEWHERE = dict.fromkeys(
    ("TRACKIO_SPACE_ID", "TRACKIO_SERVER_URL", "TRACKIO_BUCKET_ID", "TRACKIO_WEBHOOK_URL")
)


def trackio(project: str) -> Board:
    """Trackio.

    Args:
        project: The project over there.
    """
    return Board(
        project,
        module=lambda: import_module("trackio"),
        # No dashboard in a notebook, and no thread that looks at the machine.
        options=lambda run: {
            "embed": False,
            "auto_log_gpu": False,
            "auto_log_cpu": False,
            "config": {"holdfast_run": run.id},
        },
        steps=True,
        around=_at_home,
    )


@contextmanager
def _at_home() -> Iterator[None]:
    hub: Any = import_module("huggingface_hub.constants")
    before = hub.HF_HUB_OFFLINE
    # It asks the Hub whose token lies on the machine, to write the name beside the run.
    hub.HF_HUB_OFFLINE = True
    try:
        # What a command prints is its result; a tracker's greeting is not.
        with environment(_ELSEWHERE), redirect_stdout(io.StringIO()):
            yield
    finally:
        hub.HF_HUB_OFFLINE = before
