"""Auditing a set that grew reads what is new, and says what reading everything anew would have said, to the bit."""

from __future__ import annotations

import json
import random
import shutil
from collections import Counter

import numpy as np
import pytest

from holdfast.audits.streaming import open_stream
from holdfast.backends.engines import InlineEngine
from holdfast.backends.store import Store
from holdfast.data import read_records
from holdfast.data.cutting import Size
from holdfast.measures import MEASURES, Calibration, views_of
from holdfast.views.joining import CROWD
from holdfast.views.reading import read_view
from holdfast.views.reality import Rows, read_reality
from holdfast.views.streaming.streamed import compare_streamed

WORDS = [f"{a}{b}" for a in "bcdfghklmnprst" for b in ("ar", "elo", "ine", "ost", "uma", "yth")]
TOPICS = ("cards", "loans", "rates", "fraud")
BLOCK = 60
NULL = Calibration(draws=99, level=0.01)


def rows(count, seed):
    """Rows of four topics, each with words of its own, rarer and rarer."""
    dice = random.Random(seed)  # noqa: S311 - no secret
    found = []
    for _ in range(count):
        topic = dice.choices(range(4), (8, 4, 2, 1))[0]
        own = WORDS[topic * 12 :] + WORDS[: topic * 12]
        said = dice.choices(own, [1 / (i + 1) for i in range(len(own))], k=dice.randint(4, 14))
        found.append({"text": " ".join(said).capitalize() + ".", "label": TOPICS[topic]})
    return found


REAL = rows(200, 1)
SAID = [
    "one",
    "thing",
    "that",
    "people",
    "often",
    "say",
    "about",
    "the",
    "weather",
    "here",
    "is",
    "how",
    "it",
    "turns",
    "from",
    "rain",
    "into",
    "sun",
    "so",
    "fast",
]
"""A row that is alike to two others, each of which says two of its words otherwise, and which are not alike to each other."""
APART = [
    " ".join(said if i in at else word for i, word in enumerate(SAID))
    for said, at in (("loud", (2, 5)), ("blue", (9, 14)))
]


def made(template):
    """Rows with repeats, copies, damage; where asked for, with a template in every third."""
    dice = random.Random(2)  # noqa: S311 - no secret
    found = rows(420, 2)
    for i, row in enumerate(found):
        if template and i % 3 == 0:
            row["text"] = "Sure thing, here you go then: " + row["text"]
        if i % 11 == 0:
            row["text"] = dice.choice(REAL)["text"]
        if i % 13 == 0 and i:
            row["text"] = found[dice.randrange(i)]["text"] + "!"
        if i % 43 == 0:
            row["text"] = f"- {row['text']}\n- As an AI language model, I cannot\n"
    for place, said in (
        (3, APART[0]),
        (70, APART[1]),
        (80, "quite " + APART[1]),
        *(
            (100 + i, f"{SAID[i]} {SAID[i + 1]} it rains into sun so fast {WORDS[i]} {WORDS[-i]}")
            for i in range(1, 8)
        ),
    ):
        found[place]["text"] = said
    return found


def grown(found, template):
    """The same and more: new rows, near-copies and copies of old ones, a new label, a row between two groups."""
    dice = random.Random(3)  # noqa: S311 - no secret
    more = rows(24, 3)
    for i, row in enumerate(more):
        if template and i % 3 == 0:
            row["text"] = "Sure thing, here you go then: " + row["text"]
        if i % 4 == 0:
            row["text"] = found[dice.randrange(len(found))]["text"]
        if i % 4 == 1:
            row["text"] = found[dice.randrange(len(found))]["text"] + " indeed"
        if i % 12 == 2:
            row["label"] = "new"
        if i % 4 == 3:
            said = found[dice.randrange(len(found))]["text"].split()
            row["text"] = " ".join([*said[1:], "well"])
    more[5]["text"] = " ".join(SAID)
    return [*found, *more]


class Counting(Store):
    """A store that counts what is kept in it."""

    def __init__(self, folder):
        super().__init__(folder, bound=10**9)
        self.kept = Counter()

    def put(self, key, facts):
        self.kept[key.kind] += 1
        super().put(key, facts)


def written(path, found, *, labelled=True):
    keys = ("text", "label") if labelled else ("text",)
    path.write_text("".join(json.dumps({key: row[key] for key in keys}) + "\n" for row in found))
    return path


def read(path, real, store):
    """Both sides, and all that views read, the candidate read in small blocks."""
    known = read_records(real)
    with open_stream(
        path,
        text=None,
        label="label",
        id=None,
        on_bad_row="stop",
        may_lack_label=True,
        labels=True,
        engine=InlineEngine(threads=1),
        store=store,
        progress=lambda _: None,
        size=Size(rows=BLOCK),
    ) as opened:
        reality = read_reality(
            Rows(ids=known.ids, texts=known.texts, strata=known.strata),
            labelled_candidate=opened.stream.labelled,
        )
        sides = compare_streamed(reality, opened.stream, views=lambda found: views_of(MEASURES, found, NULL))
        return (
            opened.source,
            sides,
            [read_view(sides, view).candidate for view in views_of(MEASURES, sides, NULL)],
        )


