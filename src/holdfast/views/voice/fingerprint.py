"""Voice: how outputs are worded, whatever they are about: frequent words and signs, what length and layout explain left out.

Several sets answer the same prompts. Each output becomes the rates of the words and signs that most outputs share, and of pairs
of neighbours among them. What a prompt asks for is taken out by looking at differences between
sets on the same prompt; what length and layout explain is taken out by regression within sets and prompts, so that a longer
answer is not taken for another voice.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from itertools import chain
from typing import TYPE_CHECKING, Literal

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from numpy.typing import NDArray

MOST = 1_000
"""Frequent words and pairs of neighbours that are counted (benchmarks/voice)."""
STRIPPED_WORDS, LEAST_STRIPPED = 120, 20
CHARACTERS_READ = 8_000
_LEAST_TOLD = 0.01
_LIST = r"^[ \t]*(?:\d+[.)]|[-*+\u2022])[ \t]+"
_UNIT = re.compile(r"[^\W\d_]+(?:'[^\W\d_]+)*|0|\n|[^\w\s]")
_NUMBER = re.compile(r"\d+")
_BREAK = re.compile(r"\n+")
_FENCE = re.compile(r"```.*?(?:```|\Z)", re.DOTALL)
_HEAD = re.compile(rf"^[ \t]*#{{1,6}}[ \t]+|{_LIST}", re.MULTILINE)
_MARKS = re.compile(r"\*\*|__|`|\*")
_LAYOUT = tuple(
    re.compile(pattern, re.MULTILINE)
    for pattern in (
        r"^#{1,6}\s",
        r"^[ \t]*\d+[.)]\s",
        r"^[ \t]*[-*+\u2022]\s",
        r"\*\*[^*\n]+\*\*",
        r"\n\n",
        r"```",
    )
)

Form = Literal["plain", "voice", "stripped"]
"""`plain`: as it stands; `voice`: without what length and layout explain; `stripped`: layout cut out, and all
answers to a prompt cut to the same number of words, at most 120."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Voices:
    """Sets of outputs to the same prompts, in features.

    Attributes:
        features: float32 [sets, prompts, d].
        words: int64 [sets, prompts], words of each output as it stood.
        named: What each feature is: a word, a sign, or two neighbours.
    """

    features: NDArray[np.float32]
    words: NDArray[np.int64]
    named: tuple[str, ...]


def strip(text: str, words: int = STRIPPED_WORDS) -> str:
    r"""A text without its layout, code left out, cut after so many words.

    >>> strip("# Title\n\n1. **one** thing\n2. `two`")
    'Title one thing two'
    """
    bare = _MARKS.sub("", _HEAD.sub("", _FENCE.sub(" ", text)))
    return " ".join(bare.split()[:words])


def units(text: str) -> list[str]:
    r"""Words in lower case, signs, `0` for any number, and `\n` for any break of a line.

    >>> units("Sure! Here's 1 of 12:\n\nOne")
    ['sure', '!', "here's", '0', 'of', '0', ':', '\n', 'one']
    """
    folded = text[:CHARACTERS_READ].lower().replace("\u2019", "'")
    return _UNIT.findall(_BREAK.sub("\n", _NUMBER.sub("0", folded)))


def _evened(flat: Sequence[str], sets: int) -> list[str]:
    """Texts without layout, those of one prompt cut to the shortest of them, but to no fewer than 20 words: length has nothing to say."""
    bare = [strip(text) for text in flat]
    words = np.array([len(text.split()) for text in bare]).reshape(sets, -1)
    most = np.tile(np.maximum(words.min(axis=0), LEAST_STRIPPED), sets)
    return [" ".join(text.split()[:count]) for text, count in zip(bare, most, strict=True)]


def read_layout(texts: Sequence[str]) -> NDArray[np.float64]:
    """float64 [n, 15]: log words, their square and cube, and of each kind of layout its log count and whether there is any."""
    counts = np.array([[len(pattern.findall(text)) for pattern in _LAYOUT] for text in texts], float)
    length = np.log1p([len(text.split()) for text in texts])
    z = (length - length.mean()) / (length.std() or 1.0)
    return np.column_stack([z, z**2, z**3, np.log1p(counts), counts > 0])


def read_voices(sets: Sequence[Sequence[str]], form: Form = "voice", *, most: int = MOST) -> Voices:
    """Read sets of outputs; row i of each answers prompt i.

    Args:
        sets: At least two sets of equally many texts.
        form: What is left out; see `Form`.
        most: Words and pairs that are counted.

    >>> made = read_voices([["we may go", "and we may"], ["the man goes", "a man is"]], "plain")
    >>> made.features.shape[:2], "may" in made.named
    ((2, 2), True)
    """
    count, prompts = len(sets), len(sets[0])
    flat = [text for texts in sets for text in texts]
    length = np.array([len(text.split()) for text in flat], np.int64).reshape(count, prompts)
    read = _evened(flat, count) if form == "stripped" else flat
    table, named = _rates([units(text) for text in read], most)
    values = table.reshape(count, prompts, -1)
    if form == "voice":
        values = leave_out(values, read_layout(read).reshape(count, prompts, -1))
    return Voices(features=values, words=length, named=named)


