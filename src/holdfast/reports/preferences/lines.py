"""Lines of a terminal: paragraphs, titles and tables, added one below the other."""

from __future__ import annotations

from dataclasses import dataclass, field

from holdfast.pages.inert import inert
from holdfast.reports.columns import cells, pad, wrap
from holdfast.reports.wording import hold

_NAMED = 32
"""Cells of the first column of a table."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Lines:
    """Lines of one width, growing downwards.

    Attributes:
        width: Cells in a line.
        color: Whether titles are painted.
        lines: What has been added.
    """

    width: int
    color: bool
    lines: list[str] = field(default_factory=list)

    def add(self, text: str, *, first: str = "", rest: str | None = None, limit: int = 600) -> None:
        """A paragraph, made safe to look at."""
        self.lines.extend(wrap(hold(inert(text, limit=limit)), self.width, first=first, rest=rest))

    def title(self, text: str) -> None:
        """A title after an empty line."""
        self.lines.extend(["", *(self.paint(line, "1") for line in wrap(text, self.width))])

    def paint(self, text: str, code: str) -> str:
        """Text in a colour, where colours are wanted."""
        return f"\x1b[{code}m{text}\x1b[0m" if self.color and text else text

    def table(
        self, rows: list[list[str]], *, indent: str = "  ", right: frozenset[int] = frozenset()
    ) -> None:
        """Rows in columns where they fit; where they do not, the first cell and the rest below it."""
        rows = [[inert(cell, limit=300) for cell in row] for row in rows]
        widths = [max(cells(row[place]) for row in rows) for place in range(len(rows[0]))]
        widths[0] = min(widths[0], _NAMED)
        if cells(indent) + sum(widths) + 2 * (len(widths) - 1) <= self.width:
            for row in rows:
                line = "  ".join(
                    pad(cell, wide, right=place in right)
                    for place, (cell, wide) in enumerate(zip(row, widths, strict=True))
                )
                self.lines.append(indent + line)
            return
        heads = rows[0] if not rows[0][0] else None
        for row in rows[1:] if heads else rows:
            said = [
                f"{heads[place]} {cell}".strip() if heads else cell
                for place, cell in enumerate(row)
                if place and cell
            ]
            self.add(f"{row[0]}: {'; '.join(said)}", first=indent, rest=indent + "  ")
