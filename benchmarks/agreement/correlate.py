"""Does a reading agree with harm? Spearman correlations with the measured accuracy ratio, in one table.

    python -m agreement.correlate out/agreement/{ours,peers,peers_joint,trivial}.json [--lower name] [--llm-only] [--without llm_div] [--families]

A readings file is {task: {set: value}} or {task: {set: {name: value}}}. "Within" is the mean over tasks with at least
three sets of the rank correlation inside the task, weighted by their sets; "pooled" is over all pairs. Intervals hold
95 % of 1,000 resamples of tasks (`--families`: of groups of tasks that share texts). Readings that are better when
smaller are turned, so that 1 is perfect. The last line is what a half of the measurement says of the other half; a
perfect reading would agree with the whole of it better than that (`ceiling`). Against published accuracies the last
line is what our own measurement says of them.
"""

from __future__ import annotations

import argparse
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from scipy.stats import rankdata

from agreement.readings import OUT

SMALLER_IS_BETTER = frozenset({"c2st_auc", "label_shares"})
LEAST_SETS = 3
RESAMPLES = 1_000


@dataclass(frozen=True, slots=True)
class Group:
    """One task's pairs: a reading and a ratio each."""

    task: str
    family: str
    reading: np.ndarray
    ratio: np.ndarray


@dataclass(frozen=True, slots=True)
class Line:
    """One line of the table."""

    source: str
    name: str
    pairs: int
    tasks: int
    within_tasks: int
    within: tuple[float, float, float]
    pooled: tuple[float, float, float]
    groups: list[Group]


def spearman(x: np.ndarray, y: np.ndarray) -> float:
    """Rank correlation; 0 where a side does not vary."""
    a, b = rankdata(x), rankdata(y)
    a, b = a - a.mean(), b - b.mean()
    size = float(np.sqrt((a @ a) * (b @ b)))
    return float(a @ b) / size if size > 0 else 0.0


def within(groups: list[Group]) -> float:
    """Mean correlation inside tasks, weighted by their sets."""
    large = [g for g in groups if len(g.ratio) >= LEAST_SETS]
    if not large:
        return float("nan")
    return float(
        np.average([spearman(g.reading, g.ratio) for g in large], weights=[len(g.ratio) for g in large])
    )


def pooled(groups: list[Group]) -> float:
    """Correlation over all pairs."""
    return spearman(np.concatenate([g.reading for g in groups]), np.concatenate([g.ratio for g in groups]))


def with_interval(statistic: Any, groups: list[Group], *, families: bool) -> tuple[float, float, float]:
    """A statistic with its bootstrap interval over tasks or families."""
    named: dict[Any, list[Group]] = {}
    for i, group in enumerate(groups):
        named.setdefault(group.family if families else i, []).append(group)
    units = list(named.values())
    rng = np.random.default_rng(0)
    values = [
        statistic([group for i in rng.integers(0, len(units), len(units)) for group in units[i]])
        for _ in range(RESAMPLES)
    ]
    low, high = np.nanpercentile(values, [2.5, 97.5])
    return statistic(groups), float(low), float(high)


def line(source: str, name: str, groups: list[Group], *, families: bool) -> Line:
    """One reading's line."""
    large = [group for group in groups if len(group.ratio) >= LEAST_SETS]
    return Line(
        source,
        name,
        sum(len(group.ratio) for group in groups),
        len(groups),
        len(large),
        with_interval(within, large, families=families),
        with_interval(pooled, groups, families=families),
        groups,
    )


def columns(readings: dict[str, dict[str, Any]], stem: str) -> dict[str, dict[tuple[str, str], float]]:
    """Readings by name, then by task and set."""
    found: dict[str, dict[tuple[str, str], float]] = {}
    for task, sets in readings.items():
        for key, value in sets.items():
            for name, number in (value if isinstance(value, dict) else {stem: value}).items():
                if number is not None and np.isfinite(number):
                    found.setdefault(name, {})[task, key] = float(number)
    return found


def grouped(
    values: dict[tuple[str, str], float], records: list[dict[str, Any]], target: str, sign: int
) -> list[Group]:
    """Pairs that have both a reading and a ratio, by task."""
    found: dict[str, list[tuple[float, float]]] = {}
    families = {record["task"]: record["family"] for record in records}
    for record in records:
        key = record["task"], record["set"]
        if key in values and record[target] is not None:
            found.setdefault(record["task"], []).append((sign * values[key], record[target]))
    return [
        Group(task, families[task], np.array([r for r, _ in pairs]), np.array([t for _, t in pairs]))
        for task, pairs in found.items()
    ]


def shown(triple: tuple[float, float, float]) -> str:
    """A correlation with its interval."""
    return "{:+.2f} [{:+.2f}, {:+.2f}]".format(*triple)


