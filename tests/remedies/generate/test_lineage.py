"""What a made row is known by: its depth, its writer, its parameters, its price."""

from dataclasses import replace

import pytest
from test_rounds import CALL, MADE

from holdfast.remedies.generate.lineage import lineage_of_made
from holdfast.remedies.generate.methods import read_method
from holdfast.remedies.generate.recipe import MethodRecipe, ModelRecipe, Recipe

FEW_SHOT = MethodRecipe(method=read_method("few_shot", {}, "here", None))
KEPT = replace(MADE, dropped_by=None, drop_reason=None, duplicate_of=None, parents=(), parent_depths=())


def told(made, *, trained_on=None, labelled=True):
    recipe = Recipe(
        models=(ModelRecipe(name="m", model="http://m/v1", trained_on_depth=trained_on),), methods=(FEW_SHOT,)
    )
    rows = [{"id": made.id, "text": made.text}]
    (row,) = lineage_of_made(
        [made],
        rows,
        recipe,
        activity="00000000-0000-0000-0000-000000000001",
        recipe_hash="sha256:r",
        providers={"m": "openai"},
        cycle=None,
        labelled=labelled,
    ).to_pylist()
    return row


@pytest.mark.parametrize(
    ("trained_on", "parents", "depth"),
    [
        (None, (), None),  # nobody knows what the model read
        (0, (), 1),
        (2, (), 3),
        (0, (0,), 1),
        (0, (4,), 5),
        (3, (1, 2), 4),
        (None, (4,), None),
        (0, (None,), None),  # nor what the row was made from
        (0, (1, None), None),
    ],
)
def test_a_row_that_a_model_wrote_is_one_deeper_than_all_it_comes_from(trained_on, parents, depth):
    made = replace(KEPT, parents=tuple(f"r{n}" for n in range(len(parents))), parent_depths=parents)
    assert told(made, trained_on=trained_on)["generation_depth"] == depth


@pytest.mark.parametrize(
    ("parents", "depth"), [((0,), 0), ((3,), 3), ((None,), None), ((1, 2), 2), ((1, None), None), ((), None)]
)
def test_a_rule_keeps_the_depth_of_its_row(parents, depth):
    made = replace(
        KEPT,
        model=None,
        method="rule_based",
        arm="rule_based",
        source_type="machine_edited",
        calls=(),
        parents=tuple(f"r{n}" for n in range(len(parents))),
        parent_depths=parents,
    )
    row = told(made, trained_on=7)
    assert row["generation_depth"] == depth
    for name in (
        "agent",
        "gen_ai",
        "cost",
        "prompt_id",
        "template_hash",
        "seed",
        "sample_index",
        "cache_hit",
    ):
        assert row[name] is None


def test_the_writer_is_who_answered():
    assert told(KEPT)["agent"] == "n"
    assert told(replace(KEPT, calls=(replace(CALL, answered=None),)))["agent"] == "m"
    row = told(KEPT)["gen_ai"]
    assert (row["request"]["model"], row["response"]["model"]) == ("m", "n")
    assert row["provider"]["name"] == "openai"


def test_of_several_hops_the_last_wrote_and_all_are_paid():
    last = replace(CALL, hop=1, prompt_id="q", template_hash="sha256:3", cost=0.2, answered="o")
    row = told(replace(KEPT, calls=(CALL, last)))
    assert (row["prompt_id"], row["agent"]) == ("q", "o")
    assert row["cost"] == pytest.approx(0.3)
    assert row["template_hash"] not in ("sha256:2", "sha256:3")
    assert told(replace(KEPT, calls=(CALL, replace(last, cost=None))))["cost"] is None  # not known is not 0


def test_parameters_stand_there_as_they_were_drawn():
    asked = told(KEPT)["gen_ai"]["request"]
    assert (asked["temperature"], asked["seed"], asked["stop_sequences"]) == (1.0, 3, ["x"])
    assert asked["top_p"] is None


def test_what_was_dropped_keeps_its_reason():
    row = told(MADE)
    assert (row["kept"], row["dropped_by"], row["drop_reason"], row["duplicate_of"]) == (
        False,
        "leak",
        "repeats",
        "r1",
    )
    assert told(KEPT)["kept"] is True
    assert row["parent_ids"] == ["r1"]
    assert told(KEPT)["parent_ids"] is None


def test_clusters_are_no_labels():
    assert told(KEPT)["label_source_type"] == "synthetic"
    row = told(KEPT, labelled=False)
    assert (row["label_source_type"], row["strata"]) == (None, None)
