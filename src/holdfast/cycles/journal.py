"""Journal: what happened in a project, in one transactional file. Events are added, and never changed.

A verdict, a waiver or an approval is an event that names the snapshot it is about. The snapshot itself stays what it is.
"""

from __future__ import annotations

import json
import sqlite3
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from holdfast.errors import InputError, OutputError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

VERSION = 1
_TABLES = """
CREATE TABLE events (
    number INTEGER PRIMARY KEY AUTOINCREMENT,
    at TEXT NOT NULL,
    kind TEXT NOT NULL,
    cycle INTEGER,
    stage TEXT,
    snapshot TEXT,
    by TEXT,
    body TEXT NOT NULL
);
CREATE INDEX events_by_kind ON events (kind, number);
CREATE INDEX events_by_snapshot ON events (snapshot);
CREATE TRIGGER events_are_never_changed BEFORE UPDATE ON events BEGIN SELECT RAISE(ABORT, 'events are never changed'); END;
CREATE TRIGGER events_are_never_removed BEFORE DELETE ON events BEGIN SELECT RAISE(ABORT, 'events are never removed'); END;
"""
_WAIT = 10.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """Something that happened.

    Attributes:
        number: Its place among all events of the project, counted from 1.
        at: When, UTC, ISO 8601.
        kind: What: `stage_began`, `stage_ended`, `gate`, `snapshot`, `model`, `current`, `approval`, `waiver` ...
        cycle: In which cycle, or None.
        stage: In which stage, or None.
        snapshot: The snapshot it is about, or None.
        by: The person who did it, or None where nobody was asked.
        body: Everything else.
    """

    number: int
    at: str
    kind: str
    cycle: int | None
    stage: str | None
    snapshot: str | None
    by: str | None
    body: dict[str, Any]


class Journal:
    """The events of a project.

    Args:
        file: The database; it is made where there is none.

    Raises:
        InputError: The file is no journal, or one of a later release.
        OutputError: It cannot be written.
    """

    def __init__(self, file: Path) -> None:
        self._file = file
        try:
            self._connection = sqlite3.connect(file, timeout=_WAIT, isolation_level=None)
            # A power cut must not lose what was said to be written.
            self._connection.execute("PRAGMA synchronous = FULL")
            with self._transaction():
                (found,) = self._connection.execute("PRAGMA user_version").fetchone()
                if found == 0:
                    for statement in _statements(_TABLES):
                        self._connection.execute(statement)
                    self._connection.execute(f"PRAGMA user_version = {VERSION}")
        except sqlite3.OperationalError as error:
            raise OutputError(f"cannot be opened: {error}", where=str(file)) from error
        except sqlite3.DatabaseError as error:
            raise InputError(
                f"is no journal of a project: {error}", where=str(file), do="Restore it from a copy"
            ) from error
        if found > VERSION:
            raise InputError(
                f"was written by a later release (form {found}, this one knows {VERSION})",
                where=str(file),
                do="Update holdfast",
            )

    def close(self) -> None:
        """Closes the file."""
        self._connection.close()

    def add(
        self,
        kind: str,
        *,
        cycle: int | None = None,
        stage: str | None = None,
        snapshot: str | None = None,
        by: str | None = None,
        **body: Any,
    ) -> Event:
        """Adds an event; it is on disk when this returns.

        Raises:
            OutputError: It could not be written.
        """
        at = datetime.now(UTC).isoformat(timespec="milliseconds")
        text = json.dumps(body, allow_nan=False, ensure_ascii=False)
        try:
            with self._transaction():
                number = self._connection.execute(
                    "INSERT INTO events (at, kind, cycle, stage, snapshot, by, body) VALUES (?, ?, ?, ?, ?, ?, ?)",
                    (at, kind, cycle, stage, snapshot, by, text),
                ).lastrowid
        except sqlite3.Error as error:
            raise OutputError(f"an event could not be written: {error}", where=str(self._file)) from error
        return Event(
            number=int(number or 0),
            at=at,
            kind=kind,
            cycle=cycle,
            stage=stage,
            snapshot=snapshot,
            by=by,
            body=json.loads(text),
        )

    def events(
        self,
        *kinds: str,
        cycle: int | None = None,
        stage: str | None = None,
        snapshot: str | None = None,
    ) -> list[Event]:
        """Events in their order.

        Args:
            kinds: Of these kinds; without any, of all.
            cycle: Of this cycle.
            stage: Of this stage.
            snapshot: About this snapshot.

        Raises:
            InputError: The file is damaged.
        """
        wanted = [("cycle", cycle), ("stage", stage), ("snapshot", snapshot)]
        asked = [(name, value) for name, value in wanted if value is not None]
        conditions = [f"{name} = ?" for name, _ in asked]
        if kinds:
            conditions.append(f"kind IN ({', '.join('?' * len(kinds))})")
        where = f" WHERE {' AND '.join(conditions)}" if conditions else ""
        try:
            rows = self._connection.execute(
                f"SELECT number, at, kind, cycle, stage, snapshot, by, body FROM events{where} ORDER BY number",  # noqa: S608 - names of our own
                [*(value for _, value in asked), *kinds],
            ).fetchall()
            return [
                Event(**dict(zip(_NAMES, row[:-1], strict=True)), body=json.loads(row[-1])) for row in rows
            ]
        except (sqlite3.DatabaseError, ValueError) as error:
            raise InputError(
                f"is damaged: {error}", where=str(self._file), do="Restore it from a copy"
            ) from error

    @contextmanager
    def _transaction(self) -> Iterator[None]:
        self._connection.execute("BEGIN IMMEDIATE")
        try:
            yield
        except BaseException:
            self._connection.execute("ROLLBACK")
            raise
        self._connection.execute("COMMIT")


_NAMES = ("number", "at", "kind", "cycle", "stage", "snapshot", "by")


def _statements(script: str) -> list[str]:
    """Statements of a script; `executescript` would end the transaction."""
    found, part = [], ""
    for line in script.splitlines():
        part += line + "\n"
        if sqlite3.complete_statement(part):
            found.append(part)
            part = ""
    return found
