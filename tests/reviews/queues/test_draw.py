"""Queues as folders: what is drawn, what is sealed, and what goes through them unharmed."""

import json
import time
from pathlib import Path

import numpy as np
import pyarrow.parquet as pq
import pytest

from holdfast import freeze
from holdfast.data import read_records
from holdfast.data.lineage.schema import lineage_table
from holdfast.data.lineage.sidecar import write_lineage
from holdfast.errors import InputError, OutputError, UsageError
from holdfast.reviews.queues.contract import ITEM_COLUMNS, open_queue
from holdfast.reviews.queues.draw import draw_queue

HOSTILE = [
    "<script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    '=HYPERLINK("http://evil","x")',
    "+1+cmd|' /C calc'!A0",
    "nul \x00 bell \x07 escape \x1b[31m red",
    "../../etc/passwd",
    "line\r\nbreak\u2028and\u2029more",
    "right to left \u202e txt.exe",
    "huge " + "x" * 3_000_000,
    "zero\u200bwidth and 🧟 and e\u0301",
    "'; DROP TABLE decisions; --",
]


def rows(count=300, seed=1, **more):
    rng = np.random.default_rng(seed)
    labels = rng.choice(["often", "now and then", "rare"], count, p=[0.75, 0.2, 0.05])
    return [
        {"id": f"r{row}", "text": f"row {row} says {rng.integers(1_000_000)}", "label": str(label)} | more
        for row, label in enumerate(labels)
    ]


def write(path: Path, values) -> Path:
    path.write_text("".join(json.dumps(value) + "\n" for value in values), encoding="utf-8")
    return path


def test_a_queue_is_a_folder_that_says_what_it_is(tmp_path):
    made = rows()
    queue = draw_queue(
        made, real=rows(seed=2), output=tmp_path / "q", rows=40, again=0.25, seed=5, label="label"
    )
    assert sorted(file.name for file in (tmp_path / "q").iterdir()) == ["items.parquet", "queue.json"]
    assert sum(queue.population.values()) == 300
    assert queue.population["often"] == sum(row["label"] == "often" for row in made)
    assert queue.bands["rare"] == "rarest tenth"
    table = queue.table()
    assert table.column_names == ITEM_COLUMNS.names
    assert table.column("item").to_pylist() == list(range(len(queue)))
    assert sum(table.column("again").to_pylist()) == int(np.ceil(len(queue) * 0.25))
    by_id = {row["id"]: row for row in made}
    for number in range(len(queue)):
        item = queue.item(number)
        assert item.item == number
        assert json.loads(item.row) == by_id[item.id]
        assert (item.text, item.label) == (by_id[item.id]["text"], by_id[item.id]["label"])
        assert item.band == queue.bands[item.label]
        assert 0 < item.chance <= 1
        assert queue.numbers(item.id) == (number,)
    assert queue.numbers("nobody") == ()
    queue.verify()


def test_the_same_seed_gives_the_same_bytes_and_another_seed_others(tmp_path):
    for name, seed in (("a", 1), ("b", 1), ("c", 2)):
        draw_queue(rows(), output=tmp_path / name, rows=30, seed=seed)
    files = {
        name: [(tmp_path / name / file).read_bytes() for file in ("queue.json", "items.parquet")]
        for name in "abc"
    }
    assert files["a"] == files["b"]
    assert files["a"][1] != files["c"][1]


def test_chances_weigh_back_to_the_whole(tmp_path):
    queue = draw_queue(rows(2_000), output=tmp_path / "q", rows=400, label="label")
    chances = np.array(queue.table(["chance"]).column("chance").to_pylist())
    assert (1 / chances).sum() == pytest.approx(2_000, rel=0.1)
    strata = np.array(queue.table(["stratum"]).column("stratum").to_pylist())
    assert (1 / chances[strata == "rare"]).sum() == pytest.approx(queue.population["rare"], rel=0.25)


