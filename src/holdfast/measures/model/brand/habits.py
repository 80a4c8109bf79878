"""Habits: variety of words, length of sentences, words of the house, each beside what approved texts show."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np

from holdfast.measures.model.brand.voices import NAME
from holdfast.measures.preference.reading import PreferenceReading
from holdfast.measures.reading import Band, Calibration
from holdfast.stats.intervals import wilson
from holdfast.views.tokens import fold

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from numpy.typing import NDArray

    from holdfast.measures.model.brand.voices import Voices

WINDOW = 50
"""Words in a window of the type-token ratio: the whole of a text would favour short ones."""
DRAWS = 199
_WORD = re.compile(r"[^\W\d_]+(?:['\N{RIGHT SINGLE QUOTATION MARK}][^\W\d_]+)*")
_SENTENCE = re.compile(r"(?<=[.!?…。！？])[\"'”’)\]]*\s+|\n+|(?<=[。！？])")
_QUANTILES = (0.1, 0.5, 0.9)
_DETECTABLE = 2.8


@dataclass(frozen=True, slots=True, kw_only=True)
class Habits:
    """Variety of words, length of sentences and words of the house, beside the band of the approved texts.

    Each is read of as many documents on both sides; the band is what approved documents show, drawn at that number.

    Reads
        the moving-average type-token ratio (different words in a window of 50), words in a sentence at three quantiles, and the share
        of a lexicon's terms that still occur.
    Blind to
        which words vary, and why. They are shown and do not decide.
    Undetermined
        with fewer than 200 approved documents or 50 outputs; a ratio where too few documents have 50 words; the lexicon
        without one.
    Cost
        linear in words, and 200 draws.
    Source
        Covington and McFall 2010, Journal of Quantitative Linguistics 17:94 (moving average); Wilson 1927, JASA 22:209.

    >>> from holdfast.measures.model.brand.examples import plain_voices
    >>> from holdfast.measures.reading import Calibration
    >>> [reading.measure for reading in Habits()(plain_voices(share=0.0, documents=220), Calibration())][:2]
    ['brand_variety', 'brand_sentences_10']
    """

    name: ClassVar[str] = "brand_habits"
    title: ClassVar[str] = "Habits of writing"
    version: ClassVar[int] = 1

    lexicon: tuple[str, ...] = ()

    def __call__(self, voices: Voices, null: Calibration) -> tuple[PreferenceReading, ...]:
        """Read the habits."""
        rng = null.rng(self.name)
        own, written = voices.approved.texts, voices.outputs.texts
        found = [
            _beside(
                "brand_variety",
                f"different words in a window of {WINDOW}",
                voices,
                [np.array([ratio]) if ratio is not None else np.zeros(0) for ratio in map(moving_ratio, own)],
                [
                    np.array([ratio]) if ratio is not None else np.zeros(0)
                    for ratio in map(moving_ratio, written)
                ],
                _mean,
                rng,
            )
        ]
        lengths = [sentence_lengths(text) for text in own], [sentence_lengths(text) for text in written]
        for quantile in _QUANTILES:
            what = f"words in a sentence, of which {quantile:.0%} are shorter"
            found.append(
                _beside(
                    f"brand_sentences_{quantile * 100:.0f}", what, voices, *lengths, _Quantile(quantile), rng
                )
            )
        if self.lexicon:
            found.append(_lexicon(voices, self.lexicon, rng))
        return tuple(found)


def moving_ratio(text: str, window: int = WINDOW) -> float | None:
    """Share of different words in a window, averaged over all windows of a text; None of a text shorter than one.

    >>> moving_ratio("a b a b", window=2), moving_ratio("a a b", window=2), moving_ratio("a", window=2)
    (1.0, 0.75, None)
    """
    words = _WORD.findall(fold(text))
    if len(words) < window:
        return None
    inside: dict[str, int] = {}
    total = 0
    for place, word in enumerate(words):
        inside[word] = inside.get(word, 0) + 1
        if place >= window:
            gone = words[place - window]
            inside[gone] -= 1
            if not inside[gone]:
                del inside[gone]
        if place >= window - 1:
            total += len(inside)
    return total / (window * (len(words) - window + 1))


def sentence_lengths(text: str) -> NDArray[np.float64]:
    """float64, words of each sentence that has any.

    >>> sentence_lengths("One two. Three! No. 4 is no sentence").tolist()
    [2.0, 1.0, 1.0, 3.0]
    """
    lengths = [len(_WORD.findall(part)) for part in _SENTENCE.split(text) if part]
    return np.array([length for length in lengths if length], float)


def _mean(values: NDArray[np.float64]) -> float:
    return float(values.mean())


@dataclass(frozen=True, slots=True)
class _Quantile:
    share: float

    def __call__(self, values: NDArray[np.float64]) -> float:
        return float(np.quantile(values, self.share))


def _beside(
    measure: str,
    unit: str,
    voices: Voices,
    own: Sequence[NDArray[np.float64]],
    written: Sequence[NDArray[np.float64]],
    read: Callable[[NDArray[np.float64]], float],
    rng: np.random.Generator,
) -> PreferenceReading:
    """A figure of all values of all documents, beside what approved documents show at the same number."""
    if voices.lacking is not None:
        return PreferenceReading.unknown(measure, NAME, unit, reason=voices.lacking, n=len(written))
    sides = [[values for values in side if len(values)] for side in (own, written)]
    if min(len(side) for side in sides) < len(voices.outputs) // 4 or not sides[0] or not sides[1]:
        return PreferenceReading.unknown(
            measure, NAME, unit, reason="too few documents are long enough", n=len(sides[1])
        )
    size = min(len(side) for side in sides)
    reference, value = read(np.concatenate(sides[0])), read(np.concatenate(sides[1]))
    draws = [
        np.array(
            [read(np.concatenate([side[i] for i in rng.integers(0, len(side), size)])) for _ in range(DRAWS)]
        )
        for side in sides
    ]
    # Approved documents were drawn from as many: half of their own variance stands in the reference.
    scatter = float(np.hypot(draws[0].std(), draws[0].std() * np.sqrt(size / len(sides[0]))))
    band = (reference - 1.96 * scatter, reference + 1.96 * scatter)
    low, high = (float(end) for end in np.quantile(draws[1], [0.025, 0.975]))
    outside = not band[0] <= value <= band[1]
    return PreferenceReading(
        measure=measure,
        subject=NAME,
        unit=unit,
        value=value,
        interval=(low, high) if high > low else None,
        reality=reference,
        reality_interval=band,
        effect=value - reference,
        smallest_detectable=_DETECTABLE * scatter if scatter > 0 else None,
        n=len(sides[1]),
        state="beyond" if outside else "within",
    )


def _lexicon(voices: Voices, terms: Sequence[str], rng: np.random.Generator) -> PreferenceReading:
    """Share of terms that still occur, in as many documents on both sides."""
    measure, unit = "brand_lexicon", "of the lexicon's terms occur"
    if voices.lacking is not None:
        return PreferenceReading.unknown(measure, NAME, unit, reason=voices.lacking, n=len(terms))
    held = [_holding(side.texts, terms) for side in (voices.approved, voices.outputs)]
    size = min(len(voices.outputs), len(voices.approved) // 2)
    value = _occurring(held[1], size)
    drawn = np.array(
        [held[0][rng.choice(len(held[0]), size, replace=False)].any(axis=0).mean() for _ in range(DRAWS)]
    )
    band = Band.of(drawn)
    return PreferenceReading(
        measure=measure,
        subject=NAME,
        unit=unit,
        value=value,
        interval=wilson(value * len(terms), len(terms)),
        reality=_occurring(held[0], size),
        reality_interval=(band.low, band.high),
        effect=value - _occurring(held[0], size),
        n=len(terms),
        state="beyond" if value < band.low else "within",
        evidence=(f"read of {size:,} documents on each side",),
        details={"terms": _terms(terms, held)},
    )


def _occurring(held: NDArray[np.bool_], size: int) -> float:
    """Share of terms that occur in `size` documents, on average over all draws of so many (hypergeometric)."""
    from scipy.special import gammaln

    total, hits = len(held), held.sum(axis=0)
    without = total - hits
    possible = without >= size
    left = np.where(possible, without, size)
    log = gammaln(left + 1) - gammaln(left - size + 1) - gammaln(total + 1) + gammaln(total - size + 1)
    return float((1.0 - np.where(possible, np.exp(log), 0.0)).mean())


def _holding(texts: Sequence[str], terms: Sequence[str]) -> NDArray[np.bool_]:
    """bool [documents, terms], whole words, whatever the case."""
    patterns = [re.compile(rf"(?<!\w){re.escape(fold(term.strip()))}(?!\w)") for term in terms]
    folded = [fold(text) for text in texts]
    return np.array([[pattern.search(text) is not None for pattern in patterns] for text in folded], bool)


def _terms(terms: Sequence[str], held: Sequence[NDArray[np.bool_]]) -> list[dict[str, Any]]:
    """Terms with their shares of documents, the most missed first."""
    own, written = held[0].mean(axis=0), held[1].mean(axis=0)
    order = np.argsort(written - own, kind="stable")
    return [
        {"term": terms[i], "approved_share": float(own[i]), "outputs_share": float(written[i])} for i in order
    ]
