"""Variety of prompts, by hand; and beside reality, on worlds where nothing is wrong and on worlds where prompts are stuck."""

import json
from math import comb, exp, log

import numpy as np
import pytest

from holdfast.remedies.generate.prompt_variety import Prompt, prompt_variety
from holdfast.remedies.generate.resemblance import (
    LEAST,
    MOST,
    jaccard,
    likeness_of_pairs,
    mean_likeness,
    real_band,
)

WORDS = [f"w{number}" for number in range(60)]


def stream(number=0):
    return np.random.default_rng([11, number])


def sentences(rng, count, words=60, length=12):
    """Texts whose words are drawn with unequal chances, so that pairs recur."""
    chances = 1.0 / np.arange(1, words + 1)
    drawn = rng.choice(words, size=(count, length), p=chances / chances.sum())
    return [" ".join(WORDS[word] for word in row) for row in drawn]


def prompts_of(texts, stratum="a", **more):
    return [
        Prompt(id=f"p{number}", template="t", stratum=stratum, values={"text": text}, **more)
        for number, text in enumerate(texts)
    ]


def pairs(text):
    found = {
        (one, other)
        for line in text.splitlines()
        for one, other in zip(line.split(), line.split()[1:], strict=False)
    }
    return found | {(line,) for line in text.splitlines() if len(line.split()) == 1}


def test_likeness_by_sets():
    texts = ["a b c d", "b c d e", "a", "x y\na b", "", "c d"]
    expected = [
        [
            len(pairs(one) & pairs(other)) / len(pairs(one) | pairs(other))
            if pairs(one) | pairs(other)
            else 1.0
            for other in texts
        ]
        for one in texts
    ]
    assert np.allclose(jaccard([(text,) for text in texts]), expected)
    parts = jaccard([("a b", "c d"), ("a b\nc d",), ("a b c d",)])
    assert parts[0].tolist() == [1.0, 1.0, 2 / 3]
    above = [expected[one][other] for one in range(6) for other in range(one)]
    assert mean_likeness([(text,) for text in texts], stream()) == pytest.approx(np.mean(above))


def test_many_texts_are_compared_in_part():
    texts = [(text,) for text in sentences(stream(), 3 * MOST)]
    whole = jaccard(texts)
    expected = (whole.sum() - len(texts)) / (len(texts) * (len(texts) - 1))
    found = [mean_likeness(texts, stream(number)) for number in range(30)]
    error = np.std(found, ddof=1) / len(found) ** 0.5
    assert 0 < error < 0.05 * expected
    assert abs(np.mean(found) - expected) < 4 * error


def test_likeness_between_owners():
    texts = [("a b c",), ("a b d",), ("a b c",), ("x y",)]
    owner = [("s", 0), ("s", 1), ("s", 1), ("r", 2)]
    # Of one group and two owners: the first with the second, and with the third.
    assert likeness_of_pairs(texts, owner, stream()) == pytest.approx((1 / 3 + 1) / 2)
    assert likeness_of_pairs(texts, [("s", 0)] * 4, stream()) is None
    two = [("s", 0), ("s", 0), ("s", 0), ("r", 2)]
    assert likeness_of_pairs(texts, two, stream()) == 0.0


def test_effective_numbers_by_hand():
    sent = [
        Prompt(
            id=digest,
            template=template,
            stratum=stratum,
            attributes={"register": register} if register else {},
            shown=shown,
        )
        for digest, template, stratum, register, shown in [
            ("x", "one", "a", "plain", ("r1", "r2")),
            ("x", "one", "a", "plain", ("r2", "r1")),
            ("y", "one", "a", "blunt", ("r1",)),
            ("z", "two", "b", "", ()),
        ]
    ]
    found = prompt_variety(sent, {}, stream())
    whole = found.overall
    assert (whole.requests, whole.prompts.distinct, whole.prompts.all_distinct) == (4, 3, 4)
    entropy = -(0.5 * log(0.5) + 2 * 0.25 * log(0.25))
    assert whole.prompts.order_1 == pytest.approx(exp(entropy))
    assert whole.prompts.order_2 == pytest.approx(1 / (0.25 + 2 * 0.0625))
    assert whole.repeated_share == 0.5
    assert whole.templates.order_2 == pytest.approx(1 / (0.75**2 + 0.25**2))
    # Of three with attributes, two agree; of three that show rows, two show the same ones.
    assert (whole.attributes.distinct, whole.attributes.all_distinct) == (2, 3)
    assert whole.shown.order_2 == pytest.approx(1 / ((2 / 3) ** 2 + (1 / 3) ** 2))
    assert [one.stratum for one in found.strata] == ["a", "b"]
    single = found.strata[1]
    assert (single.attributes, single.shown, single.likeness, single.answers) == (None, None, None, None)
    assert single.repeated_share == 0.0
    assert json.loads(json.dumps(found.plain()))["overall"]["requests"] == 4


def test_nothing_sent():
    assert prompt_variety([], {"a": ["x"]}, stream()) is None


def test_answers_to_one_prompt_by_hand():
    sent = [
        Prompt(id="x", template="t", stratum="a", answer="a b c"),
        Prompt(id="x", template="t", stratum="a", answer="a b d"),
        Prompt(id="x", template="t", stratum="a", answer="a b c"),
        Prompt(id="y", template="t", stratum="a", answer="x y z"),
        Prompt(id="y", template="t", stratum="a", answer=None),
        Prompt(id="z", template="t", stratum="b", answer="a b c"),
    ]
    found = prompt_variety(sent, {}, stream()).overall
    assert found.answers_per_prompt == pytest.approx(5 / 3)
    assert (found.answers.prompts, found.answers.answers) == (1, 3)
    assert found.answers.distinct_share == pytest.approx(2 / 3)
    assert found.answers.likeness == pytest.approx((1 + 1 / 3 + 1 / 3) / 3)
    assert found.answers.apart == 0.0  # x and y, of stratum a
    assert found.answers.real is None
    assert prompt_variety(sent[3:], {}, stream()).overall.answers is None


