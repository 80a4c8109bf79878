"""Syntactic templates: are the candidate's rows built on fewer frames than reality's?"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np

from holdfast.kernels import compiled
from holdfast.measures.reading import Band, Calibration, Reading, Undetermined, detectable, percent
from holdfast.measures.resampling import BUDGET, DRAWS, Pool, Resampled, refused, resample, said_of_part
from holdfast.measures.text.runs import Runs, hold_equally, number_texts
from holdfast.stats.multiplicity import benjamini_hochberg
from holdfast.stats.permutation import rank
from holdfast.views.phrases import LEAST_ROWS
from holdfast.views.tokens import ngrams

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from holdfast.views.sides import Sides
    from holdfast.views.tokens import Tokens

SIZES = (5, 6, 7)
CLOSED_WORDS = 100
"""Most words that stand for themselves; English has some 150 function words, and they lead any count."""
_LEAST_HELD = 0.01
"""They stand in at least this share of texts: where hardly any word returns, none is a function word."""
COMMONEST = 100
"""Frames that count as templates (Shaib et al. 2024, section 3)."""
OPEN = "…"
_GAP = np.uint64(0x67617073)
"""Stands for any word that does not stand for itself."""
_LEAST_CLOSED = 2
"""A frame of fewer words that stand for themselves says nothing about syntax."""
_LEAST_NAMED = 3
"""Nor does a name of fewer say anything to a reader."""
_RATE = 0.01
"""Expected share of templates named by mistake."""
_SAME_ROWS = 0.8
"""A template is left out when at least this share of its rows hold one that is named already."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SyntacticTemplates:
    """Share of the candidate's sentence frames that its own hundred commonest make up, at equal size.

    A frame is five words in a row, of which only the most frequent hundred of both sides together stand for themselves: for
    the most part articles, pronouns, prepositions. Any other word is a gap, so "how do i renew my card" and "how do i block
    my phone" begin with the same frame. The same is counted for six and seven words. No tagger and no word list is
    needed, in whatever language. Words are read as they were written, and equal texts count once. Frames that are far
    more frequent than in reality are named.

    Reads
        0.1 when the hundred commonest frames make up a tenth of all; near 1.0 when few frames serve for everything.
    Blind to
        what fills the gaps (see LexicalDiversity), and frames held together by rarer words.
    Undetermined
        with fewer than `least_rows` rows on a side, or where a side holds no frame.
    Cost
        linear in 60,000 words, times 400 deals.
    Source
        Shaib et al. 2024, arXiv:2407.00211 (templates, of parts of speech there, per token so that long rows weigh no
        more); permutation of units. Names: as in Artifacts.

    >>> from holdfast.measures.examples import text_sides
    >>> from random import Random
    >>> dice = Random(1)
    >>> small, large = "the a of to in on is my".split(), [f"word{i}" for i in range(900)]
    >>> real = [" ".join(dice.choice(dice.choice([small, large])) for _ in range(9)) for _ in range(150)]
    >>> stuck = [f"the {a} of my {b} is {row}" for row in real for a, b in [dice.sample(large, 2)]]
    >>> reading = SyntacticTemplates()(text_sides(real=real, candidate=stuck), Calibration())
    >>> reading.details["templates"][0]["phrase"]
    'the … of my … is'
    """

    name: ClassVar[str] = "syntactic_templates"
    title: ClassVar[str] = "Sentence frames that return"
    version: ClassVar[int] = 1
    unit: ClassVar[str] = "of its frames are among its hundred commonest"
    percent: ClassVar[bool] = True
    judged: ClassVar[bool] = False
    decisive: ClassVar[bool] = False
    of_shares: ClassVar[bool] = False

    tolerance: float = 0.02
    least_rows: int = 50
    least_ratio: float = 3.0
    least_share: float = 0.01
    shown: int = 20

    def __call__(self, sides: Sides, null: Calibration) -> Reading | Undetermined:
        """Read the share of frames that are among the commonest."""
        refusal = refused(sides, self.least_rows)
        if refusal is not None:
            return refusal
        rng, read = null.rng(self.name), sides.read
        pool = Pool.of(read, BUDGET, words=True)
        rows_of_sides = max(len(read.anchor), len(read.candidate))
        frames = _Frames.of(pool.tokens(read.anchor.tokens, read.words), kernels=compiled(rows_of_sides))
        if not all(frames.any_of(side) for side in (pool.of_candidate, ~pool.of_candidate)):
            return Undetermined(reason=f"one side has no row with a frame of {SIZES[0]} words")
        found = resample(pool, frames.read, min(null.draws, DRAWS), rng)
        value, difference = float(found.candidate[0]), float(found.difference[0])
        place = rank(difference, found.dealt[:, 0], rng)
        shares = [_plain(found, i, size) for i, size in enumerate(SIZES)]
        band = _band(found, 0)
        templates, rows = self._name(frames, pool, read.candidate.ids)
        reading = Reading(
            value=value,
            null=band,
            p_value=place.p_value,
            randomized=place.randomized,
            effect=value - band.median,
            smallest_detectable=detectable(found.dealt[:, 0], null.level),
            rows=rows,
            evidence=_evidence(shares, templates),
            details={"frames": shares, "templates": templates, "words_compared": pool.size},
        )
        return said_of_part(reading, read)

    def _name(
        self, frames: _Frames, pool: Pool, ids: Sequence[str]
    ) -> tuple[list[dict[str, Any]], tuple[int, ...]]:
        """The frames most over-represented, and the candidate's rows that hold them, one of each first."""
        # Near-duplicates count once here, as they are no independent witnesses.
        apart = np.zeros(len(pool), bool)
        apart[np.unique(pool.unit, return_index=True)[1]] = True
        candidates = frames.excessive(
            frames.texts(apart & pool.of_candidate),
            frames.texts(apart & ~pool.of_candidate),
            self.least_ratio,
            self.least_share,
        )
        named: list[dict[str, Any]] = []
        holding: list[NDArray[np.bool_]] = []
        cores: set[str] = set()
        for entry, held in candidates:
            if len(named) == self.shown:
                break
            core = entry["phrase"].strip(f"{OPEN} ")
            if core in cores or any((held & other).sum() >= _SAME_ROWS * held.sum() for other in holding):
                continue
            cores.add(core)
            rows = pool.row[pool.of_candidate & held[frames.text]]
            named.append({**entry, "record_ids": [ids[row] for row in rows[:20]]})
            holding.append(held)
        first: dict[int, None] = {}
        for held in holding:
            rows = pool.row[pool.of_candidate & held[frames.text]]
            first.setdefault(next((row for row in rows.tolist() if row not in first), int(rows[0])))
        every = np.flatnonzero(
            pool.of_candidate & np.any([*holding, np.zeros(frames.total, bool)], axis=0)[frames.text]
        )
        return named, tuple(dict.fromkeys([*first, *pool.row[every].tolist()]))


