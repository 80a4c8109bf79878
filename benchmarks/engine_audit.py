"""One audit on one engine, in a process of its own: what it costs, step by step, and what it found.

    python benchmarks/engine_audit.py REAL CANDIDATE {held,inline,ray} WORKERS OUT.json

`engines.py` starts it; it writes figures, and hashes of everything that was found, to OUT.json. Measured on Linux (`/proc`).
"""

from __future__ import annotations

import json
import os
import pickle
import sys
import threading
import time
from contextlib import suppress
from dataclasses import fields, is_dataclass
from hashlib import sha256
from pathlib import Path

import numpy as np

from engine_work import timed
from holdfast.audits.audit import audit
from holdfast.backends.engines import open_engine
from holdfast.measures import MEASURES, Calibration, views_of
from holdfast.reports import render_json, summarise
from holdfast.views.narrow import held
from holdfast.views.reading import dealt_rows, read_view
from holdfast.views.streaming.gathering import Columns
from holdfast.views.streaming.ids import sent_ids

GROUPS = ("exact", "near", "related", "units")
_TICKS = os.sysconf("SC_CLK_TCK")
_PAGE = os.sysconf("SC_PAGE_SIZE")


class Watched:
    """Processes of this one and all that it started: their CPU time, and the most memory that they held.

    Memory is what is a process's own (anonymous): what Ray shares lies in a store that all of them see, and is counted once, apart.
    """

    def __init__(self, pause: float = 0.25) -> None:
        self.cpu: dict[int, float] = {}
        self.peaks: dict[str, int] = {}
        self.most: dict[int, int] = {}
        self.names: dict[int, str] = {}
        self._pause = pause
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._go, daemon=True)

    def __enter__(self):
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self._thread.join()

    def seconds(self) -> float:
        """CPU time of all of them until now."""
        self._look()
        return sum(self.cpu.values())

    def _go(self) -> None:
        while not self._over.wait(self._pause):
            self._look()

    def _look(self) -> None:
        parents, found = {}, {}
        for entry in Path("/proc").iterdir():
            if entry.name.isdigit():
                with suppress(OSError, IndexError, ValueError):
                    head, _, rest = (entry / "stat").read_text().rpartition(")")
                    said = rest.split()
                    parents[int(entry.name)] = int(said[1])
                    found[int(entry.name)] = (
                        head.partition("(")[2],
                        (int(said[11]) + int(said[12])) / _TICKS,
                    )
        mine = {os.getpid()}
        while more := {pid for pid, parent in parents.items() if parent in mine} - mine:
            mine |= more
        mine |= set(self.cpu) & set(found)  # those whose parent has gone
        held: dict[str, int] = {}
        for pid in mine:
            with suppress(OSError, ValueError, KeyError, IndexError):
                name, seconds = found[pid]
                status = dict(
                    line.split(":", 1)
                    for line in Path(f"/proc/{pid}/status").read_text().splitlines()
                    if ":" in line
                )
                own = int(status["RssAnon"].split()[0]) * 1024
                kind = "driver" if pid == os.getpid() else "workers" if "ray::" in name else "Ray itself"
                self.cpu[pid] = max(self.cpu.get(pid, 0.0), seconds)
                self.names[pid] = kind if kind != "Ray itself" else self.names.get(pid, kind)
                self.most[pid] = max(self.most.get(pid, 0), own)
                held[kind] = held.get(kind, 0) + own
                if kind == "driver":
                    shared = int(status["RssShmem"].split()[0]) * 1024
                    self.peaks["shared, seen by the driver"] = max(
                        self.peaks.get("shared, seen by the driver", 0), shared
                    )
        held["all"] = sum(held.values())
        for kind, size in held.items():
            self.peaks[kind] = max(self.peaks.get(kind, 0), size)


