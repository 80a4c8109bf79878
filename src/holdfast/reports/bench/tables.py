"""The bench in Markdown: the tables of the page, for a README or a pull request."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from holdfast.pages.inert import LABEL, inert
from holdfast.reports.bench import figures as f

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

_MARKS = re.compile(r"([\\`*_{}\[\]<>#|!&~$@])")


def render(table: Mapping[str, Any]) -> str:
    """Render the bench as Markdown.

    Args:
        table: Plain data of `holdfast.bench/1`.
    """
    found = table["detectors"]
    blocks = ["# Detector benchmark", *_worlds(table)]
    if not found:
        blocks.append("No detector has looked yet.")
    else:
        blocks += ["## Detectors", _grid(*_main(table))]
    if f.names(found, "controls"):
        blocks += ["## Controls: alarms", _grid(*_controls(found))]
    if any(detector["power"] for detector in found):
        blocks += [
            f"## Power at a harm of {f.share(table['harms'][len(table['harms']) // 2])} of rare recall",
            _grid(*_power(table)),
        ]
    if any(detector["f1_by_cause"] for detector in found):
        blocks += ["## Causes: F1", _grid(*_causes(found))]
    if table["failures"]:
        blocks += ["## What broke", "\n".join(_failures(table))]
    return "\n\n".join(blocks) + "\n"


def _worlds(table: Mapping[str, Any]) -> list[str]:
    rows = [
        [
            _plain(world["corpus"]),
            f"{world['anchor_rows']:,}",
            f"{world['rows']:,}",
            f"{world['null_draws']:,}",
            str(world["draws"]),
            ", ".join(f"{severity:g}" for severity in world["severities"]) or f.NONE,
        ]
        for world in table["worlds"]
    ]
    return [_grid(["corpus", "anchor", "candidate", "null draws", "draws", "severities"], rows)]


def _main(table: Mapping[str, Any]) -> tuple[list[str], list[list[str]]]:
    harms = table["harms"]
    head = ["detector", "false alarms, own rule"]
    head += [f"worst scenario, harm ≥ {f.share(harm)}" for harm in reversed(harms)]
    head += ["mean", "AUC early", "AUC", "with harm, pooled", "within", "strata F1", "causes F1", "seconds"]
    rows = []
    for detector in table["detectors"]:
        naming = detector["naming"]
        rows.append(
            [
                _plain(detector["name"]),
                f.bound(detector["false_alarms"]),
                *(f.worst(f.at(detector, harm)) for harm in reversed(harms)),
                f.mean(f.at(detector, harms[len(harms) // 2])),
                f.two(detector["auc_early"]),
                f.two(detector["auc"]),
                f.agreement(detector, "pooled"),
                f.agreement(detector, "within"),
                f.two(None if naming is None else naming["f1"]),
                f.two(detector["cause_f1"]),
                f.seconds(detector["seconds"]),
            ]
        )
    return head, rows


def _controls(found: Sequence[Mapping[str, Any]]) -> tuple[list[str], list[list[str]]]:
    names = sorted(f.names(found, "controls"))
    rows = [
        [_plain(detector["name"]), *(f.hits(detector["controls"].get(name)) for name in names)]
        for detector in found
    ]
    return ["detector", *names], rows


def _power(table: Mapping[str, Any]) -> tuple[list[str], list[list[str]]]:
    harm = table["harms"][len(table["harms"]) // 2]
    powers = [(detector["name"], f.at(detector, harm)) for detector in table["detectors"]]
    known = [power for _, power in powers if power is not None]
    names = f.names(known, "by_scenario")
    rows = [
        [_plain(name), *(f.hits(power["by_scenario"].get(scenario)) for scenario in names)]
        for name, power in powers
        if power is not None
    ]
    return ["detector", *names], rows


def _causes(found: Sequence[Mapping[str, Any]]) -> tuple[list[str], list[list[str]]]:
    names = sorted(f.names(found, "f1_by_cause"))
    rows = [
        [
            _plain(detector["name"]),
            f.two(detector["cause_f1"]),
            *(f.two(detector["f1_by_cause"].get(name)) for name in names),
            f.bound(detector["false_causes"]),
        ]
        for detector in found
        if detector["f1_by_cause"]
    ]
    return ["detector", "macro", *(_plain(name) for name in names), "named on null draws"], rows


def _failures(table: Mapping[str, Any]) -> Iterable[str]:
    for failure in table["failures"]:
        yield f"- {_plain(failure['part'])}: {failure['count']:,} times; {_plain(failure['reasons'][0], 300)}"


def _grid(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines)


def _plain(text: str, limit: int = LABEL) -> str:
    """A stranger's words on one line, in which nothing is Markdown, HTML, a mention or a link."""
    shown = _MARKS.sub(r"\\\1", inert(text, limit=limit))
    return shown.replace("://", ":\\//").replace("www.", "www\\.")
