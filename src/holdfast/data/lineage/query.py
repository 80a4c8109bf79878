"""Questions to lineage: where a record comes from, what a set is made of, and any other in SQL.

The files are asked where they lie, by DuckDB: a million rows are never held in Python.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from holdfast.data.lineage.schema import COLUMNS, GROUPS
from holdfast.data.lineage.sidecar import FOLDER_FILE, sidecar_of
from holdfast.errors import InputError, UsageError, unknown

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pyarrow as pa

_MOST_STEPS = 10_000
"""Records of an ancestry at most: one that is longer goes round in circles or is not for reading."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Trace:
    """A record's ancestry and offspring.

    Attributes:
        record: Its own lineage.
        parents: Its ancestors, nearest first, each with `steps` between them.
        children: Records made from it, nearest first, in the same way.
        missing: Ancestors that no file knows.
    """

    record: dict[str, Any]
    parents: tuple[dict[str, Any], ...]
    children: tuple[dict[str, Any], ...]
    missing: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Share:
    """Rows of one value.

    Attributes:
        value: The value; None for rows of which it is not known.
        rows: Rows.
        share: Of all rows.
        kept: Rows that no filter dropped, or None where nothing was filtered.
    """

    value: str | int | None
    rows: int
    share: float
    kept: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Summary:
    """What a set is made of.

    Attributes:
        rows: All rows.
        groups: Shares by column, the most frequent value first; a column that is null throughout is left out.
    """

    rows: int
    groups: dict[str, tuple[Share, ...]]


def trace(id: str, files: Sequence[str | Path]) -> Trace:
    """Where a record comes from, and what was made of it.

    Args:
        id: The record.
        files: Files of rows with lineage beside them, folders, or lineage files.

    Raises:
        InputError: There is no lineage, or it does not know the record.
    """
    connection = _open(files)
    own = _by_ids(connection, [id])
    if not own:
        near = connection.execute(
            "SELECT id FROM lineage ORDER BY jaro_winkler_similarity(id, $1) DESC LIMIT 1", [id]
        )
        found = near.fetchone()
        raise InputError(
            f"no record has the id {id!r}",
            where=_names(files),
            do=f"Did you mean {found[0]!r}?" if found else None,
        )
    if len(own) > 1:
        raise InputError(
            f"{len(own)} records have the id {id!r}",
            where=_names(files),
            do="Give the file of the one you mean",
        )
    parents, missing = _climb(connection, own[0])
    return Trace(record=own[0], parents=parents, children=_descend(connection, id), missing=missing)


def summarise(files: Sequence[str | Path]) -> Summary:
    """What a set is made of: shares by source, source type, method, agent, depth, cycle and maker of labels.

    Args:
        files: Files of rows with lineage beside them, folders, or lineage files.

    Raises:
        InputError: There is no lineage.
    """
    connection = _open(files)
    sets = ", ".join(f"({name})" for name in GROUPS)
    names = ", ".join(GROUPS)
    found = connection.execute(
        f"SELECT grouping({names}) AS which, {names}, count(*) AS rows,"  # noqa: S608 - names of our own
        " count(*) FILTER (WHERE kept IS NOT FALSE) AS kept, count(kept) AS judged"
        f" FROM lineage GROUP BY GROUPING SETS ({sets}) ORDER BY rows DESC"
    ).fetchall()
    groups: dict[str, list[Share]] = {name: [] for name in GROUPS}
    every = (1 << len(GROUPS)) - 1
    total = sum(row[-3] for row in found if row[0] == every & ~(1 << (len(GROUPS) - 1)))
    for row in found:
        place = next(at for at in range(len(GROUPS)) if row[0] == every & ~(1 << (len(GROUPS) - 1 - at)))
        rows, kept, judged = row[-3:]
        value = row[1 + place]
        groups[GROUPS[place]].append(
            Share(value=value, rows=rows, share=rows / max(total, 1), kept=kept if judged else None)
        )
    said = {
        name: tuple(sorted(shares, key=lambda share: (-share.rows, str(share.value))))
        for name, shares in groups.items()
        if any(share.value is not None for share in shares)
    }
    return Summary(rows=total, groups=said)


def query(sql: str, files: Sequence[str | Path]) -> pa.Table:
    """The answer to a question in SQL to the table `lineage`.

    The question can read nothing but that table: no other file, no network.

    Args:
        sql: One SELECT.
        files: Files of rows with lineage beside them, folders, or lineage files.

    Raises:
        InputError: There is no lineage.
        UsageError: DuckDB does not understand the question, or may not answer it.
    """
    import duckdb

    connection = _open(files)
    try:
        relation = connection.sql(sql)
    except duckdb.Error as error:
        raise UsageError(
            f"DuckDB says: {str(error).strip()}", where="sql", do=f"The columns are {', '.join(COLUMNS)}"
        ) from error
    if relation is None:
        raise UsageError("the question has no answer", where="sql", do="Ask with SELECT ... FROM lineage")
    try:
        return relation.to_arrow_table()
    except duckdb.Error as error:
        raise UsageError(f"DuckDB says: {str(error).strip()}", where="sql") from error


