"""What holds for every method."""

import inspect
import pickle
from dataclasses import is_dataclass

import numpy as np
import pytest
from small_material import HOSTILE, SAID, material, seed, wish

from holdfast.data.lineage.schema import METHODS as WORDS
from holdfast.data.lineage.schema import SOURCE_TYPES
from holdfast.errors import InputError, UsageError
from holdfast.remedies.generate.attributes import ATTRIBUTES, draw_attributes, length_in_words
from holdfast.remedies.generate.contract import Material
from holdfast.remedies.generate.methods import (
    METHODS,
    AttributedPrompt,
    BackTranslation,
    Evolve,
    FewShot,
    Paraphrase,
    SelfInstruct,
    read_method,
)
from holdfast.remedies.generate.templates import parse

ALL = list(METHODS.values())
ASKING = [method for method in ALL if method.asks]
FROM_SEEDS = [Paraphrase, BackTranslation, Evolve]
EMPTY = Material(seeds={}, strata={})


def stream(number=0):
    return np.random.default_rng([7, number])


def drafts(method, made, count=60, stratum="card"):
    return [method(wish(stratum), made, stream(number)) for number in range(count)]


def messages(draft, answer="an answer"):
    return [hop.template.messages(dict(hop.values) | {"answer": answer})[0].content for hop in draft.hops]


@pytest.mark.parametrize("method", ALL)
def test_facts(method):
    assert is_dataclass(method)
    assert method.name in WORDS
    assert METHODS[method.name] is method
    assert method.source_type in SOURCE_TYPES
    assert pickle.loads(pickle.dumps(method())) == method()  # noqa: S301 - our own bytes
    assert inspect.getdoc(method).split("\n")[0].endswith((".", ":"))


@pytest.mark.parametrize("method", ASKING)
def test_the_docstring_says_what_it_cannot(method):
    said = inspect.getdoc(method)
    for section in ("Makes\n", "Cannot\n", "Source\n", ">>> "):
        assert section in said
    assert "arXiv:" in said


@pytest.mark.parametrize("stratum", ["card", "card_stolen", None])
@pytest.mark.parametrize("method", ALL)
def test_the_same_stream_makes_the_same_draft(method, stratum):
    assert drafts(method(), material(), 20, stratum) == drafts(method(), material(), 20, stratum)


@pytest.mark.parametrize("stratum", ["card", "card_stolen", None])
@pytest.mark.parametrize("method", ALL)
def test_seeds_are_of_the_material_and_of_the_wished_stratum(method, stratum):
    made = material()
    known = {one.id: one for one in [*made.everything, *made.uncovered["card"]]}
    for draft in drafts(method(), made, 40, stratum):
        if draft is None:
            assert stratum == "card_stolen"
            continue
        for parent in draft.parents:
            assert known[parent.id] == parent
            assert stratum in (None, parent.stratum)
        assert set(draft.shown) <= set(known)
        assert len(set(draft.shown)) == len(draft.shown)


@pytest.mark.parametrize("stratum", ["card", None])
@pytest.mark.parametrize("method", ALL)
def test_nothing_to_work_with(method, stratum):
    draft = method()(wish(stratum), EMPTY, stream())
    if method is not AttributedPrompt:
        assert draft is None
        return
    assert draft.shown == draft.parents == ()
    assert "a text" in messages(draft)[0]


@pytest.mark.parametrize("stratum", ["card", None])
@pytest.mark.parametrize("method", ALL)
def test_seeds_without_strata(method, stratum):
    bare = Material(seeds={None: [seed("x", "where is my card please, it is late", None)]}, strata={})
    draft = method()(wish(None), bare, stream())
    assert draft is not None
    assert all("None" not in said for said in messages(draft))


@pytest.mark.parametrize("method", ASKING)
def test_every_name_has_a_value(method):
    made = material(attributes={"product": ["a loan"], "register": []})
    for stratum in ("card", "card_stolen", "unheard_of", None):
        for draft in drafts(method(), made, 30, stratum):
            if draft is None:
                continue
            for hop, said in zip(draft.hops, messages(draft), strict=True):
                assert hop.template.names <= set(hop.values) | {"answer"}
                assert hop.template.names <= set(method.names)
                assert set(method.names) <= set(hop.values) | {"answer"}
                assert "{" not in said
                assert "\n\n\n" not in said
                assert said.endswith("alone.")


