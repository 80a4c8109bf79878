"""What views learn from an anchor is learnt once: with the same key it is the same, whatever the candidate."""

from __future__ import annotations

from dataclasses import replace
from importlib import import_module
from pkgutil import iter_modules
from typing import ClassVar

import numpy as np
import pytest
from worlds import Labelled, zipf_world

from holdfast import views
from holdfast.backends.store import Key, Store
from holdfast.views.closeness import Closeness
from holdfast.views.compare import compare
from holdfast.views.damage import DAMAGE
from holdfast.views.formats import FORMAT_FLAGS
from holdfast.views.label_lessons import LabelLessons
from holdfast.views.language import LANGUAGE
from holdfast.views.learning import digest_of_anchor, key_of_view, learn
from holdfast.views.margins import MARGINS
from holdfast.views.phrase_holders import PhraseHolders
from holdfast.views.rare_words import RARE_WORDS
from holdfast.views.reading import read_view
from holdfast.views.real_part import choose_real
from holdfast.views.reality import Rows, read_reality
from holdfast.views.streaming.digest import digest_of
from holdfast.views.surprisal import SURPRISAL, SURPRISAL_OF_LONG_ROWS
from holdfast.views.view import Learnt
from holdfast.views.word_lessons import WordLessons

VIEWS = [
    Closeness(salt=3),
    WordLessons(entropy=(0, 1)),
    LabelLessons(salt=3),
    SURPRISAL,
    SURPRISAL_OF_LONG_ROWS,
    LANGUAGE,
    RARE_WORDS,
    MARGINS,
    DAMAGE,
    FORMAT_FLAGS,
]
EVERY = [*VIEWS, PhraseHolders(least_ratio=2.0, least_share=0.01, most=9)]


def rows(sign, labelled, *, labels=True):
    return Rows(
        ids=[f"{sign}:{i}" for i in range(len(labelled))],
        texts=labelled.texts,
        strata=labelled.strata if labels else None,
    )


@pytest.fixture(scope="module")
def world():
    return zipf_world(2, strata=5, words=30, length=(3, 12))


@pytest.fixture(scope="module")
def real(world):
    return world.rows(260, np.random.default_rng(5))


def put_beside(real, candidate, *, labels=True, shelf=None):
    reality = read_reality(rows("r", real), labelled_candidate=labels, shelf=shelf)
    return compare(reality, rows("c", candidate, labels=labels))


@pytest.fixture(scope="module")
def candidates(world, real):
    """As they come; longer ones with copies; few short ones with a label that reality has not; templates that are cut out."""
    rng = np.random.default_rng(7)
    as_real = world.rows(170, rng)
    long = Labelled(
        texts=tuple(f"{text} {other}" for text, other in zip(as_real.texts, real.texts, strict=False))
        + real.texts[:40],
        strata=as_real.strata + real.strata[:40],
    )
    short = Labelled(texts=tuple(text[:9] for text in as_real.texts[:60]), strata=("other",) * 60)
    template = Labelled(
        texts=tuple(f"as an assistant i would gladly say {text}" for text in as_real.texts),
        strata=as_real.strata,
    )
    return as_real, long, short, template


def test_every_view_is_here():
    found = {
        kind
        for module in iter_modules(views.__path__)
        for kind in vars(import_module(f"holdfast.views.{module.name}")).values()
        if isinstance(kind, type) and hasattr(kind, "holds") and not getattr(kind, "_is_protocol", False)
    }
    assert found == {type(view) for view in EVERY}


@pytest.fixture(scope="module")
def beside(real, candidates):
    """Each candidate beside the anchor, with labels and without."""
    return {labels: [put_beside(real, one, labels=labels) for one in candidates] for labels in (True, False)}


@pytest.mark.parametrize("view", EVERY, ids=lambda view: view.name)
@pytest.mark.parametrize("labels", [True, False])
def test_equal_keys_mean_equal_lessons(beside, tmp_path, view, labels):
    """Learnt beside other candidates, what has the same key is the same to the bit."""
    if view.name in ("margins", "label lessons") and not labels:
        return
    store = Store(tmp_path, bound=10**9)
    found = {}
    for sides in beside[labels]:
        key = key_of_view(replace(sides, shelf=store), view)
        if key is not None:
            found.setdefault(key, set()).add(digest_of(view.learn(sides)))
    assert all(len(digests) == 1 for digests in found.values())
    if view.name == "phrase_holders":
        assert not found
    elif labels and view.name in ("closeness", "margins", "label lessons"):
        assert len(found) == 2  # how many labels there are in all counts
    else:
        assert len(found) == 1


@pytest.mark.parametrize("view", VIEWS, ids=lambda view: view.name)
def test_what_is_kept_is_what_would_be_learnt(beside, tmp_path, view):
    store = Store(tmp_path, bound=10**9)
    one, other, *_ = (replace(sides, shelf=store) for sides in beside[True])
    first = learn(one, view)
    assert [holding.files for holding in store.holdings()] == [1]
    second = learn(other, view)
    assert store.hits == 1
    assert digest_of(second) == digest_of(first) == digest_of(view.learn(other))


class Counting:
    """A view that counts how often it is taught."""

    name: ClassVar[str] = "counting"
    version: ClassVar[int] = 1
    merges: ClassVar = {"words": "rows"}
    uses: ClassVar[tuple[str, ...]] = ()
    holds: ClassVar[tuple[type, ...]] = ()

    def __init__(self, depends=()):
        self.lessons = 0
        self.answer = depends

    def __repr__(self):
        return "Counting()"

    def depends(self, sides):
        return self.answer

    def learn(self, sides):
        self.lessons += 1
        return Learnt(model=(len(sides.anchor), "words"), real={"words": sides.anchor.counts})

    def read(self, model, block):
        return {"words": block.tokens.counts + model[0]}


