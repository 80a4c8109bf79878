"""Sentences: what each measure's finding says, and what to do about it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from holdfast.audits import worth
from holdfast.measures.reading import percent

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from holdfast.measures.reading import Reading

_DO: Mapping[str, str] = {
    "stratum_deficit": "Generate for the lost strata by name, or put their real rows back; the table of "
    "strata says how many rows each should have.",
    "band_retention": "Give the rarest tenth a quota of its own instead of drawing it with the rest.",
    "stratum_shrinkage": "Vary prompts and examples inside the strata, or loosen the filter that keeps the typical rows.",
    "near_duplicates": "Drop repeated rows before training; they add weight, not information.",
    "mode_share": "Look at the heaviest texts and stop the generator from returning to them.",
    "anchor_copies": "Take the copies out: beside the real rows they add nothing.",
    "off_anchor": "Look at these rows: another language, another task or damaged text? If they are wanted, the real rows "
    "must show some of their kind.",
    "off_language": "Name the language in the prompt, and drop these rows; if they are wanted, the real rows must show some.",
    "broken_rows": "Drop these rows, and mend what made them: the parser, the prompt, or the filter that should catch refusals.",
    "label_noise": "Look at the doubted rows (worst first): drop or relabel those that are wrong, and look at the labels named.",
    "artifacts": "Strip the template, or vary the prompt that produces it.",
    "diversity_profile": "Vary prompts, seeds and examples, and drop repeats: the set says fewer different things than as many "
    "real rows would.",
    "surprisal": "Stranger, or without order: read the rows named here, for errors and nonsense. More ordinary: raise the temperature, and do not "
    "filter by likelihood.",
    "lexical_diversity": "Vary topics and wording in the prompts, or raise the temperature: the same words and word pairs return.",
    "rare_words": "Raise the temperature, widen top-p, and look at what filters or judges prefer: rare words lose their share.",
    "self_repetition": "Look at the rows named here: what they share is a template or a favourite phrase of the generator.",
    "prompt_diversity": "Sample answers to one prompt at a higher temperature, or from several models: they are too much alike.",
    "syntactic_templates": "Ask for other sentence forms, or show more varied examples: rows are built on the same frames.",
    "length_and_format": "Ask for several lengths and formats in the shares that reality has, and do not filter by length.",
    "association_amplification": "Look at the pairs named here: ask for other examples of those strata, or balance the words.",
    "two_samples": "Look at the findings above for what differs; if there are none, compare a few rows of both sides by eye.",
}


def remedy_of(measure: str) -> str:
    """What to do about a finding of this measure."""
    return _DO.get(measure, "Look at the rows named here.")


def sentence_of(measure: str, reading: Reading) -> str:
    """A finding in one sentence."""
    said = _SAID.get(measure)
    return said(reading) if said else f"{reading.value:.3g} against {reading.null.median:.3g} in reality"


def _deficit(reading: Reading) -> str:
    lost = reading.details["lost"]
    whole = reading.details["real_strata"]
    if not lost:
        return "rows are missing from many strata, too few from each to name it"
    gone = [row for row in reading.details["strata"] if row["lost"] and row["candidate_rows"] == 0]
    if len(gone) == len(lost):
        return f"{len(lost)} of {whole} strata {'is' if len(lost) == 1 else 'are'} missing altogether"
    what = f"{len(lost)} of {whole} strata {'is' if len(lost) == 1 else 'are'} lost or thinned"
    return what + (f", {len(gone)} of them without a single row" if gone else "")


def _against(before: str, after: str) -> Callable[[Reading], str]:
    """A share of rows, and reality's in brackets."""
    return lambda reading: f"{percent(reading.value)} {before} ({percent(reading.null.median)} {after})"


def _alone(before: str, after: str) -> Callable[[Reading], str]:
    return lambda reading: f"{before}{percent(reading.value)} {after}"


def _copies(reading: Reading) -> str:
    real = reading.details.get("real", reading.null.median)
    return f"{percent(reading.value)} of rows are copies of real rows ({percent(real)} of real rows repeat each other)"


def _mode(reading: Reading) -> str:
    return (
        f"ten texts make up {percent(reading.value)} of the set ({percent(reading.null.median)} in reality)"
    )


def _broken(reading: Reading) -> str:
    named = [
        entry["kind"]
        for entry in reading.details.get("kinds", ())
        if entry["named"] and not entry["cosmetic"]
    ]
    kinds = f": {', '.join(named)}" if named else ""
    return _against("of rows are broken", "of real rows look so")(reading) + kinds


def _surprisal(reading: Reading) -> str:
    what = {
        "stranger": "stranger than 99 % of real rows",
        "without order": "less ordered in their words than 95 % of real rows",
    }.get(reading.details["worse"], "more ordinary than the most ordinary tenth of real rows")
    return _against(f"of rows are {what}", "in reality")(reading)


def _diversity(reading: Reading) -> str:
    return (
        f"its wording is {percent(reading.value)} as varied as reality's (fresh real rows: "
        f"{percent(reading.null.median)})"
    )


_SAID: Mapping[str, Callable[[Reading], str]] = {
    worth.MEASURE: worth.finding_sentence,
    "stratum_deficit": _deficit,
    "band_retention": _alone("only ", "of the rarest tenth of reality is kept"),
    "stratum_shrinkage": _alone("only ", "of the variety of real rows is left inside strata"),
    "near_duplicates": _against("of rows repeat an earlier row", "in reality"),
    "mode_share": _mode,
    "anchor_copies": _copies,
    "off_anchor": _against("of rows are unlike anything real", "of real rows are"),
    "off_language": _against("of rows are in another language or script than reality", "of real rows are"),
    "broken_rows": _broken,
    "surprisal": _surprisal,
    "label_noise": _alone(
        "", "of rows carry a label that does not fit, beyond those that reality's own labels show"
    ),
    "artifacts": _against(
        "of rows hold a phrase or format far more frequent than in reality", "of real rows do"
    ),
    "diversity_profile": _diversity,
    "lexical_diversity": _alone("its words are ", "as varied as reality's at equal size"),
    "rare_words": _alone("words that are rare in reality have ", "of the share they have there"),
    "self_repetition": _against("of its runs of four words stand in another row, too", "in reality"),
    "prompt_diversity": lambda reading: (
        f"two answers to one prompt are {reading.value:.2f} times as alike as two real ones"
    ),
    "syntactic_templates": _against("of its sentence frames are among its hundred commonest", "in reality"),
    "length_and_format": _alone("its rows are ", "as mixed as real ones in length or format"),
    "association_amplification": lambda reading: (
        f"words are tied to strata {reading.value:.2f} times as closely as in reality"
    ),
    "two_samples": _alone(
        "a linear classifier tells its rows from real ones in ", "of pairs (50 % by chance)"
    ),
}
