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
from holdfast.data.toml import check_known, flag_of, read_toml, text_of, whole_of, word_of
from holdfast.errors import InputError, UsageError, unknown
from holdfast.remedies.generate.contract import Arm
from holdfast.remedies.generate.draws import Draws, read_draws
from holdfast.remedies.generate.methods import METHODS, read_method

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from holdfast.backends.chats.chat import Chat
    from holdfast.remedies.generate.methods.method import Method

_TOP = (
    "rows", "rounds", "seed", "subject", "model", "method", "parameters", "strata", "attributes", "budget", "steer", "verify"
)  # fmt: skip
_MODEL = (
    "name", "model", "model_name", "key", "share", "low", "high", "parallel", "seconds", "price_input", "price_output", "headers",
    "extra_body", "trained_on_depth",
)  # fmt: skip
_ARM = ("name", "share", "low", "high")
_BUDGET = ("requests", "tokens", "cost")
_STEER = ("judge_share", "retention", "tries", "temperature")
_VERIFY = ("filter", "without", "tolerance", "on_tail", "label_noise")
_KEY = "OPENAI_API_KEY"
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
    key: str = _KEY
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
                part = 1.0 if model is None else model.share / asked
                share = made.share / total * part
                low, high = _bounds(made, model, share)
                name = made.method.name if model is None else f"{made.method.name}/{model.name}"
                found.append(
                    Arm(
                        name=name,
                        method=made.method.name,
                        model=None if model is None else model.name,
                        share=share,
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


def read_recipe(path: str | Path) -> Recipe:
    """Read a recipe; everything in it must be known.

    Raises:
        InputError: It cannot be read, or asks for what there is not.
    """
    file = Path(path)
    written, values = read_toml(file, "recipe")
    where = str(file)
    check_known(values, _TOP, where)
    steer, verify, budget = (_table(values, name, where) for name in ("steer", "verify", "budget"))
    check_known(steer, _STEER, f"{where}: [steer]")
    check_known(verify, _VERIFY, f"{where}: [verify]")
    check_known(budget, _BUDGET, f"{where}: [budget]")
    default = Recipe()
    models = tuple(
        _model(one, f"{where}: model {number}", file.parent)
        for number, one in enumerate(_tables(values, "model", where), start=1)
    )
    methods = tuple(
        _method(one, f"{where}: method {number}", file.parent, list(_table(values, "attributes", where)))
        for number, one in enumerate(_tables(values, "method", where), start=1)
    )
    recipe = Recipe(
        rows=whole_of(values, "rows", where, least=1) or default.rows,
        rounds=whole_of(values, "rounds", where, least=1) or default.rounds,
        seed=whole_of(values, "seed", where, least=0) or 0,
        subject=text_of(values, "subject", where) or "",
        models=models,
        methods=methods,
        draws=read_draws(
            {"temperature": USUAL} | _table(values, "parameters", where), f"{where}: [parameters]"
        ),
        strata={
            name: _text(value, f"{where}: [strata] {name}")
            for name, value in _table(values, "strata", where).items()
        },
        attributes={
            name: _texts(value, f"{where}: [attributes] {name}")
            for name, value in _table(values, "attributes", where).items()
        },
        requests=whole_of(budget, "requests", f"{where}: [budget]", least=0),
        tokens=whole_of(budget, "tokens", f"{where}: [budget]", least=0),
        cost=_number(budget, "cost", f"{where}: [budget]", low=0.0),
        judge_share=_or(
            _number(steer, "judge_share", f"{where}: [steer]", low=0.0, high=0.9), default.judge_share
        ),
        retention=_or(_number(steer, "retention", f"{where}: [steer]", low=0.0, high=1.0), default.retention),
        tries=_or(_number(steer, "tries", f"{where}: [steer]", low=1.0), default.tries),
        temperature=flag_of({"temperature": True} | steer, "temperature", f"{where}: [steer]"),
        filter=_texts(verify.get("filter", []), f"{where}: [verify] filter"),
        without=_texts(verify.get("without", []), f"{where}: [verify] without"),
        tolerance=_or(
            _number(verify, "tolerance", f"{where}: [verify]", low=0.0, high=1.0), default.tolerance
        ),
        on_tail=word_of(verify, "on_tail", ("relax", "stop"), f"{where}: [verify]"),
        label_noise=_or(
            _number(verify, "label_noise", f"{where}: [verify]", low=0.0, high=0.5), default.label_noise
        ),
        written=written,
    )
    check(recipe, where)
    return recipe


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
    check(found, "the recipe" if recipe.written else "--method")
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


def check(recipe: Recipe, where: str) -> None:
    """Refuses a recipe that cannot be followed.

    Raises:
        InputError: A name stands twice, a method has nobody to ask, or bounds leave no shares.
    """
    for kind, names in (
        ("model", [one.name for one in recipe.models]),
        ("method", [one.method.name for one in recipe.methods]),
    ):
        doubled = sorted({name for name in names if names.count(name) > 1})
        if doubled:
            raise InputError(f"two of them are called {doubled[0]!r}", where=f"{where}: [[{kind}]]")
    asking = [one.method.name for one in recipe.methods if one.method.asks]
    if asking and not recipe.models:
        raise InputError(
            f"{asking[0]} asks a model, and there is none",
            where=where,
            do="Add --model URL --model-name NAME, or [[model]] in the recipe; --method rule_based needs none",
        )
    arms = recipe.arms
    if arms and (sum(arm.low for arm in arms) > 1 + 1e-9 or sum(arm.high for arm in arms) < 1 - 1e-9):
        raise InputError(
            "the bounds of the shares leave none that sum to 1", where=where, do="Lower low, or raise high"
        )
    if recipe.cost is not None and any(
        one.price_input is None or one.price_output is None for one in recipe.models
    ):
        raise InputError(
            "a budget of money needs the prices of every model",
            where=where,
            do="Add price_input and price_output to [[model]], in the same currency, for a million tokens",
        )


def _bounds(made: MethodRecipe, model: ModelRecipe | None, share: float) -> tuple[float, float]:
    """A declared bound of a method or a model holds for each arm of it in proportion."""
    low, high = share * LEAST_SHARE, min(1.0, share * MOST_SHARE)
    for declared in (made, model):
        if declared is not None and declared.low is not None:
            low = max(low if declared is model else 0.0, min(declared.low, share))
        if declared is not None and declared.high is not None:
            high = min(high, max(declared.high, share))
    return low, high


def _model(values: Mapping[str, Any], where: str, folder: Path) -> ModelRecipe:
    check_known(values, _MODEL, where)
    address = text_of(values, "model", where)
    if not address:
        raise InputError(
            "names no model", where=where, do='Add model = "http://localhost:8000/v1", or a folder'
        )
    if "://" not in address:
        address = str(folder / address)
    model_name = text_of(values, "model_name", where)
    name = text_of(values, "name", where) or (model_name or address).rstrip("/").rpartition("/")[2]
    key = text_of(values, "key", where) or _KEY
    if not key.replace("_", "a").isalnum() or not key[0].isalpha() or key != key.upper():
        # What stands there may be the key itself: it is not repeated.
        raise InputError(
            "key is the name of an environment variable, in capitals",
            where=where,
            do='Say key = "OPENAI_API_KEY", and put the key there',
        )
    headers = _table(values, "headers", where)
    return ModelRecipe(
        name=name,
        model=address,
        model_name=model_name,
        key=key,
        share=_or(_number(values, "share", where, low=0.0, above=True), 1.0),
        low=_number(values, "low", where, low=0.0, high=1.0),
        high=_number(values, "high", where, low=0.0, high=1.0),
        parallel=whole_of(values, "parallel", where, least=1) or 8,
        seconds=_or(_number(values, "seconds", where, low=0.0, above=True), 120.0),
        price_input=_number(values, "price_input", where, low=0.0),
        price_output=_number(values, "price_output", where, low=0.0),
        headers={one: _text(value, f"{where}: headers") for one, value in headers.items()},
        extra_body=_table(values, "extra_body", where),
        trained_on_depth=whole_of(values, "trained_on_depth", where, least=0),
    )


def _method(values: Mapping[str, Any], where: str, folder: Path, attributes: Sequence[str]) -> MethodRecipe:
    name = text_of(values, "name", where)
    if name is None:
        raise InputError("has no name", where=where, do=f"Methods are: {', '.join(METHODS)}")
    if name not in METHODS:
        raise InputError(str(unknown("method", name, list(METHODS))), where=where)
    options = {key: value for key, value in values.items() if key not in _ARM}
    return MethodRecipe(
        method=read_method(name, options, where, folder, attributes=attributes),
        share=_or(_number(values, "share", where, low=0.0, above=True), 1.0),
        low=_number(values, "low", where, low=0.0, high=1.0),
        high=_number(values, "high", where, low=0.0, high=1.0),
    )


def _table(values: Mapping[str, Any], name: str, where: str) -> dict[str, Any]:
    found = values.get(name, {})
    if not isinstance(found, dict):
        raise InputError(f"{name} is a table", where=where, do=f"Write [{name}]")
    return found


def _tables(values: Mapping[str, Any], name: str, where: str) -> list[dict[str, Any]]:
    found = values.get(name, [])
    if not isinstance(found, list) or not all(isinstance(one, dict) for one in found):
        raise InputError(f"{name} is a list of tables", where=where, do=f"Write [[{name}]]")
    return found


def _number(
    values: Mapping[str, Any],
    name: str,
    where: str,
    *,
    low: float,
    high: float | None = None,
    above: bool = False,
) -> float | None:
    value = values.get(name)
    if value is None:
        return None
    well = not isinstance(value, bool) and isinstance(value, int | float) and value == value  # noqa: PLR0124 - not NaN
    if (
        not well
        or value < low
        or (above and value <= low)
        or value == float("inf")
        or (high is not None and value > high)
    ):
        bound = f"above {low:g}" if above else f"of at least {low:g}"
        raise InputError(
            f"{name} is a number {bound}{'' if high is None else f' and at most {high:g}'}", where=where
        )
    return float(value)


def _or(value: float | None, default: float) -> float:
    return default if value is None else value


def _text(value: Any, where: str) -> str:
    if not isinstance(value, str) or not value.strip():
        raise InputError("is a text", where=where)
    return value


def _texts(value: Any, where: str) -> tuple[str, ...]:
    if not isinstance(value, list) or not all(isinstance(one, str) for one in value):
        raise InputError("is a list of texts", where=where)
    return tuple(value)
