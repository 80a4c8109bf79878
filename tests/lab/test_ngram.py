"""The n-gram model: hand-computed probabilities, exact sampling, and the way it collapses."""

from collections import Counter
from itertools import pairwise
from math import exp, log2

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import chisquare

from holdfast.errors import InputError, UsageError
from holdfast.lab.continuations import END, START, shorten
from holdfast.lab.docstrings import read_docstrings
from holdfast.lab.ngram import NgramModel
from holdfast.lab.words import join_words, split_words

SEA = ["the sea is wide", "the sea is deep", "the sky is wide", "a sky, a sea"]


@pytest.fixture(scope="module")
def rows():
    return read_docstrings()


def pairs(rows):
    return [row["text"] for row in rows], [row["module"] for row in rows]


def distribution(model, context):
    return np.array([model.probability(context, word) for word in range(len(model.words) + 1)])


def sharpened(shares, temperature, top_p):
    """The whole vocabulary, the slow way."""
    shares = shares ** (1 / temperature)
    shares /= shares.sum()
    above = np.array([shares[shares > share * (1 + 1e-9)].sum() for share in shares])
    shares[above >= top_p] = 0
    return shares / shares.sum()


# Words


@given(st.text())
def test_any_text_survives_a_second_round(text):
    once = join_words(split_words(text))
    assert join_words(split_words(once)) == once


@given(st.lists(st.sampled_from(["(⁀", "[⁀", "'⁀", "⁀)", "⁀.", "⁀'", "⁀,", "foo", "a(b", "x=1", "it's"])))
def test_no_order_of_tokens_makes_a_new_word(tokens):
    words = [token for token in tokens if "⁀" not in token]
    assert [token for token in split_words(join_words(tokens)) if "⁀" not in token] == words


def test_prose_comes_back_as_it_was(rows):
    # Signs that stand alone, as in `a , b`, stick to a word after the first round.
    same = np.mean([join_words(split_words(row["text"])) == row["text"] for row in rows])
    assert same > 0.95


# Probabilities


def test_oracle_by_hand():
    # Texts "x y", "x z"; bigrams (START,x) 2, (x,y), (x,z), (y,END), (z,END) 1 each.
    # Contexts START (one x, twice), x (y, z), y (END), z (END): n1 = 4, n2 = 1, D = 4 / 6.
    # Empty context: distinct predecessors x 1, y 1, z 1, END 2, total 5: n1 = 3, n2 = 1, D = 3 / 5.
    # Uniform over x, y, z, END and the unknown word: 1 / 5.
    model = NgramModel.train(["x y", "x z"], order=2)
    assert model.words[2:] == ("x", "y", "z")
    x, y, z, unknown = 2, 3, 4, 5
    rest = (3 / 5 * 4 / 5) / 5
    known = (1 - 3 / 5) / 5 + rest
    end = (2 - 3 / 5) / 5 + rest
    assert distribution(model, ()) == pytest.approx([0, end, known, known, known, rest])
    half = (1 - 4 / 6) / 2
    assert model.probability((x,), y) == pytest.approx(half + 4 / 6 * known)
    assert model.probability((x,), x) == pytest.approx(4 / 6 * known)
    assert model.probability((START,), x) == pytest.approx((2 - 4 / 6) / 2 + 4 / 6 / 2 * known)
    assert model.probability((unknown,), z) == pytest.approx(known)
    bits = -log2(model.probability((START,), x)) - log2(half + 4 / 6 * known)
    bits -= log2(model.probability((y,), END))
    assert model.bits_per_word(["x y", ""]) == pytest.approx(bits / 3)
    assert model.bits_per_word(["x q"]) > model.bits_per_word(["x y"])


@settings(max_examples=40, deadline=None)
@given(
    st.lists(st.tuples(st.text("ab ,(", min_size=1, max_size=12), st.sampled_from("uvw")), min_size=1),
    st.integers(2, 4),
    st.booleans(),
)
def test_probabilities_sum_to_one(rows, order, tagged):
    texts = ["a", *(text for text, _ in rows)]
    model = NgramModel.train(texts, tags=["u", *(tag for _, tag in rows)] if tagged else None, order=order)
    for context in [*model.after, (), (-99, 2, 3), (2, 2)]:
        shares = distribution(model, context)
        assert shares.sum() == pytest.approx(1)
        assert (shares[1:] > 0).all()


def test_a_tag_is_forgotten_last():
    assert shorten((-3, 5, 6)) == (-3, 6)
    assert shorten((-3, 6)) == (-3,)
    assert shorten((-3,)) == ()
    assert shorten((5, 6)) == (6,)
    assert shorten(()) is None