def test_everybody_is_asked_early_and_late_and_gold_is_spread(tmp_path):
    gold = [
        {"id": f"g{n}", "text": f"known {n}", "known": {"verdict": "reject" if n % 2 else "accept"}}
        for n in range(20)
    ]
    queue = draw_queue(rows(), output=tmp_path / "q", rows=200, again=0.2, gold=gold, gold_rows=10)
    table = queue.table(["again", "drawn_by", "chance", "known"]).to_pylist()
    golden = [number for number, item in enumerate(table) if item["drawn_by"] == "gold"]
    assert len(golden) == 10
    # One in each tenth of the queue.
    assert sorted(number * 10 // len(table) for number in golden) == pytest.approx(range(10), abs=1)
    assert all(table[number]["again"] and table[number]["chance"] is None for number in golden)
    assert {json.loads(table[number]["known"])["verdict"] for number in golden} == {"accept", "reject"}
    assert all(item["known"] is None for item in table if item["drawn_by"] != "gold")
    common = [number for number, item in enumerate(table) if item["again"] and number not in golden]
    early = [number for number in common if number < len(common)]
    assert len(early) >= len(common) // 2
    assert max(common) > len(table) // 2


def test_verified_rows_of_an_anchor_are_gold_questions(tmp_path):
    real = rows(400, seed=9)
    anchor = freeze(write(tmp_path / "real.jsonl", real), output=tmp_path / "anchor", label="label")
    queue = draw_queue(rows(), anchor=tmp_path / "anchor", questions="label", output=tmp_path / "q", rows=60)
    golden = [queue.item(n) for n in range(len(queue)) if queue.item(n).gold]
    assert len(golden) == 3
    assert all(item.known == {"label": item.label} for item in golden)
    assert {item.text for item in golden} <= {row["text"] for row in real}
    assert queue.anchor == {"name": anchor.name, "digest": anchor.digest}
    assert [str(one) for one in queue.questions.question("label").values] == list(anchor.labels)
    none = draw_queue(rows(), anchor=tmp_path / "anchor", gold=False, output=tmp_path / "none", rows=60)
    assert "gold" not in none.table(["drawn_by"]).column("drawn_by").to_pylist()


def test_lineage_and_suggestions_travel_in_the_queue(tmp_path):
    made = write(tmp_path / "made.jsonl", rows(40, filter="reject", judge={"verdict": "accept"}))
    records = read_records(made)
    write_lineage(
        lineage_table(
            {
                "id": records.ids,
                "content_hash": records.table.column("content_hash").to_pylist(),
                "source_type": ["synthetic"] * 40,
                "agent": [f"model-{n % 2}@1" for n in range(40)],
            },
            40,
        ),
        tmp_path / "made.lineage.parquet",
    )
    queue = draw_queue(made, output=tmp_path / "q", rows=10, suggestion="filter", design=["source"])
    assert {queue.item(n).suggestion["verdict"] for n in range(10)} == {"reject"}
    assert {queue.item(n).source_type for n in range(10)} == {"synthetic"}
    assert sorted(queue.item(n).agent for n in range(10)) == ["model-0@1"] * 5 + ["model-1@1"] * 5
    other = draw_queue(made, output=tmp_path / "q2", rows=10, suggestion="judge")
    assert other.item(0).suggestion == {"verdict": "accept"}
    with pytest.raises(UsageError, match="Did you mean 'filter'"):
        draw_queue(made, output=tmp_path / "q3", rows=10, suggestion="filtre")


def test_preference_pairs_become_a_blind_queue(tmp_path):
    pairs = [
        {"prompt": f"question {n}", "chosen": f"good answer {n}", "rejected": f"bad answer {n}"}
        for n in range(30)
    ]
    queue = draw_queue(pairs, output=tmp_path / "q", rows=10, gold=pairs[:4], gold_rows=2)
    assert (queue.shape, queue.blind) == ("pair", True)
    for number in range(len(queue)):
        item = queue.item(number)
        assert item.prompt in {pair["prompt"] for pair in pairs}
        assert {item.text[:4], item.text_b[:3]} == {"good", "bad"}
        assert json.loads(item.row) in pairs
        if item.gold:
            assert item.known == {"which": "a"}
        else:
            assert item.suggestion == {"which": "a"}


def test_two_generations_are_held_against_each_other(tmp_path):
    def made(name, count):
        return write(
            tmp_path / f"{name}.jsonl",
            [
                {
                    "id": f"{name}-{n}",
                    "prompt": f"question {n}",
                    "completion": " the same" if n == 3 else f" {name} {n}",
                }
                for n in range(count)
            ],
        )

    queue = draw_queue(made("old", 20), against=made("new", 12), output=tmp_path / "q", rows=50)
    assert (queue.shape, queue.blind, queue.rows) == ("pair", True, 11)
    for number in range(11):
        item = queue.item(number)
        n = item.id.removeprefix("old-")
        assert (item.id_b, item.prompt.strip()) == (f"new-{n}", f"question {n}")
        assert (item.text.strip(), item.text_b.strip()) == (f"old {n}", f"new {n}")
        assert (item.agent, item.agent_b) == ("old.jsonl", "new.jsonl")
        assert json.loads(item.row_b)["id"] == item.id_b
        assert queue.numbers(item.id_b) == (number,)
    assert queue.notes == ("11 pairs were joined by prompt.", "1 pairs left out: both texts are the same.")
    with pytest.raises(UsageError, match="no row of new"):
        draw_queue(made("old", 20), against=made("new", 12), by="id", output=tmp_path / "q2")


def test_hostile_rows_are_kept_as_they_are(tmp_path):
    made = [{"id": text[:50] + str(n), "text": text, "label": text[:60]} for n, text in enumerate(HOSTILE)]
    queue = draw_queue(made, output=tmp_path / "q", rows=100, label="label")
    found = {queue.item(n).id: queue.item(n) for n in range(len(queue))}
    assert len(found) == len(HOSTILE)
    for row in made:
        item = found[row["id"]]
        assert (item.text, item.label) == (row["text"], row["label"])
        assert json.loads(item.row) == row
    assert open_queue(tmp_path / "q").population == dict.fromkeys([row["label"] for row in made], 1)


def test_huge_rows_stand_in_small_groups(tmp_path):
    draw_queue([{"text": f"{n} " + "x" * 3_000_000} for n in range(8)], output=tmp_path / "q", rows=8)
    meta = pq.ParquetFile(tmp_path / "q" / "items.parquet").metadata
    assert max(meta.row_group(n).num_rows for n in range(meta.num_row_groups)) == 1


def test_what_was_edited_is_refused(tmp_path):
    draw_queue(rows(50), output=tmp_path / "q", rows=20)
    file = tmp_path / "q" / "queue.json"
    text = file.read_text()
    file.write_text(text.replace('"seed": 0', '"seed": 1'))
    with pytest.raises(InputError, match="digest does not fit"):
        open_queue(tmp_path / "q")
    file.write_text(text)
    items = tmp_path / "q" / "items.parquet"
    body = bytearray(items.read_bytes())
    body[len(body) // 3] ^= 1
    items.write_bytes(body)
    with pytest.raises(InputError, match="not those that were sealed"):
        open_queue(tmp_path / "q").verify()
    items.write_bytes(body[:-1])
    with pytest.raises(InputError, match="not those that were sealed"):
        open_queue(tmp_path / "q")
    items.unlink()
    with pytest.raises(InputError, match="missing"):
        open_queue(tmp_path / "q")
    with pytest.raises(InputError, match="is no queue"):
        open_queue(tmp_path)


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"rows": 0}, "at least one row"),
        ({"again": 1.5}, "is a share"),
        ({"people": 0}, "at least one person"),
        ({"gold_rows": -1}, "below 0"),
        ({"by": "id"}, "nothing to join"),
        ({"questions": "which"}, "single records"),
        ({"questions": "fti"}, "Did you mean 'fit'"),
        ({"design": ["tail"]}, "have one stratum"),
        ({"gold": [{"text": "a"}]}, "no row says what is right"),
        ({"gold": [{"text": "a", "known": {"verdict": "acept"}}]}, "Did you mean 'accept'"),
        ({"gold": [{"text": "a", "known": {"verdikt": "accept"}}]}, "Did you mean 'verdict'"),
    ],
)
def test_what_makes_no_sense_is_refused(tmp_path, options, said):
    made = [{"text": f"row {n}"} for n in range(20)]
    with pytest.raises((UsageError, InputError), match=said):
        draw_queue(made, output=tmp_path / "q", **options)
    assert not (tmp_path / "q").exists()


