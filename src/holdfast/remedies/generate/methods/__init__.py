"""Methods of generation; one idea each. A method is registered by standing in `METHODS`."""

from __future__ import annotations

from dataclasses import MISSING, Field, fields
from typing import TYPE_CHECKING, Any

from holdfast.data.toml import check_known
from holdfast.errors import HoldfastError, InputError, unknown
from holdfast.remedies.generate.methods.attributed_prompt import AttributedPrompt
from holdfast.remedies.generate.methods.back_translation import BackTranslation
from holdfast.remedies.generate.methods.evolve import Evolve
from holdfast.remedies.generate.methods.few_shot import FewShot
from holdfast.remedies.generate.methods.paraphrase import Paraphrase
from holdfast.remedies.generate.methods.rules.rule_based import RuleBased
from holdfast.remedies.generate.methods.self_instruct import SelfInstruct
from holdfast.remedies.generate.templates import read_template

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from holdfast.remedies.generate.methods.method import Method

METHODS: Mapping[str, type[Method]] = {
    method.name: method
    for method in (Paraphrase, BackTranslation, FewShot, AttributedPrompt, Evolve, SelfInstruct, RuleBased)
}
"""Every method, by its name."""
_TEMPLATES = {"template": 1, "templates": 2}


def read_method(
    name: str, options: Mapping[str, Any], where: str, folder: Path, *, attributes: Sequence[str] = ()
) -> Method:
    """A method with the options that a recipe gives it.

    Args:
        name: The method.
        options: Values by option; `template` is a file, `templates` a list of two.
        where: Where they stand, for errors.
        folder: What paths of templates are relative to.
        attributes: Attributes that the recipe has of its own: names that templates may use, too.

    Raises:
        InputError: There is no such method or option, a value is not what the option takes, or a template cannot be used.
    """
    if name not in METHODS:
        raise InputError(str(unknown("method", name, list(METHODS))), where=where)
    kind = METHODS[name]
    known = {field.name: field for field in fields(kind)}  # type: ignore[arg-type]  # every method is a dataclass
    check_known(options, list(known), where)
    names = [*getattr(kind, "names", ()), *attributes]
    given = {
        option: _template(value, _TEMPLATES[option], names, f"{where}: {option}", folder)
        if option in _TEMPLATES
        else _value(known[option], value, f"{where}: {option}")
        for option, value in options.items()
    }
    try:
        return kind(**given)
    except HoldfastError as error:
        raise InputError(
            error.what, where=f"{where}: {error.where}" if error.where else where, do=error.do
        ) from error


def _template(value: Any, count: int, names: Sequence[str], where: str, folder: Path) -> Any:
    files = [value] if count == 1 else value
    if not isinstance(files, list) or len(files) != count or not all(isinstance(one, str) for one in files):
        raise InputError(
            "is the path of a file" if count == 1 else f"is a list of {count} paths", where=where
        )
    read = tuple(read_template(folder / file, known=names) for file in files)
    return read[0] if count == 1 else read


def _value(field: Field[Any], value: Any, where: str) -> Any:
    """A value of the kind that the option's own is."""
    own = field.default if field.default_factory is MISSING else field.default_factory()
    if isinstance(own, dict):
        kind: type = next((type(one) for one in own.values()), str)
        if not isinstance(value, dict):
            raise InputError("is a table", where=where)
        return {name: _single(kind, one, f"{where}: {name}") for name, one in value.items()}
    if isinstance(own, tuple):
        kind = next((type(one) for one in own), str)
        if not isinstance(value, list):
            raise InputError("is a list", where=where)
        return tuple(_single(kind, one, where) for one in value)
    single = _single(type(own), value, where)
    if field.name == "uncovered" and single > 1:  # a share, whatever the method
        raise InputError("is a number from 0 to 1", where=where)
    return single


def _single(kind: type, value: Any, where: str) -> Any:
    number = isinstance(value, int | float) and not isinstance(value, bool)
    if kind is float and number and 0 <= value < float("inf"):
        return float(value)
    if kind is int and number and isinstance(value, int) and value >= 0:
        return value
    if kind is str and isinstance(value, str) and value.strip():
        return value
    wants = {float: "is a number of at least 0", int: "is a whole number of at least 0", str: "is a text"}
    raise InputError(wants.get(kind, "cannot be set in a recipe"), where=where)
