"""Gold questions: items whose right answer is known, by which reviewers are measured."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec
import pyarrow as pa

from holdfast.data import read_records
from holdfast.data.preferences.read import read_preferences
from holdfast.errors import HoldfastError, InputError
from holdfast.reviews.queues.pool import POOL_COLUMNS, pool_of_preferences, pool_of_records

if TYPE_CHECKING:
    from collections.abc import Mapping

    from holdfast.reviews.questions.question import Questionnaire
    from holdfast.reviews.queues.contract import Shape

KNOWN = "known"
"""The member of a row that holds the right answers, by the name of the question."""


def gold_of_anchor(part: pa.Table, questions: Questionnaire) -> tuple[pa.Table, list[dict[str, Any]]]:
    """Rows that people have verified are accepted, and have the label that they have.

    Args:
        part: The gold part of an anchor.
        questions: What is asked.

    Returns:
        `POOL_COLUMNS` of the rows of which an answer is known, and these answers.
    """
    verdict, label = questions.of_kind("verdict"), questions.of_kind("label")
    known: list[dict[str, Any]] = []
    for stratum in part.column("stratum").to_pylist():
        answers: dict[str, Any] = {}
        if verdict is not None and "accept" in verdict.values:
            answers[verdict.name] = "accept"
        if label is not None and stratum in label.values:
            answers[label.name] = stratum
        known.append(answers)
    columns = {name: part.column(name) for name in ("id", "content_hash", "text", "stratum")}
    columns |= {"label": part.column("stratum"), "row": part.column("payload")}
    if "answer_at" in part.column_names:
        columns["answer_at"] = part.column("answer_at")
    arrays = [
        columns[field.name].cast(field.type) if field.name in columns else pa.nulls(len(part), field.type)
        for field in POOL_COLUMNS
    ]
    return _answered(pa.Table.from_arrays(arrays, names=POOL_COLUMNS.names), known)


def gold_of_file(
    source: Any, questions: Questionnaire, shape: Shape, options: Mapping[str, Any]
) -> tuple[pa.Table, list[dict[str, Any]]]:
    """Rows with known answers: each has a member `known`. Of pairs, who is preferred is known from their labels.

    Args:
        source: Whatever `read_records` (or, for pairs, `read_preferences`) reads.
        questions: What is asked.
        shape: What the queue asks about.
        options: How single records are read: `text`, `label` and so on.

    Returns:
        `POOL_COLUMNS` of the rows of which an answer is known, and these answers.

    Raises:
        InputError: The rows cannot be read, an answer is none, or none is known.
    """
    if shape == "pair":
        which = questions.of_kind("which")
        pool = pool_of_preferences(read_preferences(source, keep_rows=True))
        said = pool.said or ()
        known = [{which.name: one} if which is not None and one in ("a", "b") else {} for one in said]
        name = pool.sources[0]["name"]
    else:
        records = read_records(source, keep_rows=True, **options)
        pool = pool_of_records(records)
        rows = zip(records.ids, records.table.column("row").to_pylist(), strict=True)
        known = [_known(text, questions, f"{records.name}, id {id_}") for id_, text in rows]
        name = records.name
    table, answers = _answered(pool.table, known)
    if not answers:
        raise InputError(
            "no row says what is right",
            where=str(name),
            do='Give each a member such as "known": {"verdict": "reject"}',
        )
    return table, answers


def _known(text: str, questions: Questionnaire, where: str) -> dict[str, Any]:
    row = msgspec.json.decode(text)
    known = row.get(KNOWN) if isinstance(row, dict) else None
    if isinstance(known, str):  # a column of a table
        try:
            known = msgspec.json.decode(known)
        except msgspec.DecodeError:
            known = None
    if known is None:
        return {}
    if not isinstance(known, dict):
        raise InputError("known answers are an object, by the name of the question", where=where)
    try:
        return {name: questions.question(name).check(value) for name, value in known.items()}
    except HoldfastError as error:
        raise InputError(str(error), where=where) from error


def _answered(table: pa.Table, known: list[dict[str, Any]]) -> tuple[pa.Table, list[dict[str, Any]]]:
    rows = [row for row, answers in enumerate(known) if answers]
    return table.take(pa.array(rows, pa.int64())), [known[row] for row in rows]
