"""Does one generation's survival foretell many generations of a model that is really trained? L18, several times.

    HOLDFAST_THREADS=1 OMP_NUM_THREADS=1 python benchmarks/trained_survival.py [--seeds 1 2 3] [--ngram-seeds 10]

Small transformers (extra `models`) and n-gram models learn a language whose classes can be read back from any text, and then what the last
model wrote: replaced, accumulated, mixed with fresh real texts. Every finished run is a line of results/trained_survival.jsonl and is not run
again; results/trained_survival.md is written from the lines after each.
"""

from __future__ import annotations

import argparse
import json
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from holdfast.lab.learners.ngrams import NgramLearner
from holdfast.lab.published.bias.generations import PROTOCOLS, Ran, Round, foretell
from holdfast.lab.published.bias.trained_survival import FLOOR, TrainedSurvival
from holdfast.remedies.plan.ratio import plan_ratio
from holdfast.remedies.plan.survival import Counts

if TYPE_CHECKING:
    from collections.abc import Iterable

    from holdfast.lab.learners.learner import Learner
    from holdfast.lab.published.bias.generations import Protocol

RESULTS = Path(__file__).parent / "results"
STORE = RESULTS / "trained_survival.jsonl"
EXPERIMENT = TrainedSurvival(device="cpu")
KINDS: dict[str, Learner] = {"transformer": EXPERIMENT.learner, "n-grams": NgramLearner()}


def setting(kind: str, temperature: float, seed: int) -> dict[str, Any]:
    """What a run depends on."""
    return {
        "kind": kind,
        "learner": KINDS[kind].name,
        "classes": EXPERIMENT.classes,
        "rows": EXPERIMENT.rows,
        "rounds": EXPERIMENT.rounds,
        "real_share": EXPERIMENT.real_share,
        "exam": EXPERIMENT.exam,
        "temperature": temperature,
        "seed": seed,
    }


def read_store(store: Path = STORE) -> list[tuple[dict[str, Any], Ran]]:
    """Settings and outcome of every finished run; a line that was cut off counts as not run."""
    found = []
    for line in store.read_text().splitlines() if store.exists() else ():
        try:
            entry = json.loads(line)
        except json.JSONDecodeError:
            continue
        ran = entry.pop("ran")
        rounds = {
            protocol: tuple(Round(trained=tuple(one["trained"]), bits=one["bits"]) for one in each)
            for protocol, each in ran["rounds"].items()
        }
        first = Round(trained=tuple(ran["first"]["trained"]), bits=ran["first"]["bits"])
        found.append(
            (
                entry,
                Ran(
                    shares=tuple(ran["shares"]),
                    first=first,
                    written=tuple(ran["written"]),
                    sample=tuple(ran["sample"]),
                    rounds=rounds,
                ),
            )
        )
    return sorted(found, key=lambda pair: (pair[0]["kind"], -pair[0]["temperature"], pair[0]["seed"]))


def planned(ran: Ran, protocol: Protocol, real_share: float, seed: int) -> list[tuple[bool, bool]]:
    """Of every class that the planner speaks of: whether its last retention lies inside the 90 % interval, and whether below it.

    The planner sees what its users have: real rows and rows of one generation, each with a class. Nonsense has none and is not counted.
    """
    real = np.array(ran.first.trained[:-1], float)
    made = np.array(ran.sample[:-1], float)
    last = np.array(ran.rounds[protocol][-1].trained[:-1], float)
    end = (last / last.sum()) / (real / real.sum())
    counts = Counts(
        names=tuple(f"class {at}" for at in range(len(real))),
        real=real,
        made=made,
        real_rows=float(real.sum()),
        made_rows=float(made.sum()),
    )
    plan = plan_ratio(
        counts,
        rounds=len(ran.rounds[protocol]),
        protocol=protocol,
        real_share=real_share,
        rng=np.random.default_rng(seed),
    )
    found = []
    for stratum in plan.strata:
        if stratum.pooled == 1:
            kept = end[int(stratum.name.removeprefix("class "))]
            found.append(
                (stratum.retention.low <= kept <= stratum.retention.high, kept < stratum.retention.low)
            )
    return found


def groups(
    runs: Iterable[tuple[dict[str, Any], Ran]],
) -> dict[tuple[str, float], list[tuple[dict[str, Any], Ran]]]:
    """Runs of one learner at one temperature together."""
    found: dict[tuple[str, float], list[tuple[dict[str, Any], Ran]]] = {}
    for entry, ran in runs:
        found.setdefault((entry["kind"], entry["temperature"]), []).append((entry, ran))
    return found


