"""What a history says, in sentences."""

from __future__ import annotations

from typing import TYPE_CHECKING

from holdfast.measures.reading import counted, percent

if TYPE_CHECKING:
    from holdfast.cycles.history.generation import Figure
    from holdfast.cycles.history.half_lives import HalfLife
    from holdfast.cycles.history.history import History, Skill

_NAMED = 3


def sentence(history: History) -> str:
    """The answer in one sentence."""
    last = history.generations[-1].name
    if len(history.generations) == 1:
        return f"{last} stands alone: a history needs two generations."
    dropped, thinned = history.dropped, history.thinned
    if dropped or thinned:
        parts = []
        if dropped:
            first = dropped[0]
            best = history.generations[first.last.compared.best or 0].name
            many = (
                f"in {len(dropped)} of {counted(history.compared, 'figure')}, most surely in "
                if len(dropped) > 1
                else "in "
            )
            parts.append(f"{many}“{first.series.first.task}”: {amount(first)} worse than {best}")
        if thinned:
            shown = ", ".join(thinned[:_NAMED]) + (
                f" and {len(thinned) - _NAMED} more" if len(thinned) > _NAMED else ""
            )
            parts.append(("and " if dropped else "") + f"the share of {shown} falls away from reality")
        start = f"{last} has lost ground " if dropped else f"{last} has lost ground: "
        return f"{start}{', '.join(parts)}."
    if history.verdict == "undetermined":
        return f"Nothing of {last} can be compared with an earlier generation."
    if history.verdict == "warn":
        places = {entry.at for entry in history.thinnings if entry.alarm} | {
            at
            for skill in history.skills
            for at, judged in enumerate(skill.judged)
            if judged.state == "dropped"
        }
        names = ", ".join(history.generations[at].name for at in sorted(places))
        return f"{last} has not surely lost anything; {names} had."
    what = counted(history.compared, "figure") if history.compared else "all shares of strata"
    return f"{last} has not surely lost anything in {what} that could be compared."


def title(skill: Skill) -> str:
    """What a series is called."""
    return title_of(skill.series.first)


def title_of(figure: Figure) -> str:
    """What a figure is called: the task, and the metric where the task does not say it."""
    if figure.harness.startswith("holdfast"):
        return f"{figure.task} ({figure.unit})" if figure.group == "strata" else figure.task
    extra = ", ".join(part for part in (figure.metric, figure.filter) if part)
    return f"{figure.task} ({extra})"


def difference(value: float, *, percents: bool) -> str:
    """A difference as people write it.

    >>> difference(0.031, percents=True), difference(-0.0421, percents=False)
    ('3.1 points', '-0.042')
    """
    return f"{100 * value:.1f} points" if percents else f"{value:.2g}"


def amount(skill: Skill) -> str:
    """How far the newest generation fell."""
    drop = skill.last.compared.drop
    first = skill.series.first
    unit = f" {first.unit}" if first.unit == "bits per byte" else ""
    return "" if drop is None else difference(drop, percents=first.percent) + unit


def fate(life: HalfLife) -> str:
    """What is known of the future of a stratum, in a sentence."""
    if life.state == "falls" and life.half_life is None and life.high is not None:
        return f"gone: half is lost within {life.high:.1f} generations"
    if life.state == "falls" and life.half_life is not None:
        high = "no bound" if life.high is None else f"{life.high:.1f}"
        low = "0" if life.low is None else f"{life.low:.1f}"
        kept = "" if life.kept is None else f"; one generation keeps {percent(life.kept)}"
        return f"half is gone after {life.half_life:.1f} generations ({low} to {high}){kept}"
    if life.state == "grows":
        return "its share surely grows"
    bound = (
        "no bound is known yet"
        if life.longer_than is None
        else f"half-life above {life.longer_than:.1f} generations with 95 %"
    )
    return f"no decline seen; {bound}{needs(life)}"


def needs(life: HalfLife) -> str:
    """What it would take to see a half-life of ten generations."""
    ways = []
    if life.needed_generations is not None:
        ways.append(f"{life.needed_generations} generations")
    if life.needed_rows is not None:
        ways.append(f"{life.needed_rows:,} rows in each")
    return f"; a half-life of 10 would show in {' or '.join(ways)}" if ways else ""
