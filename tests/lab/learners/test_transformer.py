"""The small transformer: it learns, the same seed gives the same bytes, and its bits are those of its own words."""

from collections import Counter

import numpy as np
import pytest

from holdfast.errors import InputError, UsageError
from holdfast.lab.learners.alphabet import END, UNKNOWN, Alphabet
from holdfast.lab.learners.learner import Decoding, Learner, Trained
from holdfast.lab.learners.transformer import TransformerLearner

TEXTS = ["north wind blows cold", "south wind blows warm", "the east is red"] * 20
LABELS = ["n", "s", "e"] * 20


def small(**options):
    return TransformerLearner(
        **{"width": 32, "depth": 1, "heads": 2, "context": 32, "epochs": 25, "batch": 12, "rate": 0.01}
        | options
    )


def write(trained, count, seed=1, shares=None, **decoding):
    return trained.write(
        count, decoding=Decoding(**decoding), rng=np.random.default_rng(seed), label_shares=shares
    )


# Alphabets


@pytest.mark.parametrize("unit", ["bytes", "characters", "words"])
def test_a_text_comes_back_from_its_units(unit):
    texts = ["día de la mar", "日本 語"]
    alphabet = Alphabet.of(texts, unit=unit, leads=2)
    assert [alphabet.decode(alphabet.encode(text)) for text in texts] == texts
    numbers = [number for text in texts for number in alphabet.encode(text)]
    assert min(numbers) == alphabet.first or unit == "bytes"
    assert max(numbers) < len(alphabet)
    assert len({END, UNKNOWN, alphabet.lead(0), alphabet.lead(1), alphabet.first}) == 5
    assert alphabet.lead(2) == alphabet.lead(-1) == UNKNOWN


def test_what_was_never_read_is_unknown_unless_it_is_given():
    assert Alphabet.of(["a b"], unit="words", leads=1).encode("a c") == [3, UNKNOWN]
    assert UNKNOWN not in Alphabet.of(["a b"], unit="words", leads=1, known=("c",)).encode("a c")
    # Not even a lone surrogate is unknown to bytes, and half a letter is still some text.
    assert UNKNOWN not in Alphabet.of([], unit="bytes", leads=1).encode("\ud800 x")
    bytewise = Alphabet.of([], unit="bytes", leads=1)
    assert bytewise.decode(bytewise.encode("é")[:1]) == "\ufffd"


def test_without_torch_it_says_what_is_missing():
    try:
        import torch  # noqa: F401
    except ImportError:
        from holdfast.errors import MissingExtra

        with pytest.raises(MissingExtra, match="torch"):
            small().train(TEXTS, LABELS, seed=1)


# Training


@pytest.mark.models
def test_it_is_a_learner_and_learns_what_goes_with_a_label():
    learner: Learner = small()
    trained: Trained = learner.train(TEXTS, LABELS, seed=1)
    rows = write(trained, 200)
    right = dict(zip(LABELS, TEXTS, strict=True))
    assert np.mean([text == right[label] for label, text in rows]) > 0.8
    assert min(Counter(label for label, _ in rows).values()) > 40
    bits = trained.bits(TEXTS[:2], LABELS[:2])
    assert bits.dtype == np.float64
    assert (bits < trained.bits(TEXTS[:2], ["s", "n"])).all()
    assert (trained.bits(TEXTS[:1], ["?"]) > 0).all()


@pytest.mark.models
@pytest.mark.parametrize("unit", ["bytes", "characters", "words"])
def test_the_same_seed_gives_the_same_bytes(unit):
    import torch

    before = torch.are_deterministic_algorithms_enabled(), torch.get_num_threads()
    learner = small(unit=unit, epochs=2)
    state = torch.get_rng_state()
    one, two = (learner.train(TEXTS, LABELS, seed=7) for _ in range(2))
    assert all(torch.equal(one.weights[name], two.weights[name]) for name in one.weights)
    assert write(one, 40) == write(two, 40) != write(two, 40, seed=2)
    assert (one.bits(TEXTS, LABELS) == two.bits(TEXTS, LABELS)).all()
    other = learner.train(TEXTS, LABELS, seed=8)
    assert not torch.equal(one.weights["units"], other.weights["units"])
    # Nothing outside is touched: neither chance nor settings.
    assert torch.equal(state, torch.get_rng_state())
    assert before == (torch.are_deterministic_algorithms_enabled(), torch.get_num_threads())


