"""A part of reality: content chooses it, thin strata are read whole, and shares stay those of the whole."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pyarrow as pa
import pytest

from holdfast.measures import BandRetention, Calibration, StratumDeficit
from holdfast.views.compare import compare
from holdfast.views.read_rows import LEAST_IN_STRATUM
from holdfast.views.real_part import ANCHOR_ROWS, choose_real
from holdfast.views.reality import Rows, read_reality

WORDS = [f"{a}{b}" for a in "bcdfghklmnprst" for b in ("ar", "elo", "ine", "ost", "uma", "yth")]


def world(count, seed, strata=6, halving=0.5):
    """Texts and labels; each stratum is half as frequent as the one before it."""
    rng = np.random.default_rng(seed)
    weights = halving ** np.arange(strata)
    label = rng.choice(strata, count, p=weights / weights.sum())
    chosen = (rng.zipf(1.5, (count, 7)) + label[:, None] * 5) % len(WORDS)
    texts = [" ".join(WORDS[word] for word in row) for row in chosen.tolist()]
    return texts, [f"s{number}" for number in label.tolist()]


def chosen(texts, labels, **options):
    return choose_real(
        pa.chunked_array([pa.array(texts)]), pa.chunked_array([pa.array(labels, pa.string())]), **options
    )


def content(part, texts, labels):
    return sorted(
        (texts[row], str(labels[row]), bool(more)) for row, more in zip(part.rows, part.extra, strict=True)
    )


def test_small_realities_are_read_whole():
    texts, labels = world(300, 0)
    assert chosen(texts, labels, rows=300) is None
    assert chosen(texts, labels) is None


def test_equal_content_in_another_order_gives_the_same_part():
    texts, labels = world(3_000, 1)
    labels[:50] = [None] * 50
    part = chosen(texts, labels, rows=700)
    order = np.random.default_rng(2).permutation(len(texts)).tolist()
    turned = [texts[row] for row in order], [labels[row] for row in order]
    again = chosen(*turned, rows=700)
    assert int((~part.extra).sum()) == 700
    assert content(part, texts, labels) == content(again, *turned)


def test_a_thin_stratum_of_a_very_large_reality_is_kept_whole():
    count = 300_000
    rng = np.random.default_rng(3)
    texts = [f"row {number}" for number in rng.integers(10**9, size=count).tolist()]
    labels = ["rare" if row % 10_000 == 7 else "often" for row in range(count)]
    part = chosen(texts, labels)
    rare = np.flatnonzero(np.array(labels)[part.rows] == "rare")
    assert len(rare) == 30
    assert len(part.counted) == ANCHOR_ROWS
    assert 10 <= int((~part.extra[rare]).sum()) <= 29, "those that content chose are counted, and no others"


def test_words_bound_it_as_well():
    texts, labels = world(500, 4)
    part = chosen(texts, labels, words=1_400)
    assert 180 <= int((~part.extra).sum()) <= 220
    assert chosen(texts, labels, words=500 * 7) is None


def test_a_part_of_reality_knows_more_than_its_rows():
    texts, labels = world(4_000, 5)
    rare = [row for row, label in enumerate(labels) if label == "s5"]
    part = chosen(texts, labels, rows=500)
    assert 0 < len(rare) < LEAST_IN_STRATUM
    assert set(rare) <= set(part.rows.tolist())
    reality = part_of_reality(texts, labels, part)
    assert len(reality.ids) == len(reality.tokens) == len(reality.support) == 500
    assert reality.beyond.whole == 4_000
    assert reality.strata.labels == tuple(f"s{number}" for number in range(6))
    whole = [labels.count(label) for label in reality.strata.labels]
    assert np.bincount(reality.beyond.census.strata).tolist() == whole
    # Rows that were not read are alone, or stand with the rows they equal.
    units = reality.beyond.census.units
    equal = {}
    for row, text in enumerate(texts):
        assert equal.setdefault(text, units[row]) == units[row]


def part_of_reality(texts, labels, part, *, labelled=True):
    rows = part.rows.tolist()
    given = Rows(
        ids=[str(row) for row in rows],
        texts=[texts[row] for row in rows],
        strata=[labels[row] for row in rows],
    )
    return read_reality(given, labelled_candidate=labelled, part=part)


def beside(reality, count, seed, **options):
    texts, labels = world(count, seed, **options)
    return compare(reality, Rows(ids=[f"c{row}" for row in range(count)], texts=texts, strata=labels))


def test_strata_are_expected_as_the_whole_has_them():
    texts, labels = world(4_000, 6)
    sides = beside(part_of_reality(texts, labels, chosen(texts, labels, rows=500)), 400, 7)
    found = StratumDeficit()(sides, Calibration(draws=199))
    assert {row["stratum"]: row["real_rows"] for row in found.details["strata"]} == {
        label: labels.count(label) for label in sorted(set(labels))
    }
    only = sides.only(["s4", "s5"])
    assert [int((only.real_strata[0] == number).sum()) for number in range(2)] == [
        labels.count("s4"),
        labels.count("s5"),
    ]


@pytest.mark.parametrize("labelled", [True, False])
def test_what_reality_would_have_scored_stays_true(labelled):
    """Faithful candidates beside a part of which thin strata were read whole: no more alarms than the level says."""
    texts, labels = world(3_000, 8)
    reality = part_of_reality(texts, labels, chosen(texts, labels, rows=600), labelled=labelled)
    alarms = 0
    for seed in range(20):
        made, names = world(300, 100 + seed)
        rows = Rows(ids=[f"c{row}" for row in range(300)], texts=made, strata=names if labelled else None)
        sides = compare(reality, rows)
        for measure in (StratumDeficit(), BandRetention()):
            found = measure(sides, Calibration(draws=199))
            alarms += getattr(found, "p_value", 1.0) <= 0.05
    # 40 readings, not all independent: 2 are expected, more than 6 in one of 500 such tests.
    assert alarms <= 6


def test_a_lost_stratum_is_found_from_a_part():
    texts, labels = world(4_000, 9)
    reality = part_of_reality(texts, labels, chosen(texts, labels, rows=500))
    made, names = world(600, 10)
    kept = [row for row, name in enumerate(names) if name not in ("s3", "s4")]
    rows = Rows(
        ids=[f"c{row}" for row in kept],
        texts=[made[row] for row in kept],
        strata=[names[row] for row in kept],
    )
    found = StratumDeficit()(compare(reality, rows), Calibration(draws=199))
    assert found.details["lost"] == ["s3", "s4"]


def test_without_labels_there_is_no_census():
    texts, _ = world(900, 11)
    part = chosen(texts, [None] * len(texts), rows=300)
    assert not part.extra.any()
    rows = part.rows.tolist()
    reality = read_reality(
        Rows(ids=[str(row) for row in rows], texts=[texts[row] for row in rows]), part=part
    )
    assert reality.beyond.census is None
    whole = read_reality(Rows(ids=[str(row) for row in rows], texts=[texts[row] for row in rows]))
    assert replace(reality, beyond=None).support.tolist() == whole.support.tolist()
