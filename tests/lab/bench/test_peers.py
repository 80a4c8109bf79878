import json
import pickle
import shlex
import sys
import time
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from holdfast.errors import BackendError
from holdfast.lab.bench.detectors import join_peer, leave_peers
from holdfast.lab.bench.detectors.detector import Shown
from holdfast.lab.bench.plan import Plan
from holdfast.lab.bench.run import run
from holdfast.lab.bench.scenarios import Repeating

FAKE = Path(__file__).parent / "fake_peer.py"
ANCHOR = Shown(texts=("one", "two"), labels=("a", "b"))
CANDIDATE = Shown(texts=("one", "one", "ünö\n", "\ud800"), labels=None)


@pytest.fixture(autouse=True)
def _nobody_is_left():
    yield
    leave_peers()


def command(mood="good"):
    return shlex.join([sys.executable, str(FAKE), mood])


def ask(peer, seed=0):
    return peer(ANCHOR, replace(CANDIDATE, texts=CANDIDATE.texts[:3]), np.random.default_rng(seed))


def test_a_peer_says_who_it_is_and_what_it_sees():
    peer = join_peer(command())
    assert (peer.name, peer.version, peer.source, peer.needs_labels) == ("fake", "1", "a test", False)
    (found,) = ask(peer)
    assert (found.name, found.strength, found.alarm, found.seconds) == (
        "fake",
        pytest.approx(1 / 3),
        False,
        0.5,
    )
    declared = peer(ANCHOR, ANCHOR, np.random.default_rng(0), declared={"a": 0.5})[0]
    assert json.loads(declared.reason) == {"a": 0.5}
    assert join_peer(command("labels")).needs_labels


def test_the_command_is_no_part_of_who_it_is():
    peer = join_peer(command())
    moved = replace(peer, command=("elsewhere",), patience=1.0)
    assert repr(peer) == repr(moved)
    assert "elsewhere" not in repr(moved)
    assert pickle.loads(pickle.dumps(peer)) == peer  # noqa: S301 - our own


@pytest.mark.parametrize(
    ("wrong", "why"),
    [
        ("", "the command is empty"),
        ("'unfinished", "cannot be read"),
        ("/no/such/program", "cannot be started"),
        (command("mute"), "no licence found"),
        (command("chatty"), "does not speak the protocol"),
        (command("future"), "protocol 1"),
        (command("impostor"), "a name of its own"),
    ],
)
def test_who_cannot_start_is_refused(wrong, why):
    with pytest.raises(BackendError, match=why) as caught:
        join_peer(wrong)
    assert "\x1b" not in str(caught.value) or wrong


@pytest.mark.parametrize(
    ("mood", "why"),
    [
        ("dies", r"it ended \(memory"),
        ("halves", "it ended"),
        ("refuses", "too few rows"),
        ("nonsense", "does not speak the protocol"),
        ("spoofs", "answers as 'holdfast'"),
    ],
)
def test_what_is_no_answer_is_an_error_and_the_next_look_is_another(mood, why):
    peer = join_peer(command(mood))
    for _ in range(2):
        with pytest.raises(BackendError, match=why):
            ask(peer)


def test_who_hangs_is_ended():
    peer = join_peer(command("hangs"), patience=2.0)
    start = time.monotonic()
    with pytest.raises(BackendError, match="no answer in 2 seconds"):
        ask(peer)
    assert time.monotonic() - start < 20
    with pytest.raises(BackendError, match="no answer in 1 seconds"):
        join_peer(command("slow start"), patience=1.0)


def test_a_lone_surrogate_is_told_and_not_lost():
    with pytest.raises(Exception, match="surrogate"):
        join_peer(command())(ANCHOR, CANDIDATE, np.random.default_rng(0))
    assert ask(join_peer(command()))


@pytest.fixture
def plan(corpus):
    return Plan(
        corpora=(corpus,),
        scenarios=(Repeating(),),
        severities=(1.0,),
        sizes=(80,),
        seeds=1,
        nulls=5,
        detectors=(join_peer(command()),),
        truths=False,
    )


def test_a_peer_on_the_bench(plan, tmp_path):
    entries = run(plan, tmp_path / "bench.jsonl")
    assert [entry.failed for entry in entries] == [None] * 6
    strengths = {entry.scenario: entry.detections[0].strength for entry in entries}
    assert strengths["D7 exact"] == pytest.approx(0.75)
    assert strengths["ND1"] < 0.1
    again = replace(plan, detectors=(replace(join_peer(command()), command=("gone",)),))
    assert run(again, tmp_path / "bench.jsonl") == entries


def test_a_peer_that_breaks_on_some_hides_nothing_and_is_tried_again(plan, tmp_path):
    sometimes = replace(plan, detectors=(join_peer(command("once")),))
    entries = run(sometimes, tmp_path / "bench.jsonl")
    broken = [entry for entry in entries if entry.failed]
    assert 0 < len(broken) < 6
    assert all("it broke" in entry.failed for entry in broken)
    mended = run(plan, tmp_path / "bench.jsonl")
    assert [entry.failed for entry in mended] == [None] * 6


def test_every_process_starts_its_own(plan, tmp_path):
    leave_peers()
    entries = run(plan, tmp_path / "bench.jsonl", workers=2)
    assert [entry.failed for entry in entries] == [None] * 6
