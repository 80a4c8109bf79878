import asyncio
import gc
import os
import signal
import subprocess
import sys
import textwrap
import threading

import pytest

from holdfast.backends.chats.together import at_end, each, run


async def double(number):
    await asyncio.sleep(0)
    return 2 * number


def test_everything_is_done_once():
    found = []
    run(each(range(1_000), double, width=7, done=found.append))
    assert sorted(found) == list(range(0, 2_000, 2))


def test_no_more_at_a_time_and_nothing_gathered():
    now, most, taken, ahead = 0, 0, 0, 0

    def items():
        nonlocal taken
        for number in range(500):
            taken += 1
            yield number

    done = []

    async def work(number):
        nonlocal now, most, ahead
        now += 1
        most, ahead = max(most, now), max(ahead, taken - len(done))
        await asyncio.sleep(0)
        now -= 1
        return number

    run(each(items(), work, width=5, done=done.append))
    assert (most, ahead <= 6, len(done)) == (5, True, 500)


def test_the_first_error_ends_everything():
    under_way = []

    async def work(number):
        under_way.append(number)
        try:
            if number == 3:
                raise ZeroDivisionError
            await asyncio.sleep(60)
        finally:
            under_way.remove(number)

    with pytest.raises(ZeroDivisionError):
        run(each(range(10), work, width=5, done=lambda _: None))
    assert under_way == []


@pytest.mark.parametrize("where", ["items", "done"])
def test_errors_around_the_work_are_raised(where):
    def items():
        yield 1
        if where == "items":
            raise ZeroDivisionError
        yield 2

    def done(_):
        if where == "done":
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        run(each(items(), double, width=3, done=done))


def test_a_loop_that_runs_already_is_no_hindrance():
    async def notebook():
        thread = threading.current_thread()

        async def inside():
            return threading.current_thread() is thread

        return run(inside()), run(double(4))

    assert asyncio.run(notebook()) == (False, 8)


def test_errors_come_out_of_the_other_thread():
    async def broken():
        raise ZeroDivisionError

    async def notebook():
        run(broken())

    with pytest.raises(ZeroDivisionError):
        asyncio.run(notebook())


def test_what_was_opened_is_closed_before_the_loop_ends():
    closed = []

    async def close():
        closed.append(asyncio.get_running_loop().is_running())

    async def work():
        at_end(close)
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        run(work())
    assert closed == [True]


def test_outside_of_a_run_nothing_is_remembered():
    async def work():
        at_end(None)

    asyncio.run(work())
    gc.collect()


@pytest.mark.parametrize("notebook", [False, True])
@pytest.mark.skipif(os.name == "nt", reason="needs signals")
def test_an_interrupt_leaves_nothing_hanging(notebook):
    program = textwrap.dedent("""
        import asyncio, signal, sys
        from holdfast.backends.chats.together import each, run

        # Whoever started the tests in the background has interrupts ignored, and so do we then.
        signal.signal(signal.SIGINT, signal.default_int_handler)

        async def work(number):
            try:
                print("working", flush=True)
                await asyncio.sleep(60)
            finally:
                print("put away", flush=True)

        def start():
            run(each(range(100), work, width=3, done=print))

        async def inside():
            start()

        try:
            asyncio.run(inside()) if sys.argv[1] == "True" else start()
        except KeyboardInterrupt:
            print("interrupted", flush=True)
        """)
    with subprocess.Popen(  # noqa: S603 - this Python and a program written above
        [sys.executable, "-c", program, str(notebook)], stdout=subprocess.PIPE, text=True
    ) as process:
        lines = [process.stdout.readline() for _ in range(3)]
        process.send_signal(signal.SIGINT)
        rest, _ = process.communicate(timeout=300)
    assert lines == ["working\n"] * 3
    assert rest.splitlines() == ["put away"] * 3 + ["interrupted"]


@pytest.mark.skipif(os.name == "nt", reason="needs signals")
def test_an_interrupt_before_the_wait_began_is_heard():
    program = textwrap.dedent("""
        import asyncio, os, signal, threading, time
        from holdfast.backends.chats.together import run

        signal.signal(signal.SIGINT, signal.default_int_handler)

        def start(thread, begin=threading.Thread.start):
            begin(thread)
            time.sleep(1)  # the work begins before whoever started it goes on, as it may on a busy machine

        threading.Thread.start = start

        async def work():
            os.kill(os.getpid(), signal.SIGINT)
            await asyncio.sleep(60)
            print("nobody heard")  # and once the work has ended by itself, the interrupt is heard after all

        async def inside():
            run(work())

        try:
            asyncio.run(inside())
        except KeyboardInterrupt:
            print("interrupted")
        """)
    done = subprocess.run(  # noqa: S603 - this Python and a program written above
        [sys.executable, "-c", program], stdout=subprocess.PIPE, text=True, timeout=300, check=False
    )
    assert done.stdout == "interrupted\n"
