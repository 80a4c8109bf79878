"""The committed run of `holdfast lab bench`: four corpora, every scenario, holdfast beside classics and peers.

    HOLDFAST_REAL_DATA=folder python benchmarks/bench.py run --output folder [--peers folder] [--workers 2] [--nulls 250]
    python benchmarks/bench.py results --output folder

`run` writes the corpora into the folder and does one `holdfast lab bench` after the other, all into one store; interrupted, it
goes on where it stopped. With `--peers`, the folder of the peers' environments (`benchmarks/peers/README.md`), the peers that
are quick enough for all draws run, too; `--slow` adds those that are not. `results` writes what the store holds to
`benchmarks/results/bench.json` and `bench.md`; no text of the data is in them.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import world
from causes import film_reviews

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

HERE = Path(__file__).parent
RESULTS = HERE / "results"
WORLDS: dict[str, tuple[Callable[[], list[world.Row]], tuple[str, ...]]] = {
    # An anchor of 2,000 rows where the corpus holds one beside candidates and the reserve that filters choose from.
    "clinc150": (world.clinc150, ("--size", "2000", "--tail", "0.2")),
    "banking77": (world.banking77, ("--size", "1600", "--anchor-rows", "2000", "--tail", "natural")),
    "film_reviews": (film_reviews, ("--size", "850", "--anchor-rows", "2000", "--tail", "natural")),
    "dolly": (world.dolly, ("--size", "380", "--anchor-rows", "1000", "--tail", "natural")),
}
SEVERITIES = ("0.2", "0.4", "1")
SEEDS = 2
QUICK = {
    "peers-a": "mauve_text prdc_balls vendi semhash_copies sdmetrics_labels cleanlab_issues soup_drift evidently_drift",
    "peers-b": "alibi_tests",
    "peers-d": "diversity_scores",
}
SLOW = {"peers-a": "evidently_bootstrap", "peers-b": "alibi_mmd", "peers-c": "mostlyai_report"}


def write_corpora(folder: Path) -> None:
    """The corpora as files, each text once or as often as the corpus has it."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, (source, _) in WORLDS.items():
        path = folder / f"{name}.jsonl"
        if not path.exists():
            lines = [json.dumps(row, ensure_ascii=False) + "\n" for row in world.records(source())]
            path.write_text("".join(lines), encoding="utf-8")


def run(folder: Path, peers: Path | None, workers: int, nulls: int, *, slow: bool) -> int:
    """One bench after the other, into one store."""
    write_corpora(folder)
    asked: list[tuple[str, ...]] = [("--detector", "all", "--workers", str(workers))]
    if peers is not None:
        commands = [*QUICK.items(), *(SLOW.items() if slow else ())]
        asked += [
            ("--detector", "none", "--peer", f"{peers / env}/bin/python {HERE / 'peers/serve.py'} {names}")
            for env, names in commands
        ]
    for options in asked:
        for name, (_, size) in WORLDS.items():
            done = subprocess.run(
                [
                    *(sys.executable, "-m", "holdfast", "lab", "bench"),
                    *("-o", str(folder / "store"), "--corpus", str(folder / f"{name}.jsonl")),
                    *("--seeds", str(SEEDS), "--null-draws", str(nulls)),
                    *(part for severity in SEVERITIES for part in ("--severity", severity)),
                    *size,
                    *options,
                ],
                check=False,
            )
            if done.returncode:
                return done.returncode
    return 0


def results(folder: Path) -> None:
    """What the store holds, in few words."""
    subprocess.run(
        [sys.executable, "-m", "holdfast", "lab", "bench", "-o", str(folder / "store"), "--show", "store"],
        check=True,
        stdout=subprocess.DEVNULL,
    )
    found = json.loads((folder / "store/bench.json").read_text())
    short = {
        "worlds": found["worlds"],
        "failures": found["failures"],
        "detectors": {card["name"]: _card(card) for card in found["detectors"]},
        "harm": {
            scenario["name"]: [
                [
                    cell["corpus"],
                    cell["severity"],
                    *_round((cell["harm"], cell["error"], cell["coverage_share"])),
                ]
                for cell in scenario["cells"]
            ]
            for scenario in found["scenarios"]
        },
    }
    (RESULTS / "bench.json").write_text(_lines(short))
    (RESULTS / "bench.md").write_text((folder / "store/bench.md").read_text())


def _card(card: dict[str, Any]) -> dict[str, Any]:
    """A detector's figures; a rate is [hits, draws]."""

    def rates(by: dict[str, Any]) -> dict[str, list[int]]:
        return {name: _rate(rate) for name, rate in by.items()}

    def powers(many: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
        return [
            {
                "harm": power["harm"],
                "worst": power["worst"],
                "worst_share": power["worst_share"],
                "by_scenario": rates(power["by_scenario"]),
            }
            for power in many
        ]

    kept = {
        "false_alarms": _rate(card["false_alarms"]),
        "false_alarms_upper": card["false_alarms"] and card["false_alarms"]["upper"],
        "controls": rates(card["controls"]),
        "power": powers(card["power"]),
        "power_by_rule": powers(card["power_by_rule"]),
    }
    for name in (
        "auc_early",
        "auc",
        "correlation",
        "naming",
        "cause_f1",
        "f1_by_cause",
        "unanswered",
        "seconds",
    ):
        kept[name] = card[name]
    return _rounded(kept)


def _rate(rate: dict[str, Any] | None) -> list[int] | None:
    return None if rate is None else [rate["hits"], rate["draws"]]


def _rounded(value: Any) -> Any:
    if isinstance(value, float):
        return round(value, 4)
    if isinstance(value, dict):
        return {key: _rounded(inner) for key, inner in value.items()}
    return [_rounded(inner) for inner in value] if isinstance(value, list) else value


def _round(values: Iterable[float | None]) -> list[float | None]:
    return [None if value is None else round(value, 4) for value in values]


def _lines(value: dict[str, Any]) -> str:
    """JSON with one line for each thing that has a name."""
    parts = []
    for key, inner in value.items():
        if isinstance(inner, dict):
            rows = ",\n".join(f"  {json.dumps(name)}: {json.dumps(row)}" for name, row in inner.items())
            parts.append(f" {json.dumps(key)}: {{\n{rows}\n }}")
        else:
            parts.append(f" {json.dumps(key)}: {json.dumps(inner)}")
    return "{\n" + ",\n".join(parts) + "\n}\n"


def main() -> int:
    """Run, or show."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("what", choices=["run", "results"])
    parser.add_argument("--output", type=Path, required=True, help="folder of corpora and store")
    parser.add_argument("--peers", type=Path, help="folder of the peers' environments")
    parser.add_argument("--slow", action="store_true", help="the slow peers, too")
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--nulls", type=int, default=250)
    options = parser.parse_args()
    if options.what == "run":
        return run(options.output, options.peers, options.workers, options.nulls, slow=options.slow)
    results(options.output)
    return 0


if __name__ == "__main__":
    sys.exit(main())
