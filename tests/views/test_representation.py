"""Closeness as a sentence encoder sees it: an encoder of a few lines stands in for a real one."""

from __future__ import annotations

from dataclasses import replace
from typing import ClassVar
from zlib import crc32

import numpy as np
import pytest
from worlds import Labelled, sides, zipf_world

from holdfast.measures.worth.coverage import Bench, cover
from holdfast.views.closeness import read_likeness
from holdfast.views.embeddings import read_embeddings


class Bag:
    """Embeds the words of a row, whatever their order, and lifts every product as real encoders do."""

    name: ClassVar[str] = "bag of words"
    blind_to: ClassVar[str] = "words in any but their first order"

    def __init__(self, lift: float = 1.0) -> None:
        self.lift = lift
        self.asked: list[str] = []

    def encode(self, texts, progress=lambda done, all_: None):
        self.asked = list(texts)
        rows = np.zeros((len(texts), 65), np.float32)
        for row, text in zip(rows, texts, strict=True):
            for word in text.split():
                row[crc32(word.encode()) % 64] += 1.0
        rows[:, 64] = self.lift * np.linalg.norm(rows, axis=1)
        progress(len(texts), len(texts))
        return rows / np.maximum(np.linalg.norm(rows, axis=1, keepdims=True), 1e-9)


def seen(real, candidate, encoder):
    both = sides(real, candidate, real_labels=False, candidate_labels=False)
    return replace(both, embeddings=read_embeddings(encoder, both.anchor.texts, both.candidate.texts))


def valued(real, candidate, encoder):
    likeness, _ = read_likeness(seen(real, candidate, encoder), np.arange(len(real)))
    return cover(likeness, [Bench(judges=np.arange(len(real)))], len(candidate)).worth


def speech(seed):
    return zipf_world(seed, strata=6, words=30, length=(6, 10))


@pytest.mark.parametrize("lift", [0.0, 2.0])
def test_real_rows_are_worth_themselves_whatever_strangers_have_in_common(lift):
    found = []
    for seed in range(6):
        rng = np.random.default_rng([seed, 8])
        world = speech(seed)
        found.append(valued(world.rows(500, rng), world.rows(200, rng), Bag(lift)).rows)
    assert np.median(found) == pytest.approx(200, rel=0.15)


def test_an_encoder_that_cannot_see_order_is_taken_in_by_shuffled_words():
    rng = np.random.default_rng(4)
    real, rows = speech(1).rows(500, rng), speech(1).rows(200, rng)
    shuffled = replace(rows, texts=tuple(" ".join(rng.permutation(text.split())) for text in rows.texts))
    assert valued(real, shuffled, Bag()).rows == pytest.approx(valued(real, rows, Bag()).rows, rel=0.01)


def test_the_representation_says_who_judged():
    rng = np.random.default_rng(2)
    rows = speech(0).rows(80, rng)
    both = sides(rows, rows)
    _, words = read_likeness(both, np.arange(80))
    assert "word pairs" in words.name
    assert "other words" in words.blind_to
    _, bag = read_likeness(
        replace(both, embeddings=read_embeddings(Bag(), rows.texts, rows.texts)), np.arange(80)
    )
    assert "bag of words" in bag.name
    assert bag.blind_to.endswith("; words in any but their first order")


def test_embeddings_follow_the_rows_of_chosen_strata():
    rng = np.random.default_rng(3)
    real, candidate = speech(2).rows(120, rng), speech(2).rows(60, rng)
    both = sides(real, candidate)
    both = replace(both, embeddings=read_embeddings(Bag(), both.anchor.texts, both.candidate.texts))
    part = both.only([both.labels[0]])
    assert part.embeddings is not None
    again = read_embeddings(Bag(), part.anchor.texts, part.candidate.texts)
    assert (part.embeddings.anchor == again.anchor).all()
    assert (part.embeddings.candidate == again.candidate).all()


def test_rows_without_text_are_near_nothing():
    real = Labelled(texts=("", "one two three", "four five six", "seven eight nine"), strata=("a",) * 4)
    likeness, _ = read_likeness(seen(real, real, Bag(0.0)), np.arange(4))
    assert likeness.best[0] == 0


def test_length_is_not_distance():
    rng = np.random.default_rng(6)
    world = speech(3)
    real, first, second = world.rows(500, rng), world.rows(200, rng), world.rows(200, rng)
    joined = replace(first, texts=tuple(f"{a} {b}" for a, b in zip(first.texts, second.texts, strict=True)))

    def worth(rows):
        both = sides(real, rows, real_labels=False, candidate_labels=False)
        likeness, _ = read_likeness(both, np.arange(len(real)))
        return cover(likeness, [Bench(judges=np.arange(len(real)))], len(rows)).worth.rows

    assert worth(joined) == pytest.approx(worth(first), rel=0.25)
