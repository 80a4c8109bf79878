"""The evaluation of a model in the terminal: what real rows cost it by rarity, what it writes, whether it knows itself."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from holdfast.measures.reading import counted, percent
from holdfast.pages.inert import LABEL, inert
from holdfast.reports.columns import cells, pad, wrap
from holdfast.reports.wording import capital, count, hold, plain

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

_NARROWEST = 72
_STRATA = 5
_COLORS = {"pass": "32", "warn": "33", "fail": "31", "undetermined": "36"}
_WORDS = {"pass": "PASS", "warn": "WARN", "fail": "FAIL", "undetermined": "UNDETERMINED"}
_UNKNOWN = "-"


def render(found: Mapping[str, Any], *, width: int = 100, color: bool = False) -> str:
    """Render an evaluation for a terminal.

    Args:
        found: The evaluation as plain data (`Evaluation.plain`).
        width: Columns to fill; never fewer than 72.
        color: Colour the verdict on the samples. Nothing is said by colour alone.
    """
    width = max(_NARROWEST, width)
    holdout = found["holdout"]
    head = (
        f"{_name(found['model'])}, read on {count(holdout['rows'])} rows ({count(holdout['bytes'])} bytes) that "
        f"{_name(found['anchor'])} holds out. Beside it: {_name(found['frozen'])}, the frozen reference."
    )
    lines = [*wrap(hold(head), width), ""]
    lines += _costs(holdout)
    if holdout["bands_reason"]:
        lines += wrap(hold(f"No bands: {holdout['bands_reason']}."), width, first="  ")
    if holdout["unread_rows"]:
        lines += wrap(hold(f"{count(holdout['unread_rows'])} rows could not be read."), width, first="  ")
    lines += _section(
        "Three perplexities, in bits per byte", _perplexities(found["perplexities"]), width, color
    )
    lines += _section(
        "Next token, on real rows", [*_mass(found["mass"]), *_calibration(found["calibration"])], width, color
    )
    lines += _section(
        f"What it writes: {count(found['samples']['rows'])} samples", _samples(found["samples"]), width, color
    )
    lines += _section("Notes", [inert(note, limit=400) for note in found["notes"]], width, color)
    return _painted(plain("\n".join(line.rstrip(" ") for line in lines) + "\n"), found, color)


def _costs(holdout: Mapping[str, Any]) -> list[str]:
    """A line for the whole, for each band, and for the costliest strata."""
    bands, strata = list(holdout["bands"]), _costliest(holdout["strata"])
    named = [("overall", holdout), *(("  " + band["name"], band) for band in bands)]
    rare = [("  " + inert(line["name"], limit=LABEL), line) for line in strata]
    wide = min(34, max(cells("Costliest strata"), *(cells(name) for name, _ in [*named, *rare])))
    lines = [_cost("Bits per byte", "model", "95 % interval", "reference", "95 % interval", "rows", wide)]
    lines += [_line(name, line, wide) for name, line in named]
    if rare:
        lines += ["", "Costliest strata", *(_line(name, line, wide) for name, line in rare)]
    return lines


def _costliest(strata: Sequence[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    return [line for line in strata if line["bits_per_byte"]["value"] is not None][:_STRATA]


def _line(name: str, line: Mapping[str, Any], wide: int) -> str:
    model, frozen = line["bits_per_byte"], line["frozen_bits_per_byte"]
    return _cost(
        name, _figure(model), _interval(model), _figure(frozen), _interval(frozen), count(line["rows"]), wide
    )


def _cost(name: str, model: str, one: str, frozen: str, two: str, rows: str, wide: int) -> str:
    return (
        f"{pad(name, wide)}{pad(model, 9, right=True)}  {pad(one, 13)}{pad(frozen, 11, right=True)}  "
        f"{pad(two, 13)}{pad(rows, 7, right=True)}"
    )


def _perplexities(found: Mapping[str, Any]) -> list[str]:
    said = [
        ("real rows under the model", "holdout", "under the frozen reference"),
        ("its samples under itself", "self", "real rows there"),
        ("its samples under the frozen reference", "frozen", "real rows there"),
    ]
    return [
        f"{name}: {_with_interval(found[key]['value'])}; {beside} {_with_interval(found[key]['reality'])}"
        for name, key, beside in said
    ]


def _mass(mass: Mapping[str, Any]) -> list[str]:
    gap, bits = mass["gap"], mass["bits"]
    if gap["value"] is None:
        return [f"How concentrated the model is, is not known: {inert(gap['reason'], limit=200)}."]
    low, high = gap["interval"]
    says = (
        "surer than it may be"
        if high < 0
        else "less sure than it could be"
        if low > 0
        else "as sure as it may be"
    )
    lines = [
        f"It expects a token to cost {mass['entropy']['value']:.2f} bits, and it costs {bits['value']:.2f}: a gap of "
        f"{_signed(gap)}; 0 where probabilities are right. {capital(says)}."
    ]
    if mass["top"]["value"] is not None:
        lines.append(
            f"The 10 likeliest tokens hold {percent(mass['top']['value'])}; of the real tokens "
            f"{percent(mass['among']['value'])} are among them."
        )
    return lines


def _calibration(found: Mapping[str, Any]) -> list[str]:
    if found["error"] is None:
        return [f"Calibration is not known: {found['reason']}."]
    null = found["null"]
    return [
        f"First guesses: {percent(found['confidence'])} sure, {percent(found['right'])} right. Calibration error "
        f"{found['error']:.3f}; a model that knows itself would score {null['low']:.3f} to {null['high']:.3f} by chance "
        f"(p = {found['p_value']:.3g})."
    ]


def _samples(samples: Mapping[str, Any]) -> list[str]:
    ended = samples["finished_share"]
    lines = [f"{_WORDS[samples['verdict']]}  {inert(samples['sentence'], limit=900)}"]
    lines.append(
        f"{percent(ended)} ended by themselves; {counted(samples['empty_rows'], 'sample')} without text."
        if ended is not None
        else "There are none."
    )
    likely = [cause["title"] for cause in samples["causes"] if cause["state"] == "likely"]
    if likely:
        lines.append(f"Likely: {', '.join(likely).lower()}.")
    asked = samples["per_prompt"]
    if asked and asked["distinct_share"] is not None:
        real = (
            ""
            if asked["reality"] is None
            else f", of as many real rows drawn at random {percent(asked['reality'])}"
        )
        lines.append(
            f"Of {asked['samples_per_prompt']} samples of one prompt {percent(asked['distinct_share'])} are different{real}; "
            f"{count(asked['stuck_prompts'])} of {count(asked['prompts'])} prompts got one answer only."
        )
    return lines


def _section(title: str, said: Sequence[str], width: int, color: bool) -> list[str]:  # noqa: FBT001 - private
    if not said:
        return []
    lines = ["", f"\x1b[1m{title}\x1b[0m" if color else title]
    for one in said:
        lines += wrap(hold(one), width, first="  - ")
    return lines


def _painted(text: str, found: Mapping[str, Any], color: bool) -> str:  # noqa: FBT001 - private
    verdict = found["samples"]["verdict"]
    word = _WORDS[verdict]
    return text.replace(f"  - {word}", f"  - \x1b[1;{_COLORS[verdict]}m{word}\x1b[0m", 1) if color else text


def _name(party: Mapping[str, Any]) -> str:
    return inert(str(party["name"]), limit=120)


def _figure(figure: Mapping[str, Any]) -> str:
    return _UNKNOWN if figure["value"] is None else f"{figure['value']:.3f}"


def _interval(figure: Mapping[str, Any]) -> str:
    if figure["interval"] is None:
        return ""
    low, high = figure["interval"]
    return f"{low:.2f} to {high:.2f}"


def _with_interval(figure: Mapping[str, Any]) -> str:
    if figure["value"] is None:
        return f"unknown ({inert(figure['reason'], limit=120)})"
    return f"{figure['value']:.3f} ({_interval(figure)})"


def _signed(figure: Mapping[str, Any]) -> str:
    low, high = figure["interval"]
    return f"{figure['value']:+.2f} ({low:+.2f} to {high:+.2f})"
