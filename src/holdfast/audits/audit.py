"""Audit: hold a candidate against an anchor."""

from __future__ import annotations

import math
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from holdfast.anchors import open_anchor
from holdfast.anchors.shares import read_shares
from holdfast.audits.causes import diagnose
from holdfast.audits.extent import Extent
from holdfast.audits.findings import find
from holdfast.audits.given import differences, read_known, read_side, slice_rows, source_of, whole_labels
from holdfast.audits.judge import Failed, NotAsked, judge, overall
from holdfast.audits.kept import Kept, find_kept, keep, key_of, shelf_of, told
from holdfast.audits.result import Audit, OnUndetermined, Settings
from holdfast.audits.streaming import asked_engine, is_large, open_stream
from holdfast.backends.encoders import asked_encoder
from holdfast.backends.engines import InlineEngine, failures
from holdfast.backends.threads import count_threads, work_together
from holdfast.errors import HoldfastError, UsageError, unknown
from holdfast.measures import MEASURES, Calibration, views_of
from holdfast.views.compare import compare, first_rows
from holdfast.views.embeddings import read_embeddings
from holdfast.views.phrases import find_phrases
from holdfast.views.reality import Rows
from holdfast.views.streaming.streamed import compare_streamed

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from holdfast.anchors import Anchor
    from holdfast.audits.judge import Result
    from holdfast.audits.streaming import Opened
    from holdfast.backends.encoders import Encoder
    from holdfast.backends.engines import Engine
    from holdfast.backends.store import Store
    from holdfast.measures import Measure
    from holdfast.views.reality import Reality
    from holdfast.views.sides import Sides

_ADD_REASON = "with --use add the candidate joins the real rows, so no stratum can lose rows"


