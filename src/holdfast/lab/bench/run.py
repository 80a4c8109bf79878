"""Run: a plan carried out, in parallel, never doing a job twice, safe to interrupt."""

from __future__ import annotations

import multiprocessing
import signal
import time
from collections import OrderedDict
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from contextlib import closing
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from holdfast.lab.bench.detectors.detector import Shown
from holdfast.lab.bench.instance import Instance, name_of, plant
from holdfast.lab.bench.plan import Plan, Setting, stream
from holdfast.lab.bench.pools import Pools, deal_pools, tags_of, texts_of
from holdfast.lab.bench.store import TRUTH, Entry, append_entries, read_entries
from holdfast.lab.bench.truth import Truth, Yardstick, read_truth

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Sequence
    from pathlib import Path

    from holdfast.lab.bench.corpus import Row
    from holdfast.lab.bench.detectors.detector import Detection, Detector

_WORLDS_HELD = 2
"""Worlds whose pools and yardstick a worker remembers."""

Task = tuple[Setting, tuple[str, ...]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Progress:
    """How far a run is.

    Attributes:
        done: Jobs done, those found in the file included.
        total: Jobs of the plan.
        found: Jobs that were in the file already.
        last: What was done last, in a few words; empty at the start.
    """

    done: int
    total: int
    found: int
    last: str = ""


def run(
    plan: Plan,
    path: str | Path,
    *,
    workers: int = 1,
    progress: Callable[[Progress], None] = lambda _: None,
) -> list[Entry]:
    """Carry out a plan.

    What stands in the file is not done again, unless it failed. Every finished instance is written at once. After an
    interrupt other processes finish the instances they work on, these are written, too, and the interrupt is raised again.

    Args:
        plan: What is tried on what.
        path: A file of JSON lines; made where there is none, added to where there is one.
        workers: Processes; 1 works in this one.
        progress: Called in this process, at the start and whenever an instance is finished.

    Returns:
        An entry for every job of the plan, in its order.

    Raises:
        OutputError: The file cannot be written.
        UsageError: A corpus is too small for a size.
    """
    held = read_entries(path)
    check_sizes(plan)
    jobs = [
        (setting, part, plan.key(setting, part))
        for setting in plan.settings()
        for part in plan.parts(setting)
    ]
    done = {key for _, _, key in jobs if key in held and held[key].failed is None}
    missing: OrderedDict[Setting, list[str]] = OrderedDict()
    for setting, part, key in jobs:
        if key not in done:
            missing.setdefault(setting, []).append(part)
    tasks: list[Task] = [(setting, tuple(parts)) for setting, parts in missing.items()]
    count, found, total = len(done), len(done), len(jobs)
    progress(Progress(done=count, total=total, found=found))
    # Closed here and not when an error is forgotten: closing it is what stops the other processes.
    with closing(_work(plan, tasks, workers, lambda entries: append_entries(path, entries))) as finished:
        for entries in finished:
            held.update((entry.key, entry) for entry in entries)
            count += len(entries)
            progress(Progress(done=count, total=total, found=found, last=_in_words(entries[0])))
    return [held[key] for _, _, key in jobs]


def _in_words(entry: Entry) -> str:
    return f"{entry.corpus}, {entry.size:,} rows, {entry.scenario} at {entry.severity:g}, draw {entry.seed}"


def check_sizes(plan: Plan) -> None:
    """A size that a corpus does not hold is better known before a night than after it.

    Raises:
        UsageError: A corpus is too small for a size.
    """
    for corpus in plan.corpora:
        for size in plan.sizes:
            deal_pools(
                corpus,
                size=size,
                anchor=plan.anchor,
                exponent=plan.exponent,
                rng=stream("check", corpus.digest),
            )


def _work(
    plan: Plan, tasks: Sequence[Task], workers: int, keep: Callable[[Sequence[Entry]], None]
) -> Generator[list[Entry], None, None]:
    """Entries of one task after the other, in the order in which they finish, each kept before it is told of."""
    if workers <= 1 or len(tasks) < 2:
        bench = _Bench(plan=plan)
        for task in tasks:
            entries = bench.work(task)
            keep(entries)
            yield entries
        return
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(workers, mp_context=context, initializer=_begin, initargs=(plan,)) as pool:
        running: set[Future[list[Entry]]] = {pool.submit(_work_on, task) for task in tasks}
        finished: set[Future[list[Entry]]] = set()
        kept: set[Future[list[Entry]]] = set()
        try:
            while running:
                finished, running = wait(running, return_when=FIRST_COMPLETED)
                for future in finished:
                    entries = future.result()
                    keep(entries)
                    kept.add(future)
                    yield entries
        except BaseException:
            # An interrupt, also one that came while the caller held an entry: what is half done is finished and kept.
            started = [future for future in (running | finished) - kept if not future.cancel()]
            wait(started)
            for future in started:
                if future.exception() is None:
                    keep(future.result())
            raise


_HELD: dict[str, _Bench] = {}


def _begin(plan: Plan) -> None:
    """Begin a worker. It leaves interrupts to the process that started it."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    _HELD["bench"] = _Bench(plan=plan)


def _work_on(task: Task) -> list[Entry]:
    return _HELD["bench"].work(task)


@dataclass(slots=True, kw_only=True)
class _Bench:
    """One process's bench: the plan, and the worlds it has dealt."""

    plan: Plan
    worlds: OrderedDict[str, Pools] = field(default_factory=OrderedDict)
    yardsticks: OrderedDict[str, Yardstick] = field(default_factory=OrderedDict)

    def work(self, task: Task) -> list[Entry]:
        """Plant an instance and do with it what is asked."""
        setting, parts = task
        try:
            pools = self._pools(setting)
            rng = stream("plant", *setting.planted)
            instance = plant(setting.scenario, pools, setting.severity, rng)
        except Exception as error:  # noqa: BLE001 - one scenario that breaks must not end the run
            return [self._entry(setting, part, None, failed=_said(error)) for part in parts]
        return [self._do(setting, part, pools, instance) for part in parts]

    def _do(self, setting: Setting, part: str, pools: Pools, instance: Instance) -> Entry:
        start = time.perf_counter()
        truth: Truth | None = None
        detections: tuple[Detection, ...] = ()
        failed = None
        try:
            if part == TRUTH:
                truth = read_truth(pools, instance, self._yardstick(setting, pools))
            else:
                detector = next(d for d in self.plan.detectors if d.name == part)
                detections = look(detector, instance, setting)
        except Exception as error:  # noqa: BLE001 - one detector that breaks must not hide what the others say
            failed = _said(error)
        seconds = round(time.perf_counter() - start, 3)
        return self._entry(
            setting, part, instance, truth=truth, detections=detections, seconds=seconds, failed=failed
        )

    def _entry(
        self,
        setting: Setting,
        part: str,
        instance: Instance | None,
        *,
        truth: Truth | None = None,
        detections: tuple[Detection, ...] = (),
        seconds: float = 0.0,
        failed: str | None = None,
    ) -> Entry:
        return Entry(
            key=self.plan.key(setting, part),
            corpus=self.plan.corpora[setting.corpus].name,
            size=setting.size,
            seed=setting.seed,
            scenario=name_of(setting.scenario),
            kind=setting.scenario.kind,
            severity=setting.severity,
            part=part,
            world=setting.world_id,
            seconds=seconds,
            rows=(0, 0) if instance is None else (len(instance.anchor), len(instance.candidate)),
            lost=() if instance is None else instance.lost,
            causes=() if instance is None else tuple(sorted(instance.causes)),
            facts={} if instance is None or part != TRUTH else dict(instance.facts),
            truth=truth,
            detections=detections,
            failed=failed,
        )

    def _pools(self, setting: Setting) -> Pools:
        key = repr(setting.world)
        if key not in self.worlds:
            self.worlds[key] = deal_pools(
                self.plan.corpora[setting.corpus],
                size=setting.size,
                anchor=setting.anchor,
                exponent=setting.exponent,
                rng=stream("pools", *setting.world),
            )
            _forget(self.worlds)
        return self.worlds[key]

    def _yardstick(self, setting: Setting, pools: Pools) -> Yardstick:
        key = repr(setting.world)
        if key not in self.yardsticks:
            self.yardsticks[key] = Yardstick.make(pools)
            _forget(self.yardsticks)
        return self.yardsticks[key]


def look(detector: Detector, instance: Instance, setting: Setting) -> tuple[Detection, ...]:
    """Let a detector look at an instance; it sees texts and labels only."""
    rng = stream("detect", *setting.planted, repr(detector), detector.version)
    return detector(_shown(instance.anchor), _shown(instance.candidate), rng, declared=instance.declared)


def _shown(rows: Sequence[Row]) -> Shown:
    tags = tags_of(rows)
    return Shown(texts=tuple(texts_of(rows)), labels=None if tags is None else tuple(tags))


def _forget(held: OrderedDict[str, Pools] | OrderedDict[str, Yardstick]) -> None:
    while len(held) > _WORLDS_HELD:
        held.popitem(last=False)


def _said(error: Exception) -> str:
    return f"{type(error).__name__}: {error}"
