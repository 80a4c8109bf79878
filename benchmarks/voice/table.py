"""What was measured, as Markdown."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

Row = dict[str, Any]
SHARES = (0.05, 0.1, 0.2, 0.3, 0.5)
NULLS = ("again", "inside", "outside", "length", "relative")
FINDINGS = {
    "teacher_specific": "teacher-specific",
    "generic": "generic drift",
    "length_or_format": "length or format only",
    "no_drift": "no drift",
    "cannot_tell": "cannot tell",
}
_LEAST_POWER, _MOST_FALSE = 0.8, 0.01


def by_ways(
    row: Row, *, floor: float = 0.1, alignment: float = 0.7, twin: float = 0.5, sure: str = "specific"
) -> bool:
    """The audit's rule: pulled, more than every placebo, and aligned."""
    needed = max(alignment, twin + (1 - twin) * row["likeness"]) if twin else alignment
    return (
        row["pull"] >= max(floor, row["halves"])
        and row["surely"] > 0
        and row[sure] > 0
        and row["alignment"] >= needed
    )


def by_panel(row: Row) -> bool:
    """The design's first rule: along what tells the teacher from the placebos."""
    return row["panel_pull"] >= 0.15 and row["panel_specific"] >= 0.05 and row["panel_surely"] > 0


def rates(rows: Sequence[Row], rule: Callable[[Row], bool]) -> tuple[list[float], dict[str, tuple[int, int]]]:
    """Hits by share, and false hits by kind of null."""
    power = []
    for share in SHARES:
        own = [rule(row) for row in rows if row["kind"] == "planted" and row["share"] == share]
        power.append(sum(own) / len(own) if own else float("nan"))
    nulls = {}
    for kind in NULLS:
        own = [rule(row) for row in rows if row["kind"] == kind]
        nulls[kind] = (sum(own), len(own))
    return power, nulls


def line(name: str, rows: Sequence[Row], rule: Callable[[Row], bool]) -> str:
    power, nulls = rates(rows, rule)
    hits, count = (sum(column) for column in zip(*nulls.values(), strict=True))
    shown = " | ".join(f"{value:.2f}" for value in power)
    false = " | ".join(f"{found} of {asked}" if asked else "-" for found, asked in nulls.values())
    return f"| {name} | {shown} | {false} | {100 * hits / max(count, 1):.1f} % |"


HEAD = (
    "| | 5 % | 10 % | 20 % | 30 % | 50 % | said anew | wrong name, right one a placebo | wrong name, right one nowhere | length | relatives | all nulls |\n"
    "|---|---|---|---|---|---|---|---|---|---|---|---|"
)


def write(found: Sequence[dict[str, Any]], known: Sequence[Row], whole: Sequence[Row], default: str) -> str:
    """The page."""
    own = next(one for one in found if one["name"] == default and one["placebos"] == 3)
    parts = [
        "# Is a teacher's voice found, and only where it is?",
        "Written by `benchmarks/voice/run.py`. AlpacaEval outputs of 22 models to the same 803 prompts. What is planted, and what is a null, stands in "
        "`benchmarks/voice/study.py`: a share of a student's outputs is replaced by the teacher's, and the others are said anew. Columns with a share are "
        "power; the others count false hits. Cases share models and prompts, so counts are no independent draws.",
        "## Fingerprints and rules that were tried",
        "*Ways*: along the way from the student to each voice, with alignment (the audit's rule). *Panel*: along what tells the teacher from the placebos, pull of "
        ".15 and .05 more than any placebo (the rule the work began with). `product n` counts the n most shared words, signs and pairs; `voice` leaves out "
        "what length and layout explain, `stripped` cuts layout and all but the first words, `plain` leaves everything in.",
        _tried(found),
        "## How the rule was chosen",
        f"Fingerprint: {default}. Families of models were split in two: one half where student and named teacher are of the first, one where both are of "
        "the second. The two agree. The second is no sample that nobody had seen: earlier rounds of this work, with other features and intervals that were too "
        "narrow, looked at all cases, and that being ahead of the placebos at 5 % is enough was settled by power on all of them. What would confirm the rule "
        "is models that were trained for it.",
        _chosen(own["rows"]),
        "## More placebos",
        "\n".join(
            [
                HEAD,
                *(
                    line(f"{one['placebos']} placebos", one["rows"], by_ways)
                    for one in found
                    if one["name"] == default
                ),
            ]
        ),
        "## The whole audit on planted texts",
        _whole(whole),
        "## Pairs whose teacher is known",
        _known(known),
        "## What did not help",
        _negative(found, default),
    ]
    return "\n\n".join(parts) + "\n"


def _tried(found: Sequence[dict[str, Any]]) -> str:
    lines = [HEAD]
    for one in found:
        if one["placebos"] != 3:
            continue
        name = f"{one['name']} ({one['width']} features, {one['seconds']:.0f} s)"
        lines += [
            line(f"{name}: ways", one["rows"], by_ways),
            line(f"{one['name']}: panel", one["rows"], by_panel),
        ]
    both = _both(found)
    return "\n".join(lines + ([both] if both else []))


