"""Corpora: the real rows a world is made of, from the user's files or generated on the spot.

The generated corpus needs no download: pseudo-words of one syllable or more, a vocabulary per stratum that is Zipf and
partly shared with the stratum's neighbours (so that some strata are confused), and frames common to all strata.
"""

from __future__ import annotations

import os
from bisect import bisect_right
from dataclasses import dataclass, replace
from functools import cache, cached_property
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from holdfast.data import canonical_json, read_records
from holdfast.errors import InputError, UsageError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

WHOLE = ""
"""The one stratum of a corpus without labels."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """A row of a world.

    Attributes:
        id: Unique in its corpus; a made or edited row has an id of its own.
        text: Its text.
        label: Its label, or None.
        parents: Ids of the real rows it was edited or put together from; empty for real rows and for rows that a
            model wrote.
    """

    id: str
    text: str
    label: str | None = None
    parents: tuple[str, ...] = ()

    @property
    def stratum(self) -> str:
        """Its label; `WHOLE` where it has none."""
        return WHOLE if self.label is None else self.label

    @property
    def origins(self) -> tuple[str, ...]:
        """Ids of the real rows in it: its parents, or itself where it is as it was."""
        return self.parents or (self.id,)

    def edited(self, tag: str, *, text: str | None = None, label: str | None = None) -> Row:
        """The same row with another text or label, and its origins as parents."""
        return Row(
            id=f"{self.id}#{tag}",
            text=self.text if text is None else text,
            label=self.label if label is None else label,
            parents=self.origins,
        )


@dataclass(frozen=True, kw_only=True)
class Corpus:
    """Real rows.

    Attributes:
        name: A short name for tables.
        rows: The rows in an order that their content decides, so that a shuffled file is the same corpus.
        labelled: Whether every row has a label.
    """

    name: str
    rows: tuple[Row, ...]
    labelled: bool

    @classmethod
    def of(cls, name: str, rows: Sequence[Row]) -> Corpus:
        """A corpus of these rows.

        Raises:
            InputError: There are none, two share an id, or only some have a label.
        """
        if not rows:
            raise InputError("a corpus needs rows", where=name)
        if len({row.id for row in rows}) < len(rows):
            raise InputError("two rows share an id", where=name)
        labels = sum(row.label is not None for row in rows)
        if labels not in (0, len(rows)):
            raise InputError(
                f"{len(rows) - labels} of {len(rows)} rows have no label",
                where=name,
                do="Leave them out, or name no label column",
            )
        ordered = sorted(rows, key=lambda row: (row.stratum, row.text, row.id))
        return cls(name=name, rows=tuple(ordered), labelled=labels > 0)

    def __len__(self) -> int:
        return len(self.rows)

    @cached_property
    def digest(self) -> str:
        """`sha256:...` over labels and texts: what makes two corpora the same world."""
        hashed = sha256()
        for row in self.rows:
            hashed.update(canonical_json([row.label, row.text]))
        return "sha256:" + hashed.hexdigest()

    @cached_property
    def by_stratum(self) -> Mapping[str, tuple[Row, ...]]:
        """Rows by stratum, strata in the order of their names."""
        return group_rows(self.rows)

    def unlabelled(self) -> Corpus:
        """The same texts without their labels."""
        rows = [replace(row, label=None) for row in self.rows]
        return Corpus.of(f"{self.name}, no labels" if self.labelled else self.name, rows)


def group_rows(rows: Sequence[Row]) -> dict[str, tuple[Row, ...]]:
    """Rows by stratum, strata in the order of their names."""
    groups: dict[str, list[Row]] = {}
    for row in rows:
        groups.setdefault(row.stratum, []).append(row)
    return {stratum: tuple(groups[stratum]) for stratum in sorted(groups)}


def read_corpus(
    source: str | Path | Sequence[Mapping[str, Any]],
    *,
    name: str | None = None,
    text: str | None = None,
    label: str | None = None,
    labelled: bool = True,
) -> Corpus:
    """Read a corpus from JSONL, CSV or whatever else `holdfast.data.read_records` reads.

    Args:
        source: A path, or rows in memory (those of `holdfast.lab.docstrings.read_docstrings` will do).
        name: A name for tables; that of the file where not given.
        text: Column of the text; detected where not given.
        label: Column of the label; detected where not given.
        labelled: False reads no labels, whatever is detected.

    Raises:
        InputError: Rows cannot be read, or only some have a label.
        UsageError: A named column does not exist.
    """
    if name is None and isinstance(source, (str, os.PathLike)):
        name = Path(source).stem
    records = read_records(source, text=text, label=label, name=name)
    strata = records.strata if labelled else None
    rows = [
        Row(id=id_, text=text_, label=stratum)
        for id_, text_, stratum in zip(
            records.ids, records.texts, strata or [None] * len(records), strict=True
        )
    ]
    return Corpus.of(records.name, rows)


_OPENERS = (
    "please tell me about",
    "i would like to know",
    "can you help me with",
    "what is the",
    "how do i get",
    "tell me",
    "i need",
    "is there any",
    "could you look up",
    "so",
    "where can i find",
    "my friend says that",
)
_JOINTS = ("and", "for", "with", "of the", "in", "to", "from my", "on the", "about", "near", "after", "or")
_CLOSERS = ("", "", "", "please", "today", "thanks", "right now", "if possible", "for me", "tomorrow morning")
_ONSETS = ("b", "d", "f", "g", "k", "l", "m", "n", "p", "r", "s", "t", "v", "z", "br", "st", "tr", "sh")
_NUCLEI = ("a", "e", "i", "o", "u", "ai", "or", "an", "el", "in")
_OWN_WORDS = 40
"""Words that one stratum knows."""
_SHARED_WORDS = 400
"""Words that all strata know."""
_NEIGHBOURS_SHARE = 0.25
_SHARED_SHARE = 0.3


def generate_corpus(
    *, strata: int = 40, rows_per_stratum: int = 300, seed: int = 0, name: str = "generated"
) -> Corpus:
    """Rows of pseudo-English requests, the same for the same seed everywhere.

    Args:
        strata: Number of labels.
        rows_per_stratum: Rows of each; a long tail is imposed when pools are dealt.
        seed: Seed of words and rows.
        name: A name for tables.

    Raises:
        UsageError: Fewer than two strata, or fewer than one row in each.
    """
    if strata < 2 or rows_per_stratum < 1:
        raise UsageError(
            "a generated corpus has at least two strata and a row in each",
            where=f"strata={strata}, rows_per_stratum={rows_per_stratum}",
        )
    rng = np.random.default_rng([seed, strata])
    lexicon = _pseudo_words(strata * _OWN_WORDS + _SHARED_WORDS, rng)
    own = [lexicon[at * _OWN_WORDS : (at + 1) * _OWN_WORDS] for at in range(strata)]
    shared = lexicon[strata * _OWN_WORDS :]
    rows = []
    for at in range(strata):
        words = (own[at], own[(at + 1) % strata], shared)
        rows += [
            Row(id=f"g{at}-{i}", text=_sentence(words, rng), label=f"topic {at:03d}")
            for i in range(rows_per_stratum)
        ]
    return Corpus.of(name, rows)


def _pseudo_words(count: int, rng: np.random.Generator) -> list[str]:
    """Distinct words of one to three syllables."""
    found: dict[str, None] = {}
    while len(found) < count:
        syllables = int(rng.integers(1, 4))
        found[
            "".join(
                _ONSETS[int(rng.integers(len(_ONSETS)))] + _NUCLEI[int(rng.integers(len(_NUCLEI)))]
                for _ in range(syllables)
            )
        ] = None
    return list(found)


def _pick(words: Sequence[str], rng: np.random.Generator) -> str:
    """One of the words under Zipf's law: the inverse of its cumulative harmonic weights."""
    return words[bisect_right(_cumulative(len(words)), rng.random())]


@cache
def _cumulative(count: int) -> tuple[float, ...]:
    weights = 1.0 / np.arange(1, count + 1)
    return tuple((np.cumsum(weights) / weights.sum())[:-1].tolist())


def _sentence(words: tuple[list[str], list[str], list[str]], rng: np.random.Generator) -> str:
    """A frame filled with words of the stratum, of its neighbour and of all strata."""
    said = [_pick(_OPENERS, rng)]
    for _ in range(int(rng.integers(2, 6))):
        kind = bisect_right((1.0 - _NEIGHBOURS_SHARE - _SHARED_SHARE, 1.0 - _SHARED_SHARE), rng.random())
        said += [_pick(words[kind], rng), _pick(_JOINTS, rng)]
    said[-1] = _CLOSERS[int(rng.integers(len(_CLOSERS)))]
    return " ".join(part for part in said if part)
