"""Win rates in the terminal: what the judge says, what people would say, and how surely."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from holdfast.pages.inert import LABEL, inert
from holdfast.reports.columns import cells, pad, wrap
from holdfast.reports.wording import capital, count, hold, plain
from holdfast.stats.figures import about

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

_NARROWEST = 72
_SHOWN = 20
_UNKNOWN = "-"


def render(found: Mapping[str, Any], *, width: int = 100, color: bool = False) -> str:
    """Render win rates for a terminal.

    Args:
        found: The win rates as plain data (`WinRates.plain`).
        width: Columns to fill; never fewer than 72.
        color: Set headings in bold. Nothing is said by it alone.
    """
    width = max(_NARROWEST, width)
    beside = f", beside people's labels in {inert(found['anchor'], limit=120)}" if found["anchor"] else ""
    lines = [
        *wrap(
            hold(f"Win rates in {inert(found['candidate'], limit=120)}{beside}. A tie is half a win."), width
        )
    ]
    for judge, rates in _by_judge(found["rates"]):
        title = f"Judge {inert(judge, limit=LABEL)}"
        lines += ["", f"\x1b[1m{title}\x1b[0m" if color else title]
        lines += _table(rates[:_SHOWN])
        if len(rates) > _SHOWN:
            lines += wrap(hold(f"{count(len(rates) - _SHOWN)} more: --json has them all."), width, first="  ")
        lines += _said(rates[:_SHOWN], width)
    if found["notes"]:
        title = "Notes"
        lines += ["", f"\x1b[1m{title}\x1b[0m" if color else title]
        for note in found["notes"]:
            lines += wrap(hold(inert(note, limit=400)), width, first="  - ")
    return plain("\n".join(line.rstrip(" ") for line in lines) + "\n")


def _by_judge(rates: Sequence[Mapping[str, Any]]) -> Iterator[tuple[str, list[Mapping[str, Any]]]]:
    judges = dict.fromkeys(rate["judge"] for rate in rates)
    for judge in judges:
        yield judge, [rate for rate in rates if rate["judge"] == judge]


def _table(rates: Sequence[Mapping[str, Any]]) -> list[str]:
    named = [inert(_name(rate), limit=LABEL) for rate in rates]
    wide = min(24, max([cells("author"), *(cells(name) for name in named)]) + 2)
    lines = [_line("author", "judge", "people", "", "corrected", "95 % interval", "labelled", "worth", wide)]
    for name, rate in zip(named, rates, strict=True):
        lines.append(
            _line(
                name,
                _share(rate["judged"]),
                _share(rate["human"]),
                _ends(rate["human"]),
                _share(rate["corrected"]),
                _ends(rate["corrected"]),
                count(rate["labelled_pairs"]),
                _UNKNOWN if rate["effective"] is None else about(rate["effective"]),
                wide,
            )
        )
    return lines


def _line(
    name: str,
    judged: str,
    human: str,
    one: str,
    corrected: str,
    two: str,
    labelled: str,
    worth: str,
    wide: int,
) -> str:
    return (
        f"{pad(name, wide)}{pad(judged, 6, right=True)}{pad(human, 8, right=True)} {pad(one, 8)}"
        f"{pad(corrected, 11, right=True)} {pad(two, 13)}{pad(labelled, 9, right=True)}{pad(worth, 8, right=True)}"
    )


def _said(rates: Sequence[Mapping[str, Any]], width: int) -> list[str]:
    """What the table does not say: where the judge misleads, what is not known and why, and what the columns mean."""
    said = []
    misled = [rate for rate in rates if rate["misled"]]
    if misled:
        names = ", ".join(inert(rate["author"], limit=LABEL) for rate in misled[:5])
        more = f" and {count(len(misled) - 5)} more" if len(misled) > 5 else ""
        said.append(
            f"the judge alone misleads about {names}{more}: what it says lies outside of the corrected interval"
        )
    reasons: dict[str, list[str]] = {}
    for rate in rates:
        if rate["corrected"]["value"] is None and rate["corrected"]["reason"]:
            reasons.setdefault(rate["corrected"]["reason"], []).append(inert(rate["author"], limit=LABEL))
    for reason, authors in reasons.items():
        who = ", ".join(authors[:5]) + (f" and {count(len(authors) - 5)} more" if len(authors) > 5 else "")
        said.append(f"not known for {who}: {reason}")
    gained = [rate for rate in rates if rate["effective"] is not None]
    if gained:
        best = max(gained, key=lambda rate: rate["effective"] / max(rate["labelled_pairs"], 1))
        said.append(
            f"worth: labels of people that would tell as much without the judge, such as {about(best['effective'])} for the "
            f"{count(best['labelled_pairs'])} of {inert(best['author'], limit=LABEL)}, where what the judge says of "
            f"the other pairs counts {100 * best['weight']:.0f} %"
        )
    checked = [rate for rate in rates if rate["cross_check"]["value"] is not None]
    if checked:
        least = max(checked, key=lambda rate: abs(rate["cross_check"]["value"] - rate["corrected"]["value"]))
        said.append(
            f"the cross-check by how often the judge is right (Rogan and Gladen) lies at most "
            f"{100 * abs(least['cross_check']['value'] - least['corrected']['value']):.1f} points away "
            f"({inert(least['author'], limit=LABEL)}: {_share(least['cross_check'])}, {_ends(least['cross_check'])})"
        )
    return [line for one in said for line in wrap(hold(f"{capital(one)}."), width, first="  - ")]


def _name(rate: Mapping[str, Any]) -> str:
    return str(rate["author"]) if rate["against"] is None else f"{rate['author']} against {rate['against']}"


def _share(figure: Mapping[str, Any]) -> str:
    return _UNKNOWN if figure["value"] is None else f"{100 * figure['value']:.1f}"


def _ends(figure: Mapping[str, Any]) -> str:
    if figure["interval"] is None:
        return ""
    low, high = figure["interval"]
    return f"{100 * low:.0f} to {100 * high:.0f}"