def test_what_follows_is_conditional_on_the_tag():
    texts = ["north wind", "south wind"] * 20
    model = NgramModel.train(texts, tags=["n", "s"] * 20)
    rows = model.sample_labelled(2000, rng=np.random.default_rng(3))
    agreeing = np.mean([text[0] == tag for tag, text in rows])
    assert agreeing > 0.9
    swapped = model.bits_per_word(texts, tags=["s", "n"] * 20)
    assert (
        model.bits_per_word(texts, tags=["n", "s"] * 20)
        < model.bits_per_word(texts, tags=["?"] * 40)
        < swapped
    )


# Sampling


@pytest.mark.parametrize(
    ("temperature", "top_p"), [(1, 1), (0.6, 1), (1.7, 1), (1, 0.8), (0.7, 0.9), (1, 0.3), (0.05, 1)]
)
@pytest.mark.parametrize("tagged", [False, True])
def test_first_words_and_bigrams_match_the_model(temperature, top_p, tagged):
    texts = SEA * 2 + ["sky sea", "wide is the (deep) sea"]
    tags = ["t"] * len(texts) if tagged else None
    lead = (-1,) if tagged else ()
    model = NgramModel.train(texts, tags=tags, order=2)
    samples = model.sample(
        6000, rng=np.random.default_rng(11), temperature=temperature, top_p=top_p, max_words=8
    )
    numbers = {word: number for number, word in enumerate(model.words)}
    pair_counts = {START: Counter(), numbers["the"]: Counter(), numbers["sky"]: Counter()}
    for text in samples:
        tokens = split_words(text)
        read = [START, *(numbers[token] for token in tokens)]
        if sum("⁀" not in token for token in tokens) < 8 and len(tokens) < 16:
            read.append(END)
        for before, word in pairwise(read):
            if before in pair_counts:
                pair_counts[before][word] += 1
    for before, counts in pair_counts.items():
        shares = distribution(model, (*lead, before))
        shares[-1] = 0  # an unknown word cannot be said
        if before == START:
            shares[END] = 0  # and no text is empty
        expected = sharpened(shares, temperature, top_p) * counts.total()
        observed = np.array([counts[word] for word in range(len(expected))])
        assert not observed[expected == 0].any()
        likely = expected >= 5
        if likely.sum() < 2:
            assert observed[likely].sum() >= 0.99 * counts.total()
            continue
        observed = np.append(observed[likely], observed[~likely].sum() + 1e-9)
        expected = np.append(expected[likely], expected[~likely].sum() + 1e-9)
        # 42 tests at once; seeded, so that this never flickers.
        assert chisquare(observed, expected).pvalue > 1e-4


def test_low_temperature_says_the_mode():
    texts = ["b"] * 7 + ["a c"] * 9 + ["a d"] * 4
    tags = ["x"] * 7 + ["y"] * 13
    model = NgramModel.train(texts, tags=tags)
    assert set(model.sample_labelled(200, rng=np.random.default_rng(0), temperature=0.005)) == {("y", "a c")}
    assert set(model.sample_labelled(200, rng=np.random.default_rng(0), top_p=0.01)) == {("y", "a c")}


def test_a_tiny_share_of_many_starts_is_still_a_text():
    # All starts differ, so that the end is the likeliest word everywhere; a text must not be empty for all that.
    model = NgramModel.train([f"w{number}" for number in range(50)])
    for options in ({"top_p": 0.001}, {"temperature": 0.01}, {}):
        texts = model.sample(20, rng=np.random.default_rng(1), **options)
        assert all(texts)


def test_top_p_keeps_the_tags_that_reach_it():
    tags = ["a"] * 50 + ["b"] * 30 + ["c"] * 15 + ["d"] * 5
    model = NgramModel.train(["x y"] * 100, tags=tags)
    for top_p, kept in ((0.5, "a"), (0.51, "ab"), (0.8, "ab"), (0.94, "abc"), (0.96, "abcd")):
        said = {tag for tag, _ in model.sample_labelled(2000, rng=np.random.default_rng(5), top_p=top_p)}
        assert said == set(kept)
    said = Counter(
        tag for tag, _ in model.sample_labelled(9000, rng=np.random.default_rng(5), temperature=0.5)
    )
    squares = np.array([50, 30, 15, 5]) ** 2
    assert chisquare([said[tag] for tag in "abcd"], 9000 * squares / squares.sum()).pvalue > 1e-3


def test_same_seed_same_rows(rows):
    texts, tags = pairs(rows[:300])
    for options in ({}, {"temperature": 0.8, "top_p": 0.9}):
        one, two, other = (
            NgramModel.train(texts, tags=tags).sample_labelled(50, rng=np.random.default_rng(seed), **options)
            for seed in (1, 1, 2)
        )
        assert one == two != other


