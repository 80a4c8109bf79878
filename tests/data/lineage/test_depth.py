"""Depth: what one unknown ancestor does to it, and who adds one."""

import pytest

from holdfast.data.lineage import depth_of


@pytest.mark.parametrize(
    ("source_type", "said", "depth"),
    [
        ("human", {}, 0),
        ("human", {"parents": [2]}, 2),  # people who worked from a model's text
        ("human_edited", {"parents": [2]}, 2),
        ("human_edited", {}, None),
        ("synthetic", {"trained_on": 0}, 1),
        ("synthetic", {"trained_on": 2}, 3),
        ("synthetic", {"parents": [0], "trained_on": 0}, 1),
        ("synthetic", {"parents": [4, 1], "trained_on": 0}, 5),
        ("synthetic", {"parents": [0]}, None),  # nobody knows what its model was trained on
        ("machine_edited", {"parents": [1], "trained_on": 0}, 2),
        ("human", {"method": "label_only"}, 0),
        ("synthetic", {"method": "label_only", "parents": [2], "trained_on": 5}, 2),
        ("unknown", {"parents": [0], "trained_on": 0}, None),
        (None, {"parents": [0], "trained_on": 0}, None),
    ],
)
def test_the_rules(source_type, said, depth):
    assert depth_of(source_type, **said) == depth


@pytest.mark.parametrize("source_type", ["human", "synthetic", "human_edited", "machine_edited"])
def test_one_unknown_ancestor_makes_the_depth_unknown(source_type):
    assert depth_of(source_type, parents=[0, None, 3], trained_on=0) is None
