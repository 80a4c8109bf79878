"""What is learnt from reality is kept: another candidate is told what it would have been told, and nothing is learnt for it."""

from __future__ import annotations

import json
import random

import pytest

from holdfast.anchors import freeze
from holdfast.audits import audit
from holdfast.backends.store import Store
from holdfast.measures import MEASURES
from holdfast.reports import render_json, summarise

WORDS = [f"{a}{b}" for a in "bcdfghklm" for b in ("ar", "elo", "ine", "ost", "uma")]
TOPICS = ("cards", "loans", "rates")
FEW = {
    "draws": 399,
    "alpha": 0.05,
    "measures": [measure for measure in MEASURES if hasattr(measure, "views")],
}
"""What nothing is learnt for takes its time, and would be the same."""
LEARNT = ("reality", "learnt", "curve")


def rows(count, seed, words, topics=TOPICS):
    dice = random.Random(seed)  # noqa: S311 - no secret
    found = []
    for _ in range(count):
        topic = dice.choices(range(len(topics)), [4, 2, 1][: len(topics)])[0]
        weights = [1 / (i + 1) for i in range(len(WORDS))]
        said = dice.choices(WORDS[topic * 9 :] + WORDS[: topic * 9], weights, k=dice.randint(*words))
        found.append({"text": " ".join(said), "label": topics[topic]})
    return found


def bare(given):
    return [{"text": row["text"]} for row in given]


REAL = rows(250, 1, (6, 11))
FIRST = rows(160, 2, (6, 11))
SECOND = [*rows(180, 3, (3, 20), TOPICS[:2]), *REAL[:10]]


def write(path, given):
    path.write_text("".join(json.dumps(row) + "\n" for row in given))
    return path


def told(found):
    """Everything that a reader is told, but for when it was, and what the files are called."""
    report = json.loads(render_json(summarise(found)))
    return {name: value for name, value in report.items() if name != "created_at"}


def learnt(store):
    return {one.kind: one.files for one in store.holdings() if one.kind.startswith(LEARNT)}


CASES = {
    "labels": (REAL, FIRST, SECOND, None),
    "labels of reality alone": (REAL, bare(FIRST), bare(SECOND), None),
    "no labels": (bare(REAL), bare(FIRST), bare(SECOND), None),
    "block by block": (REAL, FIRST, SECOND, "inline"),
}


@pytest.mark.parametrize("case", CASES)
def test_a_second_candidate_is_told_the_same_whether_things_were_learnt_before_or_not(tmp_path, case):
    real, first, second, engine = CASES[case]
    real, first, second = (
        write(tmp_path / f"{name}.jsonl", given)
        for name, given in (("real", real), ("first", first), ("second", second))
    )
    store = Store(tmp_path / "store", bound=10**9)
    options = FEW | {"real": real, "engine": engine}
    before = audit(first, store=store, **options), learnt(store)
    warm = audit(second, store=store, **options)
    assert learnt(store) == before[1]
    assert {"reality", "curve_of_language", "learnt_surprisal"} <= set(before[1])
    plain = audit(second, store="off", **options)
    assert told(plain) == told(warm)
    assert repr(plain.outcomes) == repr(warm.outcomes)
    if case == "labels":  # whoever learns and keeps is told the same as well
        plain = audit(first, store="off", **options)
        assert told(plain) == told(before[0])


def test_a_frozen_anchor_is_learnt_from_once_and_anew_where_files_are_damaged(tmp_path):
    anchor = freeze(write(tmp_path / "real.jsonl", REAL), output=tmp_path / "anchor")
    store = Store(tmp_path / "store", bound=10**9)
    audit(FIRST, anchor=anchor, store=store, **FEW)
    before = learnt(store)
    assert before["reality"] == 1
    warm, plain = (audit(SECOND, anchor=anchor, store=shelf, **FEW) for shelf in (store, "off"))
    assert learnt(store) == before
    assert repr(plain.outcomes) == repr(warm.outcomes)
    for path in (tmp_path / "store").rglob("*.arrow"):
        content = bytearray(path.read_bytes())
        content[len(content) // 3] ^= 255
        path.write_bytes(content)
    damaged = audit(SECOND, anchor=anchor, store=store, **FEW)
    assert repr(plain.outcomes) == repr(damaged.outcomes)
