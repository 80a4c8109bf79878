"""Decisions: what is said to be saved is saved, once, and counts until it is taken back."""

import os
import random
import signal
import sqlite3
import subprocess
import sys
import threading
import time
from dataclasses import replace
from pathlib import Path

import pytest

from holdfast.errors import InputError, OutputError
from holdfast.reviews.decisions.decision import Decision
from holdfast.reviews.decisions.store import VERSION, Decisions

SCRIPT = Path(__file__).parent / "scripted_reviewer.py"


def said(uuid, item=0, reviewer="ada", verdict="accept", **more):
    return Decision(uuid=uuid, item=item, reviewer=reviewer, answers={"verdict": verdict}, **more)


def back(uuid, of, item=0, reviewer="ada"):
    return Decision(uuid=uuid, item=item, reviewer=reviewer, takes_back=of)


@pytest.fixture
def store(tmp_path):
    with Decisions(tmp_path / "decisions.sqlite") as opened:
        yield opened


def test_a_decision_comes_back_as_it_was(store, tmp_path):
    given = Decision(
        uuid="u1",
        item=7,
        reviewer="Ada Løvelace 🧟",
        answers={"verdict": "edit", "edited": "nul \x00, half \ud800, =1+1", "tags": ["a", "b"]},
        seconds=2.5,
        shown={"left": "b", "suggestion": "hidden"},
    )
    saved = store.add(given)
    assert saved == replace(given, seq=1, at=saved.at)
    assert saved.at.endswith("+00:00")
    with Decisions(tmp_path / "decisions.sqlite", read_only=True) as other:
        assert other.all() == [saved] == other.standing()
        assert other.find("u1") == saved
        assert other.find("u2") is None
    given = replace(given, uuid="u2", at="2026-01-01T00:00:00+00:00")
    assert store.add(given).at == given.at  # what comes from elsewhere keeps its time


def test_the_same_uuid_is_one_decision(store):
    first = store.add(said("u1", seconds=1.0))
    assert store.add(said("u1", seconds=9.0)) == first
    assert len(store.all()) == 1
    for other in (
        said("u1", verdict="reject"),
        said("u1", item=1),
        said("u1", reviewer="ben"),
        back("u1", "u1"),
    ):
        with pytest.raises(InputError, match="another decision"):
            store.add(other)
    assert store.all() == [first]


def test_the_last_of_a_person_counts_and_nobody_speaks_for_another(store):
    store.add(said("a1", verdict="accept"))
    store.add(said("b1", verdict="accept", reviewer="ben"))
    store.add(said("a2", verdict="reject"))
    store.add(said("a3", item=1))
    assert [one.uuid for one in store.standing()] == ["b1", "a2", "a3"]
    assert [one.uuid for one in store.standing(item=0)] == ["b1", "a2"]
    assert [one.uuid for one in store.standing(reviewer="ada")] == ["a2", "a3"]
    assert [one.uuid for one in store.all(after=2)] == ["a2", "a3"]


def test_what_is_taken_back_counts_no_longer_and_stays_in_the_record(store):
    store.add(said("a1", verdict="accept"))
    store.add(said("a2", verdict="reject"))
    store.add(back("a3", "a2"))
    assert [one.uuid for one in store.standing()] == ["a1"]
    assert store.add(back("a3", "a2")).seq == 3
    store.add(back("a4", "a1"))
    assert store.standing() == []
    assert [one.uuid for one in store.all()] == ["a1", "a2", "a3", "a4"]
    assert store.taken_back() == {"a1", "a2"}
    store.add(said("a5"))
    assert [one.uuid for one in store.standing()] == ["a5"]


@pytest.mark.parametrize(
    "wrong", [back("x", "nothing"), back("x", "a1", reviewer="ben"), back("x", "a1", item=1)]
)
def test_only_what_one_said_oneself_can_be_taken_back(store, wrong):
    store.add(said("a1"))
    with pytest.raises(InputError, match="that counts"):
        store.add(wrong)
    assert len(store.all()) == 1


def test_several_are_added_all_or_none(store):
    with pytest.raises(InputError):
        store.add_all([said("a1"), said("a2", item=1), back("a3", "nothing")])
    assert store.all() == []
    assert [one.seq for one in store.add_all([said("a1"), said("a2", item=1)])] == [1, 2]


def test_nothing_is_changed_or_removed(store, tmp_path):
    store.add(said("a1"))
    with sqlite3.connect(tmp_path / "decisions.sqlite") as raw:
        for statement in ("UPDATE decisions SET reviewer = 'eve'", "DELETE FROM decisions"):
            with pytest.raises(sqlite3.IntegrityError, match="never"):
                raw.execute(statement)
    raw.close()


def test_looking_makes_nothing_and_adds_nothing(tmp_path):
    file = tmp_path / "decisions.sqlite"
    with Decisions(file, read_only=True) as looked:
        assert looked.all() == looked.standing() == []
        with pytest.raises(OutputError, match="reading only"):
            looked.add(said("a1"))
    assert list(tmp_path.iterdir()) == []


def test_what_is_no_store_is_refused(tmp_path):
    file = tmp_path / "decisions.sqlite"
    file.write_bytes(b"nothing of the kind, and long enough to be looked at as a database file" * 20)
    with pytest.raises(InputError, match="no store of decisions"):
        Decisions(file)
    later = tmp_path / "later.sqlite"
    with sqlite3.connect(later) as raw:
        raw.execute(f"PRAGMA user_version = {VERSION + 1}")
    raw.close()
    with pytest.raises(InputError, match="later release"):
        Decisions(later)


def test_several_threads_and_connections_write_at_once(tmp_path):
    file = tmp_path / "decisions.sqlite"
    shared = Decisions(file)

    def write(who, store):
        for number in range(25):
            store.add(said(f"{who}-{number}", item=number, reviewer=who))

    own = Decisions(file)
    threads = [
        threading.Thread(target=write, args=arguments)
        for arguments in (("ada", shared), ("ben", shared), ("eve", own))
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(shared.standing()) == 75
    assert [one.seq for one in own.all()] == list(range(1, 76))
    shared.close()
    own.close()


def test_nothing_that_was_confirmed_is_lost_when_the_program_is_killed(tmp_path):
    file = tmp_path / "decisions.sqlite"
    rng = random.Random(5)  # noqa: S311 - when to strike
    confirmed: list[str] = []
    for round_ in range(10):
        before = len(confirmed)
        with subprocess.Popen(  # noqa: S603 - this Python and a program beside this test
            [sys.executable, str(SCRIPT), str(file), str(round_ * 100_000)], stdout=subprocess.PIPE, text=True
        ) as process:
            confirmed.append(process.stdout.readline().strip())  # it has begun
            time.sleep(rng.uniform(0.0, 0.2))
            os.kill(process.pid, signal.SIGKILL)
            confirmed += [line.strip() for line in process.stdout if line.endswith("\n")]
        assert process.returncode == -signal.SIGKILL
        assert len(confirmed) > before
        with Decisions(file) as store:
            found = {one.uuid for one in store.all()}
            assert set(confirmed) <= found
            # What was not confirmed and is there nevertheless is at most the one that was being saved.
            assert len(found) - len(set(confirmed)) <= round_ + 1
            taken = store.taken_back()
            assert {one.uuid for one in store.standing()}.isdisjoint(taken)
    assert len(confirmed) > 20
