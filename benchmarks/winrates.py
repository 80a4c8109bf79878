"""Corrected win rates: how often intervals hold the truth, what labels of people are worth, and who is misled without them.

Worlds: people prefer an author in 60 % of pairs; a judge sees what they see but for some noise, and takes the author's side in some pairs
whatever people say. `n` pairs are labelled by people, 2,000 by the judge alone. In `five a prompt` five pairs share a prompt and mostly a winner; in
`chosen` people label pairs that were drawn with chances that follow what the judge says, and they are weighed back.

Real pairs: PandaLM's 999, five authors, GPT-3.5 as the judge; the truth is what three people say of all pairs, and `n` of them are revealed. What
is drawn from 999 pairs covers more than it promises, as so much of the whole is known.

Also: how often a judge that guesses is called informative, and how often one that is noisy, and not led by order, alarms.

    python benchmarks/winrates.py --real FOLDER

Writes benchmarks/results/winrates.md.
"""

from __future__ import annotations

import argparse
import json
import time
from pathlib import Path

import numpy as np

from holdfast.audits.winrates.rating import Games, rate
from holdfast.measures.preference.agreement import Agreement
from holdfast.measures.preference.by_hand import Said, lined_up
from holdfast.measures.preference.position import Position
from holdfast.measures.reading import Calibration
from holdfast.stats.intervals import exact_share

TRUE, OTHERS = 0.6, 2_000
SIDES = {"1": 1.0, "2": 0.0, "0": 0.5, "Tie": 0.5, "garbage": 0.5}


def world(dice: np.random.Generator, n: int, *, noise: float, lean: float, kind: str) -> Games:
    count = n + OTHERS
    prompt = np.arange(count) // (5 if kind == "five a prompt" else 1)
    wins = dice.random(count) < TRUE
    if kind == "five a prompt":
        wins = np.where(dice.random(count) < 0.7, (dice.random(count) < TRUE)[prompt * 5], wins)
    judge = np.where(dice.random(count) < noise, dice.random(count) < 0.5, wins)
    judge = np.where(dice.random(count) < lean, True, judge)
    chance = np.ones(count)
    if kind == "chosen":
        sizes = np.where(judge, 0.5, 1.5)
        chance = n * sizes / sizes.sum()
        seen = dice.random(count) < chance
        chance = np.where(seen, chance, 1.0)
    else:
        seen = np.arange(count) < n
    return Games(
        judged=judge.astype(float),
        human=np.where(seen, wins.astype(float), np.nan),
        prompt=prompt,
        chance=chance,
        weighed=kind == "chosen",
    )


def pandalm(folder: Path) -> dict[str, Games]:
    """All pairs of each author, people's mean verdict known of all."""

    def load(name: str) -> list:
        return json.loads((folder / "pandalm" / name).read_text())

    pairs, judged = load("testset-v1.json"), load("gpt-3.5-turbo-testset-v1.json")
    prompts = {
        text: at for at, text in enumerate(dict.fromkeys(p["instruction"] + p["input"] for p in pairs))
    }
    found = {}
    for author in sorted({name for pair in pairs for name in pair["cmp_key"].split("_")}):
        own = []
        for pair, said in zip(pairs, judged, strict=True):
            names = pair["cmp_key"].split("_")
            if author in names:
                human = np.mean([SIDES[str(pair[f"annotator{k}"])] for k in (1, 2, 3)])
                judge = SIDES[str(said["gpt_result"])]
                turn = names[0] == author
                own.append(
                    (
                        judge if turn else 1 - judge,
                        human if turn else 1 - human,
                        prompts[pair["instruction"] + pair["input"]],
                    )
                )
        table = np.array(own)
        found[author] = Games(
            judged=table[:, 0],
            human=table[:, 1],
            prompt=table[:, 2].astype(int),
            chance=np.ones(len(table)),
            weighed=False,
        )
    return found


class Tally:
    def __init__(self) -> None:
        self.rows: list[tuple] = []

    def add(self, games: Games, truth: float) -> None:
        """Rate once, and see what holds."""
        found = rate(games, author="a", against=None, judge="j")
        if found.corrected.interval is None:
            return
        width = [f.interval[1] - f.interval[0] for f in (found.human, found.corrected)]
        check = found.cross_check.interval
        self.rows.append(
            (
                inside(found.judged.interval, truth),
                inside(found.human.interval, truth),
                inside(found.corrected.interval, truth),
                np.nan if check is None else inside(check, truth),
                *width,
                found.effective or np.nan,
                found.labelled_pairs,
            )
        )

    def line(self, *names: object) -> str:
        """A line of the table."""
        table = np.array(self.rows, float)
        judge, human, corrected, one, two, worth, labelled = np.nanmean(np.delete(table, 3, axis=1), axis=0)
        known = table[~np.isnan(table[:, 3]), 3]
        check = f"{known.mean():.1%} ({len(known)})" if len(known) else "never known"
        return (
            f"| {' | '.join(map(str, names))} | {judge:.1%} | {human:.1%} | {corrected:.1%} | {check} | "
            f"{100 * one:.1f} | {100 * two:.1f} | {worth:.0f} of {labelled:.0f} |"
        )


