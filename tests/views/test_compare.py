"""Both sides together: copies, strata, selections, units."""

from __future__ import annotations

from collections import Counter

import numpy as np
import pytest
from worlds import near_copies, sides, zipf_world

from holdfast.views.compare import first_rows
from holdfast.views.formats import FORMATS, read_formats
from holdfast.views.sides import UNKNOWN, select_tokens
from holdfast.views.tokens import read_tokens
from holdfast.views.units import count_units, real_draws, split_groups


@pytest.fixture(scope="module")
def both():
    rng = np.random.default_rng(0)
    world = zipf_world(0, strata=5, length=(20, 20))
    real = near_copies(world.rows(60, rng), 1, rng, changed=1) + world.rows(80, rng)
    near = near_copies(real.at(range(120, 140)), 1, rng, changed=1).at(range(1, 40, 2))
    exact = real.at(range(140, 170))
    loud = type(exact)(texts=tuple(f"  {t.upper()} " for t in exact.texts[:10]), strata=exact.strata[:10])
    return real, sides(real, world.rows(50, rng) + exact + loud + near)


def test_copies_are_found_across_the_sides(both):
    _, found = both
    assert (found.copied[:50] == -1).all()
    assert found.copied[50:80].tolist() == list(range(140, 170))
    assert found.copied[80:90].tolist() == list(range(140, 150))
    near = found.copied[90:110]
    # One word of twenty replaced: most still share four fifths of their character 5-grams.
    assert ((near == -1) | (near == np.arange(120, 140))).all()
    left, right = (read_tokens(part).folded for part in (found.anchor.texts, found.candidate.texts))
    for row, source in enumerate(near):
        a, b = (
            {text[i : i + 5] for i in range(len(text) - 4)} for text in (left[120 + row], right[90 + row])
        )
        assert (source >= 0) == (len(a & b) / len(a | b) >= 0.8)


def test_real_rows_that_repeat_each_other_are_known(both):
    _, found = both
    sizes = np.bincount(found.anchor.duplicates.near)
    np.testing.assert_array_equal(found.repeated, sizes[found.anchor.duplicates.near] > 1)
    assert not found.repeated[120:].any()


def test_groups_of_the_candidate_do_not_depend_on_the_anchor(both):
    real, found = both
    groups = found.candidate.duplicates.units
    assert groups[50:60].tolist() == groups[80:90].tolist()
    assert len(set(groups.tolist())) == len(groups) - 10
    alone = sides(real.at(range(30)), type(real)(texts=found.candidate.texts, strata=("a",) * 110))
    assert len(set(alone.candidate.duplicates.units.tolist())) == len(set(groups.tolist()))


def test_strata_of_the_candidate_that_reality_lacks_come_last():
    rows = zipf_world(1, strata=3).rows(40, np.random.default_rng(1))
    fresh = type(rows)(texts=rows.texts, strata=("unheard", *rows.strata[1:]))
    found = sides(rows, fresh)
    assert found.labels == (*sorted(set(rows.strata)), "unheard")
    assert found.origin == "column"
    assert found.candidate.strata[0] == len(found.labels) - 1


def test_declared_shares_are_put_in_order_and_sum_to_one():
    rows = zipf_world(1, strata=3).rows(60, np.random.default_rng(1))
    found = sides(rows, rows, declared={"stratum 02": 3.0, "stratum 00": 1.0})
    assert found.declared.tolist() == [0.25, 0.0, 0.75]


def test_a_selection_of_strata(both):
    _, found = both
    chosen = found.only(["stratum 01", "stratum 03"])
    assert chosen.labels == ("stratum 01", "stratum 03")
    for side, whole in ((chosen.anchor, found.anchor), (chosen.candidate, found.candidate)):
        rows = [i for i, s in enumerate(whole.strata) if found.labels[s] in chosen.labels]
        assert side.ids == tuple(whole.ids[i] for i in rows)
        assert side.texts == tuple(whole.texts[i] for i in rows)
        assert side.tokens.folded == tuple(whole.tokens.folded[i] for i in rows)
        assert [chosen.labels[s] for s in side.strata] == [found.labels[whole.strata[i]] for i in rows]
        np.testing.assert_array_equal(side.support, whole.support[rows])
        assert int(side.duplicates.units.max()) + 1 == side.units
    for row, source in enumerate(chosen.copied):
        original = found.candidate.ids.index(chosen.candidate.ids[row])
        before = found.copied[original]
        if source >= 0:
            assert chosen.anchor.ids[source] == found.anchor.ids[before]
        elif before >= 0:
            assert found.anchor.ids[before] not in chosen.anchor.ids
    assert len(chosen.repeated) == len(chosen.anchor)


