"""The ledger: who gave these labels, how close they stand to what they judge, and how much of it people saw as well."""

from __future__ import annotations

import math
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

from holdfast.measures.preference.reading import PreferenceReading
from holdfast.views.ratings import annotators
from holdfast.views.relations import RELATED, RELATIONS, Relations, strongest

if TYPE_CHECKING:
    from collections.abc import Sequence

    from holdfast.data.preferences import Preferences
    from holdfast.measures.reading import Calibration
    from holdfast.views.ratings import Rater, Ratings

MODELS = ("ai_judge", "reward_model")
"""Kinds of annotators that are a model."""
TITLES = {
    "label_sources": "How many sources the labels come from",
    "unknown_labels": "Labels that nobody is known to have given",
    "largest_judge": "Labels given by one model",
    "double_labelled": "Pairs that people and a judge labelled",
    "related_labels": "Labels by a relative of an author",
}
"""The readings, in their order."""
MOST_UNKNOWN = 0.05
MOST_BY_ONE = 0.70
LEAST_DOUBLE, LEAST_DOUBLE_SHARE = 300, 0.01
_SHOWN = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Counted:
    """Labels of one set, counted.

    Attributes:
        labels: How many there are.
        kinds: Labels by kind of annotator, most first.
        sources: Labels by annotator, most first.
        models: Labels by model, whatever its version, most first.
        relations: Labels by relation of who gave them to the closer author; `person` for people, `no model` for rules and for
            those of whom nothing is known.
        authors: Labels by relation to the author of a and of b, each author counted by itself.
        cycles: Labels by cycle; None where it is not known.
    """

    labels: int
    kinds: dict[str, int]
    sources: dict[str, int]
    models: dict[str, int]
    relations: dict[str, int]
    authors: dict[str, int]
    cycles: dict[int | None, int]

    @property
    def effective(self) -> float | None:
        """`1 / sum p^2` over sources; None without labels."""
        return self.labels**2 / sum(count**2 for count in self.sources.values()) if self.labels else None

    @property
    def bits(self) -> float | None:
        """Entropy of the sources; None without labels."""
        if not self.labels:
            return None
        shares = [count / self.labels for count in self.sources.values()]
        return abs(sum(p * math.log2(p) for p in shares))

    def share(self, count: int) -> float | None:
        """A count as a share; None without labels."""
        return count / self.labels if self.labels else None

    @property
    def largest(self) -> tuple[str, int] | None:
        """The model that gave most labels."""
        return next(iter(self.models.items()), None)

    @property
    def related(self) -> int:
        """Labels by a relative of one of the authors."""
        return sum(self.relations.get(name, 0) for name in RELATED)


