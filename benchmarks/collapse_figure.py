"""The figure: accuracy, rare recall and variety over eight generations, with nothing done, with one countermeasure, and managed.

    HOLDFAST_REAL_DATA=folder python benchmarks/collapse_figure.py run [--corpus clinc150] [--seeds 11 12 13 14 15]
    python benchmarks/collapse_figure.py page
    python benchmarks/collapse_figure.py run --reduced --store figure/runs.jsonl    # what `make figure` does, without any data

Each run is a line of results/collapse_runs.jsonl; a run that stands there is not made again, so an interrupted command goes on where it was.
"""

from __future__ import annotations

import argparse
import shutil
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING

from collapse.corpora import REDUCED, SETTINGS, read
from collapse.store import add_run, key_of, plain, read_runs
from holdfast.lab.collapse.generation import Scene
from holdfast.lab.collapse.managed import Managed
from holdfast.lab.collapse.protocols import Accumulate, Filtered, MixIn, Quotas, RealAlone, Replace, Steered
from holdfast.lab.collapse.readings import Examiner
from holdfast.lab.collapse.running import GENERATIONS, recur
from holdfast.lab.collapse.world import deal_world
from holdfast.lab.learners.learner import Decoding
from holdfast.lab.learners.ngrams import NgramLearner

if TYPE_CHECKING:
    from collapse.corpora import Setting
    from holdfast.lab.collapse.generation import Protocol

RESULTS = Path(__file__).resolve().parent / "results"
STORE = RESULTS / "collapse_runs.jsonl"
ARMS: tuple[Protocol, ...] = (
    Replace(),
    Managed(),
    RealAlone(),
    MixIn(share=0.3),
    MixIn(share=0.1),
    MixIn(share=0.2),
    Accumulate(fixed=True),
    Quotas(),
    Steered(),
    Filtered(),
    Accumulate(),
)
SEEDS = (11, 12, 13, 14, 15)


def run(
    settings: tuple[Setting, ...],
    seeds: list[int],
    arms: list[str],
    store: Path,
    *,
    audit_all: list[int],
    generations: int,
) -> None:
    learner = NgramLearner()
    for seed in seeds:
        for setting in settings:
            done = {tuple(sorted(one["key"].items(), key=str)) for one in read_runs(store)}
            keys = {
                arm.name: key_of(
                    corpus=setting.name,
                    size=setting.size,
                    tail=setting.tail,
                    seed=seed,
                    arm=arm.name,
                    learner=learner.name,
                )
                for arm in ARMS
                if not arms or arm.name in arms
            }
            open_ = [
                arm
                for arm in ARMS
                if arm.name in keys and tuple(sorted(keys[arm.name].items(), key=str)) not in done
            ]
            if not open_:
                continue
            work = Path(tempfile.mkdtemp(prefix="collapse-"))
            world = deal_world(
                read(setting.name), size=setting.size, folder=work / "world", seed=seed, tail=setting.tail
            )
            examiner = Examiner(world=world)
            start = None
            for arm in open_:
                begun = time.monotonic()
                scene = Scene(
                    world=world, learner=learner, decoding=Decoding(), seed=seed, folder=work / "arm"
                )
                # Every generation of the first seed is audited, of the others the last: what an audit takes would be most of the figure.
                audited = range(generations + 1) if seed in audit_all else (generations,)
                kept = []
                for told in recur(
                    scene, arm, generations=generations, audited=audited, examiner=examiner, start=start
                ):
                    start = told if told.reading.generation == 0 else start
                    kept.append(plain(told.reading, start.reading))
                add_run(store, keys[arm.name], kept, time.monotonic() - begun)
                shutil.rmtree(work / "arm", ignore_errors=True)
                first, last = kept[0], kept[-1]
                said = (
                    ", ".join(
                        f"{name} {last[name] / first[name]:.3f}" for name in ("accuracy", "rare_recall")
                    )
                    + f", words {last['words'][0] / first['words'][0]:.3f}"
                )
                print(
                    f"{setting.name} {seed} {arm.name}: {said}, {time.monotonic() - begun:.0f} s, {last.get('halted')}",
                    flush=True,
                )
            shutil.rmtree(work, ignore_errors=True)


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    verbs = parser.add_subparsers(dest="verb", required=True)
    running = verbs.add_parser("run")
    running.add_argument("--corpus", action="append", choices=[one.name for one in SETTINGS])
    running.add_argument("--arm", action="append", choices=[one.name for one in ARMS], default=[])
    running.add_argument("--seeds", type=int, nargs="+", default=list(SEEDS))
    running.add_argument(
        "--audit-all",
        type=int,
        nargs="*",
        default=[SEEDS[0]],
        help="Seeds of which every generation is audited.",
    )
    running.add_argument("--generations", type=int, default=GENERATIONS)
    running.add_argument("--reduced", action="store_true")
    running.add_argument("--store", type=Path, default=STORE)
    drawing = verbs.add_parser("page")
    drawing.add_argument("--store", type=Path, default=STORE)
    drawing.add_argument("--output", type=Path, default=RESULTS)
    given = parser.parse_args()
    if given.verb == "run":
        settings = REDUCED if given.reduced else SETTINGS
        chosen = tuple(one for one in settings if not given.corpus or one.name in given.corpus)
        run(
            chosen,
            given.seeds,
            given.arm,
            given.store,
            audit_all=given.audit_all,
            generations=given.generations,
        )
    else:
        from collapse.page import write_page

        write_page(given.store, given.output)


if __name__ == "__main__":
    main()
