import math

import pytest

from holdfast.backends.chats.scripted import ScriptedChat
from holdfast.errors import InputError, UsageError
from holdfast.remedies.generate import read_recipe
from holdfast.remedies.generate.methods import read_method
from holdfast.remedies.generate.recipe import (
    MethodRecipe,
    ModelRecipe,
    Recipe,
    plain_recipe,
    recipe_digest,
    with_flags,
)
from holdfast.remedies.generate.steering.shares import normalised

EVERYTHING = """
rows = 500
rounds = 7
seed = 3
subject = "a message to a bank"

[[model]]
name = "small"
model = "http://localhost:8000/v1"
model_name = "Qwen/Qwen3-4B"
key = "MY_KEY"
share = 2
low = 0.2
high = 0.8
parallel = 16
seconds = 30
price_input = 0.15
price_output = 0.60
headers = { "X-Team" = "blue" }
extra_body = { chat_template_kwargs = { enable_thinking = false } }
trained_on_depth = 1

[[model]]
name = "other"
model = "models/local"

[[method]]
name = "few_shot"
share = 2
examples = 3
[[method]]
name = "paraphrase"
low = 0.1
high = 0.6

[parameters]
temperature = { uniform = [0.6, 1.2] }
top_p = { choice = [0.9, 1.0] }
max_tokens = 120
stop_sequences = ["END"]

[strata]
estate = "the account of somebody who died"

[attributes]
persona = ["a student", "somebody who cares for a parent"]

[budget]
requests = 2000
tokens = 100000

[steer]
judge_share = 0.25
retention = 0.8
tries = 3.0
temperature = false

[verify]
filter = ["exact_duplicates", "label_noise"]
without = ["label_noise"]
tolerance = 0.1
on_tail = "stop"
label_noise = 0.02
"""
SMALLEST = '[[model]]\nmodel = "http://localhost:1/v1"\nmodel_name = "m"\n'


def written(folder, text):
    file = folder / "generate.toml"
    file.write_text(text, encoding="utf-8")
    return file


def refused(folder, text):
    with pytest.raises(InputError) as caught:
        read_recipe(written(folder, text))
    return str(caught.value)


def test_every_key_is_read(tmp_path):
    found = read_recipe(written(tmp_path, EVERYTHING))
    small, other = found.models
    assert (found.rows, found.rounds, found.seed, found.subject) == (500, 7, 3, "a message to a bank")
    assert (small.name, small.model, small.model_name) == (
        "small",
        "http://localhost:8000/v1",
        "Qwen/Qwen3-4B",
    )
    assert (small.key, small.share, small.low, small.high, small.parallel) == ("MY_KEY", 2.0, 0.2, 0.8, 16)
    assert (small.seconds, small.price_input, small.price_output, small.trained_on_depth) == (
        30.0,
        0.15,
        0.6,
        1,
    )
    assert small.headers == {"X-Team": "blue"}
    assert small.extra_body == {"chat_template_kwargs": {"enable_thinking": False}}
    assert other.model == str(tmp_path / "models/local")
    assert [(one.method.name, one.share, one.low, one.high) for one in found.methods] == [
        ("few_shot", 2.0, None, None),
        ("paraphrase", 1.0, 0.1, 0.6),
    ]
    assert found.method("few_shot").examples == 3
    assert found.draws.stop_sequences == ("END",)
    assert found.draws.declared_temperature == (0.6, 1.2)
    assert found.draws.parameters(0, "r").max_tokens == 120
    assert found.strata == {"estate": "the account of somebody who died"}
    assert found.attributes == {"persona": ("a student", "somebody who cares for a parent")}
    assert (found.requests, found.tokens, found.cost) == (2_000, 100_000, None)
    assert (found.judge_share, found.retention, found.tries, found.temperature) == (0.25, 0.8, 3.0, False)
    assert (found.filter, found.without) == (("exact_duplicates", "label_noise"), ("label_noise",))
    assert (found.tolerance, found.on_tail, found.label_noise) == (0.1, "stop", 0.02)
    assert found.written == EVERYTHING


def test_an_empty_recipe_is_the_usual_one(tmp_path):
    found = read_recipe(written(tmp_path, ""))
    usual = Recipe()
    assert plain_recipe(found) == plain_recipe(usual)
    assert recipe_digest(found) == recipe_digest(usual)
    assert with_flags(found).methods[0].method.name == "rule_based"


@pytest.mark.parametrize(
    ("text", "neighbour"),
    [
        ("row = 5", "rows"),
        ("models = 5", "model"),
        (SMALLEST + "price_in = 1", "price_input"),
        ("[[method]]\nname = 'rule_based'\nshares = 1", "share"),
        ("[[method]]\nname = 'few_shots'", "few_shot"),
        ("[budget]\nrequest = 1", "requests"),
        ("[steer]\njudge = 0.5", "judge_share"),
        ("[verify]\nfilters = []", "filter"),
        ("[verify]\nfilter = ['near_duplicate']", "near_duplicates"),
        ("[verify]\nwithout = ['offtopic']", "off_topic"),
        ("[verify]\non_tail = 'relaxed'", "relax"),
        ("[parameters]\ntemprature = 1", "temperature"),
    ],
)
def test_what_nobody_knows_is_refused_and_its_neighbour_named(tmp_path, text, neighbour):
    said = refused(tmp_path, text)
    assert repr(neighbour) in said
    assert "generate.toml" in said


