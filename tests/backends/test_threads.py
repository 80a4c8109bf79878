"""Several jobs at a time."""

import threading
import time

import pytest

from holdfast.backends.threads import count_threads, work_together
from holdfast.errors import UsageError


def test_answers_come_in_order_whoever_is_first():
    def ask(number):
        time.sleep(0.002 * (5 - number % 5))
        return number**2

    assert work_together(ask, range(20), threads=4) == [number**2 for number in range(20)]
    assert work_together(ask, [], threads=4) == []


def test_as_many_are_asked_at_once_as_there_are_threads():
    meeting = threading.Barrier(3, timeout=120)
    assert work_together(lambda _: meeting.wait() >= 0, range(3), threads=3) == [True] * 3


def test_a_failure_ends_the_asking_and_waits_only_a_moment():
    begun, ended = [], threading.Event()

    def ask(number):
        begun.append(number)
        if number == 1:
            raise KeyError(number)
        ended.wait(60)

    start = time.monotonic()
    with pytest.raises(KeyError):
        work_together(ask, range(100), threads=2)
    assert time.monotonic() - start < 30  # it is given two seconds to end well, and would take a minute
    ended.set()
    assert len(begun) <= 3


def test_the_environment_says_how_many_threads(monkeypatch):
    monkeypatch.setenv("HOLDFAST_THREADS", "3")
    assert count_threads() == 3
    monkeypatch.delenv("HOLDFAST_THREADS")
    assert 1 <= count_threads() <= 4
    for wrong in ("0", "many", "-1", "1e3"):
        monkeypatch.setenv("HOLDFAST_THREADS", wrong)
        with pytest.raises(UsageError, match="HOLDFAST_THREADS"):
            count_threads()
