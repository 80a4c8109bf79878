"""Near-duplicates: ours beside the peers', and beside what hashing alone costs on this machine.

    HOLDFAST_REAL_DATA=folder python benchmarks/near_duplicates.py --peers PYTHON [--sizes 10000 100000 1000000] [--runs 5]

PYTHON is an interpreter with rensa and datasketch. Every run is a process of its own over the same texts (`scale_corpus.py`); what is
timed begins with the texts in memory and ends with a flag for every row that has a near-duplicate. Writes
benchmarks/results/near_duplicates.md.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np

PERMUTATIONS = 128
SIMILARITY = 0.8
WARM = 10_000
"""Rows that are worked on before, and not timed, so that compiled kernels are there: of fewer, too few are distinct to be worth them."""


def grams(text: str) -> set[str]:
    text = " ".join(text.split()).lower().ljust(5)
    return {text[i : i + 5] for i in range(len(text) - 4)}


def by_holdfast(texts: list[str]) -> np.ndarray:
    from holdfast.views.items import content_keys, number_contents, read_letters, shingles
    from holdfast.views.joining import find_alike
    from holdfast.views.links import Links
    from holdfast.views.tokens import fold_all

    folded = fold_all(texts)
    letters = read_letters(folded)
    exact = number_contents(content_keys(folded) if letters is None else letters.content_keys)
    rows = np.unique(exact, return_index=True)[1]
    lengths = np.fromiter((len(folded[row]) for row in rows.tolist()), np.int64, len(rows))

    def make(some: np.ndarray):
        if letters is not None:
            return letters.shingles(rows[some])
        return shingles([folded[row] for row in rows[some].tolist()])

    links = Links.none(len(rows))
    find_alike(make, lengths, links=links)
    near = links.groups[exact]
    return np.bincount(near)[near] > 1


def by_rensa(texts: list[str]) -> np.ndarray:
    from rensa import RMinHash, RMinHashLSH

    flags = []
    lsh = RMinHashLSH(threshold=SIMILARITY, num_perm=PERMUTATIONS, num_bands=16)
    matrix = RMinHash.digest_matrix_from_token_sets([grams(text) for text in texts], PERMUTATIONS, 42)
    flags = lsh.query_duplicate_flags_matrix_one_shot(matrix)
    return np.array(flags, bool)


def by_datasketch(texts: list[str], bands: tuple[int, int] | None = None) -> np.ndarray:
    from datasketch import MinHash, MinHashLSH

    lsh = MinHashLSH(threshold=SIMILARITY, num_perm=PERMUTATIONS, params=bands)
    flags = np.zeros(len(texts), bool)
    made = MinHash.generator(
        ([gram.encode() for gram in grams(text)] for text in texts), num_perm=PERMUTATIONS
    )
    for row, sketch in enumerate(made):
        for other in lsh.query(sketch):
            flags[other] = flags[row] = True
        lsh.insert(row, sketch)
    return flags


def by_datasketch_wide(texts: list[str]) -> np.ndarray:
    """With bands that find as much as is asked for: by itself it aims at a balance, and misses one in six."""
    return by_datasketch(texts, (16, 8))


def limit_signatures(texts: list[str]) -> np.ndarray:
    codes, starts = _codes(texts)
    rng = np.random.default_rng(0)
    factors = rng.integers(1, 2**32, PERMUTATIONS, np.uint32) | np.uint32(1)
    return _kernels()[0](codes, starts, factors, rng.integers(0, 2**32, PERMUTATIONS, np.uint32))[:, 0] > 0


def limit_hashes(texts: list[str]) -> np.ndarray:
    return _kernels()[1](*_codes(texts)) > 0


def _codes(texts: list[str]) -> tuple[np.ndarray, np.ndarray]:
    starts = np.zeros(len(texts) + 1, np.int64)
    np.cumsum(np.fromiter(map(len, texts), np.int64, len(texts)), out=starts[1:])
    joined = "".join(texts).encode("utf-32-le", "surrogatepass")
    return np.frombuffer(joined, "<u4"), starts


def _kernels():
    from numba import njit

    @njit(nogil=True)
    def signatures(codes, starts, factors, terms):
        rows, count = len(starts) - 1, len(factors)
        out = np.full((rows, count), np.uint32(0xFFFFFFFF), np.uint32)
        for row in range(rows):
            own = out[row]
            for i in range(starts[row], starts[row + 1] - 4):
                value = np.uint64(0)
                for j in range(5):
                    value = value * np.uint64(0x100000001B3) + np.uint64(codes[i + j])
                short = np.uint32(value ^ (value >> np.uint64(29)))
                for k in range(count):
                    own[k] = min(own[k], np.uint32(short * factors[k] + terms[k]))
        return out

    @njit(nogil=True)
    def hashes(codes, starts):
        out = np.zeros(len(starts) - 1, np.uint64)
        for row in range(len(starts) - 1):
            for i in range(starts[row], starts[row + 1] - 4):
                value = np.uint64(0)
                for j in range(5):
                    value = value * np.uint64(0x100000001B3) + np.uint64(codes[i + j])
                out[row] ^= value
        return out

    return signatures, hashes


JOBS = {
    "holdfast, exact": by_holdfast,
    "holdfast, exact, 1 thread": by_holdfast,
    "rensa, 128 permutations, 16 bands": by_rensa,
    "datasketch, 128 permutations, 16 bands": by_datasketch_wide,
    "datasketch, 128 permutations, its own bands": by_datasketch,
    "limit: 128 permutations, 1 thread": limit_signatures,
    "limit: 5-gram hashes, 1 thread": limit_hashes,
}
PEERS = ("rensa", "datasketch")
ENOUGH = 60
"""Seconds after which a run is not repeated."""


def run_job(name: str, file: Path, out: Path) -> None:
    """One run: figures on standard output, flags into a file."""
    texts = file.read_text("utf-8", "surrogatepass").split("\n")
    work = JOBS[name]
    if name.startswith("limit"):  # compiled here, and not timed
        made = _kernels()
        globals()["_kernels"] = lambda: made
    work(texts[:WARM])
    wall, cpu = time.perf_counter(), time.process_time()
    flags = work(texts)
    wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
    np.save(out, flags)
    # Not `getrusage`, which counts what the process was before it became this one.
    status = Path("/proc/self/status").read_text()
    peak = int(next(line.split()[1] for line in status.split("\n") if line.startswith("VmHWM"))) / 1024
    print(json.dumps({"wall": wall, "cpu": cpu, "peak": peak}))


def measure(name: str, file: Path, peers: str, out: Path) -> dict[str, float]:
    """One run in a process of its own."""
    threads = "1" if name.endswith("1 thread") else str(len(os.sched_getaffinity(0)))
    found = subprocess.run(
        [peers if name.startswith(PEERS) else sys.executable, __file__, "--job", name, str(file), str(out)],
        env=os.environ
        | {"HOLDFAST_THREADS": threads, "OPENBLAS_NUM_THREADS": "1", "RAYON_NUM_THREADS": threads},
        stdout=subprocess.PIPE,
        check=True,
    )
    return json.loads(found.stdout)


def pairs_of(corpus) -> np.ndarray:
    """Rows of which it is known that they are alike, whoever searches: copies whose true similarity to their original is .8."""
    found = []
    for row in np.flatnonzero(corpus.sources >= 0).tolist():
        one, other = grams(corpus.texts[row]), grams(corpus.texts[int(corpus.sources[row])])
        if len(one & other) >= SIMILARITY * len(one | other):
            found += [row, int(corpus.sources[row])]
    return np.unique(found)


def precise(flags: np.ndarray, truth: np.ndarray, known: np.ndarray) -> float:
    """Share of flagged rows that have a near-duplicate: known pairs, and those that the exact join finds (itself tested elsewhere)."""
    real = truth.copy()
    real[known] = True
    return float(real[flags].mean())


def machine() -> str:
    model = platform.processor()
    info = Path("/proc/cpuinfo")
    if info.exists():
        model = next(
            (line.split(":")[1].strip() for line in info.read_text().split("\n") if "model name" in line),
            model,
        )
    return f"{model}, {len(os.sched_getaffinity(0))} cores, Python {platform.python_version()}, numpy {np.__version__}"


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--peers", default=sys.executable, help="an interpreter with rensa and datasketch")
    parser.add_argument("--sizes", type=int, nargs="+", default=[10_000, 100_000, 1_000_000])
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument(
        "--patience", type=float, default=600, help="seconds that one run may be expected to take"
    )
    parser.add_argument("--job", nargs=3)
    options = parser.parse_args()
    if options.job:
        run_job(options.job[0], Path(options.job[1]), Path(options.job[2]))
        return
    import scale_corpus

    lines = [
        "# Near-duplicates",
        "",
        f"Written by `benchmarks/near_duplicates.py` on {machine()}. Seconds of the processor are what compares: little else ran",
        "beside it. Texts as `benchmarks/scale_corpus.py` makes them. Recall: of the rows of constructed pairs whose 5-grams have a Jaccard",
        "similarity of .8, the share that is flagged (ours reads 256 5-grams of a row, those with the smallest hashes, so that longer rows",
        "near .8 may fall to either side). Precision: of the flagged rows, the share with a true partner. Medians of the runs, five or as many as a",
        "minute allows; peak memory is of the whole process.",
        "",
        "| rows | who | runs | wall s | processor s | MB | recall | precision | processor, of the limit |",
        "|---|---|---|---|---|---|---|---|---|",
    ]
    folder = Path(tempfile.mkdtemp())
    last: dict[str, tuple[int, float]] = {}
    skipped: list[str] = []
    for size in options.sizes:
        corpus = scale_corpus.build(size)
        file = folder / f"{size}.txt"
        texts = [text.lower().replace("\n", " ") for text in corpus.texts]
        file.write_text("\n".join(texts), "utf-8", "surrogatepass")
        known = pairs_of(corpus)
        out = folder / "flags.npy"
        runs: dict[str, list[dict[str, float]]] = {}
        flags: dict[str, np.ndarray] = {}
        # In turns: whatever the machine does meanwhile meets all of them.
        for turn in range(options.runs):
            for name in JOBS:
                if name in last and last[name][1] * size / last[name][0] > options.patience:
                    if not turn:
                        skipped.append(f"{name} at {size:,}")
                    continue
                if turn and sum(run["wall"] for run in runs[name]) > ENOUGH:
                    continue
                runs.setdefault(name, []).append(measure(name, file, options.peers, out))
                flags[name] = np.load(out)
                print(size, name, runs[name][-1], flush=True)
        rows, truth = [], flags["holdfast, exact"]
        for name, done in runs.items():
            last[name] = size, done[0]["wall"]
            middle = {key: float(np.median([run[key] for run in done])) for key in done[0]} | {
                "runs": len(done)
            }
            rows.append((name, middle, float(flags[name][known].mean()), precise(flags[name], truth, known)))
        limit = next(middle["cpu"] for name, middle, _, _ in rows if name.startswith("limit: 128"))
        for name, middle, recall, precision in rows:
            shown = ("", "") if name.startswith("limit") else (f"{recall:.4f}", f"{precision:.4f}")
            lines.append(
                f"| {size:,} | {name} | {middle['runs']} | {middle['wall']:.2f} | {middle['cpu']:.2f} | {middle['peak']:,.0f} | {shown[0]} | {shown[1]}"
                f" | {middle['cpu'] / limit:.1f} |"
            )
        left_out = ["", f"Not run, for it would take too long: {'; '.join(skipped)}."] if skipped else []
        text = "\n".join([*lines, *left_out]) + "\n"
        (Path(__file__).parent / "results/near_duplicates.md").write_text(text)


if __name__ == "__main__":
    main()
