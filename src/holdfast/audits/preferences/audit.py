"""Audit preferences: hold a set of labels against what people said of the same pairs."""

from __future__ import annotations

from dataclasses import fields, is_dataclass, replace
from typing import TYPE_CHECKING, Any, Literal

from holdfast.anchors.preferences import PreferenceAnchor, open_preference_anchor
from holdfast.audits.causes.preferences import explain
from holdfast.audits.preferences.examples import pick_examples
from holdfast.audits.preferences.judging import judge
from holdfast.audits.preferences.result import Judge, People, PreferenceAudit, PreferenceSettings
from holdfast.audits.preferences.wording import DECISIVE
from holdfast.audits.winrates import rates_of
from holdfast.data.preferences import Preferences, find_preferences, joined, read_preferences
from holdfast.data.preferences.agents import read_agents
from holdfast.errors import InputError, UsageError, unknown
from holdfast.measures.preference import PREFERENCE_MEASURES
from holdfast.measures.reading import Calibration
from holdfast.stats.looks import level_at
from holdfast.views.ratings import read_ratings
from holdfast.views.relations import Relations

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from pathlib import Path

    from holdfast.audits.judge import Verdict
    from holdfast.audits.preferences.judging import Judged
    from holdfast.audits.winrates import WinRate
    from holdfast.data.preferences.join import Shared
    from holdfast.measures.preference import PreferenceMeasure, PreferenceReading
    from holdfast.views.ratings import Rater, Ratings

MOST_AUTHORS = 20
"""Authors whose win rates are shown; of more, `holdfast winrate` tells."""


