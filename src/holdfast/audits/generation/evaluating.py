"""Evaluating: a model generation, held against a frozen anchor."""

from __future__ import annotations

import dataclasses
import math
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from holdfast.anchors import Anchor, open_anchor
from holdfast.audits.audit import audit
from holdfast.audits.generation.evaluation import Evaluation, Party, Written
from holdfast.audits.generation.figures import Beside, rate_of, read_lines
from holdfast.audits.generation.folder import KIND, write_evaluation
from holdfast.audits.generation.holdout import read_holdout
from holdfast.audits.generation.prompts import (
    per_prompt,
    prompts_digest,
    read_prompts,
    sample_rows,
    texts_of_rows,
)
from holdfast.audits.generation.yardstick import Costs, open_yardstick
from holdfast.backends.models import open_model
from holdfast.backends.models.draws import check_sampling
from holdfast.data import Records, data_hash, read_records
from holdfast.data.write import check_folder
from holdfast.errors import UsageError
from holdfast.measures import MEASURES, Calibration
from holdfast.measures.model.calibration import read_calibration
from holdfast.measures.model.mass import read_mass
from holdfast.measures.reading import Undetermined
from holdfast.views.near import find_duplicates
from holdfast.views.tokens import read_tokens

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    import pyarrow as pa

    from holdfast.audits.generation.holdout import Holdout
    from holdfast.audits.generation.yardstick import Yardstick
    from holdfast.backends.models import Model, Sample, Scored
    from holdfast.measures.model.calibration import Calibrated


@dataclass(frozen=True, slots=True, kw_only=True)
class _Asked:
    """How samples are drawn and judged."""

    samples: int
    prompts: tuple[str, ...]
    judge: Records | None
    temperature: float
    top_p: float
    most_tokens: int
    alpha: float
    draws: int
    seed: int


def evaluate(
    model: str | Path | Model,
    *,
    anchor: str | Path | Anchor,
    output: str | Path | None = None,
    samples: int = 200,
    prompts: str | Path | Sequence[str] | None = None,
    frozen: str | Path | Model | None = None,
    judge: Any = None,
    model_name: str | None = None,
    temperature: float = 1.0,
    top_p: float = 1.0,
    most_tokens: int = 256,
    alpha: float = 0.01,
    draws: int = 1_999,
    seed: int = 0,
    replace: bool = False,
    progress: Callable[[str], None] = lambda _: None,
) -> Evaluation:
    """Hold a model generation against a frozen anchor: what real rows cost it, what it writes, whether it knows itself.

    Args:
        model: The folder of a Hugging Face causal model, the base URL of an OpenAI-compatible server that scores given text, or
            a model object. Nothing is downloaded.
        anchor: A frozen anchor with a holdout, its folder or an opened one.
        output: A folder to write to: evaluation.json, rows.parquet, samples.jsonl, audit.json.
        samples: Texts that the model writes; they are audited.
        prompts: A file of prompts, one a line, or JSON Lines with the member `prompt`; or the prompts. They are gone round.
            Without, texts are written from their beginning.
        frozen: A model that stays the same while generations come and go; by default word trigrams of the anchor's reference.
        judge: Real rows that samples are held against, in place of the whole reference: whatever `audit` takes as `real`.
        model_name: What the server calls the model.
        temperature: Of sampling; 1 is the model as it is.
        top_p: Share of the probability that is drawn from; 1 is the model as it is.
        most_tokens: Tokens after which a sample is cut.
        alpha: Family-wise error rate of the samples' audit.
        draws: Null draws of each of its measures.
        seed: Of everything that is drawn.
        replace: Replace an evaluation that stands at `output`.
        progress: Called with a word about what is done next.

    Returns:
        The evaluation; see `Evaluation`. It has no verdict on the model: a model is judged by what it lost since the last one.

    Raises:
        InputError: A model, a file or an anchor that cannot be used.
        BackendError: A server that does not score given text, or does not answer.
        UsageError: A parameter that does not fit.
        MissingExtra: The model needs a package that is not installed.
        OutputError: The folder cannot be written.
    """
    check_sampling(temperature, top_p, most_tokens)
    judged = sum(measure.judged for measure in MEASURES)
    if not 0 < alpha < 1 or (draws + 1) * alpha < judged:
        raise UsageError(
            f"{draws} draws cannot reach significance {alpha:g} over {judged} measures",
            where="--draws",
            do=f"Use at least {math.ceil(judged / alpha):,}"
            if 0 < alpha < 1
            else "--alpha lies between 0 and 1",
        )
    if samples < 1:
        raise UsageError("at least one sample is needed", where="--samples", do="200 are enough to audit")
    if seed < 0:
        raise UsageError("the seed is a number of at least 0", where="--seed")
    if output is not None:
        inputs = [each for each in (model, anchor, prompts, frozen) if isinstance(each, str | Path)]
        check_folder(
            output, replace=replace, kind=KIND, inputs=[one for one in inputs if "://" not in str(one)]
        )
    asked = _Asked(
        samples=samples,
        prompts=read_prompts(prompts),
        judge=judge if judge is None or isinstance(judge, Records) else read_records(judge),
        temperature=temperature,
        top_p=top_p,
        most_tokens=most_tokens,
        alpha=alpha,
        draws=draws,
        seed=seed,
    )
    held = anchor if isinstance(anchor, Anchor) else open_anchor(anchor)
    progress("opening the model")
    opened = open_model(model, name=model_name) if isinstance(model, str | Path) else model
    reality = held.reality(progress)
    holdout = read_holdout(held, reality)
    yardstick = open_yardstick(frozen, held, reality)
    read = opened.score(holdout.texts, _counting(progress, "reading the holdout"))
    written = _write(opened, asked, held, holdout, progress)
    found = _evaluation(opened, asked, held, holdout, yardstick, read, written, progress)
    if output is not None:
        progress("writing")
        write_evaluation(found, output, replace=replace)
    return found


