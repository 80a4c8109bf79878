"""The store of answers: nothing is paid twice, nothing is given to whom it does not belong, and no kill breaks it."""

from __future__ import annotations

import os
import signal
import sqlite3
import subprocess
import sys
import textwrap
import threading
import time
from contextlib import closing
from dataclasses import replace

import pytest

from holdfast.backends.chats import Answer
from holdfast.backends.chats.store import VERSION, AnswerStore, Spent
from holdfast.errors import HoldfastError, InputError, OutputError

ANSWER = Answer(
    text="where is my card",
    finish_reason="stop",
    model="m",
    id="a-1",
    input_tokens=7,
    output_tokens=4,
    seconds=0.5,
    cost=0.25,
)
CUT = replace(ANSWER, text="where is", finish_reason="length")


def settle(store, key, outcome="answered", tokens=(7, 4), cost=None, answer=None):
    store.settle(key, outcome, input_tokens=tokens[0], output_tokens=tokens[1], cost_nano=cost, answer=answer)


@pytest.fixture
def path(tmp_path):
    return tmp_path / "answers.sqlite"


@pytest.mark.parametrize("kept", [True, False], ids=["file", "memory"])
def test_what_was_kept_comes_back_as_a_hit(path, kept):
    with AnswerStore(path if kept else None, run="a") as store:
        assert store.get("k") is None
        store.put("k", ANSWER)
        assert store.get("k") == replace(ANSWER, cache_hit=True)
        assert store.get("other") is None
    if kept:
        with AnswerStore(path, run="b") as store:
            assert store.get("k") == replace(ANSWER, cache_hit=True)


@pytest.mark.parametrize(
    "text",
    ["", "\0", "a\0b", "half \ud83d pair \udc00", "\U0001f600", "x" * 5_000_000, "\r\n\x1b[31m'; DROP TABLE"],
    ids=["empty", "nul", "nul inside", "surrogates", "astral", "megabytes", "controls"],
)
def test_any_text_survives(path, text):
    odd = replace(ANSWER, text=text, model=text[:20], id=text[:20], finish_reason=text[:20] or None)
    with AnswerStore(path, run="a") as store:
        store.put("k", odd)
    with AnswerStore(path, run="a") as store:
        assert store.get("k") == replace(odd, cache_hit=True)


def test_nobody_knows_stays_nobody_knows(path):
    bare = Answer(text="yes", finish_reason=None, model=None)
    with AnswerStore(path, run="a") as store:
        store.put("k", bare)
        assert store.get("k") == replace(bare, cache_hit=True)


def test_a_cut_answer_belongs_to_the_run_that_asked(path):
    with AnswerStore(path, run="a") as store:
        store.put("k", CUT)
    with AnswerStore(path, run="b") as store:
        assert store.get("k") is None
        store.put("k", ANSWER)
        assert store.get("k").text == ANSWER.text
    with AnswerStore(path, run="c") as store:
        assert store.get("k").text == ANSWER.text
    with AnswerStore(path, run="a") as store:
        assert store.get("k").text == CUT.text  # what it has worked with


def test_the_first_answer_stays(path):
    with AnswerStore(path, run="a") as store:
        store.put("k", ANSWER)
        store.put("k", replace(ANSWER, text="another"))
        assert store.get("k").text == ANSWER.text


def test_the_ledger_counts_sends_and_knows_what_nobody_told(path):
    with AnswerStore(path, run="a") as store:
        assert store.spent() == Spent()
        for key, outcome, tokens, cost in [
            ("k1", "limited", (None, None), None),
            ("k1", "answered", (7, 4), 250),
            ("k2", "timeout", (None, None), None),
            ("k2", "answered", (None, None), None),
            ("k3", "answered", (1, 0), 0),
        ]:
            store.begin(key, endpoint="http://here/v1")
            settle(store, key, outcome, tokens, cost)
        store.begin("k4", endpoint="http://here/v1")
        assert store.spent() == Spent(requests=6, input_tokens=8, output_tokens=4, cost_nano=250, unknown=2)
        assert store.unsettled() == 0
    with AnswerStore(path, run="b") as store:
        assert store.spent() == Spent()
        assert store.unsettled() == 0
    with AnswerStore(path, run="a") as store:
        # The one that was on its way when the program ended may have cost something.
        assert store.unsettled() == 1
        assert store.spent() == Spent(requests=6, input_tokens=8, output_tokens=4, cost_nano=250, unknown=3)
        store.begin("k4", endpoint="http://here/v1")
        settle(store, "k4")
        assert store.unsettled() == 1
        assert store.spent().requests == 7