def read_beside(
    sets: Sequence[Sequence[str]], others: Sequence[str], *, most: int = MOST
) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Sets of outputs and other texts in the same features: `voice`, what is left out learnt from the sets.

    Args:
        sets: At least two sets of equally many texts; row i of each answers prompt i.
        others: Any other texts.
        most: Words and pairs that are counted.

    Returns:
        float32 [sets, prompts, d] and float32 [others, d].
    """
    count, prompts = len(sets), len(sets[0])
    texts = [*(text for one in sets for text in one), *others]
    table, _ = _rates([units(text) for text in texts], most)
    layout = read_layout(texts)
    at = count * prompts
    values, columns = table[:at].reshape(count, prompts, -1), layout[:at].reshape(count, prompts, -1)
    slopes, middle = _slopes(values, columns), columns.mean(axis=(0, 1))
    beside = np.asarray(table[at:] - (layout[at:] - middle) @ slopes, np.float32)
    return leave_out(values, columns), beside


def leave_out(values: NDArray[np.float32], layout: NDArray[np.float64]) -> NDArray[np.float32]:
    """Features without what layout explains within sets and prompts: float32 [sets, prompts, d], layout [sets, prompts, k]."""
    return np.asarray(values - (layout - layout.mean(axis=(0, 1))) @ _slopes(values, layout), np.float32)


def _slopes(values: NDArray[np.float32], layout: NDArray[np.float64]) -> NDArray[np.float64]:
    """float64 [k, d]; 0 for layout that hardly differs within prompts, of which nothing could be learnt."""
    inner = centred(layout).reshape(-1, layout.shape[2])
    told = inner.var(axis=0) > _LEAST_TOLD * layout.reshape(-1, layout.shape[2]).var(axis=0)
    found = np.zeros((layout.shape[2], values.shape[2]))
    found[told] = np.linalg.lstsq(inner[:, told], centred(values).reshape(len(inner), -1), rcond=None)[0]
    return found


def centred(values: NDArray[np.floating]) -> NDArray[np.float64]:
    """Values without the mean of their set and without that of their prompt: what is left differs within both."""
    return np.asarray(
        values
        - values.mean(axis=1, keepdims=True)
        - values.mean(axis=0, keepdims=True)
        + values.mean(axis=(0, 1))
    )


def _rates(texts: Sequence[Sequence[str]], most: int) -> tuple[NDArray[np.float32], tuple[str, ...]]:
    """Roots of the rates of shared words and pairs: their scatter does not grow with the rate (Hellinger)."""
    known = {one: at for at, one in enumerate(dict.fromkeys(chain.from_iterable(texts)))}
    code = np.fromiter(map(known.__getitem__, chain.from_iterable(texts)), np.int64)
    row = np.repeat(np.arange(len(texts)), [len(text) for text in texts])
    spelt, base = list(known), len(known)
    inside = row[1:] == row[:-1]
    keys = np.concatenate([code, base * (code[:-1] + 1) + code[1:]])[
        np.append(np.ones(len(code), bool), inside)
    ]
    rows = np.append(row, row[1:][inside])

    def spell(key: int) -> str:
        return spelt[key] if key < base else f"{spelt[key // base - 1]} {spelt[key % base]}"

    table, names = _counted(keys, rows, len(texts), most, spell)
    return np.sqrt(table), tuple(names)


def _counted(
    keys: NDArray[np.int64], row: NDArray[np.int64], texts: int, most: int, spell: Callable[[int], str]
) -> tuple[NDArray[np.float32], list[str]]:
    """Rates of what stands in most texts, at least in two; ties by the alphabet. float32 [texts, <= most] and their names."""
    distinct, place = np.unique(keys, return_inverse=True)
    cells, counts = np.unique(place * texts + row, return_counts=True)
    spread = np.bincount(cells // texts, minlength=len(distinct))
    often = np.flatnonzero(spread > 1)
    if len(often) > most:
        # Ties at the edge are broken by the alphabet, not by who came first.
        often = often[spread[often] >= np.sort(spread[often])[-most]]
    ordered = sorted((-int(spread[at]), spell(int(distinct[at])), int(at)) for at in often)[:most]
    column = np.full(len(distinct), -1)
    column[[at for *_, at in ordered]] = np.arange(len(ordered))
    table = np.zeros((texts, len(ordered)), np.float32)
    held = column[cells // texts] >= 0
    table[cells[held] % texts, column[cells[held] // texts]] = counts[held]
    total = np.maximum(np.bincount(row, minlength=texts), 1)
    return np.asarray(table / total[:, None], np.float32), [name for _, name, _ in ordered]
