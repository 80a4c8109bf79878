"""What a user's programs would do in a cycle: write rows, train a model, examine it. `managed` names them in `holdfast.toml`.

python -m holdfast.lab.collapse.stage write --model M --rows 900 --seed 1 --output rows.jsonl
python -m holdfast.lab.collapse.stage train --data train.jsonl --learner learner.json --seed 1 --output model
python -m holdfast.lab.collapse.stage examine --model M --anchor anchor --output scores.csv
"""

from __future__ import annotations

import argparse
import csv
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec
import numpy as np

from holdfast.lab.collapse.readings import answer
from holdfast.lab.learners.learner import Decoding
from holdfast.lab.learners.saved import learner_of, open_trained, rows_of, train_into

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

TASK = "holdout"


def write(model: Path, rows: int, seed: int, output: Path, *, temperature: float, top_p: float) -> None:
    """Rows that a model writes, as JSON Lines."""
    decoding = Decoding(temperature=temperature, top_p=top_p)
    made = open_trained(model).write(rows, decoding=decoding, rng=np.random.default_rng(seed))
    with output.open("wb") as handle:
        for at, (label, text) in enumerate(made):
            row = {"id": f"{seed}-{at:06d}", "text": text} | ({"label": label} if label else {})
            handle.write(msgspec.json.encode(row) + b"\n")


def train(data: Path, learner: Path, seed: int, output: Path) -> None:
    """A model of these rows."""
    rows = [msgspec.json.decode(line) for line in data.read_bytes().splitlines()]
    labels = [row.get("label") for row in rows]
    described = msgspec.json.decode(learner.read_bytes())
    train_into(
        output,
        learner_of(described, str(learner)),
        [row["text"] for row in rows],
        None if None in labels else labels,
        seed=seed,
    )


def examine(model: Path, anchor: Path, output: Path) -> None:
    """What a model scores on the anchor's holdout, row by row: bits per byte, and whether a classifier of its rows is right."""
    import pyarrow.parquet as pq

    held = pq.read_table(anchor / "holdout.parquet", columns=["id", "text", "stratum"])
    ids, texts, strata = (held.column(name).to_pylist() for name in ("id", "text", "stratum"))
    learnt, labels = rows_of(model)
    bits = open_trained(model).bits(texts, strata if labels is not None else None)
    scores = [
        ("bits_per_byte", id_, one / max(len(text.encode()), 1), "false")
        for id_, text, one in zip(ids, texts, bits.tolist(), strict=True)
    ]
    if labels is not None:
        right = answer(learnt, labels, texts) == np.array(strata, object)
        scores += [
            ("accuracy", id_, float(one), "true") for id_, one in zip(ids, right.tolist(), strict=True)
        ]
    with output.open("w", newline="", encoding="utf-8") as file:
        table = csv.writer(file)
        table.writerow(("model", "task", "metric", "item", "value", "higher_is_better"))
        table.writerows(("model", TASK, metric, id_, value, higher) for metric, id_, value, higher in scores)


def main(words: Sequence[str] | None = None) -> None:
    """Does what the words say."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    verbs = parser.add_subparsers(dest="verb", required=True)
    for verb, names in (
        ("write", ("model", "output")),
        ("train", ("data", "learner", "output")),
        ("examine", ("model", "anchor", "output")),
    ):
        one = verbs.add_parser(verb)
        for name in names:
            one.add_argument(f"--{name}", type=Path, required=True)
        if verb != "examine":
            one.add_argument("--seed", type=int, required=True)
        if verb == "write":
            one.add_argument("--rows", type=int, required=True)
            one.add_argument("--temperature", type=float, default=1.0)
            one.add_argument("--top-p", type=float, default=1.0)
    given = vars(parser.parse_args(words))
    verb = given.pop("verb")
    verb_of: dict[str, Callable[..., None]] = {"write": write, "train": train, "examine": examine}
    verb_of[verb](**given)


if __name__ == "__main__":
    main()
