"""Study: every trial of a self-test, one after the other or side by side, and what is known of it at any moment."""

from __future__ import annotations

import multiprocessing
import signal
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from contextlib import closing
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from holdfast.lab.blindness.curves import Curve, Point
from holdfast.lab.blindness.losses import FRESH
from holdfast.lab.blindness.trial import Bench, Job, Trial

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Sequence

    from holdfast.lab.blindness.losses import Loss

CONTROLS = 2
"""Fresh real rows are tried so many times as often as a loss: a false alarm is rarer than a loss that is seen."""


@dataclass(slots=True, kw_only=True)
class Study:
    """Trials, as they come in.

    Attributes:
        bench: What tries a job out.
        losses: What is planted.
        doses: How much of it, largest first.
        repeats: Deals of every dose.
        workers: Processes; 1 works in this one.
        trials: Those that are done.
    """

    bench: Bench
    losses: tuple[Loss, ...]
    doses: tuple[float, ...]
    repeats: int
    workers: int = 1
    trials: list[Trial] = field(default_factory=list)

    @property
    def planted(self) -> tuple[Loss, ...]:
        """Losses that these rows allow."""
        labelled = self.bench.ground.corpus.labelled
        return tuple(loss for loss in self.losses if labelled or not loss.needs_labels)

    @property
    def complete(self) -> bool:
        """Whether nothing is left to try."""
        return not self._left()

    def run(self, progress: Callable[[str], None] = lambda _: None) -> None:
        """Try everything out that a larger or a smaller dose has not answered already.

        An interrupt goes through, and what is done stays.
        """
        progress("trying fresh real rows")
        while jobs := self._left():
            with closing(self._work(jobs)) as finished:
                for trial in finished:
                    self.trials.append(trial)
                    progress(self._in_words(trial))

    def fresh(self) -> Point:
        """Fresh real rows: the control."""
        return Point.of(0.0, [trial for trial in self.trials if trial.job.loss == FRESH])

    def curves(self) -> tuple[Curve, ...]:
        """What is known of every loss."""
        planted = self.planted
        return tuple(
            Curve(
                loss=loss,
                points=tuple(
                    Point.of(dose, found)
                    for dose in reversed(self.doses)
                    if (found := self._found(loss, dose))
                ),
                spared=tuple(reversed(self._spared(loss))),
                unlabelled=loss not in planted,
            )
            for loss in self.losses
        )

    def _found(self, loss: Loss, dose: float) -> list[Trial]:
        return [trial for trial in self.trials if trial.job.loss == loss.name and trial.job.dose == dose]

    def _spared(self, loss: Loss) -> tuple[float, ...]:
        """Doses that nobody has to try: below one at which nothing stirred, and above one that every audit failed."""
        whole = {dose: found for dose in self.doses if len(found := self._found(loss, dose)) == self.repeats}
        silent = [dose for dose, found in whole.items() if not Point.of(dose, found).noticed]
        plain = [dose for dose, found in whole.items() if Point.of(dose, found).failed == self.repeats]
        return tuple(
            dose
            for dose in self.doses
            if dose not in whole and (dose < max(silent, default=0.0) or dose > min(plain, default=1.0))
        )

    def _left(self) -> list[Job]:
        """Jobs of the next stage: the controls and the largest dose, then the smallest, then those in between."""
        done = {trial.job for trial in self.trials}
        for stage, dose in enumerate([*self.doses[:1], *self.doses[:0:-1]]):
            jobs = [
                Job(loss=loss.name, dose=dose, repeat=repeat)
                for repeat in range(self.repeats)
                for loss in self.planted
                if dose not in self._spared(loss)
            ]
            if stage == 0:
                jobs = [Job(loss=FRESH, dose=0.0, repeat=n) for n in range(CONTROLS * self.repeats)] + jobs
            if left := [job for job in jobs if job not in done]:
                return left
        return []

    def _in_words(self, trial: Trial) -> str:
        total = CONTROLS * self.repeats + len(self.planted) * len(self.doses) * self.repeats
        spared = self.repeats * sum(len(self._spared(loss)) for loss in self.planted)
        named = {loss.name: loss for loss in self.losses}.get(trial.job.loss)
        what = "fresh real rows" if named is None else f"{named.title.lower()} at {trial.job.dose:g}"
        return f"audit {len(self.trials)} of {total - spared}: {what}"

    def _work(self, jobs: Sequence[Job]) -> Generator[Trial, None, None]:
        if self.workers <= 1 or len(jobs) < 2:
            for job in jobs:
                yield self.bench.try_out(job)
            return
        context = multiprocessing.get_context("spawn")
        with ProcessPoolExecutor(
            min(self.workers, len(jobs)), mp_context=context, initializer=_begin, initargs=(self.bench,)
        ) as pool:
            running: set[Future[Trial]] = {pool.submit(_work_on, job) for job in jobs}
            try:
                while running:
                    finished, running = wait(running, return_when=FIRST_COMPLETED)
                    for future in finished:
                        yield future.result()
            except BaseException:
                # What has not begun is not begun; what has takes a few seconds and is waited for.
                for future in running:
                    future.cancel()
                raise


_HELD: dict[str, Bench] = {}


def _begin(bench: Bench) -> None:
    """Begin a worker. It leaves interrupts to the process that started it."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    _HELD["bench"] = bench


def _work_on(job: Job) -> Trial:
    return _HELD["bench"].try_out(job)
