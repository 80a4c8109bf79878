"""Gold grows by what people accepted, and a gate keeps what they found."""

import json

import pytest

from holdfast.anchors.freeze import freeze
from holdfast.anchors.gold import list_gold
from holdfast.errors import InputError, UsageError
from holdfast.reviews.outcomes import evidence, gold_from_reviews, reject_with_reviews
from holdfast.reviews.results import review_results


@pytest.fixture
def anchor(tmp_path):
    words = ["river", "stone", "window", "letter", "engine", "garden", "winter", "copper"]
    rows = [
        {
            "id": f"real{n}",
            "text": " ".join(
                words[(n * 7 + step * (1 + n // 8)) % 8] + str((n + step) % 97) for step in range(9)
            ),
            "label": ("billing", "delivery", "returns")[n % 3],
        }
        for n in range(300)
    ]
    file = tmp_path / "real.jsonl"
    file.write_text("".join(json.dumps(row) + "\n" for row in rows))
    return freeze(file, output=tmp_path / "anchor")


def test_rows_that_two_people_accepted_become_gold(start, tmp_path, anchor):
    review = start(again=1.0, rows=20)
    review.judge("ada", range(10))
    review.judge("bob", range(5))
    grown = gold_from_reviews(
        review.queue, review.decisions, anchor, review.file, output=tmp_path / "grown", label="label"
    )
    wanted = [review.queue.item(n).id for n in range(5) if int(review.queue.item(n).id[1:]) % 10]
    assert set(grown.added) | set(grown.known) == set(wanted)
    assert grown.added
    added = [row for row in list_gold(grown.anchor) if row.id in grown.added]
    assert {row.by for row in added} == {"ada, bob"}
    assert review.queue.digest in grown.anchor.manifest["succeeds"][0]["reason"]


def test_gold_needs_people_and_the_rows_that_were_drawn_from(start, tmp_path, anchor):
    review = start(rows=20)
    review.judge("ada")
    with pytest.raises(UsageError, match="2 people"):
        gold_from_reviews(review.queue, review.decisions, anchor, review.file, output=tmp_path / "grown")
    other = tmp_path / "other.jsonl"
    other.write_text(review.file.read_text().replace("waits", "longs"))
    with pytest.raises(InputError, match="drawn from"):
        gold_from_reviews(review.queue, review.decisions, anchor, other, output=tmp_path / "grown", people=1)
    assert not (tmp_path / "grown").exists()


def test_evidence_says_how_much_is_bad_and_whether_people_agree(start):
    review = start(again=1.0, rows=60)
    assert "unknown" in evidence(review_results(review.queue, review.decisions))
    review.judge("ada")
    review.judge("bob")
    said = evidence(review_results(review.queue, review.decisions))
    assert review.queue.digest in said
    assert "decided by 2 people" in said
    assert "agreement on verdict 1.00" in said


def test_what_a_review_found_is_no_reason(start):
    review = start(rows=20)
    with pytest.raises(UsageError, match="is empty"):
        reject_with_reviews(None, review_results(review.queue, review.decisions), by="ada", reason=" ")
