"""The model's gate: three answers, and how often each is wrong."""

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from holdfast.cycles.gates.model_gate import Yardstick, judge_model
from holdfast.cycles.gates.verdict import Look
from holdfast.cycles.project.recipe import Gate

LOOK = Look(part="a/1", number=1, level=0.02, share=0.05)


def table(rng, rows=300, loss=0.0, spread=20.0):
    """Rows of a holdout, read by two models; the second pays `loss` bits per byte more."""
    size = rng.integers(20, 120, rows)
    bits = size * 2.0 + rng.normal(0, 30, rows)
    bands = np.where(np.arange(rows) < rows // 5, "rarest tenth", "head half")
    ids = [f"h{at}" for at in range(rows)]
    before = pa.table({"id": ids, "band": bands, "bytes": size, "bits": bits})
    later = before.set_column(3, "bits", [bits + size * loss + rng.normal(0, spread, rows)])
    return before, later


def gate(**margin):
    return Gate(
        options={
            "margin": {name.replace("_", " "): value for name, value in margin.items()},
            "scores": {},
            "against": "start",
        }
    )


@pytest.fixture
def judge(tmp_path):
    def judge(before, later, asked, look=LOOK, ids=None):
        files = []
        for name, rows in (("before", before), ("later", later)):
            files.append(tmp_path / f"{name}.parquet")
            pq.write_table(rows, files[-1])
        ids = frozenset(before.column("id").to_pylist() if ids is None else ids)
        one = Yardstick(name="the first model", rows=files[0], scores=None)
        return judge_model(files[1], None, [one], asked, look, ids)

    return judge


def test_a_large_loss_fails_a_small_one_passes_and_between_nobody_knows(judge):
    rng = np.random.default_rng(0)
    words = {loss: judge(*table(rng, loss=loss), gate(overall=0.1)).verdict for loss in (0.0, 0.1, 0.3)}
    assert words == {0.0: "pass", 0.1: "undetermined", 0.3: "fail"}


def test_verdicts_are_wrong_no_more_often_than_they_say(judge):
    """At the margin itself, neither "surely within" nor "surely beyond" is said more often than the level."""
    rng = np.random.default_rng(1)
    worlds = 400
    found = [judge(*table(rng, rows=120, loss=0.1), gate(overall=0.1)).verdict for _ in range(worlds)]
    # 2 % of 400 worlds; 18 or more come by chance in 1 of 1,000.
    assert found.count("fail") < 18
    assert found.count("pass") < 18


def test_bands_share_the_level(judge):
    rng = np.random.default_rng(2)
    one = judge(*table(rng), gate(overall=0.1)).findings[0]
    two = judge(*table(rng), gate(overall=0.1, rarest_tenth=0.2)).findings
    assert one["level"] == 0.02
    assert [found["level"] for found in two] == [0.01, 0.01]


def test_what_it_could_have_seen_is_seen_in_four_of_five(judge):
    rng = np.random.default_rng(3)
    seen = judge(*table(rng, rows=120), gate(overall=0.1)).findings[0]["smallest_loss_seen"]
    found = [judge(*table(rng, rows=120, loss=seen), gate(overall=0.1)).verdict for _ in range(200)]
    assert 0.68 < found.count("fail") / 200 < 0.92


def test_too_few_rows_are_unknown_and_not_a_pass(judge):
    rng = np.random.default_rng(4)
    before, later = table(rng)
    verdict = judge(before, later, gate(overall=0.1), ids=[f"h{at}" for at in range(15)])
    assert verdict.verdict == "undetermined"
    assert "15 rows judge it; 20 are needed" in verdict.sentence
    assert judge(before, later, gate(quarter_to_half=0.1)).verdict == "undetermined"


def test_a_model_that_changed_nothing_passes_and_says_what_could_have_been_seen(judge):
    before, _ = table(np.random.default_rng(4))
    verdict = judge(before, before, gate(overall=0.1))
    assert verdict.verdict == "pass"
    assert (
        "the same on all of 300 rows; a difference on more than 0.54 % of them would have been seen"
        in verdict.sentence
    )


def test_without_margin_or_yardstick_nothing_passes(judge, tmp_path):
    rng = np.random.default_rng(5)
    assert judge(*table(rng), gate()).verdict == "undetermined"
    assert (
        judge_model(tmp_path / "x", None, [], gate(overall=0.1), LOOK, frozenset()).verdict == "undetermined"
    )
    one = Yardstick(name="the first model", rows=None, scores=None)
    assert (
        "was not read on the holdout"
        in judge_model(None, None, [one], gate(overall=0.1), LOOK, frozenset()).sentence
    )


def scores(folder, name, values, **columns):
    file = folder / f"{name}.csv"
    head = ["model", "task", "metric", "item", "value", "higher_is_better", *columns]
    lines = [
        ",".join(["m", "arc", "acc", f"i{at}", str(value), "true", *map(str, columns.values())])
        for at, value in enumerate(values)
    ]
    file.write_text("\n".join([",".join(head), *lines]) + "\n")
    return file


def asked_scores(**margin):
    return Gate(options={"margin": {}, "scores": margin, "against": "start"})


def test_benchmarks_are_compared_item_by_item(tmp_path):
    rng = np.random.default_rng(6)
    right = (rng.random(400) < 0.8).astype(int)
    worse = np.where(rng.random(400) < 0.25, 0, right)
    one = Yardstick(name="the first model", rows=None, scores=scores(tmp_path, "before", right))
    fell = judge_model(
        None, scores(tmp_path, "fell", worse), [one], asked_scores(arc=0.05), LOOK, frozenset()
    )
    assert fell.verdict == "fail"
    assert fell.findings[0]["loss"] == pytest.approx((right - worse).mean())
    held = judge_model(
        None,
        scores(tmp_path, "held", np.where(rng.random(400) < 0.01, 0, right)),
        [one],
        asked_scores(arc=0.05),
        LOOK,
        frozenset(),
    )
    assert held.verdict == "pass"


def test_runs_that_cannot_be_compared_are_undetermined(tmp_path):
    before = scores(tmp_path, "before", [1, 0] * 50, shots=5)
    one = Yardstick(name="the first model", rows=None, scores=before)
    other = scores(tmp_path, "after", [1, 0] * 50, shots=0)
    found = judge_model(None, other, [one], asked_scores(arc=0.05), LOOK, frozenset())
    assert found.verdict == "undetermined"
    assert "shots differs: 5 and 0" in found.sentence
    assert (
        "not among the results"
        in judge_model(None, before, [one], asked_scores(mmlu=0.05), LOOK, frozenset()).sentence
    )
