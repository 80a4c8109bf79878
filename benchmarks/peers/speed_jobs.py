"""What `peers_speed.py` times, each in a process of its own: published metrics, by a peer or by us.

    python speed_jobs.py JOB FOLDER ROWS

Waits for lines; each line is a run, answered with a line of JSON: wall and processor seconds, figures, and peak memory so far. What is not in
Python's own library is imported by the job that needs it, so that this file runs in every peer's environment.
"""

from __future__ import annotations

import contextlib
import json
import os
import resource
import sys
import time
import traceback
import warnings
from itertools import islice
from pathlib import Path

NEIGHBOURS = 5
BLEU_ROWS = 20
"""Rows of many that a peer which takes minutes for all is asked for; its time is scaled up."""
PAIRED_ROWS = 200
THREADS = len(os.sched_getaffinity(0))


def texts(folder: Path, rows: int, side: str = "made") -> list[str]:
    with (folder / f"{side}.jsonl").open() as file:
        return [json.loads(line)["text"] for line in islice(file, rows)]


def features(folder: Path, rows: int):
    import numpy as np

    return [np.load(folder / f"{side}.npy", mmap_mode="r")[:rows].copy() for side in ("real", "made")]


def alnum(text: str) -> list[str]:
    """Words as `rouge_score` takes them."""
    import re

    return re.findall("[a-z0-9]+", text.lower())


