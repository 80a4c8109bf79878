"""The JSON form of a history: `holdfast.history/1`."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from holdfast.cycles.history.wording import fate, title
from holdfast.version import __version__

if TYPE_CHECKING:
    from holdfast.cycles.history.generation import Figure
    from holdfast.cycles.history.history import History, Judged, Skill

SCHEMA = "holdfast.history/1"


def plain(history: History) -> dict[str, Any]:
    """As plain data; what is not known is None."""
    return {
        "schema": SCHEMA,
        "holdfast_version": __version__,
        "verdict": history.verdict,
        "exit_code": history.exit_code,
        "sentence": history.sentence,
        "alpha": history.alpha,
        "seed": history.seed,
        "compared": history.compared,
        "generations": [
            {"name": entry.name, "files": list(entry.files), "notes": list(entry.notes)}
            for entry in history.generations
        ],
        "series": [_series(skill, history) for skill in history.skills],
        "shares": [
            {
                "stratum": life.stratum,
                "strata": life.strata,
                "state": life.state,
                "sentence": fate(life),
                "shares": list(life.shares),
                "rows": list(life.counts),
                "kept": life.kept,
                "half_life": life.half_life,
                "interval": [life.low, life.high] if life.state == "falls" else None,
                "longer_than": life.longer_than,
                "p_value": life.p_value,
                "needed_generations": life.needed_generations,
                "needed_rows": life.needed_rows,
                "alarms": [
                    history.generations[entry.at].name
                    for entry in history.thinnings
                    if entry.alarm and entry.stratum == life.stratum
                ],
            }
            for life in history.fates.half_lives
        ],
        "drift": history.fates.drift,
        "notes": list(history.fates.notes),
    }


def _series(skill: Skill, history: History) -> dict[str, Any]:
    series = skill.series
    first = series.first
    return {
        "title": title(skill),
        "group": first.group,
        "task": first.task,
        "metric": first.metric,
        "filter": first.filter,
        "unit": first.unit,
        "percent": first.percent,
        "higher_is_better": series.higher_is_better,
        "state": skill.last.state,
        "points": [
            None if figure is None else _point(figure, judged, history)
            for figure, judged in zip(series.figures, skill.judged, strict=True)
        ],
    }


def _point(figure: Figure, judged: Judged, history: History) -> dict[str, Any]:
    compared = judged.compared
    names = [entry.name for entry in history.generations]
    return {
        "generation": names[compared.at],
        "value": figure.value,
        "interval": None if figure.low is None else [figure.low, figure.high],
        "rows": figure.rows,
        "reality": None if figure.reality is None else asdict(figure.reality),
        "verdict": figure.verdict,
        "notes": list(figure.notes),
        "state": judged.state,
        "against": None if compared.best is None else names[compared.best],
        "paired": compared.paired,
        "items": compared.items,
        "drop": compared.drop,
        "drop_interval": None if compared.low is None else [compared.low, compared.high],
        "p_value": compared.p_value,
        "p_anytime": judged.p_anytime,
        "smallest_drop": judged.smallest,
        "reason": compared.reason,
        "not_compared_with": [
            {"generation": names[entry.earlier], "reasons": list(entry.reasons)} for entry in compared.refused
        ],
        "file": figure.file,
    }
