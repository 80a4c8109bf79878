"""`holdfast plan`: how much real data does this loop need?"""

from __future__ import annotations

import dataclasses
import textwrap
from typing import TYPE_CHECKING, Any

import click

from holdfast.cli.options import Word, reading_options, sources
from holdfast.cli.output import plain, say, terminal_width, write_json
from holdfast.cli.progress import Progress
from holdfast.cli.targets import check_targets
from holdfast.errors import UsageError

if TYPE_CHECKING:
    from holdfast.remedies.plan import Pick, Plan, Range

_SHOWN = 12


@click.command(short_help="How much real data does this loop need?")
@click.argument("candidate", nargs=-1)
@click.option("--real", multiple=True, metavar="FILE", help="Real rows; may be given again.")
@click.option("--anchor", metavar="FOLDER", help="A frozen anchor, instead of --real.")
@click.option(
    "--retention",
    type=float,
    default=0.9,
    show_default=True,
    metavar="SHARE",
    help="Share of every stratum that is to be kept.",
)
@click.option("--rounds", type=int, metavar="N", help="For so many rounds. By default for ever.")
@click.option(
    "--protocol",
    type=Word(["mix", "replace", "replay", "accumulate"]),
    default="mix",
    show_default=True,
    help="What the next model learns from: made rows and fresh real ones, made rows alone, made rows and the same "
    "real rows again, or everything so far.",
)
@click.option(
    "--real-share", type=float, metavar="SHARE", help="Judge this ratio. By default the planned one."
)
@click.option(
    "--budget",
    type=int,
    metavar="N",
    help="Try blends of all real rows with made ones, up to so many rows, on a cheap learner.",
)
@click.option(
    "--trained-on",
    multiple=True,
    metavar="FILE",
    help="The rows that the generator was trained on, where those are not like real rows; may be given again.",
)
@click.option(
    "--history",
    multiple=True,
    metavar="FILE",
    help="What plan --json wrote in an earlier round; may be given again, the oldest first.",
)
@click.option("--seed", type=click.IntRange(min=0), default=0, show_default=True, help="Seed of all draws.")
@click.option("--json", metavar="FILE", help="Write everything as JSON (- is standard output).")
@reading_options
def plan(
    candidate: tuple[str, ...],
    *,
    real: tuple[str, ...],
    trained_on: tuple[str, ...],
    json: str | None,
    quiet: bool,
    **options: Any,
) -> int:
    """Say how much real data a loop needs, from CANDIDATE: one generation, made as in production.

    \b
    holdfast plan made.jsonl --real real.jsonl
    holdfast plan made.jsonl --anchor anchor/ --real-share 0.1 --rounds 5
    holdfast plan made.jsonl --real real.jsonl --budget 2000

    Exit codes: 0 with a plan or where none is needed, 3 where it cannot be known.
    """  # noqa: D301 - click reads the backspace as "leave these lines as they are"
    from holdfast.remedies.plan import plan as run

    if not candidate:
        raise UsageError("there is nothing to plan with", do="Name a file with rows of one generation")
    check_targets({"json": json}, [*candidate, *real, *trained_on, *options["history"]], options["anchor"])
    with Progress(quiet=quiet) as progress:
        found = run(
            sources(candidate),
            real=sources(real) if real else None,
            trained_on=sources(trained_on) if trained_on else None,
            progress=progress,
            **options,
        )
    if json is not None:
        write_json({"schema": "holdfast.plan/1"} | dataclasses.asdict(found), json)
    if json != "-":
        _describe(found)
    return 3 if found.verdict == "refused" else 0


def _describe(found: Plan) -> None:
    say(_wrapped(found.sentence))
    if found.moved is not None:
        old, new = (
            "none" if share is None else _share(share) for share in (found.moved.before, found.moved.after)
        )
        say(_wrapped(f"Ratio: {old} in the last round, {new} now. {found.moved.why}"))
    fresh = found.fresh
    say("")
    say(
        _wrapped(
            f"A fresh real set of this size would have asked for {_share(fresh.median)} "
            f"({_share(fresh.low)} to {_share(fresh.high)}): the stratum that came out worst by chance."
        )
    )
    until = f"after {found.judged_rounds:,} round{'s' if found.judged_rounds > 1 else ''}"
    say(f"\nWith {_share(found.judged_share)} real rows, protocol {found.protocol}, {until}:")
    say(
        "  stratum                     real     made  one round keeps        retention              made rows x"
    )
    for stratum in found.strata[:_SHOWN]:
        quota = "none made" if stratum.quota is None else f"{stratum.quota.median:.2g}"
        mark = {"lost": "lost", "kept": "", "undetermined": "?"}[stratum.state]
        say(
            f"  {plain(stratum.name)[:24]:<24} {stratum.real:>7,}  {stratum.made:>7,}  {_range(stratum.survival):<21}"
            f"  {_range(stratum.retention):<21}  {quota:>9}  {mark}".rstrip()
        )
    if len(found.strata) > _SHOWN:
        say(f"  ... and {len(found.strata) - _SHOWN:,} more")
    thin = [stratum for stratum in found.strata if stratum.rows_needed is not None]
    if thin:
        needed = [stratum.rows_needed or 0 for stratum in thin]
        say("")
        say(
            _wrapped(
                f"? {len(thin):,} strata may or may not be losing: it would take {min(needed):,} to {max(needed):,} real rows "
                "of each to see it."
            )
        )
    say("")
    noise = found.noise
    say(
        _wrapped(
            f"Noise of finite rounds: {noise.error:.2f} times that of one round's real rows ({noise.said})."
        )
    )
    for note in found.notes:
        say(_wrapped(note))
    if found.trials is not None:
        _describe_trials(found.trials)


_HELPS = {
    "yes": "made rows help",
    "no": "no blend does better than real rows alone by anything that matters: made rows do not help",
    "undetermined": "whether made rows help cannot be told from chance with so few real rows",
}


def _describe_trials(pick: Pick) -> None:
    say("")
    say(
        _wrapped(
            f"Blends of {pick.real:,} real rows with made ones, examined on {pick.exam:,} real rows, each by a learner that had "
            f"not seen it: {_HELPS[pick.helps]}."
        )
    )
    say("  made rows  mix         loss    above the best")
    for trial in pick.trials:
        above = "" if not trial.worse else f"{trial.worse:.2g} (standard error {trial.error:.1g})"
        mark = "  picked" if (trial.made, trial.mix) == (pick.made, pick.mix) else ""
        say(f"  {trial.made:>9,}  {trial.mix or 'real alone':<10}  {trial.loss:.3f}   {above}{mark}".rstrip())
    if pick.made:
        say(_wrapped(f"Next: holdfast curate --budget {pick.made} --mix {pick.mix} --joined {pick.real}"))


def _wrapped(text: str) -> str:
    return textwrap.fill(plain(text), terminal_width())


def _share(value: float) -> str:
    return f"{100 * value:.0f} %"


def _range(values: Range) -> str:
    return f"{_share(values.median)} ({_share(values.low)[:-2]} to {_share(values.high)})"
