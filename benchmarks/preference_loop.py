"""The preference loop at size: a small policy, really tuned on labels of people, of a judge, and of a judge repaired, round after round.

    python benchmarks/preference_loop.py run [--seeds 1 2 3] [--arms people judge ...] [--tuner trl] [--alone]
    python benchmarks/preference_loop.py page

Needs `pip install -e '.[models]'`, and trl and datasets for `--tuner trl`. Every finished round is a line of
benchmarks/results/preference_loop.jsonl and is not run again; `page` writes benchmarks/results/preference_loop.md from the lines alone. All is made
up from seeds, and everything runs on one thread of a CPU, so that the same code gives the same figures.
"""

from __future__ import annotations

import argparse
import json
from collections import defaultdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

from holdfast.lab.preferences.arms import ARMS, SAID
from holdfast.lab.preferences.loop import PreferenceLoop

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

RESULTS = Path(__file__).parent / "results"
STORE = RESULTS / "preference_loop.jsonl"
Lines = dict[tuple[str, str, int, int], dict[str, Any]]


def read_store() -> Lines:
    if not STORE.exists():
        return {}
    rows = [json.loads(line) for line in STORE.read_text(encoding="utf-8").splitlines() if line]
    return {key_of(row): row for row in rows}


def key_of(row: dict[str, Any]) -> tuple[str, str, int, int]:
    return row["tuner"] or "", row["arm"], row["seed"], row["round"]


def keep(row: dict[str, Any], done: Lines) -> None:
    if key_of(row) in done:
        return
    done[key_of(row)] = row
    with STORE.open("a", encoding="utf-8") as file:
        file.write(json.dumps(row) + "\n")


