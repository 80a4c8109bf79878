"""The recipe of a project: `holdfast.toml`, read strictly. It says what one turn of the loop does, and what it must pass."""

from __future__ import annotations

import math
import shlex
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal, cast

from holdfast.data.toml import check_known, flag_of, read_toml, text_of, whole_of, word_of
from holdfast.errors import InputError, unknown

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

OnUndetermined = Literal["ask", "block", "pass"]
ORIGINS = ("made", "gold", "steering", "current")
"""What a blend may take: the rows of this cycle, the anchor's gold part, the rows of its reference that do not judge, and the
snapshot that counts."""

_TOP = (
    "anchor", "seed", "cycles", "max_depth", "model", "model_name", "model_depth", "copies",
    "judge", "generate", "filter", "blend", "data_gate", "train", "evaluate", "model_gate", "sinks",
)  # fmt: skip
_STAGE = ("command", "inputs", "outputs")
_JUDGE = ("share", "parts", "alpha")
_GENERATE = (
    *_STAGE,
    "rows",
    "recipe",
    "prompts",
    "temperature",
    "top_p",
    "most_tokens",
    "agent",
    "generation_depth",
)
_FILTER = (*_STAGE, "filter", "without", "budget", "mix", "joined", "prefer", "tolerance", "on_tail")
_BLEND = ("rows", "order", "form", "on_leak", "source")
_SOURCE = ("name", "from", "path", "share", "rows", "repeat", "strata")
_DATA_GATE = ("tolerance", "detectable", "measures", "on_undetermined", "severity", "approval")
_EVALUATE = (*_STAGE, "samples", "prompts", "temperature", "top_p", "most_tokens", "frozen")
_MODEL_GATE = ("margin", "against", "scores", "on_undetermined", "severity", "approval")
_SINKS = ("jsonl", "mlflow", "trackio", "wandb")
_BANDS = ("overall", "rarest tenth", "tenth to quarter", "quarter to half", "head half")
_AGAINST = ("start", "best", "previous")


@dataclass(frozen=True, slots=True, kw_only=True)
class Command:
    """A program of the user's.

    Attributes:
        words: The program and its arguments; `{name}` stands for what the stage has of that name.
        inputs: Files it reads besides, relative to the project: where one changes, what was done with it is another thing.
        outputs: What it must leave in `{output}`.
    """

    words: tuple[str, ...]
    inputs: tuple[str, ...] = ()
    outputs: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Judge:
    """Which rows judge.

    Attributes:
        share: Share of the anchor's reference that judges and steers nothing.
        parts: Parts of it, and of the holdout, that take turns.
        alpha: Error rate over all looks that are ever taken, of both gates together.
    """

    share: float = 0.5
    parts: int = 2
    alpha: float = 0.05


@dataclass(frozen=True, slots=True, kw_only=True)
class Gate:
    """What a gate does with its verdict.

    Attributes:
        on_undetermined: `ask` a person, `block`, or `pass`.
        severity: `stop`: a failure ends the cycle. `warn`: it is written down.
        approval: Whether a person must say yes to a pass, too.
        options: What is measured, and how much is let pass.
    """

    on_undetermined: OnUndetermined = "ask"
    severity: Literal["stop", "warn"] = "stop"
    approval: bool = False
    options: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Stage:
    """What a stage does: a program of the user's, or what is built in, with its options."""

    command: Command | None = None
    options: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Recipe:
    """What a turn of the loop does.

    Attributes:
        anchor: Folder of the anchor, relative to the project.
        seed: With the number of the cycle, the seed of everything.
        cycles: No more than these.
        max_depth: Rows of a larger generation depth are never trained on.
        model: The model before the first cycle, or None.
        model_name: What a server calls it, or people call it.
        model_depth: Largest generation depth in the data it was trained on; None where nobody knows.
        copies: Where sealed snapshots are copied to: `s3://bucket/folder`, `gs://...` or `file:///...`; None: nowhere.
        judge: Which rows judge.
        generate: How rows are made.
        filter: How they are filtered; None where they are not.
        blend: What they are blended with.
        data_gate: What the blend must pass before it is trained on.
        train: How a model is trained on it.
        evaluate: How that model is looked at.
        model_gate: What it must pass before it counts.
        sinks: Where figures go besides: a file (`jsonl`), or the name of a project or experiment of a tracker.
        written: The text.
    """

    anchor: str
    seed: int
    cycles: int
    max_depth: int | None
    model: str | None
    model_name: str | None
    model_depth: int | None
    copies: str | None
    judge: Judge
    generate: Stage
    filter: Stage | None
    blend: Stage
    data_gate: Gate
    train: Stage
    evaluate: Stage
    model_gate: Gate
    sinks: Mapping[str, str]
    written: str


