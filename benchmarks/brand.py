"""Brand voice on real texts: how often human texts alarm, how much model text in a set shows, what another subject does.

    HOLDFAST_REAL_DATA=folder python benchmarks/brand.py --draws 30

A house is a set of human texts; model texts for the same task are the generic ones. `null`: other texts of the same house stand in
the outputs' place. `share`: so much of the outputs is written by a model. `subject`: one group of the house (a topic, a task) stands in
the outputs' place and is in no approved text; `grouped` the same, where the approved texts say which group they are of. Writes
benchmarks/results/brand.json and brand.md; no text of the data is in them.
"""

from __future__ import annotations

import argparse
import csv
import json
import os
import time
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from scipy.stats import beta

from holdfast.measures.model.brand import BrandRetention, read_documents, read_voices
from holdfast.measures.reading import Calibration
from holdfast.measures.text.phrase_overuse import read_overuse

RESULTS = Path(__file__).parent / "results"
APPROVED, OUTPUTS, GENERIC = 300, 150, 150
SHARES = (0.1, 0.2, 0.5, 1.0)


@dataclass(frozen=True)
class House:
    """Human texts by group, and model texts for the same task."""

    human: dict[str, list[str]]
    model: list[str]


def lines(file: Path) -> list[dict]:
    return [json.loads(line) for line in file.open(encoding="utf-8")]


def houses(folder: Path) -> dict[str, House]:
    evals = folder / "anthropic_evals"
    statements = {
        file.stem: [row["question"] for row in lines(file)]
        for file in sorted((evals / "human_generated_evals").glob("*.jsonl"))
    }
    made = [
        row["question"]
        for file in sorted((evals / "lm_generated_evals").glob("*.jsonl"))
        for row in lines(file)
    ]
    detect = folder / "fast_detect_gpt/gpt3to4"
    prose = {}
    for kind in ("xsum", "writing"):
        files = [detect / f"{kind}__{model}.jsonl" for model in ("davinci", "gpt-3.5-turbo", "gpt-4")]
        # The same human text stands in several files, cut at different places.
        by_start = {row["human"][:60]: row["human"] for file in files for row in lines(file)}
        prose[kind] = (list(by_start.values()), [row["llm"] for file in files[1:] for row in lines(file)])
    found = {"questions": House(statements, made)}
    found |= {
        kind: House({kind: human}, model) for kind, (human, model) in prose.items() if len(human) >= 400
    }
    generated = lines(folder / "llm_div_incts/generated.jsonl")
    for name, file in (("ag_news", "ag_news__test_agnews.csv"), ("yelp", "yelp__test_yelp.csv")):
        groups: dict[str, list[str]] = {}
        with (folder / "llm_div_incts/real" / file).open(newline="", encoding="utf-8") as handle:
            for row in csv.DictReader(handle):
                groups.setdefault(row["label"], []).append(row["text"])
        model = [
            row["text"] for row in generated if name in json.dumps({k: row[k] for k in row if k != "text"})
        ]
        if len(model) >= 2 * GENERIC:
            found[name] = House(groups, list(dict.fromkeys(model)))
    return found


def read(approved, outputs, generic, seed, groups=()):
    rng = np.random.default_rng(seed)
    voices = read_voices(
        read_documents(approved, rng, groups=groups),
        read_documents(outputs, rng),
        generic=read_documents(generic, rng),
        rng=rng,
    )
    overuse = read_overuse(
        voices.approved.texts,
        voices.outputs.texts,
        rng,
        approved_units=voices.approved.units,
        output_units=voices.outputs.units,
    )
    along, any_way = BrandRetention()(voices, Calibration(seed=seed))
    return along, any_way, overuse


def summary(found):
    """Alarms and values of many draws."""
    along, any_way, overuse = zip(*found, strict=True)
    known = [one for one in along if one.value is not None]
    alarms = sum(one.state == "beyond" for one in along)
    n = len(found)
    return {
        "draws": n,
        "undetermined": sum(one.state == "undetermined" for one in along),
        "alarms": alarms,
        "alarms_any_direction": sum(one.state == "beyond" for one in any_way),
        "upper_95": float(beta.ppf(0.95, alarms + 1, n - alarms)) if alarms < n else 1.0,
        "kept": float(np.mean([one.value for one in known])) if known else None,
        "interval_holds_1": sum(one.interval[0] <= 1 <= one.interval[1] for one in known),
        "floor": float(np.mean([one.floor for one in known])) if known else None,
        "detectable": float(np.mean([one.smallest_detectable for one in known])) if known else None,
        "phrases": float(np.mean([len(one.phrases) for one in overuse])),
        "row_share": float(np.mean([one.row_share for one in overuse])),
        "row_share_reality": float(np.mean([one.reality for one in overuse])),
    }


