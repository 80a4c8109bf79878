"""`holdfast curate` where the candidate holds preference pairs: drop, or weigh, labels that lean away from people."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from holdfast.cli.options import sources
from holdfast.cli.output import plain, say
from holdfast.cli.preferences import refuse
from holdfast.cli.progress import Progress

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from holdfast.remedies.curate.preferences import LabelToll, PreferenceCuration

FOR_PAIRS = ("annotator", "annotator_type", "agents", "family", "judge_cap", "most", "swap")
"""Options that mean something for preference pairs only."""
FOR_ROWS = (
    *("score", "least_score", "budget", "mix", "joined", "tolerance", "on_tail"),
    *("encoder", "encoder_model", "text", "label", "id"),
)
"""Options that mean something for single records only."""
_COMMON = ("output", "filter", "without", "replace", "seed", "on_bad_row", "anchor")
_SHOWN = 10


def pair_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Options for preference pairs."""
    for option in reversed(
        (
            click.option(
                "--annotator", metavar="NAME", help="Pairs: who labelled the rows that name nobody."
            ),
            click.option(
                "--annotator-type",
                metavar="KIND",
                help="Pairs: what that is: human, ai_judge, reward_model, rule, implicit or unknown.",
            ),
            click.option(
                "--agents", metavar="FILE", help="Pairs: which model descends from which (agents.toml)."
            ),
            click.option(
                "--family",
                metavar="NAME",
                help="Pairs: the model whose relatives may win as often as among people's labels.",
            ),
            click.option(
                "--judge-cap",
                type=float,
                default=0.7,
                show_default=True,
                metavar="SHARE",
                help="Pairs: largest share of the labels that one model may give.",
            ),
            click.option(
                "--most",
                type=float,
                default=0.8,
                show_default=True,
                metavar="SHARE",
                help="Pairs: largest share of the judges' labels that one filter may take.",
            ),
            click.option(
                "--swap",
                is_flag=True,
                help="Pairs: write every kept label in both orders, and drop none for turning with it.",
            ),
        )
    ):
        command = option(command)
    return command


def curate_pairs(candidate: Any, *, real: Sequence[str], quiet: bool, options: Mapping[str, Any]) -> int:
    """Run the curation and print it; the exit code."""
    from holdfast.remedies.curate.preferences import curate_preferences

    refuse(FOR_ROWS, "preference pairs")
    given = {name: options[name] for name in (*FOR_PAIRS, *_COMMON)}
    with Progress(quiet=quiet) as progress:
        found = curate_preferences(
            candidate, real=sources(real) if real else None, progress=progress, **given
        )
    _describe(found)
    return 0


def _describe(found: PreferenceCuration) -> None:
    held = "the candidate's own human labels" if found.reality is None else plain(found.reality)
    say(
        f"{found.labels:,} labels of {found.pairs:,} pairs read, {len(found.kept):,} kept, {len(found.dropped):,} dropped; "
        f"people gave {found.people[0]:,} labels ({held}), {found.people[1]:,} labels of judges can be held against them"
    )
    for note in found.notes:
        say(f"note: {plain(note)}")
    say("\nfilter            labels taken           of those people share   of those they contradict")
    for step in found.steps:
        word = "" if step.decision == "acts" else f"  {step.decision}"
        say(
            f"{plain(step.name):<16}  {step.dropped:>7,} of {step.marked:<9,}  {_share(step.good):<22}  {_share(step.bad):<22}{word}".rstrip()
        )
        if step.why:
            say(f"                  {plain(step.why)}")
    if found.weighed is not None:
        _describe_weights(found)
    if found.by_author:
        say("\nauthors that lost most       before    after")
        for name, before, after in found.by_author[:_SHOWN]:
            say(f"  {plain(name)[:24]:<24}  {before:>7,}  {after:>7,}")
        if len(found.by_author) > _SHOWN:
            say(f"  ... and {len(found.by_author) - _SHOWN:,} more")
    before, after = found.prompts
    if after < before:
        say(f"\n{before - after:,} of {before:,} prompts are left without a label")
    if found.output is not None:
        say(
            f"\n{plain(str(found.output))}: data/kept.jsonl, dropped.parquet with reasons, curation.json, manifest.json"
        )


def _describe_weights(found: PreferenceCuration) -> None:
    weighed = found.weighed
    if weighed is None:
        return
    if weighed.effective is None:
        say(f"\nno weights: {plain(weighed.why or '')}")
        return
    say(
        f"\nweights of {weighed.labels:,} labels lie between {weighed.low:.2f} and {weighed.high:.2f}; together they are worth "
        f"{weighed.effective:,.0f} equally weighted ones"
    )
    for margin in weighed.margins:
        if "why" in margin:
            say(f"  {margin['name']}: left as it is, {margin['why']}")
            continue
        met = "" if margin["met"] else "  (out of the weights' reach)"
        say(
            f"  {margin['name']:<32}  {_percent(margin['before'])} % before, {_percent(margin['after'])} % after, people {_percent(margin['people'])} %{met}"
        )


def _share(toll: LabelToll | None) -> str:
    if toll is None or toll.share is None or toll.interval is None:
        return ""
    low, high = toll.interval
    return f"{_percent(toll.share)} % ({_percent(low)} to {_percent(high)} %)"


def _percent(value: float) -> str:
    return f"{100 * value:.1f}".removesuffix(".0")