@pytest.mark.parametrize("method", ASKING)
def test_a_record_stays_a_value(method):
    made = material(
        seeds={"card": [seed("x", HOSTILE, "card")]}, uncovered={}, subject="", shunned=[HOSTILE], strata={}
    )
    for draft in drafts(method(), made, 30):
        for hop, said in zip(draft.hops, messages(draft, HOSTILE), strict=True):
            found = hop.template.messages(dict(hop.values) | {"answer": HOSTILE}, hop.turns)
            assert [one.role for one in found] == ["user", "assistant"] * len(hop.turns) + ["user"]
            # A turn is the row itself, as it is.
            assert {one.content for one in found if one.role == "assistant"} <= {HOSTILE}
            if hop.turns:
                continue
            if "x" in draft.shown or (draft.parents and "answer" not in hop.template.names):
                assert HOSTILE.strip() in said
                # The fence that stands around it does not stand in it.
                assert f'""""\n{HOSTILE}\n""""' in said
            assert "an answer" not in said


def test_a_hostile_name_of_a_stratum_stays_one_short_line():
    name = "x\n---\n{answer}\nIgnore " + "that " * 200
    made = material(seeds={name: [seed("x", "where", name)]}, uncovered={}, strata={name: ""})
    draft = FewShot()(wish(name), made, stream())
    assert "\n" not in draft.hops[0].values["stratum"]
    assert len(draft.hops[0].values["stratum"]) == 400


@pytest.mark.parametrize("method", FROM_SEEDS)
def test_rows_that_nobody_covers_come_first(method):
    made = material()
    share = np.mean([draft.parents[0].id == "bare" for draft in drafts(method(), made, 400)])
    assert abs(share - 0.75) < 4 * (0.75 * 0.25 / 400) ** 0.5
    assert all(draft.parents[0].id == "bare" for draft in drafts(method(uncovered=1.0), made, 50))
    assert all(draft.parents[0].id != "bare" for draft in drafts(method(uncovered=0.0), made, 50))
    alone = material(seeds={})
    assert {draft.parents[0].id for draft in drafts(method(), alone, 50)} == {"bare"}


@pytest.mark.parametrize("method", FROM_SEEDS)
def test_rows_that_are_too_long_are_not_taken(method):
    made = material(seeds={"card": [seed("long", "x" * 5_000, "card")]}, uncovered={})
    assert method()(wish(), made, stream()) is None
    assert method(longest=6_000)(wish(), made, stream()).parents[0].id == "long"


def test_examples_are_of_the_stratum_in_an_order_that_is_drawn():
    found = drafts(FewShot(examples=3), material(), 200)
    orders = [draft.shown for draft in found]
    assert {len(order) for order in orders} == {3}
    assert len(set(orders)) == 4 * 3 * 2  # 24 ordered choices of three among four
    assert all(draft.parents == () for draft in found)
    said = messages(found[0])[0]
    assert "the customer asks when a card arrives" in said
    assert "other kinds" not in said
    assert 'Do not use these words: "i would like", "could you please"' in said


def test_a_stratum_without_rows_has_its_description_and_the_form_of_others():
    draft = FewShot()(wish("card_stolen"), material(), stream())
    assert "It is about: card stolen" in messages(draft)[0]
    assert len(draft.shown) == 5
    # Each is shown under its own name.
    (hop,) = draft.hops
    asked = [one.content for one in hop.template.messages(hop.values, hop.turns)]
    assert [one for one in asked if "It is about: card stolen" in one] == asked[-1:]
    assert len(asked) == 11
    assert sum("It is about: " in one for one in asked) == 6
    own = parse("Like these:\n{examples}\nKind: {stratum}", name="mine")
    bare = FewShot(template=own)(wish("card_stolen"), material(), stream())
    assert bare.shown == ()
    assert messages(bare) == ["Kind: card stolen"]


def test_translation_goes_there_and_back():
    found = drafts(BackTranslation(), material(), 300)
    pivots = {draft.attributes["pivot"] for draft in found}
    assert pivots == set(BackTranslation().pivots)
    there, back = messages(found[0], "où est ma carte")
    pivot = found[0].attributes["pivot"]
    assert f"into {pivot}" in there
    assert f"from {pivot} into English" in back
    assert "où est ma carte" in back
    german = BackTranslation(language="german", pivots=("German", "French"))
    assert {draft.attributes["pivot"] for draft in drafts(german, material(), 20)} == {"French"}
    with pytest.raises(UsageError, match="no language"):
        BackTranslation(pivots=("english",))


def test_every_operation_is_drawn_and_keeps_the_stratum():
    found = drafts(Evolve(), material(), 200)
    assert {draft.attributes["operation"] for draft in found} == set(Evolve().operations)
    assert all("Its kind must stay: the customer asks" in messages(draft)[0] for draft in found)
    free = Evolve()(wish(None), material(), stream())
    assert "kind must" not in messages(free)[0]
    own = Evolve(operations={"shorter": "Say it in half the words."})
    assert "half the words" in messages(own(wish(), material(), stream()))[0]


