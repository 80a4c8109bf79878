"""Label rows: labels that may be dropped, one by one, beside everything that people said of pairs."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from holdfast.views.ratings import annotators
from holdfast.views.style import MARKDOWN, STYLE

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from holdfast.data.preferences import Preferences
    from holdfast.views.ratings import Ratings


@dataclass(frozen=True, slots=True, kw_only=True)
class Votes:
    """What people said, a person and a pair once.

    Attributes:
        pair: int64 [v], row of the pairs.
        label: int8 [v], 1: a is preferred, -1: b, 0: a tie.
        first: int8 [v], 1: a was shown first, -1: b, 0: not known.
    """

    pair: NDArray[np.int64]
    label: NDArray[np.int8]
    first: NDArray[np.int8]

    def __len__(self) -> int:
        return len(self.pair)


@dataclass(frozen=True)
class LabelRows:
    """A candidate's labels, beside what people said of its pairs and of others.

    Attributes:
        preferences: The candidate.
        ratings: Its pairs, in front and in their order, and those of reality, with all labels.
        ids: A name for each label, unique.
    """

    preferences: Preferences
    ratings: Ratings
    ids: tuple[str, ...]

    def __len__(self) -> int:
        return len(self.ids)

    @cached_property
    def pair(self) -> NDArray[np.int64]:
        """int64 [n], the pair of each label."""
        return np.asarray(self.preferences.labels.column("pair").to_numpy(), np.int64)

    @cached_property
    def label(self) -> NDArray[np.int8]:
        """int8 [n], 1: a is preferred, -1: b, 0: a tie."""
        return np.asarray(self.preferences.labels.column("label").to_numpy(), np.int8)

    @cached_property
    def first(self) -> NDArray[np.int8]:
        """int8 [n], 1: a was shown first, -1: b, 0: not known."""
        return np.asarray(self.preferences.labels.column("first").to_numpy(), np.int8)

    @cached_property
    def both(self) -> NDArray[np.bool_]:
        """bool [n], whether the pair was asked with the order reversed, too."""
        column = self.preferences.labels.column("swapped_label")
        return np.asarray(column.is_valid().to_numpy(zero_copy_only=False), bool)

    @cached_property
    def swapped(self) -> NDArray[np.int8]:
        """int8 [n], that verdict; 0 where not asked."""
        return np.asarray(self.preferences.labels.column("swapped_label").fill_null(0).to_numpy(), np.int8)

    @cached_property
    def who(self) -> list[tuple[str, str]]:
        """Kind and name of who gave each label."""
        return annotators(self.preferences.labels)

    @cached_property
    def made(self) -> NDArray[np.bool_]:
        """bool [n], labels that no person is known to have given; only these are ever dropped."""
        return np.array([kind != "human" for kind, _ in self.who], bool)

    @cached_property
    def votes(self) -> Votes:
        """What people said, of pairs of the candidate and of others."""
        people = self.ratings.people
        if not people:
            return Votes(pair=np.zeros(0, np.int64), label=np.zeros(0, np.int8), first=np.zeros(0, np.int8))
        return Votes(
            pair=np.concatenate([one.rows for one in people]),
            label=np.concatenate([one.label for one in people]),
            first=np.concatenate([one.first for one in people]),
        )

    @cached_property
    def majority(self) -> NDArray[np.int8]:
        """int8 [pairs], what most people said: 1, -1, or 0 where they are split, say a tie, or nobody looked."""
        return np.sign(np.nan_to_num(self.ratings.human[0])).astype(np.int8)

    @cached_property
    def agrees(self) -> NDArray[np.bool_]:
        """bool [n], made labels that most people share: good rows, as far as anybody knows."""
        return self.made & (self.label * self.majority[self.pair] > 0)

    @cached_property
    def contradicts(self) -> NDArray[np.bool_]:
        """bool [n], made labels that most people do not share."""
        return self.made & (self.label * self.majority[self.pair] < 0)

    @cached_property
    def longer(self) -> NDArray[np.int8]:
        """int8 [pairs], the response with more words: 1: a, -1: b, 0: neither."""
        a, b = self._words
        return np.sign(a - b).astype(np.int8)

    @cached_property
    def length_ratio(self) -> NDArray[np.float64]:
        """float64 [pairs], how many times as long the longer response is, as a logarithm."""
        a, b = self._words
        return np.asarray(np.abs(np.log1p(a) - np.log1p(b)))

    @cached_property
    def richer(self) -> NDArray[np.int8]:
        """int8 [pairs], the response with more layout marks: 1: a, -1: b, 0: neither."""
        columns = [STYLE.index(name) for name in MARKDOWN]
        a, b = (counts[:, columns].sum(axis=1) for counts in self.ratings.counts)
        return np.asarray(np.sign(a - b), np.int8)

    @property
    def _words(self) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        at = STYLE.index("words")
        a, b = self.ratings.counts
        return a[:, at], b[:, at]

    def authors(self, pair: int) -> tuple[str | None, str | None]:
        """Who wrote a and b."""
        known = self.ratings.authors
        a, b = self.ratings.author[pair].tolist()
        return known[a] if a >= 0 else None, known[b] if b >= 0 else None

    def people_choose(self, side: NDArray[np.int8]) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
        """How often people choose a side, a pair once: several people who saw the same pair are no independent draws.

        Args:
            side: int8 [pairs], 1: the side is a, -1: b, 0: neither.

        Returns:
            int64 [k], pairs where somebody chose, and float64 [k], the share of them who chose the side.
        """
        return self._share_of(self.votes.pair, self.votes.label, side[self.votes.pair])

    def people_choose_first(self) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
        """The same of the response that was shown first, which may be another one for each of them."""
        return self._share_of(self.votes.pair, self.votes.label, self.votes.first)

    def _share_of(
        self, pair: NDArray[np.int64], label: NDArray[np.int8], side: NDArray[np.int8]
    ) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
        asked = (label != 0) & (side != 0)
        count = np.bincount(pair[asked], minlength=len(self.ratings))
        hits = np.bincount(pair[asked], label[asked] == side[asked], minlength=len(self.ratings))
        seen = np.flatnonzero(count)
        return seen, hits[seen] / count[seen]

    def judges(self, chosen: NDArray[np.bool_], *, least: int) -> list[tuple[str, NDArray[np.int64]]]:
        """Rows of each judge among the chosen, by falling number; judges of few rows are looked at together.

        Args:
            chosen: bool [n].
            least: Rows from which on a judge is looked at by itself.
        """
        rows: dict[str, list[int]] = {}
        for at in np.flatnonzero(chosen).tolist():
            rows.setdefault(self.who[at][1], []).append(at)
        alone = {name: own for name, own in rows.items() if len(own) >= least}
        few = sorted(at for name, own in rows.items() if name not in alone for at in own)
        found = [
            (name, np.array(own, np.int64))
            for name, own in sorted(alone.items(), key=lambda entry: (-len(entry[1]), entry[0]))
        ]
        return found + (
            [("the other judges" if alone else "all judges", np.array(few, np.int64))] if few else []
        )


def name_rows(preferences: Preferences) -> tuple[str, ...]:
    """A name for each label: the id of its pair, and who gave it where the pair has several, and a number where that is not enough.

    Args:
        preferences: Pairs and labels.
    """
    pair_ids = preferences.pairs.column("pair_id").to_pylist()
    ids = [pair_ids[at] for at in preferences.labels.column("pair").to_pylist()]
    ids = _tell_apart(ids, [name for _, name in annotators(preferences.labels)])
    seen: Counter[str] = Counter()
    repeated = {id_ for id_, count in Counter(ids).items() if count > 1}
    found = []
    for id_ in ids:
        seen[id_] += 1
        found.append(f"{id_}#{seen[id_]}" if id_ in repeated else id_)
    return tuple(found)


def _tell_apart(ids: Sequence[str], names: Sequence[str]) -> list[str]:
    counts = Counter(ids)
    return [f"{id_}#{name}" if counts[id_] > 1 else id_ for id_, name in zip(ids, names, strict=True)]