def audit_preferences(
    candidate: Any,
    *,
    real: Any = None,
    anchor: str | Path | PreferenceAnchor | None = None,
    annotator: str | None = None,
    annotator_type: str | None = None,
    agents: str | Path | None = None,
    teacher: Any = None,
    placebo: Sequence[Any] = (),
    alpha: float = 0.01,
    look: int = 1,
    on_undetermined: Literal["ask", "block", "pass"] = "ask",
    on_bad_row: Literal["stop", "skip"] = "stop",
    draws: int = 999,
    seed: int = 0,
    measures: Sequence[PreferenceMeasure] = PREFERENCE_MEASURES,
    progress: Callable[[str], None] = lambda _: None,
) -> PreferenceAudit:
    """Hold preference labels against people's.

    Args:
        candidate: Preference pairs with labels: a path, several, a list of dicts, or an Arrow table, in any form that `read_preferences`
            knows; or `Preferences`. It may hold human labels of its own.
        real: Human labels for a one-shot audit, in the same forms; or
        anchor: a frozen anchor of human labels. At most one of the two.
        annotator: Who labelled the candidate's rows that name nobody.
        annotator_type: What that is: `human`, `ai_judge`, `reward_model`, `rule`, `implicit` or `unknown`.
        agents: A file that says which model descends from which; without it only equal names are known to be related.
        teacher: Outputs of the teacher whose voice is looked for in the labels: prompts with responses.
        placebo: Outputs of models that cannot have taught, for the same prompts: at least three.
        alpha: Rate of false alarms of the family that decides, over all looks.
        look: Which look at this anchor it is, counted from 1; later ones may spend less.
        on_undetermined: What an undetermined verdict means for the exit code.
        on_bad_row: What to do with a row that cannot be read.
        draws: Draws behind intervals and controls.
        seed: Seed of all draws.
        measures: The battery.
        progress: Called with a word about what is done next.

    Returns:
        The audit; see `PreferenceAudit`.

    Raises:
        InputError: Rows, files or an anchor that cannot be used.
        UsageError: A parameter that does not exist or does not fit.
    """
    settings = _settings(alpha, look, on_undetermined, draws, seed)
    if real is not None and anchor is not None:
        raise UsageError("give either human labels or a frozen anchor", where="--real / --anchor")
    if bool(placebo) and teacher is None:
        raise UsageError("placebos are given, and no teacher", where="--placebo", do="Give --teacher, too")
    progress("reading labels")
    read = (
        candidate
        if isinstance(candidate, Preferences)
        else read_preferences(
            candidate, annotator=annotator, annotator_type=annotator_type, on_bad_row=on_bad_row
        )
    )
    known, held = read, None
    people: People | None = None
    notes: tuple[str, ...] = ()
    if real is not None or anchor is not None:
        held, people, notes = _reality(real, anchor, on_bad_row)
        progress("matching pairs")
        known, shared = joined(read, held)
        notes = (*notes, *_unshared(shared, len(read), len(held)))
        people = replace(people, reworded=shared.reworded)
    ratings = read_ratings(known)
    judges = tuple(rater for rater in ratings.judges if bool((rater.rows < len(read)).any()))
    people = _people(people, read, ratings, judges)
    notes = (*notes, *_repeated(known, people))
    facts: dict[str, Any] = {
        "relations": Relations(None if agents is None else read_agents(agents)),
        "candidate": read,
        "anchor": held,
    }
    if teacher is not None:
        from holdfast.measures.preference.label_voice import read_panel

        progress("reading voices")
        facts["panel"] = read_panel(teacher, placebo)
    battery = _equipped(measures, facts)
    calibration = Calibration(draws=draws, level=settings.level, seed=seed)
    results: list[tuple[PreferenceMeasure, PreferenceReading]] = []
    for measure in battery:
        progress(f"measuring {measure.title.lower()}")
        results += [(measure, reading) for reading in measure(ratings, judges, calibration)]
    informative = {
        reading.subject: reading.details.get("informative")
        for _, reading in results
        if reading.measure == "agreement"
    }
    beyond_chance = {
        reading.subject: reading.details.get("beyond_chance")
        for _, reading in results
        if reading.measure == "agreement"
    }
    judged = judge(results, level=settings.level, beyond_chance=beyond_chance)
    return PreferenceAudit(
        verdict=_verdict(judged, judges, people),
        candidate=read,
        people=people,
        judges=tuple(_judge(one, ratings, informative) for one in judges),
        judged=judged,
        causes=explain(judged),
        examples=pick_examples(ratings, judges, judged),
        win_rates=_win_rates(ratings, judges),
        settings=settings,
        notes=notes,
    )


def _settings(alpha: float, look: int, on_undetermined: str, draws: int, seed: int) -> PreferenceSettings:
    if on_undetermined not in ("ask", "block", "pass"):
        raise unknown("value for --on-undetermined", on_undetermined, ["ask", "block", "pass"])
    if not 0 < alpha < 1:
        raise UsageError("the error rate lies between 0 and 1", where="--alpha")
    if look < 1:
        raise UsageError("looks are counted from 1", where="--look")
    if draws < 99:
        raise UsageError("at least 99 draws are needed for an interval", where="--draws")
    if seed < 0:
        raise UsageError("the seed is a number of at least 0", where="--seed")
    return PreferenceSettings(
        alpha=alpha,
        look=look,
        level=level_at(look, alpha),
        seed=seed,
        draws=draws,
        on_undetermined=on_undetermined,  # type: ignore[arg-type]
    )


def _reality(
    real: Any, anchor: str | Path | PreferenceAnchor | None, on_bad_row: Literal["stop", "skip"]
) -> tuple[Preferences, People, tuple[str, ...]]:
    """People's labels, where they come from, and what there is to say."""
    if anchor is not None:
        opened = anchor if isinstance(anchor, PreferenceAnchor) else open_preference_anchor(anchor)
        people = _source(opened.preferences, opened.name, "frozen", opened.digest)
        return opened.preferences, replace(people, place=str(opened.path)), ()
    if isinstance(real, Preferences):
        return real, _source(real, real.name, "one-shot", None), real.notes
    if find_preferences(real) is None:
        raise InputError(
            "the candidate holds preference pairs, and the real rows do not",
            where="--real",
            do="Give pairs that people labelled, or audit one side of the candidate alone, such as with --text chosen",
        )
    held = read_preferences(real, annotator_type="human", on_bad_row=on_bad_row)
    return held, _source(held, held.name, "one-shot", None), held.notes


