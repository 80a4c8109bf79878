"""Argilla: records with responses and suggestions, as its API has them and as its client writes them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from holdfast.errors import InputError
from holdfast.reviews.exchange.passing import Returned
from holdfast.reviews.questions.question import EDITED

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from holdfast.reviews.exchange.passing import Sent
    from holdfast.reviews.queues.contract import Queue

_SUBMITTED = "submitted"


def argilla_records(queue: Queue, sent: Iterable[Sent]) -> list[dict[str, Any]]:
    """Records for Argilla: fields, metadata with what is checked on return, and suggestions where they go along."""
    names = {one.name for one in queue.questions.questions}
    return [
        {
            "id": str(one.item),
            "fields": one.texts,
            "metadata": one.marks,
            "vectors": {},
            "responses": [],
            "suggestions": [
                {"question_name": name, "value": value, "score": None, "agent": None, "type": "model"}
                for name, value in (one.suggestion or {}).items()
                if name in names
            ],
            "status": "pending",
        }
        for one in sent
    ]


def argilla_settings(queue: Queue) -> dict[str, Any]:
    """Fields and questions of a dataset in Argilla that fit the records."""
    pair = queue.shape == "pair"
    questions = []
    for one in queue.questions.questions:
        values = ["left", "right", "both_good", "both_bad"] if one.kind == "which" else list(one.values)
        kind = {"note": "text", "tags": "multi_label_selection", "rating": "rating"}.get(
            one.kind, "label_selection"
        )
        entry: dict[str, Any] = {"name": one.name, "title": one.ask, "type": kind, "required": one.required}
        questions.append(entry if kind == "text" else entry | {"values": values})
    verdict = queue.questions.of_kind("verdict")
    if verdict is not None and "edit" in verdict.values:
        questions.append(
            {"name": EDITED, "title": "The text as it should be", "type": "text", "required": False}
        )
    return {
        "guidelines": queue.questions.guide,
        "fields": ["prompt", "left", "right"] if pair else ["text", "label"],
        "questions": questions,
        "metadata": ["queue", "item", "content_hash", "id"],
    }


def argilla_answers(body: Any, file: str) -> Iterator[Returned]:
    """Submitted responses, one for each person and record; drafts and discarded ones are no answers.

    Args:
        body: The file, decoded: a list of records, or an object with `records`.
        file: How errors name it.

    Raises:
        InputError: It is no list of records.
    """
    records = body.get("records", body.get("items")) if isinstance(body, dict) else body
    if not isinstance(records, list):
        raise InputError("is no list of Argilla records", where=file)
    for place, record in enumerate(records):
        where = f"{file}, record {record.get('id', place) if isinstance(record, dict) else place}"
        if not isinstance(record, dict):
            raise InputError("is no record", where=where)
        by_user: dict[str, dict[str, Any]] = {}
        for one in _responses(record, where):
            if one.get("status", _SUBMITTED) != _SUBMITTED or one.get("value") is None:
                continue
            user, name = one.get("user_id"), one.get("question_name")
            if not user or not isinstance(name, str):
                raise InputError("a response has no user_id or no question_name", where=where)
            by_user.setdefault(str(user), {})[name] = one["value"]
        fields = record.get("fields") or {}
        for user, answers in by_user.items():
            yield Returned(
                marks=record.get("metadata") or {},
                reviewer=user,
                answers=answers,
                text=fields.get("text"),
                seconds=None,
                at="",
                suggested=bool(record.get("suggestions")),
                where=where,
            )


def _responses(record: Mapping[str, Any], where: str) -> Iterator[Mapping[str, Any]]:
    """Responses one by one: the client groups them by question, the API by user, and our files not at all."""
    responses = record.get("responses") or []
    if isinstance(responses, dict):
        responses = [
            {"question_name": name} | one
            for name, told in responses.items()
            for one in told
            if isinstance(one, dict)
        ]
    for one in responses:
        if not isinstance(one, dict):
            raise InputError("a response is no object", where=where)
        if isinstance(one.get("values"), dict):
            for name, held in one["values"].items():
                value = held.get("value") if isinstance(held, dict) else held
                yield dict(one) | {"question_name": name, "value": value}
        else:
            yield one