@dataclass(frozen=True, slots=True, kw_only=True)
class _Frames:
    """Frames of the rows of a pool.

    Attributes:
        tokens: Their words.
        closed: bool [t], words that stand for themselves.
        text: int64 [n], the distinct text of each row.
        runs: Frames of each size that stand in several texts.
    """

    tokens: Tokens
    closed: NDArray[np.bool_]
    text: NDArray[np.int64]
    runs: tuple[Runs, ...]

    @classmethod
    def of(cls, tokens: Tokens, *, kernels: bool) -> _Frames:
        text, row = number_texts(tokens), tokens.rows
        closed = closed_words(tokens, text)
        # All gaps look alike, and a closed word like itself.
        coarse = replace(tokens, words=np.where(closed, tokens.words, _GAP))
        before = np.concatenate([[0], np.cumsum(closed)])
        runs = []
        for size in SIZES:
            hashes, places = ngrams(coarse, size)
            use = before[places + size] - before[places] >= _LEAST_CLOSED
            hashes, places = hashes[use], places[use]
            runs.append(Runs.of(hashes, places, text[row[places]], int(text.max()) + 1, kernels=kernels))
        return cls(tokens=tokens, closed=closed, text=text, runs=tuple(runs))

    @property
    def total(self) -> int:
        """Number of texts."""
        return len(self.runs[0].count)

    def texts(self, side: NDArray[np.bool_]) -> NDArray[np.bool_]:
        """bool [texts], the texts of some rows."""
        held = np.zeros(self.total, bool)
        held[self.text[side]] = True
        return held

    def any_of(self, side: NDArray[np.bool_]) -> bool:
        """Whether some rows hold a frame."""
        return bool(self.runs[0].count[self.text[side]].any())

    def read(
        self, mine: NDArray[np.bool_], theirs: NDArray[np.bool_]
    ) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Share of each side's frames of each size that are among its commonest."""
        sides = self.texts(mine), self.texts(theirs)
        shares = np.zeros((2, len(SIZES)))
        for i, runs in enumerate(self.runs):
            for j, held in enumerate(hold_equally(runs.count, *sides, BUDGET)):
                largest = runs.times(held)
                if len(largest) > COMMONEST:
                    largest = np.partition(largest, -COMMONEST)[-COMMONEST:]
                shares[j, i] = largest[largest > 1].sum() / max(int(runs.count[held].sum()), 1)
        return shares[0], shares[1]

    def excessive(
        self, mine: NDArray[np.bool_], theirs: NDArray[np.bool_], least_ratio: float, least_share: float
    ) -> list[tuple[dict[str, Any], NDArray[np.bool_]]]:
        """Frames that are more frequent among some texts than among others, most frequent first, and their texts."""
        from scipy.special import bdtrc

        rows = max(int(mine.sum()), 1), max(int(theirs.sum()), 1)
        found = []
        for size, runs in zip(SIZES, self.runs, strict=True):
            count, real = runs.times(mine), runs.times(theirs)
            closed = np.add.reduce([self.closed[runs.position + at] for at in range(size)], dtype=np.int64)
            tested = (closed >= _LEAST_NAMED) & (count + real >= LEAST_ROWS)
            p_values = np.ones(len(count))
            p_values[tested] = bdtrc(
                count[tested] - 1.0, count[tested] + real[tested], rows[0] / (rows[0] + rows[1])
            )
            ratio = ((count + 0.5) / rows[0]) / ((real + 0.5) / rows[1])
            named = np.zeros(len(count), bool)
            named[tested] = benjamini_hochberg(p_values[tested], _RATE)
            named &= (ratio >= least_ratio) & (count >= least_share * rows[0])
            for index in np.flatnonzero(named):
                entry = {
                    "phrase": self._spell(int(runs.position[index]), size),
                    "kind": "template",
                    "candidate_rows": int(count[index]),
                    "candidate_share": count[index] / rows[0],
                    "real_rows": int(real[index]),
                    "real_share": real[index] / rows[1],
                    "rate_ratio": float(ratio[index]),
                    "p_value": float(p_values[index]),
                }
                one = np.arange(len(count)) == index
                found.append((size, entry, runs.holding(mine, one)))
        # Of frames in nearly the same rows the longest says most.
        found.sort(key=lambda item: (-item[1]["candidate_rows"] * 1.1 ** item[0], item[1]["phrase"]))
        return [(entry, held) for _, entry, held in found]

    def _spell(self, place: int, size: int) -> str:
        words = [self.tokens.spell(at) if self.closed[at] else OPEN for at in range(place, place + size)]
        return " ".join(
            word for i, word in enumerate(words) if word != OPEN or i == 0 or words[i - 1] != OPEN
        )


