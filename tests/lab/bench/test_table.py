import json

import pytest

from holdfast.lab.bench.detectors.detector import Detection
from holdfast.lab.bench.plan import Plan
from holdfast.lab.bench.run import run
from holdfast.lab.bench.scenarios import Recursion, Repeating, Template
from holdfast.lab.bench.store import newest
from holdfast.lab.bench.table import tabulate


class Naming:
    """Names a cause where a row stands there twice."""

    source = "this test"
    needs_labels = False
    name = "naming"
    version = "1"

    def __repr__(self):
        return "Naming()"

    def __call__(self, anchor, candidate, rng, *, declared=None):
        repeated = 1 - len(set(candidate.texts)) / len(candidate)
        causes = ("no_novelty",) if repeated > 0.2 else ()
        return (Detection(name=self.name, strength=repeated, alarm=repeated > 0.2, causes=causes),)


@pytest.fixture(scope="module")
def entries(corpus, tmp_path_factory):
    plan = Plan(
        corpora=(corpus, corpus.unlabelled()),
        scenarios=(Recursion(), Repeating(), Template()),
        severities=(0.2, 1.0),
        sizes=(100,),
        seeds=1,
        nulls=3,
        detectors=(Naming(),),
    )
    return run(plan, tmp_path_factory.mktemp("bench") / "bench.jsonl")


def test_a_table_is_plain_data(entries):
    table = tabulate(entries, titles={"D8": "Retrained on its own output"})
    assert json.loads(json.dumps(table, allow_nan=False)) == table
    assert [world["harm_unit"] for world in table["worlds"]] == ["recall", "bits_per_byte"]
    assert [world["null_draws"] for world in table["worlds"]] == [3, 3]
    assert [scenario["name"] for scenario in table["scenarios"]] == ["D5 prefix", "D7 exact", "D8", "ND1"]
    recursion = table["scenarios"][2]
    assert recursion["title"] == "Retrained on its own output"
    assert recursion["causes"] == ["drift"]
    assert [(cell["severity"], cell["unit"]) for cell in recursion["cells"]] == [
        (0.2, "recall"),
        (1.0, "recall"),
        (0.2, "bits_per_byte"),
        (1.0, "bits_per_byte"),
    ]


def test_causes_are_scored_one_by_one(entries):
    (card,) = tabulate(entries)["detectors"]
    # no_novelty is named at severity 1 and missed at .2; the others are never named.
    assert card["f1_by_cause"]["no_novelty"] == pytest.approx(2 / 3)
    assert card["f1_by_cause"]["artifacts"] == 0
    assert card["cause_f1"] == pytest.approx(sum(card["f1_by_cause"].values()) / 3)
    assert (card["false_causes"]["hits"], card["false_causes"]["draws"]) == (0, 6)
    assert card["controls"]["D5 prefix"]["hits"] == 0
    assert card["power"] == []  # three null draws make no threshold


def test_of_what_was_done_twice_the_later_counts(entries):
    from dataclasses import replace

    later = [replace(entry, seconds=9.0) for entry in entries[:2]]
    found = newest([*entries, *later])
    assert len(found) == len(entries)
    assert sum(entry.seconds == 9.0 for entry in found) == 2
    other = [replace(entry, world="elsewhere") for entry in entries[:1]]
    assert {entry.world for entry in newest([*entries, *other]) if entry.corpus == entries[0].corpus} == {
        "elsewhere"
    }
    assert newest([*entries, *other], {entries[0].world, entries[-1].world}) == entries
    assert newest([*other, *entries], {"elsewhere"})[:1] == other
    assert newest([]) == []
    assert tabulate([])["detectors"] == []