def read_recipe(file: Path) -> Recipe:
    """Reads `holdfast.toml`; everything in it must be known.

    Raises:
        InputError: It cannot be read, or asks for what there is not.
    """
    written, values = read_toml(file, "recipe of a project")
    where = str(file)
    check_known(values, _TOP, where)
    for name in ("generate", "blend", "train"):
        if name not in values:
            raise InputError(
                f"has no [{name}]", where=where, do="holdfast init writes a recipe to begin with"
            )
    anchor = text_of(values, "anchor", where)
    if anchor is None:
        raise InputError(
            "names no anchor",
            where=where,
            do='Add anchor = "anchor", a folder that holdfast anchor freeze wrote',
        )
    tables = {name: _table(values, name, where) for name in _TOP[8:]}
    cycles = whole_of(values, "cycles", where, least=1)
    return Recipe(
        anchor=anchor,
        seed=whole_of(values, "seed", where, least=0) or 0,
        cycles=cycles if cycles is not None else 1,
        max_depth=whole_of(values, "max_depth", where, least=0),
        model=text_of(values, "model", where),
        model_name=text_of(values, "model_name", where),
        model_depth=whole_of(values, "model_depth", where, least=0),
        copies=_address(values, "copies", where),
        judge=_judge(tables["judge"] or {}, f"{where}: [judge]"),
        generate=_generate(tables["generate"] or {}, f"{where}: [generate]"),
        filter=None if tables["filter"] is None else _filter(tables["filter"], f"{where}: [filter]"),
        blend=_blend(tables["blend"] or {}, f"{where}: [blend]"),
        data_gate=_data_gate(tables["data_gate"] or {}, f"{where}: [data_gate]"),
        train=_train(tables["train"] or {}, f"{where}: [train]"),
        evaluate=_evaluate(tables["evaluate"] or {}, f"{where}: [evaluate]"),
        model_gate=_model_gate(tables["model_gate"] or {}, f"{where}: [model_gate]"),
        sinks=_sinks(tables["sinks"] or {}, f"{where}: [sinks]"),
        written=written,
    )


def _sinks(values: dict[str, Any], where: str) -> dict[str, str]:
    check_known(values, _SINKS, where)
    found = {name: text_of(values, name, where) for name in _SINKS}
    return {name: value for name, value in found.items() if value}


def _judge(values: dict[str, Any], where: str) -> Judge:
    check_known(values, _JUDGE, where)
    share = _number(values, "share", where, 0.5, above=0.0, below=1.0)
    alpha = _number(values, "alpha", where, 0.05, above=0.0, below=1.0)
    parts = whole_of(values, "parts", where, least=1)
    return Judge(share=share, parts=2 if parts is None else parts, alpha=alpha)


def _generate(values: dict[str, Any], where: str) -> Stage:
    check_known(values, _GENERATE, where)
    command = _command(values, where, ("rows.jsonl",))
    options = {
        "rows": whole_of(values, "rows", where, least=1),
        "recipe": text_of(values, "recipe", where),
        "agent": text_of(values, "agent", where),
        "generation_depth": whole_of(values, "generation_depth", where, least=1),
        **_sampling(values, where),
    }
    if command is None and options["rows"] is None:
        raise InputError(
            "says neither how many rows the model writes, nor a command",
            where=where,
            do="Add rows = ... or command = ...",
        )
    if command is not None:
        for name in ("prompts", "temperature", "top_p", "most_tokens"):
            if values.get(name) is not None:
                raise InputError(
                    f"{name} is for what is built in, and there is a command",
                    where=where,
                    do="Put it among the command's words",
                )
    return Stage(command=command, options=options)


def _filter(values: dict[str, Any], where: str) -> Stage:
    check_known(values, _FILTER, where)
    command = _command(values, where, ("rows.jsonl",))
    options = {name: values[name] for name in _FILTER if name in values and name not in _STAGE}
    for name in ("filter", "without"):
        if name in options:
            options[name] = _texts(values, name, where)
    return Stage(command=command, options=options)


def _blend(values: dict[str, Any], where: str) -> Stage:
    check_known(values, _BLEND, where)
    sources = values.get("source")
    if not isinstance(sources, list) or not sources or not all(isinstance(one, dict) for one in sources):
        raise InputError(
            "has no source",
            where=where,
            do='Add [[blend.source]] with name = "made", from = "made" and a share',
        )
    for one in sources:
        check_known(one, _SOURCE, where)
        origin, path = text_of(one, "from", where), text_of(one, "path", where)
        if (origin is None) == (path is None):
            raise InputError(
                "a source takes either from or path", where=where, do=f"from is one of {', '.join(ORIGINS)}"
            )
        if origin is not None and origin not in ORIGINS:
            do = "The holdout is never trained on" if origin == "holdout" else None
            if do is None:
                raise InputError(str(unknown("origin of rows", origin, list(ORIGINS))), where=where)
            raise InputError(f"rows cannot come from {origin!r}", where=where, do=do)
    return Stage(options=values)


def _data_gate(values: dict[str, Any], where: str) -> Gate:
    check_known(values, _DATA_GATE, where)
    tolerance = values.get("tolerance", {})
    if not isinstance(tolerance, dict):
        raise InputError(
            "tolerance is a table of measures", where=where, do="tolerance = { band_retention = 0.2 }"
        )
    measures = _texts(values, "measures", where)
    options = {
        "tolerance": {name: _number(tolerance, name, where, 0.0, above=-1e-12) for name in tolerance},
        "detectable": _number(values, "detectable", where, 0.5, above=0.0, below=1.0 + 1e-12),
        "measures": list(measures) or None,
    }
    return _gate(values, where, options)