def test_selected_tokens_are_those_of_the_rows():
    texts = ["one two", "", "three four five", "six"]
    chosen = select_tokens(read_tokens(texts), np.array([2, 0, 1, 2]))
    again = read_tokens([texts[i] for i in (2, 0, 1, 2)])
    for name in ("words", "row_starts", "begins", "ends"):
        np.testing.assert_array_equal(getattr(chosen, name), getattr(again, name))
    assert chosen.folded == again.folded


def test_the_first_row_of_every_unit():
    assert first_rows(np.array([0, 1, 1, 0, 2])).tolist() == [0, 1, 4]
    assert first_rows(np.array([2, 0, 2, 1])).tolist() == [1, 3, 0]
    assert first_rows(np.empty(0, np.int64)).tolist() == []


@pytest.mark.parametrize("largest", [0, 1, 2, 3, 7, 100])
def test_groups_are_cut_into_pieces_no_larger_than_reality_shows(largest):
    groups = np.random.default_rng(4).choice([0, 1, 2, 3, 9], 40, p=[0.6, 0.2, 0.1, 0.06, 0.04])
    pieces = split_groups(groups, largest)
    size = max(largest, 2)
    assert sorted(set(pieces.tolist())) == list(range(pieces.max() + 1))
    for group, rows in Counter(groups.tolist()).items():
        sizes = Counter(pieces[groups == group].tolist())
        wanted = [size] * (rows // size) + [rows % size] * (rows % size > 0)
        assert sorted(sizes.values(), reverse=True) == wanted
    assert all(len(set(groups[pieces == piece].tolist())) == 1 for piece in range(pieces.max() + 1))
    assert split_groups(np.empty(0, np.int64), largest).tolist() == []


def test_a_candidate_shows_no_unit_larger_than_reality():
    rng = np.random.default_rng(5)
    world = zipf_world(2, strata=3)
    real = world.rows(80, rng)
    fresh = world.rows(20, rng)
    for copies, largest in ((1, 2), (2, 3), (4, 5)):
        found = sides(real + real.at([0] * copies), fresh + fresh.at([0] * 30))
        assert np.bincount(found.anchor.duplicates.units).max() == copies + 1
        assert np.bincount(found.candidate.duplicates.units).max() == largest
        # Repeats themselves stay whole.
        assert np.bincount(found.candidate.duplicates.exact).max() == 31
        assert np.bincount(found.candidate.duplicates.near).max() == 31


def test_units_are_counted_by_key_and_size():
    rng = np.random.default_rng(2)
    keys = [rng.integers(-1, 4, size=n) for n in (60, 90)]
    groups = [rng.integers(0, n // 2, size=n) for n in (60, 90)]
    types = count_units(keys[0], groups[0], keys[1], groups[1])
    for side, found in enumerate((types.anchor, types.candidate)):
        sizes = Counter((k, g) for k, g in zip(keys[side], groups[side], strict=True) if k != UNKNOWN)
        wanted = Counter((int(k), size) for (k, _), size in sizes.items())
        mine = {(int(k), int(s)): int(n) for k, s, n in zip(types.key, types.size, found, strict=True) if n}
        assert mine == dict(wanted)
        rows = types.rows_by_key(found, 4)
        assert rows.tolist() == [float((keys[side] == k).sum()) for k in range(4)]
    np.testing.assert_array_equal(types.pooled, types.anchor + types.candidate)


def test_pseudo_sides_have_as_many_units_and_only_the_anchors_kinds():
    types = count_units(
        np.array([0, 0, 1]), np.array([0, 0, 1]), np.array([2, 2, 1, 0]), np.array([0, 1, 2, 3])
    )
    anchor, candidate = real_draws(types, 50, np.random.default_rng(3))
    assert (anchor.sum(axis=1) == types.anchor.sum()).all()
    assert (candidate.sum(axis=1) == types.candidate.sum()).all()
    assert (candidate[:, types.anchor == 0] == 0).all()


def test_formats_by_example():
    names = [name for name, _ in FORMATS]
    shown = {
        "bullet list": "- one\n- two",
        "numbered list": "1. one\n2. two",
        "heading": "# Title\nbody",
        "bold text": "a **bold** word",
        "code block": "see\n```\nx\n```",
        "several paragraphs": "one\n\ntwo",
        "several lines": "one\ntwo",
        "quoted whole": '"said"',
        "ends with a question mark": "really?",
        "ends with a full stop": "yes.",
        "begins with a capital letter": "Éclair",
        "emoji": "fine 😀",
        "link": "see https://example.org",
        "digits": "7 of 9",
        "JSON object": '{"a": 1}',
    }
    flags = read_formats([*shown.values(), "plain words"])
    for row, name in enumerate(shown):
        assert flags[row, names.index(name)], name
    assert not flags[-1].any()
    assert read_formats([]).shape == (0, len(FORMATS))
    long = "a" * 10_000 + "?"
    assert read_formats([long])[0, names.index("ends with a question mark")]
