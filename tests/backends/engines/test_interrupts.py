"""Interrupts that are lost on their way are raised at the next look."""

import signal
from contextlib import suppress
from types import SimpleNamespace

import pytest

from holdfast.backends.engines.engine import Retries, silent
from holdfast.backends.engines.interrupts import Interrupts
from holdfast.backends.engines.ray_engine import _Run


def interrupt():
    signal.raise_signal(signal.SIGINT)


@pytest.fixture(autouse=True)
def heard():
    """Interrupts interrupt, as they do unless the tests are run in the background."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


class Losing:
    """Stands for Ray: an interrupt comes while it waits, and does not get out of it."""

    exceptions = SimpleNamespace(RayError=RuntimeError, RayTaskError=ValueError, RuntimeEnvSetupError=OSError)

    def wait(self, away, *, num_returns, timeout, fetch_local):
        assert (num_returns, timeout, fetch_local) == (1, 1.0, False)
        with suppress(KeyboardInterrupt):
            interrupt()
        return away[:1], away[1:]

    def get(self, reference):
        return reference


def test_one_that_is_lost_ends_the_run_at_the_next_look():
    ray, interrupts = Losing(), Interrupts()
    run = _Run(ray, lambda job: f"answer {job}", Retries(), interrupts)
    answers = run.answers(["a", "b", "c"], 1, silent)
    with interrupts.remembered():
        assert next(answers) == (0, "answer a")
        with pytest.raises(KeyboardInterrupt):
            list(answers)
        interrupts.raise_lost()  # it was raised, and once is enough


def test_what_was_to_happen_happens_as_well_and_is_put_back():
    before = signal.getsignal(signal.SIGINT)
    told = []
    try:
        signal.signal(signal.SIGINT, lambda number, _: told.append(number))
        mine = signal.getsignal(signal.SIGINT)
        interrupts = Interrupts()
        with interrupts.remembered():
            interrupt()
        assert told == [signal.SIGINT]
        assert signal.getsignal(signal.SIGINT) is mine
        with pytest.raises(KeyboardInterrupt):
            interrupts.raise_lost()
    finally:
        signal.signal(signal.SIGINT, before)


def test_a_program_that_ignores_interrupts_is_not_interrupted():
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        interrupts = Interrupts()
        with interrupts.remembered():
            interrupt()
        interrupts.raise_lost()
    finally:
        signal.signal(signal.SIGINT, before)
