"""Worth in sentences: how many real rows a candidate is worth, as a manager would say it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from holdfast.stats.figures import about, least

if TYPE_CHECKING:
    from collections.abc import Sequence

    from holdfast.audits.judge import Outcome
    from holdfast.audits.result import Audit
    from holdfast.measures.reading import Reading

MEASURE = "real_equivalent_rows"
_RAREST = "rarest tenth"


def outcome_of(outcomes: Sequence[Outcome]) -> Outcome | None:
    """The outcome of the measure, where it ran."""
    return next((o for o in outcomes if o.measure.name == MEASURE), None)


def reading_of(outcomes: Sequence[Outcome]) -> Reading | None:
    """The reading, where there is one."""
    outcome = outcome_of(outcomes)
    return outcome.reading if outcome else None


def number(worth: dict[str, Any]) -> str:
    """A worth: `750`, or `at least 1,300` where the real rows can show no more."""
    return f"at least {least(worth['real_rows'])}" if worth["at_least"] else about(worth["real_rows"])


def interval(worth: dict[str, Any]) -> str:
    """Its 95 % interval, without the upper end where the real rows are too few to bound it.

    >>> interval({"low": 627.8, "high": 905.8}), interval({"low": 1150.8, "high": None})
    ('630 to 910', '1,100 or more')
    """
    if worth["high"] is None:
        return f"{least(worth['low'])} or more"
    return f"{about(worth['low'])} to {about(worth['high'])}"


def headline(audit: Audit) -> str | None:
    """What the candidate is worth, in one sentence without its full stop; None where nothing is known."""
    reading = reading_of(audit.outcomes)
    if reading is None:
        return None
    details = reading.details
    rows = f"{details['rows']:,} candidate rows"
    if audit.settings.use == "add":
        return f"Joined to {len(audit.sides.anchor):,} real rows, {rows} {_adds(details['added'])}"
    worth = details["headline"]
    said = f"{rows} are worth {number(worth)} real rows"
    rarest = next((band for band in details["bands"] if band["band"] == _RAREST), None)
    if rarest is None or rarest.get("real_rows") is None or _hides_the_learners(rarest, worth):
        return said
    return f"{said}, and {number(rarest)} in the {_RAREST}"


def _hides_the_learners(band: dict[str, Any], worth: dict[str, Any]) -> bool:
    """Bands are valued by coverage: where learners made the headline, a larger number beside it would mislead."""
    return "coverage" in worth["above"] and bool(band["real_rows"] > worth["real_rows"])


def _adds(added: dict[str, Any]) -> str:
    if added["real_rows"] < 1:
        return "add nothing that is not there already"
    return (
        f"add as much as at least {least(added['real_rows'])} fresh real rows would; "
        f"as many fresh rows would score about {about(added['fresh'])}"
    )


def alone(audit: Audit) -> str | None:
    """The stand-alone value with its interval, beside what reality would have scored."""
    reading = reading_of(audit.outcomes)
    if reading is None:
        return None
    details, null = reading.details, reading.null
    worth, rows = details["headline"], details["rows"]
    said = f"Alone: worth {number(worth)} real rows (95 % interval {interval(worth)}); {rows:,} fresh real rows: {rows:,}"
    # With --use add the band is that of the added value.
    chance = "" if audit.settings.use == "add" else f" ({about(null.low)} to {about(null.high)})"
    return f"{said}{chance}."


def beside(audit: Audit) -> str | None:
    """The added value with its interval, beside what reality would have scored."""
    reading = reading_of(audit.outcomes)
    if reading is None:
        return None
    details = reading.details
    added, rows = details["added"], details["rows"]
    where = f"Added to the {len(audit.sides.anchor):,} real rows"
    fresh = f"{rows:,} fresh real rows: about {about(added['fresh'])} by the same count"
    if added["real_rows"] < 1:
        return f"{where}: nothing that is not there already; {fresh}."
    return (
        f"{where}: worth at least {least(added['real_rows'])} fresh ones (95 % interval "
        f"{about(added['low'])} to {about(added['high'])}); {fresh}."
    )


def finding_sentence(reading: Reading) -> str:
    """What the finding says: as much as the headline, in a fragment."""
    details = reading.details
    worth = details["headline"]
    return f"{details['rows']:,} rows are worth {number(worth)} real rows ({interval(worth)})"


def finding_step(reading: Reading) -> str:
    """What to do about too small a worth; the reading that made it decides."""
    details = reading.details
    worth = details["headline"]
    missing = bool(details["uncovered"])
    if "coverage" in worth["above"]:
        what = (
            "Bring back labels that are missing, check that the others fit their texts, and vary what is said within each"
            if "labels" in worth["by"]
            else "Check the order of words and vary the wording"
        )
        return f"{what}: the rows look like real ones, but a learner gains little from them. More rows of the same kind will not help."
    if missing:
        return (
            "Generate towards the real rows that nobody covers any more (listed with the report), the rarest first; "
            "more rows of the same kind will add little."
        )
    return "Generate rows that differ more from each other; repeating what is there adds no worth."


def uncovered_note(found: dict[str, Any], ids: Sequence[str]) -> str:
    """What stands beside an uncovered real row: the candidate row that comes nearest."""
    nearest = found["nearest"]
    return "covered by nobody" if nearest is None else f"covered by nobody; the nearest is {ids[nearest]}"
