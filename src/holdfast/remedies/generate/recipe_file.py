"""Reading recipes: TOML files, strictly."""

from __future__ import annotations

from dataclasses import fields
from pathlib import Path
from typing import TYPE_CHECKING, Any

from holdfast.data.toml import check_known, flag_of, read_toml, text_of, whole_of, word_of
from holdfast.errors import InputError, unknown
from holdfast.remedies.generate.draws import read_draws
from holdfast.remedies.generate.methods import METHODS, read_method
from holdfast.remedies.generate.recipe import KEY, USUAL, MethodRecipe, ModelRecipe, Recipe
from holdfast.remedies.generate.recipe_checks import MOST_JUDGING, check, number_of

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

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
        cost=number_of(budget, "cost", f"{where}: [budget]", low=0.0),
        judge_share=_or(
            number_of(steer, "judge_share", f"{where}: [steer]", low=0.0, high=MOST_JUDGING),
            default.judge_share,
        ),
        retention=_or(
            number_of(steer, "retention", f"{where}: [steer]", low=0.0, high=1.0), default.retention
        ),
        tries=_or(number_of(steer, "tries", f"{where}: [steer]", low=1.0), default.tries),
        temperature=flag_of({"temperature": True} | steer, "temperature", f"{where}: [steer]"),
        filter=_texts(verify.get("filter", []), f"{where}: [verify] filter"),
        without=_texts(verify.get("without", []), f"{where}: [verify] without"),
        tolerance=_or(
            number_of(verify, "tolerance", f"{where}: [verify]", low=0.0, high=1.0), default.tolerance
        ),
        on_tail=word_of(verify, "on_tail", ("relax", "stop"), f"{where}: [verify]"),
        label_noise=_or(
            number_of(verify, "label_noise", f"{where}: [verify]", low=0.0, high=0.5), default.label_noise
        ),
        written=written,
    )
    check(recipe, where, whole=False)
    return recipe


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
    key = text_of(values, "key", where) or KEY
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
        share=_or(number_of(values, "share", where, low=0.0, above=True), 1.0),
        low=number_of(values, "low", where, low=0.0, high=1.0),
        high=number_of(values, "high", where, low=0.0, high=1.0),
        parallel=whole_of(values, "parallel", where, least=1) or 8,
        seconds=_or(number_of(values, "seconds", where, low=0.0, above=True), 120.0),
        price_input=number_of(values, "price_input", where, low=0.0),
        price_output=number_of(values, "price_output", where, low=0.0),
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
    known = [field.name for field in fields(METHODS[name])]  # type: ignore[arg-type]  # every method is a dataclass
    check_known(values, (*_ARM, *known), where)
    options = {key: value for key, value in values.items() if key not in _ARM}
    return MethodRecipe(
        method=read_method(name, options, where, folder, attributes=attributes),
        share=_or(number_of(values, "share", where, low=0.0, above=True), 1.0),
        low=number_of(values, "low", where, low=0.0, high=1.0),
        high=number_of(values, "high", where, low=0.0, high=1.0),
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