def test_a_queue_is_never_replaced(tmp_path):
    queue = draw_queue(rows(50), output=tmp_path / "q", rows=20)
    with pytest.raises(OutputError, match="not empty"):
        draw_queue(rows(50), output=tmp_path / "q", rows=20)
    assert open_queue(tmp_path / "q").digest == queue.digest


def test_a_hundred_thousand_rows_are_drawn_and_opened_quickly(tmp_path):
    made = write(tmp_path / "made.jsonl", rows(100_000))
    start = time.process_time()
    draw_queue(made, output=tmp_path / "q", rows=100_000)
    drawn = time.process_time() - start
    start = time.process_time()
    queue = open_queue(tmp_path / "q")
    queue.item(50_000)
    opened = time.process_time() - start
    # Measured 1.8 and 0.02, in seconds of the processor.
    assert drawn < 30
    assert opened < 0.5
    assert len(queue) == 100_000


def test_rows_without_labels_get_strata_as_an_audit_reads_them(tmp_path):
    words = {
        "refund": ["money", "back", "broken", "kettle", "shop", "returned", "charge", "goods"],
        "limit": ["raise", "card", "spend", "allowed", "more", "month", "higher", "cap"],
        "pin": ["forgot", "number", "code", "machine", "digits", "new", "reset", "locked"],
    }
    rng = np.random.default_rng(4)

    def made(count, shares):
        names = rng.choice(list(words), count, p=shares).tolist()
        return [
            {"text": " ".join(rng.choice(words[name], 5)) + f" {rng.integers(90)}", "intent": name}
            for name in names
        ]

    real = made(600, [0.6, 0.3, 0.1])
    candidate = made(200, [0.7, 0.25, 0.05])
    truth = {row["text"]: row.pop("intent") for row in candidate}
    queue = draw_queue(candidate, real=real, output=tmp_path / "q", rows=60)
    items = [queue.item(number) for number in range(len(queue))]
    right = sum(item.stratum == truth[item.text] for item in items)
    assert right >= 0.95 * len(items)
    assert all(item.label is None for item in items)
    assert {item.band for item in items} >= {"rarest tenth", "head half"}
    assert "read from their texts" in queue.notes[0]
    assert [part["part"] for part in queue.design] == ["random", "tail"]
