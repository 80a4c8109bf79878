"""Reading scores: whose file it is, is known by what stands in it."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from holdfast.data.scores import inspect_ai, lighteval, lm_eval, plain
from holdfast.data.scores.numbers import read_json
from holdfast.errors import InputError

if TYPE_CHECKING:
    import os

    from holdfast.data.scores.score import Score

_KINDS = (inspect_ai, lighteval, lm_eval)


def read_scores(path: str | os.PathLike[str]) -> list[Score]:
    """The scores in a file of lm-evaluation-harness, lighteval or inspect_ai, or in a CSV file; of a folder, those of all its files.

    Args:
        path: The file or folder. In a folder, files that no harness wrote are passed over.

    Raises:
        InputError: Nobody knows the file, or there is none.
        MissingExtra: The file can only be read by a package that is not installed.
    """
    place = Path(path)
    if place.is_dir():
        files = sorted(
            file
            for pattern in ("**/results_*.json", "**/*.eval", "**/*.json", "**/*.csv")
            for file in place.glob(pattern)
        )
        found = [score for file in dict.fromkeys(files) if _known(file) for score in _read(file)]
        if not found:
            raise InputError("no file in it has scores", where=str(place))
        return found
    if not place.exists():
        raise InputError("there is no such file", where=str(place))
    return _read(place)


def _known(file: Path) -> bool:
    if file.suffix == ".eval":
        return True
    if file.suffix == ".csv":
        return plain.recognises(file)
    try:
        body = read_json(file)
    except InputError:
        return False
    return any(kind.recognises(body) for kind in _KINDS)


def _read(file: Path) -> list[Score]:
    if file.suffix == ".csv":
        return plain.read(file)
    body = inspect_ai.unpack(file) if file.suffix == ".eval" else read_json(file)
    for kind in _KINDS:
        if kind.recognises(body):
            found: list[Score] = kind.read(body, file)
            if not found:
                raise InputError("there is no score in it", where=str(file))
            return found
    raise InputError(
        "is no result of lm-evaluation-harness, lighteval or inspect_ai",
        where=str(file),
        do="Other results are read from CSV: model, task, metric, value",
    )