def _source(
    held: Preferences, name: str, kind: Literal["frozen", "one-shot", "inside"], digest: str | None
) -> People:
    return People(
        name=name,
        kind=kind,
        pairs=len(held),
        labels=held.labels.num_rows,
        people=0,
        shared_pairs=0,
        digest=digest,
        place=held.files[0] if len(held.files) == 1 else None,
    )


def _people(
    found: People | None, read: Preferences, ratings: Ratings, judges: Sequence[Rater]
) -> People | None:
    """Who the people are, the candidate's own included; None where nobody is."""
    people = ratings.people
    if not people:
        return None
    _, count = ratings.human
    seen = {int(row) for one in judges for row in one.rows if count[row]}
    base = found or _source(read, read.name, "inside", None)
    return replace(
        base,
        pairs=int((count > 0).sum()),
        labels=int(count.sum()),
        people=len(people),
        shared_pairs=len(seen),
    )


def _repeated(known: Preferences, people: People | None) -> tuple[str, ...]:
    """Labels of people that do not count, because the same annotator had labelled the pair before."""
    if people is None:
        return ()
    given = known.labels.column("annotator_type").to_pylist().count("human")
    if given == people.labels:
        return ()
    return (
        f"{given - people.labels:,} labels of people are left out: the same annotator had labelled the pair before, and people without a "
        "name count as one. Name them, and each counts.",
    )


def _unshared(shared: Shared, candidate: int, anchor: int) -> tuple[str, ...]:
    hint = () if shared.hint is None else (f"{shared.hint}.",)
    if shared.both:
        return (f"{shared.both:,} of {candidate:,} pairs were labelled by people, too.", *hint)
    return (
        f"Not one of the {candidate:,} pairs is among the {anchor:,} that people labelled (the same prompt and the same two responses), "
        "so no judge can be held against them.",
        *hint,
    )


def _equipped(
    measures: Sequence[PreferenceMeasure], facts: Mapping[str, Any]
) -> tuple[PreferenceMeasure, ...]:
    """The battery, each measure with what it needs to know beside ratings."""
    battery: list[PreferenceMeasure] = []
    for measure in measures:
        own = {field.name for field in fields(measure)} if is_dataclass(measure) else set[str]()
        given = {name: value for name, value in facts.items() if name in own}
        battery.append(replace(measure, **given) if given else measure)  # type: ignore[type-var]
    return tuple(battery)


def _win_rates(ratings: Ratings, judges: Sequence[Rater]) -> tuple[WinRate, ...]:
    """Those that people's labels can correct; every author against all others."""
    if not 1 < len(ratings.authors) <= MOST_AUTHORS or not ratings.people:
        return ()
    return tuple(one for one in rates_of(ratings, judges, ratings.authors) if one.corrected.value is not None)


def _judge(rater: Rater, ratings: Ratings, informative: dict[str, Any]) -> Judge:
    _, count = ratings.human
    return Judge(
        name=rater.name,
        kind=rater.kind,
        labels=len(rater),
        shared_pairs=int((count[rater.rows] > 0).sum()),
        informative=informative.get(rater.name),
        contradicted=rater.contradicted,
    )


def _verdict(judged: Sequence[Judged], judges: Sequence[Rater], people: People | None) -> Verdict:
    if any(one.severity == "fail" for one in judged):
        return "fail"
    if judges and (
        people is None
        or any(one.reading.measure in DECISIVE and one.reading.state == "undetermined" for one in judged)
    ):
        return "undetermined"
    return "warn" if any(one.alarm for one in judged) else "pass"