def closed_words(tokens: Tokens, text: NDArray[np.int64], most: int = CLOSED_WORDS) -> NDArray[np.bool_]:
    """bool [t], the words that belong to the most frequent ones, counted by the texts that hold them."""
    kinds, number = np.unique(tokens.words, return_inverse=True)
    pairs = np.unique(text[tokens.rows] * max(len(kinds), 1) + number)
    texts = np.bincount(pairs % max(len(kinds), 1), minlength=len(kinds))
    chosen = np.zeros(len(kinds), bool)
    chosen[np.argsort(-texts, kind="stable")[:most]] = True
    chosen &= texts >= max(2.0, _LEAST_HELD * (int(text.max(initial=0)) + 1))
    return np.asarray(chosen[number])


def _band(found: Resampled, index: int) -> Band:
    return Band.of(np.clip(found.real[index] + found.reality[:, index], 0.0, 1.0))


def _plain(found: Resampled, index: int, size: int) -> dict[str, Any]:
    band = _band(found, index)
    return {
        "words": size,
        "real": float(found.real[index]),
        "candidate": float(found.candidate[index]),
        "low": band.low,
        "high": band.high,
    }


def _evidence(shares: list[dict[str, Any]], templates: list[dict[str, Any]]) -> tuple[str, ...]:
    # The frames themselves hold words of records: they stand in the details, which --no-text can leave out.
    lines = [
        f"its hundred commonest frames of {row['words']} words make up {percent(row['candidate'])} of them all, "
        f"reality's {percent(row['real'])} of as many"
        for row in shares[:: len(shares) - 1]
    ]
    if templates:
        first = templates[0]
        real = f"in {percent(first['real_share'])} of real ones" if first["real_rows"] else "in no real one"
        lines.append(
            f"{len(templates)} frame{'' if len(templates) == 1 else 's'} far more frequent than in reality; the first "
            f"stands in {percent(first['candidate_share'])} of texts, {real}"
        )
    return tuple(lines)
