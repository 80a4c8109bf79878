"""Wording of brand reports: what each reading is called, and how its figures are written."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

NONE = "-"
TITLES = {
    "brand_retention": "Your voice kept, on the way from generic text",
    "brand_retention_any": "Your voice kept, in any direction",
    "brand_since": "Change since the last model",
    "brand_told_apart": "Told apart from approved texts",
    "brand_variety": "Different words in a window of 50",
    "brand_sentences_10": "Words in a sentence: one in ten is shorter",
    "brand_sentences_50": "Words in a sentence: half are shorter",
    "brand_sentences_90": "Words in a sentence: nine in ten are shorter",
    "brand_lexicon": "Terms of the lexicon in use",
}
STATES = {
    "beyond": "moved",
    "within": "as reality",
    "undetermined": "not known",
    "not_asked": "not asked",
}
ROLES = {
    "approved": "approved texts",
    "outputs": "outputs",
    "generic": "generic texts",
    "before": "outputs before",
}
_WORDS_IN_SENTENCE = "brand_sentences"


def title(reading: Mapping[str, Any]) -> str:
    """What a reading is called."""
    return TITLES.get(reading["measure"], str(reading["measure"]))


def figure(reading: Mapping[str, Any], value: float | None) -> str:
    """A value of a reading."""
    if value is None:
        return NONE
    if reading["measure"].startswith(_WORDS_IN_SENTENCE):
        return f"{value:.1f}"
    return f"{value:+.2f}" if reading["measure"] == "brand_since" else f"{value:.2f}"


def span(reading: Mapping[str, Any], ends: list[float] | tuple[float, float] | None) -> str:
    """An interval of a reading."""
    return "" if ends is None else f"{figure(reading, ends[0])} to {figure(reading, ends[1])}"


def rate(shift: Mapping[str, Any], value: float | None) -> str:
    """A rate of a feature: a share of documents for formats, for each 1,000 words otherwise.

    >>> rate({"kind": "format"}, 0.25), rate({"kind": "word"}, 3.456), rate({"kind": "word"}, None)
    ('25 %', '3.5', '-')
    """
    if value is None:
        return NONE
    return f"{100 * value:.0f} %" if shift["kind"] == "format" else f"{value:.1f}"


def feature(name: str) -> str:
    """A feature's name; a mark stands in quotes, lest it is read as one of the sentence.

    >>> feature(";"), feature("then")
    ('";"', 'then')
    """
    return name if any(letter.isalnum() for letter in name) else f'"{name}"'


def place(phrase: Mapping[str, Any]) -> str:
    """Where a phrase stands; empty for anywhere.

    >>> place({"kind": "opener"}), place({"kind": "phrase"})
    (', at the beginning', '')
    """
    return {"opener": ", at the beginning", "closer": ", at the end"}.get(phrase["kind"], "")


def ratio(phrase: Mapping[str, Any]) -> str:
    """How many times as often, with its interval.

    >>> ratio({"ratio": 12.3, "interval": [4.0, None]})
    '12 times (at least 4.0)'
    """
    low, high = phrase["interval"]
    ends = f"at least {_times(low)}" if high is None else f"{_times(low)} to {_times(high)}"
    return f"{_times(phrase['ratio'])} times ({ends})"


def _times(value: float) -> str:
    return f"{value:.0f}" if value >= 10 else f"{value:.1f}"
