"""`holdfast cycle`: the loop, and what people decide about it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from holdfast.cli.options import Verbs, Word
from holdfast.cli.output import complain, plain, say, terminal_width, write_json
from holdfast.cli.progress import Progress

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from holdfast.cycles.loop import Turned

_CODES = {"accepted": 0, "stopped": 1, "waiting": 3}
_STAGES = ["generate", "filter", "blend", "train", "evaluate"]


def _project(command: Callable[..., Any]) -> Callable[..., Any]:
    return click.option(
        "--project", metavar="FOLDER", default=".", help="The project's folder; by default this one."
    )(command)


def _person(command: Callable[..., Any]) -> Callable[..., Any]:
    for option in (
        click.option("--reason", metavar="TEXT", required=True, help="Why; kept with the name and the time."),
        click.option("--by", metavar="NAME", required=True, help="Who decides."),
    ):
        command = option(command)
    return command


@click.group(cls=Verbs, short_help="Run gated cycles: generate, filter, blend, train, evaluate.")
def cycle() -> None:
    """The loop behind gates: generate, filter, blend, gate, train, evaluate, gate.

    Exit codes: 0 accepted, 1 a gate stopped the cycle, 2 bad input or a broken stage, 3 a person is asked.
    """


@cycle.command(short_help="Begin cycles, until a gate or the recipe ends it.")
@_project
@click.option(
    "--cycles",
    metavar="N",
    type=click.IntRange(min=1),
    help="No more than these now; by default all that the recipe has left.",
)
@click.option("--quiet", is_flag=True, help="No progress.")
def run(project: str, *, cycles: int | None, quiet: bool) -> int:
    """Begin cycles, one after the other, until the recipe's are done or one does not pass.

    \b
    holdfast cycle run --cycles 1
    """  # noqa: D301 - click reads the backspace as "leave these lines as they are"
    from holdfast.cycles.loop import run as go
    from holdfast.cycles.project import open_project

    with open_project(project, work=True) as opened, Progress(quiet=quiet) as progress:
        found = go(opened, cycles=cycles, observers=_observers(opened), progress=progress)
    for one in found:
        _describe(one)
    return _CODES[found[-1].outcome]


@cycle.command(short_help="Go on with a cycle that has not ended.")
@_project
@click.option(
    "--again",
    type=Word(_STAGES),
    multiple=True,
    help="Do this stage anew, and those behind it, although it is done; may be given again.",
)
@click.option("--quiet", is_flag=True, help="No progress.")
def resume(project: str, *, again: tuple[str, ...], quiet: bool) -> int:
    """Go on where a cycle was interrupted, or where it waited for a person. What is done is not done again."""
    from holdfast.cycles.loop import resume as go
    from holdfast.cycles.project import open_project

    with open_project(project, work=True) as opened, Progress(quiet=quiet) as progress:
        found = go(opened, again=again, observers=_observers(opened), progress=progress)
    _describe(found)
    return _CODES[found.outcome]


@cycle.command(short_help="Where the project stands.")
@_project
@click.option("--verify", is_flag=True, help="Read every sealed file again.")
@click.option("--json", metavar="FILE", help="Write it as JSON (- is standard output).")
def status(project: str, *, verify: bool, json: str | None) -> int:
    """Say what counts, what each cycle came to, and what waits for whom."""
    from holdfast.cycles.project import open_project
    from holdfast.cycles.status import status as ask

    with open_project(project) as opened:
        found = ask(opened, verify=verify)
    if json is not None:
        write_json(found, json)
    if json != "-":
        _describe_status(found)
    return 1 if found["problems"] else 0


@cycle.command(short_help="What happened, event by event.")
@_project
@click.option("--cycle", "number", metavar="N", type=click.IntRange(min=0), help="Of this cycle only.")
@click.option("--json", metavar="FILE", help="Write it as JSON (- is standard output).")
def log(project: str, *, number: int | None, json: str | None) -> int:
    """List what happened: stages, verdicts, what people decided, what counted when."""
    from dataclasses import asdict

    from holdfast.cycles.project import open_project
    from holdfast.cycles.status import told

    with open_project(project) as opened:
        events = opened.journal.events(cycle=number)
    if json is not None:
        write_json([asdict(event) for event in events], json)
    if json != "-":
        for event in events:
            place = f"cycle {event.cycle}" if event.cycle is not None else "project"
            say(f"{event.at[:19].replace('T', ' ')}  {place:<9}  {plain(told(event))}")
    return 0


@cycle.command(short_help="Say yes where a gate asks for a person.")
@_project
@_person
def approve(project: str, *, by: str, reason: str) -> int:
    """Say yes at the gate that waits. A gate that failed waits for nobody."""
    from holdfast.cycles.people import approve as act
    from holdfast.cycles.project import open_project

    with open_project(project, work=True) as opened:
        event = act(opened, by=by, reason=reason)
    say(f"cycle {event.cycle}: {event.stage} approved by {plain(by)}. Next: holdfast cycle resume")
    return 0


@cycle.command(short_help="Give the open cycle up.")
@_project
@_person
def reject(project: str, *, by: str, reason: str) -> int:
    """Give the open cycle up. What counted before it counts on; the next cycle makes new rows."""
    from holdfast.cycles.people import reject as act
    from holdfast.cycles.project import open_project

    with open_project(project, work=True) as opened:
        event = act(opened, by=by, reason=reason)
    say(f"cycle {event.cycle} given up by {plain(by)}. Next: holdfast cycle run")
    return 0


@cycle.command(short_help="Pass a gate that failed, until a day.")
@_project
@_person
@click.option("--until", metavar="DAY", required=True, help="The last day on which it holds, as 2027-01-31.")
def waive(project: str, *, by: str, reason: str, until: str) -> int:
    """Let a cycle pass a gate that failed. Behind that day nothing is built on it until it is waived anew."""
    from holdfast.cycles.people import waive as act
    from holdfast.cycles.project import open_project

    with open_project(project, work=True) as opened:
        event = act(opened, by=by, reason=reason, until=until)
    say(
        f"cycle {event.cycle}: {event.stage} waived by {plain(by)} until {event.body['until']}. Next: holdfast cycle resume"
    )
    return 0


@cycle.command(short_help="Make an earlier snapshot count again.")
@click.argument("snapshot")
@_project
@_person
@click.option("--dry-run", is_flag=True, help="Only say what would be withdrawn.")
def rollback(snapshot: str, *, project: str, by: str, reason: str, dry_run: bool) -> int:
    """Make SNAPSHOT (digits of its hash, `cycle-3`, or `start` for none) count again, and name every later snapshot and model that saw what is withdrawn.

    \b
    holdfast cycle rollback cycle-2 --by ada --reason "cycle 3 lost the refunds"
    """  # noqa: D301 - click reads the backspace as "leave these lines as they are"
    from holdfast.cycles.project import open_project
    from holdfast.cycles.rollback import rollback as act
    from holdfast.cycles.rollback import withdrawn

    with open_project(project, work=True) as opened:
        found = withdrawn(opened, snapshot) if dry_run else act(opened, snapshot, by=by, reason=reason)
    to = "the start" if found.to is None else found.to[7:23]
    before = "nothing" if found.before is None else found.before[7:23]
    say(f"{'would count again' if dry_run else 'counts again'}: {to}, in place of {before}")
    say(f"withdrawn: {found.rows:,} rows")
    for one in found.snapshots:
        say(f"  snapshot  {one[7:23]}")
    for model in found.models:
        say(f"  model     {plain(model['name'])}, cycle {model['cycle']}, {plain(model['where'])}")
    if not found.models:
        say("  no model was trained on them")
    return 0


@cycle.command(short_help="Fetch a snapshot from where copies are kept.")
@click.argument("snapshot")
@_project
def restore(snapshot: str, *, project: str) -> int:
    """Fetch SNAPSHOT, by its hash, from where the recipe keeps copies; a damaged one is replaced once its copy is known to be what was sealed."""
    from holdfast.cycles.copies import restore as act
    from holdfast.cycles.project import open_project

    with open_project(project, work=True) as opened:
        found = act(opened, snapshot)
    say(f"{found.hash[7:23]}: {found.rows:,} rows, as they were sealed")
    return 0


@cycle.command(short_help="Remove snapshots that nothing needs.")
@_project
@click.option("--by", metavar="NAME", help="Who removes them. Without it they are only listed.")
def gc(project: str, *, by: str | None) -> int:
    """List snapshots that neither count, nor led to one that does, nor were trained on by a model that is there; remove them where --by says who."""
    from holdfast.cycles.project import open_project
    from holdfast.cycles.rollback import remove_unneeded, unneeded

    with open_project(project, work=True) as opened:
        gone = [one.hash for one in unneeded(opened)] if by is None else remove_unneeded(opened, by=by)
    for one in gone:
        say(f"{'not needed' if by is None else 'removed'}  {one[7:23]}")
    if not gone:
        say("everything is needed")
    elif by is None:
        say("\n--by NAME removes them")
    return 0


def _observers(project: Any) -> list[Any]:
    from holdfast.reports.sinks import GatePages, open_sinks

    def tell(text: str) -> None:
        complain(plain(text))

    return [
        open_sinks(project.recipe.sinks, project.folder, tell),
        GatePages(project=project.folder, complain=tell),
    ]


def _describe(found: Turned) -> None:
    say(
        f"cycle {found.cycle}: {found.outcome}{'' if found.gate is None else f' at {found.gate}'}. {plain(found.reason)}"
    )
    if found.snapshot is not None:
        say(f"  snapshot {found.snapshot[7:23]}")
    if found.outcome == "waiting":
        complain(
            "Next: holdfast cycle approve --by NAME --reason TEXT, or reject; then holdfast cycle resume"
        )
    if found.outcome == "stopped":
        complain(
            "Next: holdfast cycle reject --by NAME --reason TEXT, or waive it until a day; holdfast cycle log says what happened"
        )


def _describe_status(found: Mapping[str, Any]) -> None:
    now = found["current"]
    say(
        f"anchor   {plain(found['anchor']['name'])}, {', '.join(f'{rows:,} {part}' for part, rows in found['anchor']['rows'].items())}"
    )
    if now is None:
        say("counts   nothing yet")
    else:
        model = plain(now["model"]["name"]) if now["model"] else "no model"
        say(f"counts   {now['snapshot'][7:23]}, cycle {now['cycle']}, {now['rows']:,} rows, {model}")
    from holdfast.reports.columns import wrap

    cycles: Sequence[Mapping[str, Any]] = found["cycles"]
    if cycles:
        say("\ncycle  data_gate     model_gate    outcome   snapshot          model")
    for one in cycles:
        words = [one["gates"].get(gate, {}).get("verdict", "-") for gate in ("data_gate", "model_gate")]
        say(
            f"{one['cycle']:>5}  {words[0]:<12}  {words[1]:<12}  {one['outcome']:<8}  {(one['snapshot'] or '-')[7:23] or '-':<16}  {plain(one['model'] or '-')}"
        )
    if found["open"] is not None:
        waits = found["waits"]
        say(
            f"\ncycle {found['open']} is open: "
            + (f"{waits['gate']}: {waits['reason']}" if waits else "holdfast cycle resume goes on with it")
        )
    for name, lines in found["gates"].items():
        say(f"\n{name}")
        for line in lines:
            for part in wrap(plain(line), terminal_width(), first="  - ", rest="    "):
                say(part)
    for problem in found["problems"]:
        complain(f"damaged: {plain(problem)}")
    if found["verified"] and not found["problems"]:
        say(f"\n{found['snapshots']} snapshots are what was sealed")
