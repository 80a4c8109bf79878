"""Rows that say the same: by their words, and as a sentence encoder sees them."""

import json
from zlib import crc32

import numpy as np
import pytest
from small_world import rows

from holdfast.errors import UsageError
from holdfast.remedies.curate import curate
from holdfast.remedies.curate.filters.duplicates import _nearest_earlier


class Meaning:
    """Embeds what rows mean: a word and the same with q before it are synonyms."""

    name = "synonyms"
    blind_to = "everything else"

    def encode(self, texts, progress=lambda done, all_: None):
        found = np.zeros((len(texts), 256), np.float32)
        for row, text in zip(found, texts, strict=True):
            for word in text.split():
                row[crc32(word.removeprefix("q").encode()) % 256] += 1.0
        return found / np.maximum(np.linalg.norm(found, axis=1, keepdims=True), 1e-9)


def said_otherwise(row, rng):
    """The same meaning in another order and with no word in common."""
    return row | {"text": " ".join(f"q{word}" for word in rng.permutation(row["text"].split()))}


@pytest.mark.parametrize("window", [3, 40, 1_000])
def test_the_nearest_earlier_row_is_the_nearest_earlier_row(window):
    vectors = np.random.default_rng(0).normal(size=(2_100, 8)).astype(np.float32)
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    best, which = _nearest_earlier(vectors, window)
    assert (best[0], which[0]) == (-1.0, -1)
    for row in (1, 2, 39, 1_023, 1_024, 1_025, 2_099):
        near = vectors[max(0, row - window) : row] @ vectors[row]
        assert best[row] == pytest.approx(near.max(), abs=1e-6)
        assert which[row] == max(0, row - window) + near.argmax()


def test_rows_that_mean_the_same_are_found_and_real_ones_are_spared():
    rng = np.random.default_rng(1)
    real, made = rows(1), rows(2)[:200]
    again = [said_otherwise(row, rng) for row in made[:60]]
    found = curate([*made, *again], real=real, encoder=Meaning(), filter=["paraphrases"], tolerance=0.05)
    step = found.steps[0]
    assert step.tolls[0]["share"] <= 0.05
    ids = sorted([*found.kept, *found.dropped], key=lambda id_: int("".join(c for c in id_ if c.isdigit())))
    assert len(ids) == 260
    # Of a row and its paraphrase one is dropped, whichever.
    pairs = sum((ids[at] in found.dropped) != (ids[200 + at] in found.dropped) for at in range(60))
    assert pairs >= 50
    assert sum(id_ in found.dropped for id_ in ids[60:200]) <= 10
    # Words alone see nothing of it.
    plain = curate([*made, *again], real=real, filter=["paraphrases"], tolerance=0.05)
    assert not any(id_ in plain.dropped for id_ in ids[200:])
    assert "says the same as" in found.explain(next(iter(found.dropped)))


def test_fresh_real_rows_lose_one_in_a_hundred():
    lost = [
        len(curate(rows(100 + seed), real=rows(seed), encoder=Meaning(), filter=["paraphrases"]).dropped)
        for seed in range(8)
    ]
    assert np.mean(lost) / len(rows(0)) <= 0.03


def test_files_written_stratum_by_stratum_lose_no_more():
    lost = []
    for seed in range(4):
        made = sorted(rows(100 + seed, per_stratum=100), key=lambda row: row["intent"])
        lost.append(len(curate(made, real=rows(seed), encoder=Meaning(), filter=["paraphrases"]).dropped))
    assert np.mean(lost) / 600 <= 0.04


def test_copies_in_reality_do_not_blind_it():
    rng = np.random.default_rng(2)
    real, made = rows(1), rows(2)[:200]
    again = [said_otherwise(row, rng) for row in made[:60]]
    found = curate(
        [*made, *again], real=[*real, *real[:20]], encoder=Meaning(), filter=["paraphrases"], tolerance=0.1
    )
    assert len(found.dropped) >= 50


def test_an_encoder_makes_it_one_of_the_usual_filters(tmp_path):
    made, real = rows(2)[:250], rows(1)
    steps = [step.name for step in curate(made, real=real, encoder=Meaning()).steps]
    assert steps[-1] == "paraphrases"
    assert "paraphrases" not in [step.name for step in curate(made, real=real).steps]
    out = tmp_path / "out"
    curate(made, real=real, encoder=Meaning(), output=out, without=["paraphrases"])
    manifest = json.loads((out / "manifest.json").read_text())
    assert manifest["asked"]["encoder"] == "synonyms"
    with pytest.raises(UsageError, match="no server"):
        curate(made, real=real, encoder_model="x")


def test_with_few_real_rows_closeness_has_no_measure():
    step = curate(rows(2), real=rows(1)[:150], encoder=Meaning(), filter=["paraphrases"]).steps[0]
    assert step.decision == "cannot say"
    assert "200 different real rows are needed" in step.why