def _evaluation(
    model: Model,
    asked: _Asked,
    anchor: Anchor,
    holdout: Holdout,
    yardstick: Yardstick,
    read: Scored,
    written: Written,
    progress: Callable[[str], None],
) -> Evaluation:
    texts = texts_of_rows(written.rows)
    own = model.score(texts, _counting(progress, "reading its samples"))
    progress("reading with the frozen reference")
    costs = yardstick.read([holdout.texts, texts], _counting(progress, "reading with the frozen reference"))
    under_model, samples_under_model = _costs(read), _costs(own)
    units = find_duplicates(read_tokens(texts)).units
    overall, bands, strata = read_lines(holdout, under_model, costs[0])
    real, real_frozen = rate_of(under_model, holdout.units), rate_of(costs[0], holdout.units)
    progress("reading calibration")
    return Evaluation(
        model=Party(name=model.name, kind=model.kind, digest=model.digest, where=model.where),
        anchor=Party(name=anchor.name, kind="anchor", digest=anchor.digest),
        frozen=Party(name=yardstick.name, kind=yardstick.kind, digest=yardstick.digest),
        overall=overall,
        bands=bands,
        unbanded=holdout.unbanded,
        strata=strata,
        strata_from=holdout.origin,
        unread=int(read.unread.sum()),
        held_out=Beside(value=real, reality=real_frozen),
        own=Beside(value=rate_of(samples_under_model, units), reality=real),
        reference=Beside(value=rate_of(costs[1], units), reality=real_frozen),
        mass=read_mass(read, holdout.units),
        calibration=_calibration(read, asked.seed),
        written=written,
        conditions=_conditions(asked, anchor, holdout, yardstick),
        rows=_rows(holdout, read, costs[0]),
        notes=tuple(dict.fromkeys((*read.notes, *own.notes))),
    )


def _write(
    model: Model, asked: _Asked, anchor: Anchor, holdout: Holdout, progress: Callable[[str], None]
) -> Written:
    prompts = tuple(
        asked.prompts[row % len(asked.prompts)] if asked.prompts else "" for row in range(asked.samples)
    )
    found: list[Sample] = model.sample(
        prompts,
        seed=asked.seed,
        temperature=asked.temperature,
        top_p=asked.top_p,
        most_tokens=asked.most_tokens,
        progress=_counting(progress, "sampling"),
    )
    rows = sample_rows(prompts, found, shape=anchor.detection.shape)
    said = [row for row in rows if (row.get("completion") or row.get("text") or "").strip()]
    judged = None
    if said:
        judged = audit(
            dataclasses.replace(read_records(said), name=f"samples of {model.name}"),
            real=asked.judge,
            anchor=anchor if asked.judge is None else None,
            alpha=asked.alpha,
            draws=asked.draws,
            seed=asked.seed,
            progress=lambda step: progress(f"samples: {step}"),
        )
    return Written(
        rows=rows,
        prompts=prompts,
        samples=tuple(found),
        audit=judged,
        unread=None if said else "none of the model's samples has any text",
        per_prompt=per_prompt(prompts, found, holdout.texts, asked.seed),
    )


def _calibration(read: Scored, seed: int) -> Calibrated | Undetermined:
    if read.confidence is None or read.right is None:
        return Undetermined(reason="the model does not say how probable its first guess was")
    return read_calibration(read.confidence, read.right, Calibration(seed=seed).rng("calibration"))


def _conditions(asked: _Asked, anchor: Anchor, holdout: Holdout, yardstick: Yardstick) -> dict[str, Any]:
    """What must be equal before two evaluations are compared."""
    return {
        "anchor": anchor.digest,
        "frozen": yardstick.name,
        "holdout": holdout.digest,
        "judge": None
        if asked.judge is None
        else data_hash(asked.judge.ids, asked.judge.table.column("content_hash").to_pylist()),
        "prompts": prompts_digest(asked.prompts),
        "samples": asked.samples,
        "temperature": asked.temperature,
        "top_p": asked.top_p,
        "most_tokens": asked.most_tokens,
        "alpha": asked.alpha,
        "draws": asked.draws,
        "seed": asked.seed,
    }


def _rows(holdout: Holdout, read: Scored, frozen: Costs) -> pa.Table:
    import pyarrow as pa

    scored = read.bytes > 0
    return pa.table(
        {
            "id": pa.array(holdout.ids, pa.string()),
            "stratum": pa.array(holdout.strata, pa.string()),
            "band": pa.array(holdout.bands, pa.string()),
            "unit": pa.array(holdout.units, pa.int64()),
            "bytes": pa.array(read.bytes, pa.int64()),
            "bits": pa.array(np.where(scored, read.row_bits, 0.0), pa.float64(), mask=~scored),
            "tokens": pa.array(read.tokens, pa.int64()),
            "frozen_bytes": pa.array(frozen.bytes, pa.int64()),
            "frozen_bits": pa.array(frozen.bits, pa.float64(), mask=frozen.bytes == 0),
        }
    )


def _costs(read: Scored) -> Costs:
    return Costs(bits=read.row_bits, bytes=read.bytes)


def _counting(progress: Callable[[str], None], what: str) -> Callable[[int, int], None]:
    return partial(_count, progress, what)


def _count(progress: Callable[[str], None], what: str, done: int, everything: int) -> None:
    progress(f"{what}: {done:,} of {everything:,}")
