"""Planted taste: is it found, and is a judge like people left alone?

    [HOLDFAST_REAL_DATA=folder] python benchmarks/preferences/planted.py [--draws 60]

Labels like people's, with a taste for length, lists, the first slot or an author planted at known strength; how often each measure finds
it. In a generated world always; on PandaLM (three people) and LLMBar (one agreed label) where the real data are at hand. A hit is a
reading that is `beyond`. Writes benchmarks/results/preferences.md; no text of the data is in it.
"""

from __future__ import annotations

import argparse
import json
import os
import time
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from holdfast.data.preferences import read_preferences
from holdfast.measures.preference.author import AuthorPreference
from holdfast.measures.preference.examples import Taste, World
from holdfast.measures.preference.position import Position
from holdfast.measures.preference.style import Layout, Length
from holdfast.measures.reading import Calibration
from holdfast.stats.intervals import wilson
from holdfast.stats.logit import fit_logit, resample
from holdfast.views.ratings import Rater, Ratings, read_ratings
from holdfast.views.style import STYLE

if TYPE_CHECKING:
    from collections.abc import Iterable

    from numpy.typing import NDArray

RESULTS = Path(__file__).parent.parent / "results"
AUTHORS = ("judge", "another", "a third")
MEASURES: dict[str, Any] = {
    "length": Length(),
    "lists": Layout(features=("list_items",)),
    "slot": Position(),
    "favour": AuthorPreference(),
}
LOGITS = {
    "length": (0.2, 0.4, 0.8),
    "lists": (0.2, 0.4, 0.8),
    "slot": (0.1, 0.2, 0.4),
    "favour": (0.3, 0.6, 1.2),
}
SIZES = (250, 500, 1_000)
WORD = {"0": "tie", "Tie": "tie", "1": "a", "2": "b"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Rate:
    """How often a reading was beyond."""

    hits: int
    draws: int
    undetermined: int

    @classmethod
    def of(cls, states: Iterable[str]) -> Rate:
        """From the states of readings."""
        every = list(states)
        return cls(hits=every.count("beyond"), draws=len(every), undetermined=every.count("undetermined"))

    def __str__(self) -> str:
        low, high = wilson(self.hits, self.draws)
        open_ = f", {100 * self.undetermined / self.draws:.0f} % undetermined" if self.undetermined else ""
        return f"{100 * self.hits / self.draws:.0f} % ({100 * low:.0f} to {100 * high:.0f}){open_}"


def state(measure: Any, ratings: Ratings, judge: Rater, seed: int) -> str:
    return told(measure, ratings, judge, seed)[0]


def told(measure: Any, ratings: Ratings, judge: Rater, seed: int) -> tuple[str, float]:
    """The state of a reading and its p-value."""
    reading = measure(ratings, [judge], Calibration(draws=399, seed=seed))[0]
    return str(reading.state), 1.0 if reading.p_value is None else float(reading.p_value)


# A world that is generated.


def generated(people: list[Taste], judge: Taste, pairs: int, seed: int) -> Ratings:
    rng = np.random.default_rng([seed, pairs])
    world = World.draw(pairs, rng, AUTHORS)
    ratings = world.ratings(people, {"judge": judge}, rng, both=True)
    sides = []
    for k in (0, 1):
        counts = np.zeros((pairs, len(STYLE)))
        counts[:, 0], counts[:, STYLE.index("list_items")] = world.words[:, k], world.lists[:, k]
        sides.append(counts)
    # Counted here, as the texts say nothing else.
    vars(ratings)["counts"] = tuple(sides)
    return ratings


def generated_states(measure: Any, people: list[Taste], judge: Taste, pairs: int, draws: int) -> list[str]:
    found = []
    for seed in range(draws):
        ratings = generated(people, judge, pairs, seed)
        found.append(state(measure, ratings, ratings.judges[0], seed))
    return found


def power(draws: int) -> list[str]:
    lines = [
        "| taste | logits planted | " + " | ".join(f"{size:,} pairs" for size in SIZES) + " |",
        "|---|---|" + "---|" * len(SIZES),
    ]
    for name, measure in MEASURES.items():
        for strength in (0.0, *LOGITS[name]):
            judge = replace(Taste(), **{name: getattr(Taste(), name) + strength})
            cells = [
                str(Rate.of(generated_states(measure, [Taste()] * 2, judge, size, draws))) for size in SIZES
            ]
            lines.append(f"| {name} | {strength:g} | {' | '.join(cells)} |")
    return lines


JUDGES: dict[str, tuple[list[Taste], Taste]] = {
    "like people, two people": ([Taste()] * 2, Taste()),
    "like people, one person": ([Taste()], Taste()),
    "sharper than people, the same taste in proportion, two people": (
        [Taste()] * 2,
        Taste(insight=4.5, length=0.9),
    ),
    "a coin, two people": ([Taste()] * 2, Taste(insight=0, length=0)),
    "a coin, one person": ([Taste()], Taste(insight=0, length=0)),
    "nine of ten times what is first, two people": ([Taste()] * 2, Taste(insight=0, length=0, slot=2.2)),
    "people who like length much, the judge no more, one person": (
        [Taste(insight=0.7, length=1.0)],
        Taste(insight=0.7, length=1.0),
    ),
    "people who like length much, the judge no more, two people": (
        [Taste(insight=0.7, length=1.0)] * 2,
        Taste(insight=0.7, length=1.0),
    ),
}


def false_alarms(draws: int) -> list[str]:
    lines = ["| judge | length is beyond | and its p-value at most .01 |", "|---|---|---|"]
    for name, (people, judge) in JUDGES.items():
        found = []
        for seed in range(draws):
            ratings = generated(people, judge, 400, seed)
            found.append(told(MEASURES["length"], ratings, ratings.judges[0], seed))
        strict = Rate.of("beyond" if at == "beyond" and p <= 0.01 else "within" for at, p in found)
        lines.append(f"| {name} | {Rate.of(at for at, _ in found)} | {strict} |")
    return lines


# Real pairs.


def said(value: Any) -> str:
    return value if isinstance(value, str) else str(value)


def pandalm(folder: Path) -> Ratings:
    rows = json.loads((folder / "pandalm/testset-v1.json").read_text())
    made = []
    for row in rows:
        authors = row["cmp_key"].split("_")
        pair = {
            "pair_id": str(row["idx"]),
            "prompt": f"{said(row['instruction'])}\n{said(row['input'])}",
            "response_a": said(row["response1"]),
            "response_b": said(row["response2"]),
            "author_a": authors[0],
            "author_b": authors[1],
        }
        made += [
            pair
            | {
                "annotator": f"person {k}",
                "annotator_type": "human",
                "label": WORD[str(row[f"annotator{k}"])],
            }
            for k in (1, 2, 3)
        ]
    return read_ratings(read_preferences(made))


def llmbar(folder: Path) -> Ratings:
    made = []
    for part in ("Processed_MT-Bench", "Processed_FairEval", "Processed_LLMEval^2", "LLMBar_Natural"):
        for number, row in enumerate(json.loads((folder / f"llmbar/{part}_dataset.json").read_text())):
            pair = {
                "pair_id": f"{part} {number}",
                "prompt": row["input"],
                "response_a": row["output_1"],
                "response_b": row["output_2"],
            }
            made.append(
                pair | {"annotator": "people", "annotator_type": "human", "label": "ab"[row["label"] - 1]}
            )
    return read_ratings(read_preferences(made))


def planted(
    verdict: NDArray[np.int8],
    rows: NDArray[np.int64],
    toward: NDArray[np.float64],
    share: float,
    rng: np.random.Generator,
    name: str,
) -> Rater:
    """A judge who says what a person says, and in a share of pairs what `toward` (by pair; 0: nothing) says."""
    taken = (rng.random(len(rows)) < share) & (toward[rows] != 0)
    label = np.where(taken, np.sign(toward[rows]), verdict).astype(np.int8)
    return Rater(
        name=name,
        kind="ai_judge",
        rows=rows,
        label=label,
        first=np.zeros(len(rows), np.int8),
        both=np.zeros(len(rows), bool),
        swapped=np.zeros(len(rows), np.int8),
    )


def slotted(judge: Rater, share: float, rng: np.random.Generator) -> Rater:
    """The judge in both orders, and in a share of pairs what stands first, whatever it is."""
    first = (rng.integers(0, 2, len(judge)) * 2 - 1).astype(np.int8)
    # One verdict in six changes anyway, either way.
    moved = rng.random(len(judge)) < 1 / 6
    swapped = np.where(moved, -judge.label, judge.label).astype(np.int8)
    taken = rng.random(len(judge)) < share
    return replace(
        judge,
        label=np.where(taken, first, judge.label).astype(np.int8),
        first=first,
        both=np.ones(len(judge), bool),
        swapped=np.where(taken, -first, swapped).astype(np.int8),
    )


def among(rater: Rater, kept: NDArray[np.bool_]) -> Rater:
    at = kept[rater.rows]
    columns = ("rows", "label", "first", "both", "swapped")
    return replace(rater, **{name: getattr(rater, name)[at] for name in columns})


def real_states(
    ratings: Ratings,
    measure: Any,
    name: str,
    share: float,
    draws: int,
    *,
    noise: float = 0.0,
    half: bool = False,
) -> list[str]:
    """A person's labels as a judge's, with a planted share; with one person, that one's with noise."""
    counts = ratings.counts
    toward = {
        "length": counts[0][:, 0] - counts[1][:, 0],
        "lists": counts[0][:, STYLE.index("list_items")] - counts[1][:, STYLE.index("list_items")],
        "favour": _toward_author(ratings, "bloom-7b"),
        "slot": np.zeros(len(ratings)),
    }[name]
    found = []
    for seed in range(draws):
        rng = np.random.default_rng([seed, int(1000 * share)])
        people = list(ratings.people)
        person = people[0] if len(people) == 1 else people.pop(seed % len(people))
        kept = np.ones(len(ratings), bool)
        if half:
            kept = (rng.random(ratings.prompt.max() + 1) < 0.5)[ratings.prompt]
        label = np.where(rng.random(len(person)) < noise, -person.label, person.label).astype(np.int8)
        judge = planted(label, person.rows, toward, share, rng, "bloom-7b" if name == "favour" else "judge")
        if name == "slot":
            judge = slotted(judge, share, rng)
        judge = among(judge, kept)
        made = replace(ratings, raters=(*(among(one, kept) for one in people), judge))
        vars(made)["counts"] = counts
        found.append(state(measure, made, judge, seed))
    return found


def _toward_author(ratings: Ratings, author: str) -> NDArray[np.float64]:
    number = ratings.authors.index(author) if author in ratings.authors else -2
    own = (ratings.author == number).astype(float)
    return np.asarray(own[:, 0] - own[:, 1], np.float64)


SHARES = (0.0, 0.05, 0.1, 0.2)


def real(folder: Path, draws: int) -> list[str]:
    lines = [
        "| pairs | taste | " + " | ".join(f"{100 * share:.0f} % of verdicts" for share in SHARES) + " |",
        "|---|---|" + "---|" * len(SHARES),
    ]
    three, one = pandalm(folder), llmbar(folder)
    for name, measure in MEASURES.items():
        cells = [str(Rate.of(real_states(three, measure, name, share, draws))) for share in SHARES]
        lines.append(
            f"| PandaLM, {len(three):,} pairs, two people and a third as judge | {name} | {' | '.join(cells)} |"
        )
    for name in ("length", "lists"):
        cells = [
            str(Rate.of(real_states(one, MEASURES[name], name, share, draws, noise=0.2))) for share in SHARES
        ]
        lines.append(
            f"| LLMBar, {len(one):,} pairs, one label; it with 20 % noise as judge | {name} | {' | '.join(cells)} |"
        )
    halves = [
        (name, Rate.of(real_states(three, MEASURES[name], name, 0.0, 5 * draws, half=True)))
        for name in ("length", "lists")
    ]
    lines += [
        "",
        "A person in the judge's place on random halves of PandaLM's prompts, nothing planted (halves overlap, so draws are not "
        "independent): " + "; ".join(f"{name} {rate}" for name, rate in halves) + ".",
    ]
    return lines


def speed() -> str:
    rng = np.random.default_rng(0)
    n = 100_000
    X = np.column_stack([rng.choice([-1.0, 1.0], n), rng.choice([-1.0, 1.0], n), rng.standard_normal(n)])
    y = (rng.random(n) < 1 / (1 + np.exp(-X @ [0.1, 1.0, 0.3]))).astype(float)
    start = time.process_time()
    fit = fit_logit(X, y, np.arange(n))
    resample([fit], rng, 999)  # type: ignore[list-item]
    alone = time.process_time() - start
    ratings = generated([Taste()] * 2, Taste(), n, 0)
    start = time.process_time()
    Length()(ratings, ratings.judges, Calibration())
    return (
        f"100,000 pairs, 999 resamples, CPU seconds: one fit {alone:.1f}; a whole reading of length, texts counted, "
        f"{time.process_time() - start:.1f}."
    )


def main() -> None:
    """Reads the command line."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--draws", type=int, default=60)
    parser.add_argument("--output", type=Path, default=RESULTS / "preferences.md")
    options = parser.parse_args()
    draws = options.draws
    lines = [
        "# Planted taste",
        "",
        f"Made by `benchmarks/preferences/planted.py --draws {draws}`; what it does stands there. Shares of draws in which the reading is "
        "`beyond`, with 95 % Wilson intervals.",
        "",
        "## A generated world",
        "",
        "Two people, who like length a little (0.3 logits for one standard deviation; 1.5 for what is better), and a judge like them, "
        f"with a taste planted on top; both orders asked of the judge. {draws} draws a cell; the first row of each taste is the false alarms.",
        "",
        *power(draws),
        "",
        "More pairs do not always find more: an effect below the floor of 5 points is not beyond it, however surely it is there. A reading uses "
        "95 % intervals; an audit asks for the p-value of its family at the level of the look as well, which position, having no control of its "
        "own, needs. Favour is undetermined where people gave fewer than 100 pairs to either side.",
        "",
        f"400 pairs, {5 * draws} draws:",
        "",
        *false_alarms(5 * draws),
    ]
    folder = os.environ.get("HOLDFAST_REAL_DATA")
    if folder:
        lines += [
            "",
            "## Real pairs",
            "",
            "The judge says what a person said, and in a share of pairs takes the longer answer, the one with more list items, the one by a "
            f"named author, or what stands first. {draws} draws a cell.",
            "",
            *real(Path(folder), draws),
        ]
    lines += ["", "## Time", "", speed(), ""]
    options.output.write_text("\n".join(lines))
    print(options.output.read_text())


if __name__ == "__main__":
    main()
