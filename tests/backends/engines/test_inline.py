"""Here, in threads: the engine that others are held against."""

import signal
import subprocess
import sys
import textwrap
import threading
import time
from dataclasses import dataclass, field
from importlib.util import find_spec
from pathlib import Path

import engine_jobs as jobs
import numpy as np
import pytest
from engine_jobs import Rows

from holdfast.backends.engines.arrays import owned, write_protected
from holdfast.backends.engines.engine import AHEAD, check_work, failures
from holdfast.backends.engines.inline import InlineEngine
from holdfast.backends.engines.opening import open_engine
from holdfast.errors import HoldfastError, InputError, UsageError


def rows(count, **given):
    return [Rows(start=start, stop=start + 1, **given) for start in range(count)]


@pytest.mark.parametrize("threads", [1, 2, 5])
def test_answers_come_in_the_order_of_the_jobs(world, blocks, threads):
    with InlineEngine(threads=threads) as engine:
        assert list(engine.map(jobs.late, rows(20), world)) == [(place, place) for place in range(20)]
        found = list(engine.map(jobs.add_up, blocks, world))
        assert list(engine.map(jobs.add_up, [], world)) == []
    assert [place for place, _ in found] == list(range(20))
    assert np.array_equal(np.concatenate([answer["rows"] for _, answer in found]), world.numbers * 2)
    assert engine.retried == 0
    assert engine.notes == ()


def test_no_job_is_taken_long_before_its_turn(world):
    taken = []

    def endless():
        for number in range(10**9):
            taken.append(number)
            yield Rows(start=number, stop=number + 1)

    with InlineEngine(threads=2) as engine:
        answers = engine.map(jobs.late, endless(), world)
        for place, _ in answers:
            assert len(taken) <= place + 1 + AHEAD * 2
            if place == 30:
                break
        answers.close()
    assert len(taken) < 40


def test_progress_counts_answers(world):
    told = []
    with InlineEngine(threads=2) as engine:
        for _ in engine.map(jobs.late, rows(3), world, progress=lambda *said: told.append(said)):
            pass
        for _ in engine.map(jobs.late, iter(rows(2)), world, progress=lambda *said: told.append(said)):
            pass
    assert told == [(1, 3), (2, 3), (3, 3), (1, None), (2, None)]


@pytest.mark.parametrize("threads", [1, 3])
def test_the_first_refusal_in_the_order_of_jobs_ends_the_run(world, threads):
    given = []
    with InlineEngine(threads=threads) as engine, pytest.raises(InputError) as caught:
        given.extend(answer for _, answer in engine.map(jobs.refuse, rows(1_000), world))
    assert caught.value.where == "rows.jsonl:3"
    assert given == [0, 1, 2]
    assert engine.retried == 0


@pytest.mark.parametrize("threads", [1, 3])
def test_other_failures_are_tried_again_and_told(world, blocks, tmp_path, threads):
    stumbling = [Rows(start=0, stop=50, marker=str(tmp_path / "stumbled")), *blocks[1:]]
    with InlineEngine(threads=threads) as engine:
        found = list(engine.map(jobs.stumble_once, stumbling, world))
        assert engine.retried == 1
        assert "job 0 was done again: OSError: the network is gone" in engine.notes
        same_answers(found, list(engine.map(jobs.add_up, blocks, world)))
        said = "1 job was done again after a failure (OSError: the network is gone); every block was read"
        assert [note.startswith(said) for note in failures(engine)] == [True]
        with pytest.raises(KeyError):
            list(engine.map(jobs.break_down, rows(1, marker=str(tmp_path / "count")), world))
    assert (tmp_path / "count").read_text() == "xxxx"
    assert engine.retried == 4
    with engine:  # opened again, it begins to count anew
        assert engine.retried == 0
        assert failures(engine) == failures(None) == ()


def same_answers(found, expected):
    assert len(found) == len(expected)
    for (place, answer), (other, reference) in zip(found, expected, strict=True):
        assert place == other
        assert list(answer) == list(reference)
        for name, value in answer.items():
            assert np.array_equal(value, reference[name])


