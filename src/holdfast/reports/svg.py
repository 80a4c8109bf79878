"""SVG as text: elements whose attributes and words are escaped by construction."""

from __future__ import annotations

from typing import TYPE_CHECKING

from markupsafe import Markup, escape

from holdfast.pages.inert import inert

if TYPE_CHECKING:
    from collections.abc import Iterable


def element(name: str, *children: str, **attributes: str | float | None) -> Markup:
    """One element; a plain string among its children is text and gets escaped.

    Underscores in attribute names become hyphens, a trailing one is dropped; None leaves an attribute out.

    >>> str(element("text", "a < b", x=1.50, class_="name"))
    '<text x="1.5" class="name">a &lt; b</text>'
    """
    pairs = Markup("").join(
        Markup(' {}="{}"').format(Markup(key.rstrip("_").replace("_", "-")), _value(value))  # noqa: S704 - our own names
        for key, value in attributes.items()
        if value is not None
    )
    tag = Markup(name)  # noqa: S704 - our own names
    if not children:
        return Markup("<{}{}/>").format(tag, pairs)
    return Markup("<{}{}>{}</{}>").format(tag, pairs, join(children), tag)


def join(children: Iterable[str]) -> Markup:
    """Children after one another, plain strings escaped."""
    return Markup("").join(child if isinstance(child, Markup) else escape(inert(child)) for child in children)


def picture(*children: str, width: float, height: float, label: str, class_: str) -> Markup:
    """An `svg` that screen readers announce as one image with a label."""
    return element(
        "svg",
        element("title", label),
        *children,
        viewBox=f"0 0 {width:g} {height:g}",
        width=width,
        height=height,
        role="img",
        aria_label=label,
        class_=class_,
    )


def line(x1: float, y1: float, x2: float, y2: float, class_: str) -> Markup:
    """A straight line."""
    return element("path", d=f"M{x1:.1f} {y1:.1f}L{x2:.1f} {y2:.1f}", class_=class_)


def words(text: str, x: float, y: float, class_: str, *, anchor: str | None = None) -> Markup:
    """Text at a place; `anchor` is `middle` or `end`."""
    return element("text", text, x=x, y=y, class_=class_, text_anchor=anchor)


def diamond(x: float, y: float, size: float, class_: str) -> Markup:
    """A square on its corner."""
    return element(
        "path",
        d=f"M{x:.1f} {y - size:.1f}l{size:g} {size:g}l-{size:g} {size:g}l-{size:g}-{size:g}z",
        class_=class_,
    )


def dot(x: float, y: float, radius: float, class_: str) -> Markup:
    """A disc."""
    return element("circle", cx=x, cy=y, r=radius, class_=class_)


def fit(text: str, pixels: float, *, per_character: float = 6.6) -> str:
    """Text shortened to a width; SVG cannot measure, so a mean character width must do."""
    return inert(text, limit=max(4, int(pixels / per_character)))


def _value(value: str | float) -> str:
    if isinstance(value, str):
        return inert(value)
    return f"{value:.1f}".rstrip("0").rstrip(".")
