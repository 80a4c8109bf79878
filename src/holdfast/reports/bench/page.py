"""The bench as one page, self-contained: no scripts, no links, nothing fetched from elsewhere."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from holdfast.pages.inert import LABEL, inert
from holdfast.reports.bench import figures

if TYPE_CHECKING:
    from collections.abc import Mapping

_STEPS = 5
"""Shades of a cell, from nothing seen to everything seen."""


def render(table: Mapping[str, Any]) -> str:
    """Render the bench as an HTML page.

    Everything that others wrote, such as the names of corpora and peers, is made inert and then escaped.

    Args:
        table: Plain data of `holdfast.bench/1`.
    """
    from jinja2 import Environment, PackageLoader, StrictUndefined

    environment = Environment(
        loader=PackageLoader("holdfast.reports"),
        autoescape=True,
        undefined=StrictUndefined,
        finalize=_shown,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.globals |= {"f": figures}
    environment.filters |= {"label": _label, "shade": _shade}
    harms = table["harms"]
    middle = harms[len(harms) // 2]
    powers = [(detector["name"], figures.at(detector, middle)) for detector in table["detectors"]]
    known = [(name, power) for name, power in powers if power is not None]
    return environment.get_template("bench.html.j2").render(
        t=table,
        middle=middle,
        powers=known,
        power_names=figures.names([power for _, power in known], "by_scenario"),
        control_names=sorted(figures.names(table["detectors"], "controls")),
        cause_names=sorted(figures.names(table["detectors"], "f1_by_cause")),
    )


def _shown(value: Any) -> Any:
    """Last gate before a value reaches the page; escaping follows."""
    if value is None:
        return ""
    if isinstance(value, str) and not hasattr(value, "__html__"):
        return inert(value, limit=2_000, lines=True)
    return value


def _label(value: str, limit: int = LABEL) -> str:
    return inert(value, limit=limit)


def _shade(rate: Mapping[str, Any] | None) -> str:
    """The class of a cell; none where there is no figure.

    >>> _shade({"share": 0.5}), _shade({"share": 1.0}), _shade(None)
    ('shade2', 'shade5', 'none')
    """
    if rate is None or rate["share"] is None:
        return "none"
    return f"shade{int(rate['share'] * _STEPS)}"
