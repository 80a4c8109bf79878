"""Is the planner right? What it forecasts from one generation, beside loops that are really run for six rounds.

    HOLDFAST_REAL_DATA=folder python benchmarks/planner.py

Two kinds of loop. *Language*: an n-gram model is trained on real texts under their labels, writes as many rows, the next one is trained on
those, and so on; decoding is fair, sharpened (temperature .95 and .9) or cut (top-p .95). *Samplers*: no texts, only strata whose
shares a sampler bends: some strata are written less, all are sharpened, the tail is cut, or a judge prefers some strata in every round.
Each under the protocols replace, mix (a quarter fresh real rows), replay and accumulate. The plan sees reality and the first generation; it is
asked for the retention of every stratum after six rounds. At least 80 % should end inside their 90 % intervals. Writes
results/planner.json.
"""

from __future__ import annotations

import json
import time
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

import world
from holdfast.lab.ngram import NgramModel
from holdfast.remedies.plan.ratio import plan_ratio
from holdfast.remedies.plan.survival import Counts

if TYPE_CHECKING:
    from collections.abc import Callable

ROUNDS = 6
SHARE = 0.25
PROTOCOLS = ("replace", "mix", "replay", "accumulate")
DECODING = {
    "fair": {},
    "temperature .95": {"temperature": 0.95},
    "temperature .9": {"temperature": 0.9},
    "top-p .95": {"top_p": 0.95},
}
LANGUAGE_LOOPS, SAMPLER_LOOPS = 2, 20
ROWS = {"clinc150": 3_000, "banking77": 3_000, "ag_news": 1_000}
STRATA = {"clinc150": 40, "banking77": 40, "ag_news": 4}


def counted(labels: list[str], names: list[str]) -> np.ndarray:
    """int64 [k], rows of each stratum."""
    found = Counter(labels)
    return np.array([found[name] for name in names])