def with_store(sides, store):
    """Sides that have read nothing yet."""
    return [replace(one, shelf=store) for one in sides]


def test_a_second_candidate_teaches_nothing_again(beside, tmp_path):
    view, store = Counting(), Store(tmp_path, bound=10**9)
    first = [read_view(sides, view) for sides in with_store(beside[True], store)]
    assert view.lessons == 1
    assert digest_of(first) == digest_of([read_view(sides, view) for sides in with_store(beside[True], None)])
    assert view.lessons == 1 + len(first)


def test_what_depends_on_the_candidate_is_learnt_each_time(beside, tmp_path):
    view = Counting(depends=None)
    for sides in with_store(beside[True], Store(tmp_path, bound=10**9)):
        read_view(sides, view)
    assert view.lessons == len(beside[True])


def test_another_anchor_has_another_key(world, real, candidates, tmp_path):
    """One word, one row, one repeat or the order of rows makes another anchor."""
    store = Store(tmp_path, bound=10**9)
    view = Counting()
    texts, strata = real.texts, real.strata
    others = [
        Labelled(texts=(texts[0] + " more", *texts[1:]), strata=strata),
        Labelled(texts=(texts[0].upper(), *texts[1:]), strata=strata),
        Labelled(texts=texts[1:], strata=strata[1:]),
        Labelled(texts=(*texts[1:], texts[0]), strata=(*strata[1:], strata[0])),
    ]
    keys = {
        key_of_view(put_beside(one, candidates[2], shelf=store), view)
        for one in (real, replace(real, strata=strata[::-1]), *others)
    }
    assert len(keys) == 1 + len(others)
    sides = put_beside(real, candidates[0], shelf=store)
    view.answer = (1,)
    assert key_of_view(sides, view) not in keys
    repeats = replace(sides.anchor.duplicates, units=sides.anchor.duplicates.units[::-1].copy())
    changed = replace(sides, anchor=replace(sides.anchor, duplicates=repeats))
    assert digest_of_anchor(changed) != digest_of_anchor(sides)


def test_damaged_files_are_learnt_anew(real, candidates, tmp_path):
    view, store = Counting(), Store(tmp_path, bound=10**9)
    read_view(put_beside(real, candidates[0], shelf=store), view)
    whole = digest_of(read_reality(rows("r", real)))
    for path in tmp_path.rglob("*.arrow"):
        path.write_bytes(path.read_bytes()[:-9])
    sides = put_beside(real, candidates[0], shelf=store)
    read_view(sides, view)
    assert view.lessons == 2
    assert digest_of(read_reality(rows("r", real))) == whole


def test_a_kept_file_of_something_else_is_learnt_anew(real, candidates, tmp_path):
    view, store = Counting(), Store(tmp_path, bound=10**9)
    sides = put_beside(real, candidates[0], shelf=store)
    key = key_of_view(sides, view)
    assert isinstance(key, Key)
    store.put(key, {"tree": '["tuple", []]'})
    read_view(sides, view)
    assert view.lessons == 1


def test_an_encoder_teaches_each_time(real, candidates, tmp_path):
    sides = put_beside(real, candidates[0], shelf=Store(tmp_path, bound=10**9))
    assert key_of_view(sides, Counting()) is not None
    assert key_of_view(replace(sides, embeddings=object()), Counting()) is None


@pytest.mark.parametrize("labelled", [True, False])
@pytest.mark.parametrize("labels", [True, False])
def test_reality_is_read_back_as_it_was(real, tmp_path, labels, labelled):
    store = Store(tmp_path, bound=10**9)
    given = rows("r", real, labels=labels)
    plain, cold, warm = (
        read_reality(given, labelled_candidate=labelled, shelf=shelf) for shelf in (None, store, store)
    )
    assert store.hits == 1
    said = [digest_of(replace(found, shelf=None)) for found in (plain, cold, warm)]
    assert said[0] == said[1] == said[2]
    read_reality(given, labelled_candidate=not labelled, shelf=store)
    read_reality(given, labelled_candidate=labelled, salt=1, shelf=store)
    assert store.hits == 1
    named = replace(given, ids=[f"other {i}" for i in range(len(real))])
    assert read_reality(named, labelled_candidate=labelled, shelf=store).ids == tuple(named.ids)
    assert store.hits == 2  # what rows are called teaches nothing


@pytest.mark.parametrize("labelled", [True, False])
def test_a_part_of_reality_is_read_back_as_it_was(tmp_path, labelled):
    import pyarrow as pa

    store = Store(tmp_path, bound=10**9)
    real = zipf_world(2, strata=2, words=9, length=(2, 5)).rows(900, np.random.default_rng(3))
    part = choose_real(pa.chunked_array([list(real.texts)]), pa.chunked_array([list(real.strata)]), rows=300)
    read = Labelled(
        texts=tuple(real.texts[row] for row in part.rows), strata=tuple(real.strata[row] for row in part.rows)
    )
    plain, cold, warm = (
        read_reality(rows("r", read), labelled_candidate=labelled, part=part, shelf=shelf)
        for shelf in (None, store, store)
    )
    assert store.hits == 1
    assert plain.beyond.extra + len(plain.ids) == len(read)
    said = [digest_of(replace(found, shelf=None)) for found in (plain, cold, warm)]
    assert said[0] == said[1] == said[2]
    other = replace(part, extra=part.extra[::-1].copy())
    read_reality(rows("r", read), labelled_candidate=labelled, part=other, shelf=store)
    assert store.hits == 1
