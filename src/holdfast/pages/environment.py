"""Templates through which nothing from a file reaches a page unescaped."""

from __future__ import annotations

from importlib.resources import files
from typing import TYPE_CHECKING, Any

from holdfast.pages.inert import LABEL, inert

if TYPE_CHECKING:
    from jinja2 import Environment

STYLE = "style.css"
"""Colours, type and the ground of every page; templates include it by this name."""


def environment(package: str) -> Environment:
    """Templates that make everything inert and then escape it, also where a template forgets to ask.

    Args:
        package: The package whose folder `templates` they stand in.
    """
    from jinja2 import ChoiceLoader, DictLoader, Environment, PackageLoader, StrictUndefined

    made = Environment(
        loader=ChoiceLoader([PackageLoader(package), DictLoader({STYLE: style()})]),
        autoescape=True,
        undefined=StrictUndefined,
        finalize=_shown,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.filters |= {"label": _label}
    return made


def style() -> str:
    """The style sheet that all pages share."""
    return (files("holdfast.pages") / STYLE).read_text(encoding="utf-8")


def _shown(value: Any) -> Any:
    """Last gate before a value reaches the page; escaping follows."""
    if value is None:
        return ""
    if isinstance(value, str) and not hasattr(value, "__html__"):
        return inert(value, limit=2_000, lines=True)
    return value


def _label(value: str, limit: int = LABEL) -> str:
    return inert(value, limit=limit)