def _both(found: Sequence[dict[str, Any]]) -> str | None:
    """The panel rule, which asks for both forms."""
    first = [one for one in found if "pairs as logs" in one["name"] and one["placebos"] == 3]
    if len(first) != 2:
        return None
    rows = [
        {**one, "both": by_panel(one) and by_panel(two)}
        for one, two in zip(first[0]["rows"], first[1]["rows"], strict=True)
    ]
    return line("1,500 words and pairs as logs, in both forms: panel", rows, lambda row: row["both"])


def _chosen(rows: Sequence[Row]) -> str:
    rules = {
        "no alignment asked": {"alignment": -1.0, "twin": 0.0},
        "alignment .5": {"alignment": 0.5, "twin": 0.0},
        "alignment .7": {"alignment": 0.7, "twin": 0.0},
        "alignment .9": {"alignment": 0.9, "twin": 0.0},
        "half of the way from the twin": {"alignment": -1.0},
        "half of the way, alignment .5": {"alignment": 0.5},
        "**half of the way, alignment .7**": {},
        "half of the way, alignment .8": {"alignment": 0.8},
        "the same, pull of .05": {"floor": 0.05},
        "the same, pull of .15": {"floor": 0.15},
        "the same, ahead of the placebos at 2.5 %, not 5 %": {"sure": "specific_95"},
    }
    parts = []
    for half, title in (
        ("choose", "First half: chosen"),
        ("confirm", "Second half: confirmed"),
        (None, "All, pairs across the halves included"),
    ):
        own = [row for row in rows if half in (None, row["half"])]
        parts += [
            f"### {title}",
            "\n".join(
                [
                    HEAD,
                    *(
                        line(name, own, lambda row, o=options: by_ways(row, **o))
                        for name, options in rules.items()
                    ),
                ]
            ),
        ]
    return "\n\n".join(parts)


def _whole(rows: Sequence[Row]) -> str:
    lines = [
        "The tables above ask the rule in one form. The audit asks that it survives in the stripped form, too. Here texts themselves are mixed, three tenths of the "
        "teacher's, and nothing is said anew; teachers and four placebos are drawn for each student, kin of the teacher among them.",
        "| planted | cases | aimed, in the main form | teacher-specific | length or format only | other |\n|---|---|---|---|---|---|",
    ]
    for unit in ("answers", "sentences"):
        own = [row for row in rows if row["unit"] == unit]
        count = {name: sum(row["finding"] == name for row in own) for name in FINDINGS}
        rest = len(own) - count["teacher_specific"] - count["length_or_format"]
        lines[-1] += (
            f"\n| {unit} | {len(own)} | {sum(row['aimed'] for row in own)} | {count['teacher_specific']} | {count['length_or_format']} | {rest} |"
        )
    return "\n\n".join(lines)


def _known(rows: Sequence[Row]) -> str:
    right = [row for row in rows if row["named"] in row["taught"]]
    wrong = [row for row in rows if row["named"] not in row["taught"]]
    hits = sum(row["finding"] == "teacher_specific" for row in right)
    false = [row for row in wrong if row["finding"] == "teacher_specific"]
    fewest, most = (pick(len(row["placebos"]) for row in rows) for pick in (min, max))
    lines = [
        f"The named teacher is the true one in {len(right)} cases: {hits} found teacher-specific, {len(right) - hits} missed. The name is wrong in {len(wrong)} cases: "
        f"{len(false)} found teacher-specific all the same. Lineages come from names and papers; most pairs share a base model and no more. Placebos are "
        f"all models that cannot have taught, {fewest} to {most}; beside a wrong name the right one is a placebo where that may be.",
        "| before | after | named | finding | pull, 95 % | alignment, needed | rival |\n|---|---|---|---|---|---|---|\n"
        + "\n".join(map(_row, [*right, *false])),
    ]
    return "\n\n".join(lines)


def _row(row: Row) -> str:
    pull = "-"
    if row["pull"] is not None:
        low, high = row["interval"]
        pull = f"{row['pull']:.2f} ({low:.2f} to {high:.2f})"
    aligned = "-" if row["alignment"] is None else f"{row['alignment']:.2f}, {row['needed']:.2f}"
    mark = "" if row["named"] in row["taught"] else " (wrong)"
    return f"| {row['before']} | {row['after']} | {row['named']}{mark} | {FINDINGS[row['finding']]} | {pull} | {aligned} | {row['rival']} |"


def _negative(found: Sequence[dict[str, Any]], default: str) -> str:
    lines = []
    for one in found:
        if one["placebos"] != 3:
            continue
        for rule, name in ((by_ways, "ways"), (by_panel, "panel")):
            power, nulls = rates(one["rows"], rule)
            hits, count = (sum(column) for column in zip(*nulls.values(), strict=True))
            told = []
            if power[3] < _LEAST_POWER:
                told.append(f"power {power[3]:.2f} at 30 %")
            if hits / count > _MOST_FALSE:
                told.append(f"{hits} of {count} false")
            if told and not (one["name"] == default and name == "ways"):
                lines.append(f"- {one['name']}, {name}: {', '.join(told)}.")
    lines.append(
        "- Asking that the pull survives on prompts where before and after are about equally long: of 18 planted cases that were aimed, 10 were lost by it in an earlier round, "
        "as these are the prompts on which least was planted. It is shown, and decides nothing."
    )
    lines.append(
        "- Learning the scatter of outputs from all prompts, those included that a direction is read on: with few outputs for a feature, what prompts agree on "
        "by chance looked like a movement of two standard deviations where nothing had moved."
    )
    return "\n".join(lines)
