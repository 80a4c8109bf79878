"""Over-used phrases: by-hand figures, and how many are found where there is nothing."""

import numpy as np
import pytest
from scipy import stats

from holdfast.measures.reading import Undetermined
from holdfast.measures.text.phrase_overuse import overdispersion, read_overuse


def notes(rng, count, words=12):
    return [" ".join(f"w{i}" for i in rng.zipf(1.6, words) % 400) for _ in range(count)]


def test_nothing_is_over_used_where_both_are_alike():
    found = [
        read_overuse(notes(rng, 300), notes(rng, 300), rng) for rng in map(np.random.default_rng, range(10))
    ]
    assert sum(len(one.phrases) for one in found) <= stats.poisson.ppf(0.999, 10 * 0.05)
    assert sum(one.false_phrases for one in found) <= 2
    assert np.mean([one.row_share for one in found]) == pytest.approx(
        np.mean([one.reality for one in found]), abs=0.05
    )


def test_a_planted_phrase_is_found_with_its_rates():
    rng = np.random.default_rng(0)
    own = [f"{text} rich tapestry" if i < 6 else text for i, text in enumerate(notes(rng, 300))]
    new = [f"{text} rich tapestry" if i % 2 else text for i, text in enumerate(notes(rng, 200))]
    found = read_overuse(own, new, rng)
    first = found.phrases[0]
    assert "rich tapestry" in first.phrase
    assert (first.outputs, first.approved) == (100, 6)
    assert first.ratio == pytest.approx((100.5 / 200) / (6.5 / 300))
    assert found.row_share == pytest.approx(0.5, abs=0.05)
    assert found.reality == pytest.approx(0.02, abs=0.01)
    assert found.row_share_interval[0] < 0.5 < found.row_share_interval[1]


def test_the_interval_is_that_of_two_poisson_rates():
    own = ["alpha beta" if i < 10 else f"n{i}" for i in range(100)]
    new = ["alpha beta" if i < 40 else f"m{i}" for i in range(100)]
    found = read_overuse(own, new, np.random.default_rng(0))
    first = next(one for one in found.phrases if one.phrase == "alpha beta")
    low, high = stats.binomtest(40, 50).proportion_ci(0.95, "exact")
    assert first.interval == pytest.approx((low / (1 - low), high / (1 - high)))
    assert first.p_value == pytest.approx(stats.binomtest(40, 50, 0.5, alternative="greater").pvalue)
    assert first.overdispersion == 0.0


def test_a_phrase_of_few_prompts_is_not_called_over_used():
    rng = np.random.default_rng(1)
    own, new = notes(rng, 300), notes(rng, 300)
    prompts = [f"prompt {i // 20}" for i in range(300)]
    # All answers to one prompt of fifteen say it: that is the prompt, and no habit.
    new = [f"{text} as you asked" if i < 20 else text for i, text in enumerate(new)]
    assert any("as you asked" in one.phrase for one in read_overuse(own, new, rng).phrases)
    assert not any(
        "as you asked" in one.phrase for one in read_overuse(own, new, rng, prompts=prompts).phrases
    )
    # Said under every prompt, it is one.
    new = [f"{text} as you asked" if i % 3 == 0 else text for i, text in enumerate(notes(rng, 300))]
    assert any("as you asked" in one.phrase for one in read_overuse(own, new, rng, prompts=prompts).phrases)


def test_overdispersion_finds_what_was_planted():
    rng = np.random.default_rng(0)
    means = 5.0 * rng.gamma(2.0, 0.5, 20_000)
    assert overdispersion(rng.poisson(means).astype(float), np.full(20_000, 50.0)) == pytest.approx(
        0.5, abs=0.03
    )
    assert overdispersion(rng.poisson(5.0, 20_000).astype(float), np.full(20_000, 50.0)) < 0.01


def test_near_copies_are_one_row():
    own = [f"text number {i} of ours" for i in range(100)]
    new = ["one and the same thing said"] * 80 + [f"line {i} by them" for i in range(80)]
    units = np.array([0] * 80 + list(range(1, 81)))
    found = read_overuse(own, new, np.random.default_rng(0), output_units=units)
    assert found.rows == 81
    assert not any("same thing" in one.phrase for one in found.phrases)


@pytest.mark.parametrize("sizes", [(10, 100), (100, 10)])
def test_too_little_is_no_answer(sizes):
    rng = np.random.default_rng(0)
    found = read_overuse(notes(rng, sizes[0]), notes(rng, sizes[1]), rng)
    assert isinstance(found, Undetermined)
    assert "10 different" in found.reason