def ceiling(half: float) -> float:
    """What a perfect reading would reach where two halves agree so far: Spearman and Brown, then the square root.

    >>> round(ceiling(0.78), 2)
    0.94
    """
    return float(np.sqrt(max(2 * half / (1 + half), 0.0)))


def by_task(groups: list[Group]) -> dict[str, Any]:
    """The median reading of each task's sets, and the correlation where there are enough of them."""
    found: dict[str, Any] = {}
    for group in groups:
        found[group.task] = {
            "sets": len(group.ratio),
            "median": round(abs(float(np.median(group.reading))), 2),
        }
        if len(group.ratio) >= LEAST_SETS:
            found[group.task]["correlation"] = round(spearman(group.reading, group.ratio), 2)
    return found


def plain(lines: list[Line], *, across: bool) -> dict[str, Any]:
    """The table as it is kept, figures in two decimals; an interval is [low, high]; pooled where tasks compare."""

    def cut(triple: tuple[float, float, float]) -> dict[str, Any]:
        value, low, high = (round(number, 2) for number in triple)
        return {"correlation": value, "interval": [low, high]}

    found: dict[str, Any] = {}
    for one in lines:
        figures: dict[str, Any] = {"pairs": one.pairs, "tasks": one.tasks}
        figures["within_tasks"] = cut(one.within) | {"tasks": one.within_tasks}
        if across:
            figures["pooled"] = cut(one.pooled)
        found.setdefault(one.source, {})[one.name] = figures | {"by_task": by_task(one.groups)}
    if across:
        half = lines[-1]
        found["ceiling"] = {
            "within_tasks": round(ceiling(half.within[0]), 2),
            "pooled": round(ceiling(half.pooled[0]), 2),
        }
    return found


def selection(options: argparse.Namespace) -> str:
    """What the options choose, in words: the key in the file of results."""
    said = [f"only {options.only}"] if options.only else []
    said += [f"without {options.without}"] if options.without else []
    said += ["sets of models alone"] if options.llm_only else []
    said += [f"against {options.target}"] if options.target != "ratio" else []
    said += ["families resampled"] if options.families else []
    return ", ".join(said) or "all tasks"


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("readings", type=Path, nargs="+")
    parser.add_argument("--harm", type=Path, default=OUT / "harm.json")
    parser.add_argument(
        "--target",
        default="ratio",
        help="`published` compares inside tasks only, on the papers' own accuracies",
    )
    parser.add_argument("--lower", action="append", default=[], help="a reading that is better when smaller")
    parser.add_argument("--llm-only", action="store_true", help="leave human sets out")
    parser.add_argument("--without", default="", help="leave out tasks whose name contains this")
    parser.add_argument("--only", default="", help="tasks whose name contains this")
    parser.add_argument("--families", action="store_true", help="resample families of tasks")
    parser.add_argument(
        "--json", type=Path, help="keep the table in this file, beside those of other choices"
    )
    options = parser.parse_args()
    records = [
        record
        for record in json.loads(options.harm.read_text())
        if not (options.llm_only and record["human"])
        and not (options.without and options.without in record["task"])
        and options.only in record["task"]
    ]
    lines: list[Line] = []
    for path in options.readings:
        for name, values in columns(json.loads(path.read_text()), path.stem).items():
            sign = -1 if name in SMALLER_IS_BETTER or name in options.lower else 1
            lines.append(
                line(
                    path.stem,
                    name,
                    grouped(values, records, options.target, sign),
                    families=options.families,
                )
            )
    across = options.target == "ratio"
    if across:
        first = {(r["task"], r["set"]): r["halves"][0] for r in records}
        second = [r | {"other": r["halves"][1]} for r in records]
        lines.append(
            line("harm", "half of it", grouped(first, second, "other", 1), families=options.families)
        )
    else:
        measured = {(r["task"], r["set"]): r["ratio"] for r in records}
        lines.append(
            line("harm", "ratio", grouped(measured, records, options.target, 1), families=options.families)
        )
    print(f"{'':<13}{'reading':<18}{'pairs':>6}{'tasks':>6}  {'within tasks':<24}{'tasks':>6}  pooled")
    for one in lines:
        print(
            f"{one.source:<13}{one.name:<18}{one.pairs:>6}{one.tasks:>6}  {shown(one.within):<24}{one.within_tasks:>6}  {shown(one.pooled) if across else '-'}"
        )
    if options.json:
        kept: dict[str, Any] = json.loads(options.json.read_text()) if options.json.exists() else {}
        kept[selection(options)] = plain(lines, across=across)
        options.json.write_text(json.dumps(kept, indent=1) + "\n")


if __name__ == "__main__":
    main()
