"""Win rates: read verdicts and people's labels, line them up, correct."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from holdfast.anchors.preferences import PreferenceAnchor, open_preference_anchor
from holdfast.audits.winrates.rating import games_of, rate
from holdfast.audits.winrates.result import WinRates
from holdfast.audits.winrates.sample import draw_sample, read_chances
from holdfast.data.preferences import Preferences, joined, read_preferences
from holdfast.errors import InputError, UsageError, unknown
from holdfast.views.ratings import read_ratings

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from numpy.typing import NDArray

    from holdfast.audits.winrates.result import WinRate
    from holdfast.views.ratings import Rater, Ratings


def win_rates(
    preferences: Any,
    *,
    anchor: Any = None,
    real: Any = None,
    labelled: str | Path | None = None,
    author: str | None = None,
    baseline: str | None = None,
    judge: str | None = None,
    label_next: int = 0,
    annotator: str | None = None,
    annotator_type: str | None = None,
    seed: int = 0,
    progress: Callable[[str], None] = lambda _: None,
) -> WinRates:
    """How often each author wins, as people would say: a judge's verdicts corrected by the pairs that people labelled.

    Args:
        preferences: The judged pairs: `Preferences`, or whatever `read_preferences` reads. Labels of people in them count, too.
        anchor: A frozen anchor of preferences: its folder, or opened.
        real: People's labels that are no frozen anchor: `Preferences`, or whatever `read_preferences` reads.
        labelled: A file of `label_next` in which people have filled in the labels; its pairs are weighed back.
        author: The one to rate; all by default.
        baseline: The one to rate against; all others by default.
        judge: Whose verdicts; every judge's by default.
        label_next: How many pairs to draw for people to label next.
        annotator: Who gave the judged labels, where the rows do not say so.
        annotator_type: What that is.
        seed: Of all draws.
        progress: Called with a word about what is done next.

    Raises:
        InputError: There are no authors or no judge in the pairs, or a file cannot be read.
        UsageError: There is no such author, baseline or judge.
    """
    if author is not None and author == baseline:
        raise UsageError("an author cannot be its own baseline", where="baseline", do="Name two authors")
    if anchor is not None and real is not None:
        raise UsageError(
            "give either a frozen anchor or people's labels that are not frozen", where="--anchor / --real"
        )
    progress("reading pairs")
    candidate = _read(preferences, annotator=annotator, annotator_type=annotator_type)
    whole, name, hint = candidate, None, None
    if anchor is not None:
        progress("opening the anchor")
        opened = anchor if isinstance(anchor, PreferenceAnchor) else open_preference_anchor(anchor)
        name = opened.name
        whole, shared = joined(whole, opened.preferences)
        hint = shared.hint
    if real is not None:
        progress("reading people's labels")
        people = _read(real, annotator_type="human")
        name = name or people.name
        whole, shared = joined(whole, people)
        hint = shared.hint
    chances: dict[str, float] | None = None
    if labelled is not None:
        whole, _ = joined(whole, read_preferences(str(labelled), annotator_type="human"))
        chances = read_chances(labelled)
    progress("lining up")
    ratings = read_ratings(whole)
    judges = _judges(ratings, judge)
    named = _authors(ratings, author, baseline, label_next)
    chance = None if chances is None else _chance(whole, chances)
    progress("correcting")
    rates = rates_of(ratings, judges, named, baseline, chance)
    if not rates and label_next == 0:
        raise InputError(
            "no pair that a judge decided names who wrote its responses",
            where=candidate.name,
            do="Give author_a and author_b",
        )
    sample: tuple[dict[str, Any], ...] = ()
    if label_next > 0:
        progress("drawing pairs")
        rows = _unlabelled(ratings, judges, named, baseline)
        sample = draw_sample(ratings, judges, rows, label_next, np.random.default_rng(seed))
    return WinRates(
        candidate=candidate.name,
        anchor=name,
        rates=rates,
        weighed=chances is not None,
        sample=sample,
        notes=(
            *_notes(rates, weighed=chances is not None, asked=label_next, drawn=len(sample)),
            *(() if hint is None else (f"{hint}.",)),
        ),
        seed=seed,
    )


def _read(source: Any, **options: Any) -> Preferences:
    return source if isinstance(source, Preferences) else read_preferences(source, **options)


def _judges(ratings: Ratings, name: str | None) -> tuple[Rater, ...]:
    judges = ratings.judges
    if not judges:
        raise InputError(
            "no label comes from a judge, so there is nothing to correct",
            do="Say who labelled with --annotator NAME --annotator-type ai_judge",
        )
    if name is None:
        return judges
    chosen = tuple(one for one in judges if one.name == name)
    if not chosen:
        raise unknown("judge", name, [one.name for one in judges])
    return chosen


def _authors(ratings: Ratings, author: str | None, baseline: str | None, label_next: int) -> tuple[str, ...]:
    if not ratings.authors and label_next > 0 and author is None and baseline is None:
        return ()  # pairs to label can be drawn of anybody's responses
    if not ratings.authors:
        raise InputError(
            "nobody is named who wrote the responses, so nobody can win", do="Give author_a and author_b"
        )
    for name in (author, baseline):
        if name is not None and name not in ratings.authors:
            raise unknown("author", name, list(ratings.authors))
    if author is not None:
        return (author,)
    return tuple(name for name in ratings.authors if name != baseline)


def _chance(whole: Preferences, chances: dict[str, float]) -> NDArray[np.float64]:
    return np.array([chances.get(digest, 1.0) for digest in whole.pairs.column("pair_hash").to_pylist()])


def rates_of(
    ratings: Ratings,
    judges: Sequence[Rater],
    named: Sequence[str],
    baseline: str | None = None,
    chance: NDArray[np.float64] | None = None,
) -> tuple[WinRate, ...]:
    """Win rates of authors, by each judge, the likeliest winner first.

    Args:
        ratings: All ratings.
        judges: Whose verdicts are corrected.
        named: The authors to rate.
        baseline: The one to rate against; all others by default.
        chance: float64 [pairs], chances with which pairs were drawn for people; None where none were drawn.
    """
    other = None if baseline is None else ratings.authors.index(baseline)
    found = []
    for judge in judges:
        own = []
        for name in named:
            games = games_of(ratings, judge, ratings.authors.index(name), other, chance)
            if len(games.judged):
                own.append(rate(games, author=name, against=baseline, judge=judge.name))
        found += sorted(own, key=_place)
    return tuple(found)


def _place(rate: WinRate) -> tuple[bool, float, str]:
    value = rate.corrected.value if rate.corrected.value is not None else rate.judged.value
    return rate.corrected.value is None, -(value or 0.0), rate.author


def _unlabelled(
    ratings: Ratings, judges: tuple[Rater, ...], named: tuple[str, ...], baseline: str | None
) -> NDArray[np.int64]:
    """int64 [n], pairs that a judge has a verdict of and people have not, of the authors that are asked for."""
    judged = np.zeros(len(ratings), bool)
    for judge in judges:
        judged[judge.rows] = True
    if not ratings.authors:
        return np.flatnonzero(judged & (ratings.human[1] == 0))
    authors = np.array([*(name in named for name in ratings.authors), False])
    mine = authors[ratings.author]
    kept = judged & (ratings.human[1] == 0) & mine.any(axis=1)
    kept &= (ratings.author >= 0).all(axis=1) & (ratings.author[:, 0] != ratings.author[:, 1])
    if baseline is not None:
        kept &= (ratings.author == ratings.authors.index(baseline)).any(axis=1)
    return np.flatnonzero(kept)


def _notes(rates: tuple[WinRate, ...], *, weighed: bool, asked: int, drawn: int) -> tuple[str, ...]:
    notes = []
    if not rates:
        notes.append(
            "Nobody is named who wrote the responses (author_a, author_b), so there are no win rates; pairs to label are drawn all the same."
        )
    if rates and not asked and all(one.corrected.value is None for one in rates):
        notes.append("--label-next 200 -o next.jsonl draws pairs for people to label.")
    if any(one.corrected.value is not None for one in rates):
        notes.append(
            "Labelled pairs were weighed back by the chances with which they were drawn; earlier labels count as they are."
            if weighed
            else "This holds where the pairs that people labelled are like the others: drawn at random from what was judged."
        )
    apart = [one for one in rates if _apart(one)]
    if apart:
        notes.append(
            f"The cross-check disagrees for {len(apart)} of {len(rates)}: the judge may err on labelled pairs otherwise than on the "
            "others, so let people label more pairs drawn at random."
        )
    if drawn < asked:
        notes.append(f"Only {drawn:,} pairs that people have not labelled are left of {asked:,} asked for.")
    return tuple(notes)


def _apart(rate: WinRate) -> bool:
    one, other = rate.corrected.interval, rate.cross_check.interval
    return one is not None and other is not None and (one[1] < other[0] or other[1] < one[0])