def check_group(name: str) -> str:
    """A column by which a set can be sliced.

    Raises:
        UsageError: It is none.
    """
    if name not in GROUPS:
        raise unknown("column to slice by", name, list(GROUPS))
    return name


def _open(files: Sequence[str | Path]) -> Any:
    """A connection with the view `lineage` that can touch no other file."""
    import duckdb

    places = [_place(Path(file)) for file in files]
    connection = duckdb.connect(":memory:", config={"autoinstall_known_extensions": False})
    listed = ", ".join("'" + str(place).replace("'", "''") + "'" for place in places)
    try:
        connection.execute(
            f"CREATE VIEW found AS SELECT * FROM read_parquet([{listed}], union_by_name=true)"  # noqa: S608 - quoted
        )
        have = {row[0] for row in connection.execute("SELECT column_name FROM (DESCRIBE found)").fetchall()}
    except duckdb.Error as error:
        raise InputError(f"cannot be read: {str(error).strip()}", where=_names(files)) from error
    if "id" not in have:
        raise InputError("is no lineage: it has no column 'id'", where=_names(files))
    columns = ", ".join(name if name in have else f"NULL AS {name}" for name in COLUMNS)
    connection.execute(f"CREATE VIEW lineage AS SELECT {columns} FROM found")  # noqa: S608 - names of our own
    folders = ", ".join("'" + str(place).replace("'", "''") + "'" for place in places)
    connection.execute(f"SET allowed_paths = [{folders}]")
    connection.execute("SET enable_external_access = false")
    connection.execute("SET lock_configuration = true")
    return connection


def _place(path: Path) -> Path:
    file = path if path.name.endswith(FOLDER_FILE) else sidecar_of(path)
    if not file.is_file():
        raise InputError(
            "there is no lineage beside it" if path.exists() else "there is no such file",
            where=str(path),
            do=f"holdfast tag {path} writes it" if path.exists() else None,
        )
    return file.resolve()


def _names(files: Sequence[str | Path]) -> str:
    return ", ".join(str(file) for file in files)


def _by_ids(connection: Any, ids: Sequence[str]) -> list[dict[str, Any]]:
    return _rows(connection.execute("SELECT * FROM lineage WHERE id IN (SELECT unnest($1))", [list(ids)]))


def _rows(answer: Any) -> list[dict[str, Any]]:
    names = [column[0] for column in answer.description]
    return [dict(zip(names, row, strict=True)) for row in answer.fetchall()]


def _climb(connection: Any, record: dict[str, Any]) -> tuple[tuple[dict[str, Any], ...], tuple[str, ...]]:
    seen = {record["id"]}
    missing: list[str] = []
    found: list[dict[str, Any]] = []
    asked = [id_ for id_ in dict.fromkeys(record["parent_ids"] or ()) if id_ not in seen]
    steps = 1
    while asked and len(seen) < _MOST_STEPS:
        seen.update(asked)
        rows = {row["id"]: row for row in _by_ids(connection, asked)}
        missing += [id_ for id_ in asked if id_ not in rows]
        here = [rows[id_] | {"steps": steps} for id_ in asked if id_ in rows]
        found += here
        asked = [
            id_
            for id_ in dict.fromkeys(p for row in here for p in row["parent_ids"] or ())
            if id_ not in seen
        ]
        steps += 1
    return tuple(found), tuple(missing)


def _descend(connection: Any, id: str) -> tuple[dict[str, Any], ...]:
    seen = {id: 0}
    asked = [id]
    steps = 1
    # Read once, generation after generation asks it.
    connection.execute(
        "CREATE TEMP TABLE made AS SELECT id, parent_ids FROM lineage WHERE len(parent_ids) > 0"
    )
    while asked and len(seen) < _MOST_STEPS:
        answer = connection.execute(
            "SELECT id FROM made WHERE list_has_any(parent_ids, $1) LIMIT $2",
            [asked, _MOST_STEPS],
        )
        asked = [name for (name,) in answer.fetchall() if name not in seen]
        seen |= dict.fromkeys(asked, steps)
        steps += 1
    rows = {row["id"]: row for row in _by_ids(connection, list(seen)[1:])}
    return tuple(rows[name] | {"steps": steps} for name, steps in list(seen.items())[1:])