def chosen(rows: int) -> list[int]:
    """Some rows of many, spread evenly."""
    return list(range(0, rows, max(1, rows // BLEU_ROWS)))[:BLEU_ROWS]


# Each job gets what it needs and returns what is timed: a function that gives its figures. A third value scales the time where only a
# part of the work is done.


def prdc_peer(folder: Path, rows: int):
    from prdc import compute_prdc

    real, made = features(folder, rows)
    return lambda: {
        name: float(v)
        for name, v in compute_prdc(real_features=real, fake_features=made, nearest_k=NEIGHBOURS).items()
    }


def prdc_own(folder: Path, rows: int):
    from holdfast.stats.published.balls import compare_balls

    real, made = features(folder, rows)

    def run():
        found = compare_balls(real, made, neighbours=NEIGHBOURS, closed=False, threads=THREADS)
        return {name: getattr(found, name) for name in ("precision", "recall", "density", "coverage")}

    return run


def products_own(folder: Path, rows: int):
    """Nothing but the matrix products that balls take, half of those inside a side."""
    import numpy as np

    from holdfast.stats.published.distances import COLUMNS, ROWS, share_out

    real, made = features(folder, rows)

    def run():
        def work(_, job):
            first, second, row, column = job
            first[row : row + ROWS] @ second[column : column + COLUMNS].T

        def jobs():
            for first, second in ((real, real), (made, made), (real, made)):
                for column in range(0, rows, COLUMNS):
                    for row in range(0, rows if first is not second else min(rows, column + COLUMNS), ROWS):
                        yield first, second, row, column

        share_out(work, jobs(), [None] * THREADS)
        return {"rows": float(np.int64(rows))}

    return run


def vendi_peer(folder: Path, rows: int):
    from vendi_score import vendi

    made = features(folder, rows)[1]
    return lambda: {"order 1": float(vendi.score_X(made, q=1, normalize=True))}


def vendi_dual_peer(folder: Path, rows: int):
    from vendi_score import vendi

    made = features(folder, rows)[1]
    return lambda: {"order 1": float(vendi.score_dual(made, q=1, normalize=True))}


def vendi_own(folder: Path, rows: int):
    from holdfast.stats.published.vendi import vendi_scores

    made = features(folder, rows)[1]
    return lambda: {"order 1": vendi_scores(made, threads=THREADS)[0]}


def mauve_peer(folder: Path, rows: int, clusters: int | str = "auto"):
    import mauve

    real, made = features(folder, rows)
    seeds = iter(range(1_000))
    return lambda: {
        "MAUVE": float(
            mauve.compute_mauve(
                p_features=real, q_features=made, num_buckets=clusters, seed=next(seeds)
            ).mauve
        )
    }


def mauve_own(folder: Path, rows: int, clusters: int | None = None):
    import numpy as np

    from holdfast.stats.published.mauve import compute_mauve

    real, made = features(folder, rows)
    seeds = iter(range(1_000))
    return lambda: {
        "MAUVE": compute_mauve(
            real, made, np.random.default_rng(next(seeds)), clusters=clusters, threads=THREADS
        ).area
    }


def mauve_500_peer(folder: Path, rows: int):
    return mauve_peer(folder, rows, 500)


def mauve_500_own(folder: Path, rows: int):
    return mauve_own(folder, rows, 500)


def mmd_width(real) -> float:
    """One width for both: the median distance of unit rows that share little."""
    return 1.4 * float((real[0].astype(float) ** 2).sum()) ** 0.5


def mmd_peer(folder: Path, rows: int):
    from sklearn.metrics.pairwise import rbf_kernel

    real, made = (side.astype(float) for side in features(folder, rows))
    gamma = 0.5 / mmd_width(real) ** 2
    return lambda: {
        "biased": float(
            rbf_kernel(real, gamma=gamma).mean()
            + rbf_kernel(made, gamma=gamma).mean()
            - 2 * rbf_kernel(real, made, gamma=gamma).mean()
        )
    }


def mmd_own(folder: Path, rows: int):
    from holdfast.stats.published.mmd import squared_mmd
    from holdfast.stats.published.similarities import Gaussian

    real, made = features(folder, rows)
    alike = Gaussian(width=mmd_width(real))
    return lambda: {"biased": squared_mmd(real, made, alike, threads=THREADS).biased}


def compression_peer(folder: Path, rows: int):
    from diversity import compression_ratio

    made = texts(folder, rows)
    return lambda: {"ratio": float(compression_ratio(made, "gzip"))}


def compression_own(folder: Path, rows: int):
    from holdfast.stats.published.compression import compression_ratio

    made = texts(folder, rows)
    return lambda: {"ratio": compression_ratio(made)}


def ngrams_peer(folder: Path, rows: int):
    from diversity import ngram_diversity_score

    made = texts(folder, rows)
    return lambda: {"sum of 1 to 4": float(ngram_diversity_score(made, 4))}


def ngrams_own(folder: Path, rows: int):
    from holdfast.stats.published.phrases import ngram_diversity
    from holdfast.stats.published.words import Words

    made = texts(folder, rows)
    return lambda: {"sum of 1 to 4": ngram_diversity(Words.split(made))}


def repetition_peer(folder: Path, rows: int):
    from diversity import self_repetition_score

    made = texts(folder, rows)
    return lambda: {"n = 4": float(self_repetition_score(made, verbose=False))}


def repetition_own(folder: Path, rows: int):
    from holdfast.stats.published.phrases import self_repetition
    from holdfast.stats.published.words import Words

    made = texts(folder, rows)
    return lambda: {"n = 4": self_repetition(Words.of(text.split() for text in made))}


def rouge_peer(folder: Path, rows: int):
    """All pairs of some rows: all pairs of 10,000 would take hours."""
    from diversity import homogenization_score

    few = texts(folder, min(rows, PAIRED_ROWS))
    scale = rows * (rows - 1) / (len(few) * (len(few) - 1))
    return (
        lambda: {f"ROUGE-L of {len(few)} rows": float(homogenization_score(few, "rougel", verbose=False))}
    ), scale


def rouge_own(folder: Path, rows: int):
    from holdfast.stats.published.homogenisation import homogenisation
    from holdfast.stats.published.words import Words

    made = texts(folder, rows)

    def run():
        words = [alnum(text) for text in made]
        return {f"ROUGE-L of {len(made)} rows": homogenisation(Words.of(words), threads=THREADS)}

    return run


def rouge_few_own(folder: Path, rows: int):
    """The rows that the peer reads, to compare the figures."""
    return rouge_own(folder, min(rows, PAIRED_ROWS))


def rouge_part_own(folder: Path, rows: int):
    """Some rows against all: an estimate, for sizes at which nobody compares all pairs."""
    import numpy as np

    from holdfast.stats.published.homogenisation import likeness_to_others
    from holdfast.stats.published.words import Words

    made = texts(folder, rows)
    some = np.sort(np.random.default_rng(0).choice(rows, 1_000, replace=False))

    def run():
        found = likeness_to_others(Words.of(map(alnum, made)), some, threads=THREADS)
        return {"ROUGE-L": float(found.mean()), "standard error": float(found.std(ddof=1) / len(some) ** 0.5)}

    return run


def bleu_peer(folder: Path, rows: int):
    from nltk.translate.bleu_score import SmoothingFunction, sentence_bleu

    words = [text.split() for text in texts(folder, rows)]
    some, smoothing = chosen(rows), SmoothingFunction().method1

    def run():
        found = [
            sentence_bleu(words[:i] + words[i + 1 :], words[i], smoothing_function=smoothing) for i in some
        ]
        return {f"mean of {len(some)} rows": sum(found) / len(found)}

    return run, rows / len(some)


def bleu_own(folder: Path, rows: int):
    from holdfast.stats.published.bleu import self_bleu
    from holdfast.stats.published.words import Words

    made = texts(folder, rows)
    some = chosen(rows)

    def run():
        found = self_bleu(Words.of(text.split() for text in made))
        return {f"mean of {len(some)} rows": float(found[some].mean()), "mean of all": float(found.mean())}

    return run


def drift_report(folder: Path, rows: int):
    """Evidently's drift report of texts and labels, as a page, the way its documentation has it."""
    import pandas as pd
    from evidently import DataDefinition, Dataset, Report
    from evidently.presets import DataDriftPreset

    definition = DataDefinition(text_columns=["text"], categorical_columns=["label"])

    def read(side: str) -> Dataset:
        frame = pd.read_json(folder / f"{side}-{rows}.jsonl", lines=True)
        return Dataset.from_pandas(frame, data_definition=definition)

    found = Report([DataDriftPreset()]).run(read("made"), read("real"))
    found.save_html(str(folder / "drift.html"))
    Path(folder / "drift.json").write_text(found.json())


def peak() -> float:
    """Peak megabytes of this process; `ru_maxrss` would begin with those of its parent."""
    lines = Path("/proc/self/status").read_text().splitlines()
    return int(next(line for line in lines if line.startswith("VmHWM")).split()[1]) / 1024


def serve(job: str, folder: Path, rows: int) -> None:
    out = os.fdopen(os.dup(1), "w")
    limit = int(float(os.environ["GIGABYTES"]) * 2**30)
    resource.setrlimit(resource.RLIMIT_DATA, (limit, limit))
    begin = time.perf_counter()
    with contextlib.redirect_stdout(sys.stderr):
        made = globals()[job](folder, rows)
        run, scale = made if isinstance(made, tuple) else (made, 1.0)
        print(json.dumps({"ready": time.perf_counter() - begin}), file=out, flush=True)
        for _ in sys.stdin:
            wall, processor = time.perf_counter(), time.process_time()
            try:
                answer = {"figures": run()}
            except MemoryError:
                answer = {"error": "memory"}
            except Exception:  # noqa: BLE001 - a peer's failure is a finding; the page says so
                answer = {"error": traceback.format_exc(limit=3)}
            answer |= {
                "wall": (time.perf_counter() - wall) * scale,
                "processor": (time.process_time() - processor) * scale,
                "scale": scale,
                "megabytes": peak(),
            }
            print(json.dumps(answer), file=out, flush=True)


if __name__ == "__main__":
    warnings.simplefilter("ignore")
    name, place, size = sys.argv[1:4]
    if name == "drift_report":
        drift_report(Path(place), int(size))
    else:
        serve(name, Path(place), int(size))
