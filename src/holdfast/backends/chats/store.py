"""The store of answers: what was sent is written down before it is sent, what came back before it is used.

One SQLite file with two tables: `answers`, by the key of their request, and `sends`, the ledger. A program that is killed loses what
was on its way and nothing else. A cut answer is given to the run that asked for it alone, which must not pay twice; another run asks
anew. Failures are no answers. Neither table has a place for keys, headers or prompts.
"""

from __future__ import annotations

import json
import secrets
import sqlite3
import threading
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Self

from holdfast.backends.chats.chat import Answer
from holdfast.errors import InputError, OutputError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path
    from types import TracebackType

VERSION = 1
ANSWERED = "answered"
"""The outcome of a send that brought an answer; other outcomes are the kinds of `Trouble`."""
_MARK = 0x686F6C64
"""`hold`, by which SQLite files are told apart (PRAGMA application_id)."""
_TABLES = (
    """CREATE TABLE answers (
    key TEXT NOT NULL,
    owner TEXT NOT NULL, -- the run that alone may read it, for a cut answer; empty for all
    text BLOB NOT NULL, -- UTF-8, in which half surrogate pairs may stand
    facts TEXT NOT NULL,
    PRIMARY KEY (key, owner)
)""",
    """CREATE TABLE sends (
    number INTEGER PRIMARY KEY,
    run TEXT NOT NULL,
    process TEXT NOT NULL,
    key TEXT NOT NULL,
    endpoint TEXT NOT NULL,
    at TEXT NOT NULL DEFAULT (strftime('%Y-%m-%dT%H:%M:%fZ', 'now')),
    outcome TEXT,
    input_tokens INTEGER,
    output_tokens INTEGER,
    cost_nano INTEGER
)""",
    "CREATE INDEX sends_by_run ON sends (run)",
)
_FACTS = ("finish_reason", "model", "id", "input_tokens", "output_tokens", "seconds", "cost")
_FREE = ("limited", "unreachable", "unavailable", "refused", "key", "missing", "budget", "waiting")
"""Outcomes of which nobody asks money; a send that was cut off (`timeout`, `unreadable`, `empty`) may have cost its tokens."""
_WAIT = 2.0
_LARGEST = 2**48
"""Larger numbers of tokens are nobody's, and their sum would not fit."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Spent:
    """What a run has spent, over all processes that worked on it.

    Attributes:
        requests: Requests that were sent, retries included; one that waits in a batch file counts when it comes back.
        input_tokens: Tokens of prompts, as far as they were told.
        output_tokens: Tokens of answers, as far as they were told.
        cost_nano: Billionths of the recipe's currency, as far as they are known.
        unknown: Sends that may have cost tokens of which nobody told: never settled, or settled without them.
    """

    requests: int = 0
    input_tokens: int = 0
    output_tokens: int = 0
    cost_nano: int = 0
    unknown: int = 0


class AnswerStore:
    """Answers and the ledger of one run, in a file that one program at a time holds.

    Threads may share it.

    Args:
        path: The file; it is made where there is none. None keeps everything in memory.
        run: The run that asks.

    Raises:
        InputError: The file is none of ours, is damaged, of a later release, or another program has it open.
        OutputError: It cannot be made or written.

    >>> with AnswerStore(None, run="today") as store:
    ...     store.begin("k", endpoint="here")
    ...     store.settle("k", "answered", input_tokens=3, output_tokens=1, cost_nano=None,
    ...                  answer=Answer(text="yes", finish_reason="stop", model="m"))
    ...     store.get("k").text, store.spent().requests
    ('yes', 1)
    """

    def __init__(self, path: Path | None, *, run: str) -> None:
        self._where = "memory" if path is None else str(path)
        self._run = run
        self._process = secrets.token_hex(8)
        self._lock = threading.Lock()
        self._open: dict[str, list[int]] = {}
        with self._explained():
            self._connection = sqlite3.connect(
                ":memory:" if path is None else path,
                timeout=_WAIT,
                isolation_level=None,
                check_same_thread=False,
            )
            try:
                self._prepare()
            except BaseException:
                self._connection.close()
                raise

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Closes the file; a second time does nothing."""
        with self._lock:
            self._connection.close()

    def get(self, key: str) -> Answer | None:
        """The answer to a request, or None where it is to be asked for; `cache_hit` is set, cost and tokens are those of then.

        Raises:
            InputError: The file is damaged.
        """
        # A run's own cut answer comes first: it is what the run has worked with.
        rows = self._do(
            "SELECT text, facts FROM answers WHERE key = ? AND owner IN ('', ?) ORDER BY owner DESC LIMIT 1",
            key,
            self._run,
        )
        if not rows:
            return None
        try:
            text, facts = rows[0][0].decode("utf-8", "surrogatepass"), json.loads(rows[0][1])
            return Answer(text=text, cache_hit=True, **{name: facts[name] for name in _FACTS})
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            raise self._damaged(f"the answer to {key:.20} cannot be read") from error

    def begin(self, key: str, *, endpoint: str) -> None:
        """Writes down that a request is about to be sent.

        Args:
            key: Of the request.
            endpoint: Who is asked, without a secret.

        Raises:
            OutputError: It cannot be written.
        """
        with self._lock, self._explained():
            cursor = self._connection.execute(
                "INSERT INTO sends (run, process, key, endpoint) VALUES (?, ?, ?, ?)",
                (self._run, self._process, key, endpoint),
            )
            self._open.setdefault(key, []).append(int(cursor.lastrowid or 0))

    def settle(
        self,
        key: str,
        outcome: str,
        *,
        input_tokens: int | None,
        output_tokens: int | None,
        cost_nano: int | None,
        answer: Answer | None = None,
    ) -> None:
        """Writes down how a send ended, and what it brought: both, or neither.

        Args:
            key: Of the request.
            outcome: `answered`, or the kind of trouble.
            input_tokens: Tokens of the prompt, or None where nobody says.
            output_tokens: Tokens of the answer, or None where nobody says.
            cost_nano: Billionths of the recipe's currency, or None.
            answer: What came back, to be kept.

        Raises:
            OutputError: It cannot be written.
        """
        with self._lock, self._explained(), self._transaction():
            numbers = self._open.get(key)
            if numbers:
                self._connection.execute(
                    "UPDATE sends SET outcome = ?, input_tokens = ?, output_tokens = ?, cost_nano = ? WHERE number = ?",
                    (outcome, _fits(input_tokens), _fits(output_tokens), _fits(cost_nano), numbers[0]),
                )
            if answer is not None:
                self._keep(key, answer)
        # Forgotten only once it is written: what could not be written is open still.
        if numbers:
            numbers.pop(0)
            if not numbers:
                del self._open[key]

    def put(self, key: str, answer: Answer) -> None:
        """Keeps an answer. The first one stays: it is what others have worked with.

        Raises:
            OutputError: It cannot be written.
        """
        with self._lock, self._explained():
            self._keep(key, answer)

    def spent(self) -> Spent:
        """What this run has spent so far; sends of this process that are on their way count as requests alone.

        Raises:
            InputError: The file is damaged.
        """
        marks = ", ".join("?" * len(_FREE))
        told = "input_tokens IS NOT NULL AND output_tokens IS NOT NULL"
        rows = self._do(
            f"""SELECT count(*), coalesce(sum(input_tokens), 0), coalesce(sum(output_tokens), 0), coalesce(sum(cost_nano), 0),
                coalesce(sum(CASE
                    WHEN outcome IS NULL THEN process <> ?
                    ELSE NOT ({told}) AND outcome NOT IN ({marks})
                END), 0)
                FROM sends WHERE run = ? AND outcome IS NOT 'waiting'""",  # noqa: S608 - question marks
            self._process,
            *_FREE,
            self._run,
        )
        names = ("requests", "input_tokens", "output_tokens", "cost_nano", "unknown")
        return Spent(**dict(zip(names, map(int, rows[0]), strict=True)))

    def unsettled(self) -> int:
        """Sends of an earlier process of this run of which nobody knows how they ended: that process was killed.

        Raises:
            InputError: The file is damaged.
        """
        rows = self._do(
            "SELECT count(*) FROM sends WHERE run = ? AND process <> ? AND outcome IS NULL",
            self._run,
            self._process,
        )
        return int(rows[0][0])

    def _keep(self, key: str, answer: Answer) -> None:
        self._connection.execute(
            "INSERT INTO answers (key, owner, text, facts) VALUES (?, ?, ?, ?) ON CONFLICT DO NOTHING",
            (
                key,
                self._run if answer.cut else "",
                answer.text.encode("utf-8", "surrogatepass"),
                json.dumps({name: getattr(answer, name) for name in _FACTS}),
            ),
        )

    def _do(self, statement: str, *values: Any) -> list[Any]:
        with self._lock, self._explained():
            return self._connection.execute(statement, values).fetchall()

    def _prepare(self) -> None:
        do = self._connection.execute
        # Held from the first look on, and let go of by the system when the program ends, however it does.
        do("PRAGMA locking_mode = EXCLUSIVE")
        (mark,), (version,) = do("PRAGMA application_id").fetchone(), do("PRAGMA user_version").fetchone()
        (tables,) = do("SELECT count(*) FROM sqlite_master").fetchone()
        if mark != _MARK and (mark or version or tables):
            raise InputError(
                "is no store of answers, but another program's SQLite file",
                where=self._where,
                do="Give another path",
            )
        if version > VERSION:
            raise InputError(
                f"was written by a later release (form {version}, this one knows {VERSION})",
                where=self._where,
                do="Update holdfast, or give another path",
            )
        do("PRAGMA journal_mode = WAL")
        # What is written survives the end of the program at once; a power cut may cost the last moments, never the file.
        do("PRAGMA synchronous = NORMAL")
        with self._transaction():
            if mark != _MARK:
                for statement in _TABLES:
                    do(statement)
                do(f"PRAGMA application_id = {_MARK}")
                do(f"PRAGMA user_version = {VERSION}")
            else:
                do("SELECT count(*) FROM (SELECT key, owner, text, facts FROM answers LIMIT 1)").fetchall()
                do("SELECT count(*) FROM (SELECT * FROM sends LIMIT 1)").fetchall()

    @contextmanager
    def _transaction(self) -> Iterator[None]:
        self._connection.execute("BEGIN IMMEDIATE")
        try:
            yield
            self._connection.execute("COMMIT")
        except BaseException:
            with suppress(sqlite3.Error):  # a full disk has ended it already
                self._connection.execute("ROLLBACK")
            raise

    @contextmanager
    def _explained(self) -> Iterator[None]:
        """Turns what SQLite raises into errors that say what to do."""
        try:
            yield
        except sqlite3.Error as error:
            code = getattr(error, "sqlite_errorcode", 0) & 0xFF
            if code in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED):
                raise InputError(
                    "another program has the store of answers open",
                    where=self._where,
                    do="Wait until it has ended, or let this run write elsewhere",
                ) from error
            # A file without our tables is one that somebody changed.
            if code in (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB, sqlite3.SQLITE_ERROR):
                raise self._damaged(str(error)) from error
            raise OutputError(
                f"the store of answers cannot be written: {error}",
                where=self._where,
                do="Check that its folder is there and may be written, and that the disk has room",
            ) from error

    def _damaged(self, what: str) -> InputError:
        return InputError(
            f"is damaged, or no store of answers: {what}",
            where=self._where,
            do="Restore it from a copy, or move it away; what is not in it is asked for, and paid, again",
        )


def _fits(number: int | None) -> int | None:
    """What a server says of tokens, where a file can hold it."""
    return number if number is None or 0 <= number <= _LARGEST else None
