"""Moves, pulls and the nearest voices: against truths that are known, with their errors as often as they say."""

import numpy as np
import pytest
from scipy.stats import binom

from holdfast.measures.model.voice import read_drift, read_moves, read_nearest
from holdfast.measures.model.voice.drift import LEAST_ALIGNMENT
from holdfast.measures.model.voice.examples import answer, mixed
from holdfast.measures.model.voice.moves import spreads
from holdfast.measures.reading import Undetermined
from holdfast.views.voice import read_voices

WIDTH = 8
NAMES = ("teacher", "one", "two", "three")


def world(rng, *, prompts=240, after=None, far=1.5, scatter=None):
    """After, before, a teacher and three placebos, each of a mean of its own; what a prompt asks for is shared."""
    means = np.zeros((6, WIDTH))
    means[2:] = far * np.eye(4, WIDTH)
    if after is not None:
        means[0] = after
    turn = np.eye(WIDTH) if scatter is None else scatter
    shared = rng.normal(size=(1, prompts, WIDTH))
    return (shared + means[:, None] + rng.normal(size=(6, prompts, WIDTH)) @ turn).astype(np.float32)


def drift(sets, rng, draws=199):
    moved = sets[[0, 2, 3, 4, 5]] - sets[1]
    return read_drift(read_moves(sets, 1, moved, rng, draws=99), NAMES, rng, draws=draws)


def test_products_are_inner_products_by_the_scatter():
    rng = np.random.default_rng(0)
    turn = rng.normal(size=(WIDTH, WIDTH)) / 2 + np.eye(WIDTH)
    sets = world(rng, prompts=6_000, after=np.arange(WIDTH) / 4, scatter=turn)
    moved = sets[[0, 2, 3]] - sets[1]
    found = read_moves(sets, 1, moved, rng, draws=9).products
    cov = turn.T @ turn
    near = 0.8 * cov + 0.2 * np.diag(np.diag(cov))
    means = np.stack([np.arange(WIDTH) / 4, 1.5 * np.eye(WIDTH)[0], 1.5 * np.eye(WIDTH)[1]])
    np.testing.assert_allclose(found, means @ np.linalg.solve(near, means.T), rtol=0.15, atol=0.15)


def test_the_scatter_is_that_within_sets_and_prompts():
    rng = np.random.default_rng(1)
    turn = rng.normal(size=(WIDTH, WIDTH))
    sets = world(rng, prompts=4_000, scatter=turn)
    fold = np.arange(4_000) % 4
    cov = turn.T @ turn
    for found in spreads(sets, fold, 4):
        np.testing.assert_allclose(
            found, 0.8 * cov + 0.2 * np.diag(np.diag(cov)), atol=0.05 * np.abs(cov).max()
        )


def test_few_outputs_shrink_the_scatter_to_its_diagonal():
    rng = np.random.default_rng(2)
    sets = rng.normal(size=(2, 10, 40)).astype(np.float32)
    sets[..., 0] = 1.0
    for found in spreads(sets, np.arange(10) % 2, 2):
        assert np.count_nonzero(found - np.diag(np.diag(found))) == 0
        assert (np.diag(found) > 0).all()


def test_what_rounding_moves_is_not_seen():
    rng = np.random.default_rng(3)
    sets = world(rng, after=np.eye(WIDTH)[0])
    sets[..., -1] = 100.0 + np.float32(1e-5) * rng.integers(-1, 2, sets.shape[:2])
    sets[0, :, -1] += np.float32(1e-5)
    found = [read_moves(part, 1, part[[0, 2]] - part[1], rng, draws=9) for part in (sets, sets[..., :-1])]
    np.testing.assert_allclose(*(moves.products for moves in found), rtol=0.2, atol=0.1)


def test_where_nothing_moved_nothing_is_seen_even_with_more_features_than_outputs():
    """A scatter learnt from all prompts would let what they agree on by chance look like a movement."""
    sizes, errors = [], []
    for seed in range(40):
        rng = np.random.default_rng(seed)
        sets = rng.normal(size=(5, 60, 150)).astype(np.float32)
        sets[2:, :, :3] += 1.0
        moves = read_moves(sets, 1, sets[[0, 2]] - sets[1], rng, draws=9)
        sizes.append(moves.products[0, 0])
        errors.append(moves.products[0, 1])
    for found in (sizes, errors):
        assert abs(np.mean(found)) < 3 * np.std(found) / np.sqrt(len(found))


@pytest.mark.parametrize("share", [0.0, 0.2, 0.6])
def test_the_pull_is_the_share_and_its_interval_holds_it(share):
    """95 % intervals over 100 worlds."""
    inside = 0
    pulls = []
    for seed in range(100):
        rng = np.random.default_rng([3, seed])
        sets = world(rng)
        chosen = rng.random(sets.shape[1]) < share
        sets[0, chosen] = sets[2, chosen]
        found = drift(sets, rng).teacher
        # What was drawn: the share of prompts is itself a draw, as it is in a mixture.
        inside += found.interval[0] <= share <= found.interval[1]
        pulls.append(found.pull)
    assert binom.ppf(0.001, 100, 0.94) <= inside
    assert np.mean(pulls) == pytest.approx(share, abs=0.02)


