"""Brand voice on real texts: people's own texts pass, a model's in their place do not. All draws: benchmarks/brand.py."""

import json

import numpy as np
import pytest

from holdfast.audits.brand import audit_brand

pytestmark = pytest.mark.real


def questions(folder, who):
    files = sorted((folder / "anthropic_evals" / f"{who}_generated_evals").glob("*.jsonl"))
    return [
        json.loads(line)["question"]
        for file in files
        for line in file.read_text(encoding="utf-8").split("\n")
        if line
    ]


@pytest.fixture(scope="module")
def sides(real_data):
    rng = np.random.default_rng(0)
    found = []
    for who in ("human", "lm"):
        texts = questions(real_data, who)
        found.append([texts[i] for i in rng.permutation(len(texts))])
    return found


def test_people_in_their_own_place_pass(sides):
    human, model = sides
    found = audit_brand(human[300:450], approved=human[:300], generic=model[:150])
    assert found.verdict == "pass", found.sentence
    along = found.reading("brand_retention")
    assert along.interval[0] <= 1 <= along.interval[1]
    assert found.reading("brand_told_apart").state == "within"
    assert len(found.overuse.phrases) <= 3


def test_a_model_in_their_place_is_seen_with_what_gives_it_away(sides):
    human, model = sides
    found = audit_brand(model[150:300], approved=human[:300], generic=model[:150], before=human[300:450])
    assert found.verdict == "warn"
    assert abs(found.reading("brand_retention").value) < 0.3
    assert found.reading("brand_since").state == "beyond"
    assert found.shifts
    assert found.overuse.phrases
    assert found.overuse.row_share > found.overuse.reality


@pytest.mark.parametrize("kind", ["hai_diversity/essays_solo.jsonl", "essays_126/essays.jsonl"])
def test_a_house_of_few_texts_is_not_judged(real_data, kind):
    rows = [json.loads(line) for line in (real_data / kind).read_text(encoding="utf-8").split("\n") if line]
    own = [row.get("essay") or row["text"] for row in rows if row.get("source", "human") == "human"]
    half = len(own) // 2
    found = audit_brand(own[half:], approved=own[:half])
    assert found.exit_code == 3
    assert "200 are needed" in found.sentence