def count_labels(preferences: Preferences, relations: Relations) -> Counted:
    """Count a set's labels by who gave them.

    Args:
        preferences: Pairs and labels.
        relations: Who descends from whom.
    """
    labels = preferences.labels
    who = annotators(labels)
    sides = [preferences.pairs.column(name).to_pylist() for name in ("author_a", "author_b")]
    near: Counter[str] = Counter()
    authors: Counter[str] = Counter()
    for (kind, name), pair in zip(who, labels.column("pair").to_pylist(), strict=True):
        if kind not in MODELS:
            near["person" if kind == "human" else "no model"] += 1
            continue
        found = [relations.relation(name, side[pair]) for side in sides]
        near[strongest(found)] += 1
        authors.update(found)
    models: Counter[str] = Counter()
    for kind, name in who:
        if kind in MODELS:
            models[name.partition("@")[0]] += 1
    return Counted(
        labels=len(who),
        kinds=_sorted(Counter(kind for kind, _ in who)),
        sources=_sorted(Counter(name if kind == "ai_judge" else f"{name} ({kind})" for kind, name in who)),
        models=_sorted(models),
        relations={name: near[name] for name in (*RELATIONS, "person", "no model") if near[name]},
        authors={name: authors[name] for name in RELATIONS if authors[name]},
        cycles=dict(
            sorted(
                Counter(labels.column("cycle").to_pylist()).items(),
                key=lambda entry: (entry[0] is None, entry[0] or 0),
            )
        ),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Ledger:
    """Who gave the labels: every label counted, by annotator, by relation to the authors, by cycle.

    Reads
        effective sources near 1: one source decides everything; the shares of unknown labels, of the largest model and of
        judges related to an author are best at 0; double-labelled pairs are what all other measures live on.
    Blind to
        whether a label is right (see Agreement); sources that hide behind one name; relations that no file tells.
    Undetermined
        without labels; relations where no author or no descent is known.
    Cost
        linear in labels.
    Source
        Hill 1973, Ecology 54:427 (the effective number, of order 2); limits are choices of this project, not validated.

    It is a census: every label is counted, so there is no interval and no p-value. Beside it stands what the anchor's own
    labels score, where there is an anchor.

    >>> rest = dict.fromkeys(("kinds", "models", "relations", "authors", "cycles"), {})
    >>> found = Counted(labels=10, sources={"gpt-4": 8, "anna": 1, "ben": 1}, **rest)
    >>> round(found.effective, 2)
    1.52
    """

    name: ClassVar[str] = "label_ledger"
    title: ClassVar[str] = "Who gave the labels"
    version: ClassVar[int] = 1
    unit: ClassVar[str] = "effective sources of labels"

    relations: Relations | None = None
    candidate: Preferences | None = None  # whose labels are counted; without it all that the ratings hold
    anchor: Preferences | None = None  # people's labels, for what reality scores

    def __call__(
        self, ratings: Ratings, judges: Sequence[Rater], null: Calibration
    ) -> tuple[PreferenceReading, ...]:
        """Count.

        Args:
            ratings: The candidate's pairs with all labels that are known of them, the anchor's included.
            judges: Not asked: a census counts everyone.
            null: Not asked: nothing is drawn.
        """
        del judges, null
        relations = self.relations or Relations()
        preferences = self.candidate or ratings.preferences
        found = count_labels(preferences, relations)
        if not found.labels:
            reason = "there is no label"
            return tuple(
                PreferenceReading.unknown(name, preferences.name, "labels", reason=reason) for name in TITLES
            )
        real = None if self.anchor is None else count_labels(self.anchor, relations)
        return (
            _sources(found, real, preferences.name),
            _unknown(found, real, preferences.name),
            _largest(found, real, preferences.name),
            _double(ratings, found, preferences),
            _related(found, real, preferences, relations),
        )


def _sources(found: Counted, real: Counted | None, subject: str) -> PreferenceReading:
    assert found.effective is not None  # noqa: S101 - for the type checker; the caller has looked
    reality = None if real is None else real.effective
    top, count = next(iter(found.sources.items()))
    lines = [
        f"all {found.labels:,} labels come {'without a name' if top.startswith('unnamed') else f'from {top}'}"
        if len(found.sources) == 1
        else f"{found.labels:,} labels come from {len(found.sources):,} sources, which count as {found.effective:.1f} of equal size; {top} "
        f"gave {count / found.labels:.1%}".replace("%", " %"),
    ]
    if reality is not None and real is not None:
        lines.append(
            f"the anchor's {real.labels:,} labels come from {_many(len(real.sources), 'source')}"
            + ("" if len(real.sources) == 1 else f", which count as {reality:.1f} of equal size")
        )
    if any(name.startswith("unnamed") for name in found.sources):
        lines.append("labels without a name count as one source, so there may be more")
    return PreferenceReading(
        measure="label_sources",
        subject=subject,
        unit="effective sources of labels",
        value=found.effective,
        reality=reality,
        n=found.labels,
        state="within",
        evidence=tuple(lines),
        details=_details("label_sources", found)
        | {
            "bits": found.bits,
            "sources_count": len(found.sources),
            "kinds": found.kinds,
            "sources": dict(list(found.sources.items())[:_SHOWN]),
            "cycles": {"unknown" if at is None else str(at): count for at, count in found.cycles.items()},
        },
    )


def _unknown(found: Counted, real: Counted | None, subject: str) -> PreferenceReading:
    count = found.kinds.get("unknown", 0)
    line = (
        f"nobody knows who gave {count:,} of {found.labels:,} labels; that should be so of at most {MOST_UNKNOWN:.0%}"
        if count
        else f"of each of the {found.labels:,} labels it is known who gave it"
    )
    return _limited(
        "unknown_labels",
        subject,
        found,
        real,
        count,
        MOST_UNKNOWN,
        line,
        lambda one: one.kinds.get("unknown", 0),
    )


def _largest(found: Counted, real: Counted | None, subject: str) -> PreferenceReading:
    if found.largest is None:
        return PreferenceReading(
            measure="largest_judge",
            subject=subject,
            unit="of labels",
            n=found.labels,
            state="not_asked",
            reason="no label is known to come from a model",
            details=_details("largest_judge", found),
        )
    name, count = found.largest
    share = count / found.labels
    line = f"{name} gave {share:.1%} of {found.labels:,} labels; at most {MOST_BY_ONE:.0%} should come from one model"
    return _limited(
        "largest_judge",
        subject,
        found,
        real,
        count,
        MOST_BY_ONE,
        line,
        lambda one: 0 if one.largest is None else one.largest[1],
    )


def _limited(
    measure: str,
    subject: str,
    found: Counted,
    real: Counted | None,
    count: int,
    most: float,
    line: str,
    of: Any,
) -> PreferenceReading:
    value = count / found.labels
    reality = None if real is None else real.share(of(real))
    lines = [line.replace("%", " %")]
    if reality:  # a model gave none of people's labels, which needs no words
        said = "nobody knows who gave" if measure == "unknown_labels" else "one model gave"
        lines.append(f"{said} {reality:.1%} of the anchor's labels".replace("%", " %"))
    return PreferenceReading(
        measure=measure,
        subject=subject,
        unit="of labels",
        value=value,
        reality=reality,
        effect=None if reality is None else value - reality,
        floor=most,
        n=found.labels,
        state="beyond" if value > most else "within",
        evidence=tuple(lines),
        details=_details(measure, found) | {"most": most},
    )


def _double(ratings: Ratings, found: Counted, preferences: Preferences) -> PreferenceReading:
    people: set[int] = set()
    others: set[int] = set()
    for rater in ratings.raters:
        (people if rater.is_human else others).update(rater.rows.tolist())
    # A candidate stands at the front of what it was joined with.
    count = sum(row < len(preferences) for row in people & others)
    needed = max(LEAST_DOUBLE, math.ceil(LEAST_DOUBLE_SHARE * len(preferences)))
    details = _details("double_labelled", found) | {"needed": needed, "pairs": len(preferences)}
    if found.kinds.get("human", 0) == found.labels:
        return PreferenceReading(
            measure="double_labelled",
            subject=preferences.name,
            unit="pairs",
            n=len(preferences),
            state="not_asked",
            reason="people gave every label, so there is no judge to hold against them",
            details=details,
        )
    return PreferenceReading(
        measure="double_labelled",
        subject=preferences.name,
        unit="pairs",
        value=float(count),
        floor=float(needed),
        n=len(preferences),
        state="beyond" if count < needed else "within",
        evidence=(
            f"people and a judge labelled {count:,} of {len(preferences):,} pairs; at least {needed:,} are needed to know the judge",
        ),
        details=details,
    )


def _related(
    found: Counted, real: Counted | None, preferences: Preferences, relations: Relations
) -> PreferenceReading:
    by_models = sum(found.models.values())
    unknown = found.relations.get("unknown", 0)
    details = _details("related_labels", found) | {
        "relations": found.relations,
        "authors": found.authors,
        "by_models": by_models,
        "at_most": (found.related + unknown) / found.labels,
    }
    common: dict[str, Any] = {
        "measure": "related_labels",
        "subject": preferences.name,
        "unit": "of labels",
        "n": found.labels,
        "details": details,
    }
    if not by_models:
        return PreferenceReading(**common, state="not_asked", reason="no label is known to come from a model")
    if unknown == by_models:
        reason = (
            "the authors of the responses are not known; columns author_a and author_b would tell"
            if not _has_authors(preferences)
            else "it is not known how any judge and author are related; a file of agents (--agents) would tell"
        )
        return PreferenceReading(**common, state="undetermined", reason=reason)
    reality = None if real is None else real.share(real.related)
    value = found.related / found.labels
    told = ", ".join(f"{name} {found.relations[name]:,}" for name in RELATIONS if found.relations.get(name))
    lines = [
        f"{found.related:,} of {found.labels:,} labels come from a model that is, or is related to, an author of the pair ({told})"
    ]
    if unknown:
        lines.append(
            f"of {unknown:,} it is not known, so the share lies between {value:.1%} and {details['at_most']:.1%}".replace(
                "%", " %"
            )
        )
    if reality is not None:
        lines.append(f"of the anchor's labels {reality:.1%} do".replace("%", " %"))
    if not len(relations):
        lines.append("without a file of agents only equal names are known to be related")
    return PreferenceReading(
        **common,
        value=value,
        reality=reality,
        effect=None if reality is None else value - reality,
        state="within",
        evidence=tuple(lines),
    )


def _has_authors(preferences: Preferences) -> bool:
    return any(
        preferences.pairs.column(name).null_count < len(preferences) for name in ("author_a", "author_b")
    )


def _details(measure: str, found: Counted) -> dict[str, Any]:
    return {"title": TITLES[measure], "census": True, "labels": found.labels}


def _sorted(counts: Counter[str]) -> dict[str, int]:
    return dict(sorted(counts.items(), key=lambda entry: (-entry[1], entry[0])))


def _many(count: int, noun: str) -> str:
    return f"{count:,} {noun}" + ("" if count == 1 else "s")
