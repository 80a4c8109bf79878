"""The diff of two realities: silent while nothing moves, loud when something does, and fair to the candidate."""

from __future__ import annotations

import numpy as np
import pytest
from worlds import most_alarms

from holdfast import AnchorError, UsageError, diff, freeze, open_anchor, verify
from holdfast.lab.bench.corpus import generate_corpus

LEVEL = 0.2
QUICK = {"draws": 149, "alpha": LEVEL}


def reality(seed: int, *, strata: int = 6, rows: int = 90) -> list[dict[str, str]]:
    corpus = generate_corpus(strata=strata, rows_per_stratum=rows, seed=7)
    order = np.random.default_rng(seed).permutation(len(corpus))
    return [{"text": corpus.rows[i].text, "topic": corpus.rows[i].stratum} for i in order]


def frozen(rows, folder):
    return freeze(rows, output=folder, label="topic", gold=0, holdout=0, name=folder.name)


@pytest.fixture(scope="module")
def old(tmp_path_factory):
    rows = [row for row in reality(0) if row["topic"] != "topic 005"]
    return frozen(rows[:240], tmp_path_factory.mktemp("diff") / "old")


@pytest.fixture(scope="module")
def moved(old):
    """A topic is new, another one is gone, and the candidate lacks a third."""
    rows = [row for row in reality(0)[240:] if row["topic"] != "topic 001"]
    made = [row for row in reality(1) if row["topic"] not in ("topic 001", "topic 002")]
    return diff(old, rows, candidate=made[:250], draws=999, alpha=0.05)


@pytest.mark.slow
def test_the_same_reality_has_not_moved_more_often_than_the_level_allows(tmp_path):
    trials, alarms = 10, 0
    for seed in range(trials):
        rows = reality(seed)
        anchor = frozen(rows[:200], tmp_path / str(seed))
        alarms += diff(anchor, rows[200:400], seed=seed, **QUICK).verdict == "moved"
    assert alarms <= most_alarms(trials, LEVEL, chance=0.01)


def test_a_move_is_found_in_both_directions(moved):
    assert (moved.verdict, moved.exit_code) == ("moved", 1)
    named = {share.stratum: share.change for share in moved.shares}
    assert (named["topic 001"], named["topic 005"]) == ("lost", "new")
    assert set(named.values()) == {"lost", "new", "same"}
    assert {(move.measure, move.direction) for move in moved.moves} >= {
        ("stratum_deficit", "since"),
        ("stratum_deficit", "before"),
    }
    assert "strata that reality grew" in {move.words for move in moved.moves}
    assert moved.since.settings.alpha == 0.025


def test_the_drift_of_the_candidate_is_told_from_that_of_reality(moved):
    found = next(p for p in moved.persistence if p.measure == "stratum_deficit")
    assert found.fate == "persists"
    assert found.strata_persist == ("topic 002",)
    assert found.strata_vanish == ("topic 001",)


def test_too_few_rows_are_undetermined(old):
    found = diff(old, reality(3)[:30], **QUICK)
    assert (found.verdict, found.exit_code) == ("undetermined", 3)
    assert "cannot be told" in found.sentence


def test_an_anchor_has_not_moved_from_itself(old):
    with pytest.raises(UsageError, match="same anchor"):
        diff(old, old)
    with pytest.raises(AnchorError, match="no such folder"):
        diff(old.path / "nowhere", [])


def test_a_succession_is_recorded_and_sealed(old, moved, tmp_path):
    rows = [row for row in reality(0)[240:] if row["topic"] != "topic 001"]
    second = freeze(
        rows,
        output=tmp_path / "second",
        label="topic",
        gold=0,
        holdout=0,
        succeeds=old,
        reason="a new app",
        moved=moved.record,
    )
    third = freeze(
        rows[:200],
        output=tmp_path / "third",
        label="topic",
        gold=0,
        holdout=0,
        succeeds=tmp_path / "second",
        reason="fewer",
    )
    chain = open_anchor(tmp_path / "third").predecessors
    assert [entry["digest"] for entry in chain] == [second.digest, old.digest]
    assert [entry["reason"] for entry in chain] == ["fewer", "a new app"]
    assert chain[0]["diff"] is None
    assert chain[1]["diff"]["strata"] == {"lost": ["topic 001"], "new": ["topic 005"]}
    assert verify(third.path) == []
    manifest = tmp_path / "third" / "manifest.json"
    manifest.write_text(manifest.read_text().replace("a new app", "no reason"))
    with pytest.raises(AnchorError, match="was edited"):
        open_anchor(tmp_path / "third")


def test_an_anchor_without_a_predecessor_is_as_it_was(old, tmp_path):
    assert "succeeds" not in old.manifest
    assert old.predecessors == []
    with pytest.raises(UsageError, match="says why"):
        freeze(reality(0), output=tmp_path / "x", label="topic", succeeds=old)
    with pytest.raises(UsageError, match="no predecessor"):
        freeze(reality(0), output=tmp_path / "x", label="topic", reason="none")
