"""Recipe: a TOML file that says who makes rows, how, and how much of it, read strictly.

rows = 500
[[model]]
name = "qwen"
model = "http://localhost:8000/v1"
model_name = "Qwen/Qwen3-4B"
[[method]]
name = "few_shot"
[parameters]
temperature = { uniform = [0.7, 1.2] }
"""

from __future__ import annotations

from dataclasses import dataclass, field, fields, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from holdfast.data import digest_of
from holdfast.errors import UsageError, unknown
from holdfast.remedies.generate.contract import Arm
from holdfast.remedies.generate.draws import Draws, read_draws
from holdfast.remedies.generate.methods import METHODS, read_method
from holdfast.remedies.generate.recipe_checks import check

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from holdfast.backends.chats.chat import Chat
    from holdfast.remedies.generate.methods.method import Method

KEY = "OPENAI_API_KEY"
USUAL = {"uniform": [0.6, 1.1]}
"""How temperatures are drawn where the recipe says nothing: one for all would show nothing of what it does."""
LEAST_SHARE, MOST_SHARE = 0.25, 4.0
"""How far shares move where the recipe sets no bounds: down to a quarter of the first share, and up to four times."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelRecipe:
    """A model that answers.

    Attributes:
        name: What the recipe calls it.
        model: Its folder, or the base URL of an OpenAI-compatible server; from Python, any `Chat`.
        model_name: What the server calls it.
        key: Name of the environment variable that holds the server's key; never the key.
        share: Share of the rows that are asked of models, before anything moves.
        low: Smallest share that it may be moved to, or None for a quarter of the first.
        high: Largest share that it may be moved to, or None for four times the first.
        parallel: Most requests at a time.
        seconds: How long one answer is waited for.
        price_input: Price of a million tokens of prompts, in whatever currency; None where nobody counts.
        price_output: Price of a million tokens of answers.
        headers: Headers that the server wants; `${NAME}` in them stands for an environment variable.
        extra_body: Members that the server wants in every request.
        trained_on_depth: Largest generation depth in the data it was trained on; None where nobody knows, and then the depth of its rows
            is not known either.
    """

    name: str
    model: str | Chat
    model_name: str | None = None
    key: str = KEY
    share: float = 1.0
    low: float | None = None
    high: float | None = None
    parallel: int = 8
    seconds: float = 120.0
    price_input: float | None = None
    price_output: float | None = None
    headers: Mapping[str, str] = field(default_factory=dict)
    extra_body: Mapping[str, Any] = field(default_factory=dict)
    trained_on_depth: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class MethodRecipe:
    """A method, with its options.

    Attributes:
        method: The method.
        share: Share of the rows, before anything moves.
        low: Smallest share that it may be moved to, or None for a quarter of the first.
        high: Largest share that it may be moved to, or None for four times the first.
    """

    method: Method
    share: float = 1.0
    low: float | None = None
    high: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Recipe:
    """What is generated, by whom, how, and where it ends.

    Attributes:
        rows: Rows to accept at most.
        rounds: Rounds at most.
        seed: Decides everything that is drawn here.
        subject: What every row is, in words, such as `a message to a bank`.
        models: Who is asked.
        methods: How rows are made.
        draws: How parameters are drawn.
        strata: What strata are, in words, by name.
        attributes: Values by attribute, in place of the own ones where there are any.
        requests: Most requests, retries included; None for any.
        tokens: Most tokens, prompts and answers together; None for any.
        cost: Most money, in the currency of the prices; None for any.
        judge_share: Share of the reference that judges at the end and steers nothing; 0 where somebody else judges.
        retention: Share of its rows in reality from which on a stratum counts as covered.
        tries: Rows that are asked for at most, for every row that a stratum lacks.
        temperature: Whether the bounds of the temperature may be narrowed towards what works.
        filter: Filters in place of the usual ones.
        without: Usual filters that are left out.
        tolerance: Largest share of reality's rarest tenth that a filter may take.
        on_tail: What is done with a filter that would take more.
        label_noise: Share of real rows whose label the judge may doubt: what it doubts as much, among made rows, is refused.
        written: The recipe's text; empty where there is no file.
    """

    rows: int = 500
    rounds: int = 8
    seed: int = 0
    subject: str = ""
    models: tuple[ModelRecipe, ...] = ()
    methods: tuple[MethodRecipe, ...] = ()
    draws: Draws = field(default_factory=lambda: read_draws({"temperature": USUAL}, "[parameters]"))
    strata: Mapping[str, str] = field(default_factory=dict)
    attributes: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    requests: int | None = None
    tokens: int | None = None
    cost: float | None = None
    judge_share: float = 0.5
    retention: float = 0.9
    tries: float = 4.0
    temperature: bool = True
    filter: tuple[str, ...] = ()
    without: tuple[str, ...] = ()
    tolerance: float = 0.05
    on_tail: str = "relax"
    label_noise: float = 0.05
    written: str = ""

    @property
    def arms(self) -> tuple[Arm, ...]:
        """Every way of making rows: each method with each model, shares multiplied and made to sum to 1."""
        total = sum(one.share for one in self.methods)
        asked = sum(one.share for one in self.models)
        found = []
        for made in self.methods:
            models = self.models if made.method.asks else (None,)
            for model in models:
                shares = made.share / total, 1.0 if model is None else model.share / asked
                low, high = _bounds(made, model, shares)
                name = made.method.name if model is None else f"{made.method.name}/{model.name}"
                found.append(
                    Arm(
                        name=name,
                        method=made.method.name,
                        model=None if model is None else model.name,
                        share=shares[0] * shares[1],
                        low=low,
                        high=high,
                    )
                )
        return tuple(found)

    def method(self, name: str) -> Method:
        """A method by its name."""
        return next(one.method for one in self.methods if one.method.name == name)

    def model(self, name: str) -> ModelRecipe:
        """A model by its name."""
        return next(one for one in self.models if one.name == name)


def with_flags(
    recipe: Recipe,
    *,
    method: Sequence[str] = (),
    model: str | Chat | None = None,
    model_name: str | None = None,
    **given: Any,
) -> Recipe:
    """A recipe with what was said on the command line in the place of what it says.

    Args:
        recipe: The recipe.
        method: Names of methods, in place of the recipe's, at equal shares.
        model: Folder or URL of a model, in place of the recipe's.
        model_name: What its server calls it.
        given: Other values by name; None leaves the recipe's.

    Raises:
        UsageError: A method is unknown, or one asks a model and there is none.
    """
    if model_name is not None and model is None:
        raise UsageError("the name of a model needs its server", where="--model-name", do="Add --model URL")
    changed: dict[str, Any] = {name: value for name, value in given.items() if value is not None}
    if model is not None:
        named = model_name or (model if isinstance(model, str) else model.model)
        short = named.rstrip("/").rpartition("/")[2] or "model"
        changed["models"] = (ModelRecipe(name=short, model=model, model_name=model_name),)
    if method:
        for name in method:
            if name not in METHODS:
                raise unknown("method", name, list(METHODS))
        changed["methods"] = tuple(
            MethodRecipe(method=read_method(name, {}, "--method", Path())) for name in dict.fromkeys(method)
        )
    elif not recipe.methods:
        usual = (
            ("few_shot", "attributed_prompt", "paraphrase")
            if changed.get("models", recipe.models)
            else ("rule_based",)
        )
        changed["methods"] = tuple(
            MethodRecipe(method=read_method(name, {}, "--method", Path())) for name in usual
        )
    found = replace(recipe, **changed)
    check(found, "the recipe" if recipe.written else "the options")
    return found


def plain_recipe(recipe: Recipe) -> dict[str, Any]:
    """What was asked, as plain data; names of environment variables, never what they hold."""
    models = [
        {
            "name": one.name,
            "model": one.model if isinstance(one.model, str) else one.model.where,
            "model_name": one.model_name if isinstance(one.model, str) else one.model.model,
            "share": one.share,
            "low": one.low,
            "high": one.high,
            "parallel": one.parallel,
            "price_input": one.price_input,
            "price_output": one.price_output,
            "headers": sorted(one.headers),
            "extra_body": dict(one.extra_body),
            "trained_on_depth": one.trained_on_depth,
        }
        for one in recipe.models
    ]
    methods = [
        {
            "name": one.method.name,
            "options": repr(one.method),
            "share": one.share,
            "low": one.low,
            "high": one.high,
        }
        for one in recipe.methods
    ]
    plain = {
        field.name: getattr(recipe, field.name)
        for field in fields(recipe)
        if field.name not in ("models", "methods", "draws", "written")
    }
    plain |= {
        "strata": dict(recipe.strata),
        "attributes": {name: list(values) for name, values in recipe.attributes.items()},
    }
    plain |= {"filter": list(recipe.filter), "without": list(recipe.without)}
    return plain | {"models": models, "methods": methods, "parameters": repr(recipe.draws)}


def recipe_digest(recipe: Recipe) -> str:
    """`sha256:...` over everything that is asked."""
    return digest_of(plain_recipe(recipe))


def _bounds(
    made: MethodRecipe, model: ModelRecipe | None, shares: tuple[float, float]
) -> tuple[float, float]:
    """Bounds of an arm: what a method or a model declares holds for each of its arms in proportion, and the narrower of both counts."""
    own, part = shares
    lows = [
        declared * other
        for declared, other in ((made.low, part), (None if model is None else model.low, own))
        if declared is not None
    ]
    highs = [
        declared * other
        for declared, other in ((made.high, part), (None if model is None else model.high, own))
        if declared is not None
    ]
    low = max(lows, default=min([own * part * LEAST_SHARE, *highs]))
    high = min(highs, default=max(min(1.0, own * part * MOST_SHARE), low))
    return low, high