def test_length_is_bounded_and_nothing_is_empty():
    model = NgramModel.train(["a b a b a b a b , , , ,"] * 3 + ["( ( ( (", "a"])
    for temperature in (0.1, 1.0, 5.0):
        for text in model.sample(300, rng=np.random.default_rng(9), temperature=temperature, max_words=5):
            assert text
            assert len([token for token in split_words(text) if "⁀" not in token]) <= 5
            assert len(split_words(text)) <= 10


# Errors


def test_errors():
    rng = np.random.default_rng(0)
    with pytest.raises(InputError):
        NgramModel.train(["", "  "])
    with pytest.raises(UsageError):
        NgramModel.train(SEA, order=1)
    with pytest.raises(UsageError):
        NgramModel.train(SEA, tags=["one"])
    plain, tagged = NgramModel.train(SEA), NgramModel.train(SEA, tags=list("abcd"))
    with pytest.raises(UsageError, match="without tags"):
        plain.sample_labelled(1, rng=rng)
    for model, tags in ((plain, list("abcd")), (tagged, None), (tagged, ["a"])):
        with pytest.raises(UsageError):
            model.bits_per_word(SEA, tags=tags)
    with pytest.raises(InputError):
        plain.bits_per_word([""])
    for options in (
        {"temperature": 0},
        {"temperature": float("nan")},
        {"top_p": 0},
        {"top_p": 1.1},
        {"max_words": 0},
    ):
        with pytest.raises(UsageError):
            plain.sample(1, rng=rng, **options)
    assert plain.sample(0, rng=rng) == []


# Collapse


def retrain(texts, tags, *, generations, rng, **options):
    """Tags, texts and model of each generation; the first are the real ones."""
    for generation in range(generations + 1):
        model = NgramModel.train(texts, tags=tags)
        yield texts, tags, model
        if generation < generations:
            tags, texts = zip(*model.sample_labelled(len(texts), rng=rng, **options), strict=True)


def test_tags_survive_as_f6_says():
    # science.md F5 and F6: a tag seen c times is alive after k generations with probability 1 - exp(-c g_k).
    kinds = {1: 300, 2: 200, 3: 150, 5: 100, 10: 40}
    tags = [f"{count}-{tag}" for count, tags in kinds.items() for tag in range(tags) for _ in range(count)]
    rng = np.random.default_rng(20)
    alive = [
        Counter(tag.split("-")[0] for tag in set(said))
        for _, said, _ in retrain(["x"] * len(tags), tags, generations=10, rng=rng)
    ]
    g = 1.0
    for k in range(1, 11):
        for count, of in kinds.items():
            survival = 1 - exp(-count * g)
            tolerance = 4 * np.sqrt(survival * (1 - survival) / of) + 0.01
            assert alive[k][str(count)] / of == pytest.approx(survival, abs=tolerance)
        g = 1 - exp(-g)


@pytest.mark.slow
@pytest.mark.parametrize("top_p", [1.0, 0.9])
def test_drift_and_bias(rows, top_p):
    rng = np.random.default_rng(7)
    modules = dict(Counter(row["module"] for row in rows).most_common(25))
    rows = [row for row in rows if row["module"] in modules]
    at = rng.permutation(len(rows))
    texts, tags = pairs([rows[row] for row in at[:1500]])
    held_texts, held_tags = pairs([rows[row] for row in at[1500:1800]])
    frequencies = Counter(token for text in texts for token in split_words(text))
    rare = {token for token, count in frequencies.items() if count <= 3}
    words, alive, bits, rare_share = [], [], [], []
    for said, labels, model in retrain(texts, tags, generations=3, rng=rng, top_p=top_p):
        tokens = [token for text in said for token in split_words(text)]
        words.append(len({token for token in tokens if "⁀" not in token}))
        alive.append(len(set(labels)))
        bits.append(model.bits_per_word(held_texts, tags=held_tags))
        rare_share.append(np.mean([token in rare for token in tokens]))
    assert words == sorted(words, reverse=True)
    assert words[3] < 0.75 * words[0]
    assert alive == sorted(alive, reverse=True)
    assert bits == sorted(bits)
    assert bits[3] > bits[0] + 0.5
    if top_p == 1.0:
        # Drift: support falls, mass stays (a uniform remainder even lifts it a little).
        assert 0.9 < rare_share[3] / rare_share[0] < 1.25
        assert alive[3] == alive[0]  # fifteen rows and more: 1 - exp(-15 g_3) each
    else:
        # Bias: both fall, and tail tags go at once.
        assert rare_share[3] < 0.7 * rare_share[0]
        assert alive[1] < alive[0]
