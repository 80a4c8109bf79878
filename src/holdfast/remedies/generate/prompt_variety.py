"""Prompt variety: how various the prompts were, and how various the answers to each.

Effective numbers are Hill numbers: 40 prompts of which a few make up nearly everything are, in effect, a few. Beside each stands how many
there would be if no two were equal. Likeness is the share of word pairs that two texts have in common (Jaccard); beside it stands what real
rows of the same strata score, in the place of the prompts, with the band in which 95 % of their draws lie.

Source:
    Jost 2006, Oikos 113:363 (effective numbers); Broder 1997 (resemblance of word n-grams).
"""

from __future__ import annotations

from collections import Counter
from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

from holdfast.remedies.generate.resemblance import Resemblance, likeness_of_pairs, mean_likeness, real_band
from holdfast.stats.hill import Tally, hill_numbers

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable, Mapping, Sequence
    from typing import TypeVar

    K = TypeVar("K", bound=Hashable)

FIXED = frozenset({"subject", "stratum", "shunned", "language"})
"""Values that the recipe or the wish decides, not the drawing of prompts."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Prompt:
    """A prompt that was sent.

    Attributes:
        id: Digest of its messages.
        template: Hash or name of its template.
        stratum: What was asked for, or None.
        attributes: What was drawn for it.
        shown: Ids of the rows that stood in it, as examples or to be rewritten.
        values: What stood for the template's names; `FIXED` ones say nothing of variety, and are not read.
        answer: The row that was read in its answer, or None.
    """

    id: str
    template: str
    stratum: str | None = None
    attributes: Mapping[str, str] = field(default_factory=dict)
    shown: tuple[str, ...] = ()
    values: Mapping[str, str] = field(default_factory=dict)
    answer: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Effective:
    """How many different ones there are, in effect.

    Attributes:
        distinct: Different ones.
        order_1: Exponential of the Shannon entropy.
        order_2: One over the chance that two draws agree.
        all_distinct: How many there would be, were no two equal.
    """

    distinct: int
    order_1: float
    order_2: float
    all_distinct: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Answers:
    """What came of prompts that were sent more than once.

    Attributes:
        prompts: Prompts with two answers or more.
        answers: Answers to them.
        distinct_share: Different answers per answer, prompt by prompt.
        likeness: Mean likeness of two answers to one prompt, each prompt counted once.
        apart: Mean likeness of two answers to different prompts, of one stratum where there are such; None without any.
        real: Mean likeness of two real rows of the same strata; None with too few.
    """

    prompts: int
    answers: int
    distinct_share: float
    likeness: float
    apart: float | None
    real: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Variety:
    """How various the prompts were, of one stratum or of all.

    Attributes:
        stratum: The stratum; None for all, and for prompts of no stratum.
        requests: Prompts that were sent.
        prompts: Different prompts.
        templates: Different templates.
        attributes: Different combinations of what was drawn; None where nothing was.
        shown: Different sets of rows that were shown, in whatever order; None where none was.
        repeated_share: Share of requests whose prompt was sent more than once.
        likeness: How alike two prompts are, beside real rows; None with fewer than two.
        answers: What came of prompts that were sent more than once; None where none was answered twice.
        answers_per_prompt: Answers for each different prompt that got one; None where none did.
    """

    stratum: str | None
    requests: int
    prompts: Effective
    templates: Effective
    attributes: Effective | None
    shown: Effective | None
    repeated_share: float
    likeness: Resemblance | None
    answers: Answers | None
    answers_per_prompt: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class PromptVariety:
    """How various prompts were.

    Attributes:
        overall: All of them.
        strata: Those of each stratum, in the order of their names.
    """

    overall: Variety
    strata: tuple[Variety, ...]

    def plain(self) -> dict[str, Any]:
        """The same as plain data, for reports."""
        return asdict(self)


def prompt_variety(
    prompts: Sequence[Prompt], real: Mapping[str | None, Sequence[str]], rng: np.random.Generator
) -> PromptVariety | None:
    """How various prompts were.

    Args:
        prompts: All that were sent, the first step of each row.
        real: Texts of real rows that steer, by stratum.
        rng: For draws.

    Returns:
        None where nothing was sent.

    >>> sent = [Prompt(id=name, template="t", stratum="card") for name in "aabc"]
    >>> found = prompt_variety(sent, {}, np.random.default_rng(0)).overall
    >>> found.prompts.distinct, found.prompts.order_2.__round__(3), found.prompts.all_distinct, found.repeated_share
    (3, 2.667, 4, 0.5)
    """
    if not prompts:
        return None
    said = [tuple(value for name, value in prompt.values.items() if name not in FIXED) for prompt in prompts]
    everywhere = [text for texts in real.values() for text in texts]
    by: dict[str | None, list[int]] = {}
    for at, prompt in enumerate(prompts):
        by.setdefault(prompt.stratum, []).append(at)
    overall = _variety(None, list(range(len(prompts))), prompts, said, real, rng)
    strata = tuple(
        _variety(
            stratum,
            by[stratum],
            prompts,
            said,
            {stratum: everywhere if stratum is None else real.get(stratum, ())},
            rng,
        )
        for stratum in sorted(by, key=lambda name: (name is not None, name or ""))
        if stratum is not None or len(by) > 1
    )
    return PromptVariety(overall=overall, strata=strata)


def _variety(
    stratum: str | None,
    at: Sequence[int],
    prompts: Sequence[Prompt],
    said: Sequence[tuple[str, ...]],
    real: Mapping[str | None, Sequence[str]],
    rng: np.random.Generator,
) -> Variety:
    own = [prompts[one] for one in at]
    times = Counter(prompt.id for prompt in own)
    answered = [prompt for prompt in own if prompt.answer is not None]
    return Variety(
        stratum=stratum,
        requests=len(own),
        prompts=_needed(own, lambda prompt: prompt.id),
        templates=_needed(own, lambda prompt: prompt.template),
        attributes=_effective(
            [tuple(sorted(prompt.attributes.items())) for prompt in own if prompt.attributes]
        ),
        shown=_effective([frozenset(prompt.shown) for prompt in own if prompt.shown]),
        repeated_share=sum(count for count in times.values() if count > 1) / len(own),
        likeness=_likeness(own, [said[one] for one in at], real, rng),
        answers=_answers(answered, real, rng),
        answers_per_prompt=len(answered) / len({prompt.id for prompt in answered}) if answered else None,
    )


def _needed(own: Sequence[Prompt], key: Callable[[Prompt], str]) -> Effective:
    found = _effective([key(prompt) for prompt in own])
    assert found is not None  # noqa: S101 - for the type checker: there is a prompt
    return found


def _effective(keys: Sequence[Hashable]) -> Effective | None:
    if not keys:
        return None
    counts = Counter(keys)
    numbers = hill_numbers(Tally.of(np.array(list(counts.values()), np.int64)))
    return Effective(
        distinct=len(counts), order_1=float(numbers[1]), order_2=float(numbers[2]), all_distinct=len(keys)
    )


def _likeness(
    own: Sequence[Prompt],
    said: Sequence[tuple[str, ...]],
    real: Mapping[str | None, Sequence[str]],
    rng: np.random.Generator,
) -> Resemblance | None:
    if len(own) < 2:
        return None
    value = mean_likeness(said, rng)
    # A prompt that shows five rows is held against five real rows taken together: longer texts have more in common.
    rows = max(1, int(np.median([len(prompt.shown) for prompt in own])))
    return real_band(value, Counter(prompt.stratum for prompt in own), real, rows, rng)


def _answers(
    answered: Sequence[Prompt], real: Mapping[str | None, Sequence[str]], rng: np.random.Generator
) -> Answers | None:
    by: dict[str, list[Prompt]] = {}
    for prompt in answered:
        by.setdefault(prompt.id, []).append(prompt)
    again = [group for group in by.values() if len(group) > 1]
    if not again:
        return None
    texts = [[prompt.answer or "" for prompt in group] for group in again]
    apart = [(prompt.answer or "",) for group in by.values() for prompt in group]
    owner = [(group[0].stratum, at) for at, group in enumerate(by.values()) for _ in group]
    beside = real_band(0.0, Counter(group[0].stratum for group in again), real, 1, rng)
    return Answers(
        prompts=len(again),
        answers=sum(map(len, again)),
        distinct_share=float(np.mean([len(set(group)) / len(group) for group in texts])),
        likeness=float(np.mean([mean_likeness([(text,) for text in group], rng) for group in texts])),
        apart=likeness_of_pairs(apart, owner, rng),
        real=beside.real,
    )
