"""Plain CSV: one row a score, or one row an item."""

from __future__ import annotations

import csv
from typing import TYPE_CHECKING, Any

import numpy as np

from holdfast.data.scores.numbers import number, whole
from holdfast.data.scores.score import Items, Score
from holdfast.errors import InputError, unknown

if TYPE_CHECKING:
    from pathlib import Path

NAME = "csv"
_NEEDED = ("model", "task", "metric", "value")
_COLUMNS = (*_NEEDED, "filter", "standard_error", "rows", "higher_is_better", "item")
_CONDITIONS = ("version", "shots", "chat_template", "seed")
_WORDS = {"true": True, "1": True, "yes": True, "false": False, "0": False, "no": False, "": None}


def recognises(file: Path) -> bool:
    """Whether a table has the columns of scores."""
    try:
        with file.open(newline="", encoding="utf-8-sig") as handle:
            return set(_NEEDED) <= set(next(csv.reader(handle), []))
    except (OSError, UnicodeDecodeError, csv.Error):
        return False


def read(file: Path) -> list[Score]:
    """All scores of a table. Rows with an `item` are the scores of single items, and their mean is the score.

    Raises:
        InputError: A column is missing or unknown, or a value is no number.
    """
    try:
        with file.open(newline="", encoding="utf-8-sig") as handle:
            reader = csv.reader(handle)
            names = next(reader, [])
            lines = [(reader.line_num, cells) for cells in reader if cells]
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise InputError(f"cannot be read: {error}", where=str(file)) from error
    for name in _NEEDED:
        if name not in names:
            raise InputError(
                f"has no column {name!r}",
                where=str(file),
                do=f"Its columns are {', '.join(_COLUMNS)}, {', '.join(_CONDITIONS)}",
            )
    for name in names:
        if name not in (*_COLUMNS, *_CONDITIONS):
            raise InputError(str(unknown("column", name, [*_COLUMNS, *_CONDITIONS])), where=str(file))
    for name in names:
        if names.count(name) > 1:
            raise InputError(f"has two columns {name!r}", where=str(file))
    rows = []
    for line, cells in lines:
        if len(cells) > len(names):
            raise InputError(
                f"has {len(cells)} cells below {len(names)} columns",
                where=f"{file}:{line}",
                do="Write decimals with a point, and texts with commas in quotes",
            )
        rows.append((line, dict(zip(names, [*cells, *[""] * (len(names) - len(cells))], strict=True))))
    groups: dict[tuple[str, ...], list[tuple[int, dict[str, Any]]]] = {}
    for line, row in rows:
        key = tuple(
            str(row.get(name, "")).strip() for name in ("model", "task", "metric", "filter", *_CONDITIONS)
        )
        groups.setdefault(key, []).append((line, row))
    return [_score(key, members, file, items="item" in names) for key, members in groups.items()]


def _score(
    key: tuple[str, ...], members: list[tuple[int, dict[str, Any]]], file: Path, *, items: bool
) -> Score:
    values = []
    for line, row in members:
        value = number(row["value"])
        if value is None and str(row["value"]).strip() not in ("", "N/A", "NaN", "nan"):
            raise InputError(f"{row['value']!r} is no number", where=f"{file}:{line}")
        values.append(value)
    first = members[0][1]
    if not items and len(members) > 1:
        raise InputError(
            f"{' '.join(part for part in key if part)} stands there twice",
            where=f"{file}:{members[1][0]}",
            do="Name the items in a column 'item', or the models apart",
        )
    known = (
        [(str(row["item"]), value) for (_, row), value in zip(members, values, strict=True)] if items else []
    )
    if len({name for name, _ in known}) < len(known):
        raise InputError("an item stands there twice", where=str(file))
    scored = [value for value in values if value is not None]
    array = np.array(scored, np.float64)
    several = items and len(scored) > 1
    missing = len(values) - len(scored)
    return Score(
        model=key[0],
        task=key[1],
        metric=key[2],
        filter=key[3],
        value=float(array.mean()) if scored else None,
        standard_error=float(array.std(ddof=1) / len(array) ** 0.5)
        if several
        else number(first.get("standard_error")),
        rows=len(scored) if items else whole(first.get("rows")),
        higher_is_better=_WORDS.get(str(first.get("higher_is_better", "")).strip().lower()),
        conditions={
            name: str(first[name]).strip() for name in _CONDITIONS if str(first.get(name) or "").strip()
        },
        items=Items(ids=tuple(name for name, _ in known), values=array)
        if several and len(scored) == len(known)
        else None,
        notes=(f"{missing:,} of {len(values):,} items have no value",) if items and missing else (),
        harness=NAME,
        file=str(file),
    )
