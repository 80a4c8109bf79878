"""`holdfast reward`: hold rewards of a model in training against people."""

from __future__ import annotations

import click

from holdfast.cli.output import complain, has_color, plain, say, terminal_width, write_json
from holdfast.cli.progress import Progress
from holdfast.cli.targets import check_targets


@click.command(short_help="Do rewards follow people, or only the judge?")
@click.argument("log")
@click.option("--anchor", metavar="FOLDER", help="A frozen anchor of people's labels.")
@click.option("--real", metavar="FILE", help="Pairs that people labelled, instead of --anchor.")
@click.option("--judge", metavar="FILE", help="Labels by the judge that training used.")
@click.option(
    "--judge-name",
    metavar="NAME",
    help="That judge among the annotators. By default all of --judge that are no people.",
)
@click.option("--beta", type=float, help="Of implicit rewards, where the log does not give it.")
@click.option("--json", metavar="FILE", help="Write everything as JSON (- is standard output).")
@click.option("--seed", type=click.IntRange(min=0), default=0, show_default=True, help="Seed of all draws.")
@click.option("--quiet", is_flag=True, help="No progress.")
@click.option(
    "--color/--no-color", default=None, help="Colour on standard output. By default where it is a terminal."
)
def reward(
    log: str,
    *,
    anchor: str | None,
    real: str | None,
    judge: str | None,
    judge_name: str | None,
    beta: float | None,
    json: str | None,
    seed: int,
    quiet: bool,
    color: bool | None,
) -> int:
    """Hold LOG, the rewards of a model in training on pairs of an anchor, against people's labels of them.

    \b
    holdfast reward log.jsonl --anchor human_prefs/ --judge train_judge_labels.jsonl

    A row of the log is one pair at one step: pair_id (or prompt, chosen, rejected), step, and reward_chosen and reward_rejected, or
    log probabilities under the model and the reference.

    Exit codes: 0 nothing alarms, or a warning, 1 the reward goes on rising while people like it less, 2 bad input, 3 cannot be told.
    """  # noqa: D301 - click reads the backspace as "leave these lines as they are"
    from holdfast.audits.reward import audit_rewards
    from holdfast.reports.reward import render_rewards

    check_targets({"json": json}, [path for path in (log, real, judge) if path is not None], anchor)
    with Progress(quiet=quiet) as progress:
        found = audit_rewards(
            log,
            anchor=anchor,
            real=real,
            judge=judge,
            judge_name=judge_name,
            beta=beta,
            seed=seed,
            progress=progress,
        )
    body = found.plain()
    if json is not None:
        write_json(body, json)
    if json != "-":
        say(render_rewards(body, width=terminal_width(), color=has_color(color)), nl=False)
        if json is not None:
            complain(f"json: {plain(json)}")
    return found.exit_code