HUGE = "1" + "0" * 400


@pytest.mark.parametrize("value", ["nan", "inf", "-inf", "-1", "true", "'many'", "[1]", "-0.5"])
@pytest.mark.parametrize(
    ("place", "text"),
    [
        ("rows", "rows = {}"),
        ("rounds", "rounds = {}"),
        ("seed", "seed = {}"),
        ("share", SMALLEST + "share = {}"),
        ("low", SMALLEST + "low = {}"),
        ("high", SMALLEST + "high = {}"),
        ("parallel", SMALLEST + "parallel = {}"),
        ("seconds", SMALLEST + "seconds = {}"),
        ("price_input", SMALLEST + "price_input = {}"),
        ("trained_on_depth", SMALLEST + "trained_on_depth = {}"),
        ("share", "[[method]]\nname = 'rule_based'\nshare = {}"),
        ("requests", "[budget]\nrequests = {}"),
        ("tokens", "[budget]\ntokens = {}"),
        ("cost", "[budget]\ncost = {}"),
        ("judge_share", "[steer]\njudge_share = {}"),
        ("retention", "[steer]\nretention = {}"),
        ("tries", "[steer]\ntries = {}"),
        ("tolerance", "[verify]\ntolerance = {}"),
        ("label_noise", "[verify]\nlabel_noise = {}"),
        ("temperature", "[parameters]\ntemperature = {}"),
        ("max_tokens", "[parameters]\nmax_tokens = {}"),
    ],
)
def test_numbers_that_mean_nothing_are_refused(tmp_path, place, text, value):
    assert place in refused(tmp_path, text.format(value))


@pytest.mark.parametrize(
    "text",
    [
        SMALLEST + "seconds = {}",
        SMALLEST + "price_input = {}",
        "[steer]\ntries = {}",
        "[budget]\ncost = {}",
        "[[method]]\nname = 'rule_based'\nshare = {}",
        "[parameters]\ntemperature = {}",
    ],
)
def test_a_number_that_no_float_holds_is_refused(tmp_path, text):
    refused(tmp_path, text.format(HUGE))


@pytest.mark.parametrize(
    ("name", "values"),
    [
        ("rows", (0, -1, True, 1.5, math.nan)),
        ("rounds", (0, -1, True)),
        ("seed", (-1, True, 0.5)),
        ("requests", (-1, 1.5, True)),
        ("tokens", (-1, math.inf)),
        ("cost", (-1.0, math.nan, math.inf, True)),
        ("judge_share", (-0.5, 1.0, 2, math.nan, math.inf, True)),
    ],
)
def test_the_same_numbers_are_refused_as_flags(name, values):
    for value in values:
        with pytest.raises(InputError, match=name):
            with_flags(Recipe(), **{name: value})


def test_a_key_that_stands_where_its_name_belongs_is_not_repeated(tmp_path):
    for key in ("sk-canary-4f1d9a7be20c5513", "Bearer canary4f1d9a7b", "canary4f1d9a7b", "1CANARY"):
        said = refused(tmp_path, SMALLEST + f"key = '{key}'")
        assert key not in said
        assert "OPENAI_API_KEY" in said


@pytest.mark.parametrize(
    "text",
    [
        "model = 3",
        "model = [3]",
        "[[model]]\nname = 'x'",
        "[[model]]\nmodel = ''",
        "[[model]]\nmodel = 3",
        SMALLEST + "headers = 3",
        SMALLEST + "headers = { a = 1 }",
        SMALLEST + "extra_body = []",
        "[[method]]\nshare = 1",
        "[[method]]\nname = 3",
        "[[method]]\nname = 'rule_based'\n[[method]]\nname = 'rule_based'",
        SMALLEST + "name = 'a'\n" + SMALLEST + "name = 'a'",
        "strata = []",
        "[strata]\na = 1",
        "[strata]\na = '  '",
        "[attributes]\na = 'b'",
        "[attributes]\na = [1]",
        "subject = 3",
        "steer = 3",
        "[steer]\ntemperature = 1",
        "[[method]]\nname = 'few_shot'\nexamples = 0",
        "[[method]]\nname = 'few_shot'\ntemplate = 'nowhere.txt'",
        "rows = ",
    ],
)
def test_what_cannot_be_read_is_refused(tmp_path, text):
    assert "generate.toml" in refused(tmp_path, text) or "nowhere.txt" in refused(tmp_path, text)


def test_a_file_that_is_not_there(tmp_path):
    for place in (tmp_path / "nowhere.toml", tmp_path):
        with pytest.raises(InputError):
            read_recipe(place)


