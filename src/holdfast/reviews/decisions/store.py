"""The decisions of a queue in one SQLite file: what is said to be saved survives the end of the program, and of the power."""

from __future__ import annotations

import json
import sqlite3
import threading
from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Self

from holdfast.errors import InputError, OutputError
from holdfast.reviews.decisions.decision import Decision

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from pathlib import Path

VERSION = 1
_TABLES = (
    """CREATE TABLE decisions (
    seq INTEGER PRIMARY KEY AUTOINCREMENT,
    uuid TEXT NOT NULL UNIQUE,
    item INTEGER NOT NULL,
    reviewer TEXT NOT NULL,
    answers TEXT NOT NULL,
    seconds REAL,
    shown TEXT NOT NULL,
    at TEXT NOT NULL,
    takes_back TEXT
)""",
    "CREATE INDEX decisions_by_item ON decisions (item, reviewer, seq)",
    "CREATE INDEX decisions_by_reviewer ON decisions (reviewer, seq)",
    "CREATE UNIQUE INDEX decisions_taken_back ON decisions (takes_back) WHERE takes_back IS NOT NULL",
    "CREATE TRIGGER decisions_are_never_changed BEFORE UPDATE ON decisions BEGIN SELECT RAISE(ABORT, 'decisions are never changed'); END",
    "CREATE TRIGGER decisions_are_never_removed BEFORE DELETE ON decisions BEGIN SELECT RAISE(ABORT, 'decisions are never removed'); END",
)
_NAMES = "seq, uuid, item, reviewer, answers, seconds, shown, at, takes_back"
# What counts: the last of a person for an item that was not taken back. A decision that takes one back is not itself an answer.
_STANDING = f"""
SELECT {_NAMES} FROM decisions WHERE seq IN (
    SELECT max(seq) FROM decisions
    WHERE takes_back IS NULL AND uuid NOT IN (SELECT takes_back FROM decisions WHERE takes_back IS NOT NULL)
    GROUP BY item, reviewer
)"""  # noqa: S608 - names of our own
_WAIT = 10.0