def test_two_sends_of_one_key_settle_one_by_one(path):
    with AnswerStore(path, run="a") as store:
        store.begin("k", endpoint="e")
        store.begin("k", endpoint="e")
        settle(store, "k", "timeout", (None, None))
        settle(store, "k")
        assert store.spent() == Spent(requests=2, input_tokens=7, output_tokens=4, unknown=1)
        settle(store, "never begun", answer=ANSWER)
        assert store.spent().requests == 2
        assert store.get("never begun") is not None


@pytest.mark.parametrize("tokens", [-1, 2**60, 2**80])
def test_numbers_that_are_no_tokens_are_not_believed(path, tokens):
    with AnswerStore(path, run="a") as store:
        for _ in range(3):
            store.begin("k", endpoint="e")
            settle(store, "k", tokens=(tokens, tokens))
        assert store.spent() == Spent(requests=3, unknown=3)


def test_settled_and_kept_are_one(path):
    """A text that cannot be written leaves the send open, and nothing half-written."""
    with AnswerStore(path, run="a") as store:
        store.begin("k", endpoint="e")
        with pytest.raises(TypeError):
            settle(store, "k", answer=replace(ANSWER, id=object()))
        assert store.get("k") is None
        assert store.spent().input_tokens == 0
        settle(store, "k", answer=ANSWER)
        assert store.spent() == Spent(requests=1, input_tokens=7, output_tokens=4)


def test_it_is_quick(path):
    with AnswerStore(path, run="a") as store:
        begin = time.process_time()
        for number in range(4_000):
            store.put(f"sha256:{number:064x}", ANSWER)
        assert 4_000 / (time.process_time() - begin) > 5_000
        begin = time.process_time()
        for number in range(4_000):
            store.begin(f"sha256:{number:064x}", endpoint="http://127.0.0.1:8000/v1")
            settle(store, f"sha256:{number:064x}", answer=ANSWER)
        assert 4_000 / (time.process_time() - begin) > 2_500


def test_threads_share_it(path):
    with AnswerStore(path, run="a") as store:

        def work(name):
            for number in range(200):
                store.begin(f"{name}{number}", endpoint="e")
                settle(store, f"{name}{number}", answer=ANSWER)

        threads = [threading.Thread(target=work, args=(name,)) for name in "abcd"]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert store.spent().requests == 800
        assert store.spent().input_tokens == 5_600


KILLED = """
    import sys
    from pathlib import Path
    from holdfast.backends.chats import Answer
    from holdfast.backends.chats.store import AnswerStore

    store = AnswerStore(Path(sys.argv[1]), run="a")
    answer = Answer(text="x" * 300, finish_reason="stop", model="m")
    number = 0
    while True:
        store.begin(f"k{number}", endpoint="e")
        print(f"b{number}", flush=True)
        store.settle(f"k{number}", "answered", input_tokens=1, output_tokens=1, cost_nano=None, answer=answer)
        print(f"s{number}", flush=True)
        number += 1
"""


