"""Kinds of text: does the audit work where words are not separated by spaces, on code, on chats, on long rows?

    HOLDFAST_REAL_DATA=folder python benchmarks/kinds.py --draws 20

For each kind, a null (real against real, disjoint) and planted losses: strata removed, the typical half kept. Writes
benchmarks/results/kinds.json and prints the table.
"""

from __future__ import annotations

import argparse
import ast
import csv
import json
import sys
from collections import Counter
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

import numpy as np

import holdfast
import power
import world


def thai() -> list[world.Row]:
    """Human sentences in Thai with a topic, no spaces between words."""
    rows = []
    for name in ("topic__th-train_human_parsed.csv", "topic__th-test.csv"):
        with (world.folder() / "multiling_cls" / name).open(newline="") as file:
            rows += [world.Row(row["text"], row["intent"]) for row in csv.DictReader(file)]
    return rows


def code() -> list[world.Row]:
    """Functions of the standard library's own source, module as label."""
    rows = []
    for file in sorted(Path(ast.__file__).parent.glob("**/*.py")):
        module = file.relative_to(Path(ast.__file__).parent).parts[0].removesuffix(".py")
        if module not in sys.stdlib_module_names or module in ("test", "idlelib", "lib2to3", "encodings"):
            continue
        source = file.read_text(errors="ignore")
        try:
            tree = ast.parse(source)
        except SyntaxError:
            continue
        rows += [
            world.Row(ast.get_source_segment(source, node) or "", module)
            for node in ast.walk(tree)
            if isinstance(node, ast.FunctionDef) and 4 <= (node.end_lineno or 0) - node.lineno <= 80
        ]
    common = {module for module, n in Counter(str(row.label) for row in rows).items() if n >= 60}
    return [row for row in rows if row.label in common]


def news_at_length() -> list[world.Row]:
    """Rows of about 2,000 words: fifty news leads of one topic each, drawn anew for every row from all leads."""
    return world.ag_news()


def chats() -> list[world.Row]:
    """Requests that become chats of several turns with tool calls."""
    return world.clinc150()


def as_chat(row: world.Row, rng: np.random.Generator) -> dict:
    """A chat around a real request: system, user, a tool call, its answer, a closing turn."""
    return {
        "messages": [
            {"role": "system", "content": "You are a helpful assistant."},
            {"role": "user", "content": row.text},
            {
                "role": "assistant",
                "content": None,
                "tool_calls": [
                    {
                        "type": "function",
                        "function": {"name": "lookup", "arguments": json.dumps({"query": row.text})},
                    }
                ],
            },
            {"role": "tool", "content": json.dumps({"ok": True, "ticket": int(rng.integers(10**6))})},
            {"role": "user", "content": "thanks"},
        ],
        "label": row.label,
    }


def at_length(rows: list[world.Row], count: int, rng: np.random.Generator) -> list[world.Row]:
    """Long rows made of fifty leads of one topic."""
    pools: dict[str, list[str]] = {}
    for row in rows:
        pools.setdefault(str(row.label), []).append(row.text)
    return [
        world.Row("\n".join(pools[label][int(i)] for i in rng.integers(0, len(pools[label]), 50)), label)
        for label in rng.choice(sorted(pools), count)
    ]


KINDS = {
    "thai": (thai, 400),
    "code": (code, 1_500),
    "chat with tool calls": (chats, 1_500),
    "2,000 words": (news_at_length, 500),
}
LOSSES = ("none", "a tenth of strata removed", "typical half kept", "every row 8 times")
ROWS: dict = {}


def one(job: tuple[str, str, int]) -> dict:
    """One audit of one kind."""
    kind, loss, draw = job
    read, size = KINDS[kind]
    if kind not in ROWS:
        ROWS[kind] = read()
    rng = np.random.default_rng([draw, len(kind)])
    rows = ROWS[kind]
    if kind == "2,000 words":
        # Both sides draw from all leads: were each given its own half, rows of one side would share leads with each
        # other and none with the other side, and real rows would not be exchangeable with candidate rows.
        made = at_length(rows, 3 * size + 200, rng)
        anchor, spare = made[:size], made[size:]
    else:
        order = rng.permutation(len(rows))
        anchor, spare = [rows[i] for i in order[:size]], [rows[i] for i in order[size:]]
    lost: set[str] = set()
    if loss == "none":
        candidate = spare[:size]
    elif loss.endswith("removed"):
        labels = sorted({str(row.label) for row in rows})
        lost = set(rng.permutation(labels)[: max(1, len(labels) // 10)].tolist())
        candidate = [row for row in spare if row.label not in lost][:size]
    elif loss.endswith("kept"):
        candidate = (
            power.typical(rng, spare, min(size, len(spare) // 3))[1]
            if kind == "2,000 words"
            else _typical(spare, size)
        )
    else:
        candidate = [row for row in spare[: max(size // 8, 30)] for _ in range(8)]
    chat = kind.startswith("chat")
    make = (lambda rows: [as_chat(row, rng) for row in rows]) if chat else world.records
    audit = holdfast.audit(make(candidate), real=make(anchor), label="label", seed=draw)
    return {
        "verdict": audit.verdict,
        "failed": [o.measure.name for o in audit.outcomes if o.verdict == "fail"],
        "named": len(lost & set(audit.lost)) / len(lost) if lost else None,
        "shape": audit.candidate.detection.shape,
        "words": float(np.median(audit.sides.candidate.tokens.counts)),
        "sizes": [len(audit.sides.anchor), len(audit.sides.candidate)],
    }


def _typical(spare: list[world.Row], size: int) -> list[world.Row]:
    """The half nearest to the centre of its stratum, over character n-grams so that any script works."""
    from sklearn.feature_extraction.text import TfidfVectorizer

    pool = spare[: 2 * size]
    vectors = TfidfVectorizer(analyzer="char", ngram_range=(1, 3), sublinear_tf=True).fit_transform(
        [r.text for r in pool]
    )
    labels = np.array([str(row.label) for row in pool])
    kept = []
    for label in np.unique(labels):
        at = np.flatnonzero(labels == label)
        centre = np.asarray(vectors[at].mean(axis=0)).ravel()
        kept += at[np.argsort(-(vectors[at] @ centre))[: (len(at) + 1) // 2]].tolist()
    return [pool[i] for i in kept]


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--draws", type=int, default=20)
    parser.add_argument("--kinds", nargs="*", default=list(KINDS), choices=list(KINDS), metavar="KIND")
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--output", type=Path, default=Path(__file__).parent / "results/kinds.json")
    options = parser.parse_args()
    # Kinds that are not asked for keep the figures they have.
    table = json.loads(options.output.read_text()) if options.output.exists() else {}
    for kind in options.kinds:
        for loss in LOSSES:
            with ProcessPoolExecutor(options.workers) as pool:
                results = list(pool.map(one, [(kind, loss, i) for i in range(options.draws)]))
            table[f"{kind}: {loss}"] = {
                "draws": len(results),
                "verdicts": dict(Counter(r["verdict"] for r in results)),
                "failed_measures": dict(Counter(m for r in results for m in r["failed"])),
                "named": power.mean([r["named"] for r in results]),
                "shape": results[0]["shape"],
                "median_words": results[0]["words"],
                "rows": results[0]["sizes"],
            }
            print(f"{kind}: {loss}", json.dumps(table[f"{kind}: {loss}"]), flush=True)
    options.output.parent.mkdir(exist_ok=True)
    options.output.write_text(json.dumps(table, indent=1) + "\n")


if __name__ == "__main__":
    main()
