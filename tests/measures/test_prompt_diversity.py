"""Prompt diversity: distances counted by hand, sameness found, reality let be."""

from __future__ import annotations

import numpy as np
import pytest
from worlds import alarming, fewest_hits, zipf_world

from holdfast.measures import Calibration, PromptDiversity, Undetermined
from holdfast.measures.examples import prompt_sides, text_sides

MEASURE = PromptDiversity()
NULL = Calibration(draws=199)


def answers(world, prompts, rng, *, each=3, alike=0.0):
    """Prompts with answers of one stratum; a share of the answers is the first one with its last word changed."""
    found = {}
    for prompt in prompts:
        stratum = int(rng.integers(len(world.labels)))
        first = world.text(stratum, rng)
        found[prompt] = [first]
        for i in range(each - 1):
            text = world.text(stratum, rng)
            if rng.random() < alike:
                text = f"{' '.join(first.split()[:-1])} again{i}"
            found[prompt].append(text)
    return found


def asked(start, count):
    return [f"please answer question number {i}" for i in range(start, start + count)]


def test_distances_by_hand():
    real = {prompt: ["a b", "c d"] for prompt in asked(0, 20)}
    made = {prompt: ["a b", "a b c"] for prompt in asked(0, 20)}
    reading = MEASURE(prompt_sides(real=real, candidate=made), NULL)
    # "a b": pair, start, end. "a b c": two pairs, a triple, start, end. Shared: a pair and the start.
    assert reading.details["alike"] == {"real": 0.0, "candidate": pytest.approx(2 / 6)}
    assert reading.value == pytest.approx(100 * 2 / 6)
    assert reading.null.median == 1.0
    assert reading.details["same_prompts"]


def test_a_prompt_counts_once_however_many_answers_it_has():
    real = {prompt: ["a b", "c d"] for prompt in asked(0, 40)}
    made = {prompt: ["a b", "c d"] if i % 2 else ["same words"] * 12 for i, prompt in enumerate(asked(0, 40))}
    reading = MEASURE(prompt_sides(real=real, candidate=made), NULL)
    assert reading.details["alike"]["candidate"] == pytest.approx(0.5)
    assert reading.details["always_equal"] == {"real": 0.0, "candidate": 0.5}
    assert len(reading.rows) == 20 * 12


def asked_twice(trial, *, alike=0.0):
    """Answers to the same prompts, and in every other trial to other ones."""
    first = 1_000 * (trial % 2)
    rng = np.random.default_rng([trial, 31, first])
    world = zipf_world(trial // 2 % 20, strata=4, words=12)
    real = answers(world, asked(0, 60), rng)
    reading = MEASURE(
        prompt_sides(real=real, candidate=answers(world, asked(first, 60), rng, alike=alike)), NULL
    )
    assert reading.details["same_prompts"] is (first == 0)
    return reading


@pytest.mark.slow
def test_reality_is_let_be():
    p_values = []
    while alarming(p_values) is None:
        p_values.append(asked_twice(len(p_values)).p_value)
    assert not alarming(p_values)


def test_sameness_is_found():
    hits, trials = 0, 20  # 15 must hit; of powers of one half, 98 in a hundred fall short of that
    for trial in range(trials):
        seen = asked_twice(trial, alike=0.4)
        hits += seen.p_value <= 0.01 and seen.effect > MEASURE.tolerance
    assert hits >= fewest_hits(trials, 0.95)


def test_length_is_not_sameness():
    rng = np.random.default_rng(5)
    world = zipf_world(2, strata=4, words=12)
    real, made = (answers(world, asked(0, 60), rng) for _ in (0, 1))
    short = {prompt: [" ".join(text.split()[:4]) for text in found] for prompt, found in made.items()}
    reading = MEASURE(prompt_sides(real=real, candidate=short), NULL)
    assert reading.effect < MEASURE.tolerance


def test_what_cannot_be_read_is_said():
    plain = [f"a row of words number {i}" for i in range(50)]
    answer = MEASURE(text_sides(real=plain, candidate=plain), NULL)
    assert isinstance(answer, Undetermined)
    assert "apart from its answer" in answer.reason
    assert not answer.applies
    several = {prompt: ["a b", "c d"] for prompt in asked(0, 30)}
    single = {prompt: ["a b"] for prompt in asked(0, 30)}
    answer = MEASURE(prompt_sides(real=single, candidate=several), NULL)
    assert isinstance(answer, Undetermined)
    assert "only 0 real prompts" in answer.reason
