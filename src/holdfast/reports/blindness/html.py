"""The self-test as one HTML file: a small power curve for every loss, no script, no network."""

from __future__ import annotations

from typing import TYPE_CHECKING

from holdfast.reports import page
from holdfast.reports import wording as words
from holdfast.reports.blindness import wording
from holdfast.reports.blindness.power_picture import power_picture
from holdfast.reports.blindness.text import BLIND, how
from holdfast.reports.html import prose

if TYPE_CHECKING:
    from holdfast.reports.blindness.contract import Blindness


def render(test: Blindness) -> str:
    """Render a self-test as one self-contained HTML page.

    Args:
        test: The self-test.

    Returns:
        A complete HTML document without scripts, links or anything fetched from elsewhere. It holds no text of a record.
    """
    environment = page.environment()
    environment.globals |= {"w": wording, "words": words, "picture": power_picture}
    environment.filters |= {"prose": prose}
    curves = wording.order(test)
    first, _, rest = test["sentence"].partition(". ")
    return environment.get_template("blindness.html.j2").render(
        s=test,
        first=f"{first.rstrip('.')}.",
        rest=rest,
        curves=curves,
        how=how(test),
        blind=BLIND,
        audits=test["fresh"]["audits"] + sum(p["audits"] for c in curves for p in c["points"]),
        when=test["created_at"].replace("T", " ").removesuffix("Z"),
    )
