"""A scratch folder goes, whoever still writes into it."""

import subprocess
import sys
import textwrap
import threading
from pathlib import Path

import pytest

from holdfast.data.scratch import scratch_folder


def test_an_interrupt_stays_one_while_a_thread_writes():
    begun, over, folders = threading.Event(), threading.Event(), []

    def write():
        (folder,), number = folders, 0
        while not over.is_set():
            number += 1
            try:
                (folder / "words").mkdir(parents=True, exist_ok=True)
                (folder / "words" / str(number)).write_bytes(b"x")
            except OSError:
                pass  # it was taken away under its hands
            if number == 100:
                begun.set()

    thread = threading.Thread(target=write)

    def work():
        with scratch_folder() as folder:
            folders.append(folder)
            thread.start()
            assert begun.wait(300)
            threading.Timer(0.05, over.set).start()
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        work()
    thread.join()


def test_what_a_thread_makes_afterwards_goes_with_the_program():
    program = textwrap.dedent("""
        from holdfast.data.scratch import scratch_folder
        try:
            with scratch_folder() as folder:
                raise KeyboardInterrupt
        except KeyboardInterrupt:
            (folder / "words").mkdir(parents=True)
            print(folder)
    """)
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)  # noqa: S603
    folder = done.stdout.strip()
    assert folder
    assert not Path(folder).exists()
