"""The page: what every HTML report is rendered with, so that nothing from a file reaches one unescaped."""

from __future__ import annotations

from typing import TYPE_CHECKING

from holdfast.pages.environment import environment as environment_of

if TYPE_CHECKING:
    from jinja2 import Environment


def environment() -> Environment:
    """Templates of reports; everything is made inert and then escaped, also where a template forgets to ask."""
    return environment_of("holdfast.reports")
