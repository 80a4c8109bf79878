"""How outputs are worded: counts by hand, and nothing left of what length and layout explain."""

import numpy as np
import pytest

from holdfast.data import read_records
from holdfast.errors import InputError
from holdfast.views.voice import (
    Outputs,
    align,
    leave_out,
    read_beside,
    read_outputs,
    read_voices,
    strip,
    units,
)


def test_rates_are_roots_of_shares():
    made = read_voices([["the cat and the dog", "the cat"], ["and so the cat", "so so"]], "plain")
    place = {name: at for at, name in enumerate(made.named)}
    # Five words and four pairs of neighbours.
    assert made.features[0, 0, place["the"]] == pytest.approx(np.sqrt(2 / 9))
    assert made.features[0, 0, place["the cat"]] == pytest.approx(np.sqrt(1 / 9))
    assert made.features[1, 1, place["so"]] == pytest.approx(np.sqrt(2 / 3))
    assert "dog" not in place, "what one text holds is no habit"
    assert made.words.tolist() == [[5, 2], [4, 2]]


def test_pairs_do_not_reach_into_the_next_text():
    made = read_voices([["a b", "c d", "a b"], ["c d", "a b", "c d"]], "plain")
    assert set(made.named) == {"a", "b", "c", "d", "a b", "c d"}


def test_only_the_most_shared_are_counted_and_the_alphabet_breaks_ties():
    made = read_voices([["b a c", "a"], ["a c b", "b"]], "plain", most=2)
    assert made.named == ("a", "b")


def test_the_order_of_the_sets_changes_nothing():
    texts = [["the one and two", "so it is"], ["and the two", "it is one"], ["one, two.", "is it so?"]]
    one, two = read_voices(texts), read_voices(texts[::-1])
    assert one.named == two.named
    np.testing.assert_allclose(one.features, two.features[::-1], atol=1e-5)


@pytest.mark.parametrize("text", ["", " ", "?", "0", "\n\n", "# \n- ", "```", "ሰላም 你好 🙂"])
def test_odd_texts_are_read(text):
    made = read_voices([[text, "a word"], ["a word", text]])
    assert np.isfinite(made.features).all()
    read_voices([[text, "a word"], ["a word", text]], "stripped")


def test_layout_and_code_are_cut_out():
    text = "## Title\n\n- **bold** one\n- `two`\n\n```python\nx = 1\n```\nend"
    assert strip(text) == "Title bold one two end"
    assert strip("word " * 300).count("word") == 120
    assert units("Don’t\n\n\nshout: 1,000!") == ["don't", "\n", "shout", ":", "0", ",", "0", "!"]


def test_stripped_answers_to_a_prompt_are_equally_long():
    made = [["one two three " * 20, "four five"], ["one six " * 50, "eight " * 100], ["two " * 90, "five"]]
    cut = read_voices(made, "stripped")
    place = {name: at for at, name in enumerate(cut.named)}
    # Sixty words of all three: a third of the first's, half of the second's, of 60 words and 59 pairs.
    assert cut.features[0, 0, place["one"]] == pytest.approx(np.sqrt(20 / 119))
    assert cut.features[1, 0, place["one"]] == pytest.approx(np.sqrt(30 / 119))
    assert cut.words[1, 1] == 100, "lengths are those of the texts as they stood"


def test_what_layout_explains_is_gone():
    rng = np.random.default_rng(0)
    layout = rng.normal(size=(3, 200, 2))
    own = rng.normal(size=(3, 1, 4))
    slope = rng.normal(size=(2, 4))
    noise = 0.1 * rng.normal(size=(3, 200, 4))
    left = leave_out((own + layout @ slope + noise).astype(np.float32), layout)
    np.testing.assert_allclose(
        left.mean(axis=1) - left.mean(axis=(0, 1)), own[:, 0] - own.mean(axis=(0, 1)), atol=0.05
    )
    inner = (
        left - left.mean(axis=1, keepdims=True) - left.mean(axis=0, keepdims=True) + left.mean(axis=(0, 1))
    )
    for at in range(2):
        assert abs(np.corrcoef(layout[..., at].ravel(), inner[..., 0].ravel())[0, 1]) < 0.1


def test_layout_that_does_not_differ_within_prompts_explains_nothing():
    rng = np.random.default_rng(1)
    values = rng.normal(size=(3, 50, 4)).astype(np.float32)
    by_prompt = np.repeat(rng.normal(size=(1, 50, 1)), 3, axis=0)
    np.testing.assert_array_equal(leave_out(values, by_prompt), values)


def test_other_texts_are_read_as_the_sets_are():
    texts = [["the one and two", "so it is one"], ["and the two", "it is one and"]]
    sets, others = read_beside(texts, [texts[0][0], texts[1][1]])
    np.testing.assert_allclose(others, [sets[0, 0], sets[1, 1]], atol=1e-5)


def test_outputs_are_aligned_by_prompt_and_what_is_left_out_is_counted():
    first = read_outputs(
        [
            {"prompt": "a", "completion": "1"},
            {"prompt": "b ", "completion": "2"},
            {"prompt": "a", "completion": "3"},
        ]
    )
    second = read_outputs([{"instruction": "b", "output": "4"}, {"instruction": "c", "output": "5"}])
    third = read_outputs(
        [{"messages": [{"role": "user", "content": "b"}, {"role": "assistant", "content": "6"}]}]
    )
    assert (len(first), first.repeated) == (2, 1)
    found = align([first, second, third])
    assert found.prompts == ("b",)
    assert found.responses == (("2",), ("4",), ("6",))
    assert found.unshared == (1, 1, 0)


def test_outputs_need_prompts():
    with pytest.raises(InputError, match="no row has a prompt"):
        read_outputs([{"text": "only text"}])
    with pytest.raises(InputError, match="no row has a prompt"):
        read_outputs(read_records([{"text": "only text"}]))


def test_a_name_is_that_of_the_file(tmp_path):
    file = tmp_path / "gpt.jsonl"
    file.write_text('{"prompt": "a", "completion": "1"}\n', encoding="utf-8")
    assert read_outputs(file) == Outputs(name="gpt", responses={"a": "1"})
    assert read_outputs(file, "teacher").name == "teacher"
