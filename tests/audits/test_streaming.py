"""A candidate that is read block by block gets the readings of one that is held, to the bit."""

import json
import random

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from holdfast.audits import audit
from holdfast.audits.streaming import HELD_BYTES, is_large, open_stream
from holdfast.backends.engines import InlineEngine
from holdfast.backends.store import Store
from holdfast.data import read_records
from holdfast.data.cutting import Size
from holdfast.errors import InputError, UsageError
from holdfast.measures import MEASURES, Calibration, views_of
from holdfast.views.reality import Rows, read_reality
from holdfast.views.streaming.streamed import compare_streamed

WORDS = [f"{a}{b}" for a in "bcdfghklmnprst" for b in ("ar", "elo", "ine", "ost", "uma", "yth")]
TOPICS = ("cards", "loans", "rates", "fraud")


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


def made(real, seed):
    """Rows with everything that an audit looks for: templates, copies, repeats, damage, another language, wrong labels, a lost topic."""
    dice = random.Random(seed)  # noqa: S311 - no secret
    found = [row for row in rows(420, seed) if row["label"] != "fraud"]
    for i, row in enumerate(found):
        if i % 3 == 0:
            row["text"] = "Sure thing, here you go then: " + row["text"]
        if i % 11 == 0:
            row["text"] = dice.choice(real)["text"]
        if i % 13 == 0 and i:
            row["text"] = found[dice.randrange(i)]["text"] + "!"
        if i % 17 == 0:
            row["text"] = f"ich möchte bitte wissen wo mein geld geblieben ist und warum {i}"
        if i % 19 == 0:
            row["text"] = f"- {row['text']}\n- As an AI language model, I cannot\n"
        if i % 23 == 0:
            row["label"] = "cards"
    return found


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """Real rows, and made ones in a file of six blocks, with labels and without."""
    path = tmp_path_factory.mktemp("streamed")
    real = rows(400, 1)
    (path / "real.jsonl").write_text("".join(json.dumps(row) + "\n" for row in real))
    found = made(real, 2)
    for name, kept in (("labelled", ["text", "label"]), ("bare", ["text"])):
        table = pa.Table.from_pylist([{key: row[key] for key in kept} for row in found])
        pq.write_table(table, path / f"{name}.parquet", row_group_size=70)
    return path


def in_blocks(path, real, rows_of_a_block):
    """Both sides, the candidate read in blocks of so many rows, and the battery's results."""
    null = Calibration(draws=1_999, level=0.01 / sum(measure.judged for measure in MEASURES))
    known = read_records(real)
    with open_stream(
        path,
        text=None,
        label="label",
        id=None,
        on_bad_row="stop",
        may_lack_label=True,
        labels=True,
        engine=InlineEngine(threads=2),
        store=Store(None, bound=0),
        progress=lambda _: None,
        size=Size(rows=rows_of_a_block),
    ) as opened:
        assert len(opened.stream.blocks) >= len(known) // rows_of_a_block
        reality = read_reality(
            Rows(ids=known.ids, texts=known.texts, strata=known.strata),
            labelled_candidate=opened.stream.labelled,
        )
        sides = compare_streamed(reality, opened.stream, views=lambda found: views_of(MEASURES, found, null))
        return sides, [measure(sides, null) for measure in MEASURES]


@pytest.mark.parametrize("name", ["labelled", "bare"])
def test_the_same_readings(folder, name):
    path, real = folder / f"{name}.parquet", folder / "real.jsonl"
    held = audit(path, real=real, draws=1_999)
    assert held.sides.masked, "no template was cut out"
    assert held.verdict == "fail"
    sides, results = in_blocks(path, real, 70)
    for outcome, result in zip(held.outcomes, results, strict=True):
        assert outcome.result == result, outcome.measure.name
    assert list(held.sides.candidate.texts) == list(sides.candidate.texts)
    assert list(held.sides.candidate.ids) == list(sides.candidate.ids)


def test_the_same_audit(folder):
    held, streamed = (
        audit(folder / "labelled.parquet", real=folder / "real.jsonl", **how)
        for how in ({}, {"engine": "inline"})
    )
    assert [outcome.result for outcome in held.outcomes] == [outcome.result for outcome in streamed.outcomes]
    assert held.findings == streamed.findings
    assert held.causes == streamed.causes
    assert held.candidate == streamed.candidate
    assert held.anchor == streamed.anchor


def test_words_are_kept_where_a_store_is(folder, tmp_path):
    store = Store(tmp_path / "store", bound=10**9)
    audit(folder / "bare.parquet", real=folder / "real.jsonl", engine="inline", store=store)
    assert {held.kind for held in store.holdings()} >= {"words"}


@pytest.mark.parametrize(
    ("options", "where"),
    [
        ({"engine": "inline", "where": ["agent=a"]}, "--engine"),
        ({"engine": "inline", "only": ["cards"]}, "--engine"),
        ({"workers": 2}, "--workers"),
        ({"address": "auto"}, "--address"),
        ({"engine": "inline", "address": "auto"}, "address"),
        ({"engine": "spark"}, None),
    ],
)
def test_what_does_not_go_together(folder, options, where):
    with pytest.raises(UsageError) as caught:
        audit(folder / "labelled.parquet", real=folder / "real.jsonl", **options)
    assert where is None or where in str(caught.value.where)


def test_a_row_that_cannot_be_read_is_named(folder, tmp_path):
    path = tmp_path / "broken.jsonl"
    lines = [json.dumps({"text": f"row {i}"}) for i in range(400)]
    lines[300] = '{"text": '
    path.write_text("\n".join(lines))
    with pytest.raises(InputError, match=r"broken\.jsonl:301"):
        audit(path, real=folder / "real.jsonl", engine="inline")


def test_what_is_large(tmp_path):
    with (tmp_path / "large.jsonl").open("wb") as file:
        file.write(b'{"text": "a"}\n')
        file.truncate(HELD_BYTES + 1)  # a hole: nothing is written
    (tmp_path / "small.jsonl").write_text('{"text": "a"}\n')
    assert is_large(tmp_path / "large.jsonl")
    assert is_large(str(tmp_path / "lar*.jsonl"))
    assert is_large([tmp_path / "small.jsonl", tmp_path / "large.jsonl"])
    assert not is_large(tmp_path / "small.jsonl")
    assert not is_large(["one", "two"])
    assert not is_large(["-"])
    assert not is_large([{"text": "a"}])
    assert not is_large(tmp_path / "nowhere.jsonl")