def test_reality_scores_what_its_rows_have_in_common():
    real = sentences(stream(), 300)
    whole = jaccard([(text,) for text in real])
    expected = (whole.sum() - len(real)) / (len(real) * (len(real) - 1))
    found = real_band(0.5, {"a": 300}, {"a": real}, 1, stream(1))
    assert found.real == pytest.approx(expected, rel=0.03)
    assert found.low < found.real < found.high
    assert found.compared == "more"
    assert real_band(0.0, {"a": 300}, {"a": real}, 1, stream(1)).compared == "less"


def test_rows_that_stand_together_are_held_against_rows_that_stand_together():
    real = sentences(stream(), 400)
    one = real_band(0.5, {"a": 50}, {"a": real}, 1, stream(1))
    five = real_band(0.5, {"a": 50}, {"a": real}, 5, stream(1))
    assert five.real > one.high
    shown = tuple(f"r{number}" for number in range(5))
    fresh = sentences(stream(2), 250)
    bundles = ["\n".join(fresh[at : at + 5]) for at in range(0, 250, 5)]
    found = prompt_variety(prompts_of(bundles, shown=shown), {"a": real}, stream(3)).overall.likeness
    assert found.compared == "equally"


def test_too_few_real_rows_give_no_band():
    real = sentences(stream(), LEAST - 1)
    found = prompt_variety(prompts_of(sentences(stream(1), 20)), {"a": real}, stream(2)).overall.likeness
    assert (found.real, found.low, found.high, found.compared) == (None, None, None, None)
    assert "fewer than 10 real rows" in found.reason
    same = real_band(0.5, {"a": 20}, {"a": ["a b"] * 20}, 1, stream())
    assert "score the same" in same.reason
    assert same.low is None


def test_what_the_recipe_fixes_says_nothing():
    texts = sentences(stream(), 20)
    bare = prompts_of(texts)
    fixed = [
        Prompt(
            id=one.id,
            template="t",
            stratum="a",
            values=dict(one.values) | {"subject": "a message to a bank", "shunned": '"would like to"'},
        )
        for one in bare
    ]
    assert (
        prompt_variety(fixed, {}, stream()).overall.likeness
        == prompt_variety(bare, {}, stream()).overall.likeness
    )


def outside(count, compared, limit, chance):
    """Whether so many of the worlds may be outside by chance alone."""
    worst = sum(comb(count, k) * chance**k * (1 - chance) ** (count - k) for k in range(compared))
    return worst > 1 - limit


@pytest.mark.parametrize(("real_rows", "sent"), [(60, 40), (200, 30), (30, 60)])
def test_prompts_that_are_real_rows_are_rarely_more_alike(real_rows, sent):
    worlds, more, less = 150, 0, 0
    for number in range(worlds):
        rng = stream(number)
        real, texts = sentences(rng, real_rows), sentences(rng, sent)
        found = real_band(mean_likeness([(text,) for text in texts], rng), {"a": sent}, {"a": real}, 1, rng)
        more += found.compared == "more"
        less += found.compared == "less"
    # 2.5 % on each side; bands of a bootstrap are a little narrow, and `real_band` says by how much: 4.5 %.
    assert not outside(worlds, more, 0.001, 0.045)
    assert not outside(worlds, less, 0.001, 0.045)


def test_prompts_of_a_few_rows_are_seen():
    seen = 0
    for number in range(30):
        rng = stream(number)
        real = sentences(rng, 100)
        few = sentences(rng, 5)
        found = prompt_variety(prompts_of([few[at] for at in rng.integers(5, size=40)]), {"a": real}, rng)
        seen += found.overall.likeness.compared == "more"
    assert seen == 30


def test_strata_are_held_against_their_own_rows():
    rng = stream()
    real = {"a": sentences(rng, 100, words=8), "b": sentences(rng, 100, words=60)}
    texts = {"a": sentences(rng, 40, words=8), "b": sentences(rng, 40, words=60)}
    sent = prompts_of(texts["a"], "a") + prompts_of(texts["b"], "b")
    found = prompt_variety(sent, real, rng)
    assert [one.likeness.compared for one in (*found.strata, found.overall)] == ["equally"] * 3
    a, b = found.strata
    assert a.likeness.low > b.likeness.high
    # Held against rows of b, prompts of a would be far too alike; a stratum without rows stands for all of reality.
    lost = prompt_variety(prompts_of(texts["a"], "c"), real, rng)
    assert lost.overall.likeness.compared == "more"


def test_the_same_stream_says_the_same():
    real = {"a": sentences(stream(), 50)}
    sent = prompts_of(sentences(stream(1), 30))
    assert prompt_variety(sent, real, stream(2)) == prompt_variety(sent, real, stream(2))


def test_a_large_run_is_read_quickly():
    rng = stream()
    names = [f"s{number}" for number in range(40)]
    texts = sentences(rng, 4_000)
    real = {name: sentences(rng, 30) for name in names}
    sent = [
        Prompt(id=text, template="t", stratum=names[at % 40], values={"text": text}, answer=text)
        for at, text in enumerate(texts)
    ]
    found = prompt_variety(sent, real, rng)
    assert len(found.strata) == 40
    assert found.overall.likeness.compared == "equally"
