"""Two loops with a model that is really trained, side by side, driven by the command line alone: one on its own output, one that is managed.

    HOLDFAST_REAL_DATA=folder python benchmarks/loop/loop.py --work loop/ [--cycles 4]

Real requests (banking77), dealt once: an anchor, and rows on which the first model is trained. `watched` trains each model on nothing but what the
one before it wrote (top-p 0.9), and its gates only warn, so that all cycles are seen. `unmanaged` is the same with gates that stop. `managed` blends
real rows in, filters, and samples from the whole distribution. All are held against the same anchor.
"""

from __future__ import annotations

import argparse
import csv
import json
import os
import random
import subprocess
import sys
from pathlib import Path
from typing import Any

HERE = Path(__file__).resolve().parent
RECIPE = """\
anchor = "../anchor"
seed = {seed}
cycles = {cycles}
model = "../first"
model_depth = 0
max_depth = 8

[generate]
rows = {generated}
top_p = {top_p}
most_tokens = 62
{filter}
[blend]
rows = 2500
on_leak = "drop"
{sources}
[data_gate]
tolerance = {{ band_retention = 0.3, stratum_deficit = 0.3 }}
on_undetermined = "pass"
severity = "{data_severity}"

[train]
command = ["python", "{train}", "--data", "{{data}}", "--base", "{{model}}", "--seed", "{{seed}}", "--output", "{{output}}/model"]

[evaluate]
samples = 1000
top_p = {top_p}
most_tokens = 62

[model_gate]
margin = {{ overall = 0.4, "rarest tenth" = 0.4 }}
on_undetermined = "pass"
severity = "{severity}"
"""
SOURCE = '[[blend.source]]\nname = "{name}"\nfrom = "{name}"\nshare = {share}\n'
OWN = SOURCE.format(name="made", share=1.0)
MANAGED = "".join(
    SOURCE.format(name=name, share=share)
    for name, share in (("made", 0.4), ("gold", 0.35), ("steering", 0.25))
)
LOOPS = {
    "watched": {"generated": 2_900, "top_p": 0.9, "filter": "", "sources": OWN, "severity": "warn", "data_severity": "warn"},
    "unmanaged": {"generated": 2_900, "top_p": 0.9, "filter": "", "sources": OWN, "severity": "stop", "data_severity": "warn"},
    "managed": {
        "generated": 1_500, "top_p": 1.0, "filter": "[filter]\n", "sources": MANAGED, "severity": "stop",
        "data_severity": "stop",
    },
}  # fmt: skip


def holdfast(*words: str, cwd: Path) -> tuple[int, str]:
    done = subprocess.run(
        [sys.executable, "-m", "holdfast", *words], cwd=cwd, capture_output=True, text=True, check=False
    )
    print(f"$ holdfast {' '.join(words)}\n{done.stdout}{done.stderr}", flush=True)
    return done.returncode, done.stdout


def requests(data: Path, seed: int) -> list[dict[str, str]]:
    rows = []
    for name in ("train", "test"):
        with (data / f"banking77/{name}.csv").open(newline="", encoding="utf-8") as file:
            rows += [{"text": row["text"].strip(), "intent": row["category"]} for row in csv.DictReader(file)]
    rows = list({row["text"].lower(): row for row in rows}.values())
    random.Random(seed).shuffle(rows)  # noqa: S311 - a deal, no secret
    return [{"id": f"b{at}", **row} for at, row in enumerate(rows)]


def prepare(work: Path, data: Path, seed: int) -> None:
    if (work / "first/config.json").exists():
        return
    work.mkdir(parents=True, exist_ok=True)
    rows = requests(data, seed)
    for name, part in (("real", rows[:8_500]), ("start", rows[8_500:11_000])):
        (work / f"{name}.jsonl").write_text("".join(json.dumps(row) + "\n" for row in part), encoding="utf-8")
    holdfast("tag", "real.jsonl", "--source-type", "human", cwd=work)
    holdfast(
        "anchor", "freeze", "real.jsonl", "-o", "anchor", "--gold", "0.25", "--holdout", "0.25", cwd=work
    )
    train = [sys.executable, str(HERE / "train.py"), "--data", "start.jsonl", "--output", "first"]
    subprocess.run(train, cwd=work, check=True)


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--work", type=Path, required=True)
    parser.add_argument("--cycles", type=int, default=4)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--only", choices=list(LOOPS), action="append")
    given = parser.parse_args()
    prepare(given.work, Path(os.environ["HOLDFAST_REAL_DATA"]), given.seed)
    for name in given.only or LOOPS:
        folder = given.work / name
        folder.mkdir(exist_ok=True)
        if not (folder / "holdfast.toml").exists():
            holdfast("init", ".", "--anchor", "../anchor", "--model", "../first", cwd=folder)
        recipe = RECIPE.format(seed=given.seed, cycles=given.cycles, train=HERE / "train.py", **LOOPS[name])
        (folder / "holdfast.toml").write_text(recipe, encoding="utf-8")
        status = stand(folder)
        if status["open"] is not None and not status["waits"]:  # this script was interrupted
            holdfast("cycle", "resume", "--quiet", cwd=folder)
        if len(status["cycles"]) < given.cycles and not status["waits"]:
            holdfast("cycle", "run", "--quiet", cwd=folder)
    table = results(given.work)
    (given.work / "loop.md").write_text(table, encoding="utf-8")
    print(table)


def stand(folder: Path) -> dict[str, Any]:
    return json.loads(holdfast("cycle", "status", "--verify", "--json", "-", cwd=folder)[1])


def results(work: Path) -> str:
    """A table of what every gate of every loop said."""
    lines = [
        "| loop | cycle | rows are worth | data gate | lost, overall (bits per byte) | lost, rarest tenth | model gate | outcome |",
        "|---|---|---|---|---|---|---|---|",
    ]
    for name in LOOPS:
        if not (work / name / "holdfast.toml").exists():
            continue
        for cycle in stand(work / name)["cycles"]:
            data, model = (cycle["gates"].get(gate) for gate in ("data_gate", "model_gate"))
            worth = "-"
            if data is not None:
                found = next((one for one in data["findings"] if one["name"] == "real_equivalent_rows"), {})
                worth = f"{found['value']:,.0f}" if "value" in found else "unknown"
            losses = {one["name"]: one for one in (model or {}).get("findings", ())}
            said = [
                f"{losses[band]['loss']:+.3f} ({losses[band]['interval'][0]:+.3f} to {losses[band]['interval'][1]:+.3f})"
                if band in losses and losses[band]["interval"]
                else "-"
                for band in ("overall", "rarest tenth")
            ]
            words = [gate["verdict"] if gate else "-" for gate in (data, model)]
            lines.append(
                f"| {name} | {cycle['cycle']} | {worth} | {words[0]} | {said[0]} | {said[1]} | {words[1]} | {cycle['outcome']} |"
            )
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    main()