def _train(values: dict[str, Any], where: str) -> Stage:
    check_known(values, _STAGE, where)
    command = _command(values, where, ("model",))
    if command is None:
        raise InputError(
            "has no command",
            where=where,
            do='Add command = "python train.py --data {data} --output {output}/model"',
        )
    return Stage(command=command)


def _evaluate(values: dict[str, Any], where: str) -> Stage:
    check_known(values, _EVALUATE, where)
    command = _command(values, where, ())
    return Stage(
        command=command,
        options={
            "samples": whole_of(values, "samples", where, least=0),
            "frozen": text_of(values, "frozen", where),
            **_sampling(values, where),
        },
    )


def _model_gate(values: dict[str, Any], where: str) -> Gate:
    check_known(values, _MODEL_GATE, where)
    margin = values.get("margin", {})
    if not isinstance(margin, dict):
        raise InputError(
            "margin is a table of bands", where=where, do='margin = { overall = 0.05, "rarest tenth" = 0.1 }'
        )
    for name in margin:
        if name not in _BANDS:
            raise InputError(str(unknown("band", name, list(_BANDS))), where=where)
    scores = values.get("scores", {})
    if not isinstance(scores, dict):
        raise InputError("scores is a table of tasks", where=where, do="scores = { arc_easy = 0.02 }")
    against = text_of(values, "against", where) or "start"
    if against not in _AGAINST:
        raise InputError(str(unknown("yardstick", against, list(_AGAINST))), where=where)
    options = {
        "margin": {name: _number(margin, name, where, 0.0, above=0.0) for name in margin},
        "scores": {name: _number(scores, name, where, 0.0, above=0.0) for name in scores},
        "against": against,
    }
    return _gate(values, where, options)


def _gate(values: dict[str, Any], where: str, options: dict[str, Any]) -> Gate:
    return Gate(
        on_undetermined=cast(
            "OnUndetermined", word_of(values, "on_undetermined", ("ask", "block", "pass"), where)
        ),
        severity=cast('Literal["stop", "warn"]', word_of(values, "severity", ("stop", "warn"), where)),
        approval=flag_of(values, "approval", where),
        options=options,
    )


def _sampling(values: dict[str, Any], where: str) -> dict[str, Any]:
    return {
        "prompts": text_of(values, "prompts", where),
        "temperature": _number(values, "temperature", where, 1.0, above=0.0),
        "top_p": _number(values, "top_p", where, 1.0, above=0.0, below=1.0 + 1e-12),
        "most_tokens": whole_of(values, "most_tokens", where, least=1),
    }


def _command(values: Mapping[str, Any], where: str, outputs: tuple[str, ...]) -> Command | None:
    given = values.get("command")
    declared = _texts(values, "outputs", where) or outputs
    inputs = _texts(values, "inputs", where)
    if given is None:
        if "inputs" in values or "outputs" in values:
            raise InputError("declares files of a command, and has none", where=where, do="Add command = ...")
        return None
    if isinstance(given, str):
        try:
            words = shlex.split(given)
        except ValueError as error:
            raise InputError(
                f"command cannot be taken apart: {error}", where=where, do="Give a list of words"
            ) from error
    elif isinstance(given, list) and all(isinstance(word, str) for word in given):
        words = given
    else:
        raise InputError("command is a text, or a list of words", where=where)
    if not words:
        raise InputError("command is empty", where=where)
    for name in (*inputs, *declared):
        if name.startswith("/") or ".." in name.split("/"):
            raise InputError(
                f"{name!r} lies outside of its folder", where=where, do="Name files by relative paths"
            )
    return Command(words=tuple(words), inputs=inputs, outputs=declared)


def _table(values: Mapping[str, Any], name: str, where: str) -> dict[str, Any] | None:
    value = values.get(name)
    if value is not None and not isinstance(value, dict):
        raise InputError(f"{name} is a table", where=where, do=f"Write [{name}]")
    return value


def _texts(values: Mapping[str, Any], name: str, where: str) -> tuple[str, ...]:
    value = values.get(name, [])
    if not isinstance(value, list) or not all(isinstance(one, str) and one for one in value):
        raise InputError(f"{name} is a list of texts", where=where)
    return tuple(value)


def _address(values: Mapping[str, Any], name: str, where: str) -> str | None:
    found = text_of(values, name, where)
    if found is not None and "://" not in found:
        raise InputError(
            f"{name} is an address",
            where=where,
            do=f'Write {name} = "s3://bucket/folder" or "file:///folder"',
        )
    return found


def _number(
    values: Mapping[str, Any], name: str, where: str, default: float, *, above: float, below: float = math.inf
) -> float:
    value = values.get(name, default)
    good = isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)
    if not good or not above < value < below:
        most = f" and below {round(below, 9):g}" if math.isfinite(below) else ""
        raise InputError(f"{name} is a number above {round(above, 9):g}{most}", where=where)
    return float(value)
