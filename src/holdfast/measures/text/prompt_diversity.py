"""Prompt diversity: where a prompt has several answers, are they as different from each other as real ones?"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np

from holdfast.measures.reading import Band, Calibration, Reading, Undetermined, counted, detectable, percent
from holdfast.stats.permutation import rank
from holdfast.views.level import level_lengths
from holdfast.views.representation import ordered_features
from holdfast.views.tokens import mix, read_tokens

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from holdfast.views.sides import Side, Sides
    from holdfast.views.tokens import Tokens

LEAST_ALIKE = 0.01
"""Share in common below which nobody would call two answers alike, and a ratio would tell of chance."""
MOST_ANSWERS = 16
"""Answers read of one prompt; their pairs are what is compared, and more of them say little more."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PromptDiversity:
    """How many times as alike two of the candidate's answers to one prompt are as two real answers.

    Two answers are alike by the share of their word pairs and word triples that both have (a Jaccard index), read up to
    lengths that both sides have; less than a hundredth counts as a hundredth. Every prompt counts once, however many
    answers it has. Where both sides answer the same prompts, each prompt is compared with itself; else prompts stand
    against prompts.

    Reads
        1.0 for other real answers; 2 when two answers have twice as much in common; 100 when answers are the same that
        had nothing in common in reality.
    Blind to
        answers that say the same in other words, and sameness across prompts (see SelfRepetition).
    Undetermined
        where rows hold no prompt apart from its answer (columns of prompt and completion, instructions, or
        conversations that an assistant ends), or with fewer than `least_prompts` prompts of two answers on a side.
    Cost
        linear in the words of answers that share a prompt, times 16 answers at most.
    Source
        Homogenization, the mean likeness of essays on one topic: Padmakumar and He 2024, ICLR, arXiv:2309.05196, with a
        Jaccard index in place of Rouge;
        permutation of prompts, or of the sides of each prompt (Lehmann and Romano 2005, chapter 15).

    >>> from holdfast.measures.examples import prompt_sides
    >>> real = {f"ask {i}": [f"r{i} a b", f"s{i} c d", f"t{i} e f"] for i in range(40)}
    >>> stuck = {f"ask {i}": [f"r{i} a b"] * 3 for i in range(40)}
    >>> reading = PromptDiversity()(prompt_sides(real=real, candidate=stuck), Calibration())
    >>> reading.value, reading.null.median
    (100.0, 1.0)
    """

    name: ClassVar[str] = "prompt_diversity"
    title: ClassVar[str] = "Answers to one prompt"
    version: ClassVar[int] = 1
    unit: ClassVar[str] = "times as alike as two real answers to one prompt"
    percent: ClassVar[bool] = False
    judged: ClassVar[bool] = False
    decisive: ClassVar[bool] = False
    of_shares: ClassVar[bool] = False

    tolerance: float = 0.2
    least_prompts: int = 10

    def __call__(self, sides: Sides, null: Calibration) -> Reading | Undetermined:
        """Read how different answers are."""
        rng = null.rng(self.name)
        asked = [_Answers.of(side) for side in (sides.anchor, sides.candidate)]
        if not any(answers.any for answers in asked):
            return Undetermined(reason="no row holds a prompt apart from its answer", applies=False)
        for answers, owner in zip(asked, ("real", "candidate"), strict=True):
            if not answers.any:
                return Undetermined(
                    reason=f"no {owner} row holds a prompt apart from its answer; give columns of prompt and completion, "
                    "or conversations"
                )
            if len(answers.prompts) < self.least_prompts:
                return Undetermined(
                    reason=f"only {counted(len(answers.prompts), f'{owner} prompt')} with two answers or more; "
                    f"{self.least_prompts} are needed"
                )
        tokens = level_lengths(*(read_tokens(answers.texts) for answers in asked))
        real, found = (_alike(answers, words) for answers, words in zip(asked, tokens, strict=True))
        shared = sorted(set(asked[0].prompts) & set(asked[1].prompts))
        paired = len(shared) >= self.least_prompts
        if paired:
            real, found = (
                alike[[answers.prompts[prompt] for prompt in shared]]
                for answers, alike in zip(asked, (real, found), strict=True)
            )
            dealt = _swapped(found - real, null.draws, rng)
        else:
            dealt = _dealt(found, real, null.draws, rng)
        value = _times(found.mean(), real.mean())
        place = rank(float(found.mean() - real.mean()), dealt, rng)
        # What was dealt holds the candidate's own answers; what reality scores, its own prompts say.
        chance = _times(
            _redrawn(real, len(found), null.draws, rng), _redrawn(real, len(real), null.draws, rng)
        )
        return Reading(
            value=float(value),
            null=Band.of(chance),
            p_value=place.p_value,
            randomized=place.randomized,
            effect=float(value) - 1.0,
            smallest_detectable=detectable(chance - 1.0, null.level),
            rows=self._rows(asked[1], shared if paired else list(asked[1].prompts), found, real),
            evidence=(
                f"two answers to one prompt have {percent(float(found.mean()))} of their word pairs and triples in common, "
                f"two real ones {percent(float(real.mean()))}",
                f"{counted(len(shared), 'prompt')} with several answers on both sides, each compared with itself"
                if paired
                else f"{counted(len(found), 'candidate prompt')} with several answers, against "
                f"{counted(len(real), 'other real one')}",
            ),
            details={
                "prompts": {"real": len(real), "candidate": len(found)},
                "same_prompts": paired,
                "alike": {"real": float(real.mean()), "candidate": float(found.mean())},
                "always_equal": {"real": float((real == 1).mean()), "candidate": float((found == 1).mean())},
            },
        )

    def _rows(
        self,
        answers: _Answers,
        prompts: list[str],
        found: NDArray[np.float64],
        real: NDArray[np.float64],
    ) -> tuple[int, ...]:
        """Rows of prompts whose answers are more alike than those of nineteen real prompts in twenty."""
        order = np.argsort(-found, kind="stable")
        order = order[found[order] > np.quantile(real, 0.95)]
        chosen = [answers.prompts[prompts[i]] for i in order.tolist()]
        return tuple(
            row
            for number in chosen
            for row in answers.row[answers.starts[number] : answers.starts[number + 1]].tolist()
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Answers:
    """The answers of one side to prompts that have several.

    Attributes:
        any: Whether any row has a prompt.
        prompts: Number of each prompt.
        starts: int64 [p + 1], where the answers to each prompt begin.
        row: int64 [a], the row of each answer.
        texts: What it says.
    """

    any: bool
    prompts: dict[str, int]
    starts: NDArray[np.int64]
    row: NDArray[np.int64]
    texts: tuple[str, ...]

    @classmethod
    def of(cls, side: Side) -> _Answers:
        rows = np.flatnonzero(side.answers >= 0)
        by_prompt: dict[str, list[int]] = {}
        for row in rows.tolist():
            prompt = " ".join(side.texts[row][: side.answers[row]].split()).casefold()
            by_prompt.setdefault(prompt, []).append(row)
        several = {prompt: found for prompt, found in by_prompt.items() if len(found) > 1}
        # Which answers are read, their content decides.
        key = mix(side.keys)
        kept = [sorted(found, key=lambda row: int(key[row]))[:MOST_ANSWERS] for found in several.values()]
        read = [row for found in kept for row in found]
        # In the order of the rows, since those of a large set are fetched block by block.
        said = {row: side.texts[row][side.answers[row] :] for row in sorted(read)}
        return cls(
            any=len(rows) > 0,
            prompts={prompt: i for i, prompt in enumerate(several)},
            starts=np.cumsum([0, *map(len, kept)]),
            row=np.array(read, np.int64),
            texts=tuple(said[row] for row in read),
        )


def _times(found: Any, real: Any) -> Any:
    """How many times as much two answers have in common; what is less than `LEAST_ALIKE` counts as that."""
    return np.maximum(found, LEAST_ALIKE) / np.maximum(real, LEAST_ALIKE)


def _alike(answers: _Answers, tokens: Tokens) -> NDArray[np.float64]:
    """float64 [p], mean Jaccard index of two answers to each prompt; two answers without words are the same."""
    features = ordered_features(tokens)
    held: list[set[int]] = [
        set(features.columns[start:end].tolist()) for start, end in pairwise(features.starts.tolist())
    ]
    total = np.zeros(len(answers.prompts))
    pairs = np.zeros(len(answers.prompts))
    for prompt, (start, end) in enumerate(pairwise(answers.starts.tolist())):
        for i in range(start, end):
            for j in range(i + 1, end):
                either = len(held[i] | held[j])
                total[prompt] += len(held[i] & held[j]) / either if either else 1.0
                pairs[prompt] += 1
    return total / np.maximum(pairs, 1)


def _swapped(difference: NDArray[np.float64], draws: int, rng: np.random.Generator) -> NDArray[np.float64]:
    """float64 [draws], mean difference when the two sides of every prompt are swapped at random."""
    # One draw at a time: a matrix of draws and prompts would outgrow the rows.
    signs = (rng.integers(0, 2, len(difference)) * 2 - 1 for _ in range(draws))
    return np.asarray([(sign @ difference) / len(difference) for sign in signs], np.float64)


def _redrawn(
    real: NDArray[np.float64], count: int, draws: int, rng: np.random.Generator
) -> NDArray[np.float64]:
    """float64 [draws], means of so many prompts drawn anew from the real ones."""
    return np.asarray([real[rng.integers(len(real), size=count)].mean() for _ in range(draws)], np.float64)


def _dealt(
    found: NDArray[np.float64], real: NDArray[np.float64], draws: int, rng: np.random.Generator
) -> NDArray[np.float64]:
    """float64 [draws], found mean minus real mean when prompts are dealt anew between the sides."""
    both = np.concatenate([found, real])
    dealt = np.empty(draws)
    for draw in range(draws):
        turned = rng.permutation(both)
        dealt[draw] = turned[: len(found)].mean() - turned[len(found) :].mean()
    return dealt
