"""Is a teacher's voice found in outputs, and only where it is? Fingerprints and rules side by side, and pairs whose teacher is known.

    HOLDFAST_REAL_DATA=folder python benchmarks/voice/run.py measure --store store/    # minutes each; resumes
    HOLDFAST_REAL_DATA=folder python benchmarks/voice/run.py results --store store/    # writes benchmarks/results/voice.md

22 models' outputs to the same 803 prompts (AlpacaEval). What is planted and what is a null stands in `study.py`.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).parent))

import fingerprints
import known
import table
import whole
from models import read_models
from study import study

PANELS, FEWER_PANELS = 6, 2
"""Panels of each student: for the fingerprint that is used, and for the others."""
SEED = 0
DEFAULT = "product 1000, voice"


def measure(store: Path) -> None:
    prompts, outputs = read_models()
    names = list(outputs)
    print(f"{len(prompts)} prompts, {len(names)} models")
    for name in fingerprints.TRIED:
        for placebos in (3, 6) if name == DEFAULT else (3,):
            file = store / f"{name.replace(', ', '--').replace(' ', '_').replace(',', '')}--{placebos}.json"
            if file.exists():
                continue
            start = time.process_time()
            values = fingerprints.make(list(outputs.values()), name)
            made = time.process_time() - start
            panels = PANELS if name == DEFAULT else FEWER_PANELS
            rows = study(values, names, panels=panels, placebos=placebos, seed=SEED)
            found = {
                "name": name,
                "placebos": placebos,
                "width": values.shape[2],
                "seconds": made,
                "rows": rows,
            }
            file.write_text(json.dumps(found), encoding="utf-8")
            print(f"{name}, {placebos} placebos: {time.process_time() - start:.0f} s")
    for name, rows in (
        ("known", lambda: known.measure(outputs)),
        ("whole", lambda: whole.measure(prompts, outputs)),
    ):
        file = store / f"{name}.json"
        if not file.exists():
            file.write_text(json.dumps(rows()), encoding="utf-8")


def results(store: Path) -> None:
    found = [json.loads(file.read_text(encoding="utf-8")) for file in sorted(store.glob("*--*.json"))]
    order = {name: at for at, name in enumerate(fingerprints.TRIED)}
    found.sort(key=lambda one: (order[one["name"]], one["placebos"]))
    others = [json.loads((store / f"{name}.json").read_text(encoding="utf-8")) for name in ("known", "whole")]
    text = table.write(found, *others, DEFAULT)
    target = Path(__file__).parent.parent / "results" / "voice.md"
    target.write_text(text, encoding="utf-8")
    print(target)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("verb", choices=["measure", "results"])
    parser.add_argument("--store", type=Path, required=True)
    asked = parser.parse_args()
    asked.store.mkdir(parents=True, exist_ok=True)
    with np.errstate(all="raise", under="ignore"):
        (measure if asked.verb == "measure" else results)(asked.store)


if __name__ == "__main__":
    main()