def run(seeds: Sequence[int], arms: Sequence[str], tuner: str, *, alone: bool) -> None:
    loop = PreferenceLoop(tuner=tuner)  # type: ignore[arg-type]
    done = read_store()
    for seed in seeds:
        missing = [
            arm
            for arm in ARMS
            if arm in arms and any((tuner, arm, seed, one) not in done for one in range(1, loop.rounds + 1))
        ]
        if not missing:
            continue
        start = loop.start(seed)
        keep(loop.read_start(start).row, done)
        # The voices of all others are held against the arm of people, whose answers no line keeps.
        people = []
        for found in () if alone else loop.run("people", start):
            people.append(found.answers)
            keep(found.row, done)
            print("people", seed, len(people), found.row["truth"], flush=True)
        for arm in missing:
            if arm == "people" and not alone:
                continue
            for found in loop.run(arm, start, control=people or None):
                keep(found.row, done)
                print(arm, seed, found.row["round"], found.row["truth"], flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    verbs = parser.add_subparsers(dest="verb", required=True)
    running = verbs.add_parser("run")
    running.add_argument("--seeds", type=int, nargs="+", default=[1, 2, 3])
    running.add_argument("--arms", nargs="+", choices=ARMS, default=list(ARMS))
    running.add_argument("--tuner", choices=("plain", "trl"), default="plain")
    running.add_argument(
        "--alone",
        action="store_true",
        help="hold no arm's voice against the arm of people, which else is run again",
    )
    verbs.add_parser("page")
    asked = parser.parse_args()
    if asked.verb == "run":
        run(asked.seeds, asked.arms, asked.tuner, alone=asked.alone)
    else:
        done = read_store()
        # Arms and seeds may be run side by side; the order in which they ended says nothing.
        STORE.write_text("".join(json.dumps(done[key]) + "\n" for key in sorted(done)), encoding="utf-8")
        (RESULTS / "preference_loop.md").write_text(write_page(done), encoding="utf-8")


# Columns of the first tables: what is true, and what the product says.
READ: tuple[tuple[str, str, Callable[[dict[str, Any]], float | None], str], ...] = (
    ("in the teacher's voice (truth)", "share of answers to the exam, most of whose marks are the teacher's", lambda row: row["truth"]["teacher"], "{:.2f}"),
    ("pull towards the teacher (`holdfast voice`)", "share of answers that would have to be the teacher's own", lambda row: row["voice"]["pull"], "{:+.2f}"),
    ("pull beyond the arm `people` (`holdfast voice --control`)", "the same, with people's answers of that round as the control arm", lambda row: (row["beside_people"] or {}).get("pull"), "{:+.2f}"),
    ("right (truth)", "share of answers to the exam that name what is right and nothing else", lambda row: row["truth"]["right"], "{:.2f}"),
    ("human-anchor accuracy (`holdfast reward`)", "share of frozen pairs, judged by three people, that the implicit reward orders as most people do", lambda row: row["reward"]["reward_accuracy"]["value"], "{:.2f}"),
    ("diversity beside the start (Hill numbers at equal coverage)", "1: as varied as before any tuning", lambda row: row["diversity"]["profile"], "{:.2f}"),
    ("distinct phrases of three words, at 3,000 words", "share of phrases", lambda row: row["diversity"]["distinct_3"], "{:.2f}"),
    ("words of an answer (truth)", "mean", lambda row: row["truth"]["words"], "{:.1f}"),
    ("distance from the start (truth)", "nats of divergence of an answer", lambda row: row["truth"]["nats"], "{:.1f}"),
    ("labels tuned on", "of those offered, after filters", lambda row: row["labels"]["labels"], "{:,.0f}"),
    ("agreement of the labels with people (`holdfast audit`)", "with most of three people, on pairs that all judged", lambda row: row["labels"]["agreement"], "{:.2f}"),
    ("longer answers, beyond people (`holdfast audit`)", "points of 1, given the human verdict", lambda row: effect_of(row, "length"), "{:+.2f}"),
    ("first slot (`holdfast audit`)", "share of turned verdicts that go to it, less one half", lambda row: effect_of(row, "position"), "{:+.2f}"),
    ("the teacher's own texts, beyond people (`holdfast audit`)", "points of 1, given the human verdict", lambda row: effect_of(row, "author_preference"), "{:+.2f}"),
)  # fmt: skip


def effect_of(row: dict[str, Any], measure: str) -> float | None:
    found = row["labels"][measure]
    return None if found is None else found["effect"]


def write_page(done: Lines) -> str:
    rows = [row for key, row in sorted(done.items()) if key[0] == "plain"]
    by: dict[tuple[str, int], list[dict[str, Any]]] = defaultdict(list)
    for row in rows:
        by[row["arm"], row["round"]].append(row)
    starts = [row for row in done.values() if row["arm"] == "start"]
    rounds = sorted({row["round"] for row in rows})
    arms = [arm for arm in ARMS if any(row["arm"] == arm for row in rows)]
    loop = PreferenceLoop()
    lines = [
        "# The preference loop",
        "",
        "A small policy is tuned on labels of its own answers, writes answers anew, and is tuned again. Written by "
        "`python benchmarks/preference_loop.py page`; run by `python benchmarks/preference_loop.py run`.",
        "",
        f"- **World.** {loop.boats} boats, four facts each; questions have one right answer. People write in three voices, the teacher in a "
        "fourth; every voice is right equally often.",
        f"- **Policy.** A causal model over whole words, {starts[0]['weights']:,} weights, trained from nothing on {loop.facts:,} bare facts and "
        f"{loop.lessons:,} answers, {100 * loop.teacher:.0f} % of them in the teacher's voice, {100 * loop.right:.0f} % right. On the exam it "
        f"begins with {told([row['truth']['teacher'] for row in starts], '{:.2f}')} in the teacher's voice, "
        f"{told([row['truth']['right'] for row in starts], '{:.2f}')} right.",
        f"- **A round.** {loop.pairs:,} pairs: one half two answers of the policy, one half one of its and one of the teacher's; labels; "
        f"{loop.course.steps} steps of DPO of {loop.course.batch} labels (beta {loop.course.beta:g}, Adam at {loop.course.rate:g}), held to the policy of the round before; the same "
        f"number of steps in every arm. Three people label {loop.seen:,} of the pairs: the anchor of the round.",
        "- **The judge** sees what is right as people do, and favours the teacher's voice (2 logits), length (0.8 a unit of log length) and the "
        "first slot (0.3). People's tastes are 0.1 to 0.3 logits of length, and 0.2 at most of voice.",
        "- Mean over seeds, and the range in brackets; "
        + ", ".join(f"`{arm}` {len(by[arm, loop.rounds])}" for arm in arms)
        + f" seeds have all {loop.rounds} rounds; the exam has {loop.exam} questions, and {loop.frozen} pairs are frozen.",
        "",
        "| arm | labels |",
        "|---|---|",
        *(f"| `{arm}` | {SAID[arm]} |" for arm in arms),
        "",
        "## What held, and what did not",
        "",
        *claims(by, starts),
        "",
        "## Figures",
    ]
    for title, unit, read, form in READ:
        lines += [
            "",
            f"**{title}**: {unit}",
            "",
            "| arm | " + " | ".join(f"round {one}" for one in rounds) + " |",
        ]
        lines += ["|---|" + "---|" * len(rounds)]
        lines += [f"| `{arm}` | " + " | ".join(told([read(row) for row in by[arm, one]], form) for one in rounds) + " |" for arm in arms]  # fmt: skip
    lines += [
        "",
        "**What was said, over rounds and seeds**",
        "",
        "| arm | `holdfast voice` | `holdfast audit` of the labels | its alarms |",
    ]
    lines += ["|---|---|---|---|"]
    for arm in arms:
        own = [row for row in rows if row["arm"] == arm]
        alarms = tally(one for row in own for one in row["labels"]["alarms"])
        lines.append(
            f"| `{arm}` | {tally(row['voice']['finding'] for row in own)} | {tally(row['labels']['verdict'] for row in own)} | {alarms} |"
        )
    lines += [
        "",
        "**What filters dropped, over rounds and seeds**",
        "",
        "| arm | filter | decisions | labels a round |",
        "|---|---|---|---|",
    ]
    for arm in arms:
        own = [row["labels"]["filters"] for row in rows if row["arm"] == arm]
        for name in own[0]:
            lines.append(
                f"| `{arm}` | {name} | {tally(one[name][0] for one in own)} | {told([one[name][1] for one in own], '{:,.0f}')} |"
            )
    lines += trl_lines(done)
    return "\n".join(lines) + "\n"


def told(values: Sequence[float | None], form: str) -> str:
    known = [one for one in values if one is not None]
    if not known:
        return "not known"
    mean = form.format(sum(known) / len(known))
    missing = f", {len(values) - len(known)} not known" if len(known) < len(values) else ""
    return f"{mean} ({form.format(min(known))} to {form.format(max(known))}{missing})"


def tally(values: Any) -> str:
    counts: dict[str, int] = defaultdict(int)
    for one in values:
        counts[one] += 1
    return (
        ", ".join(
            f"{name} {count}" for name, count in sorted(counts.items(), key=lambda one: (-one[1], one[0]))
        )
        or "none"
    )


def claims(by: dict[tuple[str, int], list[dict[str, Any]]], starts: list[dict[str, Any]]) -> list[str]:
    begun = {row["seed"]: row["truth"]["teacher"] for row in starts}

    def of(arm: str, read: Callable[[dict[str, Any]], float | None]) -> dict[tuple[int, int], float]:
        return {
            (row["seed"], row["round"]): value
            for (name, _), rows in by.items()
            for row in rows
            if name == arm and (value := read(row)) is not None
        }

    def voice(row: dict[str, Any]) -> float:
        return row["truth"]["teacher"]

    def right(row: dict[str, Any]) -> float:
        return row["truth"]["right"]

    def accuracy(row: dict[str, Any]) -> float | None:
        return row["reward"]["reward_accuracy"]["value"]

    def varied(row: dict[str, Any]) -> float | None:
        return row["diversity"]["profile"]

    lines = [
        "| after the last round that both arms have | seeds in which it held | difference, mean (range) | rounds |",
        "|---|---|---|---|",
    ]
    for said, more, less, read in (
        ("the judge's labels bring more of the teacher's voice than people's", "judge", "people", voice),
        ("people's labels bring more of it than a coin's", "people", "coin", voice),
        ("filters leave less of it than the judge's labels do", "judge", "filtered", voice),
        ("people's labels mixed in leave less of it than the judge's alone", "judge", "mixed", voice),
        ("filters and mix leave less of it than the judge's labels do", "judge", "remedied", voice),
        ("filters and mix leave less of it than the mix alone", "mixed", "remedied", voice),
        ("filters and mix still leave more of it than people's labels", "remedied", "people", voice),
        ("people's labels keep answers more varied than the judge's", "people", "judge", varied),
        ("filters and mix keep answers more varied than the judge's labels", "remedied", "judge", varied),
        ("people's labels order the frozen pairs as people do more often than the judge's", "people", "judge", accuracy),
        ("filters do so more often than the judge's labels", "filtered", "judge", accuracy),
        ("the mix does so more often than the judge's labels", "mixed", "judge", accuracy),
        ("filters and mix do so more often than the judge's labels", "remedied", "judge", accuracy),
        ("people's labels leave more answers right than the judge's", "people", "judge", right),
        ("filters and mix leave more answers right than the judge's labels", "remedied", "judge", right),
    ):  # fmt: skip
        high, low = of(more, read), of(less, read)
        last = dict(sorted(high.keys() & low.keys()))
        gaps = [high[at] - low[at] for at in last.items()]
        if gaps:
            after = tally(f"round {number}, seeds:" for number in last.values())
            held = f"{sum(one > 0 for one in gaps)} of {len(gaps)}"
            lines.append(f"| {said} | {held} | {told(gaps, '{:+.2f}')} | {after} |")
        else:
            lines.append(f"| {said} | not run | | |")
    # The pull that is true: the share of answers that moved into the teacher's voice, of those that had not been in it.
    off = [
        row["voice"]["pull"] - (row["truth"]["teacher"] - begun[row["seed"]]) / (1 - begun[row["seed"]])
        for (arm, _), rows in by.items()
        for row in rows
        if arm in ARMS and row["voice"]["pull"] is not None
    ]
    lines += [
        "",
        f"The pull that `holdfast voice` reads, less the true one, over all {len(off)} rounds: {told(off, '{:+.2f}')}.",
    ]
    return lines


def trl_lines(done: Lines) -> list[str]:
    pairs = [
        (row, done["plain", *key[1:]])
        for key, row in sorted(done.items())
        if key[0] == "trl" and ("plain", *key[1:]) in done
    ]
    if not pairs:
        return []
    lines = [
        "",
        "**The same by TRL's trainer**",
        "",
        "| arm, seed, round | in the teacher's voice | human-anchor accuracy |",
        "|---|---|---|",
    ]
    for one, own in pairs:
        figures = [(row["truth"]["teacher"], row["reward"]["reward_accuracy"]["value"]) for row in (one, own)]
        cells = (f"{trl:.3f}, written out {plain:.3f}" for trl, plain in zip(*figures, strict=True))
        lines.append(f"| `{one['arm']}`, {one['seed']}, {one['round']} | " + " | ".join(cells) + " |")
    return lines


if __name__ == "__main__":
    main()
