"""Targets: files that a verb is asked to write, checked before minutes of work."""

from __future__ import annotations

import glob
from pathlib import Path
from typing import TYPE_CHECKING

from holdfast.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence


def check_targets(targets: Mapping[str, str | None], inputs: Sequence[str], anchor: str | None) -> None:
    """Refuse early what would fail after minutes of work, or destroy what was put in."""
    from holdfast.data.write import check_writable

    if list(targets.values()).count("-") > 1:
        raise UsageError(
            "only one output can go to standard output", where="-", do="Give a file to the others"
        )
    given = {Path(name).resolve() for path in inputs for name in (path, *glob.glob(path, recursive=True))}  # noqa: PTH207
    taken: dict[Path, str] = {}
    for kind, path in targets.items():
        if path is None or path == "-":
            continue
        check_writable(path)
        place = Path(path).resolve()
        if place.exists() and not place.is_file():  # a device: as often as one likes
            continue
        if place in given:
            raise UsageError(
                f"{path} is an input and would be lost", where=f"--{kind}", do="Give another file"
            )
        if anchor is not None and Path(anchor).resolve() in place.parents:
            raise UsageError(f"{path} lies in the anchor", where=f"--{kind}", do="Give a file elsewhere")
        if place in taken:
            raise UsageError(
                f"{path} is the file of --{taken[place]} too",
                where=f"--{kind}",
                do="Give another file",
            )
        taken[place] = kind