def test_false_alarms_where_nothing_moved_and_where_something_else_did():
    again = other = 0
    for seed in range(80):
        rng = np.random.default_rng([4, seed])
        sets = world(rng)
        again += drift(sets, rng).pulled
        sets = world(rng, after=0.7 * np.eye(WIDTH)[6] + 0.3 * np.eye(WIDTH)[0])
        other += drift(sets, rng).aimed
    assert again <= binom.ppf(0.999, 80, 0.01)
    assert other <= binom.ppf(0.999, 80, 0.01)


def test_a_planted_share_is_found_and_goes_to_the_right_name():
    right = wrong = 0
    for seed in range(40):
        rng = np.random.default_rng([5, seed])
        sets = world(rng, far=2.5)
        chosen = rng.random(sets.shape[1]) < 0.3
        sets[0, chosen] = sets[2, chosen]
        right += drift(sets, rng).aimed
        wrong += drift(sets[[0, 1, 3, 2, 4, 5]], rng).aimed
    assert right >= 30
    assert wrong <= binom.ppf(0.999, 40, 0.01)


def test_a_voice_like_a_placebo_needs_more_alignment():
    rng = np.random.default_rng(6)
    sets = world(rng, prompts=2_000)
    sets[3] += sets[2].mean(axis=0) - sets[1].mean(axis=0)
    found = drift(sets, rng)
    assert found.twin == "one"
    assert found.twin_likeness == pytest.approx(1 / np.sqrt(2), abs=0.06)
    assert found.needed_alignment == pytest.approx((1 + found.twin_likeness) / 2)
    assert found.needed_alignment > LEAST_ALIGNMENT


def test_a_teacher_who_sounds_like_before_is_not_read():
    rng = np.random.default_rng(7)
    sets = world(rng)
    sets[2] = world(rng)[1]
    found = drift(sets, rng)
    assert found.teacher.pull is None
    assert not found.pulled
    assert found.specific is None


def test_halves_of_the_start_say_what_nothing_looks_like():
    rng = np.random.default_rng(8)
    sets = world(rng)
    moves = read_moves(sets, 1, sets[[0, 2]] - sets[1], rng, draws=1_999)
    own = moves.products[1, 1]
    # Two halves of 120 outputs: a standard error of 2 / sqrt(240) of their scatter, shared wishes included.
    expected = 2 / np.sqrt(240) * np.sqrt(2) / np.sqrt(own)
    assert moves.halves[:, 1].std() / own == pytest.approx(expected, rel=0.25)
    assert abs(moves.halves[:, 1].mean() / own) < 0.02


def test_the_same_seed_gives_the_same_drift():
    sets = world(np.random.default_rng(9))
    assert drift(sets, np.random.default_rng(1)) == drift(sets, np.random.default_rng(1))


def test_texts_with_a_planted_share():
    rng = np.random.default_rng(10)
    said = [answer(one, 300, rng) for one in (0, 0, 1, 2, 3, 4)]
    said[0] = mixed(said[0], said[2], 0.3, rng)
    sets = read_voices(said, most=300).features
    found = drift(sets, rng)
    assert found.aimed
    assert found.teacher.pull == pytest.approx(0.3, abs=0.12)


def test_the_nearest_voice_is_that_of_the_smallest_angle():
    rng = np.random.default_rng(11)
    panel = (rng.normal(size=(4, 400, WIDTH)) + rng.normal(size=(4, 1, WIDTH))).astype(np.float32)
    outputs = (rng.normal(size=(400, WIDTH)) + 0.3 * panel[2].mean(axis=0)).astype(np.float32)
    found = read_nearest(outputs, panel, ["a", "b", "c", "d"], rng, draws=199)
    everything = np.concatenate([outputs[None], panel])
    sd = (everything - everything.mean(axis=1, keepdims=True)).reshape(-1, WIDTH).std(axis=0)
    means = everything.mean(axis=1) / sd
    apart = means - means[1:].mean(axis=0)
    oracle = [apart[0] @ one / np.linalg.norm(apart[0]) / np.linalg.norm(one) for one in apart[1:]]
    for voice in found.voices:
        assert voice.likeness == pytest.approx(oracle["abcd".index(voice.name)], abs=1e-4)
    assert sum(voice.nearest_share for voice in found.voices) == pytest.approx(1.0)
    kept = [voice for voice in found.voices if voice.kept]
    assert sum(voice.nearest_share for voice in kept) >= 0.95
    assert found.voices[0].name == "abcd"[int(np.argmax(oracle))]


def test_between_two_equal_voices_both_are_kept():
    rng = np.random.default_rng(12)
    panel = rng.normal(size=(3, 400, WIDTH)).astype(np.float32)
    panel[2] += 2.0
    outputs = rng.normal(size=(400, WIDTH)).astype(np.float32)
    found = read_nearest(outputs, panel, ["a", "b", "c"], rng)
    assert {voice.name for voice in found.voices if voice.kept} == {"a", "b"}


def test_too_few_prompts_or_voices_are_no_answer():
    rng = np.random.default_rng(13)
    panel = rng.normal(size=(3, 399, 2)).astype(np.float32)
    assert isinstance(read_nearest(panel[0], panel, "abc", rng), Undetermined)
    assert isinstance(read_nearest(panel[0], panel[:1], "a", rng, least=10), Undetermined)