class MeasuredEngine:
    """An engine that is asked what its jobs cost."""

    def __init__(self, engine, watched: Watched) -> None:
        self._engine = engine
        self._watched = watched
        self._sent: list[tuple[object, object, tuple[object, object]]] = []
        self.maps: list[dict[str, object]] = []

    def __getattr__(self, name: str):
        return getattr(self._engine, name)

    def __enter__(self):
        start = time.perf_counter()
        self._engine.__enter__()
        self.start = time.perf_counter() - start
        return self

    def __exit__(self, *error) -> None:
        start = time.perf_counter()
        self._engine.__exit__(*error)
        self.end = time.perf_counter() - start

    def map(self, work, jobs, shared, **more):
        """The answers, as the engine gives them."""
        if not any(one is work and other is shared for one, other, _ in self._sent):
            self._sent = [(work, shared, (work, shared))]  # the same object again is not sent again
        both = self._sent[0][2]
        name = work.__name__
        if name == "_call":
            name = getattr(getattr(shared, "func", shared), "__name__", name)
        if name == "count_blocks":  # two of them
            name = "count_phrases" if work.__module__.endswith("phrases") else "count_items"
        jobs = list(jobs)
        figures = {
            "work": name,
            "jobs": len(jobs),
            "shared_bytes": len(pickle.dumps(shared, protocol=5)),
            "job_bytes": sum(len(pickle.dumps(job, protocol=5)) for job in jobs),
            "answer_bytes": 0,
            "cpu": 0.0,
            "wall": 0.0,
        }
        self.maps.append(figures)
        begun = time.perf_counter()
        try:
            for place, (answer, cpu) in self._engine.map(timed, jobs, both, **more):
                figures["answer_bytes"] += size_of(answer)
                figures["cpu"] += cpu
                yield place, answer
        finally:
            figures["wall"] = time.perf_counter() - begun


def size_of(value) -> int:
    """Bytes of an answer, about."""
    if isinstance(value, np.ndarray):
        return value.nbytes
    if isinstance(value, str):
        return len(value)
    if isinstance(value, dict):
        return sum(map(size_of, value.values()))
    if isinstance(value, list | tuple):
        return sum(map(size_of, value))
    if is_dataclass(value):
        return sum(size_of(getattr(value, field.name)) for field in fields(value))
    return int(getattr(value, "nbytes", 8))


def bytes_by_row(result) -> dict[str, float]:
    """What the driver holds of every candidate row when the set has been read, in bytes."""
    sides, rows = result.sides, len(result.sides.candidate)
    side, found = sides.candidate, {}
    found["lengths, answers, contents, strata, what the anchor knows"] = (
        sum(held(side, name).nbytes for name in ("answers", "counts", "strata"))
        + side.keys.nbytes
        + side.support.nbytes
    )
    found["rows that are copies, and lengths as written"] = (
        held(sides, "copied").nbytes + held(side, "counts").nbytes
    )
    groups = {id(one): one for one in (held(side.duplicates, name) for name in GROUPS)}
    found["four kinds of groups of repeats"] = sum(one.nbytes for one in groups.values())
    dealt = dealt_rows(sides)
    found["what blocks are dealt"] = sum(
        column.nbytes
        for name, column in (dealt.held if isinstance(dealt, Columns) else dealt).items()
        if name in ("strata", "copied", "folds", "parts", "limits", "alike")
    )
    # Numbered ids are held as the first of each block.
    found["ids"] = 0.0 if _numbered(side.ids) else sum(len(one) + 8 for one in side.ids)
    null = Calibration(draws=1_999, level=0.01 / sum(measure.judged for measure in MEASURES))
    found["facts of views"] = 0.0
    for view in views_of(MEASURES, sides, null):
        facts = read_view(sides, view).candidate
        columns = facts.held if isinstance(facts, Columns) else facts
        found["facts of views"] += sum(
            columns[name].nbytes for name, how in view.merges.items() if how == "rows"
        )
    return {name: size / rows for name, size in found.items()}


def _numbered(ids) -> bool:
    return not sent_ids(list(ids[: min(len(ids), 1_000)]))["ids"]


