"""The table of `agreement/diagnoses.md`, from `results/diagnoses.json`.

python -m agreement.diagnosed
"""

from __future__ import annotations

import json
from pathlib import Path
from statistics import median
from typing import Any

HERE = Path(__file__).parent
PAGE = HERE / "diagnoses.md"
RESULTS = HERE.parent / "results/diagnoses.json"
CAUSES = ("homogenization", "artifacts", "bias", "mismatch", "no_novelty")
BEGIN, END = "<!-- table -->\n", "<!-- end of table -->"


def table(found: dict[str, Any]) -> str:
    """One line a task for sets that models wrote, one for all sets that people wrote."""
    lines = [
        "| task | sets | fail, warn, pass | median worth of a row | "
        + " | ".join(CAUSES)
        + " | no likely cause |",
        "|---|" + "---|" * (len(CAUSES) + 4),
    ]
    people = []
    for task, sets in found.items():
        people += [said for said in sets.values() if said["human"]]
        made = [said for said in sets.values() if not said["human"]]
        if made:
            lines.append(_line(task, made))
    return "\n".join([*lines, _line("**written by people, all tasks**", people)]) + "\n"


def _line(name: str, sets: list[dict[str, Any]]) -> str:
    verdicts = [said["verdict"] for said in sets]
    counts = ", ".join(str(verdicts.count(verdict)) for verdict in ("fail", "warn", "pass"))
    worth = median(said["worth"] / said["rows"][1] for said in sets if said["worth"] is not None)
    likely = [{cause["id"] for cause in said["causes"] if cause["state"] == "likely"} for said in sets]
    named = " | ".join(str(sum(cause in found for found in likely) or "") for cause in CAUSES)
    none = sum(not found and said["verdict"] != "pass" for found, said in zip(likely, sets, strict=True))
    return f"| {name} | {len(sets)} | {counts} | {worth:.2f} | {named} | {none or ''} |"


def page(text: str, found: dict[str, Any]) -> str:
    """The page with its table renewed."""
    before, _, rest = text.partition(BEGIN)
    return before + BEGIN + table(found) + END + rest.partition(END)[2]


if __name__ == "__main__":
    PAGE.write_text(page(PAGE.read_text(), json.loads(RESULTS.read_text())))