def retentions(runs: list[tuple[dict[str, Any], Ran]]) -> list[dict[str, Any]]:
    """Foretold and measured retention by protocol and stratum, over these runs."""
    rows = []
    for protocol in PROTOCOLS:
        for stratum in EXPERIMENT.strata:
            expected = np.array(
                [
                    foretell(protocol, ran.survival(stratum), entry["real_share"], entry["rounds"])
                    for entry, ran in runs
                ]
            )
            measured = np.array([ran.retention(protocol, stratum) for _, ran in runs])
            off = measured - expected
            rows.append(
                {
                    "protocol": protocol,
                    "stratum": stratum.name,
                    "survival": float(np.mean([ran.survival(stratum) for _, ran in runs])),
                    "foretold": float(expected[:, -1].mean()),
                    "measured": float(measured[:, -1].mean()),
                    "off": float(off[:, -1].mean()),
                    "largest": float(np.abs(off[:, 1:]).max()),
                    "within": int((np.abs(off[:, 1:]).max(axis=1) <= FLOOR).sum()),
                    "runs": len(runs),
                }
            )
    return rows


def page(runs: list[tuple[dict[str, Any], Ran]]) -> str:
    """The results as Markdown."""
    one = runs[0][0]
    lines = [
        "# Does one generation foretell many?",
        "",
        "`python benchmarks/trained_survival.py`: the loops of `holdfast lab run L18`, several times. "
        f"A language of {one['classes']} classes with Zipf shares, {one['rows']:,} texts a round, {one['rounds']} rounds, "
        f"{one['real_share']:.0%} fresh real texts in the mix. Survival s is measured on the first model's texts alone; retention is the share "
        "of a round's training texts, of the share in reality. Foretold is F17 (replace, mix) and F18 (accumulate).",
        "",
    ]
    for (kind, temperature), some in groups(runs).items():
        lines += [
            f"## {kind.capitalize()}, temperature {temperature:g}: {len(some)} run{'s' if len(some) > 1 else ''}",
            "",
            some[0][0]["learner"].capitalize() + ".",
            "",
            f"| protocol | stratum | s | foretold after {one['rounds']} | measured | difference | largest from round 2 on | runs within {FLOOR:g} |",
            "|---|---|---|---|---|---|---|---|",
        ]
        lines += [
            f"| {row['protocol']} | {row['stratum']} | {row['survival']:.2f} | {row['foretold']:.2f} | {row['measured']:.2f} | "
            f"{row['off']:+.2f} | {row['largest']:.2f} | {row['within']} of {row['runs']} |"
            for row in retentions(some)
        ]
        lines += [
            "",
            "| protocol | loss of the last model, of the first one's | nonsense it learnt from | classes inside the planner's 90 % interval | below it |",
            "|---|---|---|---|---|",
        ]
        for protocol in PROTOCOLS:
            seen = [
                each
                for entry, ran in some
                for each in planned(ran, protocol, entry["real_share"], entry["seed"])
            ]
            loss = np.mean([ran.loss(protocol)[-1] for _, ran in some])
            nonsense = np.mean([ran.nonsense(protocol)[-1] for _, ran in some])
            lines.append(
                f"| {protocol} | {loss:.2f} | {nonsense:.0%} | {sum(inside for inside, _ in seen)} of {len(seen)} | "
                f"{sum(below for _, below in seen)} |"
            )
        lines.append("")
    return "\n".join(lines)


def main() -> None:
    """Runs what was not run, and writes the page after each."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--seeds", type=int, nargs="*", default=[1, 2, 3])
    parser.add_argument("--ngram-seeds", type=int, default=10)
    asked = parser.parse_args()
    wanted = [
        (kind, temperature, seed)
        for kind, seeds in (("transformer", asked.seeds), ("n-grams", range(1, asked.ngram_seeds + 1)))
        for seed in seeds
        for temperature in EXPERIMENT.temperatures
    ]
    for kind, temperature, seed in wanted:
        about = setting(kind, temperature, seed)
        if any(entry == about for entry, _ in read_store()):
            continue
        ran = EXPERIMENT.generations(KINDS[kind]).run(
            temperature, seed, lambda said, about=about: print(about["kind"], about["seed"], said, flush=True)
        )
        with STORE.open("a") as store:
            store.write(json.dumps({**about, "ran": asdict(ran)}) + "\n")
        (RESULTS / "trained_survival.md").write_text(page(read_store()))


if __name__ == "__main__":
    main()