def measure(house: House, draws: int) -> dict:
    human = [text for texts in house.human.values() for text in texts]
    names = [name for name, texts in house.human.items() for _ in texts]
    n = min(APPROVED, 2 * len(human) // 3)
    cells: dict[str, list] = {"null": []} | {f"share {share:g}": [] for share in SHARES}
    for seed in range(draws):
        rng = np.random.default_rng(seed)
        order, made = rng.permutation(len(human)), rng.permutation(len(house.model))
        approved = [human[i] for i in order[:n]]
        fresh = [human[i] for i in order[n : n + OUTPUTS]]
        generic = [house.model[i] for i in made[:GENERIC]]
        cells["null"].append(read(approved, fresh, generic, seed))
        for share in SHARES if seed < max(5, draws // 4) else ():
            count = round(share * len(fresh))
            written = [house.model[i] for i in made[GENERIC : GENERIC + count]]
            cells[f"share {share:g}"].append(read(approved, written + fresh[count:], generic, seed))
    large = [name for name, texts in house.human.items() if len(texts) >= OUTPUTS]
    if len(large) > 2:
        cells |= {"subject": [], "grouped": []}
        for seed, held in enumerate(large):
            rng = np.random.default_rng(seed)
            rest = [i for i in rng.permutation(len(human)) if names[i] != held][:n]
            outputs = [house.human[held][i] for i in rng.permutation(len(house.human[held]))[:OUTPUTS]]
            generic = [house.model[i] for i in rng.permutation(len(house.model))[:GENERIC]]
            approved = [human[i] for i in rest]
            cells["subject"].append(read(approved, outputs, generic, seed))
            cells["grouped"].append(read(approved, outputs, generic, seed, [names[i] for i in rest]))
    return {"human": len(human), "model": len(house.model)} | {
        name: summary(found) for name, found in cells.items() if found
    }


def page(found: dict) -> str:
    said = [
        "# Brand voice on real texts\n",
        f"{APPROVED} approved texts, {OUTPUTS} outputs, {GENERIC} generic texts at most; written by `benchmarks/brand.py`. An alarm is "
        "that of the reading along the way to generic text, which decides; beside it stands the reading in any direction, which does not. `kept` is the mean reading along the way to generic text, 1 less the planted share where all is "
        "right; `holds 1` counts intervals that hold 1. `rows` is the share of outputs with an over-used phrase, beside that of the house's "
        "own held-out texts.\n",
        "| house | outputs | draws | alarms | upper 95 % | any direction | kept | holds 1 | floor | detectable | phrases | rows | own |",
        "|---|---|---|---|---|---|---|---|---|---|---|---|---|",
    ]

    def two(value):
        return "-" if value is None else f"{value:.2f}"

    for house, cells in found.items():
        for name, cell in cells.items():
            if isinstance(cell, dict):
                said.append(
                    f"| {house} | {name} | {cell['draws']} | {cell['alarms']} | {100 * cell['upper_95']:.0f} % | "
                    f"{cell['alarms_any_direction']} | {two(cell['kept'])} | {cell['interval_holds_1']} | "
                    f"{two(cell['floor'])} | {two(cell['detectable'])} | {cell['phrases']:.1f} | {two(cell['row_share'])} | "
                    f"{two(cell['row_share_reality'])} |"
                )
    told = {
        name: [
            sum(cells[name][key] for cells in found.values() if name in cells) for key in ("alarms", "draws")
        ]
        for name in ("null", "subject", "grouped")
    }
    said.append(
        f"\nOther texts of the same house alarm in {told['null'][0]} of {told['null'][1]} draws. `subject`: a group that no approved text is of, in the "
        f"outputs' place. Those are people too, so every alarm there is a kind of text taken for a voice: {told['subject'][0]} of "
        f"{told['subject'][1]}; where the approved texts say which group they are of (`grouped`) {told['grouped'][0]} of {told['grouped'][1]}.\n"
    )
    return "\n".join(said)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--draws", type=int, default=30)
    asked = parser.parse_args()
    found = {}
    for name, house in houses(Path(os.environ["HOLDFAST_REAL_DATA"])).items():
        begin = time.process_time()
        found[name] = measure(house, asked.draws)
        print(name, f"{time.process_time() - begin:.0f} s of CPU", json.dumps(found[name]), flush=True)
    (RESULTS / "brand.json").write_text(json.dumps(found, indent=1) + "\n", encoding="utf-8")
    (RESULTS / "brand.md").write_text(page(found), encoding="utf-8")


if __name__ == "__main__":
    main()