def language(
    corpus: str, decoding: str, protocol: str, seed: int
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Real counts, those of the first generation, and retention of every stratum after the last round."""
    rng = np.random.default_rng([seed, len(corpus), len(decoding), len(protocol)])
    texts, order, weights = world.thinned(world.DATA[corpus](), rng)
    names = order[: STRATA[corpus]]
    weights = weights[: len(names)] / weights[: len(names)].sum()
    rows = ROWS[corpus]

    def reality(count: int) -> tuple[list[str], list[str]]:
        labels = [names[at] for at in rng.choice(len(names), count, p=weights)]
        return [texts[label][rng.integers(len(texts[label]))] for label in labels], labels

    held = reality(rows)
    real = counted(held[1], names)
    trained, pool, first = held, [held], np.zeros(0)
    for _ in range(ROUNDS):
        model = NgramModel.train(trained[0], tags=trained[1])
        drawn = model.sample_labelled(rows, rng=rng, **DECODING[decoding])
        made = [text for _, text in drawn], [label for label, _ in drawn]
        first = first if len(first) else counted(made[1], names)
        pool.append(made)
        if protocol == "replace":
            trained = made
        elif protocol == "accumulate":
            trained = [t for part in pool for t in part[0]], [t for part in pool for t in part[1]]
        else:
            own = reality(int(SHARE * rows)) if protocol == "mix" else (held[0], held[1])
            # Replay: the same real rows every time, a quarter of the mix.
            take = (
                range(len(own[0]))
                if protocol == "mix"
                else np.random.default_rng(seed).permutation(rows)[: int(SHARE * rows)]
            )
            rest = rng.permutation(rows)[: rows - int(SHARE * rows)]
            trained = (
                [own[0][at] for at in take] + [made[0][at] for at in rest],
                [own[1][at] for at in take] + [made[1][at] for at in rest],
            )
    end = counted(trained[1], names)
    return real, first, (end / end.sum()) / np.maximum(real / real.sum(), 1e-12)


def weak(shares: np.ndarray) -> np.ndarray:
    """Every third stratum is written a third less."""
    return shares * np.where(np.arange(len(shares)) % 3 == 0, 0.67, 1.0)


def sharp(shares: np.ndarray) -> np.ndarray:
    """Temperature .9."""
    return shares ** (1 / 0.9)


def cut(shares: np.ndarray) -> np.ndarray:
    """What lies beyond the most probable 95 % is not written."""
    order = np.argsort(-shares)
    beyond = np.cumsum(shares[order]) - shares[order] >= 0.95 * shares.sum()
    found = shares.copy()
    found[order[beyond]] = 0.0
    return found


def judged(shares: np.ndarray) -> np.ndarray:
    """The better of two rows is kept, by a judge whose taste goes by stratum."""
    taste = np.argsort(np.argsort(np.sin(np.arange(len(shares)) * 7.0)))
    shares = shares / shares.sum()
    below = np.array([shares[taste < rank].sum() for rank in taste])
    return shares * (shares + 2 * below)


SAMPLERS: dict[str, Callable[[np.ndarray], np.ndarray]] = {
    "fair": lambda shares: shares,
    "some strata less": weak,
    "sharpened": sharp,
    "tail cut": cut,
    "judge's taste": judged,
}


def sampled(sampler: str, protocol: str, seed: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """The same of a loop without texts."""
    rng = np.random.default_rng([seed, len(sampler), len(protocol)])
    shares = rng.permutation(np.arange(1, 21) ** -0.8)
    shares /= shares.sum()
    rows = 4_000
    held = rng.multinomial(rows, shares)
    mix, pool, first = held / rows, [held / rows], np.zeros(0)
    replayed = rng.multivariate_hypergeometric(held, int(SHARE * rows)) / int(SHARE * rows)
    for _ in range(ROUNDS):
        drawn = SAMPLERS[sampler](mix)
        made = rng.multinomial(rows, drawn / drawn.sum())
        first = first if len(first) else made
        pool.append(made / rows)
        if protocol == "replace":
            mix = made / rows
        elif protocol == "accumulate":
            mix = np.mean(pool, axis=0)
        else:
            own = (
                rng.multinomial(int(SHARE * rows), shares) / int(SHARE * rows)
                if protocol == "mix"
                else replayed
            )
            mix = SHARE * own + (1 - SHARE) * made / rows
    return held, first, mix / np.maximum(held / rows, 1e-12)


def judged_by_plan(
    real: np.ndarray, made: np.ndarray, end: np.ndarray, protocol: str, seed: int
) -> list[dict[str, Any]]:
    """Every stratum that the plan speaks of: where it ended, and where the plan said it would."""
    names = tuple(f"s{at}" for at in range(len(real)))
    present = real > 0
    counts = Counts(
        names=tuple(name for name, there in zip(names, present, strict=True) if there),
        real=real[present].astype(float),
        made=made[present].astype(float),
        real_rows=float(real.sum()),
        made_rows=float(made.sum()),
    )
    plan = plan_ratio(
        counts, rounds=ROUNDS, protocol=protocol, real_share=SHARE, rng=np.random.default_rng(seed)
    )
    found = []
    for stratum in plan.strata:
        if not stratum.name.startswith("s"):  # several rare ones together
            continue
        at = int(stratum.name[1:])
        low, high = stratum.retention.low, stratum.retention.high
        found.append(
            {
                "real": int(real[at]),
                "end": round(float(end[at]), 4),
                "low": round(low, 4),
                "high": round(high, 4),
                "inside": bool(low <= end[at] <= high),
            }
        )
    return found


def main() -> None:
    """Runs all loops."""
    found: dict[str, dict[str, Any]] = {}
    loops = [
        *(
            ("language", f"{corpus}, {decoding}", protocol, LANGUAGE_LOOPS, (corpus, decoding))
            for corpus in ROWS
            for decoding in DECODING
            for protocol in PROTOCOLS
        ),
        *(
            ("sampler", sampler, protocol, SAMPLER_LOOPS, (sampler,))
            for sampler in SAMPLERS
            for protocol in PROTOCOLS
        ),
    ]
    for kind, name, protocol, count, what in loops:
        started = time.perf_counter()
        strata = []
        for seed in range(count):
            run = language if kind == "language" else sampled
            strata += judged_by_plan(*run(*what, protocol, seed), protocol, seed)
        inside = float(np.mean([entry["inside"] for entry in strata]))
        above = float(np.mean([entry["end"] > entry["high"] for entry in strata]))
        found[f"{name}, {protocol}"] = {
            "kind": kind,
            "loops": count,
            "strata": len(strata),
            "inside": inside,
            "above": above,
            "below": 1 - inside - above,
            "median_end": float(np.median([entry["end"] for entry in strata])),
            "median_width": float(np.median([entry["high"] - entry["low"] for entry in strata])),
        }
        print(
            f"{name}, {protocol}: {inside:.0%} of {len(strata)} inside, {above:.0%} above, {1 - inside - above:.0%} below, "
            f"{time.perf_counter() - started:.0f} s",
            flush=True,
        )
    summary = {
        kind: {
            "loops": sum(entry["loops"] for entry in found.values() if entry["kind"] == kind),
            "strata": sum(entry["strata"] for entry in found.values() if entry["kind"] == kind),
            "inside": float(
                np.average(
                    [entry["inside"] for entry in found.values() if entry["kind"] == kind],
                    weights=[entry["strata"] for entry in found.values() if entry["kind"] == kind],
                )
            ),
        }
        for kind in ("language", "sampler")
    }
    print(json.dumps(summary, indent=1))
    output = Path(__file__).parent / "results/planner.json"
    output.write_text(json.dumps({"summary": summary, "loops": found}, indent=1) + "\n")


if __name__ == "__main__":
    main()
