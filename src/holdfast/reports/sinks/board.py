"""A board: a tracker that is spoken to with `init`, `log` and `finish`. Trackio and Weights & Biases are."""

from __future__ import annotations

import atexit
from contextlib import nullcontext
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from contextlib import AbstractContextManager

    from holdfast.reports.sinks.sink import Role, Run, Value

CYCLE = "cycle"


class Board:
    """A tracker with `init`, `log` and `finish`.

    Args:
        project: The project over there.
        module: Gives the tracker's module.
        options: Gives what else `init` is told about a run.
        steps: Whether a step can be gone back to. Where not, the cycle goes out as a figure that the others are drawn over.
        around: What surrounds the calls that open and close a run.
    """

    def __init__(
        self,
        project: str,
        *,
        module: Callable[[], Any],
        options: Callable[[Run], Mapping[str, Any]],
        steps: bool,
        around: Callable[[], AbstractContextManager[None]] = nullcontext,
    ) -> None:
        self._project = project
        self._module = module
        self._options = options
        self._steps = steps
        self._around = around
        self._over: Any = None
        self._run: Any = None

    def start(self, run: Run) -> None:
        """Opens the run, or goes on with it."""
        with self._around():
            if self._over is None:
                self._over = self._module()
            self._run = self._over.init(
                project=self._project, name=run.name, resume="allow", **self._options(run)
            )
        # Behind a stage that broke nobody ends the run, and trackers that do it themselves say so aloud.
        atexit.unregister(self._close)
        atexit.register(self._close)
        if not self._steps:
            self._run.define_metric(CYCLE)
            self._run.define_metric("*", step_metric=CYCLE)

    def metric(self, name: str, value: Value, step: int) -> None:
        """Logs a figure; what cannot be known is a gap."""
        if value is None:
            return
        if self._steps:
            self._run.log({name: value}, step=step)
        else:
            self._run.log({name: value, CYCLE: step})

    def artifact(self, path: str, digest: str, *, role: Role, step: int) -> None:
        """Logs where something lies and what it must be."""
        self.metric(f"{role}/path", path, step)
        self.metric(f"{role}/digest", digest, step)

    def end(self, verdict: str) -> None:
        """Closes the run until there is more."""
        del verdict
        self._close()

    def _close(self) -> None:
        if self._run is None:
            return
        self._run = None
        with self._around():
            self._over.finish()