def test_a_method_that_asks_needs_a_model_from_somewhere(tmp_path):
    """A flag may bring it: the recipe alone is no error yet."""
    recipe = read_recipe(written(tmp_path, "[[method]]\nname = 'few_shot'\n[budget]\ncost = 1.0"))
    with pytest.raises(InputError, match="few_shot asks a model, and there is none"):
        with_flags(recipe)
    with pytest.raises(InputError, match="prices of every model"):
        with_flags(recipe, model="http://localhost:1/v1", model_name="m")
    free = read_recipe(written(tmp_path, "[[method]]\nname = 'few_shot'"))
    assert with_flags(free, model=ScriptedChat.of(str)).arms[0].name == "few_shot/scripted"
    with pytest.raises(UsageError, match="few_shot"):
        with_flags(Recipe(), method=["few_shoot"])
    with pytest.raises(UsageError, match="needs its server"):
        with_flags(Recipe(), model_name="m")


def test_flags_stand_above_the_recipe(tmp_path):
    recipe = read_recipe(written(tmp_path, EVERYTHING))
    found = with_flags(
        recipe, method=["evolve"], model="http://localhost:1/v1", model_name="q", rows=9, seed=0
    )
    assert (found.rows, found.rounds, found.seed) == (9, 7, 0)
    assert [one.name for one in found.arms] == ["evolve/q"]


def test_the_digest_knows_everything_that_is_asked(tmp_path):
    base = recipe_digest(read_recipe(written(tmp_path, EVERYTHING)))
    for old, new in (
        ("share = 2", "share = 3"),
        ("examples = 3", "examples = 4"),
        ("[0.6, 1.2]", "[0.6, 1.3]"),
        ("somebody who died", "somebody else"),
        ("a student", "a pupil"),
        ("seed = 3", "seed = 4"),
        ("retention = 0.8", "retention = 0.7"),
        ("Qwen3-4B", "Qwen3-8B"),
    ):
        changed = EVERYTHING.replace(old, new, 1)
        assert changed != EVERYTHING
        assert recipe_digest(read_recipe(written(tmp_path, changed))) != base


def test_the_plain_recipe_names_the_headers_and_not_what_they_hold(tmp_path):
    said = str(plain_recipe(read_recipe(written(tmp_path, EVERYTHING))))
    assert "X-Team" in said
    assert "blue" not in said


def arms_of(methods, models):
    recipe = Recipe(
        methods=tuple(
            MethodRecipe(method=read_method(name, {}, "here", None), share=share, low=low, high=high)
            for name, share, low, high in methods
        ),
        models=tuple(
            ModelRecipe(name=name, model=f"http://{name}/v1", share=share, low=low, high=high)
            for name, share, low, high in models
        ),
    )
    return with_flags(recipe).arms


def test_bounds_of_a_method_hold_for_all_its_arms_together():
    """A method that may have 20 to 60 % of the rows has no more with three models than with one."""
    arms = arms_of(
        [("few_shot", 1, 0.2, 0.6), ("paraphrase", 1, None, None)],
        [("a", 2, None, None), ("b", 1, None, None), ("c", 1, None, None)],
    )
    own = [arm for arm in arms if arm.method == "few_shot"]
    assert sum(arm.low for arm in own) == pytest.approx(0.2)
    assert sum(arm.high for arm in own) == pytest.approx(0.6)
    assert [arm.share for arm in own] == pytest.approx([0.25, 0.125, 0.125])
    assert [arm.low for arm in own] == pytest.approx([0.1, 0.05, 0.05])
    free = [arm for arm in arms if arm.method == "paraphrase"]
    assert [arm.low / arm.share for arm in free] == pytest.approx([0.25] * 3)
    assert sum(normalised(arms).values()) == pytest.approx(1.0)


def test_bounds_of_a_model_are_shares_of_the_rows_that_are_asked_of_models():
    arms = arms_of(
        [("few_shot", 1, None, None), ("rule_based", 3, None, None)],
        [("a", 1, 0.4, 0.7), ("b", 1, None, None)],
    )
    named = {arm.name: arm for arm in arms}
    assert (named["few_shot/a"].low, named["few_shot/a"].high) == pytest.approx((0.1, 0.175))
    assert named["rule_based"].share == pytest.approx(0.75)


def test_bounds_that_leave_nothing_are_refused():
    nobody = [("a", 1, None, None)]
    for methods, models in (
        ([("few_shot", 1, 0.9, 0.1)], nobody),
        ([("few_shot", 1, None, 0.6)], nobody),  # alone, it has all
        ([("few_shot", 1, 0.9, None), ("paraphrase", 9, None, None)], nobody),
        ([("few_shot", 1, None, 0.4), ("paraphrase", 1, None, None)], nobody),
        ([("few_shot", 1, None, None)], [("a", 1, 0.6, None), ("b", 1, None, None)]),
        ([("few_shot", 1, 0.5, None), ("evolve", 1, None, None)], [("a", 1, None, 0.5), ("b", 1, 0.5, 0.4)]),
    ):
        with pytest.raises(InputError, match=r"bounds|share"):
            arms_of(methods, models)