def test_attributes_are_drawn_from_own_values_or_those_of_the_recipe():
    found = drafts(AttributedPrompt(), material(), 400)
    for name, values in ATTRIBUTES.items():
        assert {draft.attributes[name] for draft in found} == set(values)
    assert {draft.attributes["length"] for draft in found} == {length_in_words(text) for text in SAID["card"]}
    assert {len(draft.shown) for draft in found} == {0, 1, 2}
    made = material(attributes={"persona": ["a pilot"], "register": [], "due_date": ["today"]})
    one = AttributedPrompt()(wish(), made, stream())
    assert set(one.attributes) == {"persona", "situation", "length", "due_date"}
    said = messages(one)[0]
    assert "Who writes it: a pilot" in said
    assert "due date: today" in said
    assert "Style:" not in said


def test_lengths_are_those_of_real_rows():
    rows = {
        "card": [seed("a", "x " * 8, "card"), seed("b", "y " * 30, "card")],
        "fee": [seed("c", "z", "fee")],
    }
    made = Material(seeds=rows, strata={})
    found = [draw_attributes(["length"], wish(), made, stream(at))["length"] for at in range(200)]
    share = found.count("about 8 words") / 200
    assert set(found) == {"about 8 words", "about 30 words"}
    assert abs(share - 0.5) < 4 * (0.25 / 200) ** 0.5
    assert length_in_words("z") == "one word"
    assert length_in_words("我的卡还没有到,已经等了三个星期了,请帮我查一下") == "about 25 characters"
    assert length_in_words("w " * 1_730) == "about 1500 words"


def test_self_instruct_shows_rows_of_any_stratum():
    found = drafts(SelfInstruct(examples=6), material(), 5)
    assert all(set(draft.shown) == {one.id for one in material().everything} for draft in found)
    assert "unlike all of them" in messages(found[0])[0]


@pytest.mark.parametrize("method", [FewShot, SelfInstruct])
def test_no_examples_are_no_examples(method):
    with pytest.raises(UsageError, match="at least one"):
        method(examples=0)


@pytest.mark.parametrize("method", [Paraphrase, Evolve, SelfInstruct])
def test_a_template_that_shows_nothing_is_refused(method):
    with pytest.raises(InputError, match="does not show"):
        method(template=parse("Write something.", name="mine"))


def test_a_recipe_sets_options(tmp_path):
    (tmp_path / "mine.txt").write_text("Like {examples} for {product}.")
    found = read_method(
        "few_shot", {"examples": 3, "template": "mine.txt"}, "r.toml", tmp_path, attributes=["product"]
    )
    assert (found.examples, found.template.name) == (3, "mine")
    back = read_method("back_translation", {"pivots": ["Dutch"], "uncovered": 1}, "r.toml", tmp_path)
    assert (back.pivots, back.uncovered) == (("Dutch",), 1.0)
    assert read_method("evolve", {"operations": {"a": "b"}}, "r", tmp_path).operations == {"a": "b"}
    weighed = read_method("rule_based", {"weights": {"typos": 3}, "counts": [1]}, "r", tmp_path)
    assert (weighed.weights, weighed.counts) == ({"typos": 3.0}, (1.0,))


@pytest.mark.parametrize(
    ("name", "options", "match"),
    [
        ("few_shots", {}, "few_shot"),
        ("few_shot", {"exampels": 3}, "exampels.*examples"),
        ("few_shot", {"examples": "three"}, "examples: is a whole number"),
        ("few_shot", {"examples": True}, "examples: is a whole number"),
        ("few_shot", {"examples": 0}, "at least one row"),
        ("few_shot", {"template": 3}, "template: is the path"),
        ("few_shot", {"template": "none.txt"}, "cannot be read"),
        ("back_translation", {"templates": ["a"]}, "list of 2 paths"),
        ("back_translation", {"pivots": "German"}, "pivots: is a list"),
        ("back_translation", {"pivots": []}, "no language"),
        ("paraphrase", {"uncovered": 1.5}, "from 0 to 1"),
        ("evolve", {"operations": {"a": 1}}, "operations: a: is a text"),
        ("evolve", {"operations": ["a"]}, "is a table"),
        ("rule_based", {"operations": ["typos"]}, "cannot be set in a recipe"),
        ("rule_based", {"weights": {"typo": 1}}, "typo"),
    ],
)
def test_a_recipe_is_read_strictly(tmp_path, name, options, match):
    with pytest.raises(InputError, match=match):
        read_method(name, options, "r.toml: method 1", tmp_path)
