"""Hill numbers, coverage and rarefaction, against hand computations, enumeration, published values and known worlds."""

from __future__ import annotations

from itertools import combinations

import numpy as np
import pytest

from holdfast.stats.hill import (
    Tally,
    coverage,
    coverage_at,
    hill_numbers,
    mean_similarity,
    rarefied,
    richness,
    similar_diversity,
    size_of_coverage,
)

TINY = np.array([3, 2, 1, 1])
# Spiders of Harvard Forest (Sackett et al. 2011), the worked example of Chao et al. 2014.
GIRDLED = np.array([46, 22, 17, 15, 15, 9, 8, 6, 6, 4, 2, 2, 2, 2, *[1] * 12])
# Sampling units by kind: which of six rows show which of five kinds.
SHOWN = np.array(
    [[1, 1, 0, 0, 0], [1, 0, 1, 0, 0], [1, 1, 0, 1, 0], [1, 0, 0, 0, 0], [0, 1, 0, 0, 0], [1, 0, 0, 0, 1]]
)


def numbers(shares):
    """Orders 0, 1, 2 by their definitions."""
    shares = shares[shares > 0]
    return [len(shares), np.exp(-(shares * np.log(shares)).sum()), 1 / (shares**2).sum()]


def of_expected_counts(parts, drawn):
    """Hill numbers of the expected number of kinds seen k times, over all parts (Chao et al. 2014, equation 5)."""
    times = np.bincount(np.concatenate(parts))[1:] / len(parts)
    share = np.arange(1, len(times) + 1) / drawn
    return [times.sum(), np.exp(-(times * share * np.log(share)).sum()), 1 / (times * share**2).sum()]


def test_by_hand():
    found = hill_numbers(Tally.of(np.array([50, 25, 25, 0])))
    assert found == pytest.approx([3, 2 * np.sqrt(2), 8 / 3])


def test_a_tally_counts_kinds():
    tally = Tally.of(np.array([0, 1, 3, 1, 0]), once=2)
    assert (tally.seen.tolist(), tally.kinds.tolist()) == ([1, 3], [4, 1])
    assert (tally.total, tally.draws, tally.times(1), tally.times(2)) == (7, 7, 4, 0)


@pytest.mark.parametrize("size", range(1, 8))
def test_individuals_against_all_parts(size):
    people = np.repeat(np.arange(4), TINY)
    parts = [np.bincount(people[list(part)], minlength=4) for part in combinations(range(7), size)]
    tally = Tally.of(TINY)
    assert rarefied(tally, size) == pytest.approx(of_expected_counts(parts, size))
    assert richness(tally, size) == pytest.approx(np.mean([(part > 0).sum() for part in parts]))


@pytest.mark.parametrize("size", range(1, 7))
def test_sampling_units_against_all_parts(size):
    parts = [SHOWN[list(part)].sum(axis=0) for part in combinations(range(6), size)]
    tally = Tally.of(SHOWN.sum(axis=0), len(SHOWN))
    drawn = size * SHOWN.sum() / 6
    assert rarefied(tally, size) == pytest.approx(of_expected_counts(parts, drawn))


@pytest.mark.parametrize("size", range(1, 7))
def test_coverage_of_a_part_is_the_chance_that_another_draw_is_known(size):
    people = np.repeat(np.arange(4), TINY)
    known = [
        people[left] in people[list(part)]
        for part in combinations(range(7), size)
        for left in set(range(7)) - set(part)
    ]
    assert coverage_at(Tally.of(TINY), size) == pytest.approx(np.mean(known))


@pytest.mark.parametrize("size", range(1, 6))
def test_coverage_of_units_is_the_share_of_another_units_kinds_that_are_known(size):
    known = total = 0
    for part in combinations(range(6), size):
        seen = SHOWN[list(part)].any(axis=0)
        for left in set(range(6)) - set(part):
            known += (SHOWN[left] * seen).sum()
            total += SHOWN[left].sum()
    assert coverage_at(Tally.of(SHOWN.sum(axis=0), 6), size) == pytest.approx(known / total)


def test_published_values():
    # Chao et al. 2014, table 1 and appendix; the same from the R package iNEXT (`DataInfo`, `ChaoShannon`).
    tally = Tally.of(GIRDLED)
    assert (tally.draws, tally.times(1), tally.times(2)) == (168, 12, 4)
    assert coverage(tally) == pytest.approx(0.9289, abs=5e-5)
    assert hill_numbers(tally) == pytest.approx([26, 12.06, 7.84], abs=5e-3)
    logged = [88, 22, 16, 15, 13, 10, 8, 8, 7, 7, 7, 5, 4, 4, 4, 3, 3, 3, 3, 2, 2, 2, 2, *[1] * 14]
    assert coverage(Tally.of(np.array(logged))) == pytest.approx(0.9446, abs=5e-5)


def test_coverage_without_kinds_seen_twice():
    assert coverage(Tally.of(np.array([1, 1, 1]))) == pytest.approx(1 - 4 / 6)
    assert coverage(Tally.of(np.array([4, 4]))) == 1.0
    assert coverage(Tally.of(np.array([], np.int64))) == 0.0


