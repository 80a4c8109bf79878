import json
from dataclasses import dataclass, field, replace
from typing import ClassVar

import numpy as np
import pytest

from holdfast.errors import OutputError, UsageError
from holdfast.lab.bench.detectors import Distinct, Vocabulary
from holdfast.lab.bench.detectors.detector import Detection
from holdfast.lab.bench.plan import Plan, stream
from holdfast.lab.bench.run import run
from holdfast.lab.bench.scenarios import FreshReal, RareThinning, Repeating, Sharpening
from holdfast.lab.bench.store import append_entries, read_entries

LOOKED = []


@dataclass(frozen=True, slots=True, kw_only=True)
class Recording:
    """Says the share of texts that stand there once, and remembers having been asked."""

    source: ClassVar[str] = "this test"
    needs_labels: ClassVar[bool] = False
    name: ClassVar[str] = "recording"

    version: str = "1"
    breaks: bool = field(default=False, repr=False)

    def __call__(self, anchor, candidate, rng, *, declared=None):
        LOOKED.append(len(candidate))
        if self.breaks:
            raise ValueError("broken")
        return (Detection(name=self.name, strength=1 - len(set(candidate.texts)) / len(candidate)),)


@pytest.fixture
def plan(corpus):
    LOOKED.clear()
    return Plan(
        corpora=(corpus,),
        scenarios=(Repeating(), RareThinning(), FreshReal()),
        severities=(0.4, 1.0),
        sizes=(80,),
        seeds=2,
        nulls=3,
        detectors=(Recording(),),
        truths=False,
    )


def timeless(entries):
    return [replace(entry, seconds=0.0) for entry in entries]


def test_a_plan_names_every_job_once(plan, corpus):
    settings = list(plan.settings())
    # Two draws of two scenarios at two severities, and three null draws, two of which are those of ND1.
    assert len(settings) == len(set(settings)) == 2 * 2 * 2 + 3
    keys = {plan.key(setting, "recording") for setting in settings}
    assert len(keys) == len(settings)
    other = replace(plan, detectors=(Recording(version="2"),))
    assert not keys & {other.key(setting, "recording") for setting in settings}
    with pytest.raises(UsageError, match="two scenarios share a name"):
        replace(plan, scenarios=(Repeating(), Repeating(most=0.5)))
    unlabelled = replace(plan, corpora=(corpus.unlabelled(),))
    assert len(list(unlabelled.settings())) == 2 * 2 + 3


def test_nothing_is_done_twice(plan, tmp_path):
    path = tmp_path / "bench.jsonl"
    first = run(plan, path)
    assert len(first) == len(LOOKED) == 11
    assert [entry.failed for entry in first] == [None] * 11
    assert run(plan, path) == first
    assert len(LOOKED) == 11
    more = run(replace(plan, seeds=3), path)
    assert len(LOOKED) == len(more) == 15
    assert {entry.key for entry in first} < {entry.key for entry in more}
    assert len(path.read_text().splitlines()) == 15


@pytest.mark.parametrize("after", [0, 1, 6])
def test_an_interrupt_loses_nothing(plan, tmp_path, after):
    path = tmp_path / "bench.jsonl"

    def interrupt(progress):
        if progress.done == after:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        run(plan, path, progress=interrupt)
    assert len(read_entries(path)) == len(LOOKED) == after
    seen = []
    resumed = run(plan, path, progress=seen.append)
    assert len(LOOKED) == 11
    assert (seen[0].done, seen[0].found, seen[-1].done, seen[-1].total) == (after, after, 11, 11)
    assert timeless(resumed) == timeless(run(plan, tmp_path / "whole.jsonl"))


def test_a_line_that_was_cut_off_is_done_again(plan, tmp_path):
    path = tmp_path / "bench.jsonl"
    run(plan, path)
    whole = path.read_bytes()
    path.write_bytes(whole[:-30])
    assert len(read_entries(path)) == 10
    assert len(run(plan, path)) == 11
    assert len(LOOKED) == 12
    assert len(read_entries(path)) == 11
    path.write_bytes(whole + b'{"key": "of another version"}\n')
    assert len(read_entries(path)) == 11


def test_what_breaks_is_told_and_tried_again(plan, tmp_path):
    path = tmp_path / "bench.jsonl"
    broken = run(replace(plan, detectors=(Recording(breaks=True), Distinct())), path)
    assert {entry.failed for entry in broken if entry.part == "recording"} == {"ValueError: broken"}
    assert {entry.failed for entry in broken if entry.part == "distinct-2"} == {None}
    mended = run(replace(plan, detectors=(Recording(), Distinct())), path)
    assert {entry.failed for entry in mended} == {None}
    assert len(LOOKED) == 22
    assert len(read_entries(path)) == 22


def test_two_workers_find_what_one_finds(plan, tmp_path):
    plan = replace(plan, detectors=(Distinct(), Vocabulary()), truths=True, seeds=1, nulls=0)
    seen = []
    one = run(plan, tmp_path / "one.jsonl")
    two = run(plan, tmp_path / "two.jsonl", workers=2, progress=seen.append)
    assert timeless(one) == timeless(two)
    assert [progress.done for progress in seen] == [0, 3, 6, 9, 12, 15]
    truths = [entry.truth for entry in one if entry.part == "truth"]
    assert len(truths) == 5
    assert {entry.part for entry in one} == {"truth", "distinct-2", "vocabulary coverage"}


def test_two_workers_leave_what_was_begun(plan, tmp_path):
    path = tmp_path / "bench.jsonl"
    plan = replace(plan, detectors=(Distinct(),), seeds=6)
    told = []

    def interrupt(progress):
        told.append(progress.done)
        if progress.done:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        run(plan, path, workers=2, progress=interrupt)
    assert told == [0, 1]
    kept = len(path.read_text().splitlines())
    assert 1 <= kept == len(read_entries(path)) < 30
    assert len(run(plan, path)) == 30
    assert len(path.read_text().splitlines()) == 30


def test_sizes_are_checked_first(plan, tmp_path):
    with pytest.raises(UsageError, match="too few rows"):
        run(replace(plan, sizes=(80, 100_000)), tmp_path / "bench.jsonl")
    assert not (tmp_path / "bench.jsonl").exists()


def test_a_file_that_cannot_be_written(plan, tmp_path):
    entries = run(plan, tmp_path / "bench.jsonl")
    with pytest.raises(OutputError):
        append_entries(tmp_path / "no" / "bench.jsonl", entries)
    append_entries(tmp_path / "none.jsonl", [])
    assert not (tmp_path / "none.jsonl").exists()


def test_entries_are_plain_lines(plan, tmp_path):
    path = tmp_path / "bench.jsonl"
    entry = run(replace(plan, scenarios=(RareThinning(), Sharpening())), path)[0]
    line = json.loads(path.read_text().splitlines()[0])
    assert line["key"] == entry.key
    assert entry.key.startswith("sha256:")
    assert read_entries(path)[entry.key] == entry
    worst = next(e for e in read_entries(path).values() if e.scenario == "D4" and e.severity == 1)
    assert len(worst.lost) == 5
    assert worst.causes == ("bias",)


def test_streams_are_decided_by_their_parts():
    draws = [stream(*parts).random() for parts in (("a", 1), ("a", 1), ("a", 2), ("b", 1))]
    assert draws[0] == draws[1]
    assert len(set(draws)) == 3
    assert isinstance(stream(None, 0.5, ["x"]), np.random.Generator)
