"""A page for every data gate: the report of its audit, beside the project's other files."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from holdfast.data.write import write_text_atomic

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from holdfast.audits import Audit
    from holdfast.cycles.journal import Event
    from holdfast.cycles.observer import Outcome
    from holdfast.cycles.stages.stage import Done

FOLDER = "reports"


@dataclass(frozen=True, slots=True, kw_only=True)
class GatePages:
    """Writes `reports/<cycle>-data_gate.html`: an observer of the loop.

    Attributes:
        project: The project's folder.
        complain: Called where a page cannot be written; the loop goes on.
    """

    project: Path
    complain: Callable[[str], None]

    def gate(self, cycle: int, event: Event, audit: Audit | None) -> None:
        """A gate has spoken; that of the data has an audit, unless its error rate was spent."""
        if audit is None or event.stage != "data_gate":
            return
        from holdfast.reports import render_html, summarise

        try:
            # Rows that judge are shown to nobody who makes the next ones.
            text = render_html(summarise(audit, show_text=False))
            (self.project / FOLDER).mkdir(exist_ok=True)
            write_text_atomic(self.project / FOLDER / f"{cycle:04d}-data_gate.html", text)
        except Exception as error:  # noqa: BLE001 - a page that fails is no reason to train nothing
            self.complain(f"the report of cycle {cycle}'s data gate was not written: {error}")

    def stage(self, cycle: int, done: Done) -> None:
        """A stage is done; it has no page."""

    def cycle(self, cycle: int, outcome: Outcome) -> None:
        """A cycle has ended; it has no page."""
