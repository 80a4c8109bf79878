"""Pairs of a candidate and of an anchor: the same ones once, labels turned, nothing counted twice."""

import numpy as np

from holdfast.data.preferences import joined, read_preferences


def pair(prompt, a, b, label="a", **more):
    return {"prompt": prompt, "response_a": a, "response_b": b, "label": label, **more}


def by_judge(*rows):
    return read_preferences(list(rows), annotator="judge", annotator_type="ai_judge")


def by_people(*rows):
    return read_preferences(list(rows), annotator="ann", annotator_type="human")


def test_a_pair_of_both_stands_as_the_candidate_has_it():
    candidate = by_judge(pair("p", "one", "two"), pair("q", "one", "two"))
    anchor = by_people(
        pair("p\n", " two", "one ", "a", order="a", swapped_label="tie", author_a="n", author_b="m"),
        pair("r", "x", "y", "b"),
    )
    union, shared = joined(candidate, anchor)
    assert (shared.both, shared.only_candidate, shared.only_anchor) == (1, 1, 1)
    assert (shared.turned, shared.once) == (1, 0)
    pairs = union.pairs.to_pylist()
    assert [(one["prompt"], one["response_a"]) for one in pairs] == [("p", "one"), ("q", "one"), ("r", "x")]
    assert (pairs[0]["author_a"], pairs[0]["author_b"]) == ("m", "n")
    labels = [
        (one["pair"], one["annotator"], one["label"], one["first"], one["swapped_label"])
        for one in union.labels.to_pylist()
    ]
    assert labels == [
        (0, "ann", -1, -1, 0),
        (2, "ann", -1, 0, None),
        (0, "judge", 1, 0, None),
        (1, "judge", 1, 0, None),
    ]
    assert union.name == candidate.name


def test_the_same_label_counts_once():
    rows = [pair("p", "one", "two", annotator="ann", annotator_type="human"), pair("q", "one", "two", "b")]
    candidate = by_judge(*rows)
    anchor = by_people(pair("p", "two", "one", "b"), pair("q", "one", "two"))
    union, shared = joined(candidate, anchor)
    assert shared.once == 1
    assert union.labels.num_rows == 3


def test_a_label_that_says_something_else_stays():
    candidate = by_people(pair("p", "one", "two", "b"))
    union, shared = joined(candidate, by_people(pair("p", "one", "two", "a")))
    assert shared.once == 0
    # The sealed one comes first: of two labels of one annotator the first counts.
    assert union.labels.column("label").to_pylist() == [1, -1]


def test_responses_suffice_where_a_prompt_is_missing():
    bare = {"response_a": "two", "response_b": "one", "label": "a"}
    union, shared = joined(by_judge(bare), by_people(pair("p", "one", "two")))
    assert (shared.both, shared.turned) == (1, 1)
    assert union.pairs.column("prompt").to_pylist() == ["p"]
    # Two prompts with the same answers: nobody can say which is meant.
    _, shared = joined(by_judge(bare), by_people(pair("p", "one", "two"), pair("q", "one", "two")))
    assert shared.both == 0
    # Two prompts that differ are two pairs, whatever the answers.
    assert joined(by_judge(pair("p", "x", "y")), by_people(pair("q", "x", "y")))[1].both == 0


def test_equal_texts_are_told_apart_by_id_or_authors():
    candidate = by_judge(
        pair("p", "x", "y", pair_id="1", author_a="m", author_b="n"),
        pair("p", "x", "y", pair_id="2", author_a="m", author_b="o"),
        pair("p", "x", "y", pair_id="3"),
    )
    anchor = by_people(
        pair("p", "x", "y", "b", pair_id="3"),
        pair("p", "y", "x", "a", pair_id="7", author_a="o", author_b="m"),
    )
    union, shared = joined(candidate, anchor)
    assert (shared.both, len(union)) == (2, 3)
    people = [one for one in union.labels.to_pylist() if one["annotator"] == "ann"]
    assert [(one["pair"], one["label"]) for one in people] == [(2, -1), (1, -1)]


def test_an_id_of_the_anchor_gives_way():
    candidate = by_judge(pair("p", "x", "y", pair_id="1"))
    union, _ = joined(candidate, by_people(pair("q", "x", "y", pair_id="1")))
    assert union.pairs.column("pair_id").to_pylist() == ["1", "anchor:1"]


def test_a_join_says_the_same_whoever_is_turned():
    """Verdicts in terms of texts, not of a and b, do not depend on the order either side was written in."""
    rng = np.random.default_rng(3)
    rows = [pair(f"p{at}", f"x{at}", f"y{at}", "ab"[at % 2]) for at in range(40)]

    def turned(row):
        return pair(row["prompt"], row["response_b"], row["response_a"], "ba"["ab".index(row["label"])])

    plain, _ = joined(by_judge(*rows), by_people(*rows))
    mixed = [turned(row) if rng.random() < 0.5 else row for row in rows]
    union, shared = joined(by_judge(*rows), by_people(*(mixed[at] for at in rng.permutation(40))))
    assert 0 < shared.turned < 40
    assert sorted(map(str, union.labels.to_pylist())) == sorted(map(str, plain.labels.to_pylist()))
    itself, shared = joined(by_people(*rows), by_people(*mixed))
    assert (shared.once, itself.labels.num_rows) == (40, 40)


def test_prompts_written_otherwise_are_pointed_at():
    candidate = by_judge(pair("system\np", "one", "two"), pair("q", "x", "y"), pair("r", "u", "v"))
    anchor = by_people(pair("p", "two", "one"), pair("q", "x", "y"), pair("s", "k", "l"))
    _, shared = joined(candidate, anchor)
    assert (shared.both, shared.reworded) == (1, 1)
    assert shared.hint.startswith("1 more pair has the same two responses and another prompt")
    _, alike = joined(candidate, candidate)
    assert alike.hint is None
