"""The page: what every HTML report is rendered with, so that nothing from a file reaches one unescaped."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from holdfast.reports.inert import LABEL, inert

if TYPE_CHECKING:
    from jinja2 import Environment


def environment() -> Environment:
    """Templates that make everything inert and then escape it, also where a template forgets to ask."""
    from jinja2 import Environment, PackageLoader, StrictUndefined

    made = Environment(
        loader=PackageLoader("holdfast.reports"),
        autoescape=True,
        undefined=StrictUndefined,
        finalize=_shown,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.filters |= {"label": _label}
    return made


def _shown(value: Any) -> Any:
    """Last gate before a value reaches the page; escaping follows."""
    if value is None:
        return ""
    if isinstance(value, str) and not hasattr(value, "__html__"):
        return inert(value, limit=2_000, lines=True)
    return value


def _label(value: str, limit: int = LABEL) -> str:
    return inert(value, limit=limit)
