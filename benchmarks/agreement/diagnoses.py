"""A diagnosis page for every pair of a real set and a set that somebody might train on in its place.

    HOLDFAST_REAL_DATA=folder python -m agreement.diagnoses --pages folder   # pairs that are done are not done again

The pages hold texts of the data and stay where `--pages` says. `benchmarks/results/diagnoses.json` gets what they say
without any text: verdict, worth, causes, and the measures that left their bands.
"""

from __future__ import annotations

import argparse
import json
import re
from concurrent.futures import ProcessPoolExecutor, as_completed
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import holdfast
from agreement import tasks
from holdfast.reports import render_html, summarise

if TYPE_CHECKING:
    from collections.abc import Sequence

    from holdfast.audits import Audit

RESULTS = Path(__file__).parent.parent / "results/diagnoses.json"


def records(rows: Sequence[tasks.Row]) -> list[dict[str, str]]:
    """Rows as a user would have them."""
    return [{"text": row.text, "label": row.label} for row in rows]


def told(found: Audit) -> dict[str, Any]:
    """What an audit says, without the texts."""
    headline = found.worth.get("headline", {})
    return {
        "rows": [len(found.sides.anchor), len(found.sides.candidate)],
        "verdict": found.verdict,
        "worth": headline.get("real_rows"),
        "findings": [[finding.measure, finding.verdict] for finding in found.findings],
        "causes": [
            {
                "id": cause.id,
                "state": cause.state,
                "confidence": None if cause.confidence is None else round(cause.confidence, 3),
                "speaks_for": list(cause.speaks_for),
                "severity": cause.severity,
            }
            for cause in found.causes
            if cause.state != "excluded"
        ],
    }


def diagnose(name: str, kind: str, page: Path) -> dict[str, Any]:
    """One pair: its page, and what it says."""
    task = _tasks()[name]
    rows = task.sets[kind]
    try:
        found = holdfast.audit(records(rows.rows), real=records(task.anchor), label="label")
    except holdfast.HoldfastError as error:
        return {"refused": str(error)}
    page.write_text(render_html(summarise(found)))
    return told(found) | {"human": rows.human}


def lines(found: dict[str, dict[str, Any]]) -> str:
    """JSON with a line for each set."""
    tasks = []
    for task, sets in found.items():
        rows = ",\n".join(f"  {json.dumps(kind)}: {json.dumps(said)}" for kind, said in sets.items())
        tasks.append(f" {json.dumps(task)}: {{\n{rows}\n }}")
    return "{\n" + ",\n".join(tasks) + "\n}\n"


@cache
def _tasks() -> dict[str, Any]:
    return tasks.load()


def main() -> None:
    """Diagnose every pair."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--pages", type=Path, required=True, help="folder for the pages")
    parser.add_argument("--task", nargs="*", help="only these tasks")
    parser.add_argument("--workers", type=int, default=2)
    options = parser.parse_args()
    options.pages.mkdir(parents=True, exist_ok=True)
    done = json.loads(RESULTS.read_text()) if RESULTS.exists() else {}
    with ProcessPoolExecutor(options.workers) as pool:
        running = {}
        for name, task in _tasks().items():
            for kind in task.sets:
                page = options.pages / (re.sub(r"\W+", "-", f"{name}--{kind}") + ".html")
                if (options.task and name not in options.task) or (
                    kind in done.get(name, {}) and page.exists()
                ):
                    continue
                running[pool.submit(diagnose, name, kind, page)] = name, kind
        for future in as_completed(running):
            name, kind = running[future]
            said = future.result()
            done.setdefault(name, {})[kind] = said
            ordered = {
                name: {kind: done[name][kind] for kind in task.sets if kind in done[name]}
                for name, task in _tasks().items()
                if name in done
            }
            RESULTS.write_text(lines(ordered))
            print(name, kind, said.get("verdict"), [c["id"] for c in said.get("causes", ())], flush=True)


if __name__ == "__main__":
    main()