def inside(interval: tuple[float, float], truth: float) -> bool:
    return interval[0] <= truth <= interval[1]


def reveal(games: Games, n: int, dice: np.random.Generator) -> Games:
    seen = np.zeros(len(games.human), bool)
    seen[dice.choice(len(seen), n, replace=False)] = True
    return Games(
        judged=games.judged,
        human=np.where(seen, games.human, np.nan),
        prompt=games.prompt,
        chance=games.chance,
        weighed=False,
    )


def false_calls(draws: int) -> list[str]:
    cleared = alarms = 0
    for seed in range(draws):
        dice = np.random.default_rng(seed)
        first, people = dice.choice([-1, 1], 200), dice.choice([-1, 1], 200)
        label, swapped = (dice.choice([-1, 0, 1], 200, p=[0.4, 0.1, 0.5]) for _ in range(2))
        ratings = lined_up(
            {
                "anna": Said(label=people, kind="human"),
                "judge": Said(label=label, swapped=swapped, first=first),
            }
        )
        null = Calibration(draws=19, seed=seed)
        cleared += bool(Agreement()(ratings, ratings.judges, null)[0].details["informative"])
        alarms += Position()(ratings, ratings.judges, null)[0].state == "beyond"
    return [
        f"| {name} | {hits} of {draws} | {hits / draws:.1%} | {exact_share(hits, draws)[0]:.1%} to {exact_share(hits, draws)[1]:.1%} | {most} |"
        for name, hits, most in (
            ("a judge that guesses is called informative", cleared, "2.5 %"),
            ("a judge that guesses alarms for the order", alarms, "5 %"),
        )
    ]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--draws", type=int, default=1_000)
    parser.add_argument("--real", type=Path)
    parser.add_argument("--out", type=Path, default=Path(__file__).parent / "results" / "winrates.md")
    asked = parser.parse_args()
    start = time.process_time()
    columns = "judge alone holds | people alone hold | corrected holds | cross-check holds (known) | width, people | width, corrected | worth"
    lines = [
        "# Corrected win rates",
        "",
        f"Written by `benchmarks/winrates.py`; {asked.draws:,} draws of each world. How often 95 % intervals hold the truth, their mean "
        "width in points, and the labels of people that would tell as much without the judge.",
        "",
        f"## Worlds, {OTHERS:,} pairs of the judge alone",
        "",
        f"| pairs | labelled | noise | takes its side | {columns} |",
        "|" + "---|" * 11,
    ]
    for kind in ("apart", "five a prompt", "chosen"):
        for n in (50, 100, 400) if kind == "apart" else (200,):
            for noise, lean in ((0.2, 0.0), (0.4, 0.3), (1.0, 0.4)):
                tally = Tally()
                for seed in range(asked.draws):
                    tally.add(
                        world(np.random.default_rng([seed, n]), n, noise=noise, lean=lean, kind=kind), TRUE
                    )
                lines.append(tally.line(kind, n, noise, lean))
    if asked.real is not None:
        lines += [
            "",
            "## PandaLM, GPT-3.5 as the judge",
            "",
            f"| author | pairs | truth | labelled | {columns} |",
            "|" + "---|" * 11,
        ]
        for author, games in pandalm(asked.real).items():
            truth = float(games.human.mean())
            for n in (60, 120):
                tally = Tally()
                for seed in range(asked.draws // 2):
                    tally.add(reveal(games, n, np.random.default_rng([seed, n])), truth)
                lines.append(tally.line(author, len(games.human), f"{truth:.3f}", n))
    lines += [
        "",
        "## False calls, 200 pairs in both orders",
        "",
        "| | times | share | 95 % | may be |",
        "|---|---|---|---|---|",
        *false_calls(asked.draws // 2),
        "",
        f"{time.process_time() - start:.0f} s of one core.",
    ]
    asked.out.write_text("\n".join(line.replace("%", " %").replace("  %", " %") for line in lines) + "\n")
    print(asked.out.read_text())


if __name__ == "__main__":
    main()