class Decisions:
    """What was said about the items of a queue. May be used from several threads, and by several programs at once.

    Args:
        file: The database; it is made where there is none.
        read_only: Only look: nothing is made, and nothing can be added. Where there is no file, nothing was decided.

    Raises:
        InputError: The file is no store of decisions, or one of a later release.
        OutputError: It cannot be written.
    """

    def __init__(self, file: Path, *, read_only: bool = False) -> None:
        self._file = file
        self._read_only = read_only
        self._lock = threading.RLock()
        try:
            self._connection = self._connect()
            found = self._connection.execute("PRAGMA user_version").fetchone()[0]
            if found == 0:
                found = self._make()
        except sqlite3.OperationalError as error:
            raise OutputError(f"cannot be opened: {error}", where=str(file)) from error
        except sqlite3.DatabaseError as error:
            raise InputError(
                f"is no store of decisions: {error}", where=str(file), do="Restore it from a copy"
            ) from error
        if found > VERSION:
            self._connection.close()
            raise InputError(
                f"was written by a later release (form {found}, this one knows {VERSION})",
                where=str(file),
                do="Update holdfast",
            )

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Closes the file."""
        with self._lock:
            self._connection.close()

    def add(self, decision: Decision) -> Decision:
        """Adds a decision; it is on disk when this returns.

        A uuid that is there already is the same decision asked for again: what was saved first is returned.

        Raises:
            InputError: The uuid belongs to another decision, or what is taken back is none that this person may take back.
            OutputError: It could not be written.
        """
        return self.add_all([decision])[0]

    def add_all(self, decisions: Sequence[Decision]) -> list[Decision]:
        """Adds decisions, all or none, as `add` does each.

        Raises:
            InputError: As for `add`.
            OutputError: They could not be written.
        """
        if self._read_only:
            raise OutputError("is open for reading only", where=str(self._file))
        with self._lock:
            try:
                self._connection.execute("BEGIN IMMEDIATE")
                try:
                    saved = [self._add(one) for one in decisions]
                except BaseException:
                    self._connection.execute("ROLLBACK")
                    raise
                self._connection.execute("COMMIT")
            except sqlite3.Error as error:
                raise OutputError(f"a decision could not be saved: {error}", where=str(self._file)) from error
        return saved

    def standing(self, *, item: int | None = None, reviewer: str | None = None) -> list[Decision]:
        """What counts: of every person and item the last decision that was not taken back, in the order in which they were made.

        Args:
            item: Of this item only.
            reviewer: Of this person only.
        """
        return self._read(_STANDING, item, reviewer, 0)

    def all(self, *, item: int | None = None, reviewer: str | None = None, after: int = 0) -> list[Decision]:
        """Every event, in order, those that were taken back or said anew included.

        Args:
            item: Of this item only.
            reviewer: Of this person only.
            after: Only those behind this place.
        """
        return self._read(f"SELECT {_NAMES} FROM decisions WHERE true", item, reviewer, after)  # noqa: S608

    def find(self, uuid: str) -> Decision | None:
        """The event of this uuid, or None."""
        with self._lock:
            rows = self._connection.execute(
                f"SELECT {_NAMES} FROM decisions WHERE uuid = ?",  # noqa: S608
                (uuid,),
            ).fetchall()
        return next(iter(_decisions(rows)), None)

    def taken_back(self) -> set[str]:
        """Uuids of decisions that no longer count because their person took them back."""
        with self._lock:
            rows = self._connection.execute(
                "SELECT takes_back FROM decisions WHERE takes_back IS NOT NULL"
            ).fetchall()
        return {row[0] for row in rows}

    def _read(self, query: str, item: int | None, reviewer: str | None, after: int) -> list[Decision]:
        asked: list[tuple[str, Any]] = [("seq >", after)] if after else []
        asked += [("item =", item)] if item is not None else []
        asked += [("reviewer =", reviewer)] if reviewer is not None else []
        conditions = "".join(f" AND {name} ?" for name, _ in asked)
        with self._lock:
            try:
                rows = self._connection.execute(
                    f"{query}{conditions} ORDER BY seq", [value for _, value in asked]
                ).fetchall()
                return list(_decisions(rows))
            except (sqlite3.DatabaseError, ValueError) as error:
                raise InputError(
                    f"is damaged: {error}", where=str(self._file), do="Restore it from a copy"
                ) from error

    def _add(self, decision: Decision) -> Decision:
        answers, shown = _text(decision.answers), _text(decision.shown)
        saved = self.find(decision.uuid)
        if saved is not None:
            if (saved.item, saved.reviewer, _text(saved.answers), saved.takes_back) != (
                decision.item,
                decision.reviewer,
                answers,
                decision.takes_back,
            ):
                raise InputError(
                    "another decision has this uuid", where=decision.uuid, do="Give each decision its own"
                )
            return saved
        if decision.takes_back is not None:
            self._check_taken_back(decision)
        at = decision.at or datetime.now(UTC).isoformat(timespec="milliseconds")
        seq = self._connection.execute(
            "INSERT INTO decisions (uuid, item, reviewer, answers, seconds, shown, at, takes_back) VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
            (
                decision.uuid,
                decision.item,
                decision.reviewer,
                answers,
                decision.seconds,
                shown,
                at,
                decision.takes_back,
            ),
        ).lastrowid
        return replace(decision, seq=int(seq or 0), at=at)

    def _check_taken_back(self, decision: Decision) -> None:
        standing = self.standing(item=decision.item, reviewer=decision.reviewer)
        if decision.takes_back not in {one.uuid for one in standing}:
            raise InputError(
                f"{decision.reviewer} has no decision about item {decision.item} of this uuid that counts",
                where=str(decision.takes_back),
            )

    def _connect(self) -> sqlite3.Connection:
        if not self._read_only:
            connection = sqlite3.connect(
                self._file, timeout=_WAIT, isolation_level=None, check_same_thread=False
            )
            connection.execute("PRAGMA journal_mode = WAL")
            # A power cut must not lose what a page said was saved.
            connection.execute("PRAGMA synchronous = FULL")
            return connection
        if not self._file.exists():
            return sqlite3.connect(":memory:", isolation_level=None, check_same_thread=False)
        address = self._file.resolve().as_uri()
        connection = sqlite3.connect(
            f"{address}?mode=ro", uri=True, timeout=_WAIT, isolation_level=None, check_same_thread=False
        )
        try:
            connection.execute("PRAGMA user_version").fetchone()
        except sqlite3.OperationalError:
            # In a folder that cannot be written there is no room for the index of the log: nobody else writes there either.
            connection.close()
            connection = sqlite3.connect(
                f"{address}?mode=ro&immutable=1", uri=True, isolation_level=None, check_same_thread=False
            )
        return connection

    def _make(self) -> int:
        if self._read_only and self._file.exists():
            raise sqlite3.DatabaseError("it holds no decisions")
        self._connection.execute("BEGIN IMMEDIATE")
        try:
            # Another program may have been quicker.
            (found,) = self._connection.execute("PRAGMA user_version").fetchone()
            if found == 0:
                for statement in _TABLES:
                    self._connection.execute(statement)
                self._connection.execute(f"PRAGMA user_version = {VERSION}")
        except BaseException:
            self._connection.execute("ROLLBACK")
            raise
        self._connection.execute("COMMIT")
        return VERSION if found == 0 else int(found)


def _text(value: dict[str, Any]) -> str:
    # Half of a surrogate pair is no UTF-8, and a person can paste one: it is kept as an escape.
    return json.dumps(value, allow_nan=False, ensure_ascii=True)


def _decisions(rows: Iterable[tuple[Any, ...]]) -> Iterable[Decision]:
    for seq, uuid, item, reviewer, answers, seconds, shown, at, takes_back in rows:
        yield Decision(
            seq=seq,
            uuid=uuid,
            item=item,
            reviewer=reviewer,
            answers=json.loads(answers),
            seconds=seconds,
            shown=json.loads(shown),
            at=at,
            takes_back=takes_back,
        )
