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
import time
from pathlib import Path

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
MANAGED = "".join(SOURCE.format(name=name, share=share) for name, share in (("made", 0.4), ("gold", 0.35), ("steering", 0.25)))
LOOPS = {
    "watched": {"generated": 2_900, "top_p": 0.9, "filter": "", "sources": OWN, "severity": "warn", "data_severity": "warn"},
    "unmanaged": {"generated": 2_900, "top_p": 0.9, "filter": "", "sources": OWN, "severity": "stop", "data_severity": "warn"},
    "managed": {
        "generated": 1_500, "top_p": 1.0, "filter": "[filter]\n", "sources": MANAGED, "severity": "stop",
        "data_severity": "stop",
    },
}  # fmt: skip


def holdfast(*words: str, cwd: Path) -> tuple[int, str]:
    done = subprocess.run(  # noqa: S603 - ourselves
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
    holdfast("anchor", "freeze", "real.jsonl", "-o", "anchor", "--gold", "0.25", "--holdout", "0.25", cwd=work)
    train = [sys.executable, str(HERE / "train.py"), "--data", "start.jsonl", "--output", "first"]
    subprocess.run(train, cwd=work, check=True)  # noqa: S603 - ourselves


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--work", type=Path, required=True)
    parser.add_argument("--cycles", type=int, default=4)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--only", choices=list(LOOPS), action="append")
    given = parser.parse_args()
    prepare(given.work, Path(os.environ["HOLDFAST_REAL_DATA"]), given.seed)
    found = {}
    for name in given.only or LOOPS:
        folder = given.work / name
        folder.mkdir(exist_ok=True)
        if not (folder / "holdfast.toml").exists():
            holdfast("init", ".", "--anchor", "../anchor", "--model", "../first", cwd=folder)
        recipe = RECIPE.format(seed=given.seed, cycles=given.cycles, train=HERE / "train.py", **LOOPS[name])
        (folder / "holdfast.toml").write_text(recipe, encoding="utf-8")
        began = time.monotonic()
        _, said = holdfast("cycle", "status", "--json", "-", cwd=folder)
        if json.loads(said)["open"] is not None:  # this script was interrupted
            holdfast("cycle", "resume", "--quiet", cwd=folder)
        code, _ = holdfast("cycle", "run", "--quiet", cwd=folder)
        seconds = time.monotonic() - began
        _, said = holdfast("cycle", "status", "--verify", "--json", "-", cwd=folder)
        status = json.loads(said)
        evaluations = {
            file.parts[-4]: json.loads(file.read_text(encoding="utf-8"))
            for file in sorted(folder.glob("work/*/evaluate/evaluation/evaluation.json"))
        }
        found[name] = {"exit_code": code, "seconds": round(seconds), "status": status, "evaluations": evaluations}
    (given.work / "loop.json").write_text(json.dumps(found, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
