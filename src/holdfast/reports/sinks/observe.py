"""Opening sinks, and telling them what is on record and they do not know yet.

What goes out is a function of the journal. A sink that joins late, or that a kill left behind, is told the rest the next time a cycle
runs; nothing is told twice, for what each sink was told stands in a file beside the journal.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass, field
from hashlib import sha256
from importlib.util import find_spec
from typing import TYPE_CHECKING

from holdfast.cycles.journal import Journal
from holdfast.data.write import write_text_atomic
from holdfast.errors import MissingExtra, unknown
from holdfast.reports.sinks.figures import Kept, figures
from holdfast.reports.sinks.jsonl import Jsonl
from holdfast.reports.sinks.mlflow import Mlflow
from holdfast.reports.sinks.sink import Run
from holdfast.reports.sinks.trackio import trackio
from holdfast.reports.sinks.wandb import wandb

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from pathlib import Path

    from holdfast.audits import Audit
    from holdfast.cycles.journal import Event
    from holdfast.cycles.observer import Outcome
    from holdfast.cycles.stages.stage import Done
    from holdfast.reports.sinks.figures import Found
    from holdfast.reports.sinks.sink import Sink

JSONL = "metrics.jsonl"
_OWN = ".holdfast"
_SAID = 400
_TRACKERS: dict[str, Callable[[str], Sink]] = {"mlflow": Mlflow, "trackio": trackio, "wandb": wandb}


@dataclass(slots=True, kw_only=True)
class Outlet:
    """A sink, and what it was told.

    Attributes:
        name: What it is called in messages.
        told: The file that says so; of the sink of lines it is the sink itself.
        sink: The sink, or None where that file is all there is.
        open: Whether the run is open over there.
        dead: Whether it failed; nothing goes to it any longer.
    """

    name: str
    told: Jsonl
    sink: Sink | None = None
    open: bool = False
    dead: bool = False


@dataclass(slots=True, kw_only=True)
class Sinks:
    """Tells sinks what happens: an observer of the loop.

    Attributes:
        project: The project's folder.
        run: The run that its cycles are.
        outlets: Where figures go.
        complain: Called once for each sink that fails.
    """

    project: Path
    run: Run
    outlets: Sequence[Outlet]
    complain: Callable[[str], None]
    _intervals: dict[tuple[int, str], tuple[float, float]] = field(default_factory=dict)

    def gate(self, cycle: int, event: Event, audit: Audit | None) -> None:
        """A gate has spoken."""
        del event
        for outcome in () if audit is None else audit.outcomes:
            if outcome.reading is not None and outcome.reading.interval is not None:
                self._intervals[cycle, outcome.measure.name] = outcome.reading.interval
        self.catch_up(0, cycle)

    def stage(self, cycle: int, done: Done) -> None:
        """A stage is done."""
        del done
        self.catch_up(0, cycle)

    def cycle(self, cycle: int, outcome: Outcome) -> None:
        """A cycle has ended, or waits."""
        self.catch_up(0, cycle)
        for outlet in self.outlets:
            if outlet.open and not outlet.dead:
                self._tried(outlet, lambda sink: sink.end(outcome))
                outlet.open = False

    def catch_up(self, *cycles: int) -> None:
        """Tells every sink what it does not know yet.

        Args:
            cycles: Of these cycles; without any, of all.
        """
        living = [outlet for outlet in self.outlets if not outlet.dead]
        try:
            found = self._found(cycles)
        except Exception as error:  # noqa: BLE001 - whatever a stage left, the loop goes on
            self._give_up(living, "all", error)
            return
        for outlet in living:
            self._tell(outlet, found)

    def _found(self, cycles: Sequence[int]) -> Found:
        journal = Journal(self.project / _OWN / "project.sqlite")
        try:
            events = [event for cycle in cycles for event in journal.events(cycle=cycle)]
            return figures(events if cycles else journal.events(), self.project, self._intervals)
        finally:
            journal.close()

    def _tell(self, outlet: Outlet, found: Found) -> None:
        if not outlet.open:
            self._tried(outlet, lambda sink: sink.start(self.run))
            outlet.open = not outlet.dead
        if outlet.dead:
            return
        known = outlet.told.known()
        for key, value in found.items():
            plain = value.digest if isinstance(value, Kept) else value
            if key in known and known[key] == plain:
                continue
            step, name = key
            if isinstance(value, Kept):
                kept = value
                self._tried(
                    outlet,
                    lambda sink: sink.artifact(kept.path, kept.digest, role=kept.role, step=step),  # noqa: B023 - called at once
                )
            else:
                self._tried(outlet, lambda sink: sink.metric(name, value, step))  # noqa: B023 - called at once
            if outlet.dead:
                return

    def _tried(self, outlet: Outlet, what: Callable[[Sink], None]) -> None:
        """Does it, first over there and then in the file that says what was told."""
        try:
            if outlet.sink is not None:
                what(outlet.sink)
            what(outlet.told)
        except Exception as error:  # noqa: BLE001 - whatever a tracker does, the loop goes on
            self._give_up([outlet], outlet.name, error)

    def _give_up(self, outlets: Sequence[Outlet], name: str, error: Exception) -> None:
        for outlet in outlets:
            outlet.dead = True
        if outlets:
            said = " ".join(f"{type(error).__name__}: {error}".split())[:_SAID]
            self.complain(f"sinks: {name}: no figures go there any longer: {said}")


def open_sinks(names: Mapping[str, str], project: Path, complain: Callable[[str], None]) -> Sinks:
    """Opens the sinks of a recipe. Lines of JSON are always written, to `metrics.jsonl` where nothing else is said.

    Args:
        names: Where figures go, by kind: a file (`jsonl`), the name of an experiment (`mlflow`) or project (`trackio`, `wandb`).
        project: The project's folder.
        complain: Called once for each sink that fails; the loop goes on.

    Raises:
        MissingExtra: A package is not there. It is said before anything is trained.
        UsageError: There is no such sink.
    """
    for name in names:
        if name != "jsonl" and name not in _TRACKERS:
            raise unknown("sink", name, ["jsonl", *_TRACKERS])
        if name in _TRACKERS and find_spec(name) is None:
            raise MissingExtra(
                f"{name} is not installed",
                where=f"[sinks] {name}",
                do=f"pip install 'holdfast[{'track' if name == 'trackio' else name}]', or leave the line out",
            )
    own = project / _OWN / "sinks"
    outlets = [Outlet(name="jsonl", told=Jsonl(project / names.get("jsonl", JSONL)))]
    for name, target in names.items():
        if name in _TRACKERS:
            # Another target is another listener: it is told everything.
            told = own / f"{name}-{sha256(target.encode()).hexdigest()[:8]}.jsonl"
            outlets.append(Outlet(name=name, told=Jsonl(told), sink=_TRACKERS[name](target)))
    run = Run(id=_identity(own), name=project.resolve().name)
    found = Sinks(project=project, run=run, outlets=outlets, complain=complain)
    found.catch_up()
    return found


def _identity(own: Path) -> str:
    """What the project is called over there: it stays the same when its folder is moved or copied."""
    file = own / "run"
    try:
        return file.read_text(encoding="ascii").strip()
    except FileNotFoundError:
        own.mkdir(parents=True, exist_ok=True)
        write_text_atomic(file, secrets.token_hex(8) + "\n")
        return file.read_text(encoding="ascii").strip()
