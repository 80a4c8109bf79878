"""A corpus of any size, cut from real texts: what speed and memory are measured on.

    HOLDFAST_REAL_DATA=folder python benchmarks/scale_corpus.py 1000000 corpus.jsonl [--seed 0]

Pieces of 10 to 60 words of every text in the folder of the real data, four in five of them originals, one in five a copy of an original
with none to four words changed. Where the texts give fewer pieces than are asked for, they are cut again at other places. The same
count and seed give the same corpus. Nothing of it is kept in the project.
"""

from __future__ import annotations

import argparse
import csv
import io
import json
import os
import sys
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Iterator

COPIES = 0.2
MOST_EDITS = 4
SHORTEST, LONGEST = 10, 60
csv.field_size_limit(sys.maxsize)


@dataclass(frozen=True, slots=True, kw_only=True)
class Corpus:
    """Rows with what is known of them.

    Attributes:
        texts: The rows.
        labels: The collection that each was cut from.
        sources: int64 [n], the row that each is a copy of, -1 for originals.
        edits: int64 [n], words changed in a copy.
    """

    texts: list[str]
    labels: list[str]
    sources: np.ndarray
    edits: np.ndarray


def texts(count: int, seed: int = 0) -> list[str]:
    """So many rows."""
    return build(count, seed).texts


def labelled(count: int, seed: int = 0) -> list[tuple[str, str]]:
    """So many rows, each with the collection that it was cut from."""
    corpus = build(count, seed)
    return list(zip(corpus.texts, corpus.labels, strict=True))


def build(count: int, seed: int = 0) -> Corpus:
    """The corpus with its copies marked."""
    rng = np.random.default_rng(seed)
    copies = int(COPIES * count)
    pieces = _pieces(count - copies, rng)
    rows = [text for text, _ in pieces]
    labels = [label for _, label in pieces]
    origin = rng.integers(0, len(pieces), copies)
    edits = rng.integers(0, MOST_EDITS + 1, copies)
    words = sorted({word for text, _ in pieces[:20_000] for word in text.split()})
    places = rng.random((copies, MOST_EDITS))
    others = rng.integers(0, len(words), (copies, MOST_EDITS)).tolist()
    for copy, (row, changes) in enumerate(zip(origin.tolist(), edits.tolist(), strict=True)):
        text = rows[row].split()
        for place, other in zip(places[copy, :changes].tolist(), others[copy], strict=False):
            text[int(place * len(text))] = words[other]
        rows.append(" ".join(text))
        labels.append(labels[row])
    order = rng.permutation(count)
    place = np.empty(count, np.int64)
    place[order] = np.arange(count)
    sources = np.full(count, -1, np.int64)
    sources[place[len(pieces) :]] = place[origin]
    changed = np.zeros(count, np.int64)
    changed[place[len(pieces) :]] = edits
    return Corpus(
        texts=[rows[i] for i in order.tolist()],
        labels=[labels[i] for i in order.tolist()],
        sources=sources,
        edits=changed,
    )


def _pieces(count: int, rng: np.random.Generator) -> list[tuple[str, str]]:
    """Distinct pieces of texts and their collections, in an order of chance."""
    found: dict[str, str] = {}
    whole = [(text.split(), label) for text, label in read(Path(os.environ["HOLDFAST_REAL_DATA"]))]
    for _ in range(50):
        begins = rng.integers(0, LONGEST, len(whole)).tolist()
        sizes = rng.integers(SHORTEST, LONGEST + 1, 1_000_003).tolist()
        drawn = 0
        for i in rng.permutation(len(whole)).tolist():
            words, label = whole[i]
            # A first cut of chance: the next time round, pieces begin elsewhere.
            at = begins[i] if len(words) > LONGEST else 0
            while len(words) - at >= SHORTEST:
                size = sizes[drawn % len(sizes)]
                drawn += 1
                found.setdefault(" ".join(words[at : at + size]), label)
                at += size
            if len(found) >= count:
                break
        if len(found) >= count:
            break
    else:
        raise SystemExit(f"the texts give no more than {len(found)} pieces")
    pieces = list(found.items())
    return [pieces[i] for i in rng.permutation(len(pieces))[:count].tolist()]


@cache
def read(folder: Path) -> list[tuple[str, str]]:
    """Every distinct text of at least ten words, with the collection it stands in."""
    found: dict[str, str] = {}
    for file in sorted(folder.glob("*/**/*")):
        if not file.is_file():
            continue
        label = file.relative_to(folder).parts[0]
        for value in _values(file):
            for text in _strings(value):
                if text.count(" ") >= SHORTEST - 1:
                    found.setdefault(" ".join(text.split()), label)
    return list(found.items())


def _values(file: Path) -> Iterator[Any]:
    text = file.read_text("utf-8", errors="replace")
    if file.suffix == ".json":
        try:
            yield json.loads(text)
        except json.JSONDecodeError:  # one value a line, whatever it is called
            yield from _lines(text)
    elif file.suffix == ".jsonl":
        yield from _lines(text)
    elif file.suffix in {".csv", ".tsv"}:
        yield from csv.reader(
            io.StringIO(text.replace("\0", " "), newline=""), delimiter="," if file.suffix == ".csv" else "\t"
        )
    else:
        yield text.split("\n")


def _lines(text: str) -> Iterator[Any]:
    return (json.loads(line) for line in text.split("\n") if line.strip())


def _strings(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for part in value.values():
            yield from _strings(part)
    elif isinstance(value, list):
        for part in value:
            yield from _strings(part)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("count", type=int)
    parser.add_argument("file", type=Path)
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    corpus = build(options.count, options.seed)
    with options.file.open("w", encoding="utf-8") as file:
        for text, label in zip(corpus.texts, corpus.labels, strict=True):
            file.write(json.dumps({"text": text, "label": label}) + "\n")


if __name__ == "__main__":
    main()