def audit(
    candidate: Any,
    *,
    real: Any = None,
    anchor: str | Path | Anchor | None = None,
    text: str | None = None,
    label: str | None = None,
    id: str | None = None,
    use: Literal["replace", "add"] = "replace",
    only: Sequence[str] = (),
    where: Sequence[str] = (),
    expect: str | Path | Mapping[str, float] | None = None,
    alpha: float = 0.01,
    tolerance: Mapping[str, float] | None = None,
    on_undetermined: OnUndetermined = "ask",
    detectable: float = 0.5,
    on_bad_row: Literal["stop", "skip"] = "stop",
    draws: int = 1_999,
    seed: int = 0,
    encoder: str | Path | Encoder | None = None,
    encoder_model: str | None = None,
    engine: str | Engine | None = None,
    address: str | None = None,
    workers: int | None = None,
    store: str | Path | Store | None = None,
    measures: Sequence[Measure] = MEASURES,
    progress: Callable[[str], None] = lambda _: None,
) -> Audit:
    """Hold a candidate against reality.

    Args:
        candidate: The set under examination: a path, several, a list of dicts or strings, or an Arrow table.
        real: Real rows for a one-shot audit, in the same forms; or
        anchor: a frozen anchor, its folder or an opened one. Exactly one of the two.
        text: Column (or `a+b`) the text is taken from; detected where not given.
        label: Column the strata are taken from; detected where not given. The candidate may lack it.
        id: Column the record ids are taken from.
        use: `replace`: the candidate is to stand for reality. `add`: it is to join the real rows, and is not blamed
            for the strata it leaves out.
        only: Strata to look at; the rest of both sides is left out.
        where: Conditions on the candidate's lineage, `column=value`, such as `agent=org/model@1`: only these rows are
            examined. Several values of one column are alternatives.
        expect: Shares the strata of the candidate should have, instead of reality's: a CSV file with the columns
            `stratum` and `share`, or a mapping.
        alpha: Family-wise error rate of the whole battery.
        tolerance: Largest effects that are let pass, by measure name.
        on_undetermined: What an undetermined verdict means for the exit code.
        detectable: A pass that could have missed a loss larger than this is undetermined.
        on_bad_row: What to do with a row that cannot be read.
        draws: Null draws per measure.
        seed: Seed of all draws.
        encoder: A sentence encoder that judges closeness instead of shared word pairs: a local folder with a
            sentence-transformers or ONNX model, the address of an OpenAI-compatible server, or an encoder object.
            Nothing is downloaded.
        encoder_model: The model to ask that server for.
        engine: Where the candidate is read block by block: `inline` (here, in threads), `ray`, or an engine object. By default
            it is held in memory, and read block by block here where its files are larger than 200 MB.
        address: Of a Ray cluster that runs; without one it is started here.
        workers: How many blocks are read at once.
        store: Where words and facts of blocks are kept between audits: a folder, or `off`.
        measures: The battery.
        progress: Called with a word about what is done next.

    Returns:
        The audit; see `Audit`.

    Raises:
        InputError: Rows, files or an anchor that cannot be used.
        UsageError: A parameter that does not exist or does not fit.
        MissingExtra: The encoder needs a package that is not installed.
    """
    embedder = asked_encoder(encoder, encoder_model)
    settings = _settings(
        use,
        only,
        expect,
        alpha,
        tolerance,
        on_undetermined,
        detectable,
        draws,
        seed,
        measures,
    )
    _one_of(real, anchor)
    progress("reading candidate")
    plain = not (where or only or embedder is not None)
    workplace = asked_engine(engine, address, workers, plain=plain)
    frozen = open_anchor(anchor) if isinstance(anchor, str | Path) else anchor
    shelf, lacking = shelf_of(store)
    key = None
    if plain and embedder is None:
        options = {"text": text, "label": label, "id": id, "on_bad_row": on_bad_row, "expect": told(expect)}
        key = key_of(shelf, candidate, real if frozen is None else frozen, measures, settings, options)
    kept = find_kept(shelf, key, measures)
    if kept is not None:
        progress("answered before: judging its readings anew")
        return _judged(kept, replace(settings, expect=kept.expect), measures)
    with ExitStack() as stack:
        known = read_known(real, frozen, text, label, id, on_bad_row, shelf)
        if expect is None and known.shares is not None:
            expect, settings = known.shares, replace(settings, expect="the anchor's own declared shares")
        source_label = label or known.detection.label_column
        # A column that the user names must be there; the anchor's own column may be missing from the candidate.
        may_lack_label = anchor is None or label is None
        calibration = _calibration(settings, measures)
        sliced: tuple[str, ...] = ()
        opened = None
        if workplace is not None or (plain and is_large(candidate)):
            opened = stack.enter_context(
                open_stream(
                    candidate,
                    text=text,
                    label=source_label,
                    id=id,
                    on_bad_row=on_bad_row,
                    may_lack_label=may_lack_label,
                    labels=known.labelled,
                    engine=workplace or InlineEngine(),
                    store=shelf,
                    progress=progress,
                )
            )
            made = opened.source
            reality = known.reality(opened.stream.labelled, seed, progress)
            sides = compare_streamed(
                reality,
                opened.stream,
                declared=None if expect is None else read_shares(expect, reality.strata.labels),
                use=settings.use,
                views=lambda sides: views_of(measures, sides, calibration),
                step=progress,
            )
        else:
            records = read_side(candidate, text, source_label, id, on_bad_row, may_lack_label=may_lack_label)
            records = whole_labels(records) if known.labelled else records
            records, sliced = slice_rows(records, where)
            made = source_of(records, "candidate", None)
            reality = known.reality(records.strata is not None, seed, progress)
            strata = records.strata if reality.strata.labels else None
            rows = Rows(ids=records.ids, texts=records.texts, strata=strata, answers=records.answers)
            declared = None if expect is None else read_shares(expect, reality.strata.labels)
            sides = replace(compare(reality, rows, declared=declared, step=progress), use=settings.use)
        if embedder is not None:
            embeddings = read_embeddings(embedder, sides.anchor.texts, sides.candidate.texts, progress)
            sides = replace(sides, embeddings=embeddings)
            settings = replace(settings, encoder=embeddings.name)
        if settings.only:
            sides = _only(sides, settings.only)

        def run(measure: Measure) -> Result:
            progress(f"measuring {measure.title.lower()}")
            return _run(measure, sides, calibration, settings)

        answered = Kept(
            results=work_together(run, measures, threads=count_threads()),
            sides=sides,
            candidate=made,
            anchor=known.source,
            notes=(*sliced, *differences(known.detection, made.detection)),
            expect=settings.expect,
            extent=_extent(reality, opened),
        )
        keep(shelf, key, answered)
        return _judged(
            answered,
            settings,
            measures,
            notes=(*failures(workplace), *(f"The store: {said}." for said in lacking)),
        )


def _one_of(real: Any, anchor: Any) -> None:
    if (real is None) == (anchor is None):
        raise UsageError("give either real rows or a frozen anchor", where="--real / --anchor")


def _extent(reality: Reality, opened: Opened | None) -> Extent:
    found = Extent().of_real(reality)
    return found if opened is None else found.of_stream(opened.stream.engine, len(opened.stream.blocks))


