import pytest

from holdfast.remedies.generate.echoes import Echoes
from holdfast.remedies.generate.methods import METHODS
from holdfast.remedies.generate.templates import own_template, parse

PROMPT = parse(
    "You write texts.\n---\nWrite {subject}.\nIt is about: {stratum}\nAnswer with the new text alone.",
    name="p",
)
REAL = ["where is my card", "the new text message never came", "it's about time"]


@pytest.mark.parametrize(
    ("text", "echo"),
    [
        ("It is about: card lost", "it is about"),
        ("Answer with the new text alone.", "answer with the"),
        ("ANSWER WITH THE card", "answer with the"),
        ("You write texts and I am late", "you write texts"),
        ("where is my card", None),
        ("", None),
        ("it is", None),
        ("it is\nabout", "it is about"),
        ("the text alone is new", None),
        ("Write a message. It is late", None),  # `{subject}` stands between the words of the prompt
        ("alone you write", None),  # lines of the prompt do not run on into each other
    ],
)
def test_what_the_prompt_says_by_itself_is_an_echo(text, echo):
    assert Echoes(REAL).of(text, [PROMPT]) == echo


def test_what_people_say_too_is_none():
    assert Echoes([]).of("the new text is here", [PROMPT]) == "the new text"
    assert Echoes(REAL).of("the new text is here", [PROMPT]) is None


def test_what_was_filled_in_is_none():
    """Seeds and descriptions are other filters' matter."""
    own = parse("Say this in other words:\n{text}\nStyle: {register}", name="own")
    assert Echoes([]).of("where is my card, friendly and short", [own]) is None


def test_texts_of_every_alphabet_and_length():
    echoes = Echoes(REAL)
    for text in (
        "где моя карта сейчас",
        "我的卡在哪里",
        "\x00\x1b[31m",
        "a" * 100_000,
        "it " * 50_000,
        "😀 😀 😀 😀",
    ):
        assert echoes.of(text, [PROMPT]) is None


@pytest.mark.parametrize(
    "name",
    ["few_shot", "paraphrase", "attributed_prompt", "evolve", "self_instruct", "to_pivot", "from_pivot"],
)
def test_every_line_of_our_own_prompts_is_found_again(name):
    template = own_template(name)
    echoes = Echoes(REAL)
    said = [line for line in template.user.split("\n") if len(line.split()) > 4 and "{" not in line]
    assert said
    for line in said:
        assert echoes.of(f"well {line} yes", [template]) is not None


def test_all_prompts_of_a_row_count():
    hops = [own_template("to_pivot"), own_template("from_pivot")]
    assert Echoes([]).of("Answer with the translation alone", hops[1:]) is not None
    assert Echoes([]).of("it is there to be translated", hops) is not None
    assert len(METHODS) == 7
