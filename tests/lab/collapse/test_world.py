"""Who learns, who steers, who judges and who examines share no row by mistake."""

import pytest

from holdfast.anchors import open_anchor
from holdfast.errors import UsageError
from holdfast.lab.collapse.world import ANCHOR, REAL_SHARE, deal_world


def test_nobody_is_trained_on_what_judges_or_examines(world):
    trained = {row.text for row in world.origin}
    assert not trained & {row.text for row in world.exam}
    assert not {row.id for row in world.origin} & {row.id for row in world.judges}


def test_what_is_at_hand_is_a_part_of_the_origin_and_at_most_three_tenths(world):
    assert {row.id for row in world.at_hand} <= {row.id for row in world.origin}
    assert 0.2 * world.size < len(world.at_hand) <= REAL_SHARE * world.size


def test_a_tail_is_imposed_and_the_rare_are_the_rarest(world):
    shares = list(world.shares.values())
    assert sum(shares) == pytest.approx(1)
    assert max(shares) > 2 * min(shares)
    assert max(world.shares[name] for name in world.rare) == sorted(shares)[len(world.rare) - 1]


def test_the_anchor_is_frozen_from_rows_that_steer_judge_or_are_held_out(world):
    anchor = open_anchor(world.folder / ANCHOR)
    reference = set(anchor.sealed_part("reference").column("id").to_pylist())
    held = set(anchor.sealed_part("holdout").column("id").to_pylist())
    assert {row.id for row in (*world.at_hand, *world.judges)} <= reference
    assert not held & {row.id for row in world.origin}


def test_the_same_seed_deals_the_same_world(corpus, world, tmp_path):
    again = deal_world(corpus, size=700, folder=tmp_path / "w", seed=3)
    assert (again.origin, again.at_hand, again.exam) == (world.origin, world.at_hand, world.exam)
    other = deal_world(corpus, size=700, folder=tmp_path / "o", seed=4)
    assert other.origin != world.origin


def test_a_corpus_that_is_too_small_is_refused_with_what_would_do(corpus, tmp_path):
    with pytest.raises(UsageError, match="and there are") as found:
        deal_world(corpus, size=5_000, folder=tmp_path / "w", seed=3)
    assert "Ask for at most" in str(found.value)
