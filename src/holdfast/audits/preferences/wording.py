"""What a preference audit says, in sentences."""

from __future__ import annotations

from typing import TYPE_CHECKING

from holdfast.measures.reading import counted

if TYPE_CHECKING:
    from holdfast.audits.preferences.result import PreferenceAudit


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
        return f"{_said(first.reading.evidence, first.title)}{rest}"
    if audit.verdict == "undetermined":
        open_ = [one for one in audit.judged if one.reading.state == "undetermined" and one.reading.reason]
        why = next((one for one in open_ if one.reading.measure == "agreement"), open_[0] if open_ else None)
        return (
            f"It cannot be told whether the labels of {name} are still yours: "
            f"{why.reading.reason if why else 'too few pairs were labelled by people, too'}."
        )
    judges = ", ".join(judge.name for judge in audit.judges[:3])
    if audit.verdict == "warn":
        return _said(alarms[0].reading.evidence, alarms[0].title)
    length = audit.reading("length")
    seen = length.reading.smallest_detectable if length else None
    blind = (
        "" if seen is None else f" An effect of length below {100 * seen:.0f} points could have gone unseen."
    )
    return (
        f"On {counted(audit.people.shared_pairs, 'pair')} that people labelled, too, {judges} shows no taste that a second person "
        f"would not show.{blind}"
    )


def _said(evidence: tuple[str, ...], title: str) -> str:
    said = evidence[0] if evidence else title
    said = said[:1].upper() + said[1:]
    return said if said.endswith(".") else f"{said}."


def next_steps(audit: PreferenceAudit) -> list[str]:
    """What to do next, most useful first."""
    name = audit.candidate.name
    anchor = audit.people
    where = (
        f"--anchor {anchor.name}" if anchor is not None and anchor.kind == "frozen" else "--real people.jsonl"
    )
    if audit.people is None:
        return [
            f"holdfast winrate {name} --label-next 400 -o next.jsonl   # 400 pairs for people to label, drawn with known probabilities",
            "holdfast anchor freeze labelled.jsonl -o people/           # freeze what they said",
            f"holdfast audit {name} --anchor people/                    # and ask again",
        ]
    steps = []
    if audit.verdict == "undetermined":
        steps.append(f"holdfast winrate {name} {where} --label-next 400 -o next.jsonl")
    if audit.alarms:
        steps.append(f"holdfast curate {name} {where} -o curated/")
    if any(one.reading.measure == "position" and one.reading.state == "undetermined" for one in audit.judged):
        steps.append(
            "Ask the judge again with the two responses swapped, for 200 pairs: nothing else shows position."
        )
    if audit.reading("label_voice") is None or _not_asked(audit, "label_voice"):
        steps.append(
            f"holdfast audit {name} {where} --teacher teacher.jsonl --placebo a.jsonl --placebo b.jsonl --placebo c.jsonl"
        )
    return steps


def _not_asked(audit: PreferenceAudit, measure: str) -> bool:
    found = audit.reading(measure)
    return found is not None and found.reading.state == "not_asked"
