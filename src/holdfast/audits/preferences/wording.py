"""What a preference audit says, in sentences."""

from __future__ import annotations

import shlex
from typing import TYPE_CHECKING

from holdfast.measures.reading import counted, percent

if TYPE_CHECKING:
    from holdfast.audits.preferences.judging import Judged
    from holdfast.audits.preferences.result import People, PreferenceAudit

DECISIVE = ("agreement", "length")
"""A judge of whom one of these cannot be told is not cleared."""


def headline(one: Judged) -> str:
    """An alarm in one sentence."""
    found = one.reading
    if found.measure == "agreement":
        kappa, held = found.details.get("kappa"), found.details.get("kappa_interval")
        shown = f": kappa {kappa:.2f} ({held[0]:.2f} to {held[1]:.2f})" if kappa is not None and held else ""
        return f"{found.subject} cannot tell good from bad here: on {found.n:,} pairs it does not agree with people beyond chance{shown}"
    if found.measure == "position" and found.value is not None:
        return (
            f"Where the order changes its verdict, {found.subject} leans to the first response in {percent(found.value)} of "
            f"{counted(int(found.details.get('inconsistent', found.n)), 'pair')}, where one half would be no leaning; "
            f"{percent(1 - (found.details.get('consistency') or 0.0))} of its verdicts change"
        )
    return found.evidence[0] if found.evidence else one.title


def sentence(audit: PreferenceAudit) -> str:
    """The answer in one sentence."""
    name = audit.candidate.name
    alarms = audit.alarms
    if not audit.judges:
        return f"Every label of {name} is a person's: there is no judge to hold against people."
    if audit.people is None:
        return (
            f"Nobody can tell whether the labels of {name} are still yours: not one of them is a person's, and no anchor "
            "holds people's labels of these pairs."
        )
    if audit.verdict == "fail":
        first = next(one for one in alarms if one.severity == "fail")
        more = len(alarms) - 1
        rest = f" {counted(more, 'further alarm')} below." if more else ""
        return f"{_said(first)}{rest}"
    if audit.verdict == "undetermined":
        open_ = [one for one in audit.judged if one.reading.state == "undetermined" and one.reading.reason]
        # What leaves the verdict open is said, not what would be nice to know beside it.
        why = next(
            (one for name in DECISIVE for one in open_ if one.reading.measure == name),
            open_[0] if open_ else None,
        )
        return (
            f"It cannot be told whether the labels of {name} are still yours: "
            f"{why.reading.reason if why else 'too few pairs were labelled by people, too'}."
        )
    judges = ", ".join(judge.name for judge in audit.judges[:3])
    if audit.verdict == "warn":
        return _said(alarms[0])
    length = audit.reading("length")
    seen = length.reading.smallest_detectable if length else None
    blind = (
        "" if seen is None else f" An effect of length below {100 * seen:.0f} points could have gone unseen."
    )
    return (
        f"On {counted(audit.people.shared_pairs, 'pair')} that people labelled, too, {judges} shows no taste that a second person "
        f"would not show.{blind}"
    )


def _said(one: Judged) -> str:
    said = headline(one)
    if not said.startswith(one.reading.subject or " "):  # a name keeps its letters
        said = said[:1].upper() + said[1:]
    return said if said.endswith(".") else f"{said}."


def next_steps(audit: PreferenceAudit) -> list[str]:
    """What to do next, most useful first."""
    files = audit.candidate.files
    name = shlex.quote(files[0] if len(files) == 1 else audit.candidate.name)
    people = audit.people
    if not audit.judges:
        freeze = f"holdfast anchor freeze {name} -o people/   # and hold a judge's labels against them"
        return [freeze] if people is not None and people.kind == "inside" else []
    if people is None:
        return [
            f"holdfast winrate {name} --label-next 400 -o next.jsonl   # 400 pairs for people to label, drawn with known probabilities",
            "holdfast anchor freeze next.jsonl -o people/   # once people have filled in label and annotator",
            f"holdfast audit {name} --anchor people/   # and ask again",
        ]
    where = _place(people)
    steps = []
    if people.reworded:
        steps.append(
            f"Write prompts alike in both files: {counted(people.reworded, 'pair')} more would then be shared with people."
        )
    if audit.verdict == "undetermined":
        steps.append(f"holdfast winrate {name}{where} --label-next 400 -o next.jsonl")
    if audit.alarms:
        steps.append(f"holdfast curate {name}{where} -o curated/")
    if any(one.reading.measure == "position" and one.reading.state == "undetermined" for one in audit.judged):
        steps.append(
            "Ask the judge again with the two responses swapped, for 200 pairs: nothing else shows position."
        )
    if audit.reading("label_voice") is None or _not_asked(audit, "label_voice"):
        steps.append(
            f"holdfast audit {name}{where} --teacher TEACHER.jsonl --placebo A.jsonl --placebo B.jsonl --placebo C.jsonl"
        )
    return steps


def _place(people: People) -> str:
    """The option that names people's labels in a command; none where the candidate holds them itself."""
    if people.kind == "inside":
        return ""
    option, usual = ("--anchor", "PEOPLE/") if people.kind == "frozen" else ("--real", "PEOPLE.jsonl")
    return f" {option} {usual if people.place is None else shlex.quote(people.place)}"


def _not_asked(audit: PreferenceAudit, measure: str) -> bool:
    found = audit.reading(measure)
    return found is not None and found.reading.state == "not_asked"