def test_the_whole_is_the_limit_of_its_parts():
    tally = Tally.of(GIRDLED)
    assert rarefied(tally, 168) == pytest.approx(hill_numbers(tally))
    assert rarefied(tally, 167.9999) == pytest.approx(hill_numbers(tally), rel=1e-5)
    assert rarefied(tally, 1) == pytest.approx([1, 1, 1])
    assert (np.diff([rarefied(tally, size) for size in range(1, 169)], axis=0) > 0).all()


def test_large_counts_are_expanded_as_if_summed():
    tally = Tally.of(np.array([40_000, 9_000, 1_500, 300, 7, 1]))
    shares = np.array([40_000, 9_000, 1_500, 300, 7, 1]) / 50_808
    rng = np.random.default_rng(0)
    size, draws = 5_000, 4_000
    parts = rng.multivariate_hypergeometric([40_000, 9_000, 1_500, 300, 7, 1], size, size=draws)
    entropy = -np.where(parts > 0, parts / size * np.log(np.maximum(parts, 1) / size), 0).sum(axis=1)
    found = rarefied(tally, size)
    error = 4 * entropy.std() / np.sqrt(draws)
    assert np.log(found[1]) == pytest.approx(entropy.mean(), abs=error)
    assert found[1:] == pytest.approx(numbers(shares)[1:], rel=0.002)


def test_size_of_coverage_inverts_coverage():
    tally = Tally.of(GIRDLED)
    for size in (1, 2, 40, 150):
        assert size_of_coverage(tally, coverage_at(tally, size)) == pytest.approx(size)
    between = size_of_coverage(tally, (coverage_at(tally, 40) + coverage_at(tally, 41)) / 2)
    assert between == pytest.approx(40.5)
    assert size_of_coverage(tally, 0.0) == 1
    assert size_of_coverage(tally, 0.99) == 168


@pytest.mark.parametrize("decay", [0.9, 0.99])
def test_a_geometric_world(decay):
    shares = (1 - decay) * decay ** np.arange(4_000)
    shares /= shares.sum()
    rng = np.random.default_rng(1)
    whole, part, trials = 400, 100, 300
    found = []
    for _ in range(trials):
        counts = rng.multinomial(whole, shares)
        tally = Tally.of(counts)
        truth = shares[counts > 0].sum()
        found.append((coverage(tally) - truth, coverage_at(tally, part), rarefied(tally, part)[0]))
    error = 4 * np.std(found, axis=0) / np.sqrt(trials)
    missed = (1 - shares) ** part
    known = (0.0, 1 - (shares * missed).sum(), (1 - missed).sum())
    assert (np.abs(np.mean(found, axis=0) - known) <= error + np.array([0.002, 0, 0])).all()
    # Order 2 of a geometric world is (1 + decay) / (1 - decay); a large sample finds it.
    large = hill_numbers(Tally.of(rng.multinomial(2_000_000, shares)))
    assert large[2] == pytest.approx((1 + decay) / (1 - decay), rel=0.01)


def test_a_uniform_world_has_one_number():
    counts = np.random.default_rng(2).multinomial(1_000_000, np.full(300, 1 / 300))
    assert hill_numbers(Tally.of(counts)) == pytest.approx([300] * 3, rel=1e-3)
    assert rarefied(Tally.of(counts), 100_000) == pytest.approx([300] * 3, rel=5e-3)


def test_two_samples_of_one_world_agree_at_equal_coverage():
    shares = np.arange(1, 2_001) ** -1.0
    shares /= shares.sum()
    rng = np.random.default_rng(3)
    ratios = []
    for _ in range(60):
        small, large = (Tally.of(rng.multinomial(n, shares)) for n in (500, 4_000))
        share = min(coverage(small), coverage(large))
        low, high = (rarefied(t, size_of_coverage(t, share)) for t in (small, large))
        ratios.append(np.log(high / low))
    error = 4 * np.std(ratios, axis=0) / np.sqrt(60)
    assert (np.abs(np.mean(ratios, axis=0)) <= error + 0.01).all()


def test_similarity_sees_strangers_as_kinds_and_equals_as_one():
    shares = np.array([0.5, 0.3, 0.2])
    assert similar_diversity(shares, np.eye(3)) == pytest.approx(numbers(shares)[2])
    assert similar_diversity(shares, np.ones((3, 3))) == pytest.approx(1.0)
    # Two of the three are the same: what is left are two kinds of one half.
    same = np.array([[1, 0, 0], [0, 1, 1], [0, 1, 1]])
    assert similar_diversity(shares, same) == pytest.approx(2.0)


def test_mean_similarity_against_every_pair():
    rows = np.random.default_rng(4).random((9, 5))
    pairs = [float(rows[i] @ rows[j]) for i, j in combinations(range(9), 2)]
    total = rows.sum(axis=0)
    found = mean_similarity(np.array(total @ total), np.array((rows**2).sum()), np.array(9.0))
    assert float(found) == pytest.approx(np.mean(pairs))
