"""Declared shares: the label mix a candidate is meant to have."""

from __future__ import annotations

import csv
import math
from pathlib import Path
from typing import TYPE_CHECKING

from holdfast.errors import InputError, UsageError, unknown

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence


def read_shares(
    source: str | Path | Mapping[str, float], labels: Sequence[str], *, flag: str = "--expect"
) -> dict[str, float]:
    """Read declared shares.

    Args:
        source: A CSV file with the columns `stratum` and `share`, or a mapping. Shares need not sum to one.
        labels: The strata of reality; a stratum that is not named gets share 0.
        flag: The option the shares came from, for errors.

    Returns:
        Shares that sum to one.

    Raises:
        InputError: The file cannot be read or a share is not a number of at least 0.
        UsageError: A stratum is unknown, or reality has no labels.
    """
    if not labels:
        raise UsageError(
            "shares are declared per label, and the real rows have none",
            where=flag,
            do="Name their column with --label",
        )
    shares: dict[str, float] = {}
    for where, stratum, share in _rows(source):
        if stratum not in labels:
            raise unknown("stratum", stratum, list(labels))
        if stratum in shares:
            raise InputError(f"stratum {stratum!r} stands twice", where=where)
        if not math.isfinite(share) or share < 0:
            raise InputError(f"the share of {stratum!r} is not a number of at least 0", where=where)
        shares[stratum] = share
    total = sum(shares.values())
    if total <= 0:
        raise InputError(
            "no share is above 0", where=str(source) if isinstance(source, (str, Path)) else "expect"
        )
    return {stratum: share / total for stratum, share in shares.items()}


def _rows(source: str | Path | Mapping[str, float]) -> Iterator[tuple[str, str, float]]:
    if not isinstance(source, (str, Path)):
        for stratum, share in source.items():
            yield "shares", str(stratum), _number(share, f"share of {stratum!r}")
        return
    path = Path(source)
    try:
        with path.open(newline="", encoding="utf-8-sig") as file:
            reader = csv.DictReader(file)
            missing = {"stratum", "share"} - set(reader.fieldnames or ())
            if missing:
                raise InputError(
                    f"column {min(missing)!r} is missing",
                    where=f"{path}:1",
                    do="The columns are stratum and share",
                )
            for row in reader:
                where = f"{path}:{reader.line_num}"
                if not row["stratum"] or row["share"] is None:
                    raise InputError("the line lacks a stratum or a share", where=where)
                yield where, row["stratum"], _number(row["share"], where)
    except OSError as error:
        raise InputError(error.strerror or "cannot be read", where=str(path)) from error
    except UnicodeDecodeError as error:
        raise InputError("is not UTF-8 text", where=str(path), do="Save it as UTF-8") from error


def _number(value: object, where: str) -> float:
    try:
        return float(value)  # type: ignore[arg-type]
    except (TypeError, ValueError):
        raise InputError(
            f"{value!r} is not a number", where=where, do="Shares are numbers of at least 0"
        ) from None
