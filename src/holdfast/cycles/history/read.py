"""Reading generations: evaluations, scores and audits, from files or from folders that hold several of them."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from holdfast.cycles.history import from_audit, from_evaluation
from holdfast.cycles.history.from_scores import figures_of
from holdfast.cycles.history.generation import Generation
from holdfast.data.scores import read_scores
from holdfast.data.scores.numbers import read_json
from holdfast.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pyarrow as pa

    from holdfast.cycles.history.generation import Figure, Strata
    from holdfast.data.scores import Score

EVALUATION = "evaluation.json"


def read_generation(path: str | Path, name: str | None = None, *, bias: Sequence[str] = ()) -> Generation:
    """What files say of one model.

    Args:
        path: An evaluation folder, scores, an audit (`holdfast audit --json`), or a folder that holds several of these.
        name: What the generation is called; by default as its file or folder is. Where a file of scores has several models, the
            one of this name.
        bias: Patterns of task names that ask for bias or facts, besides those known.

    Raises:
        InputError: There is nothing of the kind, or a file cannot be read.
    """
    place = Path(path)
    called = name if name is not None else place.stem or str(place)
    if not place.exists():
        raise InputError("there is no such file or folder", where=str(place))
    figures: list[Figure] = []
    scores: list[Score] = []
    counted: list[Strata] = []
    read: list[str] = []
    folders = _evaluations(place)
    if len(folders) > 1:
        raise InputError(
            f"has {len(folders)} evaluations, and a generation is one model: {folders[0].name}, {folders[1].name}",
            where=str(place),
            do="Name them one by one, in order of time",
        )
    for folder in folders:
        file = folder / EVALUATION
        figures += from_evaluation.read_evaluation(_object(file), _rows(folder), str(file))
        read.append(str(file))
    for file in _audits(place):
        found, strata = from_audit.read_audit(_object(file), str(file))
        figures += found
        counted += [strata] if strata else []
        read.append(str(file))
    if not read or place.is_dir():
        scores = _scores(place, named=name, needed=not read)
        read += dict.fromkeys(score.file for score in scores)
    figures = [*figures_of(scores, bias), *figures]
    notes: tuple[str, ...] = ()
    if len(counted) > 1:
        notes = (f"has {len(counted)} audits; strata are those of the last, {counted[-1].file}",)
    return Generation(
        name=called,
        figures=tuple(figures),
        strata=counted[-1] if counted else None,
        files=tuple(read),
        notes=notes,
    )


def _evaluations(place: Path) -> list[Path]:
    if place.is_dir():
        return sorted(file.parent for file in place.rglob(EVALUATION))
    return [place.parent] if place.name == EVALUATION else []


def _audits(place: Path) -> list[Path]:
    files = sorted(place.rglob("*.json")) if place.is_dir() else [place] if place.suffix == ".json" else []
    return [file for file in files if _schema(file) == from_audit.SCHEMA]


def _schema(file: Path) -> str:
    try:
        body = read_json(file)
    except InputError:
        return ""
    return str(body.get("schema", "")) if isinstance(body, dict) else ""


def _object(file: Path) -> dict[str, Any]:
    body = read_json(file)
    if not isinstance(body, dict):
        raise InputError("is no object", where=str(file))
    if file.name == EVALUATION and body.get("schema") != from_evaluation.SCHEMA:
        raise InputError(
            f"has the schema {body.get('schema')!r}, not {from_evaluation.SCHEMA!r}",
            where=str(file),
            do="Evaluate the model again",
        )
    return body


def _rows(folder: Path) -> pa.Table | None:
    import pyarrow as pa
    import pyarrow.parquet as pq

    file = folder / "rows.parquet"
    if not file.is_file():
        return None
    try:
        return pq.read_table(file)
    except (OSError, pa.ArrowException) as error:
        raise InputError(
            f"cannot be read: {error}", where=str(file), do="Evaluate the model again"
        ) from error


def _scores(place: Path, *, named: str | None, needed: bool) -> list[Score]:
    """Scores of one model.

    Raises:
        InputError: There are none although nothing else was found, or there are several models and none has the name.
    """
    try:
        scores = read_scores(place)
    except InputError as error:
        if not needed and error.what == "no file in it has scores":
            return []
        raise
    models = list(dict.fromkeys(score.model for score in scores))
    if not models:
        raise InputError("has no score", where=str(place))
    if len(models) == 1:
        return scores
    if named in models:
        return [score for score in scores if score.model == named]
    shown = ", ".join(models[:6]) + (f" and {len(models) - 6} more" if len(models) > 6 else "")
    raise InputError(
        f"has scores of {len(models)} models: {shown}",
        where=str(place),
        do=f"Say which one, as NAME=PATH: {models[0]}={place}",
    )
