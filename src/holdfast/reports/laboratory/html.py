"""The page of the laboratory: what was asked, what was drawn, what came out; one HTML file, no script, no network."""

from __future__ import annotations

from typing import TYPE_CHECKING

from holdfast.reports import page
from holdfast.reports.drawings import badge
from holdfast.reports.html import prose
from holdfast.reports.laboratory import wording
from holdfast.reports.laboratory.plot import key, plot
from holdfast.reports.laboratory.strip import spread, strip

if TYPE_CHECKING:
    from holdfast.reports.laboratory.contract import Laboratory


def render(laboratory: Laboratory) -> str:
    """Render experiments as one self-contained HTML page.

    Everything is made inert and then escaped: the plain data come from a file that anyone may have edited.

    Args:
        laboratory: Plain data of `holdfast.laboratory/1`; one experiment at least.

    Returns:
        A complete HTML document without scripts or anything fetched from elsewhere.
    """
    environment = page.environment()
    environment.globals |= {
        "w": wording,
        "badge": badge,
        "plot": plot,
        "key": key,
        "strip": strip,
        "spread": spread,
    }
    environment.filters |= {"prose": prose}
    trials = laboratory["experiments"]
    versions = sorted({trial["holdfast_version"] for trial in trials})
    return environment.get_template("laboratory.html.j2").render(
        trials=trials,
        good=all(trial["holds"] for trial in trials),
        headline=wording.headline(laboratory),
        numbers=sum(len(trial["checks"]) for trial in trials),
        kept=sum(check["holds"] for trial in trials for check in trial["checks"]),
        commands=wording.command_of_all(laboratory),
        versions=versions,
        schema=laboratory["schema"],
    )
