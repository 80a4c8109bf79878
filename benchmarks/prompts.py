"""Does `prompt_diversity` let reality be, and see prompts whose answers have become one?

    HOLDFAST_REAL_DATA=folder python benchmarks/prompts.py --draws 300

Reality is 805 instructions with the answers of four models each. Draws deal prompts between a real and a candidate side
(other prompts), or answers of each prompt (the same prompts). The planted loss: in a share of the candidate's prompts, the
second answer is the first with every tenth word left out. Writes `benchmarks/results/prompts.json`.
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path

import numpy as np

import world
from holdfast.lab.bench.metrics import upper_bound
from holdfast.measures import Calibration, PromptDiversity, Reading
from holdfast.measures.examples import prompt_sides

RESULTS = Path(__file__).parent / "results/prompts.json"
MODELS = 4
DOSES = (0.0, 0.05, 0.1, 0.2, 0.4)
PROMPTS = 200
Asked = dict[str, list[str]]


def asked() -> Asked:
    """Every instruction with its answers; models in the order of their names, those that answer most instructions."""
    found: dict[str, dict[str, str]] = {}
    for path in sorted((world.folder() / "alpaca_eval/outputs").iterdir()):
        for line in path.read_text().splitlines():
            row = json.loads(line)
            found.setdefault(row["instruction"], {})[path.stem] = row["output"]
    return {prompt: list(by.values())[: 2 * MODELS] for prompt, by in found.items() if len(by) >= 2 * MODELS}


def collapsed(answers: Asked, dose: float, rng: np.random.Generator) -> Asked:
    """The same with the second answer made from the first in a share of the prompts."""
    made = {}
    for prompt, texts in answers.items():
        words = texts[0].split()
        twin = " ".join(word for i, word in enumerate(words) if i % 10 != 9)
        made[prompt] = [texts[0], twin, *texts[2:]] if rng.random() < dose else texts
    return made


def draw(everything: Asked, *, same: bool, dose: float, seed: int) -> Reading:
    """One reading."""
    rng = np.random.default_rng([seed, int(1_000 * dose), same])
    prompts = [list(everything)[i] for i in rng.permutation(len(everything))]
    real, candidate = {}, {}
    for prompt in prompts[:PROMPTS]:
        texts = [everything[prompt][i] for i in rng.permutation(2 * MODELS)]
        real[prompt], candidate[prompt] = texts[:MODELS], texts[MODELS:]
    if not same:
        candidate = {
            prompt: [everything[prompt][i] for i in rng.permutation(2 * MODELS)[:MODELS]]
            for prompt in prompts[PROMPTS : 2 * PROMPTS]
        }
    found = PromptDiversity()(
        prompt_sides(real=real, candidate=collapsed(candidate, dose, rng)), Calibration(seed=seed)
    )
    assert isinstance(found, Reading)  # noqa: S101 - there are prompts enough
    return found


def main() -> None:
    """Measure."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--draws", type=int, default=300)
    draws = parser.parse_args().draws
    everything = asked()
    found = []
    for same in (True, False):
        for dose in DOSES:
            many = draws if dose == 0 else max(draws // 10, 1)
            readings = [draw(everything, same=same, dose=dose, seed=seed) for seed in range(many)]
            warned = sum(r.p_value <= 0.01 and r.effect > PromptDiversity().tolerance for r in readings)
            found.append(
                {
                    "same_prompts": same,
                    "collapsed": dose,
                    "prompts": PROMPTS,
                    "draws": many,
                    "warned": warned,
                    "upper_95": round(upper_bound(warned, many), 4),
                    "significant_at_5": sum(r.p_value <= 0.05 for r in readings),
                    "median_value": round(float(np.median([r.value for r in readings])), 3),
                }
            )
            print(found[-1], flush=True)
            RESULTS.write_text(json.dumps(found, indent=1) + "\n")


if __name__ == "__main__":
    main()
