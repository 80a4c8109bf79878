"""The journal: events are added, in order, and never changed; two processes do not mix theirs up."""

import sqlite3
import subprocess
import sys

import pytest

from holdfast.cycles.journal import Journal
from holdfast.cycles.lock import working_in
from holdfast.errors import InputError, OutputError


@pytest.fixture
def journal(tmp_path):
    found = Journal(tmp_path / "project.sqlite")
    yield found
    found.close()


def test_events_come_back_as_they_were_added(journal, tmp_path):
    journal.add("gate", cycle=1, stage="gate", snapshot="sha256:ab", verdict="fail", lost=["refund", "ä\n"])
    journal.add("approval", cycle=1, by="Ada", reason="looked at it")
    journal.add("gate", cycle=2, verdict="pass")
    other = Journal(tmp_path / "project.sqlite")
    first, second, third = other.events()
    other.close()
    assert first.body == {"verdict": "fail", "lost": ["refund", "ä\n"]}
    assert (first.cycle, first.stage, first.snapshot, first.by) == (1, "gate", "sha256:ab", None)
    assert second.by == "Ada"
    assert (first.number, second.number, third.number) == (1, 2, 3)
    assert first.at <= second.at <= third.at
    assert [event.number for event in journal.events("gate")] == [1, 3]
    assert [event.number for event in journal.events("gate", "approval", cycle=1)] == [1, 2]
    assert [event.number for event in journal.events(snapshot="sha256:ab")] == [1]


def test_nobody_changes_what_happened(journal, tmp_path):
    journal.add("gate", verdict="fail")
    connection = sqlite3.connect(tmp_path / "project.sqlite")
    for statement in ("UPDATE events SET body = '{}'", "DELETE FROM events"):
        with pytest.raises(sqlite3.IntegrityError, match="events are never"):
            connection.execute(statement)
    connection.close()
    assert journal.events()[0].body == {"verdict": "fail"}


def test_numbers_that_are_none_are_refused(journal):
    with pytest.raises(ValueError, match="not JSON compliant"):
        journal.add("gate", value=float("nan"))
    assert journal.events() == []


def test_files_that_are_no_journal(tmp_path):
    (tmp_path / "a.sqlite").write_bytes(b"hello " * 100)
    with pytest.raises(InputError, match="no journal"):
        Journal(tmp_path / "a.sqlite")
    connection = sqlite3.connect(tmp_path / "b.sqlite")
    connection.execute("PRAGMA user_version = 99")
    connection.close()
    with pytest.raises(InputError, match="later release"):
        Journal(tmp_path / "b.sqlite")
    with pytest.raises(OutputError):
        Journal(tmp_path / "missing/c.sqlite")


WRITER = """
import sys
from pathlib import Path
from holdfast.cycles.journal import Journal
journal = Journal(Path(sys.argv[1]))
for at in range(60):
    journal.add("tick", writer=sys.argv[2], at_=at)
"""


def test_two_writers_lose_nothing(tmp_path):
    file = tmp_path / "project.sqlite"
    writers = [
        subprocess.Popen([sys.executable, "-c", WRITER, str(file), name])  # noqa: S603 - a program written above
        for name in "ab"
    ]
    assert [writer.wait() for writer in writers] == [0, 0]
    journal = Journal(file)
    for name in "ab":
        assert [e.body["at_"] for e in journal.events() if e.body["writer"] == name] == list(range(60))
    journal.close()


HOLDER = """
import sys, time
from pathlib import Path
from holdfast.cycles.lock import working_in
with working_in(Path(sys.argv[1])):
    print("held", flush=True)
    time.sleep(60)
"""


def test_a_second_process_is_refused_and_told_who_is_there(tmp_path):
    holder = subprocess.Popen(  # noqa: S603 - a program written above
        [sys.executable, "-c", HOLDER, str(tmp_path)], stdout=subprocess.PIPE, text=True
    )
    assert holder.stdout.readline() == "held\n"
    with pytest.raises(OutputError, match=f"another process works in this project: {holder.pid} on"):
        working_in(tmp_path).__enter__()
    holder.kill()
    holder.wait()
    holder.stdout.close()
    with working_in(tmp_path):  # a killed process leaves no lock
        pass
    with working_in(tmp_path):
        pass


def test_rubbish_in_the_lock_file_is_no_holder(tmp_path):
    (tmp_path / "lock").write_bytes(b"\xff{" * 3_000)
    with working_in(tmp_path), pytest.raises(OutputError, match="another process"):
        working_in(tmp_path).__enter__()