def found_by(result) -> dict[str, str]:
    """Everything in an audit: texts as they are, arrays and long lists by their hash."""
    sides = result.sides
    found = {
        "verdict": result.verdict,
        "sentence": result.sentence,
        "candidate": repr(result.candidate),
        "anchor": repr(result.anchor),
        "settings": repr(result.settings),
        "notes": repr(result.notes),
        "findings": repr(result.findings),
        "causes": repr(result.causes),
        "masked": repr(sides.masked),
        "labels": repr(sides.labels),
    }
    found |= {f"measure {one.measure.name}": exact(one.result) for one in result.outcomes}
    for name, side in (("anchor", sides.anchor), ("candidate", sides.candidate)):
        for column in ("answers", "counts", "keys", "strata", "support"):
            found[f"{name} {column}"] = exact(getattr(side, column))
        for column in ("exact", "near", "related", "units"):
            found[f"{name} {column}"] = exact(getattr(side.duplicates, column))
        for column in ("ids", "texts"):
            digest = sha256()
            for text in getattr(side, column):
                digest.update(text.encode() + b"\0")
            found[f"{name} {column}"] = digest.hexdigest()
    found |= {
        name: exact(getattr(sides, name)) for name in ("known", "copied", "repeated", "declared", "confusion")
    }
    report = render_json(summarise(result) | {"created_at": ""})
    found["report"] = sha256(report.encode()).hexdigest()
    return found


def exact(value) -> str:
    """A value to the bit."""
    if isinstance(value, np.ndarray):
        return f"{value.dtype} {value.shape} {sha256(np.ascontiguousarray(value).tobytes()).hexdigest()}"
    if is_dataclass(value):
        return f"{type(value).__name__}({', '.join(f'{f.name}={exact(getattr(value, f.name))}' for f in fields(value))})"
    if isinstance(value, dict):
        return "{" + ", ".join(f"{key!r}: {exact(member)}" for key, member in value.items()) + "}"
    if isinstance(value, list | tuple):
        return "(" + ", ".join(map(exact, value)) + ")"
    return repr(value)


def main() -> None:
    real, candidate, word, workers, out = sys.argv[1:]
    steps: list[dict[str, object]] = []
    with Watched() as watched:
        begun = time.perf_counter()
        state = ["start", begun, time.process_time(), watched.seconds()]

        def step(word: str) -> None:
            word = word.partition(", block ")[0]
            if word == state[0]:
                return
            now = [word, time.perf_counter(), time.process_time(), watched.seconds()]
            steps.append(
                {
                    "step": state[0],
                    "wall": now[1] - state[1],
                    "driver_cpu": now[2] - state[2],
                    "all_cpu": now[3] - state[3],
                    "driver_bytes": watched.peaks.get("driver", 0),
                }
            )
            state[:] = now

        measured = (
            None if word == "held" else MeasuredEngine(open_engine(word, workers=int(workers)), watched)
        )
        result = audit(candidate, real=real, engine=measured, store="off", progress=step)
        step("end")
        wall, cpu = time.perf_counter() - begun, watched.seconds()
    figures = {
        "wall": wall,
        "cpu": cpu,
        "cpu_by_kind": {
            kind: sum(watched.cpu[pid] for pid, own in watched.names.items() if own == kind)
            for kind in ("driver", "workers", "Ray itself")
        },
        "peaks": watched.peaks,
        "largest_worker": max(
            (watched.most[pid] for pid, kind in watched.names.items() if kind == "workers"), default=0
        ),
        "steps": steps,
        "maps": [] if measured is None else measured.maps,
        "start": 0.0 if measured is None else measured.start,
        "end": 0.0 if measured is None else measured.end,
        "retried": 0 if measured is None else measured.retried,
        "rows": len(result.sides.candidate),
        "bytes_by_row": {} if measured is None else bytes_by_row(result),
        "found": found_by(result),
    }
    Path(out).write_text(json.dumps(figures, indent=1))


if __name__ == "__main__":
    main()