@pytest.mark.models
def test_bits_are_those_of_what_it_writes():
    # Two words of one unit each under one label: what is written must be as frequent as its bits say.
    texts = ["a b", "a c", "b", "a b"] * 10
    trained = small(unit="words", epochs=40).train(texts, None, seed=1)
    rows = write(trained, 4000)
    assert {label for label, _ in rows} == {""}
    found = Counter(text for _, text in rows)
    # What is never written, such as the end after nothing, has been learnt to be rare.
    for text in texts[:3]:
        cost = float(trained.bits([text], None)[0])
        assert found[text] / 4000 == pytest.approx(2**-cost, abs=0.05)
    sharp = Counter(text for _, text in write(trained, 1000, temperature=0.05))
    assert sharp.most_common(1)[0][1] > 900
    assert set(write(trained, 300, top_p=0.01)) == set(write(trained, 300, temperature=0.001))


@pytest.mark.models
def test_reading_step_by_step_is_reading_at_once():
    import torch

    from holdfast.lab.learners import network

    trained = small(depth=2, epochs=1).train(TEXTS, None, seed=3)
    units = torch.tensor([[2, *trained.alphabet.encode("north wind")]])
    with torch.no_grad():
        whole, _ = network.read(trained.weights, trained.shape, units)
        cache = None
        for at in range(units.shape[1]):
            step, cache = network.read(trained.weights, trained.shape, units[:, at : at + 1], cache)
            assert torch.allclose(step[:, 0], whole[:, at], atol=1e-5)


@pytest.mark.models
def test_long_texts_are_read_in_windows():
    trained = small(context=8, epochs=2).train(TEXTS, None, seed=3)
    text = "north wind blows cold"
    for stride in (4, 8):
        windows = list(trained.windows(text, "", stride))
        wanted = [unit for window in windows for unit in window.wanted[window.asked :]]
        assert wanted == [*trained.alphabet.encode(text), END]
        assert max(len(window.units) for window in windows) == 8
    assert trained.bits([text], None)[0] > 0
    assert all(1 <= len(text) <= 8 for _, text in write(trained, 50))


@pytest.mark.models
def test_asked_labels_and_a_limit_of_steps():
    said = []
    trained = small(most_steps=3).train(TEXTS, LABELS, seed=1, progress=said.append)
    assert said[-1].startswith("3 of 3 steps")
    rows = write(trained, 400, shares={"n": 0.9, "s": 0.1, "moon": 3.0}, temperature=0.3)
    found = Counter(label for label, _ in rows)
    assert set(found) == {"n", "s"}
    assert 0.84 < found["n"] / 400 < 0.96
    assert all(text.strip() for _, text in rows)


@pytest.mark.models
def test_what_cannot_be_done_is_said():
    with pytest.raises(InputError):
        small().train([" ", ""], None, seed=1)
    with pytest.raises(UsageError, match="heads"):
        small(width=33).train(TEXTS, None, seed=1)
    with pytest.raises(UsageError, match="labels"):
        small().train(TEXTS, ["n"], seed=1)
    trained = small(most_steps=1).train(TEXTS, LABELS, seed=1)
    for options in ({"temperature": 0}, {"top_p": 0}, {"top_p": 1.5}):
        with pytest.raises(UsageError):
            write(trained, 1, **options)
    with pytest.raises(UsageError, match="labels"):
        trained.bits(TEXTS, None)
    with pytest.raises(UsageError, match="without labels"):
        write(small(most_steps=1).train(TEXTS, None, seed=1), 1, shares={"n": 1.0})
