"""A model generation held against an anchor: what is read, beside what, and what is written of it."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

sys.path.insert(0, str(Path(__file__).parents[1] / "cli"))

import world
from holdfast import freeze
from holdfast.anchors import open_anchor
from holdfast.audits.generation import evaluate, paired_losses
from holdfast.audits.generation.prompts import per_prompt, read_prompts, sample_rows, texts_of_rows
from holdfast.audits.generation.yardstick import open_yardstick
from holdfast.backends.models import Sample, Scored, ScriptedModel
from holdfast.errors import AnchorError, InputError, OutputError, UsageError

QUICK = {"samples": 60, "draws": 1_199}


def texts(rows):
    return [row["text"] for row in rows]


@pytest.fixture(scope="module")
def place(tmp_path_factory):
    folder = tmp_path_factory.mktemp("generation")
    freeze(world.rows(900, seed=1), output=folder / "anchor", holdout=0.2)
    return folder


@pytest.fixture(scope="module")
def good():
    return ScriptedModel.of(texts(world.rows(900, seed=2)), name="good")


@pytest.fixture(scope="module")
def lossy():
    return ScriptedModel.of(texts(world.rows(900, seed=3, shares=(4, 3, 0, 0))), name="lossy")


@pytest.fixture(scope="module")
def evaluations(place, good, lossy):
    return {
        model.name.split("@")[0]: evaluate(
            model, anchor=place / "anchor", output=place / model.name.split("@")[0], **QUICK
        )
        for model in (good, lossy)
    }


def test_real_rows_cost_what_the_model_says(place, good, evaluations):
    found = evaluations["good"]
    holdout = open_anchor(place / "anchor").sealed_part("holdout")
    scored = good.score(holdout.column("text").to_pylist())
    assert found.overall.rows == holdout.num_rows
    assert found.overall.model.value == pytest.approx(scored.bits.sum() / scored.bytes.sum())
    assert found.rows.column("bits").to_pylist() == pytest.approx(scored.row_bits.tolist())
    assert found.rows.column("id").to_pylist() == holdout.column("id").to_pylist()
    for line in found.strata:
        rows = [row for row, name in enumerate(holdout.column("stratum").to_pylist()) if name == line.name]
        assert line.model.value == pytest.approx(scored.row_bits[rows].sum() / scored.bytes[rows].sum())


def test_bands_are_those_of_the_reference(place, evaluations):
    found = evaluations["good"]
    table = found.rows.to_pydict()
    of = dict(zip(table["stratum"], table["band"], strict=True))
    counts = {}
    for name in open_anchor(place / "anchor").sealed_part("reference").column("stratum").to_pylist():
        counts[name] = counts.get(name, 0) + 1
    assert of[min(counts, key=counts.get)] == "rarest tenth"
    assert of[max(counts, key=counts.get)] == "head half"
    assert sum(line.rows for line in found.bands) == found.overall.rows
    assert found.bands[0].name == "rarest tenth"


def test_nothing_stands_without_what_reality_scores(evaluations):
    plain = evaluations["lossy"].plain()
    lines = [plain["holdout"], *plain["holdout"]["bands"], *plain["holdout"]["strata"]]
    for line in lines:
        for key in ("bits_per_byte", "frozen_bits_per_byte"):
            assert (line[key]["value"] is None) == (line[key]["reason"] is not None)
            assert (line[key]["value"] is None) == (line[key]["interval"] is None)
    for name in ("holdout", "self", "frozen"):
        assert plain["perplexities"][name]["value"]["value"] > 0
        assert plain["perplexities"][name]["reality"]["value"] > 0
    assert plain["calibration"]["null"]["low"] < plain["calibration"]["null"]["high"]
    assert plain["mass"]["gap"]["value"] == pytest.approx(
        plain["mass"]["entropy"]["value"] - plain["mass"]["bits"]["value"]
    )
    assert all(reading["null"] or reading["reason"] for reading in plain["samples"]["readings"])
    assert json.loads(json.dumps(plain, allow_nan=False)) == plain


def test_what_a_model_lost_is_seen(evaluations, place):
    good, lossy = evaluations["good"].plain(), evaluations["lossy"].plain()
    assert {line["name"] for line in lossy["holdout"]["strata"][:2]} == {"transfer", "loan"}
    assert lossy["holdout"]["bits_per_byte"]["value"] > good["holdout"]["bits_per_byte"]["value"]
    # It is surer than it may be, and knows itself less than the other does.
    assert lossy["mass"]["gap"]["interval"][1] < 0
    assert lossy["calibration"]["error"] > good["calibration"]["error"]
    overall, rarest, *_ = paired_losses(place / "good", place / "lossy")
    assert overall.loss > 5 * overall.standard_error > 0
    assert rarest.loss > 0
    assert lossy["samples"]["verdict"] == "fail"


def test_the_folder_holds_everything_and_no_text_of_the_holdout(place, evaluations):
    folder = place / "good"
    assert world.names(folder) == [
        "audit.json",
        "evaluation.json",
        "manifest.json",
        "rows.parquet",
        "samples.jsonl",
    ]
    assert json.loads((folder / "evaluation.json").read_text()) == evaluations["good"].plain()
    assert json.loads((folder / "audit.json").read_text()) == evaluations["good"].audit()
    table = pq.read_table(folder / "rows.parquet")
    assert {"id", "stratum", "band", "bytes", "bits", "tokens", "frozen_bits"} <= set(table.column_names)
    assert "text" not in table.column_names
    samples = [json.loads(line) for line in (folder / "samples.jsonl").read_text().splitlines()]
    assert len(samples) == QUICK["samples"]
    assert set(samples[0]) == {"id", "text", "finished"}
    manifest = json.loads((folder / "manifest.json").read_text())
    assert manifest["schema"] == "holdfast.evaluation/1"
    assert sorted(file["path"] for file in manifest["files"]) == [
        name for name in world.names(folder) if name != "manifest.json"
    ]


def test_a_folder_is_replaced_when_asked_for(place, good, evaluations):
    assert evaluations
    with pytest.raises(OutputError, match="--replace"):
        evaluate(good, anchor=place / "anchor", output=place / "good", **QUICK)
    with pytest.raises(OutputError, match="something else"):
        evaluate(good, anchor=place / "anchor", output=place / "anchor", replace=True, **QUICK)


def test_conditions_say_what_must_be_equal(evaluations):
    good, lossy = (evaluations[name].conditions for name in ("good", "lossy"))
    assert good == lossy
    assert {
        "anchor",
        "frozen",
        "holdout",
        "prompts",
        "samples",
        "seed",
        "temperature",
        "top_p",
        "most_tokens",
    } <= set(good)


def test_the_same_twice_is_the_same(place, good, evaluations):
    assert evaluate(good, anchor=place / "anchor", **QUICK).plain() == evaluations["good"].plain()


def test_prompts_judge_and_a_frozen_model(place, good, lossy):
    judge = (
        open_anchor(place / "anchor").sealed_part("reference").select(["id", "text", "stratum"]).slice(0, 300)
    )
    asked = [f"{who} want to see the " for who in ("I", "we", "my wife", "grandma", "our office")]
    found = evaluate(good, anchor=place / "anchor", prompts=asked, judge=judge, frozen=lossy, seed=4, **QUICK)
    plain = found.plain()
    assert plain["frozen"]["name"] == lossy.name
    assert plain["samples"]["judged_by"]["rows"] == 300
    assert plain["conditions"]["judge"].startswith("sha256:")
    assert plain["conditions"]["prompts"].startswith("sha256:")
    assert plain["samples"]["per_prompt"]["samples_per_prompt"] == 12
    assert 0 < plain["samples"]["per_prompt"]["distinct_share"] <= 1
    holdout = open_anchor(place / "anchor").sealed_part("holdout").column("text").to_pylist()
    costs = lossy.score(holdout)
    assert found.overall.frozen.value == pytest.approx(costs.bits.sum() / costs.bytes.sum())
    assert found.conditions != evaluate(good, anchor=place / "anchor", **QUICK).conditions


class Silent:
    """A model that writes nothing, and says nothing but what tokens cost."""

    name, kind, digest, where = "silent@0", "scripted", None, "memory"

    def score(self, texts, progress=None, /):
        sizes = np.array([len(text.encode()) for text in texts], np.int64)
        sizes[: len(sizes) // 10] = 0
        return Scored(
            bits=np.full(sizes.sum(), 2.0),
            starts=np.concatenate([[0], np.cumsum(sizes)]),
            bytes=sizes,
            unread=sizes == 0,
            notes=("Some were too long.",),
        )

    def sample(self, prompts, **_):
        return [Sample(text=" ", finished=True) for _ in prompts]


def test_what_is_not_known_has_a_reason(place, good, tmp_path):
    plain = evaluate(Silent(), anchor=place / "anchor", output=tmp_path / "out", **QUICK).plain()
    assert plain["samples"]["verdict"] == "undetermined"
    assert "none of the model's samples" in plain["samples"]["sentence"]
    assert plain["calibration"]["error"] is None
    assert plain["mass"]["gap"]["reason"]
    assert plain["perplexities"]["self"]["value"]["value"] is None
    assert plain["holdout"]["unread_rows"] > 0
    assert plain["holdout"]["bits_per_byte"]["value"] == 2.0
    assert plain["notes"] == ["Some were too long."]
    rows = pq.read_table(tmp_path / "out" / "rows.parquet").to_pylist()
    assert {row["bits"] is None for row in rows if row["bytes"] == 0} == {True}
    with pytest.raises(InputError, match="different bytes"):
        paired_losses(evaluate(good, anchor=place / "anchor", **QUICK).rows, tmp_path / "out")


def test_without_labels_clusters_make_the_bands(tmp_path, good):
    rows = [{"id": row["id"], "text": row["text"]} for row in world.rows(900, seed=1)]
    freeze(rows, output=tmp_path / "plain", holdout=0.2)
    found = evaluate(good, anchor=tmp_path / "plain", **QUICK)
    assert found.strata_from == "clusters"
    assert found.unbanded is None
    assert sum(line.rows for line in found.bands) == found.overall.rows
    freeze(rows[:140], output=tmp_path / "small", holdout=0.2, gold=0.0)
    few = evaluate(good, anchor=tmp_path / "small", **QUICK).plain()["holdout"]
    assert (few["bands"], few["strata"]) == ([], [])
    assert "too few rows" in few["bands_reason"]


def test_an_anchor_without_a_holdout_is_refused(tmp_path, good):
    freeze(world.rows(300, seed=1), output=tmp_path / "anchor", holdout=0.0)
    with pytest.raises(AnchorError, match="no holdout"):
        evaluate(good, anchor=tmp_path / "anchor")


@pytest.mark.parametrize(
    "wrong",
    [{"samples": 0}, {"seed": -1}, {"temperature": 0.0}, {"top_p": 0.0}, {"most_tokens": 0}, {"prompts": []}],
)
def test_what_makes_no_sense_is_refused(place, good, wrong):
    with pytest.raises(UsageError):
        evaluate(good, anchor=place / "anchor", **wrong)


def test_a_copy_of_a_real_row_is_read_without_it(place):
    """Otherwise a model that recites the reference would look more ordinary than reality."""
    anchor = open_anchor(place / "anchor")
    reality = anchor.reality()
    yardstick = open_yardstick(None, anchor, reality)
    holdout = anchor.sealed_part("holdout").column("text").to_pylist()
    real, recited = yardstick.read([holdout, list(reality.texts[:150])], lambda *_: None)
    rates = [part.bits.sum() / part.bytes.sum() for part in (real, recited)]
    assert rates[1] == pytest.approx(rates[0], rel=0.03)


def table(bits, size, *, band="head half", ids=None):
    count = len(bits)
    return pa.table(
        {
            "id": ids or [f"r{row}" for row in range(count)],
            "band": [band] * count,
            "bytes": pa.array(size, pa.int64()),
            "bits": pa.array(bits, pa.float64()),
        }
    )


def test_losses_are_paired():
    rng = np.random.default_rng(0)
    size = rng.integers(20, 90, 200)
    before = size * rng.uniform(0.5, 4.0, 200)  # rows differ a great deal, the two models little
    after = before + size * rng.normal(0.02, 0.01, 200)
    shuffled = rng.permutation(200)
    loss = paired_losses(table(before, size), table(after, size).take(shuffled))[0]
    assert loss.loss == pytest.approx((after - before).sum() / size.sum())
    left = after - before - loss.loss * size
    assert loss.standard_error == pytest.approx(np.sqrt(200 / 199 * (left**2).sum()) / size.sum())
    assert loss.standard_error < 0.002
    assert (loss.band, loss.rows, loss.bytes) == ("overall", 200, size.sum())


def test_losses_of_some_rows_and_of_few():
    before, size = np.arange(20.0), np.full(20, 10)
    found = paired_losses(table(before, size), table(before + 5, size), rows={f"r{row}" for row in range(12)})
    assert [loss.rows for loss in found] == [12, 0, 0, 0, 12]
    assert found[0].loss == pytest.approx(0.5)
    few = paired_losses(table(before, size), table(before + 5, size), rows=["r1", "r2"])[0]
    assert (few.rows, few.loss, few.standard_error) == (2, None, None)
    assert "2" in few.reason
    assert found[1].reason
    with pytest.raises(InputError, match="nowhere"):
        paired_losses(table(before, size), table(before, size), rows=["nowhere"])


def test_rows_that_repeat_each_other_are_one(tmp_path):
    before, size = np.arange(24.0), np.full(24, 10)
    units = pa.array(np.repeat(np.arange(8), 3))
    one, other = (table(bits, size).append_column("unit", units) for bits in (before, before * 1.1))
    assert paired_losses(one, other)[0].loss is None


@pytest.mark.parametrize(
    ("other", "said"),
    [
        (table([1.0] * 20, [10] * 20, ids=[f"s{row}" for row in range(20)]), "same rows"),
        (table([1.0] * 19, [10] * 19), "same rows"),
        (table([1.0] * 20, [10] * 19 + [11]), "different bytes"),
        (table([1.0] * 20, [10] * 20, band="rarest tenth"), "different bands"),
        (table([1.0] * 20, [10] * 20, ids=["r0"] * 20), "twice"),
        (pa.table({"id": ["r0"]}), "no column"),
    ],
)
def test_evaluations_of_other_rows_are_not_compared(other, said):
    with pytest.raises(InputError, match=said):
        paired_losses(table([1.0] * 20, [10] * 20), other)
    with pytest.raises(InputError, match="cannot be read"):
        paired_losses("nowhere", other)


def test_prompts_are_read_from_text_and_json(tmp_path):
    (tmp_path / "asked.txt").write_text("\ufeffone\n\ntwo\n", encoding="utf-8")
    (tmp_path / "asked.jsonl").write_text('{"prompt": "one\\ntwo", "x": 1}\n\n{"prompt": ""}\n')
    assert read_prompts(tmp_path / "asked.txt") == ("one", "two")
    assert read_prompts(str(tmp_path / "asked.jsonl")) == ("one\ntwo", "")
    for line in ('{"promt": "a"}', "[1]", "{", '{"prompt": 3}'):
        (tmp_path / "bad.jsonl").write_text(f'{{"prompt": "a"}}\n{line}\n')
        with pytest.raises(InputError, match=r"bad\.jsonl:2"):
            read_prompts(tmp_path / "bad.jsonl")
    with pytest.raises(InputError, match="cannot be read"):
        read_prompts(tmp_path / "none.txt")
    (tmp_path / "empty.txt").write_text("\n")
    with pytest.raises(UsageError):
        read_prompts(tmp_path / "empty.txt")


def test_samples_are_read_like_the_anchors_rows():
    written = [Sample(text="of you", finished=True), Sample(text="", finished=False)]
    plain = sample_rows(["ask", ""], written, shape="text")
    paired = sample_rows(["ask", ""], written, shape="prompt_completion")
    assert [set(row) for row in plain] == [{"id", "text"}] * 2
    assert [set(row) for row in paired] == [{"id", "prompt", "completion"}] * 2
    assert texts_of_rows(plain) == ["of you", ""]
    assert texts_of_rows(paired) == ["ask\nof you", ""]


def test_a_prompt_that_always_gets_one_answer_is_told():
    asked = ["a", "b", "c", "d", "e"] * 4
    stuck = [Sample(text=f"for {prompt}", finished=True) for prompt in asked]
    found = per_prompt(asked, stuck, [f"real {row}" for row in range(50)], 0)
    assert (found["distinct_share"], found["stuck_prompts"], found["reality"]) == (0.25, 5, 1.0)
    assert per_prompt(["a", "b"], stuck[:2], ["x"], 0) is None
    assert per_prompt(["", ""], stuck[:2], ["x"], 0) is None
    assert per_prompt(["a", "a"], stuck[:2], ["x"], 0)["reason"]
