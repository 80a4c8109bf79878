import numpy as np
import pytest

from holdfast.remedies.generate.methods.rules import OPERATIONS, learn_weights
from holdfast.remedies.generate.methods.rules.operations import Casing, Keyboard, Typos

NAMES = "transfer account balance please checking savings minimum deposit currency statement"
WORDS = NAMES.split()


def world(rng, rows):
    return [" ".join(rng.choice(WORDS, 6)) for _ in range(rows)]


def test_too_few_rows_tell_nothing():
    assert learn_weights(["where is it"] * 49) is None
    assert learn_weights(["where is it"] * 50) is not None


def test_shares_are_those_of_the_rows():
    texts = ["Where's my card?"] * 30 + ["where is my card"] * 60 + ["WHERE IS MY CARD"] * 10
    weights = learn_weights(texts)
    assert weights is not None
    assert set(weights) == {operation.name for operation in OPERATIONS}
    assert weights["sentence_case"] == pytest.approx(0.3)
    assert weights["lower_case"] == pytest.approx(0.6)
    assert weights["upper_case"] == pytest.approx(0.1)
    assert weights["contracted"] == pytest.approx(0.3)
    assert weights["expanded"] == pytest.approx(0.7)
    assert weights["final_mark"] == pytest.approx(0.3)
    assert weights["no_punctuation"] == pytest.approx(0.7)
    assert weights["typos"] == 0
    assert weights["british"] == 0


def test_only_what_is_asked_for_is_measured():
    assert learn_weights(["A b"] * 60, operations=[Casing(style="lower")]) == {"lower_case": 0.0}
    assert learn_weights(["transfer it"] * 60, operations=[Typos()]) == {"typos": 0.0}


@pytest.mark.parametrize("share", [0.0, 0.1])
@pytest.mark.parametrize("kind", [Typos, Keyboard])
def test_planted_typos_are_counted(kind, share):
    rng = np.random.default_rng([3, int(share * 100)])
    texts = world(rng, 2_000)
    hit = rng.random(len(texts)) < share
    texts = [kind(rate=1.0)(text, rng) if struck else text for text, struck in zip(texts, hit, strict=True)]
    weights = learn_weights(texts, operations=[Typos(), Keyboard()])
    assert weights is not None
    found, other = (
        weights[name] for name in ((kind.name, "typos") if kind is Keyboard else (kind.name, "keyboard"))
    )
    planted = hit.mean()
    # A row has six typos here; those at the end of a word are not told from other forms of it.
    assert 0.7 * planted <= found <= planted
    assert other <= 0.15 * planted


def test_other_words_and_other_forms_are_no_typos():
    texts = [f"my {word} here" for word in ("account", "balance", "transfer") for _ in range(400)]
    texts += ["my accounts here", "my balanced here", "my transfers here", "my valance here"]
    weights = learn_weights(texts, operations=[Typos(), Keyboard()])
    assert weights == {"typos": 0.0, "keyboard": 0.0}


def test_large_sets_are_looked_at_evenly():
    texts = ["Yes sir"] * 20_000 + ["yes sir"] * 20_000
    weights = learn_weights(texts, operations=[Casing(style="lower")])
    assert weights == {"lower_case": 0.5}