@pytest.mark.parametrize("threads", [1, 2])
def test_nobody_writes_to_what_is_shared(world, threads):
    before = world.numbers.copy()
    with InlineEngine(threads=threads) as engine, pytest.raises(ValueError, match="read-only"):
        list(engine.map(jobs.scribble, rows(1), world))
    assert np.array_equal(world.numbers, before)
    assert world.numbers.flags.writeable


def test_work_is_found_by_its_name(world):
    with InlineEngine(threads=1) as engine, pytest.raises(TypeError, match="top of a module"):
        engine.map(lambda shared, job: job, [1], world)
    with pytest.raises(TypeError, match="top of a module"):
        check_work(test_work_is_found_by_its_name.__get__(1))
    check_work(jobs.add_up)


def test_an_answer_that_nobody_waits_for_keeps_nobody(world):
    before = threading.active_count()
    start = time.monotonic()
    with InlineEngine(threads=2) as engine:
        answers = engine.map(jobs.late, rows(10_000), world)
        next(answers)
        answers.close()
    assert time.monotonic() - start < 5
    end = time.monotonic() + 5
    while threading.active_count() > before and time.monotonic() < end:
        time.sleep(0.01)
    assert threading.active_count() <= before


PROGRAM = """
    import signal, sys
    # Whoever started the tests in the background has interrupts ignored, and so do we then.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    sys.path.insert(0, {here!r})
    import engine_jobs as jobs
    import numpy as np
    from holdfast.backends.engines import InlineEngine

    world = jobs.World(numbers=np.zeros(3))
    try:
        with InlineEngine(threads=2) as engine:
            for _ in engine.map(jobs.slow, [jobs.Rows(start=0, stop=1, marker={folder!r})] * 9, world):
                pass
    except KeyboardInterrupt:
        print("interrupted")
        sys.exit(130)
    """


def test_an_interrupt_waits_for_nobody(tmp_path):
    program = textwrap.dedent(PROGRAM.format(here=str(Path(__file__).parent), folder=str(tmp_path)))
    running = subprocess.Popen(  # noqa: S603 - this Python and a program written above
        [sys.executable, "-c", program], stdout=subprocess.PIPE, text=True
    )
    while not list(tmp_path.iterdir()) and running.poll() is None:
        time.sleep(0.05)
    running.send_signal(signal.SIGINT)
    said, _ = running.communicate(timeout=30)
    assert (running.returncode, said) == (130, "interrupted\n")


def test_a_failure_of_the_list_of_jobs_is_raised(world):
    def broken():
        yield Rows(start=0, stop=1)
        raise InputError("ends here", where="a:1")

    with InlineEngine(threads=2) as engine, pytest.raises(InputError, match="ends here"):
        list(engine.map(jobs.late, broken(), world))


def test_engines_are_opened_by_their_word():
    assert isinstance(open_engine("inline", workers=3), InlineEngine)
    assert open_engine("inline", workers=3).workers == 3
    with pytest.raises(UsageError, match="ray"):
        open_engine("rey")
    with pytest.raises(UsageError, match="address"):
        open_engine("inline", address="auto")
    with pytest.raises(UsageError, match="threads"):
        open_engine("inline", workers=0)
    if find_spec("ray") is None:
        with pytest.raises(HoldfastError, match=r"holdfast\[ray\]"), open_engine("ray"):
            pass
    with pytest.raises(UsageError, match="workers"):
        open_engine("ray", workers=0)


@dataclass(frozen=True)
class Nested:
    numbers: np.ndarray
    others: tuple = ()
    twice: np.ndarray | None = None
    late: int = field(init=False, default=7)


def test_arrays_are_protected_and_owned_wherever_they_stand():
    numbers = np.arange(3)
    given = Nested(numbers=numbers, others=([numbers], {"a": (numbers, "b")}, ("a", 1)), twice=numbers)
    shared = write_protected(given)
    assert shared.numbers is shared.twice is shared.others[0][0] is shared.others[1]["a"][0]
    assert not shared.numbers.flags.writeable
    assert np.shares_memory(shared.numbers, numbers)
    assert given.numbers is numbers
    assert numbers.flags.writeable
    assert shared.others[2] is given.others[2]
    assert shared.late == 7
    mine = owned(shared)
    mine.numbers[0] = 5
    assert numbers.tolist() == [0, 1, 2]
    assert mine.twice[0] == 5
