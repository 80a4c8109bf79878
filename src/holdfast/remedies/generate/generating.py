"""Generate: what reality has and a candidate lost is made, round by round, and judged before it is kept."""

from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal
from uuid import UUID

from holdfast.data.write import check_folder
from holdfast.remedies.generate.asking import Asking
from holdfast.remedies.generate.folder import KIND, Columns, row_of, write_folder
from holdfast.remedies.generate.identity import run_digest
from holdfast.remedies.generate.lineage import lineage_of_made
from holdfast.remedies.generate.outcome import tell
from holdfast.remedies.generate.parts import read_parts
from holdfast.remedies.generate.recipe import Recipe, plain_recipe, recipe_digest, with_flags
from holdfast.remedies.generate.recipe_file import read_recipe
from holdfast.remedies.generate.report import check_same, read_report
from holdfast.remedies.generate.rounds import Unfinished
from holdfast.remedies.generate.turning import Run

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from holdfast.anchors import Anchor
    from holdfast.backends.chats.chat import Chat
    from holdfast.remedies.generate.contract import Generation


def generate(
    candidate: Any = None,
    *,
    report: str | Path | None = None,
    real: Any = None,
    anchor: str | Path | Anchor | None = None,
    recipe: str | Path | Recipe | None = None,
    output: str | Path | None = None,
    method: Sequence[str] = (),
    model: str | Chat | None = None,
    model_name: str | None = None,
    rows: int | None = None,
    rounds: int | None = None,
    requests: int | None = None,
    tokens: int | None = None,
    cost: float | None = None,
    judge_share: float | None = None,
    steer: bool = True,
    cache: str | Path | None = None,
    batch: str | Path | None = None,
    cycle: int | None = None,
    text: str | None = None,
    label: str | None = None,
    id: str | None = None,
    on_bad_row: Literal["stop", "skip"] = "stop",
    replace: bool = False,
    seed: int | None = None,
    progress: Callable[[str], None] = lambda _: None,
) -> Generation:
    """Make rows towards what reality has and a candidate lacks, round by round; every round is audited before the next.

    Some real rows steer: quotas, prompts and the controller see them. Others judge at the end and steer nothing.

    Args:
        candidate: Rows that the made ones will join; None where there are none.
        report: The JSON of an audit (`audit --json`; `--for` on the command line): it names candidate, real rows or anchor, columns, and
            the strata that were lost.
        real: Real rows; or
        anchor: a frozen anchor. One of the two, or a report that names it.
        recipe: A TOML file with models, methods, parameters, budgets and bounds; or a `Recipe`.
        output: The folder to write; without one nothing is written, and nothing can be resumed.
        method: Methods in place of the recipe's.
        model: Folder or URL of a model in place of the recipe's; from Python, any `Chat`.
        model_name: What its server calls it.
        rows: Rows to accept at most.
        rounds: Rounds at most.
        requests: Most requests, retries included.
        tokens: Most tokens.
        cost: Most money, in the currency of the recipe's prices.
        judge_share: Share of the real rows that judges; 0 where somebody else does.
        steer: False asks for rows in reality's mix and moves nothing: what steering is held against.
        cache: A file of answers that several runs share; by default answers are kept until the output stands.
        batch: A folder of batch files: what is to be asked is written there, and answers are read from there; no server is asked.
        cycle: The turn of the loop that the rows are made in, for lineage.
        text: Column of the text.
        label: Column of the strata.
        id: Column of the ids.
        on_bad_row: What to do with a row that cannot be read.
        replace: Whether a folder of an earlier generation may be replaced.
        seed: Decides everything that is drawn here, with the ids of rows.
        progress: Called with a word about what is done next.

    Returns:
        What was made, what it is worth, and why it ended.

    Raises:
        InputError: Rows, files, a report, a recipe or an anchor that cannot be used.
        UsageError: An option does not fit.
        OutputError: The folder cannot be written.
        BackendError: A server cannot be used at all: a wrong key, an unknown model.
        Waiting: `batch` was given, and requests wait to be answered.
    """
    asked = recipe if isinstance(recipe, Recipe) else Recipe() if recipe is None else read_recipe(recipe)
    asked = with_flags(
        asked,
        method=method,
        model=model,
        model_name=model_name,
        rows=rows,
        rounds=rounds,
        requests=requests,
        tokens=tokens,
        cost=cost,
        judge_share=judge_share,
        seed=seed,
    )
    pointed = None
    if report is not None:
        pointed = read_report(report, candidate=candidate, real=real, anchor=anchor)
        candidate, real, anchor = pointed.candidate, pointed.real, pointed.anchor
        text, label = text or pointed.text, label or pointed.label
    place = None if output is None else Path(output)
    if place is not None:
        inputs = (candidate, real, getattr(anchor, "path", anchor))
        check_folder(place, replace=replace, kind=KIND, inputs=inputs)
    progress("reading real rows")
    parts = read_parts(
        candidate,
        real=real,
        anchor=anchor,
        judge_share=asked.judge_share,
        text=text,
        label=label,
        id=id,
        on_bad_row=on_bad_row,
    )
    if pointed is not None:
        check_same(pointed, parts, where=str(report))
    digest = run_digest(parts, asked, steer=steer)
    unfinished = Unfinished(place, digest)
    unfinished.begin()
    try:
        opened = Asking.of(asked, cache=cache or unfinished.answers, run=digest, batch=batch)
    except BaseException:
        unfinished.tidy()
        raise
    with opened as asking:
        run = Run.of(parts, asked, asking, steer=steer, digest=digest, progress=progress)
        for ended in unfinished.read():
            run.take(ended)
        while not run.over:
            round_ = run.turn()
            if round_ is not None:
                unfinished.write(round_)
                run.take(round_)
        progress("judging by real rows that steered nothing")
        found = tell(run, pointed)
        providers = asking.providers()
    if place is not None:
        progress("writing")
        found = dataclasses.replace(found, output=place)
        _write(found, run, place, providers, cycle=cycle, replace=replace, steer=steer)
        unfinished.done()
    return found


def _write(
    found: Generation,
    run: Run,
    place: Path,
    providers: Mapping[str, str],
    *,
    cycle: int | None,
    replace: bool,
    steer: bool,
) -> None:
    parts, recipe = run.parts, run.recipe
    written = [one for one in run.made if one.text is not None]
    columns = Columns(text=parts.text_column, label=parts.label_column, labels=parts.labels)
    lineage = lineage_of_made(
        written,
        [row_of(one, columns) for one in written],
        recipe,
        activity=str(UUID(run.digest.removeprefix("sha256:")[:32])),
        recipe_hash=recipe_digest(recipe),
        providers=providers,
        cycle=cycle,
        labelled=columns.label is not None,
    )
    write_folder(
        found,
        place,
        run.made,
        lineage,
        run.prompts,
        columns=columns,
        asked=plain_recipe(recipe) | {"real": parts.name, "anchor": parts.digest, "steer": steer},
        recipe=recipe.written,
        replace=replace,
    )
