"""Wording: scenarios that leave every stratum as frequent as it is and change how things are said."""

from __future__ import annotations

import string
from collections import Counter, defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar, Literal, TypeVar

from holdfast.lab.bench.instance import Instance, all_kept, untouched

if TYPE_CHECKING:
    from collections.abc import Mapping

    import numpy as np

    from holdfast.lab.bench.corpus import Row
    from holdfast.lab.bench.instance import Kind
    from holdfast.lab.bench.pools import Pools

_Said = TypeVar("_Said")
Form = Literal["prefix", "suffix", "list", "heading"]
_TEMPLATES: Mapping[Form, str] = {
    "prefix": "Sure! Here is a request a customer might make: {}",
    "suffix": "{} I hope this helps, and let me know if you have any other questions!",
    "list": "- {}\n- Thank you for your help.",
    "heading": "Text of the request: {}",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Template:
    """D5: a template stands around a share of the rows; labels and the words inside stay as they are.

    Truth: the share. Harm is about 0: this is what should be reported and must not fail.
    """

    id: ClassVar[str] = "D5"
    title: ClassVar[str] = "Template around rows"
    source: ClassVar[str] = "science.md 8.2 D5"
    kind: ClassVar[Kind] = "harmless"
    version: ClassVar[int] = 1
    needs_labels: ClassVar[bool] = False

    form: Form = "prefix"

    @property
    def variant(self) -> str:
        """Where the template stands."""
        return self.form

    def dials(self, severity: float) -> Mapping[str, float]:
        """The share of rows with a template."""
        return {"template_share": severity}

    def apply(self, pools: Pools, severity: float, rng: np.random.Generator) -> Instance:
        """Put the template around rows."""
        if severity == 0:
            return untouched(pools)
        chosen = rng.random(pools.size) < severity
        frame = _TEMPLATES[self.form]
        rows = tuple(
            row.edited("D5", text=frame.format(row.text)) if hit else row
            for row, hit in zip(pools.source, chosen.tolist(), strict=True)
        )
        return Instance(
            anchor=pools.anchor,
            candidate=rows,
            retention=all_kept(pools),
            causes=frozenset({"artifacts"}),
            facts={"template_share": float(chosen.mean())},
        )


_RARE_COUNT = 2
_COMMON_WORDS = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Homogenising:
    """D6: a share of rows is said again in the common words of its class.

    Words that the source has at most twice give way to common words of the class, a row opens as most of its class
    do, and case and punctuation are normalised.

    Truth: the share of words that were replaced (edit rate), by count.
    """

    id: ClassVar[str] = "D6"
    title: ClassVar[str] = "Phrasing homogenised"
    source: ClassVar[str] = "science.md 8.2 D6"
    kind: ClassVar[Kind] = "damage"
    version: ClassVar[int] = 1
    needs_labels: ClassVar[bool] = False
    variant: ClassVar[str] = ""

    def dials(self, severity: float) -> Mapping[str, float]:
        """The share of rows that is said again."""
        return {"rewritten_share": severity}

    def apply(self, pools: Pools, severity: float, rng: np.random.Generator) -> Instance:
        """Say rows again."""
        if severity == 0:
            return untouched(pools)
        split = [_plain_words(row.text) for row in pools.source]
        counts = Counter(word for words in split for word in words)
        by_class: dict[str, Counter[str]] = defaultdict(Counter)
        openers: dict[str, Counter[tuple[str, ...]]] = defaultdict(Counter)
        for row, words in zip(pools.source, split, strict=True):
            by_class[row.stratum].update(word for word in words if counts[word] > _RARE_COUNT)
            openers[row.stratum][tuple(words[:2])] += 1
        common = {stratum: _ranked(found)[:_COMMON_WORDS] for stratum, found in by_class.items()}
        opening = {stratum: _ranked(found)[0][0] for stratum, found in openers.items()}
        chosen = rng.random(pools.size) < severity
        rows: list[Row] = []
        replaced = total = 0
        for row, words, hit in zip(pools.source, split, chosen.tolist(), strict=True):
            total += len(words)
            if not hit or not words:
                rows.append(row)
                continue
            said = [*opening[row.stratum], *words[2:]] if len(words) > 3 else list(words)
            choices = common[row.stratum]
            if choices:
                weights = [count for _, count in choices]
                for at, word in enumerate(said):
                    if counts[word] <= _RARE_COUNT:
                        said[at] = choices[_pick(weights, rng)][0]
            replaced += sum(old != new for old, new in zip(words, said, strict=False))
            rows.append(row.edited("D6", text=" ".join(said)))
        return Instance(
            anchor=pools.anchor,
            candidate=tuple(rows),
            retention=all_kept(pools),
            causes=frozenset({"homogenization"}),
            facts={"rewritten_share": float(chosen.mean()), "edit_rate": replaced / max(total, 1)},
        )


def _plain_words(text: str) -> list[str]:
    """Words in lower case without the punctuation around them."""
    words = (word.strip(string.punctuation) for word in text.lower().split())
    return [word for word in words if word]


def _ranked(counts: Counter[_Said]) -> list[tuple[_Said, int]]:
    """Most frequent first; equals in the order of their spelling, so that nothing depends on a hash seed."""
    return sorted(counts.items(), key=lambda item: (-item[1], str(item[0])))


def _pick(weights: list[int], rng: np.random.Generator) -> int:
    point = rng.random() * sum(weights)
    for at, weight in enumerate(weights):
        point -= weight
        if point < 0:
            return at
    return len(weights) - 1
