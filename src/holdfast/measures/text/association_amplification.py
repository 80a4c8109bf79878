"""Association amplification: do words stick to their strata more closely than they do in reality?"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np

from holdfast.measures.reading import Band, Calibration, Reading, Undetermined, detectable, percent, too_few
from holdfast.measures.resampling import said_of_part
from holdfast.stats.dealing import deal_sums, draw_seeds
from holdfast.stats.multiplicity import benjamini_hochberg
from holdfast.stats.permutation import rank
from holdfast.views.level import level_lengths
from holdfast.views.lookup import number

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from holdfast.views.sides import Side, Sides
    from holdfast.views.tokens import Tokens

DRAWS = 499
_LEAST_SCORE = 4.0
"""Standard errors by which a word must be more frequent in a stratum than elsewhere to be tied to it: of a million pairs
that are not, some thirty reach it by chance, against thousands that are."""
_LEAST_ROWS = 8
"""Rows of both sides together, of the stratum, that hold the word."""
_LEAST_PAIRS = 20
_LEAST_IN_STRATUM = 5
"""Rows of a stratum on each side, below which it is left out."""
_NAMED_AT = 0.01
_SHOWN = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class AssociationAmplification:
    """How strongly words are tied to strata in the candidate, against how strongly they are in reality.

    A word is tied to a stratum by as much as the share of the stratum's rows that hold it exceeds the share of all rows
    that do. The value is the sum of these excesses in the candidate over the sum in reality, over the pairs of word and
    stratum that both sides together show to be tied, each weighed by how closely it is. A generator that has learnt
    "nurse: she" says it more often than people do, and a class told by its commonest words loses the others.

    Shares of strata are held at reality's, so that lost strata do not enter; rows are read without templates and up to equal
    lengths.

    Reads
        1.0 when words are tied to strata as in reality; 1.3 when they are tied to them more closely by three tenths.
    Blind to
        associations between things that are neither a word nor a stratum, and any that reality does not have.
    Undetermined
        with fewer than `least_rows` rows of known stratum on a side, with fewer than two strata of five rows on both, or
        where fewer than twenty pairs are tied.
    Cost
        linear in words of the read rows, and in their units times 499 deals.
    Source
        Zhao et al. 2017, arXiv:1707.09457, and Wang and Russakovsky 2021, arXiv:2102.12594 (amplification of what is
        associated already, direction from attribute to task); units dealt anew inside strata.

    >>> from random import Random
    >>> from holdfast.measures.examples import text_sides
    >>> dice = Random(1)
    >>> def rows(tied):
    ...     return [f"{'she' if dice.random() < (tied if i % 2 else 1 - tied) else 'he'} works {dice.randrange(10**6)} "
    ...             f"{'ward' if i % 2 else 'yard'} {dice.randrange(10**6)}" for i in range(400)]
    >>> jobs = ["builder", "nurse"] * 200
    >>> sides = text_sides(real=rows(0.6), candidate=rows(0.9), real_strata=jobs, candidate_strata=jobs)
    >>> reading = AssociationAmplification(least_pairs=2)(sides, Calibration(draws=199))
    >>> reading.value > 1.1, sorted((p["word"], p["stratum"]) for p in reading.details["pairs"])
    (True, [('he', 'builder'), ('she', 'nurse')])
    """

    name: ClassVar[str] = "association_amplification"
    title: ClassVar[str] = "Words tied to strata"
    version: ClassVar[int] = 2
    unit: ClassVar[str] = "times as closely as in reality"
    percent: ClassVar[bool] = False
    judged: ClassVar[bool] = False
    decisive: ClassVar[bool] = False
    of_shares: ClassVar[bool] = False

    tolerance: float = 0.1
    least_rows: int = 100
    least_pairs: int = _LEAST_PAIRS

    def __call__(self, sides: Sides, null: Calibration) -> Reading | Undetermined:
        """Read how closely words are tied to strata."""
        known = [int((side.strata >= 0).sum()) for side in (sides.anchor, sides.candidate)]
        if len(sides.labels) < 2 or sides.origin == "none":
            return Undetermined(reason="the rows have no strata that words could be tied to", applies=False)
        if min(known) < self.least_rows:
            return too_few(known[0], known[1], self.least_rows)
        rng, read = null.rng(self.name), sides.read
        table = _Table.of(read)
        tied, weight = (
            table.tied() if len(np.unique(table.stratum)) > 1 else (np.empty((0, 2), np.int64), np.empty(0))
        )
        if len(tied) < self.least_pairs:
            return Undetermined(
                reason=f"only {len(tied)} words are tied to a stratum; {self.least_pairs} are needed"
            )
        pull = _Pull.of(table, tied, weight, _shares(sides, table))
        found, real = pull.read(table.of_candidate)
        draws = np.subtract(*np.log(pull.deal(min(null.draws, DRAWS), rng)))
        difference = float(np.log(found) - np.log(real))
        place = rank(difference, draws, rng)
        pairs, rows = table.named(tied, read)
        value = float(np.exp(difference))
        reading = Reading(
            value=value,
            null=Band.of(np.exp(draws)),
            p_value=place.p_value,
            randomized=place.randomized,
            effect=value - 1.0,
            smallest_detectable=detectable(np.expm1(draws), null.level),
            rows=rows,
            evidence=_evidence(len(tied), pairs),
            details={"tied_pairs": len(tied), "pairs": pairs},
        )
        return said_of_part(reading, read)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Table:
    """Rows of known stratum of both sides, and the words they hold.

    Attributes:
        stratum: int64 [n].
        of_candidate: bool [n].
        place: int64 [n], the row on its own side.
        unit: int64 [n], number of the row's unit inside its stratum, through both sides.
        row: int64 [p], one entry for each distinct word of a row.
        word: int64 [p], which word.
        example: (int64 [w], int64 [w]), side and token position that spell each word.
        tokens: Words of both sides as they were read.
        strata: Number of strata.
        extra: bool [n], rows that were read for the sake of their strata: elsewhere they would be too many.
    """

    stratum: NDArray[np.int64]
    of_candidate: NDArray[np.bool_]
    place: NDArray[np.int64]
    unit: NDArray[np.int64]
    row: NDArray[np.int64]
    word: NDArray[np.int64]
    example: tuple[NDArray[np.int64], NDArray[np.int64]]
    tokens: tuple[Tokens, Tokens]
    strata: int
    extra: NDArray[np.bool_]

    @classmethod
    def of(cls, sides: Sides) -> _Table:
        both = (sides.anchor, sides.candidate)
        fewest = np.minimum(
            *(np.bincount(side.strata[side.strata >= 0], minlength=len(sides.labels)) for side in both)
        )
        level = level_lengths(*(side.tokens for side in both))
        parts = [
            _rows_of(side, tokens, fewest >= _LEAST_IN_STRATUM)
            for side, tokens in zip(both, level, strict=True)
        ]
        place = np.concatenate([part[0] for part in parts])
        split = len(parts[0][0])
        stratum = np.concatenate([side.strata[part[0]] for side, part in zip(both, parts, strict=True)])
        groups = np.concatenate(
            [
                sides.anchor.duplicates.units[parts[0][0]],
                sides.candidate.duplicates.units[parts[1][0]] + sides.anchor.units,
            ]
        )
        units = sides.anchor.units + sides.candidate.units
        unit = np.unique(stratum * units + groups, return_inverse=True)[1].reshape(-1)
        row = np.concatenate([parts[0][1], parts[1][1] + split])
        position = np.concatenate([part[2] for part in parts])
        hashes = np.concatenate([tokens.words[part[2]] for tokens, part in zip(level, parts, strict=True)])
        _, first, word = number(hashes, len(place))
        pair = row * max(len(first), 1) + word
        pair.sort()  # and not `np.unique`, which hashes: several times slower
        pair = pair[np.append(True, pair[1:] != pair[:-1])] if len(pair) else pair
        extra = np.zeros(len(place), bool)
        if sides.part is not None:
            extra = np.concatenate(
                [more[part[0]] for more, part in zip(sides.part.extra, parts, strict=True)]
            )
        return cls(
            stratum=stratum,
            of_candidate=np.arange(len(place)) >= split,
            place=place,
            unit=unit.astype(np.int64),
            row=pair // max(len(first), 1),
            word=pair % max(len(first), 1),
            example=((first >= len(parts[0][1])).astype(np.int64), position[first]),
            tokens=level,
            strata=len(sides.labels),
            extra=extra,
        )

    def counts(self, rows: NDArray[np.bool_] | None = None) -> Any:
        """csr_array float64 [strata, words], rows of each stratum that hold each word."""
        from scipy.sparse import coo_array

        use = slice(None) if rows is None else rows[self.row]
        row, word = self.row[use], self.word[use]
        shape = (self.strata, len(self.example[0]))
        return coo_array((np.ones(len(row)), (self.stratum[row], word)), shape=shape).tocsr()

    def sizes(self, rows: NDArray[np.bool_]) -> NDArray[np.float64]:
        """float64 [strata], rows of each."""
        return np.bincount(self.stratum[rows], minlength=self.strata).astype(np.float64)

    def tied(self) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
        """int64 [k, 2], stratum and word of each pair that is tied, and float64 [k], by how much: on both sides together."""
        counts, sizes = self.counts().tocoo(), self.sizes(np.ones(len(self.stratum), bool))
        stratum, word = counts.coords
        share = counts.data / sizes[stratum]
        usual = ~self.extra
        total, mine, every = np.bincount(self.word, minlength=counts.shape[1]), counts.data, sizes
        if self.extra.any():
            held = self.counts(usual)
            mine, every = np.asarray(held[stratum, word]).reshape(-1), self.sizes(usual)
            total = np.asarray(held.sum(axis=0)).reshape(-1)
        # Elsewhere, not everywhere: in a set of two strata half of "everywhere" is the stratum itself.
        others = np.maximum(every.sum() - every[stratum], 1.0)
        elsewhere = (total[word] - mine) / others
        pooled = total[word] / every.sum()
        error = np.sqrt(pooled * (1.0 - pooled) * (1.0 / sizes[stratum] + 1.0 / others))
        score = (share - elsewhere) / np.maximum(error, 1e-12)
        use = (score >= _LEAST_SCORE) & (counts.data >= _LEAST_ROWS)
        return np.stack([stratum[use], word[use]], 1).astype(np.int64), (share - elsewhere)[use]

    def named(self, tied: NDArray[np.int64], sides: Sides) -> tuple[list[dict[str, Any]], tuple[int, ...]]:
        """Pairs that are tied more closely in the candidate than in reality, and its rows that hold one."""
        from scipy.special import bdtrc

        stratum, word = tied.T
        mine, theirs = (
            np.asarray(self.counts(side)[stratum, word]).reshape(-1)
            for side in (self.of_candidate, ~self.of_candidate)
        )
        sizes = [self.sizes(side)[stratum] for side in (self.of_candidate, ~self.of_candidate)]
        chance = sizes[0] / np.maximum(sizes[0] + sizes[1], 1.0)
        p_values = np.where(mine > 0, bdtrc(mine - 1.0, (mine + theirs).astype(np.int64), chance), 1.0)
        shares = mine / np.maximum(sizes[0], 1.0), theirs / np.maximum(sizes[1], 1.0)
        named = np.flatnonzero(benjamini_hochberg(p_values, _NAMED_AT) & (sizes[1] > 0))
        named = named[np.argsort(-(shares[0] - shares[1])[named], kind="stable")][:_SHOWN]
        tokens = self.tokens
        pairs = [
            {
                "word": tokens[int(self.example[0][word[i]])].spell(int(self.example[1][word[i]])),
                "stratum": sides.labels[int(stratum[i])],
                "candidate_rows": int(mine[i]),
                "candidate_share": float(shares[0][i]),
                "real_rows": int(theirs[i]),
                "real_share": float(shares[1][i]),
                "p_value": float(p_values[i]),
            }
            for i in named
        ]
        wanted = np.isin(
            self.stratum[self.row] * len(self.example[0]) + self.word,
            stratum[named] * len(self.example[0]) + word[named],
        )
        rows = np.unique(self.row[wanted & self.of_candidate[self.row]])
        return pairs, tuple(self.place[rows].tolist())


@dataclass(frozen=True, slots=True, kw_only=True)
class _Pull:
    """What every row adds to the sum of its side: the weight of the pairs it shows, less what its words pull elsewhere.

    Attributes:
        table: The rows.
        inside: float64 [n], weight of the row's words that are tied to its stratum.
        outside: float64 [n], weight that its words have in other strata, each over the share of all but that one.
        share: float64 [strata], share of each stratum in reality.
    """

    table: _Table
    inside: NDArray[np.float64]
    outside: NDArray[np.float64]
    share: NDArray[np.float64]

    @classmethod
    def of(
        cls,
        table: _Table,
        tied: NDArray[np.int64],
        weight: NDArray[np.float64],
        share: NDArray[np.float64],
    ) -> _Pull:
        from scipy.sparse import coo_array

        shape = (table.strata, len(table.example[0]))
        pairs = coo_array((weight, (tied[:, 0], tied[:, 1])), shape=shape).tocsr()
        # "Elsewhere" is the mean over the other strata, so each pair's weight is divided by their share.
        apart = coo_array((weight / (1.0 - share[tied[:, 0]]), (tied[:, 0], tied[:, 1])), shape=shape).tocsr()
        of_tied = np.zeros(shape[1], bool)
        of_tied[tied[:, 1]] = True
        use = of_tied[table.word]  # no other word weighs anything
        row, word = table.row[use], table.word[use]
        inside, own = (
            np.asarray(weights[table.stratum[row], word]).reshape(-1) for weights in (pairs, apart)
        )
        everywhere = np.asarray(apart.sum(axis=0)).reshape(-1)[word]
        count = len(table.stratum)
        return cls(
            table=table,
            inside=np.bincount(row, inside, minlength=count).astype(np.float64),
            outside=np.bincount(row, everywhere - own, minlength=count).astype(np.float64),
            share=share,
        )

    def read(self, side: NDArray[np.bool_]) -> tuple[float, float]:
        """Weighted excess of tied words over what the other strata show, of one side and of the other."""
        first, second = (self._excess(self._sums(rows)[None])[0] for rows in (side, ~side))
        return float(first), float(second)

    def deal(self, draws: int, rng: np.random.Generator) -> NDArray[np.float64]:
        """float64 [2, draws], the same when units are dealt anew inside their strata."""
        table = self.table
        # Units are numbered stratum by stratum, and none belongs to two.
        count = int(table.unit.max()) + 1
        brought: NDArray[np.float64] = np.stack(
            [
                np.bincount(table.unit, weight, minlength=count)
                for weight in (np.ones(len(table.unit)), self.inside, self.outside)
            ],
            axis=1,
        )
        first = np.empty(count, np.int64)
        first[table.unit] = np.arange(len(table.unit))
        stratum = table.stratum[first]
        taken = np.bincount(stratum, table.of_candidate[first], minlength=table.strata).astype(np.int64)
        starts = np.searchsorted(stratum, np.arange(table.strata + 1)).astype(np.int64)
        mine = deal_sums(starts, taken, brought, draw_seeds(draws, rng))
        every = self._sums(np.ones(len(table.unit), bool))
        return np.stack([self._excess(mine), self._excess(every - mine)])

    def _sums(self, rows: NDArray[np.bool_]) -> NDArray[np.float64]:
        """float64 [strata, 3], rows of each stratum and what they have inside and outside."""
        stratum, count = self.table.stratum[rows], self.table.strata
        return np.stack(
            [
                np.bincount(stratum, minlength=count),
                np.bincount(stratum, self.inside[rows], minlength=count),
                np.bincount(stratum, self.outside[rows], minlength=count),
            ],
            axis=1,
        )

    def _excess(self, sums: NDArray[np.float64]) -> NDArray[np.float64]:
        """float64 [draws], from float64 [draws, strata, 3]."""
        held = np.maximum(np.rint(sums[..., 0]), 1)
        inside, outside = sums[..., 1] / held, sums[..., 2] / held
        return np.asarray(np.maximum(inside.sum(axis=1) - outside @ self.share, 1e-9))


def _shares(sides: Sides, table: _Table) -> NDArray[np.float64]:
    """float64 [strata], share of each stratum that is read in reality: in all of it, whatever part is read."""
    known = sides.anchor.strata[sides.anchor.strata >= 0]
    sizes = np.bincount(known, minlength=table.strata).astype(np.float64)
    sizes[np.bincount(table.stratum[~table.of_candidate], minlength=table.strata) == 0] = 0.0
    return np.asarray(sizes / max(float(sizes.sum()), 1.0))


def _rows_of(
    side: Side, tokens: Tokens, read: NDArray[np.bool_]
) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]]:
    """Rows of the strata that are read, and for each of their words the number of its row among them and where it stands."""
    rows = np.flatnonzero((side.strata >= 0) & np.append(read, False)[side.strata])
    number = np.full(len(side), -1, np.int64)
    number[rows] = np.arange(len(rows))
    of_row = number[tokens.rows]
    position = np.flatnonzero(of_row >= 0)
    return rows, of_row[position], position


def _evidence(tied: int, pairs: list[dict[str, Any]]) -> tuple[str, ...]:
    lines = [f"{tied:,} pairs of a word and a stratum are tied to each other"]
    if pairs:
        first = pairs[0]
        # The words themselves are text of records: they stand in the details, which --no-text can leave out.
        lines.append(
            f"{len(pairs)} of them more closely than in reality; the first in {percent(first['candidate_share'])} of its "
            f"stratum's rows, {percent(first['real_share'])} of real ones"
        )
    return tuple(lines)