def same(one, other):
    """Whether two audits are one, to the bit."""
    assert one[0] == other[0]
    for facts, others in zip(one[2], other[2], strict=True):
        assert facts.keys() == others.keys()
        for name, column in facts.items():
            equal(column, others[name])
    for side, twin in ((one[1].anchor, other[1].anchor), (one[1].candidate, other[1].candidate)):
        assert list(side.ids) == list(twin.ids)
        assert list(side.texts) == list(twin.texts)
        for name in ("answers", "counts", "keys", "strata", "support"):
            equal(getattr(side, name), getattr(twin, name))
        for name in ("exact", "near", "related", "units"):
            equal(getattr(side.duplicates, name), getattr(twin.duplicates, name))
    for name in ("labels", "origin", "masked", "accuracy"):
        assert getattr(one[1], name) == getattr(other[1], name), name
    for name in ("key", "words", "place", "position", "candidate", "real", "ratio", "p_value"):
        equal(getattr(one[1].phrases, name), getattr(other[1].phrases, name))
    for name in ("known", "copied", "repeated"):
        equal(getattr(one[1], name), getattr(other[1], name))


def equal(one, other):
    assert one.dtype == other.dtype
    assert np.array_equal(one, other)


@pytest.fixture(scope="module")
def real(tmp_path_factory):
    return written(tmp_path_factory.mktemp("real") / "real.jsonl", REAL)


@pytest.fixture(
    scope="module", params=[(True, True), (False, False)], ids=["labels and a template", "neither"]
)
def before(request, real, tmp_path_factory):
    """A set with what its audit kept, to be copied."""
    template, labelled = request.param
    folder = tmp_path_factory.mktemp("before")
    found = made(template)
    file = written(folder / "made.jsonl", found, labelled=labelled)
    store = Counting(folder / "store")
    first = read(file, real, store)
    assert bool(first[1].masked) == template
    same(first, read(file, real, Store(None, bound=0)))
    return found, template, labelled, folder, store.kept


def after(before, real, folder, found):
    """The audit of another set beside what was kept, and what it kept; held against one that reads everything."""
    shutil.copytree(before[3] / "store", folder / "store")
    store = Counting(folder / "store")
    file = written(folder / "made.jsonl", found, labelled=before[2])
    again = read(file, real, store)
    same(again, read(file, real, Store(None, bound=0)))
    return again, store.kept


def test_a_set_that_grew(before, real, tmp_path):
    found, template, _, _, first = before
    _, kept = after(before, real, tmp_path, grown(found, template))
    assert first["survey"] == first["first look"] == first["words"] == first["view formats"] == 7
    assert kept["survey"] == kept["first look"] == kept["words"] == kept["view formats"] == 1
    assert kept["contents"] == kept["rarest words"] == (2 if template else 1)
    assert kept["common words"] == 0


def test_a_set_in_which_rows_crowd(real, tmp_path):
    dice = random.Random(5)  # noqa: S311 - no secret
    words = WORDS[:12]
    found = made(template=False)[:60]
    found += [{"text": " ".join(dice.sample(words, len(words))), "label": "cards"} for _ in range(CROWD + 40)]
    found += rows(130, 6)
    file, store = tmp_path / "made.jsonl", Counting(tmp_path / "store")
    read(written(file, found), real, store)
    assert store.kept["links"] == 0
    assert store.kept["pairs characters"] == store.kept["pairs words"] == 1
    more = [{"text": " ".join(dice.sample(words, len(words))), "label": "cards"} for _ in range(8)]
    again = read(written(file, [*found, *more, *rows(6, 7)]), real, store)
    same(again, read(file, real, Store(None, bound=0)))
    assert np.bincount(again[1].candidate.duplicates.related).max() > CROWD


def test_a_row_that_was_edited(before, real, tmp_path):
    found = [dict(row) for row in before[0]]
    found[200]["text"] = found[10]["text"] + " once more"
    _, kept = after(before, real, tmp_path, found)
    assert kept["first look"] == kept["view formats"] == 1


def test_rows_that_were_removed(before, real, tmp_path):
    after(before, real, tmp_path, [*before[0][:150], *before[0][170:]])


def test_rows_that_were_cut_off(before, real, tmp_path):
    _, kept = after(before, real, tmp_path, before[0][:330])
    assert kept["first look"] == 1


def test_a_store_that_was_damaged(before, real, tmp_path):
    folder = tmp_path / "damaged"
    shutil.copytree(before[3], folder)
    for number, file in enumerate(sorted((folder / "store").rglob("*.arrow"))):
        if number % 3 == 0:
            file.unlink()
        elif number % 3 == 1:
            content = bytearray(file.read_bytes())
            content[len(content) // 2] ^= 255
            file.write_bytes(bytes(content))
    after((*before[:3], folder, before[4]), real, tmp_path, grown(before[0], before[1]))