def _judged(
    answered: Kept, settings: Settings, measures: Sequence[Measure], *, notes: tuple[str, ...] = ()
) -> Audit:
    outcomes = judge(
        list(zip(measures, answered.results, strict=True)),
        alpha=settings.alpha,
        tolerances=settings.tolerance,
        detectable=settings.detectable,
    )
    sides = answered.sides
    return Audit(
        verdict=overall(outcomes),
        outcomes=outcomes,
        findings=find(outcomes, sides),
        causes=diagnose(outcomes, (len(sides.anchor), len(sides.candidate))),
        sides=sides,
        settings=settings,
        candidate=answered.candidate,
        anchor=answered.anchor,
        notes=(*answered.notes, *notes),
        extent=answered.extent,
    )


def _calibration(settings: Settings, measures: Sequence[Measure]) -> Calibration:
    judged = sum(measure.judged for measure in measures)
    return Calibration(draws=settings.draws, level=settings.alpha / max(judged, 1), seed=settings.seed)


def _run(measure: Measure, sides: Sides, calibration: Calibration, settings: Settings) -> Result:
    if measure.of_shares:
        if settings.use == "add":
            return NotAsked(reason=_ADD_REASON)
        if settings.only and len(sides.labels) == 1:
            return NotAsked(
                reason="one stratum alone has no share to lose; give --only several, or leave it out"
            )
    try:
        return measure(sides, calibration)
    except (HoldfastError, KeyboardInterrupt, MemoryError):
        raise
    except Exception as error:  # noqa: BLE001 - one broken measure must not hide what the others found
        return Failed(error=f"{type(error).__name__}: {error}")


def _settings(
    use: str,
    only: Sequence[str],
    expect: str | Path | Mapping[str, float] | None,
    alpha: float,
    tolerance: Mapping[str, float] | None,
    on_undetermined: str,
    detectable: float,
    draws: int,
    seed: int,
    measures: Sequence[Measure],
) -> Settings:
    for flag, value, known in (
        ("use", use, ["replace", "add"]),
        ("on-undetermined", on_undetermined, ["ask", "block", "pass"]),
    ):
        if value not in known:
            raise unknown(f"value for --{flag}", value, known)
    if not 0 < alpha < 1:
        raise UsageError("the error rate lies between 0 and 1", where="--alpha")
    if not 0 < detectable <= 1:
        raise UsageError("the share lies between 0 and 1", where="--detectable")
    if seed < 0:
        raise UsageError("the seed is a number of at least 0", where="--seed")
    for name, largest in (tolerance or {}).items():
        if not (math.isfinite(largest) and largest >= 0):
            raise UsageError(f"the tolerance of {name} is a number of at least 0", where="--tolerance")
    if draws < 99:
        raise UsageError("at least 99 draws are needed for a p-value of one in a hundred", where="--draws")
    judged = sum(measure.judged for measure in measures)
    if (draws + 1) * alpha < judged:
        need = int(judged / alpha)
        raise UsageError(
            f"{draws} draws cannot reach significance {alpha:g} over {judged} measures",
            where="--draws",
            do=f"Use at least {need:,}",
        )
    for name in tolerance or {}:
        if name not in [m.name for m in measures]:
            raise unknown("measure", name, [m.name for m in measures])
    return Settings(
        use="add" if use == "add" else "replace",
        only=tuple(only),
        expect=None if expect is None else str(expect) if isinstance(expect, (str, Path)) else "given shares",
        alpha=alpha,
        tolerance=dict(tolerance or {}),
        on_undetermined=on_undetermined,  # type: ignore[arg-type]
        detectable=detectable,
        draws=draws,
        seed=seed,
    )


def _only(sides: Sides, only: Sequence[str]) -> Sides:
    known = list(sides.labels)
    for label in only:
        if label not in known:
            raise unknown("stratum", label, known)
    chosen = sides.only(only)
    if len(chosen.anchor) == 0 or len(chosen.candidate) == 0:
        side = "real" if len(chosen.anchor) == 0 else "candidate"
        raise UsageError(
            f"not a single {side} row belongs to {', '.join(only)}",
            where="--only",
            do="Leave --only out to see what is lost",
        )
    phrases = find_phrases(
        chosen.anchor.tokens,
        chosen.words,
        first_rows(chosen.anchor.duplicates.related),
        first_rows(chosen.candidate.duplicates.related),
    )
    return replace(chosen, phrases=phrases)