def test_a_kill_loses_what_was_on_its_way_and_nothing_else(path):
    run = [sys.executable, "-c", textwrap.dedent(KILLED), str(path)]
    with subprocess.Popen(run, stdout=subprocess.PIPE, text=True) as child:  # noqa: S603 - this Python
        said = [child.stdout.readline().strip() for _ in range(201)]
        os.kill(child.pid, signal.SIGKILL)
        said += child.stdout.read().split()
    begun = sum(line.startswith("b") for line in said)
    settled = sum(line.startswith("s") for line in said)
    with AnswerStore(path, run="a") as store:
        # What was said to be written is there; at most one more was written and not yet said.
        assert begun <= store.spent().requests <= begun + 1
        kept = sum(store.get(f"k{number}") is not None for number in range(begun + 1))
        assert settled <= kept <= settled + 1
        assert store.unsettled() == store.spent().requests - kept


def test_one_program_at_a_time(path):
    with AnswerStore(path, run="a") as store:
        store.put("k", ANSWER)
        begin = time.monotonic()
        with pytest.raises(InputError, match="another program has the store") as error:
            AnswerStore(path, run="b")
        assert time.monotonic() - begin < 10
        assert str(path) in str(error.value)
        program = "import sys; from pathlib import Path; from holdfast.backends.chats.store import AnswerStore; AnswerStore(Path(sys.argv[1]), run='a')"
        done = subprocess.run(  # noqa: S603 - this Python
            [sys.executable, "-c", program, str(path)],
            capture_output=True,
            text=True,
            check=False,
        )
        assert "another program has the store" in done.stderr
        assert store.get("k") is not None
    with AnswerStore(path, run="b") as store:
        assert store.get("k") is not None


def test_another_file_is_refused_and_left_alone(path):
    for content in (b"id,text\n1,hello\n" * 100, b"SQLite format 3\0" + b"\xff" * 5_000):
        path.write_bytes(content)
        with pytest.raises(InputError, match=r"damaged|no store") as error:
            AnswerStore(path, run="a")
        assert "move it away" in str(error.value)
        assert path.read_bytes() == content
    path.unlink()
    with closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute("CREATE TABLE answers (key)")
    content = path.read_bytes()
    with pytest.raises(InputError, match="another program's"):
        AnswerStore(path, run="a")
    assert path.read_bytes() == content


def test_a_damaged_file_says_so_and_what_to_do(path):
    with AnswerStore(path, run="a") as store:
        for number in range(500):
            store.put(f"k{number}", replace(ANSWER, text="x" * 500))
    whole = path.read_bytes()
    path.write_bytes(whole[:8_192] + b"\xa5" * (len(whole) - 8_192))
    with pytest.raises(InputError, match="paid, again"), AnswerStore(path, run="a") as store:  # noqa: PT012 - wherever it is seen
        for number in range(500):
            store.get(f"k{number}")
        store.spent()


@pytest.mark.parametrize(
    "change", ["facts = '[]'", "facts = '{'", "facts = '{}'", "text = 5", "text = X'ff'"]
)
def test_facts_that_somebody_changed_are_told(path, change):
    with AnswerStore(path, run="a") as store:
        store.put("k", ANSWER)
    with closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute(f"UPDATE answers SET {change}")  # noqa: S608 - from above
    with AnswerStore(path, run="a") as store, pytest.raises(InputError, match="damaged"):
        store.get("k")


def test_a_missing_table_is_damage(path):
    AnswerStore(path, run="a").close()
    with closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute("DROP TABLE sends")
    with pytest.raises(InputError, match="no such table"):
        AnswerStore(path, run="a")


def test_a_later_form_is_refused(path):
    AnswerStore(path, run="a").close()
    with closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute(f"PRAGMA user_version = {VERSION + 1}")
    with pytest.raises(InputError, match="later release"):
        AnswerStore(path, run="a")


def test_a_place_that_cannot_be_written_is_told(tmp_path):
    with pytest.raises(OutputError, match="its folder is there"):
        AnswerStore(tmp_path / "nowhere" / "answers.sqlite", run="a")
    with pytest.raises(HoldfastError):
        AnswerStore(tmp_path, run="a")


def test_a_closed_store_says_so(path):
    store = AnswerStore(path, run="a")
    store.close()
    store.close()
    with pytest.raises(OutputError, match="closed"):
        store.put("k", ANSWER)
