"""What a candidate is worth: kernels and plain numpy read the same, to the bit."""

from __future__ import annotations

from dataclasses import fields, is_dataclass, replace

import numpy as np
import pytest
from hostile import TEXTS, both
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from holdfast.measures.examples import text_sides
from holdfast.measures.worth.labels import Labels
from holdfast.measures.worth.learners import Language
from holdfast.views.closeness import Closeness
from holdfast.views.label_lessons import LabelLessons
from holdfast.views.likeness import FOLDS
from holdfast.views.reading import block_of
from holdfast.views.view import Viewed
from holdfast.views.word_lessons import WordLessons

NAMES = ["card", "loan", "rare"]


def flat(value):
    """All arrays and numbers of a thing, as bytes; whether kernels pay is no result."""
    if isinstance(value, np.ndarray):
        return [(value.dtype.str, value.shape, value.tobytes())]
    if isinstance(value, dict):
        return [part for key in sorted(value) for part in flat(value[key])]
    if isinstance(value, (tuple, list)):
        return [part for one in value for part in flat(one)]
    if is_dataclass(value):
        return [part for f in fields(value) if f.name != "compiled" for part in flat(getattr(value, f.name))]
    return [value]


def everything(sides):
    """What views learn and read, and what learners make of it, with kernels or without."""
    found = []
    for view in (Closeness(salt=1), WordLessons(entropy=(2,)), LabelLessons(salt=1)):
        learnt = view.learn(sides)
        facts = view.read(learnt.model, block_of(sides, 0, len(sides.candidate)))
        found.append([learnt.real, facts])
        order = np.random.default_rng(3).permutation(len(sides.anchor))
        sizes = np.unique([0, len(order) // 3, len(order)])
        if view.name == "label lessons":
            learner = Labels(sides, Viewed(model=learnt.model, real={}, candidate=facts))
            order = order[sides.anchor.strata[order] >= 0]
            sizes = np.minimum(sizes, len(order))
        elif view.name == "word lessons":
            learner = Language(sides, Viewed(model=learnt.model, real={}, candidate=facts))
        else:
            continue
        found += [
            [learner.real(order, sizes, part), learner.candidate(part), learner.without(part)]
            for part in range(0, FOLDS, 3)
        ]
    return flat(found)


def laid_out(real, candidate, *, labelled):
    label = [NAMES[i % 3] for i in range(max(len(real), len(candidate)))]
    return text_sides(
        real=real,
        candidate=candidate,
        real_strata=label[: len(real)] if labelled else None,
        candidate_strata=label[: len(candidate)] if labelled else None,
    )


@settings(
    max_examples=10,
    deadline=None,
    suppress_health_check=list(HealthCheck),
    phases=[Phase.generate],
    derandomize=True,
)
@given(real=TEXTS.filter(lambda texts: len(texts) > 2), candidate=TEXTS.filter(bool), labelled=st.booleans())
def test_hostile_texts_are_read_alike(real, candidate, labelled):
    sides = laid_out(real, candidate, labelled=labelled)
    plain, fast = both(lambda: everything(sides))
    assert plain == fast


@pytest.mark.parametrize("origin", ["column", "clusters"])
def test_rows_that_have_much_in_common_are_read_alike(origin):
    rng = np.random.default_rng(4)
    words = [f"w{i}" for i in range(40)]
    after = {word: rng.choice(words, 4).tolist() for word in words}

    def row():
        said = [words[rng.integers(40)]]
        while len(said) < rng.integers(3, 14):
            said.append(after[said[-1]][rng.integers(4)])
        return " ".join(said)

    real = [row() for _ in range(150)]
    candidate = [row() for _ in range(120)] + real[:20] + [real[3]] * 9 + ["", "w1"]
    sides = replace(laid_out(real, candidate, labelled=True), origin=origin)
    strata = sides.anchor.strata.copy()
    strata[::11] = -1  # a judge without a label is open to all
    sides = replace(sides, anchor=replace(sides.anchor, strata=strata))
    plain, fast = both(lambda: everything(sides))
    assert plain == fast
