"""Auditing a brand: read the sets, take the readings, say what pulls outputs away."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from holdfast.audits.brand.result import BrandAudit, Set
from holdfast.data.documents import ReadTexts, read_texts
from holdfast.errors import InputError, UsageError
from holdfast.measures.model.brand import (
    BrandRetention,
    Habits,
    RetentionSince,
    ToldApart,
    read_documents,
    read_shifts,
    read_voices,
)
from holdfast.measures.reading import Calibration
from holdfast.measures.text.phrase_overuse import read_overuse

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from holdfast.measures.model.brand.documents import Documents

Texts = Any
"""A path, or a sequence of texts."""
_MOST_TERMS = 2_000


def audit_brand(
    outputs: Texts,
    *,
    approved: Texts,
    generic: Texts | None = None,
    before: Texts | None = None,
    lexicon: str | Path | Sequence[str] | None = None,
    seed: int = 0,
    progress: Callable[[str], None] = lambda _: None,
) -> BrandAudit:
    """Hold a model's outputs against texts that people wrote and approved.

    Args:
        outputs: A file of outputs, or a sequence of texts. Of answers to prompts only the answers are read.
        approved: Texts in the voice to keep: a folder with a text file for each, a file of records, or a sequence.
        generic: Text of no particular voice, such as outputs of a model that was not tuned; best on the same prompts. Without it
            a share of the voice cannot be said.
        before: Outputs of an earlier model, best on the same prompts.
        lexicon: Terms of the house, one a line, or a sequence.
        seed: Of all draws.
        progress: Called with a word about what is done next.

    Raises:
        InputError: A file cannot be read, or has no text.
        UsageError: A parameter that does not fit.
    """
    if seed < 0:
        raise UsageError("the seed is a number of at least 0", where="--seed")
    null = Calibration(seed=seed)
    rng = null.rng("brand")
    terms = read_lexicon(lexicon)
    sets, read = {}, {}
    for role, source in (
        ("approved", approved),
        ("outputs", outputs),
        ("generic", generic),
        ("before", before),
    ):
        if source is None:
            continue
        progress(f"reading the {role} texts" if role != "outputs" else "reading the outputs")
        name, given = _texts(source, role)
        found: Documents = read_documents(
            given.texts, rng, ids=given.ids, prompts=given.prompts, groups=given.groups
        )
        read[role] = found
        sets[role] = Set(
            name=name, documents=len(found), distinct=found.distinct, left_out=found.left_out, ids=found.ids
        )
    progress("comparing voices")
    voices = read_voices(
        read["approved"], read["outputs"], generic=read.get("generic"), before=read.get("before"), rng=rng
    )
    readings = (
        *BrandRetention()(voices, null),
        RetentionSince()(voices, null),
        ToldApart()(voices, null),
        *Habits(lexicon=terms)(voices, null),
    )
    progress("counting phrases")
    return BrandAudit(
        sets=sets,
        readings=readings,
        shifts=read_shifts(voices),
        overuse=read_overuse(
            voices.approved.texts,
            voices.outputs.texts,
            null.rng("overuse"),
            prompts=voices.outputs.prompts,
            approved_units=voices.approved.units,
            output_units=voices.outputs.units,
        ),
        features=len(voices.vocabulary.names),
        english=voices.vocabulary.english,
        seed=seed,
    )


def read_lexicon(source: str | Path | Sequence[str] | None) -> tuple[str, ...]:
    """Terms of the house, each once; a line that begins with # is a comment.

    Raises:
        InputError: The file cannot be read, or has no term.
    """
    if source is None:
        return ()
    if isinstance(source, str | Path):
        try:
            lines = Path(source).read_text(encoding="utf-8-sig").splitlines()
        except (OSError, UnicodeDecodeError) as error:
            raise InputError(
                "cannot be read as UTF-8 text", where=str(source), do="Give a file with one term a line"
            ) from error
    else:
        lines = list(source)
    terms = tuple(
        dict.fromkeys(line.strip() for line in lines if line.strip() and not line.lstrip().startswith("#"))
    )
    if not terms:
        raise InputError("there is no term in the lexicon", where=str(source), do="Write one term a line")
    return terms[:_MOST_TERMS]


def _texts(source: Texts, role: str) -> tuple[str, ReadTexts]:
    if isinstance(source, str | Path):
        return Path(source).name or str(source), read_texts(source)
    texts = [str(text) for text in source if str(text).strip()]
    if not texts:
        raise InputError(f"there is no {role} text")
    ids = [str(row + 1) for row in range(len(texts))]
    return role, ReadTexts(texts=texts, ids=ids, prompts=[None] * len(texts), groups=[None] * len(texts))
